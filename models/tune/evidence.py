"""What the trials say of their space: which parameter does not matter, where good values lie, what is too narrow."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from models.tune.revise import apply, fix
from models.tune.sampling import seed_of, view
from models.tune.space import Parameter, Space, Value, inside
from models.tune.study import Revision, Study
from models.tune.trial import Trial

LEAST_TRIALS = 8
"""Fewer trials with a score are no evidence."""
TOP = 0.25
"""The share of trials that counts as good."""
MARGIN = 0.25
"""A range is left so much of its width beyond the good values on either side."""
UNIMPORTANT = 0.02
"""A parameter that explains less of the variance is held."""
EDGE = 0.1
"""Good values so near to an edge, as a share of the width, say that the range is too narrow."""


def due(trials: Sequence[Trial], head: Revision, every: int, looked: int) -> bool:
    """Whether so many trials were begun since the last look that there is new evidence."""
    begun = max((int(t.uid[1:]) + 1 for t in trials), default=0)
    return begun - max(head.born, looked) >= every and sum(bool(t.scores) for t in trials) >= LEAST_TRIALS


def by_evidence(study: Study, trials: Sequence[Trial], seed: int) -> Revision | None:
    """Shrink and expand by what is known; None where it gives no reason to. The caller holds the lock."""
    space, held, said = evidence(trials, study.head.space, seed)
    return apply(study, space, "; ".join(said), held) if said else None


def evidence(trials: Sequence[Trial], space: Space, seed: int) -> tuple[Space, dict[str, Value], list[str]]:
    """(the space to go on with, values newly held, what was done in words), from all trials with a score."""
    known = sorted((t for t in trials if t.scores and inside(space, t.values)), key=lambda t: (-t.best, t.uid))
    if len(known) < LEAST_TRIALS:
        return space, {}, []
    top = known[: max(3, round(len(known) * TOP))]
    held: dict[str, Value] = {}
    said = []
    for name, share in sorted(importances(known, space, seed).items(), key=lambda item: item[1]):
        if share >= UNIMPORTANT or len(space) <= 2:
            break
        space, now = fix(space, name, top[0].values[name])
        held |= now
        said.append(f"{name} held at {top[0].values[name]!r} (importance {share:.3f})")
    bounded = tuple(bound(p, [t.values[p.name] for t in top]) if p.numeric else p for p in space)
    said += [
        f"{new.name} {old.within()} -> {new.within()}" for old, new in zip(space, bounded, strict=True) if new != old
    ]
    return bounded, held, said


def importances(trials: Sequence[Trial], space: Space, seed: int) -> dict[str, float]:
    """Share of the variance of the best score that each parameter explains (fANOVA)."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    if len({t.best for t in trials}) < 2:
        return {}
    study = view([dataclasses.replace(t, pool="done") for t in trials], space)
    return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed_of(seed, len(trials))))


def bound(p: Parameter, values: Sequence[Any]) -> Parameter:
    """The range around where the best trials lie; wider where they crowd at an edge that ``reach`` lets it cross."""
    to = math.log if p.scale == "log" else float
    back = math.exp if p.scale == "log" else float
    low, high = map(to, p.bounds)
    width, placed = high - low, sorted(to(v) for v in values)
    if not width:
        return p
    middle = (placed[len(placed) // 2] - low) / width
    new_low, new_high = max(low, placed[0] - MARGIN * width), min(high, placed[-1] + MARGIN * width)
    if p.reach is not None and middle < EDGE:
        new_low = max(to(p.reach[0]) if p.reach[0] > 0 or p.scale == "linear" else low, low - width / 2)
    if p.reach is not None and middle > 1 - EDGE:
        new_high = min(to(p.reach[1]), high + width / 2)
    bounds = [
        b if edge == new else back(new) for b, edge, new in ((p.bounds[0], low, new_low), (p.bounds[1], high, new_high))
    ]
    if p.whole:
        bounds = [math.floor(bounds[0] + 1e-9), math.ceil(bounds[1] - 1e-9)]
    new = dataclasses.replace(p, low=bounds[0], high=bounds[1])
    return dataclasses.replace(new, default=new.nearest(float(p.default)))
