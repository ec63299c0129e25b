"""Decayed counts that can be asked for any past moment: what a memory knew strictly before a time.

Events of one key (a user and a document, say) are kept in order of time, each with the decayed sums up to and with
it; the value at time t is the last sum before t, decayed on. One binary search answers for any number of half-lives,
so a whole log is replayed in a few array operations, without a leak and without a loop over events.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

FOREVER = float("inf")


def key(*parts: np.ndarray | int) -> np.ndarray:
    """One uint64 for each row of codes (the finaliser of splitmix64 over the parts)."""
    state: np.ndarray | np.uint64 = np.uint64(0x243F6A8885A308D3)
    with np.errstate(over="ignore"):
        for part in parts:
            z = (np.asarray(part).astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)) ^ state
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = z ^ (z >> np.uint64(31))
    return np.asarray(state)


@dataclass(frozen=True)
class Ledger:
    """``keys`` sorted distinct uint64, ``start`` (keys + 1,) their events, ``t`` int64 event times, ``sums`` float64
    (events, half-lives) and ``taus`` the decay times in milliseconds; ``order`` tells which event stands where."""

    keys: np.ndarray
    start: np.ndarray
    t: np.ndarray
    sums: np.ndarray
    taus: tuple[float, ...]
    order: np.ndarray

    @property
    def origin(self) -> int:
        return int(self.t.min()) if len(self.t) else 0

    @property
    def span(self) -> int:
        return int(self.t.max()) - self.origin + 2 if len(self.t) else 2

    @cached_property
    def timeline(self) -> np.ndarray:
        """Key row and time of each event as one sorted int64."""
        return np.repeat(np.arange(len(self.keys)), np.diff(self.start)) * self.span + (self.t - self.origin)

    def group(self, keys: np.ndarray) -> np.ndarray:
        """Row of each key in ``keys``, -1 where it was never seen."""
        if not len(self.keys):
            return np.full(np.shape(keys), -1)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, place, -1)

    def last(self, keys: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(first event of the key, end of its events before ``t``) as positions, equal where there are none."""
        group = self.group(keys)
        begin = self.start[np.maximum(group, 0)]
        if not len(self.t):
            return begin, begin
        moment = np.clip(t - self.origin, 0, self.span - 1)
        end = np.searchsorted(self.timeline, group * self.span + moment, side="left")
        return begin, np.where(group >= 0, end, begin)

    def at(self, keys: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Decayed sums (rows, half-lives) of the events of each key strictly before ``t``."""
        found = np.zeros((len(keys), len(self.taus)))
        begin, end = self.last(keys, t)
        rows = np.flatnonzero(end > begin)
        event = end[rows] - 1
        age = (t[rows] - self.t[event])[:, None] / np.array(self.taus)
        found[rows] = self.sums[event] * np.exp(-age)
        return found

    def recent(self, keys: np.ndarray, t: np.ndarray, width: int) -> np.ndarray:
        """Numbers of the last ``width`` events of each key before ``t``, newest first, -1 after the last."""
        begin, end = self.last(keys, t)
        place = end[:, None] - 1 - np.arange(width)
        there = place >= begin[:, None]
        return np.where(there, self.order[np.where(there, place, 0)], -1) if len(self.t) else np.full(place.shape, -1)


def ledger(keys: np.ndarray, t: np.ndarray, taus: tuple[float, ...], weight: np.ndarray | None = None) -> Ledger:
    """The ledger of events with ``keys`` at ``t``; ``weight`` (1 each by default) is what an event counts."""
    order = np.lexsort((t, keys))
    keys, t = keys[order], t[order]
    new = np.r_[True, keys[1:] != keys[:-1]][: len(keys)]
    start = np.r_[np.flatnonzero(new), len(keys)]
    weights = np.ones(len(keys)) if weight is None else weight[order]
    sums = decayed(np.cumsum(new) - 1, t, np.repeat(weights[:, None], len(taus), axis=1), np.array(taus))
    return Ledger(keys[new], start, t, sums, taus, order)


def decayed(group: np.ndarray, t: np.ndarray, sums: np.ndarray, taus: np.ndarray) -> np.ndarray:
    """Running decayed sums within groups, by doubling (Hillis and Steele 1986): log2(longest group) passes."""
    step, longest = 1, int(np.bincount(group).max(initial=0)) if len(group) else 0
    while step < longest:
        same = np.flatnonzero(group[step:] == group[:-step])
        fade = np.exp(-(t[same + step] - t[same])[:, None] / taus)
        added = sums[same] * fade
        sums = sums.copy()
        sums[same + step] += added
        step *= 2
    return sums
