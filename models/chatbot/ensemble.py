"""Fitting what stands above the retrievers: pools, weights, confidence, threshold. All on the tuning split alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.chatbot.features import Reading
from models.chatbot.rank import POOLED, RETRIEVERS, Ranker, best_rank
from models.chatbot.sparse import POOLS, pool

CANDIDATES = 20
RIDGE = 1e-3
SLACK = 0.005
STRANGERS = 0.25


@dataclass(frozen=True)
class Confidence:
    """P(the first scenario is right) = sigmoid(bias + slopes . (score, margin)), both a share of the summed weights."""

    bias: float
    score: float
    margin: float
    threshold: float

    def __call__(self, score: np.ndarray, margin: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self.bias + self.score * score + self.margin * margin)))


def choose_pools(ranker: Ranker, readings: Sequence[Reading], truth: Sequence[int]) -> dict[str, float]:
    """Each retriever's pooling power of the best MRR; the smaller power where two are equal."""
    gained = {(name, power): 0.0 for name in POOLED for power in POOLS}
    for part, similarities in ranker.chunks(readings):
        for name, power in gained:
            pooled = pool(similarities[name], ranker.starts, power)
            gained[name, power] += sum(1 / best_rank(s, [t]) for s, t in zip(pooled, truth[part], strict=True))
    return {name: max(POOLS, key=lambda power: (gained[name, power], -power)) for name in POOLED}


def candidates(ranker: Ranker, readings: Sequence[Reading], truth: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(scores (n, c, retrievers), valid (n, c)) of each retriever's first scenarios; column 0 is the right one."""
    rows: list[np.ndarray] = []
    for part, similarities in ranker.chunks(readings):
        pooled = np.stack([ranker.pooled(similarities)[name] for name in RETRIEVERS], axis=-1)
        for scores, right in zip(pooled, truth[part], strict=True):
            depth = min(CANDIDATES, len(scores))
            first = np.unique(np.argpartition(-scores, depth - 1, axis=0)[:depth])
            rows.append(scores[np.r_[right, first[first != right]]])
    width = max(len(r) for r in rows)
    found = np.zeros((len(rows), width, len(RETRIEVERS)), np.float64)
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
    start = np.full(size, 2.0)
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * size).x
    choices = [fitted, start, *np.eye(size) * 10]
    return max(choices, key=lambda w: _hits(found, valid, w) + SLACK * (w is fitted))


def _hits(found: np.ndarray, valid: np.ndarray, weights: np.ndarray) -> float:
    scores = np.where(valid, found @ weights, -1.0)
    return float(((scores[:, 0] > 0) & (scores[:, 0] >= scores.max(axis=1))).mean())


def top_and_margin(scores: np.ndarray, total: float) -> tuple[np.ndarray, np.ndarray]:
    """The first score of each row and its distance to the second, as a share of the weights."""
    if scores.shape[1] == 1:
        return scores[:, 0] / total, scores[:, 0] / total
    two = -np.partition(-scores, 1, axis=1)[:, :2]
    return two[:, 0] / total, (two[:, 0] - two[:, 1]) / total


def fit_confidence(found: np.ndarray, valid: np.ndarray, weights: np.ndarray, precision: float) -> Confidence:
    """Logistic regression on whether the first is right.

    Each tuning question is taken twice: as it is, and as a stranger's whose scenario is not there (counted
    ``STRANGERS`` times), so that a low score means a low confidence. The threshold is the lowest confidence above which
    ``precision`` of the answers were right.
    """
    from scipy.optimize import minimize

    scores = np.where(valid, found @ weights, 0.0)
    total = max(float(weights.sum()), 1e-9)
    right = (scores[:, 0] >= scores.max(axis=1)) & (scores[:, 0] > 0)
    pairs = [top_and_margin(scores, total), top_and_margin(np.c_[scores[:, 1:], np.zeros(len(scores))], total)]
    x = np.concatenate([np.c_[np.ones(len(scores)), *pair] for pair in pairs])
    y = np.r_[right, np.zeros(len(scores))]
    importance = np.r_[np.ones(len(scores)), np.full(len(scores), STRANGERS)]

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ beta
        value = (importance * (np.logaddexp(0, z) - y * z)).mean() + RIDGE * float(beta[1:] @ beta[1:])
        slope = ((importance * (1 / (1 + np.exp(-z)) - y)) @ x) / len(x)
        return value, slope + 2 * RIDGE * np.r_[0.0, beta[1:]]

    bounds = [(None, None), (0, None), (0, None)]
    bias, score, margin = minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B", bounds=bounds).x
    sure = Confidence(float(bias), float(score), float(margin), 0.0)
    threshold = choose_threshold(sure(x[:, 1], x[:, 2]), y, importance, precision)
    return Confidence(float(bias), float(score), float(margin), threshold)


def choose_threshold(confidence: np.ndarray, right: np.ndarray, importance: np.ndarray, precision: float) -> float:
    """The lowest confidence from which on at least ``precision`` of the answers are right.

    Where none reaches it, the confidence of the surest twentieth: the chatbot keeps quiet on the rest.
    """
    order = np.argsort(-confidence, kind="stable")
    reached = np.cumsum((right * importance)[order]) / np.cumsum(importance[order])
    good = np.flatnonzero(reached >= precision)
    return float(confidence[order][good[-1] if len(good) else len(order) // 20])


def as_weights(values: np.ndarray) -> dict[str, float]:
    """The weights by the names of the retrievers."""
    return {name: round(float(v), 6) for name, v in zip(RETRIEVERS, values, strict=True)}
