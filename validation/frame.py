"""The data frame that Great Expectations looks at: only the columns that a suite names, derived ones added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from config.lake import Lake, LakeError, Partition

if TYPE_CHECKING:
    import pandas as pd

KNOWN = "{}_known"
# Long texts are judged by their length (null where the text is null or blank), so that they stay out of pandas.
LENGTH = {
    ("landing/documents", "body"): "body_length",
    ("landing/dialogues", "question"): "question_length",
    ("landing/dialogues", "answer"): "answer_length",
    ("landing/questions", "context"): "context_length",
    ("landing/questions", "answers"): "answers_length",
    ("landing/questions", "answer_starts"): "answer_starts_length",
    ("clean/documents", "text"): "text_length",
    ("clean/documents", "sentences"): "sentences_length",
    ("clean/documents", "morphemes"): "morphemes_length",
}


def table_frame(partition: Partition, references: tuple[tuple[str, str, str], ...], named: set[str]) -> pd.DataFrame:
    """One row a row of the partition, index = row number; adds lengths of long texts and whether references are known.

    Only columns that are ``named`` are read, one file after the other, so that no more than a file's texts are held.
    """
    files = [path for _, path in sorted(partition.paths().items()) if path.endswith(".parquet")]
    if not files:
        raise LakeError(f"{partition.name} holds no Parquet file")
    parts = [file_columns(path, partition, references, named) for path in files]
    return pa.concat_tables(parts, promote_options="permissive").to_pandas()


def file_columns(
    path: str, partition: Partition, references: tuple[tuple[str, str, str], ...], named: set[str]
) -> pa.Table:
    """The columns of one file as the suites name them."""
    file = pq.ParquetFile(path, filesystem=partition.lake.fs)
    derived = {name: LENGTH.get((partition.dataset.id, name), name) for name in file.schema_arrow.names}
    known_of = {name for name, _, _ in references}
    wanted = [name for name, other in derived.items() if other in named or name in known_of]
    table = file.read(wanted)
    columns: dict[str, Any] = {}
    for name in wanted:
        columns[derived[name]] = length(table[name]) if derived[name] != name else flat(table[name])
    for name, other, key in references:
        columns[KNOWN.format(name)] = known(table[name], partition, other, key)
    # The schema expectation looks for the declared names: columns that no other names are empty shells.
    for name in set(derived) - set(columns):
        columns[name] = pa.nulls(len(table))
    return pa.table(columns)


def flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Lists are judged by their length."""
    return pc.list_value_length(column) if pa.types.is_list(column.type) else column


def length(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Characters of a text (bytes where it is not decoded yet), null where it is null or blank; items of a list."""
    if pa.types.is_list(column.type):
        return pc.list_value_length(column)
    of_text = not pa.types.is_binary(column.type)
    count = pc.utf8_length(pc.utf8_trim_whitespace(column)) if of_text else pc.binary_length(column)
    return pc.if_else(pc.equal(count, 0), pa.scalar(None, pa.int32()), count)


def known(column: pa.ChunkedArray, partition: Partition, other: str, key: str) -> pa.ChunkedArray:
    """Whether each value stands in the other dataset up to this day; all True where that one is absent."""
    values = keys(partition.lake, other, key, partition.ds)
    if values is None:
        return pa.chunked_array([pa.array([True] * len(column), pa.bool_())])
    return pc.or_(pc.is_in(column, value_set=values), pc.is_null(column))


def keys(lake: Lake, other: str, key: str, ds: str, days: int = 30) -> pa.Array | None:
    """The keys of the other dataset over the last days, what waits for its gate today included."""
    partitions = lake.window(other, ds, days)
    today = lake.partition(other, ds).waiting
    if today.exists:
        partitions.append(today)
    if not partitions:
        return None
    return pc.unique(pa.concat_tables([p.table([key]) for p in partitions])[key])


def facts_frame(manifest: dict[str, Any], incumbent: dict[str, Any] | None) -> pd.DataFrame:
    """One row a fact of an artifact (one a file where the stage told none), with the derived columns of the suites."""
    import pandas as pd

    facts = manifest["facts"] or [{"file": n, "bytes": e["bytes"]} for n, e in manifest["files"].items()]
    frame = pd.DataFrame(facts)
    if {"value", "floor"} <= set(frame):
        frame["value"] = frame["value"].astype(float)
        floor = frame["floor"].astype(float)
        frame["above_floor"] = frame["value"] - floor
        # A rung that does not exist yet reports null; a metric with a floor may not.
        frame["needed"] = frame["value"].where(floor.notna(), 0.0)
        frame["incumbent"] = [incumbent_value(row, incumbent) for row in facts]
        better = frame["incumbent"].astype(float)
        frame["incumbent_drop"] = ((better - frame["value"]) / better.abs()).where(frame["primary"].astype(bool))
    if {"gain", "needed"} <= set(frame):
        frame["gain_slack"] = frame["gain"].astype(float) - frame["needed"]
    if {"recall@10", "floor"} <= set(frame):
        frame["above_floor"] = frame["recall@10"] - frame["floor"]
    if {"parity", "allowed"} <= set(frame):
        frame["parity_slack"] = frame["allowed"] - frame["parity"].astype(float)
    if {"ms", "allowed_ms"} <= set(frame):
        frame["over_allowed_ms"] = frame["ms"] - frame["allowed_ms"]
    return frame


def incumbent_value(row: dict[str, Any], incumbent: dict[str, Any] | None) -> float | None:
    """The released product's value of the same metric, for the whole held-out set."""
    value = (incumbent or {}).get(row["metric"]) if row.get("slice", "all") == "all" else None
    return float(value) if isinstance(value, int | float) else None
