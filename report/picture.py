"""The pipeline as a picture, drawn from the stage table: in the README plain, in a report with what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from pipeline import STAGES, Stage, upstream, writer

LANES = ("corpus_daily", "chatbot", "qa", "clicks_daily", "personalization", "ctr")
BOX_W, BOX_H, STEP_X, STEP_Y, LEFT, TOP = 118, 46, 134, 84, 118, 26
COLOURS = {
    "ran": "#d9f2e3",
    "skipped": "#e6ecf5",
    "absent": "#f1f1f1",
    "failed": "#f9d5d3",
    "running": "#fff0c9",
    "": "#eef3fb",
}
OUTCOMES = {
    "ran": "today",
    "skipped": "unchanged since it last ran",
    "absent": "switched off, or what it reads is not there",
    "failed": "its message stands below",
}
EDGES = {"ran": "#2b8a57", "failed": "#c0392b", "": "#7d8ba3"}


@dataclass(frozen=True)
class Place:
    """Where a stage's box stands, in pixels from the top left."""

    x: int
    y: int


def places() -> dict[str, Place]:
    """A lane a DAG; inside a lane a stage stands right of what it reads, stages that can run side by side stack."""
    columns: dict[str, int] = {}
    for row in STAGES:
        before = [columns[writer(d).name] + 1 for d in upstream(row)]
        columns[row.name] = max(before, default=0)
    found: dict[str, Place] = {}
    y = TOP
    for lane in LANES:
        depth: dict[int, int] = {}
        for row in (s for s in STAGES if s.dag == lane):
            column = columns[row.name]
            found[row.name] = Place(LEFT + column * STEP_X, y + depth.get(column, 0) * (BOX_H + 8))
            depth[column] = depth.get(column, 0) + 1
        y += STEP_Y + (max(depth.values()) - 1) * (BOX_H + 8)
    return found


def svg(journal: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """The picture; ``journal`` maps a stage to its entry of the day (outcome, seconds, rows)."""
    at, entries = places(), journal or {}
    width = max(p.x for p in at.values()) + BOX_W + 16
    height = max(p.y for p in at.values()) + BOX_H + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, sans-serif" role="img" aria-label="stages of the night and what each reads">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#7d8ba3"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    parts += [edge(at[writer(d).name], at[row.name]) for row in STAGES for d in upstream(row)]
    for lane in LANES:
        first = next(s for s in STAGES if s.dag == lane)
        parts.append(f'<text x="10" y="{at[first.name].y + 27}" font-size="12" font-weight="600">{lane}</text>')
    parts += [box(row, at[row.name], entries.get(row.name, {})) for row in STAGES]
    return "\n".join([*parts, "</svg>"]) + "\n"


def edge(start: Place, end: Place) -> str:
    """A curve from the right side of a box to the left side of another."""
    x1, y1, x2, y2 = start.x + BOX_W, start.y + BOX_H // 2, end.x - 2, end.y + BOX_H // 2
    bend = max(20, (x2 - x1) // 2)
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return f'<path d="{path}" fill="none" stroke="#b6c0d1" stroke-width="1.3" marker-end="url(#tip)"/>'


def box(row: Stage, at: Place, entry: Mapping[str, Any]) -> str:
    """A stage: its name, and below it what happened, or which engine runs it."""
    outcome = str(entry.get("outcome", ""))
    label = row.name.removeprefix(f"{row.product}_") if row.product else row.name.replace("aggregate_", "agg. ")
    below = told(entry) if entry else row.engine
    fill, stroke = COLOURS.get(outcome, "#fff"), EDGES.get(outcome, EDGES[""])
    return (
        f'<g><title>{escape(row.name)}: {escape(row.doc)}</title><rect x="{at.x}" y="{at.y}" width="{BOX_W}" '
        f'height="{BOX_H}" rx="7" fill="{fill}" stroke="{stroke}"/>'
        f'<text x="{at.x + 9}" y="{at.y + 20}" font-size="12">{escape(label)}</text>'
        f'<text x="{at.x + 9}" y="{at.y + 36}" font-size="10.5" fill="#5b6577">{escape(below)}</text></g>'
    )


def told(entry: Mapping[str, Any]) -> str:
    """The outcome of a stage and its seconds; of one that was skipped, what it took when it last ran."""
    took = (entry.get("last") or entry).get("seconds", 0.0)
    return f"{entry['outcome']} ({took:.1f} s)" if "last" in entry else f"{entry['outcome']} {took:.1f} s"


if __name__ == "__main__":
    print(svg(), end="")
