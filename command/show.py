"""How stages, gates and tables look on a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from config.lake import Lake
from pipeline import Stage, last_run

WIDEST = 200
MARKS = {"ran": ("✓", "green"), "skipped": ("=", "cyan"), "absent": ("-", "yellow"), "failed": ("✗", "red")}


def stage_line(lake: Lake, row: Stage, ds: str) -> Text:
    """One line of what a stage did: outcome, seconds, rows written, rows dropped by reason."""
    entry = last_run(lake, row.name, ds)
    outcome = entry.get("outcome", "absent")
    mark, style = MARKS.get(outcome, ("?", "red"))
    if outcome == "skipped":
        told = "unchanged"
    elif outcome == "ran":
        told = "; ".join(filter(None, (written(lake, row, ds), dropped(entry.get("counts", {})))))
    else:
        told = entry.get("reason", "")
    return Text.assemble((f" {mark} ", style), f"{row.name:<26}{entry.get('seconds', 0.0):>8.1f} s  ", (told, "dim"))


def written(lake: Lake, row: Stage, ds: str) -> str:
    """Rows by table, and artifacts by name."""
    said = []
    for name in row.writes:
        partition = lake.partition(name, ds)
        current = partition.waiting if partition.waiting.exists else partition
        if current.exists:
            rows = current.manifest()["rows"]
            said.append(name if rows is None else f"{name} {rows:,}")
    return ", ".join(said)


def dropped(counts: Mapping[str, Mapping[str, Any]]) -> str:
    """The drops of all outputs, most frequent reason first."""
    reasons: dict[str, int] = {}
    for count in counts.values():
        for reason, rows in count.get("dropped", {}).items():
            reasons[reason] = reasons.get(reason, 0) + rows
    said = [f"{why} {n:,}" for why, n in sorted(reasons.items(), key=lambda item: -item[1]) if n]
    return f"dropped {', '.join(said)}" if said else ""


# What a person wants to see first of a product's metrics; all of them stand in the report and in --json.
HEADLINES = {
    "chatbot": ("hit@1", "mrr"),
    "qa": ("retrieval_r@1", "reader_em", "reader_f1", "open_f1"),
    "personalization": ("mrr", "mrr_pclick", "mrr_global"),
    "ctr": ("auc", "logloss", "ece", "recall@100"),
}


def headline(release: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``status`` with its headline metrics."""
    metrics = release["metrics"] or {}
    shown = ", ".join(f"{k} {cell(metrics[k])}" for k in HEADLINES[release["product"]] if k in metrics)
    told = {k: release[k] for k in ("product", "ds", "version", "earlier", "moved_at")}
    return {**told, "metrics": shown}


def table(console: Console, rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """Rows of one kind; the keys of the first row are the columns. Cells are data: nothing in them is markup.

    What does not fit into a line of a terminal goes on in the next; a file's lines are as long as they need to be.
    """
    grid = Table(title=Text(title), title_justify="left")
    for column in rows[0] if rows else ():
        grid.add_column(Text(column), overflow="fold")
    for row in rows:
        grid.add_row(*(Text(shorten(cell(value))) for value in row.values()))
    if not console.is_terminal:
        console = Console(file=console.file, width=WIDEST * (len(grid.columns) + 1))
    console.print(grid)


def shorten(text: str) -> str:
    """A cell of up to ``WIDEST`` characters; the whole stands in --json."""
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {cell(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    return "" if value is None else str(value)


def print_json(value: Any) -> None:
    """One JSON document alone on stdout, for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def answer(console: Console, said: Mapping[str, Any]) -> None:
    """An answer: plain fields first, then every list of rows as a table (what a row nests stands in --json)."""
    for key, value in said.items():
        if not rows_of(value):
            console.print(Text.assemble((f"{key}: ", "bold"), cell(value) or "none"))
    for key, value in said.items():
        if rows_of(value):
            table(console, [{k: v for k, v in row.items() if not isinstance(v, dict | list)} for row in value], key)


def rows_of(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
