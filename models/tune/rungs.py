"""Stop-and-go over rungs: asynchronous successive halving by promotion (Li et al. 2020, "A System for Massively
Parallel Hyperparameter Tuning").

Optuna's pruner has to say at a rung, once and for all, whether a trial goes on, since it cannot put one away. Here a
trial always stops at its rung, with a checkpoint, and is taken up again when it belongs to the best ``1 / factor`` of
all that came that far, be it at once or after many others fell short.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from models.tune.trial import Trial


def rungs(first: int, factor: int, epochs: int) -> tuple[int, ...]:
    """The epochs at which trials are compared: first, first * factor, ..., and the last epoch."""
    found = []
    step = first
    while step < epochs:
        found.append(step)
        step *= factor
    return (*found, epochs)


def promotable(trials: Sequence[Trial], steps: Sequence[int], factor: int) -> tuple[Trial, int] | None:
    """(the trial to go on with, the epoch to go to): the best one of the highest rung that has room above it."""
    for step, following in reversed(list(itertools.pairwise(steps))):
        there = [t for t in trials if t.epoch >= step and t.pool != "failed"]
        ranked = sorted(there, key=lambda t: (-t.best_by(step), t.uid))
        for trial in ranked[: len(ranked) // factor]:
            if trial.pool == "dead" and trial.checkpoints and trial.epoch < following:
                return trial, following
    return None
