"""What a study of tuning found, as pictures that need nothing else: inline SVG, and a script of a few lines.

History, cost, importances and the tree of a population are drawn once. The parallel coordinates are an SVG too; the
script of ``tuning.html`` only hides and lifts lines when a range is dragged on an axis or the pointer is on a line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import accumulate
from typing import Any

from markupsafe import Markup

from config.lake import Lake

W, H, PAD = 376, 230, 62
WIDE, TALL = 1120, 300
POOLS = {"live": "#2b8a57", "stopped": "#b9770e", "dead": "#98a4b8", "done": "#3867b0", "failed": "#c0392b"}
BEST = "#d9480f"
Row = Mapping[str, Any]


def study(lake: Lake, product: str, ds: str) -> dict[str, Any] | None:
    """What the report shows of a product's tuning on a day; None where there was none."""
    partition = lake.partition(f"tuned/{product}", ds)
    if not partition.exists:
        return None
    found = json.loads(lake.fs.cat_file(partition.paths()["study.json"]))
    scored = [t for t in found["trials"] if t["score"] is not None]
    names = [p["name"] for p in found["revisions"][-1]["space"]]
    return {
        **found,
        "names": names,
        "best": max((t["score"] for t in scored), default=None),
        "pools": {p: n for p in POOLS if (n := sum(t["pool"] == p for t in found["trials"]))},
        "charts": charts(scored, found["importances"]) if scored else [],
        "parallel": parallel(scored, names, found["revisions"]) if scored and names else "",
        "tree": tree(found["trials"]) if any(t["parent"] for t in found["trials"]) else "",
    }


def charts(scored: Sequence[Row], importances: Mapping[str, float]) -> list[Markup]:
    costs = [cost(scored, key, unit) for key, unit in COSTS]
    return [history(scored), *costs, learning(scored), bars(importances)]


COSTS = (("epochs", "epochs"), ("cpu_s", "CPU seconds"))


def scale(values: Sequence[float], low: float, high: float, log: bool = False) -> Any:
    """A function from a value to a place between ``low`` and ``high`` in the picture."""
    first, last = min(values), max(values)
    if log and first > 0:
        inner = scale([math.log(first), math.log(last)], low, high)
        return lambda v: inner(math.log(v))
    return lambda v: low + (high - low) * ((v - first) / (last - first) if last > first else 0.5)


def told(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def tip(trial: Row) -> str:
    values = ", ".join(f"{k} {told(v)}" for k, v in trial["values"].items())
    return escape(f"{trial['uid']} {trial['pool']}, score {told(trial['score'])}, epoch {trial['epoch']}: {values}")


def frame(body: str, title: str, x: str, y: Sequence[float], width: int = W) -> Markup:
    """Axes, title and the highest and lowest value around a picture."""
    return Markup(
        f'<svg viewBox="0 0 {width} {H}" width="{width}" height="{H}" role="img" aria-label="{escape(title)}" '
        f'font-family="system-ui, sans-serif" font-size="11"><text x="{PAD}" y="16" font-size="12.5" '
        f'font-weight="600">{escape(title)}</text><path d="M{PAD} 28V{H - 34}H{width - 12}" fill="none" '
        f'stroke="#9aa5b8"/><text x="{PAD - 5}" y="38" text-anchor="end">{max(y):.4g}</text>'
        f'<text x="{PAD - 5}" y="{H - 34}" text-anchor="end">{min(y):.4g}</text>'
        f'<text x="{width - 12}" y="{H - 16}" text-anchor="end">{escape(x)}</text>{body}</svg>'
    )


def history(trials: Sequence[Row]) -> Markup:
    """Each trial's best score in order of birth, coloured by its pool, and the best so far."""
    scores = [t["score"] for t in trials]
    x, y = scale([0, max(1, len(trials) - 1)], PAD + 8, W - 20), scale(scores, H - 40, 36)
    dots = "".join(
        f'<circle cx="{x(i):.1f}" cy="{y(t["score"]):.1f}" r="4" fill="{POOLS[t["pool"]]}" fill-opacity="0.75">'
        f"<title>{tip(t)}</title></circle>"
        for i, t in enumerate(trials)
    )
    steps = stairs([(x(i), y(s)) for i, s in enumerate(accumulate(scores, max))])
    return frame(steps + dots, "Optimisation history", f"{len(trials)} trials in order of birth", scores)


def stairs(points: Sequence[tuple[float, float]]) -> str:
    first, *rest = points
    path = f"M{first[0]:.1f} {first[1]:.1f}" + "".join(f"H{px:.1f}V{py:.1f}" for px, py in rest)
    return f'<path d="{path}" fill="none" stroke="{BEST}" stroke-width="1.8"/>'


def cost(trials: Sequence[Row], key: str, unit: str) -> Markup:
    """The best score so far against what the epochs had cost, trial by trial in order of birth."""
    each = [(t, s, t[key] / max(1, len(t["scores"]))) for t in trials for s in t["scores"]]
    spent = list(accumulate(c for _, _, c in each))
    best = list(accumulate((s for _, s, _ in each), max))
    x, y = scale([0.0, *spent], PAD, W - 20), scale(best, H - 40, 36)
    steps = [k for k, b in enumerate(best) if not k or b > best[k - 1]]
    body = stairs([(x(s), y(b)) for s, b in zip(spent, best, strict=True)])
    body += "".join(
        f'<circle cx="{x(spent[k]):.1f}" cy="{y(best[k]):.1f}" r="3" fill="{BEST}"><title>{tip(each[k][0])}; '
        f"{told(float(spent[k]))} {unit} in all</title></circle>"
        for k in steps
    )
    return frame(body, f"Best score by {unit}", f"{told(float(spent[-1]))} {unit}", best)


def learning(trials: Sequence[Row]) -> Markup:
    """The score of every trial after each of its epochs: which were put away early, which were taken up again."""
    scores = [s for t in trials for s in t["scores"]]
    x, y = scale([0, max(t["epoch"] for t in trials)], PAD, W - 20), scale(scores, H - 40, 36)
    body = ""
    for t in sorted(trials, key=lambda t: t["score"]):
        at = [(x(t["start"] + 1 + k), y(s)) for k, s in enumerate(t["scores"])]
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in at)
        colour = POOLS[t["pool"]]
        body += (
            f'<g stroke="{colour}" fill="{colour}"><title>{tip(t)}</title><polyline points="{points}" fill="none" '
            f'stroke-opacity="0.7"/><circle cx="{at[-1][0]:.1f}" cy="{at[-1][1]:.1f}" r="2.6"/></g>'
        )
    return frame(body, "Score of each trial by epoch", f"epoch {max(t['epoch'] for t in trials)}", scores)


def bars(importances: Mapping[str, float]) -> Markup:
    """Share of the variance that each parameter explains, largest first."""
    if not importances:
        return Markup("")
    ranked = sorted(importances.items(), key=lambda item: -item[1])
    most, height = max(importances.values()) or 1.0, 34 + 20 * len(ranked)
    body = "".join(
        f'<text x="118" y="{43 + 20 * i}" text-anchor="end">{escape(n)}</text><rect x="124" y="{33 + 20 * i}" '
        f'width="{max(1.0, 170 * v / most):.1f}" height="13" rx="2" fill="#7fa3d7"/>'
        f'<text x="{130 + 170 * v / most:.1f}" y="{43 + 20 * i}" fill="#5b6577">{v:.3f}</text>'
        for i, (n, v) in enumerate(ranked)
    )
    return Markup(
        f'<svg viewBox="0 0 {W} {height}" width="{W}" height="{height}" role="img" aria-label="importances" '
        f'font-family="system-ui, sans-serif" font-size="11"><text x="12" y="16" font-size="12.5" font-weight="600">'
        f"Importance of each parameter</text>{body}</svg>"
    )


def parallel(trials: Sequence[Row], names: Sequence[str], revisions: Sequence[Row]) -> Markup:
    """One axis a parameter and one for the score, one line a trial; darker is better, the best is orange."""
    log = {p["name"] for r in revisions for p in r["space"] if p.get("scale") == "log"}
    rows = [t for t in trials if all(n in t["values"] for n in names)]
    columns = [*names, "score"]
    x = scale([0, len(columns) - 1], 70, WIDE - 70)
    values = {n: [t["score"] if n == "score" else t["values"][n] for t in rows] for n in columns}
    places, axes = {}, []
    for number, name in enumerate(columns):
        places[name], marks = axis(values[name], name in log)
        axes.append(drawn_axis(number, name, x(number), marks))
    ranked = sorted(range(len(rows)), key=lambda i: rows[i]["score"])
    lines = []
    for rank, i in enumerate(ranked):
        at = [places[n](values[n][i]) for n in columns]
        points = " ".join(f"{x(k):.1f},{y:.1f}" for k, y in enumerate(at))
        best = rank == len(ranked) - 1
        colour = BEST if best else shade(rank / max(1, len(ranked) - 1))
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{2.6 if best else 1.3}" '
            f'data-at="{" ".join(f"{y:.1f}" for y in at)}" data-tip="{tip(rows[i])}"/>'
        )
    return Markup(
        f'<svg class="parallel" viewBox="0 0 {WIDE} {TALL}" width="{WIDE}" height="{TALL}" role="img" '
        f'aria-label="parallel coordinates" font-family="system-ui, sans-serif" font-size="11">'
        f"<g>{''.join(lines)}</g>{''.join(axes)}</svg>"
    )


def axis(values: Sequence[Any], log: bool) -> tuple[Any, list[tuple[float, str]]]:
    """(place of a value, marks) of one axis; texts and truth values stand at equal distances."""
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        place = scale([float(v) for v in values], TALL - 34, 48, log)
        ends = sorted({min(values), max(values)})
        return place, [(place(v), told(v)) for v in ends]
    known = sorted({str(v) for v in values})
    spot = scale([0, max(1, len(known) - 1)], TALL - 34, 48)
    at = {name: spot(i) if len(known) > 1 else (TALL + 14) / 2 for i, name in enumerate(known)}
    return lambda v: at[str(v)], [(y, name) for name, y in at.items()]


def drawn_axis(number: int, name: str, x: float, marks: Sequence[tuple[float, str]]) -> str:
    labels = "".join(
        f'<text x="{x:.1f}" y="{y + (15 if y > TALL / 2 else -6):.1f}" text-anchor="middle" fill="#5b6577" '
        f'stroke="#fff" stroke-width="3" paint-order="stroke">{escape(label)}</text>'
        for y, label in marks
    )
    return (
        f'<g data-axis="{number}"><line x1="{x:.1f}" x2="{x:.1f}" y1="48" y2="{TALL - 34}" stroke="#5b6577"/>'
        f'<text x="{x:.1f}" y="22" text-anchor="middle" font-weight="600">{escape(name)}</text>{labels}'
        f'<rect class="brush" x="{x - 9:.1f}" y="48" width="18" height="0" fill="#d9480f" fill-opacity="0.25"/>'
        f'<rect class="grip" x="{x - 14:.1f}" y="40" width="28" height="{TALL - 66}" fill="transparent" '
        'style="cursor:crosshair"><title>drag to keep the trials of a range, click to keep all</title></rect></g>'
    )


def shade(share: float) -> str:
    """From pale (0) to dark blue (1)."""
    pale, dark = (205, 214, 230), (31, 78, 156)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(pale, dark, strict=True))


def tree(trials: Sequence[Row]) -> Markup:
    """The lines of a population over the epochs: a bar a trial, darker for a better score, a bow to where it came
    from."""
    rows = [t for t in trials if t["member"] >= 0]
    members = sorted({t["member"] for t in rows})
    height = 52 + 24 * len(members)
    x = scale([0, max(t["epoch"] for t in rows) or 1], 84, WIDE - 30)
    y = {m: 40 + 24 * i for i, m in enumerate(members)}
    scores = [t["score"] for t in rows if t["score"] is not None]
    tone = scale(scores, 0.0, 1.0) if scores else None
    known = {t["uid"]: t for t in rows}
    body = [f'<text x="76" y="{y[m] + 4}" text-anchor="end">member {m}</text>' for m in members]
    for t in rows:
        if t["parent"] in known:
            sx, sy, ey = x(t["start"]), y[known[t["parent"]]["member"]], y[t["member"]]
            bow = f"M{sx:.1f} {sy}C{sx + 26:.1f} {sy} {sx - 26:.1f} {ey} {sx:.1f} {ey}"
            body.append(f'<path d="{bow}" fill="none" stroke="{BEST}" stroke-width="1.2"/>')
    for t in rows:
        colour = "#e4e8ef" if t["score"] is None or tone is None else shade(tone(t["score"]))
        width = max(3.0, x(t["epoch"]) - x(t["start"]) - 1.5)
        body.append(
            f'<rect x="{x(t["start"]):.1f}" y="{y[t["member"]] - 7}" width="{width:.1f}" height="14" rx="3" '
            f'fill="{colour}"><title>{tip(t)}</title></rect>'
        )
    body.append(
        f'<text x="{WIDE - 30}" y="{height - 4}" text-anchor="end">epoch {max(t["epoch"] for t in rows)}</text>'
    )
    return Markup(
        f'<svg viewBox="0 0 {WIDE} {height}" width="{WIDE}" height="{height}" role="img" aria-label="lineage" '
        f'font-family="system-ui, sans-serif" font-size="11"><text x="12" y="16" font-size="12.5" font-weight="600">'
        f"Lineage of the population</text>{''.join(body)}</svg>"
    )
