"""Raw rows -> the dataset's columns and types, and the rows that cannot: each with its reason.

A row leaves for the quarantine with the first reason found; a *column* that is wrong in every row, or a file of which
too much is wrong, is an error instead: then the file is not what it was said to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.datasets import Column, Dataset, Type
from config.task import BadInput
from jobs.land.rows import BadRow, Rows, Source, as_text
from jobs.land.rules import Faults, repeats, wrong_values
from jobs.land.tally import Tally
from jobs.land.values import CONVERT

ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "bytes": pa.binary(),
    "int": pa.int64(),
    "float": pa.float64(),
    "timestamp": pa.timestamp("us", "UTC"),
    "strings": pa.list_(pa.string()),
    "ints": pa.list_(pa.int64()),
}


def fields(dataset: Dataset, opened: Mapping[str, Type]) -> tuple[Column, ...]:
    """The fixed columns, then the open ones by name."""
    return dataset.columns + tuple(Column(n, opened[n], nullable=True) for n in sorted(opened))


def schema(columns: Sequence[Column]) -> pa.Schema:
    return pa.schema([(c.name, ARROW[c.type]) for c in columns])


def conform(
    source: Source, dataset: Dataset, opened: Mapping[str, Type], ds: str | None, seen: dict[str, str], tally: Tally
) -> Iterator[pa.Table]:
    """The good rows of a source, batch by batch; ``tally`` gathers the others.

    ``seen`` maps the keys that landed already to the origin that brought them, and grows. Without ``ds`` no time is
    too late. Raises BadInput for a missing column.
    """
    columns = fields(dataset, opened)
    for raw in source.read():
        rows = named(raw, dataset, opened, source, tally)
        table, faults = converted(rows, columns)
        faults = {**wrong_values(table, dataset, ds), **faults}
        faults |= repeats(table, dataset, source.name, seen, faults)
        tally.add(len(rows.lines) + len(rows.bad), table.num_rows - len(faults))
        for bad in rows.bad:
            tally.reject(bad)
        for place in sorted(faults):
            column, reason, value = faults[place]
            row = as_text({name: at(values, place) for name, values in rows.columns.items()})
            shown = value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
            tally.reject(BadRow(rows.lines[place], f"{column} {reason}", as_text(shown)[:200], row), column)
        good = pa.array([i for i in range(table.num_rows) if i not in faults], pa.int64())
        yield table.take(good) if faults else table


def at(values: Sequence[Any] | pa.Array, place: int) -> Any:
    """One raw value as Python holds it; text that is no UTF-8 stays bytes."""
    if not isinstance(values, pa.Array):
        return values[place]
    try:
        return values[place].as_py()
    except UnicodeDecodeError:
        return values[place : place + 1].cast(pa.binary())[0].as_py()


def named(raw: Rows, dataset: Dataset, opened: Mapping[str, Type], source: Source, tally: Tally) -> Rows:
    """Rows under the dataset's own column names; raises BadInput where a required column is not there."""
    known = {c.name for c in dataset.columns} | set(opened)
    renamed: dict[str, Any] = {}
    for name, values in raw.columns.items():
        own = canonical(name)
        if own not in known:
            tally.unknown.add(as_text(name))
        elif own in renamed:
            raise BadInput(f"{source.files[0]}: column {own} stands twice ({name!r}); rename one")
        else:
            renamed[own] = values
    missing = [c.name for c in dataset.columns if not c.nullable and c.name not in renamed]
    if missing and tally.rows_in:  # lines of JSON may each lack a name: that is a fault of the row
        renamed |= {name: [None] * len(raw.lines) for name in missing}
    elif missing and (raw.lines or not raw.bad):
        has = as_text(", ".join(raw.columns))[:300] or "none"
        raise BadInput(
            f"{source.files[0]}: column {', '.join(missing)} is missing; it has {has}; "
            f"{dataset.name} needs {', '.join(c.name for c in dataset.columns if not c.nullable)}"
        )
    return Rows(renamed, raw.lines, raw.bad)


def canonical(name: str) -> str:
    """Column names are compared without case and blanks around them."""
    return name.strip().lower()


def converted(rows: Rows, columns: Sequence[Column]) -> tuple[pa.Table, Faults]:
    """Every column in its type (null where a value is wrong), and the first fault of each row."""
    faults: Faults = {}
    arrays = []
    for column in columns:
        values = rows.columns.get(column.name)
        if values is None:
            arrays.append(pa.nulls(len(rows.lines), ARROW[column.type]))
            continue
        array, wrong = converted_column(values, column)
        arrays.append(array)
        faults = {**wrong, **faults}
    return pa.table(arrays, schema=schema(columns)), faults


def converted_column(values: Sequence[Any] | pa.Array, column: Column) -> tuple[pa.Array, Faults]:
    """One column in its type; a value that is absent where it must not be is a fault too."""
    array = fast(values, column.type) if isinstance(values, pa.Array) else written_numbers(values, column.type)
    faults: Faults = {}
    if array is None:
        items = listed(values)
        convert = CONVERT[column.type]
        found: list[Any] = []
        for place, value in enumerate(items):
            try:
                found.append(convert(value))
            except ValueError as error:
                found.append(None)
                faults[place] = (column.name, str(error), value)
        array = pa.array(found, ARROW[column.type])
    if not column.nullable and array.null_count:
        for place in pc.indices_nonzero(array.is_null()).to_pylist():
            faults.setdefault(place, (column.name, "is empty", ""))
    return array, faults


def written_numbers(values: Sequence[Any], kind: Type) -> pa.Array | None:
    """A column of CSV cast as a whole where all of it is plain finite numbers; None elsewhere."""
    if kind != "float" or not all(isinstance(v, str) for v in values):
        return None
    try:
        return fast(pa.array(values, pa.string()).cast(pa.float64()), kind)
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None


def listed(values: Sequence[Any] | pa.Array) -> Sequence[Any]:
    """Values one by one; Arrow text as bytes, since it may be no UTF-8."""
    if not isinstance(values, pa.Array):
        return values
    text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
    found: list[Any] = (values.cast(pa.large_binary()) if text else values).to_pylist()
    return found


def fast(array: pa.Array, kind: Type) -> pa.Array | None:
    """A typed Arrow column cast as a whole; None where each value must be looked at."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    of = array.type
    if pa.types.is_null(of):
        return pa.nulls(len(array), ARROW[kind])
    try:
        if kind == "string" and (pa.types.is_string(of) or pa.types.is_large_string(of)):
            array.validate(full=True)
            blank = pc.any(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(array)), 0)).as_py()
            return None if blank else array.cast(pa.string())
        if kind == "bytes" and (pa.types.is_binary(of) or pa.types.is_large_binary(of)):
            return None if pc.any(pc.equal(pc.binary_length(array), 0)).as_py() else array.cast(pa.binary())
        if kind == "int" and pa.types.is_integer(of):
            return array.cast(pa.int64())
        if kind == "float" and (pa.types.is_floating(of) or pa.types.is_integer(of)):
            whole = array.cast(pa.float64())
            return whole if pc.all(pc.is_finite(whole)).as_py() is not False else None
        if kind == "timestamp" and pa.types.is_timestamp(of):
            return array.cast(pa.timestamp("us", of.tz or "UTC"), safe=False).cast(ARROW[kind])
    except pa.ArrowInvalid:
        return None
    return None
