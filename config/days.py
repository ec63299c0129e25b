"""Days of one dataset as one table, where a column that anybody may bring changed its type in between."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


class TypeConflict(ValueError):
    """A value of one day cannot be read as what the newest day holds; the message names day, column and value."""


def concat(parts: Sequence[tuple[str, pa.Table]]) -> pa.Table:
    """The rows of named tables, oldest first. A column that is absent in one is null there; where text and numbers
    meet, the newest table that has the column decides, and older values are read as its type."""
    tables = [table for _, table in parts]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowTypeError:
        pass
    newest: dict[str, tuple[str, pa.DataType]] = {}
    for name, table in parts:
        newest |= {f.name: (name, f.type) for f in table.schema if not pa.types.is_null(f.type)}
    for place, (name, table) in enumerate(parts):
        for column, (decided, wanted) in newest.items():
            if column in table.column_names and is_text(wanted) != is_text(table[column].type):
                read = as_text(table[column]) if is_text(wanted) else as_number(table[column], name, column, decided)
                table = table.set_column(table.column_names.index(column), column, read)
        tables[place] = table
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowTypeError as error:
        raise TypeConflict(f"{parts[0][0]} to {parts[-1][0]}: {error}; deliver one type a column") from error


def is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers as people write them: 9.0 is "9"."""
    if not pa.types.is_floating(column.type):
        return column.cast(pa.string()) if not pa.types.is_nested(column.type) else column
    values = [
        None if v is None or v != v else str(int(v)) if float(v).is_integer() else str(v) for v in column.to_pylist()
    ]
    return pa.chunked_array([pa.array(values, pa.string())])


def as_number(column: pa.ChunkedArray, name: str, title: str, decided: str) -> pa.ChunkedArray:
    """Text that spells numbers; raises TypeConflict where a value does not."""
    trimmed = pc.utf8_trim_whitespace(column)
    trimmed = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    try:
        return trimmed.cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise TypeConflict(
            f"{name}: {title} holds text ({error}) where {decided} holds numbers; land one of the two days again with "
            "one type"
        ) from error
