"""Rows whose values are of the right type and still cannot be, dataset by dataset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from config.datasets import Dataset, parse_ds

Faults = dict[int, tuple[str, str, Any]]  # position in the batch -> (column, reason, value)


def wrong_values(table: pa.Table, dataset: Dataset, ds: str | None) -> Faults:
    """Rows whose values are of the right type and cannot be: by dataset."""
    faults: Faults = {}

    def add(column: str, reason: str, mask: pa.ChunkedArray) -> None:
        for place in pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist():
            faults.setdefault(place, (column, reason, table.column(column)[place].as_py()))

    if dataset.name in ("searches", "impressions") and ds:
        end = datetime.combine(parse_ds(ds) + timedelta(days=1), datetime.min.time(), UTC)
        late = pc.greater_equal(table["ts"], pa.scalar(end, table["ts"].type))
        add("ts", f"is later than the end of {ds} (UTC)", late)
    if dataset.name == "impressions":
        add("click", "is not 0 or 1", pc.invert(pc.is_in(table["click"], pa.array([0, 1, None], pa.int64()))))
        if "propensity" in table.column_names and pa.types.is_floating(table.schema.field("propensity").type):
            chance = table["propensity"]
            add("propensity", "is not above 0 and at most 1", pc.or_(pc.less_equal(chance, 0), pc.greater(chance, 1)))
    if dataset.name == "searches":
        add("position", "is below 1", pc.less(table["position"], 1))
        add("dwell_s", "is negative", pc.less(table["dwell_s"], 0))
    if dataset.name == "questions":
        faults.update(misplaced(table))
    return faults


def misplaced(table: pa.Table) -> Faults:
    """Questions with an answer that does not stand where it is said to."""
    faults: Faults = {}
    columns = (table[name].to_pylist() for name in ("context", "answers", "answer_starts"))
    for place, (context, answers, starts) in enumerate(zip(*columns, strict=True)):
        if context is None or answers is None or starts is None:
            continue
        if len(answers) != len(starts):
            faults[place] = ("answer_starts", "has not one offset an answer", starts)
            continue
        for answer, start in zip(answers, starts, strict=True):
            if start < 0 or context[start : start + len(answer)] != answer:
                faults[place] = ("answers", "does not stand at answer_start", f"{answer} at {start}")
    return faults


def repeats(table: pa.Table, dataset: Dataset, origin: str, seen: dict[str, str], faults: Faults) -> Faults:
    """Rows whose key landed before; the first one stays."""
    if not dataset.key:
        return {}
    found: Faults = {}
    name = dataset.key[0]
    for place, key in enumerate(table[name].to_pylist()):
        if place in faults:
            continue
        if key in seen:
            found[place] = ("duplicate", f"{name}, already landed from {seen[key]}", key)
        else:
            seen[key] = origin
    return found
