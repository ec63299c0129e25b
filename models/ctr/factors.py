"""What in a person and in an ad goes together where no column tells: a logistic matrix factorisation of their ids, on
top of what the crosses know (Salakhutdinov and Mnih 2008, "Probabilistic matrix factorization").

The variances of the factors are learnt with them, as those of ``models.ctr.crosses`` are. The embeddings of the
networks cannot do this: a decay that keeps them from learning people by heart in one log keeps them from learning
people at all in another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from models.ctr import measure
from models.ctr.crosses import Crosses
from models.ctr.features import Arrays

WIDE, SEED = 6, 7
ROUNDS, STEPS = 3, 25  # of learning the variances, and of the optimiser in each
FIRST = (4.0, 4.0, 10.0, 10.0)  # inverse variances at first: of people, ads, and of what each is liked by everybody
LEAST, GREATEST = 0.3, 1e5  # their bounds
MOST = 2_000_000  # the freshest rows are read, where there are more


def added(known: Crosses, arrays: Arrays, clicks: np.ndarray, chosen: np.ndarray) -> Crosses:
    """``known`` with factors learnt from the rows ``chosen`` (sorted by time) of encoded rows with clicks (n,)."""
    from threadpoolctl import threadpool_limits

    rows = chosen[-MOST:]
    part = {name: values[rows] for name, values in arrays.items()}
    user, ad = (part[f"{name}_tokens"][:, 0].astype(np.int64) for name in ("user", "ad"))
    with threadpool_limits(1):  # sums in one order give the same bytes
        people, ads = learn(known.logits(part), user, ad, clicks[rows].astype(np.float64))
    return replace(known, people=people, ads=ads)


def learn(start: np.ndarray, user: np.ndarray, ad: np.ndarray, clicks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(people (users, WIDE + 2), ads (ads, WIDE + 2)) float32: their products come on top of the logits ``start`` (n,)
    of rows of ``user`` (n,) and ``ad`` (n,) with ``clicks`` (n,). The last two columns are what is liked of an ad and
    what is liked by a person, each beside a one."""
    from scipy.optimize import minimize

    of_user, of_ad = grouped(user), grouped(ad)
    shapes = [(of_user.shape[0], WIDE), (of_ad.shape[0], WIDE), (of_user.shape[0], 1), (of_ad.shape[0], 1)]
    ends = np.cumsum([a * b for a, b in shapes])[:-1]
    rng = np.random.default_rng(SEED)
    found = [rng.normal(0, 0.1, shape) for shape in shapes[:2]] + [np.zeros(shape) for shape in shapes[2:]]
    spread = clicks.mean() * (1 - clicks.mean())
    # Whoever has many rows has a steep slope: steps of about one size for all.
    many = [np.asarray(side.sum(axis=1)) for side in (of_user, of_ad, of_user, of_ad)]
    unit = [1 / np.sqrt(n * spread + FIRST[0]) for n in many]
    inverse = np.array(FIRST)

    def logit(p: list[np.ndarray]) -> np.ndarray:
        return np.asarray(start + (p[0][user] * p[1][ad]).sum(axis=1) + p[2][user, 0] + p[3][ad, 0])

    def unfolded(v: np.ndarray) -> list[np.ndarray]:
        parts = zip(np.split(v, ends), shapes, unit, strict=True)
        return [values.reshape(shape) * scale for values, shape, scale in parts]

    for _ in range(ROUNDS):

        def loss(v: np.ndarray, inverse: np.ndarray = inverse) -> tuple[float, np.ndarray]:
            p = unfolded(v)
            z = logit(p)
            off = (measure.sigmoid(z) - clicks)[:, None]
            slopes = of_user @ (off * p[1][ad]), of_ad @ (off * p[0][user]), of_user @ off, of_ad @ off
            value = np.sum(np.logaddexp(0, z) - clicks * z) + sum(
                q * np.sum(x * x) / 2 for q, x in zip(inverse, p, strict=True)
            )
            every = zip(slopes, p, unit, inverse, strict=True)
            return float(value), np.concatenate([((g + q * x) * s).reshape(-1) for g, x, s, q in every])

        begin = np.concatenate([(x / s).reshape(-1) for x, s in zip(found, unit, strict=True)])
        found = unfolded(minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x)
        chance = measure.sigmoid(logit(found))
        h = (chance * (1 - chance))[:, None]
        bends = of_user @ (h * found[1][ad] ** 2), of_ad @ (h * found[0][user] ** 2), of_user @ h, of_ad @ h
        inverse = np.array([variance(x, b, q) for x, b, q in zip(found, bends, inverse, strict=True)])
    people = np.concatenate([found[0], np.ones(shapes[2]), found[2]], axis=1)
    return people.astype(np.float32), np.concatenate([found[1], found[3], np.ones(shapes[3])], axis=1).astype(
        np.float32
    )


def variance(weights: np.ndarray, bend: np.ndarray, inverse: float) -> float:
    """The inverse variance of weights: how many of them the rows tell, over what they are together."""
    told = weights.size - float(np.sum(inverse / (bend + inverse)))
    return float(np.clip(told / max(float(np.sum(weights * weights)), 1e-12), LEAST, GREATEST))


def grouped(codes: np.ndarray) -> Any:
    """Sparse (codes, n): its product with values of rows sums them by code."""
    from scipy.sparse import csr_matrix

    many = len(codes)
    return csr_matrix((np.ones(many), codes, np.arange(many + 1)), shape=(many, int(codes.max()) + 1)).T.tocsr()
