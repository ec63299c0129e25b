"""Fitting what stands above the retrievers: pools and weights. On the tuning split alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.chatbot.features import Reading
from models.chatbot.rank import POOLED, RETRIEVERS, WEIGHED, Ranker, best_rank
from models.chatbot.sparse import POOLS, pool

CANDIDATES = 20
RIDGE = 1e-3
SLACK = 0.005


def choose_pools(ranker: Ranker, readings: Sequence[Reading], truth: Sequence[int]) -> dict[str, float]:
    """Each retriever's pooling power of the best MRR; the smaller power where two are equal."""
    gained = {(name, power): 0.0 for name in POOLED for power in POOLS}
    for part, similarities in ranker.chunks(readings):
        for name, power in gained:
            pooled = pool(similarities[name], ranker.starts, power)
            gained[name, power] += sum(1 / best_rank(s, [t]) for s, t in zip(pooled, truth[part], strict=True))
    return {name: max(POOLS, key=lambda power: (gained[name, power], -power)) for name in POOLED}


def candidates(ranker: Ranker, readings: Sequence[Reading], truth: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(scores (n, c, weighed), valid (n, c)) of each retriever's first scenarios; column 0 is the right one."""
    rows: list[np.ndarray] = []
    for part, similarities in ranker.chunks(readings):
        pooled = np.stack([ranker.pooled(similarities)[name] for name in RETRIEVERS], axis=-1)
        for scores, right in zip(pooled, truth[part], strict=True):
            depth = min(CANDIDATES, len(scores))
            first = np.unique(np.argpartition(-scores, depth - 1, axis=0)[:depth])
            chosen = np.r_[right, first[first != right]]
            rows.append(np.c_[scores[chosen], ranker.log_sizes[chosen]])
    width = max(len(r) for r in rows)
    found = np.zeros((len(rows), width, len(WEIGHED)), np.float64)
    valid = np.zeros((len(rows), width), bool)
    for i, row in enumerate(rows):
        found[i, : len(row)] = row
        valid[i, : len(row)] = True
    return found, valid


def fit_weights(found: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Weights >= 0 that make the right scenario likeliest under a softmax over its candidates (a convex fit).

    They stay near equal weights where the questions say nothing.
    Where a single retriever or equal weights put more right ones first, by over ``SLACK``, they are taken instead.
    """
    from scipy.optimize import minimize

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = np.where(valid, found @ weights, -1e9)
        logits -= logits.max(axis=1, keepdims=True)
        share = np.exp(logits)
        share /= share.sum(axis=1, keepdims=True)
        value = -np.log(np.maximum(share[:, 0], 1e-12)).mean() + RIDGE * float(((weights - start) ** 2).sum())
        expected = (share[..., None] * found).sum(axis=1)
        return value, (expected - found[:, 0]).mean(axis=0) + 2 * RIDGE * (weights - start)

    size = found.shape[2]
    start = np.r_[np.full(size - 1, 2.0), 0.0]
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * size).x
    choices = [fitted, start, *np.eye(size)[:-1] * 10]
    return max(choices, key=lambda w: _hits(found, valid, w) + SLACK * (w is fitted))


def _hits(found: np.ndarray, valid: np.ndarray, weights: np.ndarray) -> float:
    scores = np.where(valid, found @ weights, -1.0)
    return float(((scores[:, 0] > 0) & (scores[:, 0] >= scores.max(axis=1))).mean())


def as_weights(values: np.ndarray) -> dict[str, float]:
    """The weights by name."""
    return {name: round(float(v), 6) for name, v in zip(WEIGHED, values, strict=True)}
