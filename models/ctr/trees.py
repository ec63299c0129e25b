"""Gradient-boosted trees as feature transform in front of a linear model (He et al. 2014, "Practical lessons from
predicting clicks on ads at Facebook"): each row falls into one leaf a tree, the linear model weighs the leaves.

The trees are scikit-learn's; what is kept of them are arrays. Every tree is laid out as a complete binary tree, so that
a row finds its leaf by ``depth`` comparisons, and a file of them is safe to load.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.ctr import features, rows
from models.ctr.config import CtrConfig
from models.ctr.features import Arrays, Category, Number, Schema

FRESH = 50_000
PULLS = (float("inf"), 300.0, 100.0)
PARTS = 8192
FREQUENT = 16


@dataclass(frozen=True)
class Trees:
    """``column`` and ``threshold`` (trees, 2 ** depth - 1) of the inner nodes, children of node i at 2 i + 1 (x <=
    threshold) and 2 i + 2; ``weight`` (trees, 2 ** depth) of the leaves; ``base`` is the logit before them."""

    column: np.ndarray
    threshold: np.ndarray
    weight: np.ndarray
    base: float

    def leaves(self, x: np.ndarray) -> np.ndarray:
        """The leaf of each row (n, width) in each tree, (n, trees)."""
        inner = self.column.shape[1]
        own = np.arange(len(self.column))[None, :] * inner
        column, threshold = self.column.reshape(-1).astype(np.intp), self.threshold.reshape(-1)
        flat, row = np.ascontiguousarray(x).reshape(-1), (np.arange(len(x)) * x.shape[1])[:, None]
        node = np.repeat(own, len(x), axis=0)
        for _ in range(int(np.log2(inner + 1))):
            # ``take`` on flat arrays: half the time of indexing with two arrays.
            node = 2 * node - own + 1 + (flat.take(row + column.take(node)) > threshold.take(node))
        return node - own - inner

    def logits(self, x: np.ndarray) -> np.ndarray:
        """(n, width) float32 -> (n,) float64."""
        trees = np.arange(len(self.weight))[None, :]
        parts = [x[start : start + PARTS] for start in range(0, len(x), PARTS)]
        found = [self.base + self.weight[trees, self.leaves(part)].sum(axis=1) for part in parts]
        return np.concatenate([np.zeros(0), *found])

    def save(self, path: Path) -> None:
        np.savez(path, allow_pickle=False, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @staticmethod
    def load(path: Path) -> Trees:
        with np.load(path, allow_pickle=False) as file:
            return Trees(file["column"], file["threshold"], file["weight"], float(file["base"]))


def inputs(schema: Schema, arrays: Arrays) -> np.ndarray:
    """What the trees read of encoded rows (n, width) float32: numbers, and the token of every column but the ids.

    Tokens are in order of frequency; ids say more as counts than as places in that order. Of a column of several values
    it is how often each of the most frequent ones stands in the row. What tells a user's kinds of
    ads (``models.ctr.exposure``) is left to the networks: steps of trees in it for one price or format alone stand in
    no direction of the index, and it took one ad in ten from the ten best of a million.
    """
    counted = arrays["pair"][:, : arrays["pair"].shape[1] - rows.exposed(schema)]
    parts = [*(arrays[f"{name}_numbers"] for name in features.FAMILIES), counted]
    for name in features.FAMILIES:
        own, family = arrays[f"{name}_tokens"], schema.family(name)
        columns: list[Category | Number] = [*family.categories, *family.numbers]
        for column, (start, end) in zip(columns, family.slices, strict=True):
            if isinstance(column, Category) and end - start > 1:
                parts.append(frequent(column, own[:, start:end]))
            elif column.name != f"{name}_id":
                parts.append(own[:, start:end])
    # One row of a request may stand for all ads.
    return np.concatenate([np.broadcast_to(p, (len(counted), p.shape[1])).astype(np.float32) for p in parts], axis=1)


def frequent(column: Category, tokens: np.ndarray) -> np.ndarray:
    """How often each of the FREQUENT first values of a column stands among ``tokens`` (n, w), (n, values)."""
    first = column.offset + column.buckets
    values = range(first, first + min(FREQUENT, len(column.values)))
    return np.stack([np.zeros(len(tokens)), *((tokens == value).sum(axis=1) for value in values)], axis=1)[:, 1:]


def fit(x: np.ndarray, clicks: np.ndarray, config: CtrConfig) -> Trees:
    """Boost ``config.trees`` trees on rows (n, width) with clicks (n,)."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    if not config.trees:
        none = np.zeros((0, 2**config.tree_depth), np.float32)
        return Trees(none[:, 1:].astype(np.int32), none[:, 1:], none, 0.0)
    boosted = HistGradientBoostingClassifier(
        max_iter=config.trees,
        max_depth=config.tree_depth,
        max_leaf_nodes=31,
        learning_rate=config.tree_rate,
        min_samples_leaf=config.tree_rows,
        l2_regularization=1.0,
        max_features=0.5,
        early_stopping=False,
        random_state=config.seed,
    )
    # One thread: sums in one order give the same bytes, and threads that wait for each other cost a busy machine much.
    with threadpool_limits(1):
        boosted.fit(x, clicks > 0)
    grown = [complete(predictors[0].nodes, config.tree_depth) for predictors in boosted._predictors]
    column, threshold, weight = (np.stack(part) for part in zip(*grown, strict=True))
    return Trees(column, threshold, weight, float(np.ravel(boosted._baseline_prediction)[0]))


def complete(nodes: Any, depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """scikit-learn's nodes of one tree as (column, threshold, weight) of the complete tree.

    Below a leaf that ends early everything goes left.
    """
    inner = 2**depth - 1
    column, threshold = np.zeros(inner, np.int32), np.full(inner, np.inf, np.float32)
    weight = np.zeros(inner + 1, np.float32)
    queue = [(0, 0)]
    while queue:
        old, new = queue.pop()
        node = nodes[old]
        if new >= inner:
            weight[new - inner] = node["value"]
        elif node["is_leaf"]:
            queue.append((old, 2 * new + 1))
        else:
            column[new], threshold[new] = node["feature_idx"], below(float(node["num_threshold"]))
            queue += [(int(node["left"]), 2 * new + 1), (int(node["right"]), 2 * new + 2)]
    return column, threshold, weight


def below(threshold: float) -> np.float32:
    """The largest float32 that is not above: float32 inputs fall on the same side of both."""
    near = np.float32(threshold)
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))


def reweigh(trees: Trees, x: np.ndarray, clicks: np.ndarray, pull: float) -> Trees:
    """The trees with the weights of a logistic regression on their leaves in the freshest rows, which are the last;
    ``pull`` draws the weights to what boosting gave (infinity: they stay)."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    if not len(trees.weight) or np.isinf(pull):
        return trees
    x, clicks = x[-FRESH:], clicks[-FRESH:]
    leaves = 1 + trees.leaves(x) + np.arange(len(trees.weight))[None, :] * trees.weight.shape[1]
    every = np.concatenate([np.zeros((len(x), 1), leaves.dtype), leaves], axis=1)
    ends = np.arange(len(x) + 1) * every.shape[1]
    start = np.r_[trees.base, trees.weight.reshape(-1)].astype(np.float64)
    rows = csr_matrix((np.ones(every.size), every.reshape(-1), ends), shape=(len(x), len(start)))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logit, moved = rows @ weights, weights - start
        value = np.sum(np.logaddexp(0, logit) - clicks * logit) + pull / 2 * moved @ moved
        return float(value), rows.T @ (0.5 * (1 + np.tanh(0.5 * logit)) - clicks) + pull * moved

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 20}).x
    return replace(trees, weight=found[1:].reshape(trees.weight.shape).astype(np.float32), base=float(found[0]))
