"""Confidence intervals by resampling people: rows of one person belong together, so whole people are drawn again.

The Poisson bootstrap: in every replicate each person counts as often as a Poisson variable of mean 1 says, which is
how often drawing with replacement would take them (Chamandy et al. 2012, *Estimating uncertainty for massive data
streams*).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

REPLICATES = 1000
LEVEL = 0.95
CHUNK = 2_000_000
# How often a person counts, by sixteen random bits: the quantiles of a Poisson variable of mean 1.
TIMES = np.searchsorted(
    np.cumsum([math.exp(-1) / math.factorial(n) for n in range(9)]), (np.arange(65_536) + 0.5) / 65_536
).astype(np.float32)


@dataclass(frozen=True)
class Interval:
    """A figure with the bounds of its confidence interval; bounds are NaN where no replicate has a value."""

    value: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def weights(people: int, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """How often each person counts, (some replicates, people) float32, until there were ``replicates``."""
    rng = np.random.default_rng(seed)
    step = max(1, CHUNK // max(1, people))
    for start in range(0, replicates, step):
        yield TIMES[rng.integers(0, 65_536, (min(step, replicates - start), people), dtype=np.uint16)]


def ratios(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], people: np.ndarray, replicates: int = REPLICATES, seed: int = 7
) -> list[Interval]:
    """The intervals of sum(above) / sum(below) of some pairs, in the same replicates; all (n,), ``people`` numbers each
    row's person from 0."""
    count = int(people.max(initial=-1)) + 1
    sums = np.stack([np.bincount(people, part, count) for pair in pairs for part in pair], axis=1)
    # One scale for all keeps single precision good enough for intervals.
    scale = np.maximum(np.abs(sums).sum(axis=0), 1e-300)
    drawn = np.concatenate([w @ (sums / scale).astype(np.float32) for w in weights(count, replicates, seed)]) * scale
    with np.errstate(invalid="ignore", divide="ignore"):
        found = drawn[:, ::2] / drawn[:, 1::2]
        return [interval(float(a.sum() / b.sum()), found[:, i]) for i, (a, b) in enumerate(pairs)]


def rowwise(
    statistic: Callable[[np.ndarray], float], people: np.ndarray, replicates: int = REPLICATES, seed: int = 7
) -> Interval:
    """The interval of any statistic of row weights (n,)."""
    count = int(people.max(initial=-1)) + 1
    drawn = [statistic(one[people]) for chunk in weights(count, replicates, seed) for one in chunk]
    return interval(statistic(np.ones(len(people))), np.array(drawn))


def interval(value: float, drawn: np.ndarray) -> Interval:
    """The middle ``LEVEL`` of the replicates."""
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))
