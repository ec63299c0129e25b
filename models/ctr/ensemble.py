"""The networks, the crosses and the trees as one: logits are added with weights that the validation rows choose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.ctr import measure, trees
from models.ctr.config import CtrConfig
from models.ctr.trees import Trees

SHARES = tuple(n / 10 for n in range(11))
SHALLOW = 3  # trees that few clicks cannot lead astray


def blend(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Logits (n,) of one member, and of the other with a weight of ``share``."""
    return (1 - share) * one + share * other


def grow(
    x: np.ndarray, clicks: np.ndarray, chosen: np.ndarray, valid: np.ndarray, keep: float, config: CtrConfig
) -> tuple[Trees, int, float]:
    """Trees on the rows ``chosen``, shallow or as deep as the config has them, their leaves weighed: as the rows
    ``valid`` like best; and how deep they are and how strongly weighed."""
    depths = sorted({min(SHALLOW, config.tree_depth), config.tree_depth})
    grown = {depth: trees.fit(x[chosen], clicks[chosen], replace(config, tree_depth=depth)) for depth in depths}
    pulled = ((depth, pull) for depth in depths for pull in trees.PULLS)
    weighed = [(trees.reweigh(grown[depth], x[chosen], clicks[chosen], pull), depth, pull) for depth, pull in pulled]
    return min(weighed, key=lambda one: loss(one[0].logits(x[valid]), clicks[valid], keep))


def loss(logits: np.ndarray, clicks: np.ndarray, keep: float) -> float:
    """The log loss of rows, calibrated on themselves."""
    return measure.logloss(clicks, measure.calibrate(logits, clicks, keep)(logits))


def choose(one: np.ndarray, other: np.ndarray, clicks: np.ndarray, keep: float) -> float:
    """The share of the other member with the least log loss of rows; of equals the least."""
    return min(SHARES, key=lambda share: loss(blend(one, other, share), clicks, keep))
