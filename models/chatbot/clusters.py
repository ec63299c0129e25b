"""Clusters of question vectors: how many there are, and which one a pair without a scenario belongs to.

K-means (k-means++ starts) of unit vectors, or a Gaussian mixture on top of it. At every re-clustering one question of
each scenario that has several is held out anew; it takes no part in that round and scores it: whether its cluster's
scenario is its own, times its silhouette. Neither alone finds K: the first rises with K, the second does not know the
scenarios.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from models.chatbot.corpus import Pairs

Kind = Literal["kmeans", "mixture"]
KINDS: tuple[Kind, ...] = ("kmeans", "mixture")
ITERATIONS = 8
TRIALS = 4
STEP, NEAR = 1.6, (0.75, 0.87, 1.15, 1.3)
FALLEN = 0.6
MIXTURE_CELLS = 2_000_000
SHARPNESS = 20.0
ROUNDS = 5


@dataclass(frozen=True)
class Round:
    """One clustering and its automatic score on the questions that were held out of it."""

    kind: Kind
    k: int
    score: float
    accuracy: float
    silhouette: float


def hold_one(pairs: Pairs, rng: np.random.Generator) -> np.ndarray:
    """Row numbers: one question, drawn by chance, of each scenario that has several."""
    several = pairs.sizes > 1
    found: np.ndarray = pairs.starts[several] + rng.integers(0, pairs.sizes[several])
    return found


def spread(vectors: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Rows to start from: of ``TRIALS`` drawn by their squared distance to those before, the one that covers most
    (greedy k-means++, Arthur 2007)."""
    chosen = [int(rng.integers(len(vectors)))]
    far = np.maximum(2 - 2 * (vectors @ vectors[chosen[0]]), 1e-9)
    while len(chosen) < k:
        total = np.cumsum(far, dtype=np.float64)
        drawn = np.minimum(np.searchsorted(total, rng.random(TRIALS) * total[-1], side="right"), len(vectors) - 1)
        left = np.minimum(far, np.maximum(2 - 2 * (vectors[drawn] @ vectors.T), 1e-9))
        best = int(left.sum(axis=1).argmin())
        far = left[best]
        chosen.append(int(drawn[best]))
    return np.asarray(chosen)


def centres_of(vectors: np.ndarray, k: int, kind: Kind, seed: int) -> np.ndarray:
    """Unit centres (k, dim); a mixture (spherical covariances) starts from those of K-means."""
    import faiss

    found = faiss.Kmeans(vectors.shape[1], k, niter=ITERATIONS, seed=seed, spherical=True, min_points_per_centroid=1)
    rows = np.ascontiguousarray(vectors, np.float32)
    found.train(rows, init_centroids=rows[spread(rows, k, np.random.default_rng([seed, k, 1]))])
    centres: np.ndarray = np.asarray(found.centroids)
    if kind == "mixture":
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        mixture = GaussianMixture(
            k, covariance_type="spherical", means_init=centres, max_iter=ITERATIONS, reg_covar=1e-4, random_state=seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a few steps from K-means are all that is wanted
            centres = mixture.fit(vectors).means_
    return centres / np.sqrt((centres**2).sum(axis=1, keepdims=True) + 1e-12)


def judge(pairs: Pairs, vectors: np.ndarray, k: int, kind: Kind, seed: int) -> Round:
    """Cluster without the questions held out for this round, then score it by them."""
    out = hold_one(pairs, np.random.default_rng([seed, k]))
    kept = np.setdiff1d(np.arange(len(pairs)), out)
    centres = centres_of(vectors[kept], k, kind, seed)
    owner = (vectors[kept] @ centres.T).argmax(axis=1)
    votes = np.zeros((k, len(pairs.names)), np.int32)
    np.add.at(votes, (owner, pairs.scenario[kept]), 1)
    near = vectors[out] @ centres.T
    own = near.argmax(axis=1)
    accuracy = float((votes.argmax(axis=1)[own] == pairs.scenario[out]).mean())
    two = np.sort(near, axis=1)[:, -2:]
    inner, outer = 1 - two[:, 1], 1 - two[:, 0]
    silhouette = float(((outer - inner) / np.maximum(np.maximum(outer, inner), 1e-9)).mean())
    return Round(kind, k, accuracy * silhouette, accuracy, silhouette)


def endless() -> bool:
    return True


def choose_k(pairs: Pairs, vectors: np.ndarray, seed: int, going: Callable[[], bool] = endless) -> list[Round]:
    """Rounds, best first: K from 2 up in even steps of its logarithm, then nearer ones around the best of them.

    The climb ends where the score has fallen to ``FALLEN`` of the best. Only scenarios with several questions take
    part, since no other can be scored; empty where fewer than two have, or where ``going`` ends the climb before its
    end is known.
    """
    several = (pairs.sizes > 1)[pairs.scenario]
    if int((pairs.sizes > 1).sum()) < 2:
        return []
    pairs, vectors = pairs.keep(several), vectors[several]
    most = len(pairs) - len(pairs.names)
    rounds: list[Round] = []
    for k in (round(2 * STEP**i) for i in range(40)):
        best = max((r.score for r in rounds), default=0.0)
        if k >= most or (rounds and (rounds[-1].score < FALLEN * best or not going())):
            break
        rounds.append(judge(pairs, vectors, k, "kmeans", seed))
    if not rounds or not going():
        return []
    first = max(rounds, key=lambda r: r.score).k
    around = sorted({round(first * f) for f in NEAR if 2 <= round(first * f) < most} - {r.k for r in rounds})
    rounds += [judge(pairs, vectors, k, "kmeans", seed) for k in around if going()]
    first = max(rounds, key=lambda r: r.score).k
    if first * len(pairs) <= MIXTURE_CELLS and going():
        rounds.append(judge(pairs, vectors, first, "mixture", seed))
    return sorted(rounds, key=lambda r: (-r.score, r.k))


def assign(vectors: np.ndarray, owner: np.ndarray, scenarios: int) -> tuple[np.ndarray, np.ndarray]:
    """(scenario, confidence) of the rows whose ``owner`` is -1, by expectation and maximisation.

    The E step gives each of them a share in every scenario, by its cosine to the centres; the M step moves the centres
    to the labelled questions and to those shares. The confidence is the largest share.
    """
    free, known = owner < 0, owner >= 0
    base = np.zeros((scenarios, vectors.shape[1]))
    np.add.at(base, owner[known], vectors[known])
    centres, shares = base, np.zeros((int(free.sum()), scenarios))
    for _ in range(ROUNDS):
        unit = centres / np.sqrt((centres**2).sum(axis=1, keepdims=True) + 1e-12)
        logits = SHARPNESS * vectors[free] @ unit.T
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        centres = base + shares.T @ vectors[free]
    return shares.argmax(axis=1), shares.max(axis=1)


def describe(
    pairs: Pairs, vectors: np.ndarray, trusted: bool, seed: int, going: Callable[[], bool] = endless
) -> dict[str, Any]:
    """K with all rounds, and where the pairs without a scenario belong.

    They belong to a scenario where others have one, else to a cluster. Lone questions are clusters of their own. K is
    the number of scenarios where the automatic score is not ``trusted`` to choose it.
    """
    rounds = choose_k(pairs, vectors, seed, going)
    unlabelled = np.asarray([name.startswith("answer-") for name in pairs.names])[pairs.scenario]
    told: dict[str, Any] = {
        "k": rounds[0].k if rounds and trusted else len(pairs.names),
        "rounds": [asdict(r) for r in rounds],
    }
    if unlabelled.any() and not unlabelled.all():
        labels, owner = np.unique(pairs.scenario[~unlabelled], return_inverse=True)
        held = np.full(len(pairs), -1)
        held[~unlabelled] = owner
        names: list[Any] = [pairs.names[label] for label in labels]
        where, sure = assign(vectors, held, len(labels))
    elif unlabelled.any() and rounds:
        centres = centres_of(vectors, rounds[0].k, rounds[0].kind, seed)
        names = list(range(len(centres)))
        logits = SHARPNESS * vectors @ centres.T
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        where, sure = shares.argmax(axis=1), shares.max(axis=1) / shares.sum(axis=1)
    else:
        return told | {"assigned": []}
    rows = zip(np.flatnonzero(unlabelled).tolist(), where.tolist(), sure.tolist(), strict=True)
    told["assigned"] = [
        {"question": pairs.questions[i], "cluster": names[c], "confidence": round(s, 4)} for i, c, s in rows
    ]
    return told
