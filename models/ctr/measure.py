"""How good probabilities are, and how logits become them: AUC, log loss, calibration, and the two corrections.

``weight`` (n,) tells how many rows of the whole log each row stands for; without it all count alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(logits, np.float64))))


def log_odds(clicks: np.ndarray) -> float:
    """The logit of the click rate of rows (n,), finite where there is no click or nothing else."""
    rate = float(np.clip(clicks.mean(), 1e-6, 1 - 1e-6))
    return float(np.log(rate / (1 - rate)))


def auc(clicks: np.ndarray, scores: np.ndarray, weight: np.ndarray | None = None) -> float | None:
    """Area under the ROC curve, ties counted half (Mann-Whitney); None where all rows are of one class."""
    weight = np.ones(len(clicks)) if weight is None else weight
    found = ranked_auc(clicks, np.unique(scores, return_inverse=True)[1], weight)
    return None if np.isnan(found) else found


def ranked_auc(clicks: np.ndarray, place: np.ndarray, weight: np.ndarray) -> float:
    """The same for scores given as their places among the distinct ones; NaN where all rows are of one class."""
    won, lost = (np.bincount(place, weight * part) for part in (clicks > 0, clicks <= 0))
    pairs = won.sum() * lost.sum()
    return float((won * (np.cumsum(lost) - lost / 2)).sum() / pairs) if pairs else float("nan")


def logloss(clicks: np.ndarray, chance: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Mean cross-entropy in nats."""
    p = np.clip(chance, 1e-7, 1 - 1e-7)
    return float(-np.average(clicks * np.log(p) + (1 - clicks) * np.log(1 - p), weights=weight))


def normalised_entropy(clicks: np.ndarray, chance: np.ndarray, weight: np.ndarray | None = None) -> float | None:
    """Log loss over that of the click rate alone (He et al. 2014), below 1 where the chances say more than the rate;
    None where all rows are of one class."""
    rate = float(np.average(clicks, weights=weight))
    if not 0 < rate < 1:
        return None
    return logloss(clicks, chance, weight) / logloss(clicks, np.full(len(clicks), rate), weight)


def reliability(clicks: np.ndarray, chance: np.ndarray, weight: np.ndarray | None = None, bins: int = 15) -> np.ndarray:
    """(mean chance, click rate, weight of the rows) of bins that hold equally many rows: (bins, 3)."""
    weight = np.ones(len(clicks)) if weight is None else weight
    groups = [g for g in np.array_split(np.argsort(chance, kind="stable"), bins) if len(g)]
    means = [[np.average(part[g], weights=weight[g]) for part in (chance, clicks)] for g in groups]
    return np.array([(*pair, weight[g].sum()) for pair, g in zip(means, groups, strict=True)])


def ece(clicks: np.ndarray, chance: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Expected calibration error over bins that hold equally many rows (click rates crowd at one end of [0, 1])."""
    table = reliability(clicks, chance, weight)
    return float((np.abs(table[:, 0] - table[:, 1]) * table[:, 2]).sum() / table[:, 2].sum())


@dataclass(frozen=True)
class Calibration:
    """Logit of a network -> probability: ``keep`` undoes down-sampling, then Platt's ``slope`` and ``intercept``.

    Where a share ``keep`` of the unclicked rows was trained on, p / (p + (1 - p) / keep) is the same as adding
    log(keep) to the logit.
    """

    keep: float
    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        return sigmoid(self.slope * (np.asarray(logits, np.float64) + np.log(self.keep)) + self.intercept)


def calibrate(logits: np.ndarray, clicks: np.ndarray, keep: float, steps: int = 50) -> Calibration:
    """Platt's two numbers by Newton's method, on smoothed targets (Platt 1999) so that few clicks do not overfit.

    Where the fitted slope is not positive the scores say nothing, or there is one class: the slope stays 1.
    """
    z = np.asarray(logits, np.float64) + np.log(keep)
    wins, losses = clicks.sum(), len(clicks) - clicks.sum()
    if not wins or not losses:
        return Calibration(keep)
    target = np.where(clicks > 0, (wins + 1) / (wins + 2), 1 / (losses + 2))
    x = np.stack([z, np.ones_like(z)], axis=1)
    # A light pull towards (1, 0) keeps the curve invertible.
    weights, start, ridge = np.array([1.0, 0.0]), np.array([1.0, 0.0]), 1e-3

    def loss(w: np.ndarray) -> float:
        y = x @ w
        return float(np.sum(np.logaddexp(0, y) - target * y) + ridge / 2 * np.sum((w - start) ** 2))

    for _ in range(steps):
        p = sigmoid(x @ weights)
        gradient = x.T @ (p - target) + ridge * (weights - start)
        curve = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(2)
        step, now = np.linalg.solve(curve, gradient), loss(weights)
        # Far from the answer a full step overshoots: halve it until the loss falls.
        while np.abs(step).max() > 1e-9 and loss(weights - step) > now:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(keep, float(weights[0]), float(weights[1])) if weights[0] > 1e-3 else Calibration(keep)
