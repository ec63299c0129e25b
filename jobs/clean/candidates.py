"""Pairs that share an LSH key, in one pass over the keys in order; memory does not grow with a bucket.

Each row is paired with the first row of its bucket, and the first ``CROWD`` rows of a bucket with the ``WINDOW`` rows
before them. So a bucket of up to ``WINDOW`` + 1 documents gives all its pairs, and one of a million near copies gives
a star, not half a billion pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame

Ints = npt.NDArray[np.int64]
WINDOW = 15
CROWD = 256
PAIRS = "a bigint, b bigint"
KEYED = "key bigint, node bigint, today int"


def candidates(keys: DataFrame) -> DataFrame:
    """(key, node, today) -> distinct (a, b), ``a`` before ``b`` in the order of (today, node).

    ``today`` is 0 for documents of earlier days, whose pairs among themselves are left out, as is the pair of a
    document with its own older self (node ~x of node x).
    """
    by_key = (
        keys.selectExpr("key", "node", "cast(today as int) as today").repartition("key").sortWithinPartitions("key")
    )
    # Few keys are shared; by one long column Spark sorts in linear time, by three it compares rows.
    in_order = by_key.mapInArrow(shared, KEYED).sortWithinPartitions("key", "today", "node")
    return in_order.mapInArrow(pair_batches, PAIRS).distinct()


def shared(stream: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Arrow batches in the order of ``key`` -> the rows whose key another row has too."""
    last: pa.RecordBatch | None = None
    before: int | None = None
    for batch in stream:
        rows = pa.concat_batches([last, batch]) if last else batch
        if not rows.num_rows:
            continue
        key = rows["key"].to_numpy()
        same = np.concatenate(([key[0] == before], key[1:] == key[:-1]))
        yield rows.slice(0, len(key) - 1).filter(pa.array(same[:-1] | same[1:]))
        last, before = rows.slice(len(key) - 1), key[-2] if len(key) > 1 else before
    if last and last["key"][0].as_py() == before:
        yield last


def pair_batches(stream: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (key, node, today) in order -> batches of (a, b); buckets may span batches."""
    rows = np.empty((5, 0), dtype=np.int64)
    for batch in stream:
        arrived = np.stack([batch[name].to_numpy().astype(np.int64) for name in ("key", "node", "today")])
        before = rows[:, -WINDOW:]
        rows = np.concatenate([before, placed(arrived, before)], axis=1)
        a, b = paired(rows, before.shape[1])
        yield pa.RecordBatch.from_pydict({"a": pa.array(a), "b": pa.array(b)})


def placed(arrived: Ints, before: Ints) -> Ints:
    """Rows of (key, node, today) with two more: the column of the bucket's first node, and the place in the bucket."""
    key, node, _ = arrived
    index = np.arange(len(key))
    starts = np.concatenate(([True], key[1:] != key[:-1]))[: len(key)]
    start = np.maximum.accumulate(np.where(starts, index, 0))
    first, place = node[start], index - start
    if before.shape[1] and len(key) and before[0, -1] == key[0]:
        same = key == key[0]
        first[same], place[same] = before[3, -1], place[same] + before[4, -1] + 1
    return np.concatenate([arrived, np.stack([first, place])])


def paired(rows: Ints, new_from: int) -> tuple[Ints, Ints]:
    """The pairs whose later member stands at ``new_from`` or behind it.

    A bucket lists earlier days first, so a pair of two earlier documents is one whose later member is of an earlier
    day.
    """
    key, node, today, first, place = rows
    fresh = (np.arange(len(key)) >= new_from) & (today > 0)
    star = fresh & (place > 0)
    found = [(first[star], node[star])]
    for back in range(1, min(WINDOW, len(key) - 1) + 1):
        near = np.zeros(len(key), dtype=bool)
        near[back:] = fresh[back:] & (key[back:] == key[:-back])
        later = np.flatnonzero(near & (place > back) & (place < CROWD))
        found.append((node[later - back], node[later]))
    a, b = (np.concatenate(side) for side in zip(*found, strict=True))
    other = (a != b) & (a != ~b)
    return a[other], b[other]
