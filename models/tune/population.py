"""Population-based training (Jaderberg et al. 2017), asynchronous, with any number of workers.

A member is a line of trials: where it falls behind, its trial dies and a child goes on in its place from the checkpoint
of a better member, under values changed a little. Each trial thus keeps one set of values, and ``parent`` and ``start``
make the tree.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from models.tune.space import Parameter, Space, Value
from models.tune.trial import Trial

QUANTILE = 0.25
REDRAW = 0.25
FACTORS = (0.8, 1.25)


def members(trials: Sequence[Trial]) -> dict[int, Trial]:
    """The newest trial of every member."""
    return {t.member: t for t in trials if t.member >= 0}


def behind(population: Mapping[int, Trial], epochs: int) -> Trial | None:
    """Whose turn it is: of those that wait, the one with the fewest epochs."""
    waiting = [t for t in population.values() if t.pool == "stopped" and t.epoch < epochs]
    return min(waiting, key=lambda t: (t.epoch, t.member), default=None)


def exploit(trial: Trial, population: Mapping[int, Trial], seed: int) -> Trial | None:
    """The member to copy: one of the best quarter where ``trial`` is in the worst, by the score at its epoch.

    Only those count that came that far; None where it may go on as it is.
    """
    if not trial.scores:
        return None
    peers = [t for t in population.values() if t.epoch >= trial.epoch and t.pool != "failed"]
    ranked = sorted(peers, key=lambda t: (-score_at(t, trial.epoch), t.member))
    share = int(len(ranked) * QUANTILE)
    best = [t for t in ranked[:share] if t.checkpoints]
    return random.Random(seed).choice(best) if best and trial in ranked[len(ranked) - share :] else None


def score_at(trial: Trial, epoch: int) -> float:
    """The score after an epoch; that of its first epoch where its own line begins later."""
    return trial.scores[max(0, epoch - trial.start - 1)] if trial.scores else float("-inf")


def explore(parent: Mapping[str, Value], space: Space, seed: int) -> dict[str, Any]:
    """The parent's values, those of live parameters changed: now and then drawn anew, else moved by a fifth.

    What is not in the space any more comes from the parent as it is.
    """
    rng = random.Random(seed)
    return {**parent, **{p.name: perturb(p, parent[p.name], rng) for p in space if p.live}}


def perturb(p: Parameter, value: Any, rng: random.Random) -> Any:
    if p.choices:
        return rng.choice(p.choices) if rng.random() < REDRAW else value
    low, high = p.bounds
    if rng.random() < REDRAW:
        drawn = low * (high / low) ** rng.random() if p.scale == "log" else rng.uniform(low, high)
    elif p.scale == "log":
        drawn = value * rng.choice(FACTORS)
    else:
        drawn = value + rng.choice((-1, 1)) * 0.2 * (high - low) / 2
    bounded = min(max(drawn, low), high)
    return round(bounded) if p.whole else float(bounded)


def tree(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """A row a trial for drawing: uid, parent ("" for a root), member, start and end epoch, best score, pool, values."""
    return [
        {
            "uid": t.uid,
            "parent": t.parent,
            "member": t.member,
            "start": t.start,
            "epoch": t.epoch,
            "score": t.best if t.scores else None,
            "pool": t.pool,
            "values": dict(t.values),
        }
        for t in trials
    ]
