"""MinHash signatures in bulk, with numpy alone: shingles -> permuted minima -> bands (Broder 1997; LSH after Leskovec).

Two kinds of shingles: runs of five words, as datatrove takes them, and runs of five characters for texts too short for
words (a review of six words has two word shingles). Texts of middling length get both, so that a pair is never parted
by the border between the kinds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Shingles = tuple[Hashes | None, Hashes | None]
SHINGLE = 5
WORDS_FROM, CHARS_BELOW = 16, 40
WORD = re.compile(r"[^\W_]+")
# The manner of hashing; whoever changes what a key is made of changes this name.
KEYS = "words5-chars5"
# Bounds the (shingles x permutations) block in memory: 2^21 x 8 bytes.
BLOCK = 1 << 21


@dataclass(frozen=True)
class Permutations:
    """``bands`` x ``rows`` hash functions of x * a + b, the same for every day and machine (fixed seed)."""

    bands: int = 20
    rows: int = 6

    @property
    def name(self) -> str:
        """Stands beside stored keys; keys of another name do not meet these."""
        return f"{KEYS} {self.bands}x{self.rows}"

    def parameters(self) -> tuple[Hashes, Hashes]:
        """Odd multipliers and offsets, each of shape (bands * rows,)."""
        random = np.random.default_rng(20181011)
        a, b = random.integers(1, 1 << 63, size=(2, self.bands * self.rows), dtype=np.uint64)
        return a | np.uint64(1), b


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return WORD.findall(text.lower())


def text_key(text: str) -> int:
    """A signed 64-bit hash of the text without white space and case."""
    plain = "".join(text.split()).lower().encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8).digest(), "little", signed=True)


def mix(values: Hashes) -> Hashes:
    """The finaliser of splitmix64: every bit of the input moves every bit of the output."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def rolled(units: Hashes) -> Hashes:
    """The hash of each run of ``SHINGLE`` units; one hash of all where there are fewer. Shape (max(1, n - 4),)."""
    size = min(SHINGLE, len(units))
    length = len(units) - size + 1
    total = np.zeros(length, dtype=np.uint64)
    for place in range(size):
        total = mix(total + units[place : place + length] + np.uint64(0x9E3779B97F4A7C15))
    return total


def word_hashes(words: Sequence[str]) -> Hashes:
    """The hash of each word: the sum over its characters of a hash of (character, place). Shape (words,)."""
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    points = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    place = np.arange(len(points)) - np.repeat(starts, lengths)
    return np.add.reduceat(mix(points + (place.astype(np.uint64) << np.uint64(32))), starts)


def shingles(text: str) -> Shingles:
    """Distinct shingles of (words, characters); None for the kind that a text of this length does not have."""
    words = words_of(text)
    if not words:
        return None, None
    by_word = np.unique(rolled(word_hashes(words))) if len(words) >= WORDS_FROM else None
    by_char = None
    if len(words) < CHARS_BELOW:
        points = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        by_char = np.unique(rolled(points.astype(np.uint64)))
    return by_word, by_char


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of the shingles of two texts."""
    return jaccard(shingles(one), shingles(other))


def jaccard(one: Shingles, other: Shingles) -> float:
    """Jaccard similarity of two texts' shingles, the larger of the kinds that both have."""
    return max((share(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None), default=0.0)


def share(a: Hashes, b: Hashes) -> float:
    """Shared items among all items of two sorted sets."""
    if not len(a) or not len(b):
        return 0.0
    places = np.searchsorted(a, b)
    shared = int(np.count_nonzero(a[np.minimum(places, len(a) - 1)] == b))
    return shared / (len(a) + len(b) - shared)


def bands(texts: Sequence[str], permutations: Permutations) -> list[list[int]]:
    """The LSH keys of each text as signed 64-bit: ``bands`` of them for each kind of shingle that it has."""
    keys: list[list[int]] = [[] for _ in texts]
    found = [shingles(text) for text in texts]
    for kind in (0, 1):
        rows = [i for i, pair in enumerate(found) if pair[kind] is not None]
        sets = [pair[kind] for pair in found if pair[kind] is not None]
        for i, row in zip(rows, band_keys(sets, permutations, kind), strict=True):  # type: ignore[arg-type]
            keys[i].extend(row)
    return keys


def band_keys(sets: Sequence[Hashes], permutations: Permutations, kind: int) -> list[list[int]]:
    """One key a band for each shingle set; equal keys mean equal minima in all rows of the band."""
    minima = signatures(sets, permutations).reshape(len(sets), permutations.bands, permutations.rows)
    salt = (np.arange(permutations.bands, dtype=np.uint64) + np.uint64(1000 * kind))[None, :]
    keys = mix(np.broadcast_to(salt, minima.shape[:2]).copy())
    for row in range(permutations.rows):
        keys = mix(keys + minima[:, :, row])
    return keys.view(np.int64).tolist()  # type: ignore[no-any-return]


def signatures(sets: Sequence[Hashes], permutations: Permutations) -> Hashes:
    """The minimum of each permutation over each set: shape (sets, bands * rows)."""
    a, b = permutations.parameters()
    out = np.empty((len(sets), len(a)), dtype=np.uint64)
    first = 0
    while first < len(sets):
        last, size = first, 0
        while last < len(sets) and (last == first or (size + len(sets[last])) * len(a) <= BLOCK):
            size += len(sets[last])
            last += 1
        block = np.concatenate(sets[first:last])
        starts = np.cumsum([0, *(len(s) for s in sets[first : last - 1])])
        for column in range(len(a)):
            values = block * a[column] + b[column]
            out[first:last, column] = np.minimum.reduceat(values ^ (values >> np.uint64(29)), starts)
        first = last
    return out
