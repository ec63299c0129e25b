"""How sure the chatbot is: two logistic regressions on what the retrievers say of the first scenario, and a threshold.

The first scenario is right where the question is in scope, and where it is the right one of those there are. The two
are fitted apart: where scenarios are hard to tell from each other, what is sure of its first scenario is no more in
scope than what is not.

In scope are tuning questions; out of it are strangers' questions, whose whole scenario was taken out before anything
was trained, and as much together what people ask of anything (models.chatbot.strangers): strangers of both kinds come.
The threshold is chosen by the former alone, which are harder to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.chatbot.cover import cover
from models.chatbot.features import Reading
from models.chatbot.rank import Ranker, Scores

PENALTY = 1e-3
# By how many standard errors the wanted precision must be passed where the threshold is chosen.
CAUTION = 2.0
NEAR, BENT = ("encoder", "meaning"), (8, 2)
# By what two questions are the same, how near the asked one must be to them, and how much nearer one of two may be.
SAME, NEARLY, TIE = "joined", 0.6, 1e-4
PROOF = (*NEAR, SAME)
# How many numbers the evidence of one question has, the last of them how far the first is ahead.
PIECES = 9
# Who asked: somebody with a question in scope, of a scenario that was taken out, of anything.
KNOWN, STRANGER, ANYTHING = range(3)


@dataclass(frozen=True)
class Confidence:
    """P(the first scenario is right) = P(in ``scope``) x P(``right``, in scope); answers below ``threshold`` are not
    told.

    Each is sigmoid(first number + the others . evidence).
    """

    scope: tuple[float, ...]
    right: tuple[float, ...]
    threshold: float

    def __call__(self, evidence: np.ndarray) -> np.ndarray:
        return _chance(self.scope, evidence) * _chance(self.right, evidence)


def _chance(slopes: Sequence[float], evidence: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-(slopes[0] + evidence @ np.asarray(slopes[1:]))))
    return found


def evidence(ranker: Ranker, readings: Sequence[Reading], similarities: Scores, scores: np.ndarray) -> np.ndarray:
    """(n, PIECES) of the first scenario of each row of ``scores`` (n, scenarios).

    How much of the question it covers, the similarity of its best question by each of ``NEAR``, both of these bent so
    that only the very near counts and the first times what is covered, that of the best question of all by its letters,
    and by which share the score is ahead of the second. Nothing of it grows with the number of indexed questions: it is
    fitted with fewer than are served. All of it is 0 where no scenario is found.
    """
    rows, first = np.arange(len(scores)), scores.argmax(axis=1)
    top, others = scores[rows, first], scores.copy()
    others[rows, first] = 0
    places = ranker.places(first)
    near = np.zeros((len(scores), len(NEAR)))
    for column, name in enumerate(NEAR):
        if name in similarities:
            near[:, column] = [found[place].max() for found, place in zip(similarities[name], places, strict=True)]
    covered = cover(ranker.sparse, readings, places)
    spelled = similarities[SAME].max(axis=1) if SAME in similarities else np.zeros(len(scores))
    ahead = (top - others.max(axis=1)) / np.maximum(top, 1e-9)
    pieces = np.c_[covered, near, near**BENT, covered[:, :1] * near[:, :1], spelled, ahead]
    return np.where(top[:, None] > 0, pieces, 0)


def namesakes(ranker: Ranker, similarities: Scores, scores: np.ndarray) -> np.ndarray:
    """(n, scenarios) which scenarios share the confidence of the first: those that have the very question of it that is
    nearest to the asked one, itself among them.

    Which of them is meant nobody can tell, however the asked question is written.
    """
    nearest = np.maximum.reduceat(similarities[SAME], ranker.starts, axis=1)
    first = scores.argmax(axis=1)[:, None]
    own = np.take_along_axis(nearest, first, axis=1)
    found = (np.abs(nearest - own) < TIE) & (own >= NEARLY)
    np.put_along_axis(found, first, True, axis=1)
    return found


Gathered = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def gather(
    ranker: Ranker,
    asked: Sequence[Reading],
    truth: Sequence[int],
    strangers: Sequence[Reading],
    anything: Sequence[Reading] = (),
) -> Gathered:
    """(evidence, how many ``namesakes``, whether one of them is right, who asked) of all questions.

    Without ``strangers`` each asked question is taken a second time, as if its scenario were not there. What people ask
    of ``anything`` is beside them, but for what this corpus is asked too; without ``strangers`` it counts as theirs.
    """
    parts = [look(ranker, asked, truth, KNOWN)]
    parts.append(look(ranker, strangers, None, STRANGER) if strangers else look(ranker, asked, truth, STRANGER))
    foreign = [r for r, near in zip(anything, nearness(ranker, anything), strict=True) if near < NEARLY]
    parts += [look(ranker, foreign, None, ANYTHING if strangers else STRANGER)] if foreign else []
    x, shared, right, asker = (np.concatenate(of) for of in zip(*parts, strict=True))
    return x, shared, right, asker


def look(ranker: Ranker, asked: Sequence[Reading], truth: Sequence[int] | None, asker: int) -> Gathered:
    """``gather`` of the questions of one ``asker``: known ones with their scenarios (``truth``), strangers' as if these
    were not there, or without any."""
    x, shared, right = [], [], []
    for part, similarities in ranker.chunks(asked):
        scores = ranker.ensemble(ranker.pooled(similarities))
        if truth is not None and asker != KNOWN:
            hide(ranker, truth[part], similarities, scores)
        same, good = namesakes(ranker, similarities, scores), np.zeros(len(scores), bool)
        if truth is not None and asker == KNOWN:
            good = same[np.arange(len(scores)), truth[part]] & (scores.max(axis=1) > 0)
        x.append(evidence(ranker, asked[part], similarities, scores))
        shared.append(same.sum(axis=1))
        right.append(good)
    return np.concatenate(x), np.concatenate(shared), np.concatenate(right), np.full(len(asked), asker)


def nearness(ranker: Ranker, asked: Sequence[Reading]) -> list[float]:
    """How near each question is to an indexed one, by its letters."""
    return [near for _, found in ranker.chunks(asked, (SAME,)) for near in found[SAME].max(axis=1).tolist()]


def hide(ranker: Ranker, truth: Sequence[int], similarities: Scores, scores: np.ndarray) -> None:
    """Take the right scenario out of each row, in place."""
    for row, (scenario, place) in enumerate(zip(truth, ranker.places(truth), strict=True)):
        scores[row, scenario] = 0
        for found in similarities.values():
            found[row, place] = 0


def fit(x: np.ndarray, shared: np.ndarray, right: np.ndarray, asker: np.ndarray, precision: float) -> Confidence:
    """The two regressions, where every second question is a stranger's; right is where one of the namesakes
    (``shared``, how many) is.

    Above the threshold ``precision`` of the answers are right, were all strangers of the harder kind.
    """
    known, hard = asker == KNOWN, asker != ANYTHING
    scope = fit_chance(x, known, balance(asker), idle=PIECES - 1)
    sure = Confidence(scope, fit_chance(x[known], right[known], np.ones(int(known.sum()))), 0.0)
    each, good = sure(x[hard]) / shared[hard], right[hard] / shared[hard]
    return replace(sure, threshold=choose_threshold(each, good, balance(asker[hard]), precision))


def balance(asker: np.ndarray) -> np.ndarray:
    """What each question counts, so that strangers count as much as known ones, and every kind of them the same."""
    counts = np.bincount(asker, minlength=3)
    kinds = np.count_nonzero(counts[1:])
    found: np.ndarray = np.where(asker == KNOWN, 1.0, counts[KNOWN] / np.maximum(kinds * counts[asker], 1))
    return found


def fit_chance(x: np.ndarray, true: np.ndarray, importance: np.ndarray, idle: int | None = None) -> tuple[float, ...]:
    """Bias and slopes >= 0 of a logistic regression by maximum likelihood; the slope of column ``idle`` is 0."""
    from scipy.optimize import minimize

    y = true.astype(float)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        z = beta[0] + x @ beta[1:]
        value = (importance * (np.logaddexp(0, z) - y * z)).mean() + PENALTY * float(beta[1:] @ beta[1:])
        error = importance * (1 / (1 + np.exp(-z)) - y) / len(y)
        return value, np.r_[error.sum(), error @ x + 2 * PENALTY * beta[1:]]

    bounds = [(None, None), *[(0, 0 if column == idle else None) for column in range(x.shape[1])]]
    beta = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return tuple(float(b) for b in beta)


def choose_threshold(confidence: np.ndarray, right: np.ndarray, importance: np.ndarray, precision: float) -> float:
    """From where on as many right answers are told as ``precision`` of the told allows, surely: by ``CAUTION`` standard
    errors more, since few questions tell it and the strangers of service are not those that were held out.

    It lies half-way from the last of them to the next question below: what is told under it gains nothing, and where
    the two are far apart nobody knows where strangers will be. Questions of the same confidence are answered together
    or not at all. Where none reaches ``precision``, the confidence of the surest twentieth, ``precision`` at least: the
    chatbot keeps quiet on the rest. ``right`` may be a chance.
    """
    values, of = np.unique(-confidence, return_inverse=True)
    told, gained, squares = (np.bincount(of, weight) for weight in (importance, right * importance, importance**2))
    share = np.cumsum(gained) / np.cumsum(told)
    error = np.sqrt(share * (1 - share) * np.cumsum(squares)) / np.cumsum(told)
    good = np.flatnonzero((share - CAUTION * error >= precision) & (gained > 0))
    if not len(good):
        return max(precision, float(np.sort(confidence)[::-1][len(confidence) // 20]))
    last = int(good[-1])
    return float(-values[last : last + 2].mean())


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """P(a question in scope is more sure than one out of scope), ties half; .5 where one of them is empty."""
    from scipy.stats import rankdata

    if not len(inside) or not len(outside):
        return 0.5
    ranks = rankdata(np.r_[inside, outside])[: len(inside)]
    return float((ranks.sum() - len(inside) * (len(inside) + 1) / 2) / len(inside) / len(outside))
