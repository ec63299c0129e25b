"""What had happened before each impression: counters and histories that look strictly backwards.

Shows and clicks are counted under keys: the user, the ad, the user with that ad, the user with each token of the ad's
content. A key is a 64-bit hash, so that one sorted array holds all kinds. An impression sees only events of an earlier
time than its own: rows of the same instant do not see each other, and a stored memory is seen by later rows only.
Clicked ads of a user, latest first, are the history that the user network reads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

NEVER = np.iinfo(np.int64).min
ALL, USER, AD, PAIR, TASTE = (np.uint64(n) for n in range(11, 16))
LIKED = 100
FIXED = 4  # keys of a row before those of its ad's tokens: everything, the user, the ad, the pair


@dataclass(frozen=True)
class Memory:
    """Counters as of one time. ``keys`` (sorted uint64) with ``shows`` and ``clicks``; ``users`` (sorted uint64) with
    the ad keys of their latest clicks ``recent`` (n, length), 0 = none; the ``LIKED`` ads that each clicked last, as
    rows ``liker``, ``liked`` (uint64) and ``liked_at``, sorted by user and latest first; ``as_of`` in microseconds;
    ``prior`` = click rate."""

    keys: np.ndarray
    shows: np.ndarray
    clicks: np.ndarray
    users: np.ndarray
    recent: np.ndarray
    liker: np.ndarray
    liked: np.ndarray
    liked_at: np.ndarray
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
        found = find(self.keys, keys)
        there = found >= 0
        return np.where(there, self.shows[found], 0.0), np.where(there, self.clicks[found], 0.0)

    def ad_clicks(self, ads: np.ndarray) -> np.ndarray:
        """Clicks of each ad (name hashes), any shape."""
        return self.look_up(mix(AD, ads))[1]

    def history(self, users: np.ndarray) -> np.ndarray:
        """(n, length) ad keys of the latest clicks of each user, latest first, 0 = none."""
        found = find(self.users, users)
        return np.where((found >= 0)[:, None], self.recent[found], np.uint64(0))

    def clicked(self, users: np.ndarray, most: int) -> np.ndarray:
        """(n, most) ad keys of the distinct ads that each user clicked, latest first, 0 = none."""
        begin, end = (np.searchsorted(self.liker, users, side) for side in ("left", "right"))
        place = begin[:, None] + np.arange(most)[None, :]
        found = self.liked[np.minimum(place, max(0, len(self.liked) - 1))] if len(self.liked) else np.uint64(0)
        return np.where(place < end[:, None], found, np.uint64(0))


def empty(length: int, prior: float) -> Memory:
    """The memory before anything happened."""
    keys, counts, none = np.zeros(1, np.uint64), np.zeros(1), np.zeros(0, np.uint64)
    return Memory(
        keys, counts, counts, keys, np.zeros((1, length), np.uint64), none, none, np.zeros(0, np.int64), NEVER, prior
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


def keys_of(users: np.ndarray, ads: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """Every key of each (user, ad): (n, FIXED + tokens.shape[1]) uint64, 0 where the ad has no such token.

    ``users`` and ``ads`` are name hashes (n,), ``tokens`` the ad's content tokens (n, t), 0 = none.
    """
    tastes = np.where(tokens > 0, mix(mix(TASTE, users)[:, None], tokens.astype(np.uint64)), np.uint64(0))
    first = np.stack([np.full_like(users, ALL), mix(USER, users), mix(AD, ads), mix(mix(PAIR, users), ads)], axis=1)
    return np.concatenate([first, tastes], axis=1)


def before(keys: np.ndarray, times: np.ndarray, clicks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(shows, clicks) of each row's key at strictly earlier times; all arguments (n,)."""
    order = np.lexsort((times, keys))
    k, t = keys[order], times[order]
    new_key = np.r_[True, k[1:] != k[:-1]]
    new_time = new_key | np.r_[True, t[1:] != t[:-1]]
    place = np.arange(len(k))
    begin = np.maximum.accumulate(np.where(new_key, place, 0))
    tie = np.maximum.accumulate(np.where(new_time, place, 0))
    summed = np.r_[0.0, np.cumsum(clicks[order], dtype=np.float64)]
    out = np.empty((2, len(k)))
    out[0, order] = tie - begin
    out[1, order] = summed[tie] - summed[begin]
    return out[0], out[1]


def past(memory: Memory, keys: np.ndarray, times: np.ndarray, clicks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(shows, clicks) of ``keys`` (n, m), same shape: the memory's for rows after it, and the rows' own before each."""
    shows, won = (np.zeros(keys.shape) for _ in range(2))
    for column in range(keys.shape[1]):
        shows[:, column], won[:, column] = before(keys[:, column], times, clicks)
    stored = memory.look_up(keys)
    later = (times > memory.as_of)[:, None]
    real = keys != 0
    return (shows + stored[0] * later) * real, (won + stored[1] * later) * real


def histories(memory: Memory, users: np.ndarray, ads: np.ndarray, times: np.ndarray, clicks: np.ndarray) -> np.ndarray:
    """(n, length) ad keys of each row's user's latest clicks strictly before the row, latest first, 0 = none."""
    length = memory.recent.shape[1]
    stored = memory.history(np.unique(users))
    owner = np.repeat(np.unique(users), length)
    # Stored clicks have no times of their own: they stand before every new row, oldest first.
    old_ads = stored[:, ::-1].reshape(-1)
    keep = old_ads > 0
    clicked = clicks > 0
    event_user = np.r_[owner[keep], users[clicked]]
    event_ad = np.r_[old_ads[keep], ads[clicked]]
    event_time = np.r_[np.full(keep.sum(), memory.as_of), times[clicked]]
    order = np.lexsort((event_time, event_user))
    event_user, event_ad, event_time = event_user[order], event_ad[order], event_time[order]
    if not len(event_user):
        return np.zeros((len(users), length), np.uint64)
    begin = np.searchsorted(event_user, users)
    # Rank of (user, time) among events: merge by one more lexsort, rows before events of the same instant.
    both_user, both_time = np.r_[event_user, users], np.r_[event_time, times]
    is_event = np.r_[np.ones(len(event_user), bool), np.zeros(len(users), bool)]
    merged = np.lexsort((is_event, both_time, both_user))
    seen = np.cumsum(is_event[merged])
    end = np.empty(len(both_user), np.int64)
    end[merged] = seen
    end = end[len(event_user) :]
    back = end[:, None] - 1 - np.arange(length)[None, :]
    return np.where(back >= begin[:, None], event_ad[np.maximum(back, 0)], np.uint64(0))


def remember(
    memory: Memory, keys: np.ndarray, users: np.ndarray, ads: np.ndarray, times: np.ndarray, clicks: np.ndarray
) -> Memory:
    """The memory after these rows as well."""
    every = np.r_[memory.keys, keys.reshape(-1)]
    unique, inverse = np.unique(every, return_inverse=True)
    shows = np.bincount(inverse, np.r_[memory.shows, np.ones(keys.size)])
    won = np.bincount(inverse, np.r_[memory.clicks, np.repeat(clicks, keys.shape[1])])
    everyone = np.unique(np.r_[memory.users, users])
    # Ask for everyone's history at the end of time: a row of no click, after all others.
    more = len(everyone)
    recent = histories(
        memory,
        np.r_[users, everyone],
        np.r_[ads, np.zeros(more, np.uint64)],
        np.r_[times, np.full(more, np.iinfo(np.int64).max)],
        np.r_[clicks, np.zeros(more)],
    )[len(users) :]
    liked = latest_liked(memory, users[clicks > 0], ads[clicks > 0], times[clicks > 0])
    as_of = int(max(memory.as_of, times.max(initial=NEVER)))
    return Memory(unique, shows, won, everyone, recent, *liked, as_of, memory.prior)


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


@dataclass(frozen=True)
class Recollection:
    """What rows may know of the past: numbers (n, ...) float32 for the user and the ad network and for the pair, and
    the ad keys of the user's latest clicks (n, length) uint64."""

    user: np.ndarray
    ad: np.ndarray
    pair: np.ndarray
    history: np.ndarray


def recollect(
    memory: Memory,
    keys: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    slices: list[tuple[int, int]],
    catalogue: int,
) -> Recollection:
    """Everything that ``rows`` = (user hashes, ad hashes, times, clicks) may know of what came before each of them."""
    users, ads, times, clicks = rows
    numbers = summarise(*past(memory, keys, times, clicks), memory.prior, slices, catalogue)
    return Recollection(*numbers, histories(memory, users, ads, times, clicks))


def as_it_stands(
    memory: Memory, keys: np.ndarray, users: np.ndarray, slices: list[tuple[int, int]], catalogue: int
) -> Recollection:
    """What the memory tells of rows at this moment, whenever they happened; they do not see each other."""
    numbers = summarise(*memory.look_up(keys), memory.prior, slices, catalogue)
    return Recollection(*numbers, memory.history(users))


def summarise(
    shows: np.ndarray, won: np.ndarray, prior: float, slices: list[tuple[int, int]], catalogue: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts (n, FIXED + t) as numbers for (user, ad, pair): log lift over the base rate, shrunk by two clicks' worth
    of shows, log volume, and the ad's share of all clicks against an even share over ``catalogue`` ads.

    ``slices`` cut the token part into columns, over whose tokens the lift is averaged.
    """
    lift = np.log((won + 2.0) / (shows + 2.0 / prior) / prior)
    volume = np.log1p(shows) / 5
    popularity = np.log((won[:, 2] + 1.0) / (won[:, 0] / max(1, catalogue) + 1.0))
    parts = [lift[:, 1:FIXED], volume[:, 1:FIXED], popularity[:, None]]
    for start, end in slices:
        there = shows[:, FIXED + start : FIXED + end] > 0
        count = np.maximum(1, there.sum(axis=1))
        parts += [
            ((part[:, FIXED + start : FIXED + end] * there).sum(axis=1) / count)[:, None] for part in (lift, volume)
        ]
    user = np.stack([lift[:, 1], volume[:, 1]], axis=1)
    ad = np.stack([lift[:, 2], popularity], axis=1)
    pair = np.concatenate(parts, axis=1)
    return user.astype(np.float32), ad.astype(np.float32), pair.astype(np.float32)
