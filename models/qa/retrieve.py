"""Word matching and its dense shadow: BM25 over morphemes and character n-grams, and LSA vectors of the same counts.

Two feature sets are hashed into one sparse matrix of counts: content morphemes (``form/TAG``) into the lower half of
the columns, character n-grams of running letters (pairs; triples where all three are ASCII) into the upper half. Each
set has its own BM25 (Robertson) with its own lengths; a paragraph's score is the sum. Nothing is dense but one row of
scores a question, so 100,000 paragraphs need some hundred megabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from language.morphemes import CONTENT, analyse

HALF = 1 << 20
K1, B = 1.2, 0.75
# No paragraph counts as longer than this many mean ones: where a corpus mixes articles with a mass of one-line texts,
# the mean is that of the lines, and full normalisation would hide every article behind them.
LONGEST = 2.0


def content(morphemes: Iterable[str]) -> list[str]:
    """The content morphemes of ``form/TAG`` strings."""
    return [m for m in morphemes if m.rsplit("/", 1)[-1].startswith(CONTENT)]


def morpheme_strings(texts: Iterable[str]) -> list[list[str]]:
    """``form/TAG`` of each text, by Kiwi."""
    return [[f"{m.form}/{m.tag}" for m in found] for found in analyse(texts)]


def bucket(morpheme: str) -> int:
    """The column of a morpheme."""
    return zlib.crc32(morpheme.lower().encode()) % HALF


def count(texts: Sequence[str], morphemes: pa.Array) -> sparse.csr_matrix:
    """Counts of both feature sets, (n, 2 * HALF) int16; ``morphemes`` is a list<string> array beside the texts."""
    rows_a, columns_a = _morpheme_columns(morphemes)
    rows_b, columns_b = _gram_columns(texts)
    rows, columns = np.concatenate([rows_a, rows_b]), np.concatenate([columns_a, columns_b])
    ones = np.ones(len(rows), np.int16)
    made = sparse.coo_matrix((ones, (rows, columns)), shape=(len(texts), 2 * HALF)).tocsr()
    made.sum_duplicates()
    return made


def _morpheme_columns(morphemes: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    lists = morphemes.combine_chunks() if isinstance(morphemes, pa.ChunkedArray) else morphemes
    rows = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    coded = pc.list_flatten(lists).dictionary_encode()
    names = coded.dictionary.to_pylist()
    column = np.asarray([bucket(n) if content((n,)) else -1 for n in names], np.int32)
    columns = column[coded.indices.to_numpy(zero_copy_only=False)] if len(names) else np.zeros(0, np.int32)
    return rows[columns >= 0].astype(np.int32), columns[columns >= 0]


def _gram_columns(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.fromiter((len(t) + 2 for t in texts), np.int64, len(texts))
    joined = "".join(f"{t}\n\n" for t in texts)
    lowered = joined.lower()
    if len(lowered) != len(joined):  # a few letters (İ) grow when lowered
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in joined)
    codes = np.frombuffer(lowered.encode("utf-32-le", "replace"), np.uint32).astype(np.int64)
    letters = {c: ord(c) for c in set(lowered) if c.isalnum()}
    word = np.isin(codes, np.fromiter(letters.values(), np.int64, len(letters)))
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
    plain = word & (codes < 128)
    if len(codes) < 3:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    a, b, c = codes[:-2], codes[1:-1], codes[2:]
    triple = plain[:-2] & plain[1:-1] & plain[2:]
    pair = word[:-2] & word[1:-1] & ~(plain[:-2] & plain[1:-1])
    hashed = np.where(triple, (a * 131 + b) * 131 + c + (1 << 40), a * 1_114_112 + b)
    hashed = (hashed * np.int64(0x9E3779B1)) >> 12
    keep = triple | pair
    return rows[:-2][keep], (HALF + hashed[keep] % HALF).astype(np.int32)


@dataclass(frozen=True)
class Retriever:
    """Paragraph counts turned into BM25 weights; ``postings`` is (2 * HALF, n) float32, a row a feature."""

    counts: sparse.csr_matrix
    postings: sparse.csr_matrix
    frequency: np.ndarray

    @property
    def size(self) -> int:
        return int(self.counts.shape[0])

    def scores(self, questions: sparse.csr_matrix) -> np.ndarray:
        """(q, n) float32 BM25 of every paragraph for each row of question counts; mind the memory: q * n."""
        asked = questions.astype(bool).astype(np.float32)
        return np.asarray((asked @ self.postings).todense(), np.float32)

    def best(self, questions: sparse.csr_matrix, k: int, batch: int = 64) -> tuple[np.ndarray, np.ndarray]:
        """(scores, paragraph numbers), both (q, min(k, n)), best first; equal scores in the order of the corpus."""
        k = min(k, self.size)
        found = [top(self.scores(questions[at : at + batch]), k) for at in range(0, questions.shape[0], batch)]
        if not found:
            return np.zeros((0, k), np.float32), np.zeros((0, k), np.int64)
        return np.concatenate([s for s, _ in found]), np.concatenate([i for _, i in found])

    def idf(self, columns: np.ndarray) -> np.ndarray:
        """Inverse document frequency of columns, in (0, 1]: 1 for a feature that no paragraph has."""
        n = max(self.size, 1)
        scale = np.log(1 + (n + 0.5) / 0.5)
        return np.asarray(np.log(1 + (n - self.frequency[columns] + 0.5) / (self.frequency[columns] + 0.5)) / scale)

    def extended(self, more: sparse.csr_matrix) -> Retriever:
        """The same with more paragraphs behind the others."""
        return retriever(sparse.vstack([self.counts, more], format="csr"))


def top(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k best of each row, best first."""
    if k < scores.shape[1]:
        part = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    else:
        part = np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    values = np.take_along_axis(scores, part, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(values, order, 1), np.take_along_axis(part, order, 1)


def retriever(counts: sparse.csr_matrix) -> Retriever:
    """Weigh counts by BM25, each feature set by its own lengths."""
    n = counts.shape[0]
    frequency = np.bincount(counts.indices, minlength=2 * HALF).astype(np.float32)
    idf = np.log(1 + (n - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(counts.indptr))
    upper = (counts.indices >= HALF).astype(np.int64)
    tf = counts.data.astype(np.float32)
    lengths = np.bincount(rows * np.int64(2) + upper, weights=tf, minlength=2 * n).reshape(n, 2)
    relative = (
        np.minimum(lengths / np.maximum(lengths.mean(axis=0), 1e-9), LONGEST).astype(np.float32) if n else lengths
    )
    weight = idf[counts.indices] * tf * (K1 + 1) / (tf + K1 * (1 - B + B * relative[rows, upper]))
    weighted = sparse.csr_matrix((weight.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)
    return Retriever(counts, weighted.T.tocsr(), frequency)


def question_counts(questions: Sequence[str]) -> sparse.csr_matrix:
    """Counts of questions, as ``count`` makes them of paragraphs."""
    return count(questions, pa.array(morpheme_strings(questions), pa.list_(pa.string())))
