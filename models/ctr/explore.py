"""Which ads are shown where the release explores, and with what probability each is: the propensity.

Most requests show the best ads. A share of them explores: ``epsilon`` shows any of the candidates, all alike;
``thompson`` shows the best of a draw from what the chances may be, wide for ads that were rarely shown. The propensity
is the probability that the ad is among those shown, so that later logs can be evaluated off-policy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DRAWS = 512


@dataclass(frozen=True)
class Exploration:
    """``kind`` is "none", "epsilon" or "thompson", for ``share`` of the requests."""

    kind: str = "none"
    share: float = 0.0


def choose(
    chance: np.ndarray, evidence: np.ndarray, count: int, policy: Exploration, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(places of the shown ads, at most ``count``; propensity (n,) of every candidate).

    ``chance`` (n,) stands in the order of rank; ``evidence`` (n,) is how many shows each chance rests on.
    """
    best = np.arange(min(count, len(chance)))
    shown_if_best = (np.arange(len(chance)) < count).astype(np.float64)
    if policy.kind == "none" or not policy.share or not len(chance):
        return best, shown_if_best
    explored, likely = {"epsilon": uniform, "thompson": thompson}[policy.kind](chance, evidence, len(best), rng)
    propensity = (1 - policy.share) * shown_if_best + policy.share * likely
    return (np.sort(explored) if rng.random() < policy.share else best), propensity


def uniform(
    chance: np.ndarray, _evidence: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    return rng.permutation(len(chance))[:count], np.full(len(chance), count / len(chance))


def thompson(
    chance: np.ndarray, evidence: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The best of one draw of Beta distributions around the chances (Thompson 1933).

    There is no closed form of how likely an ad is among the best, so ``DRAWS`` rankings are drawn, one of them is
    shown, and the propensity is the share of the rankings that show the ad: exact, given the draws.
    """
    safe = np.clip(chance, 1e-6, 1 - 1e-6)
    drawn = rng.beta(safe * evidence, (1 - safe) * evidence, (DRAWS, len(chance)))
    top = np.argpartition(-drawn, count - 1, axis=1)[:, :count]
    likely = np.bincount(top.reshape(-1), minlength=len(chance)) / DRAWS
    return top[rng.integers(DRAWS)], likely
