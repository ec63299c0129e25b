"""One trial as the study keeps it, and the moves between its pools: pure functions from a trial to the next one.

``live``: a worker trains it now. ``stopped``: it waits, with a checkpoint, for capacity or its turn. ``dead``: the
search gave it up, but with its checkpoint it can be revived. ``done`` and ``failed`` are over.

A claim is numbered. Whatever a worker writes later it writes under its claim; where the study has a newer one (the
worker was taken for dead), the write is refused, so that no trial has two lives.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from models.tune.cost import NOTHING, Cost, total
from models.tune.space import Value

Pool = Literal["live", "stopped", "dead", "done", "failed"]
OPEN: tuple[Pool, ...] = ("live", "stopped", "dead")
STALLS = 3
"""So often may a trial end its worker without one epoch of progress before it counts as failed."""


@dataclass(frozen=True)
class Trial:
    """``scores[i]`` is the score after epoch ``start + 1 + i``; ``until`` the epoch that its present turn leads to.

    ``parent`` is the trial whose checkpoint it began from (epoch ``start``), ``member`` its line in a population.
    ``checkpoints`` are folder names, newest last, of ``size`` bytes
    each. ``origin`` says where the values came from. ``revived`` counts how
    often capacity that stood free took it out of the dead pool beyond what the search asked for.
    """

    uid: str
    values: Mapping[str, Value]
    pool: Pool = "stopped"
    start: int = 0
    until: int = 1
    scores: tuple[float, ...] = ()
    origin: str = "sampled"
    parent: str = ""
    member: int = -1
    worker: str = ""
    claim: int = 0
    stalls: int = 0
    revived: int = 0
    checkpoints: tuple[str, ...] = ()
    size: int = 0
    cost: Cost = NOTHING
    told: Mapping[str, float] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    trial_id: int = -1
    number: int = -1

    @property
    def epoch(self) -> int:
        """Epochs done, those of its forebears included."""
        return self.start + len(self.scores)

    @property
    def best(self) -> float:
        """Its highest score so far; -inf before the first."""
        return max(self.scores, default=float("-inf"))

    @property
    def best_epoch(self) -> int:
        return self.start + 1 + self.scores.index(self.best) if self.scores else self.start

    @property
    def last(self) -> float:
        return self.scores[-1] if self.scores else float("-inf")

    def best_by(self, epoch: int) -> float:
        """Its highest score up to an epoch."""
        return max(self.scores[: max(0, epoch - self.start)], default=float("-inf"))

    def to_json(self) -> dict[str, Any]:
        """What the study stores; ids of the storage are not part of it."""
        kept = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)[:-2]}
        return {**kept, "values": dict(self.values), "told": dict(self.told), "cost": list(self.cost)}


def from_json(stored: Mapping[str, Any], trial_id: int, number: int) -> Trial:
    lists = {k: tuple(stored[k]) for k in ("scores", "checkpoints", "notes")}
    return Trial(**{**stored, **lists, "cost": Cost(*stored["cost"]), "trial_id": trial_id, "number": number})


def claim(trial: Trial, worker: str, until: int) -> Trial:
    """stopped or dead -> live, for one worker."""
    return dataclasses.replace(trial, pool="live", worker=worker, until=until, claim=trial.claim + 1)


def progress(trial: Trial, scores: tuple[float, ...], told: Mapping[str, float], spent: Cost) -> Trial:
    """After some epochs of its turn; ``spent`` since the last word."""
    return dataclasses.replace(trial, scores=scores, told=told, cost=total((trial.cost, spent)), stalls=0)


def put_away(trial: Trial, pool: Pool) -> Trial:
    """live -> any other pool."""
    return dataclasses.replace(trial, pool=pool, worker="")


def orphaned(trial: Trial) -> Trial:
    """The worker of a live trial is gone: it waits for another one, or fails where it ends all of them."""
    stalls = trial.stalls + 1
    if stalls < STALLS:
        said = f"worker {trial.worker} ended at epoch {trial.epoch}; taken up from the last checkpoint"
        return noted(dataclasses.replace(trial, pool="stopped", worker="", stalls=stalls), said)
    said = f"failed: {stalls} workers ended without a word after epoch {trial.epoch} (out of memory?)"
    return noted(dataclasses.replace(trial, pool="failed", worker="", stalls=stalls), said)


def noted(trial: Trial, said: str) -> Trial:
    return dataclasses.replace(trial, notes=(*trial.notes, said))
