"""Fitting what stands above the retrievers: pools and weights, in two steps.

Retrievers that learn nothing from the labels are weighed by indexed questions, each asked as if it were not there, so
that there are many. Those that learn (encoder, linear classifier) know these questions by heart: they are weighed
against the sum of the others on the tuning split alone. Where few scenarios have two questions, little can be fitted:
the weights stay near ``START``, which is what three unlike corpora agree on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.chatbot.features import Reading
from models.chatbot.rank import (
    COMPANY,
    LEARNED,
    LINEAR,
    POOLED,
    RETRIEVERS,
    WEIGHED,
    Ranker,
    Scores,
    best_rank,
    company,
)
from models.chatbot.sparse import POOLS, pool

CANDIDATES = 20
# How many questions' worth the start is: the pull towards it fades as 1 / questions.
PULL = 0.5
SLACK = 0.005
MOST = 2.5
# Where nothing else is known: round numbers that do well on three corpora of real questions at once (pairs of daily
# talk, questions of the same meaning, sentences of the same meaning). What is not named begins with 0.
START = {
    "words_bm25": 0.5,
    "chars_bm25": 1.0,
    "jamo": 2.0,
    "jamo_bm25": 1.0,
    "content": 1.0,
    "content_bm25": 3.0,
    "meaning": 2.0,
    LINEAR: 2.0,
    "encoder": 1.0,
}
# Of equals, the pool between the sum and the best.
MIDDLE = 4.0
STEADY = tuple(name for name in RETRIEVERS if name not in LEARNED)


@dataclass(frozen=True)
class Asked:
    """Questions whose scenario is known: ``truth``; ``rows`` are their own places where they are indexed themselves."""

    readings: Sequence[Reading]
    truth: Sequence[int]
    rows: np.ndarray | None = None

    def similarities(self, ranker: Ranker, only: Collection[str]) -> Iterator[tuple[slice, Scores]]:
        """As if no question of ``rows`` were indexed."""
        for part, found in ranker.chunks(self.readings, only):
            if self.rows is not None:
                own = self.rows[part]
                for of in found.values():
                    of[np.arange(len(own)), own] = 0
            yield part, found


def choose_pools(ranker: Ranker, asked: Asked, names: Collection[str]) -> dict[str, float]:
    """Each retriever's pooling power of the best MRR; the one nearest to ``MIDDLE`` where some are equal."""
    gained = {(name, power): 0.0 for name in names for power in POOLS}
    for part, similarities in asked.similarities(ranker, names):
        for name, power in gained:
            pooled = pool(similarities[name], ranker.starts, power)
            gained[name, power] += sum(1 / best_rank(s, [t]) for s, t in zip(pooled, asked.truth[part], strict=True))
    far = {power: abs(np.log2(power / MIDDLE)) for power in POOLS}
    return {name: max(POOLS, key=lambda power: (gained[name, power], -far[power])) for name in names}


def candidates(
    ranker: Ranker, asked: Asked, names: Sequence[str], sizes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(scores (n, c, names + 1), valid (n, c)) of each retriever's first scenarios; column 0 is the right one.

    The last score is the ``company`` of a scenario by ``sizes``, the ranker's own where not given.
    """
    rows: list[np.ndarray] = []
    beside = company(ranker.sizes if sizes is None else sizes)
    for part, similarities in asked.similarities(ranker, [name for name in names if name in POOLED]):
        found = ranker.pooled(similarities, LINEAR in names)
        pooled = np.stack([found[name] for name in names], axis=-1)
        for scores, right in zip(pooled, asked.truth[part], strict=True):
            depth = min(CANDIDATES, len(scores))
            first = np.unique(np.argpartition(-scores, depth - 1, axis=0)[:depth])
            chosen = np.r_[right, first[first != right]]
            rows.append(np.c_[scores[chosen], beside[chosen]])
    width = max(len(r) for r in rows)
    found_ = np.zeros((len(rows), width, len(names) + 1), np.float64)
    valid = np.zeros((len(rows), width), bool)
    for i, row in enumerate(rows):
        found_[i, : len(row)] = row
        valid[i, : len(row)] = True
    return found_, valid


def fit_softmax(found: np.ndarray, valid: np.ndarray, start: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Weights from 0 to ``most`` that make the right scenario likeliest under a softmax over its candidates.

    A convex fit. They stay near ``start`` where the questions say nothing, and where they are few.
    """
    from scipy.optimize import minimize

    pull = PULL / len(found)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = np.where(valid, found @ weights, -1e9)
        logits -= logits.max(axis=1, keepdims=True)
        share = np.exp(logits)
        share /= share.sum(axis=1, keepdims=True)
        value = -np.log(np.maximum(share[:, 0], 1e-12)).mean() + pull * float(((weights - start) ** 2).sum())
        expected = (share[..., None] * found).sum(axis=1)
        return value, (expected - found[:, 0]).mean(axis=0) + 2 * pull * (weights - start)

    found_: np.ndarray = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None if np.isinf(m) else m) for m in most]
    ).x
    return found_


def fit_steady(known: Asked, ranker: Ranker) -> tuple[np.ndarray, np.ndarray]:
    """(weights of ``STEADY``, whether each of ``known`` finds its scenario first by them); ``START``'s where it is
    empty."""
    start = np.asarray([START.get(name, 0.0) for name in STEADY])
    if not len(known.truth):
        return start, np.zeros(0, bool)
    found, valid = candidates(ranker, known, STEADY)
    weights = fit_softmax(found[..., :-1], valid, start, np.full(len(start), np.inf))
    return weights, hits(found[..., :-1], valid, weights)


def fit_weights(steady: np.ndarray, asked: Asked, ranker: Ranker, sizes: np.ndarray) -> dict[str, float]:
    """Weights of ``WEIGHED``: how much the sum of the ``steady`` and each learned retriever count on ``asked``.

    ``sizes`` counts the questions of each scenario together with those that it lent: what is asked always had company,
    so that the weight of company is bounded by ``MOST``, not learned alone. Where a single retriever or those of
    ``START`` surely put more right ones first, they are taken instead. Without a question they are ``START``'s.
    """
    places = {name: i for i, name in enumerate(WEIGHED)}
    own, others = [places[name] for name in STEADY], [places[name] for name in (*LEARNED, COMPANY)]
    start = np.asarray([START.get(name, 0.0) for name in WEIGHED])
    best = np.where(np.isin(np.arange(len(WEIGHED)), own), 0.0, start)
    best[own] = steady
    if len(asked.truth):
        found, valid = candidates(ranker, asked, RETRIEVERS, sizes)
        features = np.concatenate([(found[..., own] @ steady)[..., None], found[..., others]], axis=-1)
        begin = np.r_[1.0, start[others]]
        share = fit_softmax(features, valid, begin, np.r_[np.full(len(begin) - 1, np.inf), MOST])
        fitted = np.zeros(len(WEIGHED))
        fitted[own], fitted[others] = share[0] * steady, share[1:]
        choices = [fitted, start, *np.eye(len(WEIGHED))[:-1] * 10]
        best = found.any(axis=(0, 1)) * choices[surest([hits(found, valid, w) for w in choices])]
    elif not ranker.ridge.nnz:
        best[places[LINEAR]] = 0.0
    return {name: round(float(v), 6) for name, v in zip(WEIGHED, best, strict=True)}


def surest(right: Sequence[np.ndarray]) -> int:
    """The first of ``right`` (whether each question is answered right, by choice), or which one is best where that is
    ahead by over ``SLACK``, and by more than two standard errors: the best of many among a few questions is chance.

    The errors are those of a paired difference: questions on which both agree say nothing of it (McNemar 1947).
    """
    leads = [float(other.mean() - right[0].mean()) for other in right]
    errors = [float(np.sqrt((other != right[0]).sum())) / len(other) for other in right]
    sure = [lead if lead > max(SLACK, 2 * error) else 0.0 for lead, error in zip(leads, errors, strict=True)]
    return max(range(len(right)), key=lambda i: (sure[i], -i))


def hits(found: np.ndarray, valid: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Whether each question's right scenario is first, (n,) bool."""
    scores = np.where(valid, found @ weights, -1.0)
    first: np.ndarray = (scores[:, 0] > 0) & (scores[:, 0] >= scores.max(axis=1))
    return first
