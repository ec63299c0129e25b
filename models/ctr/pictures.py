"""Pictures for the report: people and ads in the common space, and how true the predicted chances are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr.features import is_number

MOST_POINTS = 700
FEWEST_POINTS = 10
MOST_COLOURS = 20


def plane(vectors: np.ndarray) -> np.ndarray:
    """(n, dim) -> (n, 2), near where vectors are near (t-SNE, van der Maaten and Hinton 2008); always the same."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    if len(vectors) < FEWEST_POINTS or not np.ptp(vectors, axis=0).any():
        return np.pad(vectors, ((0, 0), (0, 2)))[:, :2]
    # Exact repeats, such as people of whom nothing is known, would be one point of infinite density.
    spread = np.random.default_rng(7).normal(size=vectors.shape) * vectors.std() * 1e-3
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    placed = TSNE(perplexity=perplexity, init="pca", max_iter=500, random_state=7)
    # One thread: on a busy machine threads that wait for each other cost several times the work.
    with threadpool_limits(1):
        return np.asarray(placed.fit_transform(vectors + spread))


def colourings(table: pa.Table, prefix: str, wanted: tuple[str, ...]) -> list[str]:
    """Up to two columns worth colouring by: those called as ``wanted`` first, then others with few values."""
    own = [c for c in table.column_names if c.startswith(prefix) and c != f"{prefix}id"]
    few = [
        c
        for c in own
        if is_number(table.schema.field(c).type) or 1 < pc.count_distinct(table[c]).as_py() <= MOST_COLOURS
    ]
    first = [f"{prefix}{name}" for name in wanted if f"{prefix}{name}" in few]
    return [*first, *(c for c in few if c not in first)][:2]


def space(vectors: np.ndarray, table: pa.Table, columns: list[str], path: Path) -> None:
    """One panel a column: row i of ``vectors`` is coloured by row i of the column."""
    from matplotlib.figure import Figure

    keep = np.linspace(0, len(vectors) - 1, min(MOST_POINTS, len(vectors))).astype(int)
    points = plane(vectors[keep])
    figure = Figure(figsize=(5 * max(1, len(columns)), 4.2), layout="constrained")
    for place, column in enumerate(columns or [""]):
        axes = figure.add_subplot(1, max(1, len(columns)), place + 1)
        axes.set_xticks([])
        axes.set_yticks([])
        if not column:
            axes.scatter(points[:, 0], points[:, 1], s=12)
            continue
        axes.set_title(column)
        values = table[column].take(pa.array(keep))
        if is_number(values.type):
            shade = values.to_numpy(zero_copy_only=False).astype(float)
            figure.colorbar(axes.scatter(points[:, 0], points[:, 1], c=shade, s=12, cmap="viridis"), ax=axes)
        else:
            paint(axes, points, np.array([str(v) for v in values.to_pylist()]))
    save(figure, path)


def paint(axes: Any, points: np.ndarray, names: np.ndarray) -> None:
    """Scatter with one colour a name and a legend."""
    from matplotlib import colormaps

    colours = colormaps["tab20"]
    for number, name in enumerate(sorted(set(names))):
        own = points[names == name]
        axes.scatter(own[:, 0], own[:, 1], s=12, color=colours(number % 20), label=name)
    axes.legend(fontsize=9, markerscale=1.5, loc="center left", bbox_to_anchor=(1, 0.5))


def calibration(table: np.ndarray, path: Path) -> None:
    """``table`` = (mean chance, click rate, rows) of each bin; the bars are 95 % intervals (Agresti and Coull 1998)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 4.2), layout="constrained")
    axes = figure.add_subplot()
    chance, rate, rows = table.T
    middle = (rate * rows + 2) / (rows + 4)
    half = 2 * np.sqrt(middle * (1 - middle) / (rows + 4))
    bars = np.maximum(0, [rate - np.maximum(0, middle - half), middle + half - rate])
    top = float(table[:, :2].max()) * 1.05 or 1.0
    axes.plot([0, top], [0, top], color="grey", linewidth=1)
    axes.errorbar(chance, rate, bars, marker="o", markersize=4, linewidth=0.8, elinewidth=1)
    axes.set_xlabel("predicted chance")
    axes.set_ylabel("click rate")
    save(figure, path)


def save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
