"""How sure the chatbot is: a logistic regression on what the retrievers say of the first scenario, and its threshold.

Fitted on tuning questions, whose first scenario is right or wrong, and on strangers' questions, whose whole scenario
was taken out before anything was trained, so that they look as a question out of scope will look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.chatbot.cover import cover
from models.chatbot.features import Reading
from models.chatbot.rank import RETRIEVERS, Ranker, Scores

PENALTY = 3e-3
STRANGERS = 0.25
# How many numbers the evidence of one question has.
PIECES = 5 + 2 * len(RETRIEVERS)


@dataclass(frozen=True)
class Confidence:
    """P(the first scenario is right) = sigmoid(bias + slopes . evidence); answers below ``threshold`` are not told."""

    bias: float
    slopes: tuple[float, ...]
    threshold: float

    def __call__(self, evidence: np.ndarray) -> np.ndarray:
        found: np.ndarray = 1 / (1 + np.exp(-(self.bias + evidence @ np.asarray(self.slopes))))
        return found


def evidence(
    ranker: Ranker, readings: Sequence[Reading], similarities: Scores, pooled: Scores, scores: np.ndarray
) -> np.ndarray:
    """(n, 5 + 2 x retrievers) of the first scenario of each row of ``scores`` (n, scenarios).

    Its score and its distance to the second as shares of the summed weights, the share of weights whose retriever has
    it first, how much of the question it covers; then, of each retriever, its best question's similarity, and by how
    much that is above all others'.
    """
    rows, first, weights = np.arange(len(scores)), scores.argmax(axis=1), ranker.weights
    total = max(sum(weights.get(name, 0.0) for name in RETRIEVERS), 1e-9)
    top = scores[rows, first]
    others = scores.copy()
    others[rows, first] = 0
    agreed, best, ahead = np.zeros(len(scores)), *np.zeros((2, len(scores), len(RETRIEVERS)))
    ends = np.r_[ranker.starts[1:], ranker.questions]
    for place, name in enumerate(RETRIEVERS):
        if not weights.get(name, 0.0):
            continue
        agreed += weights[name] / total * (pooled[name].argmax(axis=1) == first)
        found = similarities.get(name, pooled[name])
        for row, scenario in enumerate(first):
            own = (
                slice(ranker.starts[scenario], ends[scenario])
                if name in similarities
                else slice(scenario, scenario + 1)
            )
            best[row, place] = found[row, own].max()
            rest = max(found[row, : own.start].max(initial=0), found[row, own.stop :].max(initial=0))
            ahead[row, place] = best[row, place] - rest
    covered = cover(ranker.sparse, readings, [slice(ranker.starts[s], ends[s]) for s in first])
    return np.c_[top / total, (top - others.max(axis=1)) / total, agreed, covered, best, np.maximum(ahead, 0)]


def gather(
    ranker: Ranker, asked: Sequence[Reading], truth: Sequence[int], strangers: Sequence[Reading]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(evidence, whether the first is right, whether a stranger asked) of all questions.

    Without strangers each asked question is taken a second time, as if its scenario were not there.
    """
    x, right, foreign = [], [], []
    for questions, strange in ((asked, False), (strangers or asked, True)):
        for part, similarities in ranker.chunks(questions):
            pooled = ranker.pooled(similarities)
            scores = ranker.ensemble(pooled)
            if strange and not strangers:
                hide(ranker, truth[part], similarities, pooled, scores)
            good = np.zeros(len(scores), bool) if strange else scores.argmax(axis=1) == truth[part]
            x.append(evidence(ranker, questions[part], similarities, pooled, scores))
            right.append(good & (scores.max(axis=1) > 0))
            foreign.append(np.full(len(scores), strange))
    return np.concatenate(x), np.concatenate(right), np.concatenate(foreign)


def hide(ranker: Ranker, truth: Sequence[int], similarities: Scores, pooled: Scores, scores: np.ndarray) -> None:
    """Take the right scenario out of each row, in place."""
    ends = np.r_[ranker.starts[1:], ranker.questions]
    for row, scenario in enumerate(truth):
        for found in (scores, *pooled.values()):
            found[row, scenario] = 0
        for found in similarities.values():
            found[row, ranker.starts[scenario] : ends[scenario]] = 0


def fit(x: np.ndarray, right: np.ndarray, foreign: np.ndarray, precision: float) -> Confidence:
    """Slopes >= 0 by maximum likelihood; strangers count for ``STRANGERS`` of the asked.

    The threshold is the lowest confidence above which ``precision`` of the answers are right where every second
    question is a stranger's.
    """
    from scipy.optimize import minimize

    y = right.astype(float)
    half = np.where(foreign, (~foreign).sum() / max(foreign.sum(), 1), 1.0)
    importance = np.where(foreign, half * STRANGERS, 1.0)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        z = beta[0] + x @ beta[1:]
        value = (importance * (np.logaddexp(0, z) - y * z)).mean() + PENALTY * float(beta[1:] @ beta[1:])
        error = importance * (1 / (1 + np.exp(-z)) - y) / len(y)
        return value, np.r_[error.sum(), error @ x + 2 * PENALTY * beta[1:]]

    bounds = [(None, None), *[(0, None)] * x.shape[1]]
    beta = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    sure = Confidence(float(beta[0]), tuple(float(b) for b in beta[1:]), 0.0)
    return Confidence(sure.bias, sure.slopes, choose_threshold(sure(x), y, half, precision))


def choose_threshold(confidence: np.ndarray, right: np.ndarray, importance: np.ndarray, precision: float) -> float:
    """The lowest confidence from which on at least ``precision`` of the answers are right.

    Where none reaches it, the confidence of the surest twentieth: the chatbot keeps quiet on the rest.
    """
    order = np.argsort(-confidence, kind="stable")
    reached = np.cumsum((right * importance)[order]) / np.cumsum(importance[order])
    good = np.flatnonzero(reached >= precision)
    return float(confidence[order][good[-1] if len(good) else len(order) // 20])


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """P(a question in scope is more sure than one out of scope), ties half; .5 where one of them is empty."""
    from scipy.stats import rankdata

    if not len(inside) or not len(outside):
        return 0.5
    ranks = rankdata(np.r_[inside, outside])[: len(inside)]
    return float((ranks.sum() - len(inside) * (len(inside) + 1) / 2) / len(inside) / len(outside))
