"""What in a person and in an ad goes together where no column tells: a logistic matrix factorisation of their ids, on
top of what the crosses know (Salakhutdinov and Mnih 2008, "Probabilistic matrix factorization").

How unsure each vector is counts in the fit of the others (variational Bayes: Lim and Teh 2007, "Variational Bayesian
approach to movie rating prediction"; the logistic bound is that of Jaakkola and Jordan 2000), and the variance of each
direction is learnt with them: directions that there are none fade, where the single likeliest vectors learn the clicks
by heart. The embeddings of the networks cannot do this: a decay that keeps them from learning people by heart in one
log keeps them from learning people at all in another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.ctr import crosses, measure
from models.ctr.crosses import Crosses
from models.ctr.features import Arrays, Schema

WIDE, SEED = 6, 7
ROUNDS, FREE = 15, 7  # of fitting both sides, of which the first leave the variances as they were
FIRST, SPREAD = (4.0, 10.0), 0.5  # inverse variances at first, of factors and of what is liked; how far these lie apart
LEAST, GREATEST = 0.3, 1e5  # bounds of the inverse variances
MOST = 500_000  # the freshest rows are read, where there are more
WAYS = ("none", "after", "together")  # of equals the first is taken
FOLDS = 4  # of "together"


@dataclass(frozen=True)
class Side:
    """People or ads, (k, WIDE + 1): the ``mean`` of the factors of each and, last, of how much it is liked or likes;
    ``spread`` (k, WIDE + 1, WIDE + 1) is their covariance, ``inverse`` (WIDE + 1,) the prior's inverse variances."""

    mean: np.ndarray
    spread: np.ndarray
    inverse: np.ndarray

    def met(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the other side meets, with r = the factors and a one, b = the last number: the means of r (k, w), of its
        outer product (k, w, w), and of r b (k, w)."""
        r = np.concatenate([self.mean[:, :WIDE], np.ones((len(self.mean), 1))], axis=1)
        outer, liked = r[:, :, None] * r[:, None, :], r * self.mean[:, WIDE:]
        outer[:, :WIDE, :WIDE] += self.spread[:, :WIDE, :WIDE]
        liked[:, :WIDE] += self.spread[:, :WIDE, WIDE]
        return r, outer, liked


def added(known: Crosses, arrays: Arrays, clicks: np.ndarray, chosen: np.ndarray) -> Crosses:
    """``known`` with factors learnt from the rows ``chosen`` (sorted by time) of encoded rows with clicks (n,)."""
    rows = chosen[-MOST:]
    part = {name: values[rows] for name, values in arrays.items()}
    people, ads = learn(known.logits(part), *ids(part), clicks[rows].astype(np.float64))
    return replace(known, people=people, ads=ads)


def ids(arrays: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """The tokens (n,) int64 of the people and of the ads of encoded rows."""
    user, ad = (arrays[f"{name}_tokens"][:, 0].astype(np.int64) for name in ("user", "ad"))
    return user, ad


def ways(
    schema: Schema, arrays: Arrays, clicks: np.ndarray, chosen: np.ndarray, wanted: Collection[str] = WAYS
) -> dict[str, Crosses]:
    """Crosses from the rows ``chosen`` (sorted by time) of encoded rows with clicks (n,), by how they stand to factors:
    without ("none"), with factors of what they leave unsaid ("after"), or leaving to the factors what these tell better
    ("together").

    Learnt first, the crosses take for themselves what the counts of a person with an ad tell of their factors, and
    little is left to learn these from. Together, the crosses are learnt on top of factors, each row's from the other
    rows, as those of the row itself would know whether it was clicked.
    """
    found: dict[str, Crosses] = {}
    if not {"none", "after"}.isdisjoint(wanted):
        alone = crosses.fit(schema, arrays, clicks, chosen)
        found = {"none": alone} if "none" in wanted else {}
        found |= {"after": added(alone, arrays, clicks, chosen)} if "after" in wanted else {}
    if "together" in wanted:
        rows, given = chosen[-MOST:], np.zeros(len(clicks))
        user, ad = ids(arrays)
        given[rows] = of_others(user[rows], ad[rows], clicks[rows].astype(np.float64))
        found["together"] = added(crosses.fit(schema, arrays, clicks, rows, given), arrays, clicks, rows)
    return found


def of_others(user: np.ndarray, ad: np.ndarray, clicks: np.ndarray) -> np.ndarray:
    """What the factors alone tell of each of the rows (n,), learnt from the rows that are not in its fold."""
    fold = np.random.default_rng(SEED).permutation(len(clicks)) % FOLDS
    start, found = np.full(len(clicks), measure.log_odds(clicks)), np.zeros(len(clicks))
    for number in range(FOLDS):
        own, others = fold == number, fold != number
        people, ads = learn(start[others], user[others], ad[others], clicks[others])
        found[own] = crosses.met(people, ads, user[own, None], ad[own, None])
    return found


def learn(start: np.ndarray, user: np.ndarray, ad: np.ndarray, clicks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(people (users, WIDE + 2), ads (ads, WIDE + 2)) float32: their products come on top of the logits ``start`` (n,)
    of rows of ``user`` (n,) and ``ad`` (n,) with ``clicks`` (n,). The last two columns are what is liked of an ad and
    what is liked by a person, each beside a one."""
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(SEED)
    codes = user, ad
    sides = [begun(int(code.max()) + 1, rng) for code in codes]
    groups = [grouped(code) for code in codes]
    with threadpool_limits(1):  # sums in one order give the same bytes
        for number in range(ROUNDS):
            for own, other in ((0, 1), (1, 0)):
                fitted = fit(sides[own], codes[own], groups[own], sides[other], codes[other], start, clicks)
                sides[own] = fitted if number < FREE else replace(fitted, inverse=inverse(fitted))
    people, ads = (side.mean for side in sides)
    one = [np.ones((len(side.mean), 1)) for side in sides]
    people = np.concatenate([people[:, :WIDE], one[0], people[:, WIDE:]], axis=1)
    return people.astype(np.float32), np.concatenate([ads, one[1]], axis=1).astype(np.float32)


def begun(many: int, rng: np.random.Generator) -> Side:
    mean = np.concatenate([rng.normal(0, SPREAD, (many, WIDE)), np.zeros((many, 1))], axis=1)
    return Side(mean, np.tile(np.eye(WIDE + 1) * 0.01, (many, 1, 1)), np.r_[np.full(WIDE, FIRST[0]), FIRST[1]])


def fit(
    own: Side, code: np.ndarray, group: Any, other: Side, theirs: np.ndarray, start: np.ndarray, clicks: np.ndarray
) -> Side:
    """One side anew, as rows of its ``code`` (n,), which ``group`` sums, and of ``theirs`` (n,) of the other tell."""
    r, outer, liked = (part.take(theirs, axis=0) for part in other.met())
    mean, spread = own.mean.take(code, axis=0), other.spread.take(theirs, axis=0)
    logit = start + (mean * r).sum(axis=1) + other.mean[theirs, WIDE]
    factors = mean[:, :WIDE]
    unsure = (own.spread.take(code, axis=0) * outer).sum(axis=(1, 2)) + spread[:, WIDE, WIDE]
    unsure += np.einsum("ni,nij,nj->n", factors, spread[:, :WIDE, :WIDE], factors)
    unsure += 2 * (factors * spread[:, :WIDE, WIDE]).sum(axis=1)
    size = np.sqrt(np.maximum(logit * logit + unsure, 1e-8))
    curve = (measure.sigmoid(size) - 0.5) / size
    bend = (group @ (curve[:, None] * outer.reshape(len(code), -1))).reshape(own.spread.shape) + np.diag(own.inverse)
    slope = group @ ((clicks - 0.5 - curve * start)[:, None] * r - curve[:, None] * liked)
    covariance = np.linalg.inv(bend)
    return Side(np.einsum("nij,nj->ni", covariance, slope), covariance, own.inverse)


def inverse(side: Side) -> np.ndarray:
    """The inverse variance of each direction: how many there are over what they are together."""
    size = (side.mean**2 + np.diagonal(side.spread, axis1=1, axis2=2)).sum(axis=0)
    return np.clip(len(side.mean) / np.maximum(size, 1e-9), LEAST, GREATEST)


def grouped(codes: np.ndarray) -> Any:
    """Sparse (codes, n): its product with values of rows sums them by code."""
    from scipy.sparse import csr_matrix

    many = len(codes)
    return csr_matrix((np.ones(many), codes, np.arange(many + 1)), shape=(many, int(codes.max()) + 1)).T.tocsr()
