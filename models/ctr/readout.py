"""Two releases on the same log: how much better the second one is, with an interval.

Both answer the same rows in the same order, so that what they share (an easy day, a hard user) drops out of the
difference; people are drawn again, never single rows (``models.ctr.bootstrap``). Gains count upwards: a lower log loss
is a gain. Where the log tells propensities, SNIPS says what click rate each release's own choice would have had.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from config.task import BadInput
from models.ctr import bootstrap, evaluate, measure, offpolicy, order, rows, thinned
from models.ctr.bootstrap import Interval
from models.ctr.serve import Server

REPLICATES = 400


def entropy(clicks: np.ndarray, chance: np.ndarray, weight: np.ndarray) -> float:
    """Normalised entropy; NaN where all rows are of one class, as may happen in a replicate."""
    found = measure.normalised_entropy(clicks, chance, weight)
    return float("nan") if found is None else found


def compare(
    clicks: np.ndarray, base: np.ndarray, other: np.ndarray, people: np.ndarray, stands: np.ndarray | None = None
) -> list[dict[str, Any]]:
    """Each metric of two releases on rows (n,), and the gain of the second with its interval; ``people`` numbers each
    row's person from 0, ``stands`` tells how many rows of the whole log each stands for."""
    places = {id(chance): np.unique(chance, return_inverse=True)[1] for chance in (base, other)}

    def area(_clicks: np.ndarray, chance: np.ndarray, weight: np.ndarray) -> float:
        return measure.ranked_auc(clicks, places[id(chance)], weight)

    metrics: dict[str, tuple[Callable[[np.ndarray, np.ndarray, np.ndarray], float], int]] = {
        "logloss": (measure.logloss, -1),
        "normalised_entropy": (entropy, -1),
        "auc": (area, 1),
    }
    stands = np.ones(len(clicks)) if stands is None else stands
    found = []
    for name, (metric, sign) in metrics.items():

        def gain(
            times: np.ndarray,
            metric: Callable[[np.ndarray, np.ndarray, np.ndarray], float] = metric,
            sign: int = sign,
        ) -> float:
            return sign * (metric(clicks, other, times * stands) - metric(clicks, base, times * stands))

        told = bootstrap.rowwise(gain, people, REPLICATES)
        found.append(line(name, metric(clicks, base, stands), metric(clicks, other, stands), told))
    return found


def line(name: str, base: float, other: float, gain: Interval) -> dict[str, Any]:
    """A row for people and programs; ``verdict`` is better, worse or open (the interval holds 0)."""
    verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "open"
    told = {"base": base, "other": other, "gain": gain.value, "low": gain.low, "high": gain.high}
    return {"metric": name, **told, "verdict": verdict}


def known(base: Server, other: Server, table: pa.Table) -> int:
    """How many rows are from before the end of what one of the releases remembers: they may have taught it."""
    return int((rows.microseconds(table) <= max(base.memory.as_of, other.memory.as_of)).sum())


def read_out(base: Server, other: Server, table: pa.Table) -> list[dict[str, Any]]:
    """Every metric of two releases on impressions; raises BadInput where all rows are clicks, or none is."""
    table = order.ordered(table)
    first, second = (evaluate.predict(server, table) for server in (base, other))
    if len(np.unique(first["clicks"])) < 2:
        raise BadInput("the log needs rows with a click and rows without; nothing tells two releases apart")
    return compare(first["clicks"], first["chance"], second["chance"], offpolicy.numbered(table), first["weight"])


def own_click_rate(base: Server, other: Server, table: pa.Table) -> dict[str, Any]:
    """The click rate (SNIPS) if each release had shown the best ad of the log by its own ranking.

    Raises BadInput where the log's propensities do not tell it."""
    asked = offpolicy.sample(offpolicy.usable(table))
    clicks, propensity = (np.asarray(asked[n].to_numpy(), np.float64) for n in ("click", "propensity"))
    weights = [offpolicy.greedy(server, asked) / propensity * thinned.weights(asked) for server in (base, other)]
    if not all(weight.any() for weight in weights):
        raise BadInput(f"none of the {len(asked)} rows asked shows the ad that a release would have shown")

    def rate(weight: np.ndarray, times: np.ndarray) -> float:
        total = float((weight * times).sum())
        return float((weight * times * clicks).sum()) / total if total else float("nan")

    gain = bootstrap.rowwise(
        lambda times: rate(weights[1], times) - rate(weights[0], times), offpolicy.numbered(asked), REPLICATES
    )
    ones = np.ones(len(clicks))
    return line("click_rate_snips", rate(weights[0], ones), rate(weights[1], ones), gain)
