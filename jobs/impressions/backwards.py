"""Counts of the past of users: a partition holds all events of its users, so that numpy can look backwards.

Runs inside Spark's tasks, just before a partition is written. A partition's rows are impressions and, before them, the
counters of earlier deliveries, which have no time and no ``ad_id``: one of those counts from the end of its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Recall:
    """Maps a partition's batches to the rows of features/history; ``names`` are the kinds with a column ``key_*``."""

    names: tuple[str, ...]
    windows: tuple[int, ...]
    smoothing: float

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held = list(batches)
        if not held:
            return
        table = pa.Table.from_batches(held).combine_chunks()
        known = table.filter(pc.is_valid(table["kind"]))
        table = table.filter(pc.is_null(table["kind"]))
        columns = {name: table[name] for name in table.column_names if name.startswith("past_")}
        prior = numbers(table, "prior")
        for name in self.names:
            shows, clicks = self.counts(table, known.filter(pc.equal(known["kind"], name)), name)
            for place, days in enumerate(self.windows):
                rate = (clicks[:, place] + self.smoothing * prior) / (shows[:, place] + self.smoothing)
                columns[f"past_{name}_shows_{days}d"] = pa.array(shows[:, place].astype(np.int32))
                columns[f"past_{name}_rate_{days}d"] = pa.array(rate.astype(np.float32))
        told = pa.table({**{n: table[n] for n in ("user_id", "ad_id", "ts", "click")}, **columns})
        yield from told.filter(table["kept"]).combine_chunks().to_batches(max_chunksize=20_000)
        if not told.num_rows:
            yield pa.RecordBatch.from_pylist([], told.schema)

    def counts(self, table: pa.Table, known: pa.Table, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(shows, clicks) of a kind before each impression, (n, windows) whole numbers; of all its keys together."""
        keys, owner = flat(table[f"key_{name}"])
        times, days, clicks = (numbers(table, n)[owner] for n in ("t", "day", "click"))
        old_days = numbers(known, "day")
        found = before(
            np.r_[numbers(known, "key"), keys],
            np.r_[(old_days.astype(np.int64) + 1) * DAY - 1, times],
            np.r_[old_days, days],
            np.r_[numbers(known, "shows"), np.ones(len(keys), np.int64)],
            np.r_[numbers(known, "clicks"), clicks],
            self.windows,
        )
        totals = []
        for part in found:
            total = np.zeros((len(table), len(self.windows)), np.int64)
            np.add.at(total, owner, part[len(known) :])
            totals.append(total)
        return totals[0], totals[1]


def numbers(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name].to_numpy())


def flat(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """(keys, the row of each): a row without a key has none, one with several has each of them."""
    array = column.combine_chunks()
    if pa.types.is_list(array.type):
        rows = pc.list_parent_indices(array)
        return np.asarray(pc.list_flatten(array).to_numpy(zero_copy_only=False)), np.asarray(rows.to_numpy())
    there = np.flatnonzero(np.asarray(array.is_valid()))
    return np.asarray(array.drop_null().to_numpy()), there


def before(
    keys: np.ndarray,
    times: np.ndarray,
    days: np.ndarray,
    shows: np.ndarray,
    clicks: np.ndarray,
    windows: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """(shows, clicks), (n, windows) each: what the events of the same key that are strictly earlier than each event
    and not more than n - 1 days before its day add up to. All arguments are (n,) whole numbers."""
    found = (np.zeros((len(keys), len(windows)), np.int64), np.zeros((len(keys), len(windows)), np.int64))
    if not len(keys):
        return found
    order = np.lexsort((times, keys))
    key, time, day = keys[order], times[order], days[order].astype(np.int64)
    new_key = np.r_[True, key[1:] != key[:-1]]
    new_time = new_key | np.r_[True, time[1:] != time[:-1]]
    same = np.maximum.accumulate(np.where(new_time, np.arange(len(key)), 0))
    # Key and day as one ascending number, with room below each key for the longest window.
    room = max(windows)
    place = (np.cumsum(new_key) - 1) * (day.max() - day.min() + 1 + room) + day - day.min() + room
    starts = [np.searchsorted(place, place - (n - 1), side="left") for n in windows]
    for counted, out in zip((shows, clicks), found, strict=True):
        summed = np.r_[0, np.cumsum(counted[order], dtype=np.int64)]
        for column, start in enumerate(starts):
            out[order, column] = summed[same] - summed[start]
    return found
