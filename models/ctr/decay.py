"""Counts that fade: a show counts half as much after each half-life.

What a person cares for lasts days. Counts over all time forget too slowly to follow it, and the last few shows of
somebody who is shown hundreds of ads a day reach back an hour. Exponentially decayed counts (Cormode et al. 2009,
"Forward decay") of several half-lives are one number a key each, whatever the traffic.
"""

from __future__ import annotations

import numpy as np

HALF_LIVES = (0.5, 2.0, 8.0)  # days
DAY = 86_400e6  # microseconds
FORGOTTEN = 0.01  # shows: what has faded further is no longer kept


def faded(amounts: np.ndarray, age: np.ndarray) -> np.ndarray:
    """``amounts`` (n, len(HALF_LIVES)) after ``age`` (n,) microseconds."""
    return np.asarray(amounts * np.exp2(-age[:, None] / (DAY * np.array(HALF_LIVES))))


def runs(keys: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order of rows by key and time, and in that order the place at which each row's key and its instant begin."""
    order = np.lexsort((times, keys))
    k, t = keys[order], times[order]
    new_key = np.r_[True, k[1:] != k[:-1]][: len(k)]
    new_time = new_key | np.r_[True, t[1:] != t[:-1]][: len(k)]
    place = np.arange(len(k))
    begin, tie = (np.maximum.accumulate(np.where(new, place, 0)) for new in (new_key, new_time))
    return order, begin, tie


def before(keys: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The faded count (n, len(HALF_LIVES)) of each row's key (n,) over the rows at strictly earlier times.

    Sums of 1, 2, 4, ... rows of a key are doubled until they reach its first row (Hillis and Steele 1986): every term
    is positive, so that no digits are lost however long the log.
    """
    order, begin, tie = runs(keys, times)
    t = times[order].astype(np.float64)
    amounts = np.ones((len(t), len(HALF_LIVES)))
    reach, rows = 1, np.arange(len(t))
    while len(rows := rows[rows - begin[rows] >= reach]):
        amounts[rows] += faded(amounts[rows - reach], t[rows] - t[rows - reach])
        reach *= 2
    last = tie - 1
    there = np.flatnonzero(last >= begin)
    out = np.zeros_like(amounts)
    out[order[there]] = faded(amounts[last[there]], t[there] - t[last[there]])
    return out


def added(
    known: np.ndarray, amounts: np.ndarray, age: float, keys: np.ndarray, ages: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(keys, amounts) of sorted ``known`` keys with ``amounts``, which are ``age`` microseconds old, and of rows with
    ``keys`` (n, m), 0 = none, of which each is ``ages`` (n,) old."""
    one = faded(np.ones((len(ages), len(HALF_LIVES))), ages)
    every = np.r_[known, keys.reshape(-1)]
    more = np.concatenate([faded(amounts, np.full(len(known), age)), np.repeat(one, keys.shape[1], axis=0)])
    unique, inverse = np.unique(every, return_inverse=True)
    found = np.stack([np.bincount(inverse, part, minlength=len(unique)) for part in more.T], axis=1)
    kept = (unique > 0) & (found.max(axis=1) >= FORGOTTEN)
    # One entry is always there, so that looking up needs no special case.
    return np.r_[np.uint64(0), unique[kept]], np.concatenate([np.zeros((1, len(HALF_LIVES))), found[kept]])
