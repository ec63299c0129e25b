"""What stands beside the networks, the crosses and the trees: learnt on the rows that taught the networks, heard as
much as the validation rows like, and then learnt twice more: with those rows too, as it is measured on the held-out
ones, and with the held-out ones as well, which are the freshest, as it is served."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.ctr import ensemble, factors, trees
from models.ctr.crosses import Crosses
from models.ctr.fit import CtrModel
from models.ctr.serve import BEFORE
from models.ctr.trees import Trees


@dataclass(frozen=True)
class Members:
    """The crosses and the trees that some rows taught."""

    crosses: Crosses
    trees: Trees

    def save(self, folder: Path, mark: str = "") -> None:
        self.crosses.save(folder / f"crosses{mark}.npz")
        self.trees.save(folder / f"trees{mark}.npz")


@dataclass(frozen=True)
class Beside:
    """Both members as they are ``measured`` and as they are ``served``; the ``logits`` of all members together on the
    validation rows, as before those were learnt; the shares and losses that were ``told`` there."""

    measured: Members
    served: Members
    logits: np.ndarray
    told: dict[str, Any]

    def save(self, folder: Path) -> None:
        self.measured.save(folder, BEFORE)
        self.served.save(folder)


def learn(model: CtrModel, chosen: np.ndarray, valid: np.ndarray, held: np.ndarray, keep: float) -> Beside:
    """Learn on the rows ``chosen``, of whose unclicked ones a share ``keep`` is left, choose on the rows ``valid``, and
    learn of them and of the rows ``held`` after them."""
    arrays, clicks, x = model.rows.arrays, model.rows.clicks, trees.inputs(model.schema, model.rows.arrays)
    scored = {name: values[valid] for name, values in arrays.items()}
    ways = factors.ways(model.schema, arrays, clicks, chosen)
    way = min(ways, key=lambda name: ensemble.loss(ways[name].logits(scored), clicks[valid], keep))
    paired = ways[way]
    grown, depth, pull = ensemble.grow(x, clicks, chosen, valid, keep, model.config)
    members = {"networks": model.logits(valid), "crosses": paired.logits(scored), "trees": grown.logits(x[valid])}
    whole, shares = members["networks"], {}
    for name in ("crosses", "trees"):
        share = ensemble.choose(whole, members[name], clicks[valid], keep)
        whole, shares[f"{name}_share"] = ensemble.blend(whole, members[name], share), share
    every = {**members, "ensemble": whole}
    losses = {name: round(ensemble.loss(logits, clicks[valid], keep), 6) for name, logits in every.items()}

    def taught_by(rows: np.ndarray) -> Members:
        crossed, boosted = paired, grown
        if shares["crosses_share"]:
            crossed = factors.ways(model.schema, arrays, clicks, rows, (way,))[way]
        if shares["trees_share"]:
            fresh = trees.fit(x[rows], clicks[rows], replace(model.config, tree_depth=depth))
            boosted = trees.reweigh(fresh, x[rows], clicks[rows], pull)
        return Members(crossed, boosted)

    later = np.r_[valid, held]
    kept = (clicks[later] > 0) | (np.random.default_rng(model.config.seed).random(len(later)) < keep)
    measured = taught_by(np.r_[chosen, valid[kept[: len(valid)]]])
    served = taught_by(np.r_[chosen, later[kept]])
    return Beside(measured, served, whole, {**shares, "factors": way, "validation_logloss": losses})
