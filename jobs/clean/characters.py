"""What kinds of characters a text is made of, counted in one pass of a table over its code points."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

HANGUL = re.compile(r"[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff]+")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
FOREIGN = re.compile(r"[\u0370-\u10ff\u1200-\u1cff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
CHAT_JAMO = re.compile(r"[\u3131-\u318e]+")
LETTER = re.compile(r"[^\W\d_]+")
DIGIT = re.compile(r"\d+")
SPACE = re.compile(r"\s+")
# In the order of ``Counts``; each is one bit of a character's kind.
KINDS = (HANGUL, LATIN, FOREIGN, LETTER, DIGIT, SPACE, CHAT_JAMO)
# No character of a kind stands behind the third plane.
LAST, BEYOND = 0x40000, 0x110000


class Counts(NamedTuple):
    """How many characters of each kind; the scripts overlap with ``letters``, in which chat jamo (ㅋㅋ) are not."""

    hangul: int
    latin: int
    foreign: int
    letters: int
    digits: int
    spaces: int


@functools.cache
def tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The kind of every code point as bits, (BEYOND,); and what each combination of bits counts as, (128, 6)."""
    every = "".join(map(chr, range(LAST)))
    kinds = np.zeros(BEYOND, np.uint8)
    for bit, pattern in enumerate(KINDS):
        for found in pattern.finditer(every):
            kinds[found.start() : found.end()] |= np.uint8(1 << bit)
    combinations = np.arange(1 << len(KINDS))[:, None] >> np.arange(len(KINDS)) & 1
    combinations[:, 3] &= ~combinations[:, 6]
    return kinds, np.ascontiguousarray(combinations[:, :6], np.int64)


class Characters:
    """A text's code points and the kind of each."""

    def __init__(self, text: str) -> None:
        self.points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        self.kinds = tables()[0][self.points]

    @staticmethod
    @functools.lru_cache(maxsize=1)  # the steps ask for one text after the other, each of them several times
    def of(text: str) -> Characters:
        return Characters(text)

    @functools.cached_property
    def counts(self) -> Counts:
        combinations = tables()[1]
        return Counts(*(np.bincount(self.kinds, minlength=len(combinations)) @ combinations).tolist())

    def top_letter_over(self, most: float) -> bool:
        """Whether one letter stands more than ``most`` times; chat jamo are no letters."""
        # Characters that share a place stand there together at least as often as each: most texts need no more.
        if np.bincount(self.points.astype(np.uint8)).max(initial=0) <= most:
            return False
        spelt = self.points[(tables()[1][:, 3] > 0)[self.kinds]]
        return bool(np.unique_counts(spelt).counts.max(initial=0) > most)


def alphanumeric(points: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Which code points are letters (chat jamo among them) or digits."""
    letter_or_digit = np.uint8(1 << KINDS.index(LETTER) | 1 << KINDS.index(DIGIT))
    return tables()[0][points] & letter_or_digit > 0
