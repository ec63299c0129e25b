"""Learning curves as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from markupsafe import Markup

WIDTH, HEIGHT, PAD = 320, 160, 52


def curves(history: Mapping[str, Sequence[float]]) -> list[Markup]:
    """One small chart a quantity; ``val_x`` is drawn dashed, into the chart of ``x`` if there is one."""
    names = dict.fromkeys(n.removeprefix("val_") for n in history)
    told = {n: (history.get(n, ()), history.get(f"val_{n}", ())) for n in names}
    return [chart(n, own, held) for n, (own, held) in told.items() if len(own) or len(held)]


def chart(name: str, values: Sequence[float], held_out: Sequence[float]) -> Markup:
    """A line over the epochs with its first, last and extreme values told."""
    both = [float(v) for v in (*values, *held_out) if v is not None and v == v]
    if not both:
        return Markup("")
    low, high = min(both), max(both)
    span = (high - low) or 1.0

    def line(points: Sequence[float], style: str) -> str:
        if not points:
            return ""
        step = (WIDTH - 2 * PAD) / max(1, len(points) - 1)
        at = [
            f"{PAD + i * step:.1f},{HEIGHT - PAD - (float(v) - low) / span * (HEIGHT - 2 * PAD):.1f}"
            for i, v in enumerate(points)
            if v is not None and v == v
        ]
        dots = f'<circle cx="{at[0].split(",")[0]}" cy="{at[0].split(",")[1]}" r="2.5" fill="#3867b0"/>'
        return f'<polyline points="{" ".join(at)}" fill="none" stroke="#3867b0" stroke-width="1.8" {style}/>{dots}'

    ends = [f"{float(values[-1]):.4g}"] if len(values) else []
    ends += [f"held out {float(held_out[-1]):.4g}"] if len(held_out) else []
    last = ends[0] + (f" ({ends[1]})" if len(ends) > 1 else "")
    axis = f'<path d="M{PAD} {PAD - 8}V{HEIGHT - PAD}H{WIDTH - PAD + 8}" fill="none" stroke="#9aa5b8"/>'
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(name)} by epoch" font-family="system-ui, sans-serif" font-size="10.5">{axis}'
        f'<text x="{PAD}" y="14" font-size="12" font-weight="600">{escape(name)}: {last} at the end</text>'
        f'<text x="{PAD - 4}" y="{PAD}" text-anchor="end">{high:.3g}</text>'
        f'<text x="{PAD - 4}" y="{HEIGHT - PAD + 4}" text-anchor="end">{low:.3g}</text>'
        f'<text x="{WIDTH - PAD}" y="{HEIGHT - 14}" text-anchor="end">epoch {max(len(values), len(held_out))}</text>'
        f"{line(values, '')}{line(held_out, 'stroke-dasharray=&quot;4 3&quot;'.replace('&quot;', chr(34)))}</svg>"
    )
