"""What stands beside the networks, the crosses and the trees: learnt on the rows that taught the networks, heard as
much as the validation rows like, and then learnt once more with those rows too, which are the freshest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.ctr import crosses, ensemble, factors, trees
from models.ctr.crosses import Crosses
from models.ctr.fit import CtrModel
from models.ctr.trees import Trees


@dataclass(frozen=True)
class Beside:
    """Both members; the ``logits`` of all members together on the validation rows, as before those were learnt; the
    shares and losses that were ``told`` there."""

    crosses: Crosses
    trees: Trees
    logits: np.ndarray
    told: dict[str, Any]

    def save(self, folder: Path) -> None:
        self.crosses.save(folder / "crosses.npz")
        self.trees.save(folder / "trees.npz")


def learn(model: CtrModel, chosen: np.ndarray, valid: np.ndarray, keep: float) -> Beside:
    """Learn on the rows ``chosen``, of whose unclicked ones a share ``keep`` is left, and choose on the rows
    ``valid``."""
    arrays, clicks, x = model.rows.arrays, model.rows.clicks, trees.inputs(model.schema, model.rows.arrays)
    paired = crosses.fit(model.schema, arrays, clicks, chosen)
    scored = {name: values[valid] for name, values in arrays.items()}
    # Of the crosses alone and with factors those that the validation rows like better.
    both = (paired, factors.added(paired, arrays, clicks, chosen))
    paired = min(both, key=lambda one: ensemble.loss(one.logits(scored), clicks[valid], keep))
    grown, depth, pull = ensemble.grow(x, clicks, chosen, valid, keep, model.config)
    members = {"networks": model.logits(valid), "crosses": paired.logits(scored), "trees": grown.logits(x[valid])}
    whole, shares = members["networks"], {}
    for name in ("crosses", "trees"):
        share = ensemble.choose(whole, members[name], clicks[valid], keep)
        whole, shares[f"{name}_share"] = ensemble.blend(whole, members[name], share), share
    every = {**members, "ensemble": whole}
    losses = {name: round(ensemble.loss(logits, clicks[valid], keep), 6) for name, logits in every.items()}
    kept = (clicks[valid] > 0) | (np.random.default_rng(model.config.seed).random(len(valid)) < keep)
    more = np.r_[chosen, valid[kept]]
    if shares["crosses_share"]:
        learnt = crosses.fit(model.schema, arrays, clicks, more)
        paired = factors.added(learnt, arrays, clicks, more) if paired.people.size else learnt
    if shares["trees_share"]:
        fresh = trees.fit(x[more], clicks[more], replace(model.config, tree_depth=depth))
        grown = trees.reweigh(fresh, x[more], clicks[more], pull)
    return Beside(paired, grown, whole, {**shares, "validation_logloss": losses})
