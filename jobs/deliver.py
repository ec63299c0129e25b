"""Parquet written by the Python workers, so that the same rows always give the same bytes.

Spark's own writer lists a column's encodings in the order of a Java hash set, which differs from one JVM to the next.
A task writes its partition as one file under the partition's number, aside first; a retried task writes it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import TaskContext
from pyspark.sql import DataFrame

Key = tuple[str | None, ...]
Finish = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
Tally = Callable[[pa.RecordBatch], Counter[Key]]
# Rows of a row group; bounds what a worker holds.
ROW_GROUP = 20_000


def deliver(rows: DataFrame, url: str, tally: Tally | None = None, finish: Finish | None = None) -> Counter[Key]:
    """Write ``rows``, partitioned and ordered as they are, to ``url``; returns what ``tally`` counted in all of them.

    ``finish`` maps a partition's Arrow batches just before they are counted and written. Without a single row one
    empty file with the columns is written.
    """
    fs, path = fsspec.core.url_to_fs(url)
    fs.makedirs(path, exist_ok=True)
    task = partial(write_partition, url=url, tally=tally, finish=finish)
    told = rows.mapInArrow(task, "key array<string>, rows bigint").toArrow()
    if not told.num_rows:
        empty = iter([pa.RecordBatch.from_pylist([], rows.limit(0).toArrow().schema)])
        write(finish(empty) if finish else empty, f"{url}/part-00000.parquet", "driver")
    counts: Counter[Key] = Counter()
    for key, number in zip(told["key"].to_pylist(), told["rows"].to_pylist(), strict=True):
        if key:
            counts[tuple(key)] += number
    return counts


def write_partition(
    stream: Iterable[pa.RecordBatch], url: str, tally: Tally | None, finish: Finish | None
) -> Iterator[pa.RecordBatch]:
    """Write one partition from inside its task; yields the counts, nothing for an empty partition.

    The count of the key () is that of the rows; ``deliver`` leaves it out.
    """
    context = TaskContext.get()
    assert context is not None, "runs inside a Spark task"
    counts: Counter[Key] = Counter()

    def counted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            counts[()] += batch.num_rows
            if tally:
                counts.update(tally(batch))
            yield batch

    file = f"{url}/part-{context.partitionId():05d}.parquet"
    write(counted(finish(stream) if finish else stream), file, str(context.taskAttemptId()))
    keys = sorted(counts, key=repr)
    if keys:
        yield pa.RecordBatch.from_pydict(
            {"key": pa.array(map(list, keys), pa.list_(pa.string())), "rows": [counts[key] for key in keys]}
        )


def write(batches: Iterator[pa.RecordBatch], url: str, attempt: str) -> None:
    """One Parquet file with row groups of ``ROW_GROUP`` rows however the batches came; none where no batch came."""
    first = next(batches, None)
    if first is None:
        return
    fs, path = fsspec.core.url_to_fs(url)
    aside = f"{path}.{attempt}"
    with fs.open(aside, "wb") as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        held, size = [first], first.num_rows
        for batch in batches:
            held.append(batch)
            size += batch.num_rows
            if size >= ROW_GROUP:
                writer.write_table(pa.Table.from_batches(held), row_group_size=size)
                held, size = [], 0
        writer.write_table(pa.Table.from_batches(held, first.schema), row_group_size=max(size, 1))
    fs.mv(aside, path)
