"""How good the chances are for parts of the rows: newcomers, each day, and each value of the columns that say who and
where."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr import measure
from models.ctr.features import Arrays, floats, is_number

LEAST_CLICKS, LEAST_ROWS = 5, 50
MOST_VALUES, QUARTERS = 12, 4


def measured(table: pa.Table, scored: Arrays) -> list[dict[str, Any]]:
    """A row a slice: slice, rows, clicks, auc, logloss, ece. Slices of few rows or clicks, which say nothing, are left
    out; ``scored`` is in the order of ``table``."""
    clicks, chance, weight = scored["clicks"], scored["chance"], scored["weight"]
    told = []
    for name, part in parts(table, scored):
        own, wins = clicks[part], int(clicks[part].sum())
        if len(own) < LEAST_ROWS or wins < LEAST_CLICKS or wins == len(own):
            continue
        row = {"slice": name, "rows": len(own), "clicks": wins, "auc": measure.auc(own, chance[part], weight[part])}
        losses = {"logloss": measure.logloss, "ece": measure.ece}
        told.append({**row, **{name: loss(own, chance[part], weight[part]) for name, loss in losses.items()}})
    return told


def parts(table: pa.Table, scored: Arrays) -> Iterator[tuple[str, np.ndarray]]:
    """(name, mask) of every slice. Days come in order: each sees only what was known before it, so that they are a
    progressive validation."""
    yield "new_user", scored["new_user"]
    yield "new_ad", scored["new_ad"]
    days = pc.strftime(table["ts"], format="%Y-%m-%d")
    yield from values("day", days)
    for column in sorted(table.column_names):
        if column.startswith(("user_", "context_")) and column != "user_id":
            if is_number(table.schema.field(column).type):
                yield from ranges(column, floats(table[column]))
            elif pc.count_distinct(table[column]).as_py() <= MOST_VALUES:
                yield from values(column, table[column])


def values(name: str, column: pa.ChunkedArray) -> Iterator[tuple[str, np.ndarray]]:
    held = np.array([str(v) if v is not None else "missing" for v in column.to_pylist()])
    for value in np.unique(held):
        yield f"{name}={value}", held == value


def ranges(name: str, held: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Quarters of a number, by its quantiles."""
    there = held[np.isfinite(held)]
    if not len(there):
        return
    edges = np.unique(np.quantile(there, np.linspace(0, 1, QUARTERS + 1)))
    for low, high in itertools.pairwise(edges):
        closed = held <= high if high == edges[-1] else held < high
        yield f"{name}={low:g}..{high:g}", (held >= low) & closed
