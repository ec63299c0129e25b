"""What every reader of files and every importer yields: batches of raw rows, each row with its line.

Nothing here is checked yet: values are as the file has them, ``jobs.land.conform`` turns them into the dataset's types.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

ROWS = 8192
CHARACTERS = 8 << 20


@dataclass(frozen=True)
class BadRow:
    """A row that cannot land: its line in the file, why, the value that says so, and the row as text."""

    line: int
    reason: str
    value: str
    row: str


@dataclass(frozen=True)
class Rows:
    """Some rows of a file, by column, in file order; ``bad`` are those that could not even be cut into columns."""

    columns: Mapping[str, Sequence[Any] | pa.Array]
    lines: Sequence[int]
    bad: Sequence[BadRow] = ()


@dataclass(frozen=True)
class Source:
    """Rows for one dataset, read anew by every call of ``read``.

    ``name`` is the origin under which they land. ``typed`` tells whether a digit string is text by intent (JSON,
    Parquet) or only because the format knows nothing else (CSV). ``remarks`` are told to the user.
    """

    name: str
    files: tuple[Path, ...]
    read: Callable[[], Iterator[Rows]]
    typed: bool = True
    remarks: tuple[str, ...] = ()


def as_text(value: Any) -> str:
    """A raw row or value as JSON text that Parquet can hold (bytes that are no text are shown escaped)."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()


def origin(path: Path) -> str:
    """The name under which a file's rows land."""
    return as_text(path.name)


def batched(names: Sequence[str], items: Iterable[tuple[int, Sequence[Any]] | BadRow]) -> Iterator[Rows]:
    """Gather (line, values) pairs into batches of bounded size; at least one batch, even without rows."""
    lines: list[int] = []
    values: list[Sequence[Any]] = []
    bad: list[BadRow] = []
    size = 0
    said = False
    for item in items:
        if isinstance(item, BadRow):
            bad.append(item)
            size += len(item.row)
        else:
            lines.append(item[0])
            values.append(item[1])
            size += sum(len(v) for v in item[1] if isinstance(v, str))
        if len(lines) + len(bad) >= ROWS or size >= CHARACTERS:
            yield Rows(by_column(names, values), lines, bad)
            lines, values, bad, size, said = [], [], [], 0, True
    if lines or bad or not said:
        yield Rows(by_column(names, values), lines, bad)


def by_column(names: Sequence[str], values: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Rows turned into columns."""
    if not values:
        return {name: [] for name in names}
    return dict(zip(names, zip(*values, strict=True), strict=True))
