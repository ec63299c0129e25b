"""What texts are made of, told by one look over the code points of many texts at once.

A look at one text after the other costs more in calls than in work, so the steps that come after share a ``Look``:
counts of each kind of character, and signs of what cannot stand in a text that does not show them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from language.portions import code_points, portions

Bits = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
HANGUL = re.compile(r"[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff]+")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
FOREIGN = re.compile(r"[\u0370-\u10ff\u1200-\u1cff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
CHAT_JAMO = re.compile(r"[\u3131-\u318e]+")
LETTER = re.compile(r"[^\W\d_]+")
DIGIT = re.compile(r"\d+")
SPACE = re.compile(r"\s+")
# In the order of ``Counts``; each is one bit of a character, as are the classes after them.
KINDS = (HANGUL, LATIN, FOREIGN, LETTER, DIGIT, SPACE, CHAT_JAMO)
# Syllables that close most words of running Korean as particles or endings, and few nouns; 에게 is told apart.
ENDINGS = "은는을를에께로의도만고며면서다요죠까네던했된한음함냐래라어아해써"
SPOKEN = "공영일이삼사오육륙칠팔구"
CLASSES = {
    "inside": re.compile(r"[^\W\u3131-\u318e]+"),
    "syllable": re.compile("[가-힣]+"),
    "ending": re.compile(f"[{ENDINGS}]+"),
    "spoken": re.compile(f"[{SPOKEN}]+"),
    "road": re.compile("[로길하]+"),  # 지하 12
    "at": re.compile("[@＠]+"),
    "owl": re.compile("뱅"),
    "bracket": re.compile(r"[(\[]+"),
    "colon": re.compile(":+"),
    "lot": re.compile("번+"),
}
BIT = {name: 1 << place for place, name in enumerate(("", "", "", "letter", "digit", "space", "", *CLASSES))}
# Signs that a look finds by the neighbours of a character; they stand behind the bits of the classes.
PLATED, SEVEN_NEAR, ON_ROAD, FLAT, SPOKEN_RUN, DECIMAL, DASHED, BRACKET_A, O_ONE = (1 << bit for bit in range(18, 27))
CAPITAL, AT, OWL, COLON, LOT = (1 << 27, *(BIT[name] for name in ("at", "owl", "colon", "lot")))
# No character of a kind stands behind the third plane.
LAST, BEYOND = 0x40000, 0x110000
# Stands between two texts, and is longer than what may stand between two digits of one number.
BETWEEN = "\n" * 8


class Look(NamedTuple):
    """Counts of one text's characters, and its signs.

    The scripts overlap with ``letters``, in which chat jamo (ㅋㅋ) are not. ``particles`` are words that end as
    ``ENDINGS`` say. No letter stands more than ``crowd`` times. ``signs`` are bits (``AT``, ``PLATED``, ...).
    """

    hangul: int
    latin: int
    foreign: int
    letters: int
    digits: int
    spaces: int
    particles: int
    crowd: int
    signs: int


@functools.cache
def tables() -> tuple[Bits, Ints]:
    """The bits of every code point, (BEYOND,); and what a combination of kinds counts as, (3, 128), two in a number."""
    every = "".join(map(chr, range(LAST)))
    bits = np.zeros(BEYOND, np.uint32)
    for place, pattern in enumerate((*KINDS, *CLASSES.values())):
        for found in pattern.finditer(every):
            bits[found.start() : found.end()] |= np.uint32(1 << place)
    bits[lowered() != np.arange(BEYOND)] |= np.uint32(CAPITAL)
    combinations = np.arange(1 << len(KINDS))[:, None] >> np.arange(len(KINDS)) & 1
    combinations[:, 3] &= ~combinations[:, 6]
    return bits, np.ascontiguousarray((combinations[:, :6:2] + (combinations[:, 1:6:2] << 32)).T, np.int64)


@functools.cache
def lowered() -> Bits:
    """Each code point in lower case, shape (BEYOND,); 0 where that is two, or depends on what stands beside it (Σ)."""
    points = np.arange(BEYOND, dtype=np.uint32)
    for point in range(1, LAST):
        low = chr(point).lower()
        if low != chr(point):
            points[point] = ord(low) if len(low) == 1 and low != "σ" else 0
    points[0] = 0
    return points


def look(text: str) -> Look:
    """The look of one text."""
    return looks([text])[0]


def looks(texts: Sequence[str]) -> list[Look]:
    """The look of each text."""
    return [found for part in portions(texts) for found in looks_of(part)]


def looks_of(texts: Sequence[str]) -> Iterator[Look]:
    """The looks of texts that are one portion."""
    points = code_points(BETWEEN + BETWEEN.join((*texts, "")))
    every, counted = tables()
    bits = every.take(points)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + len(BETWEEN)
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(texts)), lengths)
    own, own_points = bits[len(BETWEEN) :], points[len(BETWEEN) :]
    kinds = own.astype(np.uint8) & np.uint8(127)
    pairs = [np.add.reduceat(two.take(kinds), starts) for two in counted]
    counts = [half for two in pairs for half in (two & 0xFFFFFFFF, two >> 32)]
    counts[5] -= len(BETWEEN)
    # Letters that share a place stand there together at least as often as each.
    crowd = np.bincount((owner << 8) + (own_points & 255), minlength=len(texts) << 8).reshape(-1, 256)
    crowd[:, ord(BETWEEN[0])] -= len(BETWEEN)
    signs = np.bitwise_or.reduceat(own, starts) & np.uint32(AT | OWL | COLON | LOT | CAPITAL)

    def texts_of(places: Ints) -> Ints:
        return np.asarray(owner[places - len(BETWEEN)])

    for sign, places in signs_at(points, bits):
        signs[texts_of(places)] |= np.uint32(sign)
    particles = np.bincount(texts_of(words_ended(points, bits)), minlength=len(texts))
    columns = (*counts, particles, crowd.max(axis=1), signs)
    return map(Look._make, zip(*(column.tolist() for column in columns), strict=True))


def words_ended(points: npt.NDArray[np.uint32], bits: Bits) -> Ints:
    """Where a word ends in one of ``ENDINGS`` behind another syllable, or in 에게."""
    syllable, inside = BIT["syllable"], BIT["inside"]
    places = where(bits, "ending")
    to_whom = np.flatnonzero(points == ord("게"))
    to_whom = to_whom[(points[to_whom - 1] == ord("에")) & (bits[to_whom - 2] & syllable > 0)]
    places = np.concatenate((places[bits[places - 1] & syllable > 0], to_whom))
    return np.asarray(places[bits[places + 1] & inside == 0])


def signs_at(points: npt.NDArray[np.uint32], bits: Bits) -> Iterator[tuple[int, Ints]]:
    """(sign, places of characters that give it), for what the neighbours of a character tell."""
    digit, road, space = BIT["digit"], BIT["road"], BIT["space"]
    digits = where(bits, "digit")
    yield PLATED, plates(bits, digits[:-3][digits[3:] - digits[:-3] == 3])
    far = np.cumsum(np.diff(digits) > len(BETWEEN) - 1, dtype=np.int64)
    far = np.concatenate(([0], far)) if len(digits) else far
    yield SEVEN_NEAR, digits[6:][far[6:] == far[:-6]]
    first = digits[bits[digits - 1] & digit == 0]
    one, two = bits[first - 1], bits[first - 2]
    yield ON_ROAD, first[(one & road > 0) | (one & space > 0) & (two & road > 0)]
    yield O_ONE, first[(points[first] == ord("1")) & (points[first - 1] | 0x20 == ord("o"))]
    after = digits + 1
    numbered = bits[np.minimum(digits + 2, len(bits) - 1)] & digit > 0
    yield FLAT, digits[points[after] == ord("호")]
    yield DECIMAL, digits[(points[after] == ord(".")) & numbered]
    yield DASHED, digits[(points[after] == ord("-")) & numbered]
    spoken = where(bits, "spoken")
    yield SPOKEN_RUN, spoken[2:][spoken[2:] - spoken[:-2] == 2]
    brackets = where(bits, "bracket")
    yield BRACKET_A, brackets[points[brackets + 1] | 0x20 == ord("a")]


def plates(bits: Bits, places: Ints) -> Ints:
    """Which of the places have a syllable before them, and a digit before that; a space may stand between."""
    digit, space, syllable = BIT["digit"], BIT["space"], BIT["syllable"]
    use = places - 1 - (bits[places - 1] & space > 0)
    before = use - 1 - (bits[use - 1] & space > 0)
    return np.asarray(places[(bits[use] & syllable > 0) & (bits[before] & digit > 0)])


def where(bits: Bits, name: str) -> Ints:
    """The places of the characters of a class."""
    return np.flatnonzero(bits & np.uint32(BIT[name]) > 0)


def alphanumeric(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Which code points are letters (chat jamo among them) or digits."""
    return tables()[0][points] & np.uint32(BIT["letter"] | BIT["digit"]) > 0
