"""Question-answer CSV -> dialogues; a ``label`` column is a topic, not a scenario, and is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from jobs.land import files
from jobs.land.conform import canonical
from jobs.land.rows import Rows, Source, origin

NAMES = {"q": "question", "a": "answer", "scenario": "scenario_id", "intent": "scenario_id"}
KNOWN = (*NAMES, "question", "answer", "scenario_id")


def sources(path: Path) -> dict[str, Source]:
    files.check(path)
    codec, remark = files.encoding(path)
    delimiter = files.pick_delimiter(path, codec, KNOWN)
    remarks = (remark,) if remark else ()
    return {"dialogues": Source(origin(path), (path,), lambda: rows(path, codec, delimiter), False, remarks)}


def rows(path: Path, codec: str, delimiter: str) -> Iterator[Rows]:
    """The rows under the landing's own names."""
    for batch in files.csv_rows(path, codec, delimiter):
        yield replace(batch, columns={NAMES.get(canonical(n), n): v for n, v in batch.columns.items()})
