"""What a stage function is handed: its day, its settings, the partitions it reads and the folders it fills."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa

from config import days
from config.lake import Lake, Partition, Staging
from config.settings import Settings

log = logging.getLogger("naru")
T = TypeVar("T")


class BadInput(ValueError):
    """Input that no retry can mend; the message names the file, row or value and what to do."""


class Skip(Exception):
    """The stage has nothing to do on this day; the message says why."""


@dataclass
class Task:
    """One run of one stage on one day. ``run(task)`` of every stage takes it and returns nothing.

    ``inputs`` maps each dataset that the stage reads to its published partitions, oldest first ([] where an optional
    one is absent); ``outputs`` maps each dataset that it writes to the folder to fill. An output left empty is absent
    that day.
    """

    stage: str
    ds: str
    settings: Settings
    lake: Lake
    inputs: Mapping[str, list[Partition]]
    outputs: Mapping[str, Staging]
    product: str = ""
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table | None:
        """All rows of the window of an input; None where an optional input is absent. Raises BadInput where a column
        holds text on one day and numbers on another, and neither can be read as the other."""
        parts = [p.table(columns) for p in self.inputs[name]]
        if len(parts) < 2:
            return parts[0] if parts else None
        try:
            return days.concat([(p.name, table) for p, table in zip(self.inputs[name], parts, strict=True)])
        except days.TypeConflict as error:
            raise BadInput(str(error)) from error

    def input(self, name: str) -> Partition:
        """The newest partition of an input."""
        return self.inputs[name][-1]

    def output(self, name: str) -> Staging:
        return self.outputs[name]

    def count(self, name: str, rows_in: int, dropped: Mapping[str, int] | None = None) -> None:
        """Row counts of an output for its manifest and the report: rows read and drops by reason."""
        self.counts[name] = {"rows_in": rows_in, "dropped": dict(dropped or {})}

    def note(self, name: str, **values: Any) -> None:
        """Anything JSON worth telling in the manifest and the report (learning curves, origins, sizes)."""
        self.notes.setdefault(name, {}).update(values)

    def fact(self, name: str, **row: Any) -> None:
        """One row that the gate of an artifact checks."""
        self.outputs[name].facts.append(row)

    def log(self, message: str, *args: Any) -> None:
        log.info("%s: " + message, self.stage, *args)

    def track(self, items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
        """Iterate with a progress bar on a terminal, and a log line every ten seconds elsewhere."""
        size = total if total is not None else (len(items) if hasattr(items, "__len__") else None)  # type: ignore[arg-type]
        if sys.stderr.isatty():
            from rich.progress import track

            yield from track(items, description=f"{self.stage}: {what}", total=size, transient=True)
            return
        said = time.monotonic()
        for done, item in enumerate(items):
            if time.monotonic() - said > 10:
                said = time.monotonic()
                self.log("%s %d of %s", what, done, size if size is not None else "?")
            yield item
