"""What had happened before each impression: counters and histories that look strictly backwards.

Shows and clicks are counted under keys (``models.ctr.counters``). A key is a 64-bit hash, so that one sorted array
holds all kinds. An impression sees only events of an earlier
time than its own: rows of the same instant do not see each other, and a stored memory is seen by later rows only.
Clicked ads of a user, latest first, are the history that the user network reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from models.ctr import decay

NEVER = np.iinfo(np.int64).min
LIKED = 250
OUTCOMES = 30
SHOWN = 50
Columns = Sequence[tuple[int, int]] | None


@dataclass(frozen=True)
class Memory:
    """Counters as of one time. ``keys`` (sorted uint64) with ``shows`` and ``clicks``; ``users`` (sorted uint64) with
    the ad keys of their latest clicks ``recent`` (n, length), 0 = none, what came of their last rows ``seen`` (n,
    OUTCOMES), 0 = none, 1 = shown, 2 = clicked, and the ad keys of their last rows ``shown`` (n, SHOWN), 0 = none; the
    ``LIKED`` ads that each clicked last, as rows ``liker``, ``liked`` (uint64) and ``liked_at``, sorted by user and
    latest first; the shows that fade (``models.ctr.decay``) of ``fading_keys`` (sorted uint64) as they stand at
    ``as_of``, ``fading`` (k, len(HALF_LIVES)); ``as_of`` in microseconds; ``prior`` = click rate."""

    keys: np.ndarray
    shows: np.ndarray
    clicks: np.ndarray
    users: np.ndarray
    recent: np.ndarray
    seen: np.ndarray
    shown: np.ndarray
    liker: np.ndarray
    liked: np.ndarray
    liked_at: np.ndarray
    fading_keys: np.ndarray
    fading: np.ndarray
    as_of: int
    prior: float

    def save(self, path: Path) -> None:
        np.savez(
            path, allow_pickle=False, **{name: np.asarray(getattr(self, name)) for name in self.__dataclass_fields__}
        )

    @staticmethod
    def load(path: Path) -> Memory:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return Memory(as_of=int(arrays.pop("as_of")), prior=float(arrays.pop("prior")), **arrays)

    def look_up(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(shows, clicks) of each key, 0 for unknown ones; any shape."""
        flat = keys.reshape(-1)
        bucket = (flat >> self.shift).astype(np.intp)
        place, end = self.starts.take(bucket), self.starts.take(bucket + 1)
        shows, clicks = np.zeros(len(flat)), np.zeros(len(flat))
        left = np.flatnonzero(place < end)
        while len(left):
            here = place.take(left)
            same = self.keys.take(here) == flat.take(left)
            there = left[same]
            shows[there], clicks[there] = self.shows.take(here[same]), self.clicks.take(here[same])
            left, here = left[~same], here[~same] + 1
            place[left] = here
            left = left[here < end.take(left)]
        return shows.reshape(keys.shape), clicks.reshape(keys.shape)

    @cached_property
    def shift(self) -> np.uint64:
        """How far a key is moved right to give its bucket."""
        return np.uint64(64 - len(self.keys).bit_length())

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each bucket of ``keys``, those of one beginning, starts: keys are hashes, so that a bucket holds one or
        two and a look there is far cheaper than a binary search."""
        many = np.bincount((self.keys >> self.shift).astype(np.intp), minlength=2 ** (64 - int(self.shift)))
        return np.r_[0, np.cumsum(many)]

    def history(self, users: np.ndarray) -> np.ndarray:
        """(n, length) ad keys of the latest clicks of each user, latest first, 0 = none."""
        found = find(self.users, users)
        return np.where((found >= 0)[:, None], self.recent[found], np.uint64(0))

    def outcomes(self, users: np.ndarray) -> np.ndarray:
        """(n, OUTCOMES) what came of the latest rows of each user, latest first: 0 = none, 1 = shown, 2 = clicked."""
        found = find(self.users, users)
        return np.where((found >= 0)[:, None], self.seen[found], np.uint8(0))

    def exposure(self, users: np.ndarray) -> np.ndarray:
        """(n, SHOWN) ad keys of the latest rows of each user, latest first, 0 = none."""
        found = find(self.users, users)
        return np.where((found >= 0)[:, None], self.shown[found], np.uint64(0))

    def faded(self, keys: np.ndarray) -> np.ndarray:
        """The faded shows (..., len(HALF_LIVES)) of keys of any shape, as of the memory, 0 for unknown ones."""
        found = find(self.fading_keys, keys)
        return np.where((found >= 0)[..., None], self.fading[found], 0.0)

    def clicked(self, users: np.ndarray, most: int) -> np.ndarray:
        """(n, most) ad keys of the distinct ads that each user clicked, latest first, 0 = none."""
        begin, end = (np.searchsorted(self.liker, users, side) for side in ("left", "right"))
        place = begin[:, None] + np.arange(most)[None, :]
        found = self.liked[np.minimum(place, max(0, len(self.liked) - 1))] if len(self.liked) else np.uint64(0)
        return np.where(place < end[:, None], found, np.uint64(0))


def empty(length: int, prior: float) -> Memory:
    """The memory before anything happened."""
    keys, counts, none = np.zeros(1, np.uint64), np.zeros(1), np.zeros(0, np.uint64)
    recent, seen = np.zeros((1, length), np.uint64), np.zeros((1, OUTCOMES), np.uint8)
    shown = np.zeros((1, SHOWN), np.uint64)
    liked_at, fading = np.zeros(0, np.int64), np.zeros((1, len(decay.HALF_LIVES)))
    return Memory(
        keys, counts, counts, keys, recent, seen, shown, none, none, liked_at, keys, fading, as_of=NEVER, prior=prior
    )


def find(ordered: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The place of each wanted key in a sorted, non-empty array, -1 where it is not there."""
    place = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.where(ordered[place] == wanted, place, -1)


def name_hashes(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """A stable 64-bit hash of each string, uint64."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    coded = column.dictionary_encode()
    distinct = [
        int.from_bytes(hashlib.blake2b(str(v).encode(), digest_size=8).digest(), "little")
        for v in coded.dictionary.to_pylist()
    ]
    return np.array([*distinct, 0], np.uint64)[coded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)]


def mix(a: np.ndarray | np.uint64, b: np.ndarray | np.uint64) -> np.ndarray:
    """One key of two, by the finaliser of splitmix64 (arithmetic modulo 2**64 is meant)."""
    with np.errstate(over="ignore"):
        x = (np.asarray(a, np.uint64) * np.uint64(0x9E3779B97F4A7C15)) ^ np.asarray(b, np.uint64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


def before(keys: np.ndarray, times: np.ndarray, clicks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(shows, clicks) of each row's key at strictly earlier times; all arguments (n,)."""
    order, begin, tie = decay.runs(keys, times)
    summed = np.r_[0.0, np.cumsum(clicks[order], dtype=np.float64)]
    out = np.empty((2, len(keys)))
    out[0, order] = tie - begin
    out[1, order] = summed[tie] - summed[begin]
    return out[0], out[1]


def past(
    memory: Memory, keys: np.ndarray, times: np.ndarray, clicks: np.ndarray, columns: Columns = None
) -> tuple[np.ndarray, np.ndarray]:
    """(shows, clicks) of ``keys`` (n, m), same shape: the memory's for rows after it, and the rows' own before each.
    ``columns`` cut the m into those whose keys may meet, None = none do: one of several values of a column counts
    wherever among them it stands."""
    shows, won = (np.zeros(keys.shape) for _ in range(2))
    for start, end in cut(keys, columns):
        wide = end - start
        found = before(keys[:, start:end].reshape(-1), np.repeat(times, wide), np.repeat(clicks, wide))
        shows[:, start:end], won[:, start:end] = (part.reshape(-1, wide) for part in found)
    stored = memory.look_up(keys)
    later = (times > memory.as_of)[:, None]
    real = keys != 0
    return (shows + stored[0] * later) * real, (won + stored[1] * later) * real


def cut(keys: np.ndarray, columns: Columns) -> Sequence[tuple[int, int]]:
    return [(place, place + 1) for place in range(keys.shape[1])] if columns is None else columns


def past_fading(memory: Memory, keys: np.ndarray, times: np.ndarray, columns: Columns = None) -> np.ndarray:
    """The faded shows (n, m, len(HALF_LIVES)) of ``keys`` (n, m), 0 = none, before each row: the memory's, for rows
    after it, and the rows' own; ``columns`` as for ``past``."""
    found = np.zeros((*keys.shape, len(decay.HALF_LIVES)))
    for start, end in cut(keys, columns):
        flat, when = keys[:, start:end].reshape(-1), np.repeat(times, end - start)
        age = when.astype(np.float64) - memory.as_of
        stored = decay.faded(memory.faded(flat), np.maximum(age, 0)) * (age > 0)[:, None]
        found[:, start:end] = (decay.before(flat, when) + stored).reshape(len(keys), end - start, -1)
    return found * (keys != 0)[:, :, None]


@dataclass(frozen=True)
class Events:
    """Rows of a log: name hashes of ``users`` and ``ads`` (uint64), ``times`` in microseconds, ``clicks`` 0 or 1."""

    users: np.ndarray
    ads: np.ndarray
    times: np.ndarray
    clicks: np.ndarray

    def part(self, chosen: np.ndarray | slice) -> Events:
        return Events(self.users[chosen], self.ads[chosen], self.times[chosen], self.clicks[chosen])


def histories(memory: Memory, events: Events) -> np.ndarray:
    """(n, length) ad keys of each row's user's latest clicks strictly before the row, latest first, 0 = none."""
    return latest(memory.history, memory, events, events.part(events.clicks > 0), events.ads[events.clicks > 0])


def outcomes(memory: Memory, events: Events) -> np.ndarray:
    """(n, OUTCOMES) uint8 of each row's user's latest rows strictly before the row, latest first: 0 = none, 1 = shown,
    2 = clicked."""
    return latest(memory.outcomes, memory, events, events, (1 + (events.clicks > 0)).astype(np.uint8))


def exposures(memory: Memory, events: Events) -> np.ndarray:
    """(n, SHOWN) ad keys of each row's user's latest rows strictly before the row, latest first, 0 = none."""
    return latest(memory.exposure, memory, events, events, events.ads)


def latest(
    stored: Callable[[np.ndarray], np.ndarray], memory: Memory, rows: Events, told: Events, values: np.ndarray
) -> np.ndarray:
    """(len(rows), length) ``values`` of the events ``told`` of each row's user strictly before it, latest first, 0 =
    none; before them come those that ``stored`` tells of the users."""
    everyone = np.unique(rows.users)
    known = stored(everyone)
    length = known.shape[1]
    owner = np.repeat(everyone, length)
    # What is stored has no times of its own: it stands before every new row, oldest first.
    old = known[:, ::-1].reshape(-1)
    keep = old > 0
    user = np.r_[owner[keep], told.users]
    value = np.r_[old[keep], values]
    time = np.r_[np.full(keep.sum(), memory.as_of), told.times]
    order = np.lexsort((time, user))
    user, value, time = user[order], value[order], time[order]
    if not len(user):
        return np.zeros((len(rows.users), length), known.dtype)
    begin = np.searchsorted(user, rows.users)
    # Rank of (user, time) among events: merge by one more lexsort, rows before events of the same instant.
    both_user, both_time = np.r_[user, rows.users], np.r_[time, rows.times]
    is_event = np.r_[np.ones(len(user), bool), np.zeros(len(rows.users), bool)]
    merged = np.lexsort((is_event, both_time, both_user))
    end = np.empty(len(both_user), np.int64)
    end[merged] = np.cumsum(is_event[merged])
    back = end[len(user) :, None] - 1 - np.arange(length)[None, :]
    return np.where(back >= begin[:, None], value[np.maximum(back, 0)], known.dtype.type(0))


def remember(memory: Memory, keys: np.ndarray, fading: np.ndarray, events: Events) -> Memory:
    """The memory after these rows as well; ``keys`` (n, m) are counted, ``fading`` (n, f) are counted and fade."""
    every = np.r_[memory.keys, keys.reshape(-1)]
    unique, inverse = np.unique(every, return_inverse=True)
    shows = np.bincount(inverse, np.r_[memory.shows, np.ones(keys.size)])
    won = np.bincount(inverse, np.r_[memory.clicks, np.repeat(events.clicks, keys.shape[1])])
    everyone = np.unique(np.r_[memory.users, events.users])
    # Ask for everyone's past at the end of time.
    more = len(everyone)
    end = Events(everyone, np.zeros(more, np.uint64), np.full(more, np.iinfo(np.int64).max), np.zeros(more))
    clicked = events.part(events.clicks > 0)
    recent = latest(memory.history, memory, end, clicked, clicked.ads)
    seen = latest(memory.outcomes, memory, end, events, (1 + (events.clicks > 0)).astype(np.uint8))
    shown = latest(memory.exposure, memory, end, events, events.ads)
    liked = latest_liked(memory, clicked.users, clicked.ads, clicked.times)
    as_of = int(max(memory.as_of, events.times.max(initial=NEVER)))
    age = float(as_of) - float(memory.as_of)
    fading_keys, amounts = decay.added(
        memory.fading_keys, memory.fading, age, fading, float(as_of) - events.times.astype(np.float64)
    )
    return Memory(unique, shows, won, everyone, recent, seen, shown, *liked, fading_keys, amounts, as_of, memory.prior)


def latest_liked(
    memory: Memory, users: np.ndarray, ads: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(liker, liked, liked_at) of a memory after these clicks as well: the last ``LIKED`` distinct ads of each user."""
    who, what, when = np.r_[memory.liker, users], np.r_[memory.liked, ads], np.r_[memory.liked_at, times]
    order = np.lexsort((-when, what, who))
    who, what, when = who[order], what[order], when[order]
    latest = np.r_[True, (who[1:] != who[:-1]) | (what[1:] != what[:-1])][: len(who)]
    who, what, when = who[latest], what[latest], when[latest]
    order = np.lexsort((what, -when, who))
    who, what, when = who[order], what[order], when[order]
    few = np.arange(len(who)) - np.searchsorted(who, who) < LIKED
    return who[few], what[few], when[few]
