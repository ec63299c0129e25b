"""The ranker's opinion as an inner product, so that an index finds what the ranker would put on top.

A request's logits over many ads are regressed on what is known of the ads. Over many requests the coefficients have a
mean and a few main directions: an ad is kept as its mean score and its coordinates along those directions. When a
request comes, some ads are scored in full, and a ridge regression on their coordinates, with the spread of the past
requests as prior, gives the vector to search with. Yadav et al. 2022, *Efficient nearest neighbor search for
cross-encoder models using matrix factorization*.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.ctr import counters
from models.ctr.memory import Memory

DIRECTIONS = 32
RIDGE = 5.0


@dataclass(frozen=True)
class Distilled:
    """An ad with ``traits`` (p,) is (traits - mean) @ projection, (1 + directions,): its mean score first. ``noise`` is
    the variance that the regressions leave."""

    mean: np.ndarray
    projection: np.ndarray
    noise: float

    def table(self, traits: np.ndarray) -> np.ndarray:
        """(n, p) -> (n, 1 + directions) float32, the rows of the index."""
        return np.asarray((traits - self.mean) @ self.projection, np.float32)

    def query(self, table: np.ndarray, logits: np.ndarray, sharp: float = 0.0) -> np.ndarray:
        """What to search with, (1, 1 + directions), after the ads with rows ``table`` (m, ...) were given ``logits``
        (m,). Of two of them that lie a standard deviation apart the better one counts e ** ``sharp`` times as much."""
        ones = np.ones((len(table), 1))
        x, y = np.concatenate([table[:, 1:], ones], axis=1).astype(np.float64), logits - table[:, 0]
        weight = np.exp((logits - logits.max()) * sharp / max(float(logits.std()), 1e-6))
        weighed = x * (weight * len(weight) / weight.sum())[:, None]
        prior = np.diag(np.r_[np.full(x.shape[1] - 1, self.noise), 1e-6])
        found = np.linalg.solve(weighed.T @ x + prior, weighed.T @ y)
        return np.r_[1.0, found[:-1]][None].astype(np.float32)

    def save(self, path: Path) -> None:
        np.savez(path, allow_pickle=False, mean=self.mean, projection=self.projection, noise=np.asarray(self.noise))

    @staticmethod
    def load(path: Path) -> Distilled:
        with np.load(path, allow_pickle=False) as file:
            return Distilled(file["mean"], file["projection"], float(file["noise"]))


def traits(
    vectors: np.ndarray, fields: np.ndarray, numbers: np.ndarray, marks: np.ndarray, keys: np.ndarray, state: Memory
) -> np.ndarray:
    """What is known of ads (n, p) float32: what the ad network made of them, their numbers, the ``marks`` of their
    kinds (a request may like one kind and nothing near it), and how they did so far."""
    shows, clicks = state.look_up(counters.ad_keys(keys))
    did = np.stack([counters.lift(shows, clicks, state.prior), np.log(clicks + 0.5), np.log1p(shows)], axis=1)
    return np.concatenate([vectors, fields, numbers, marks, did], axis=1).astype(np.float32)


def learn(known: np.ndarray, logits: np.ndarray) -> tuple[Distilled, np.ndarray]:
    """(the space, the vectors (requests, 1 + directions) of the requests in it), from the traits (n, p) of some ads and
    the logits (requests, n) of requests over them."""
    mean, scale = known.mean(axis=0), known.std(axis=0) + 1e-6
    _, size, turned = np.linalg.svd((known - mean) / scale, full_matrices=False)
    kept = size > 1e-3 * max(float(size[0]), 1e-6)
    white = turned[kept].T / size[kept] * np.sqrt(len(known)) / scale[:, None]
    x, y = (known - mean) @ white, logits - logits.mean(axis=1, keepdims=True)
    weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y.T).T
    middle, spread = weights.mean(axis=0), weights - weights.mean(axis=0)
    _, size, main = np.linalg.svd(spread / np.sqrt(len(spread)), full_matrices=False)
    main, size = main[:DIRECTIONS], np.maximum(size[:DIRECTIONS], 1e-6)
    noise = max(float(np.mean((y - weights @ x.T) ** 2)), 1e-6)
    projection = white @ np.concatenate([middle[:, None], main.T * size], axis=1)
    asked = np.concatenate([np.ones((len(spread), 1)), spread @ main.T / size], axis=1)
    return Distilled(mean.astype(np.float64), projection, noise), asked.astype(np.float32)
