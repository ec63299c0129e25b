"""Texts as arrays of tokens with character offsets, the form in which the reader sees them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from language.morphemes import Morpheme, analyse
from language.sentences import sentences
from models.pretrained import Vectors
from models.qa.retrieve import bucket

TAGS = [
    "NNG",
    "NNP",
    "NNB",
    "NR",
    "NP",
    "VV",
    "VA",
    "VX",
    "VCP",
    "VCN",
    "MM",
    "MAG",
    "MAJ",
    "IC",
    "JKS",
    "JKC",
    "JKG",
    "JKO",
    "JKB",
    "JKV",
    "JKQ",
    "JX",
    "JC",
    "EP",
    "EF",
    "EC",
    "ETN",
    "ETM",
    "XPN",
    "XSN",
    "XSV",
    "XSA",
    "XSM",
    "XR",
    "SF",
    "SP",
    "SS",
    "SSO",
    "SSC",
    "SE",
    "SO",
    "SW",
    "SL",
    "SH",
    "SN",
    "SB",
    "UN",
    "W_URL",
    "W_EMAIL",
    "W_HASHTAG",
    "W_MENTION",
    "W_SERIAL",
    "W_EMOJI",
    "Z_CODA",
    "Z_SIOT",
    "USER0",
]
TAG_ID = {tag: i + 1 for i, tag in enumerate(TAGS)}
TAG_COUNT = len(TAGS) + 2
SPELLING_DIM = 32


@dataclass(frozen=True)
class Tokens:
    """One analysed text; every array has a row a token.

    ``form`` and ``prefix`` are hashes of the word and of its beginning, ``column`` the retriever's column, ``vector``
    the row of the pretrained table (-1: none), ``sentence`` the number of its sentence, ``after_space`` whether a space
    precedes.
    """

    text: str
    words: list[str]
    start: np.ndarray
    end: np.ndarray
    tag: np.ndarray
    form: np.ndarray
    prefix: np.ndarray
    column: np.ndarray
    vector: np.ndarray
    content: np.ndarray
    sentence: np.ndarray
    after_space: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Character offsets of the tokens ``first``..``last``, without spaces around them."""
        start, end = int(self.start[first]), int(self.end[first : last + 1].max())
        piece = self.text[start:end]
        return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())

    def cover(self, start: int, end: int) -> tuple[int, int] | None:
        """(first, last) token that cover characters start..end, exactly where the tokens allow it."""
        inside = np.flatnonzero((self.end > start) & (self.start < end))
        return (int(inside[0]), int(inside[-1])) if len(inside) else None


def sentence_cover(sentence: Sequence[tuple[int, int]], start: np.ndarray) -> np.ndarray:
    """The number of the sentence that each character offset lies in."""
    begins = np.asarray([first for first, _ in sentence] or [0])
    return np.maximum(np.searchsorted(begins, start, side="right") - 1, 0).astype(np.int32)


@dataclass(frozen=True)
class Lexicon:
    """Where words have their vectors: ``rows`` maps ``form/TAG`` to a row of ``matrix``."""

    rows: dict[str, int]
    matrix: np.ndarray

    @classmethod
    def of(cls, vectors: Vectors) -> Lexicon:
        return cls({key: row for row, key in enumerate(vectors.keys)}, vectors.matrix)

    @property
    def dim(self) -> int:
        return int(self.matrix.shape[1]) + SPELLING_DIM

    def tokenise(self, texts: Iterable[str]) -> list[Tokens]:
        """Analyse texts with Kiwi."""
        kept = list(texts)
        return [self.arrays(text, found) for text, found in zip(kept, analyse(kept), strict=True)]

    def arrays(self, text: str, found: list[Morpheme]) -> Tokens:
        """Arrays of one analysed text; morphemes that cover no character are left out."""
        found = [m for m in found if m.end > m.start]
        names = [f"{m.form}/{m.tag}" for m in found]
        words = [m.form.lower() for m in found]
        hashes = [_hashes(w) for w in words]
        start = np.asarray([m.start for m in found], np.int32)
        return Tokens(
            text,
            words,
            start,
            np.asarray([m.end for m in found], np.int32),
            np.asarray([TAG_ID.get(m.tag, TAG_COUNT - 1) for m in found], np.int32),
            np.asarray([h[0] for h in hashes], np.int64),
            np.asarray([h[1] for h in hashes], np.int64),
            np.asarray([bucket(n) for n in names], np.int64),
            np.asarray([self.rows.get(n, -1) for n in names], np.int64),
            np.asarray([m.content for m in found], bool),
            sentence_cover(sentences(text), start),
            np.asarray([m.start == 0 or text[m.start - 1].isspace() for m in found], bool),
        )

    def vectors(self, tokens: Tokens, window: slice) -> np.ndarray:
        """(len, dim) float32: pretrained vector (zeros without one) beside a fixed code of the spelling."""
        rows = tokens.vector[window]
        spelled = np.stack([spelling(w) for w in tokens.words[window]]) if len(rows) else np.zeros((0, SPELLING_DIM))
        known = np.where((rows >= 0)[:, None], self.matrix[rows] if len(self.matrix) else 0, 0)
        if not len(self.matrix):
            known = np.zeros((len(rows), self.matrix.shape[1]))
        return np.concatenate([known, spelled], axis=1).astype(np.float32)


@lru_cache(maxsize=1 << 18)
def _hashes(word: str) -> tuple[int, int]:
    """Hashes of a word and of its beginning: two syllables, four letters."""
    prefix = word[:4] if word.isascii() else word[:2]
    return zlib.crc32(word.encode()), zlib.crc32(prefix.encode()) if len(prefix) > 1 else -1


@lru_cache(maxsize=1)
def _codebook() -> np.ndarray:
    return np.random.default_rng(20_000).standard_normal((8192, SPELLING_DIM)).astype(np.float32)


@lru_cache(maxsize=1 << 18)
def spelling(word: str) -> np.ndarray:
    """A fixed code of unit mean square: words that share character pairs and triples lie near each other."""
    framed = f"<{word}>"
    grams = [framed[i : i + n] for n in (2, 3) for i in range(len(framed) - n + 1)]
    code = _codebook()[[zlib.crc32(g.encode()) % 8192 for g in grams]].sum(axis=0)
    return np.asarray(code / np.sqrt((code**2).mean() + 1e-9), np.float32)
