"""MinHash signatures in bulk, with numpy alone: shingles -> permuted minima -> bands (Broder 1997; LSH after Leskovec).

Two kinds of shingles: runs of five words, as datatrove takes them, and runs of five characters for texts too short for
words (a review of six words has two word shingles). Texts of middling length get both, so that a pair is never parted
by the border between the kinds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jobs.clean import characters
from jobs.clean.characters import Look
from language.portions import SIZE, code_points, portions

Hashes = npt.NDArray[np.uint64]
Minima = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Shingles = tuple[Hashes | None, Hashes | None]
SHINGLE = 5
WORDS_FROM, CHARS_BELOW = 16, 40
# The manner of hashing; whoever changes what a key is made of changes this name.
KEYS = "words5-chars5-32"


@dataclass(frozen=True)
class Permutations:
    """``bands`` x ``rows`` hash functions of x * a + b, the same for every day and machine (fixed seed).

    14 x 5 name .996 of the pairs that are alike to .8, and all but four in a million of those to .9.
    """

    bands: int = 14
    rows: int = 5

    @property
    def name(self) -> str:
        """Stands beside stored keys; keys of another name do not meet these."""
        return f"{KEYS} {self.bands}x{self.rows}"

    def parameters(self) -> tuple[Minima, Minima]:
        """Odd multipliers and offsets, each of shape (bands * rows,)."""
        random = np.random.default_rng(20181011)
        a, b = random.integers(1, 1 << 32, size=(2, self.bands * self.rows), dtype=np.uint32)
        return a | np.uint32(1), b


def text_key(text: str, known: Look | None = None) -> int:
    """A signed 64-bit hash of the text without white space and case; ``known`` is its look, where it is known."""
    plain = text.replace(" ", "").replace("\n", "")
    if not known or len(plain) + known.spaces != len(text):
        plain = "".join(text.split())
    if not known or known.signs & characters.CAPITAL:
        plain = plain.lower()
    hashed = hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(hashed.digest(), "little", signed=True)


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


def word_hashes(points: Hashes, lengths: Ints) -> Hashes:
    """The hash of each word: the sum over its characters of a hash of (character, place). Shape (words,).

    ``points`` are the code points of the words, one after the other, ``lengths`` how many each has.
    """
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(points)) - np.repeat(starts, lengths)
    return np.add.reduceat(mix(points + (place.astype(np.uint64) << np.uint64(32))), starts)


def shingles(texts: Sequence[str]) -> list[Shingles]:
    """Distinct shingles of (words, characters) of each text; None for a kind that it is too long or short for."""
    found: list[list[Hashes | None]] = []
    for part in portions(texts):
        sets: list[list[Hashes | None]] = [[None, None] for _ in part]
        for kind, has, hashes, lengths in Words.of(part).shingled():
            for place, own in zip(np.flatnonzero(has), np.split(hashes, np.cumsum(lengths)[:-1]), strict=True):
                sets[place][kind] = np.unique(own)
        found += sets
    return [(by_word, by_char) for by_word, by_char in found]


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of the shingles of two texts."""
    return jaccard(*shingles([one, other]))


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


def bands(texts: Sequence[str], permutations: Permutations) -> pa.ListArray:
    """The LSH keys of each text as signed 64-bit: ``bands`` of them for each kind of shingle that it has."""
    parts = [keys_of(part, permutations) for part in portions(texts)]
    many = np.concatenate([counts for _, counts in parts]) if parts else np.empty(0, np.int64)
    values = np.concatenate([keys for keys, _ in parts]) if parts else np.empty(0, np.int64)
    offsets = np.concatenate(([0], np.cumsum(many * permutations.bands)))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values.reshape(-1)))


def keys_of(texts: Sequence[str], permutations: Permutations) -> tuple[Ints, Ints]:
    """The rows of keys of the texts, (rows, bands), in the order of the texts; and how many rows each has, 0 to 2."""
    keys, owners = [], []
    for kind, has, hashes, lengths in Words.of(texts).shingled():
        keys.append(band_keys(hashes, lengths, permutations, kind))
        owners.append(np.flatnonzero(has))
    if not keys:
        return np.empty((0, permutations.bands), np.int64), np.zeros(len(texts), np.int64)
    owner = np.concatenate(owners)
    return np.concatenate(keys)[np.argsort(owner, kind="stable")], np.bincount(owner, minlength=len(texts))


class Words(NamedTuple):
    """The words of several texts, one after the other: lower-case runs of letters and digits.

    ``points`` are their code points, ``lengths`` how many each word has; ``many`` words stand in each text, and
    ``chars`` code points.
    """

    points: Hashes
    lengths: Ints
    many: Ints
    chars: Ints

    @staticmethod
    def of(texts: Sequence[str]) -> Words:
        lowered = characters.lowered().take(code_points(" ".join(texts)))
        if not lowered.all():  # some letter is lowered by what stands beside it, or becomes two
            texts = [text.lower() for text in texts]
            lowered = code_points(" ".join(texts))
        points: Hashes = lowered.astype(np.uint64)
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        inside = np.concatenate(([False], characters.alphanumeric(lowered), [False]))
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        starts, stops = edges[::2], edges[1::2]
        many = np.diff(np.searchsorted(starts, ends), prepend=0)
        chars = np.diff(np.concatenate(([0], np.cumsum(stops - starts)))[np.cumsum(many)], prepend=0)
        return Words(points[inside[1:-1]], stops - starts, many, chars)

    def shingled(self) -> Iterator[tuple[int, npt.NDArray[np.bool_], Hashes, Ints]]:
        """(kind, which texts have it, their shingles one after the other, how many each has), first of words.

        A text may stand in both kinds, and a shingle twice in a text.
        """
        few = (self.many > 0) & (self.many < CHARS_BELOW)
        # Texts shorter than a shingle are hashed one by one, so they stand apart.
        kinds = ((0, self.many >= WORDS_FROM), (1, few & (self.chars >= SHINGLE)), (1, few & (self.chars < SHINGLE)))
        for kind, has in kinds:
            if has.any():
                yield kind, has, *(self.by_char(has) if kind else self.by_word(has))

    def by_word(self, has: npt.NDArray[np.bool_]) -> tuple[Hashes, Ints]:
        """The word shingles of the texts that ``has`` names, one after the other, and how many each has."""
        hashes = word_hashes(self.points, self.lengths)
        return run_hashes(hashes[np.repeat(has, self.many)], self.many[has])

    def by_char(self, has: npt.NDArray[np.bool_]) -> tuple[Hashes, Ints]:
        """The character shingles of the texts that ``has`` names, one after the other, and how many each has."""
        points, chars = self.points[np.repeat(has, self.chars)], self.chars[has]
        if chars.min() >= SHINGLE:
            return run_hashes(points, chars)
        parts = [rolled(part) for part in np.split(points, np.cumsum(chars)[:-1])]
        return np.concatenate(parts), np.fromiter(map(len, parts), np.int64, len(parts))


def run_hashes(units: Hashes, lengths: Ints) -> tuple[Hashes, Ints]:
    """``rolled`` of texts that stand one after the other, all of ``SHINGLE`` units or more; and how many each has."""
    every = rolled(units)
    fits = np.ones(len(units), dtype=bool)
    ends = np.cumsum(lengths)
    for back in range(1, SHINGLE):  # runs that would reach into the next text
        fits[ends - back] = False
    return every[fits[: len(every)]], lengths - SHINGLE + 1


def band_keys(shingled: Hashes, lengths: Ints, permutations: Permutations, kind: int) -> Ints:
    """One key a band for each set of shingles, (sets, bands); equal keys mean equal minima in all rows of the band."""
    minima = signatures(shingled, lengths, permutations).astype(np.uint64)
    salt = (np.arange(permutations.bands, dtype=np.uint64) + np.uint64(1000 * kind))[:, None]
    keys = mix(np.broadcast_to(salt, (permutations.bands, len(lengths))).copy())
    for row in range(permutations.rows):
        keys = mix(keys + minima[row :: permutations.rows])
    return np.ascontiguousarray(keys.T).view(np.int64)


def signatures(shingled: Hashes, lengths: Ints, permutations: Permutations) -> Minima:
    """The minimum of each permutation over each set: shape (bands * rows, sets).

    ``shingled`` holds the sets one after the other, none empty; a shingle may stand there twice.
    """
    a, b = permutations.parameters()
    values = (shingled ^ (shingled >> np.uint64(32))).astype(np.uint32)
    out = np.empty((len(a), len(lengths)), dtype=np.uint32)
    ends = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        begin = int(ends[first] - lengths[first])
        last = max(first + 1, int(np.searchsorted(ends, begin + SIZE, side="right")))
        block = values[begin : ends[last - 1]]
        starts = ends[first:last] - lengths[first:last] - begin
        permuted = np.empty_like(block)
        for column in range(len(a)):
            np.multiply(block, a[column], out=permuted)
            np.add(permuted, b[column], out=permuted)
            np.minimum.reduceat(permuted, starts, out=out[column, first:last])
        first = last
    return out
