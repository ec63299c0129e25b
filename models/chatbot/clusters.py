"""Clusters of question vectors: how many there are, and which one a pair without a scenario belongs to.

K-means (k-means++ starts) of unit vectors, or a Gaussian mixture on top of it. At every re-clustering one question of
each scenario that has several is held out anew; it takes no part in that round and scores it: whether its cluster's
scenario is its own, times its silhouette. Neither alone finds K: the first rises with K, the second does not know the
scenarios.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
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
SAMPLE = 2000  # labelled questions that tell what is far


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

    The E step gives each of them a share in every scenario, by its cosine to the centres as they are without that very
    row, and a share in none of them: what is as far from all as a labelled question is from the nearest strange centre
    is of no scenario. The M step moves the centres to the labelled questions and to those shares. The confidence is the
    largest share in a scenario.
    """
    rows = vectors[owner < 0].astype(np.float32)
    base = np.zeros((scenarios, vectors.shape[1]), np.float32)
    np.add.at(base, owner[owner >= 0], vectors[owner >= 0])
    known = np.flatnonzero(owner >= 0)
    some = known[np.linspace(0, len(known) - 1, min(len(known), SAMPLE)).astype(int)]
    nowhere = far(vectors[some].astype(np.float32), owner[some], base)
    centres, shares = base, np.zeros((len(rows), scenarios), np.float32)
    for _ in range(ROUNDS):
        inner, own = rows @ centres.T, shares * (rows**2).sum(axis=1, keepdims=True)
        length = (centres**2).sum(axis=1) - 2 * shares * inner + shares * own
        near = (inner - own) / np.sqrt(np.maximum(length, 1e-6))
        shares = np.exp(SHARPNESS * (near - 1))
        shares /= shares.sum(axis=1, keepdims=True) + np.exp(SHARPNESS * (nowhere - 1))
        centres = base + shares.T @ rows
    return shares.argmax(axis=1), shares.max(axis=1)


def far(vectors: np.ndarray, owner: np.ndarray, centres: np.ndarray) -> float:
    """The cosine that is half-way from how near questions are to the centre of the others of their scenario, to how
    near they are to the nearest strange one (medians); where all are alone, of the second and of 1."""
    unit = centres / np.sqrt((centres**2).sum(axis=1, keepdims=True) + 1e-12)
    strange = vectors @ unit.T
    strange[np.arange(len(owner)), owner] = -1
    rest = centres[owner] - vectors
    length = np.sqrt((rest**2).sum(axis=1))
    several = length > 1e-3
    near = float(np.median((vectors * rest).sum(axis=1)[several] / length[several])) if several.any() else 1.0
    return (near + max(float(np.median(strange.max(axis=1))), 0.0)) / 2


def describe(
    pairs: Pairs, vectors: np.ndarray, trusted: bool, seed: int, going: Callable[[], bool] = endless
) -> dict[str, Any]:
    """K with all rounds, and the cluster of each question where none has a scenario.

    K is the number of scenarios where the automatic score is not ``trusted`` to choose it: then nothing is clustered.
    """
    rounds = choose_k(pairs, vectors, seed, going)
    told = {"k": rounds[0].k if rounds and trusted else len(pairs.names), "rounds": [asdict(r) for r in rounds]}
    if not (rounds and trusted and pairs.unlabelled.all()):
        return told | {"assigned": []}
    centres = centres_of(vectors, rounds[0].k, rounds[0].kind, seed)
    logits = SHARPNESS * vectors @ centres.T
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    sure = shares.max(axis=1) / shares.sum(axis=1)
    return told | {"assigned": placed(pairs.questions, shares.argmax(axis=1).tolist(), sure)}


def place(pairs: Pairs, vectors: np.ndarray) -> list[dict[str, Any]]:
    """Which scenario each question without one belongs to; others have one."""
    free = pairs.unlabelled
    labels, owner = np.unique(pairs.scenario[~free], return_inverse=True)
    held = np.full(len(pairs), -1)
    held[~free] = owner
    where, sure = assign(vectors, held, len(labels))
    questions = [question for question, own in zip(pairs.questions, free, strict=True) if own]
    return placed(questions, [pairs.names[labels[c]] for c in where.tolist()], sure)


def placed(questions: Sequence[str], clusters: Sequence[Any], sure: np.ndarray) -> list[dict[str, Any]]:
    rows = zip(questions, clusters, sure.tolist(), strict=True)
    return [{"question": q, "cluster": c, "confidence": round(s, 4)} for q, c, s in rows]
