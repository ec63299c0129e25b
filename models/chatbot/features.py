"""What a question is made of: the feature streams that the sparse retrievers and the encoder read.

A question is read once (``read``) into its normalised text and its tokens: Kiwi morphemes with POS where the corpus is
written in Hangul, plain words elsewhere. A stream turns a reading into terms. Verb endings are a stream of their own
beside the morphemes; ``joined`` and ``jamo`` drop the spaces, since Korean users do (배송언제와요).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from language.morphemes import ENDINGS, Morpheme, analyse
from language.normalise import normalise

Analyser = Literal["kiwi", "words"]
HANGUL = re.compile(r"[\uac00-\ud7a3]")
LETTER = re.compile(r"[^\W\d_]")
# Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, kana and Han.
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# Signs at letters belong to the word (Hebrew, Arabic, the scripts of India), though ``\w`` leaves them out.
SIGNS = r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
WORD = re.compile(rf"[{UNSPACED}]+|(?:(?![{UNSPACED}])[\w{SIGNS}])+|[^\w\s]")
UNSPACED_RUN = re.compile(rf"[{UNSPACED}]")
SPACE = re.compile(r"\s+")
HANGUL_SHARE = 0.1


class Token(NamedTuple):
    """A morpheme (or word) in lower case, with its tag."""

    form: str
    tag: str

    @property
    def term(self) -> str:
        return f"{self.form}/{self.tag}"


class Reading(NamedTuple):
    """A question as the streams see it: normalised lower-case text and tokens."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def joined(self) -> str:
        return SPACE.sub("", self.text)


def choose_analyser(texts: Iterable[str]) -> Analyser:
    """Kiwi where at least a tenth of the letters are Hangul syllables; it has nothing to say about other scripts."""
    hangul = letters = 0
    for text in texts:
        hangul += len(HANGUL.findall(text))
        letters += len(LETTER.findall(text))
    return "kiwi" if hangul > HANGUL_SHARE * max(letters, 1) else "words"


def clean(text: str) -> str:
    """The text that is compared: normalised, lower case, one line."""
    return SPACE.sub(" ", normalise(text).lower()).strip()


def read(texts: Sequence[str], analyser: Analyser) -> list[Reading]:
    """Read each text; the result has the order of ``texts``."""
    cleaned = [clean(text) for text in texts]
    if analyser == "words":
        return [Reading(t, tuple(Token(w, "W") for w in split_words(t))) for t in cleaned]
    return [Reading(t, tuple(_token(m) for m in found)) for t, found in zip(cleaned, analyse(cleaned), strict=True)]


def split_words(text: str) -> list[str]:
    """Words and signs as they stand; a run of a script without spaces as its overlapping pairs of characters (what
    search engines do without a dictionary), since a whole sentence as one word is met never again."""
    found: list[str] = []
    for word in WORD.findall(text):
        found += grams(word, 2, 2) if len(word) > 2 and UNSPACED_RUN.match(word) else [word]
    return found


def _token(morpheme: Morpheme) -> Token:
    return Token(morpheme.form.lower(), morpheme.tag)


def grams(items: Sequence[str], low: int, high: int, glue: str = "") -> list[str]:
    """All n-grams of ``low`` to ``high`` consecutive items."""
    return [glue.join(items[i : i + n]) for n in range(low, high + 1) for i in range(len(items) - n + 1)]


def is_ending(tag: str) -> bool:
    return tag in ENDINGS


def is_content(token: Token) -> bool:
    return Morpheme(token.form, token.tag, 0, 0).content or token.tag == "W"


def words(reading: Reading) -> list[str]:
    return reading.text.split()


def chars(reading: Reading) -> list[str]:
    """Character 2- to 4-grams inside words, whose edges count as a character."""
    return [gram for word in reading.text.split() for gram in grams(f" {word} ", 2, 4)]


def joined(reading: Reading) -> list[str]:
    """Character 1- to 3-grams of the text without its spaces."""
    return grams(reading.joined, 1, 3)


def jamo(reading: Reading) -> list[str]:
    """3- to 5-grams of the letters of syllables, without spaces: a typo costs one letter, not one syllable."""
    return grams(f" {unicodedata.normalize('NFD', reading.joined)} ", 3, 5)


def morphemes(reading: Reading) -> list[str]:
    """Morphemes with POS, endings and particles included, and their bigrams."""
    return grams([t.term for t in reading.tokens], 1, 2, " ")


def content(reading: Reading) -> list[str]:
    """Nouns, verbs, adjectives, adverbs, numbers and foreign words alone."""
    return [t.term for t in reading.tokens if is_content(t)]


def endings(reading: Reading) -> list[str]:
    """Verb endings (EOMI) as a stream of their own, with their bigrams."""
    return grams([t.term for t in reading.tokens if is_ending(t.tag)], 1, 2, " ")


STREAMS: dict[str, Callable[[Reading], list[str]]] = {
    "words": words,
    "chars": chars,
    "joined": joined,
    "jamo": jamo,
    "morphemes": morphemes,
    "content": content,
    "endings": endings,
}


def add_noise(text: str, rng: np.random.Generator) -> str:
    """The text as a hurried user types it: without spaces, and with one character dropped or two swapped."""
    letters = list(SPACE.sub("", text))
    if len(letters) < 4:
        return "".join(letters)
    at = int(rng.integers(1, len(letters) - 1))
    if rng.random() < 0.5:
        del letters[at]
    else:
        letters[at - 1], letters[at] = letters[at], letters[at - 1]
    return "".join(letters)


def hashed(term: str, buckets: int) -> int:
    """A bucket from 1 to ``buckets`` - 1 that is the same in every process (0 is padding)."""
    return 1 + zlib.crc32(term.encode()) % (buckets - 1)
