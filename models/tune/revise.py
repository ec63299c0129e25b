"""Revisions of a running study's space: expand (a parameter, a wider range, more choices) and shrink (narrower, fixed).

A revision is a new Optuna study that begins with the earlier trials: a new parameter has its default in them, a
dropped one stands in their values as it was. Trials outside a narrower space stay behind, readable, in the revision
before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from models.tune.cost import total
from models.tune.space import Parameter, Space, SpaceError, Value, check, inside
from models.tune.study import Revision, Study
from models.tune.trial import Trial


def expand(space: Space, *parameters: Parameter) -> Space:
    """The space with parameters added, or put in place of narrower ones of the same name.

    Raises SpaceError where one takes a value away that was there.
    """
    for new in parameters:
        old = next((p for p in space if p.name == new.name), None)
        if old is not None and not contains(new, old):
            raise SpaceError(
                f"parameter {new.name!r}: {new.within()} does not contain {old.within()}; shrink it instead, or widen"
            )
        space = (*(p for p in space if p.name != new.name), new)
    return check(space)


def contains(outer: Parameter, inner: Parameter) -> bool:
    if bool(outer.choices) != bool(inner.choices):
        return False
    if inner.choices:
        return all(outer.holds(c) for c in inner.choices)
    return outer.bounds[0] <= inner.bounds[0] and inner.bounds[1] <= outer.bounds[1]


def narrow(
    space: Space, name: str, low: float | None = None, high: float | None = None, choices: tuple[Any, ...] = ()
) -> Space:
    """The space with one range or one set of choices made smaller; a default outside moves to the nearest value.

    Raises SpaceError for an unknown parameter, an empty range and one that is not within the old.
    """
    old = named(space, name)
    new = dataclasses.replace(
        old,
        low=old.low if low is None else low,
        high=old.high if high is None else high,
        choices=choices or old.choices,
    )
    if not contains(old, new):
        raise SpaceError(f"parameter {name!r}: {new.within()} is not within {old.within()}; expand it instead")
    if not new.holds(new.default):
        new = dataclasses.replace(new, default=new.choices[0] if new.choices else new.nearest(float(new.default)))
    return check(tuple(new if p.name == name else p for p in space))


def fix(space: Space, name: str, value: Any) -> tuple[Space, dict[str, Value]]:
    """(the space without one parameter, the value that it is held at from now on)."""
    old = named(space, name)
    if not old.holds(value):
        raise SpaceError(f"parameter {name!r}: {value!r} lies outside {old.within()}; choose one within")
    return check(tuple(p for p in space if p.name != name)), {name: value}


def named(space: Space, name: str) -> Parameter:
    found = next((p for p in space if p.name == name), None)
    if found is None:
        raise SpaceError(f"unknown parameter {name!r}; the space has {', '.join(p.name for p in space)}")
    return found


def apply(
    study: Study, space: Space, change: str, held: Mapping[str, Value] | None = None, declared: Space | None = None
) -> Revision:
    """Go on under another space; the caller holds the study's lock. Returns the revision, with what came along.

    A trial whose value differs from one that is newly held stays, to learn from, but is neither revived nor chosen.
    """
    head, trials = study.head, study.trials()
    held = {n: v for n, v in {**head.held, **(held or {})}.items() if n not in {p.name for p in space}}
    filled = [dataclasses.replace(t, values={**{p.name: p.default for p in space}, **t.values}) for t in trials]
    kept = [t for t in filled if inside(space, t.values)]
    left = [t for t in filled if not inside(space, t.values)]
    revision = dataclasses.replace(
        head,
        name=f"{head.problem}@{head.number + 1}",
        space=check(space),
        declared=declared or head.declared,
        held=held,
        number=head.number + 1,
        parent=head.name,
        change=change,
        born=max([head.born, *(int(t.uid[1:]) + 1 for t in trials)]),
        kept=len(kept),
        earlier=len(trials),
        retired=total([head.retired, *(t.cost for t in left)]),
    )
    study.revise(revision, [t if agrees(t, held) else retire(t) for t in kept])
    return study.head


def retire(trial: Trial) -> Trial:
    """A trial that is kept for what it tells; one in training comes to its end."""
    if trial.pool not in ("stopped", "dead"):
        return trial
    return dataclasses.replace(trial, pool="dead", checkpoints=())


def agrees(trial: Trial, held: Mapping[str, Value]) -> bool:
    """Whether a trial has the values that are held; only such a trial can win."""
    return all(trial.values.get(n) == v for n, v in held.items())


def follow_config(study: Study, declared: Space) -> None:
    """Take in a space that was edited beside its config since the study began; what was shrunk is open again."""
    with study.lock():
        before = {p.name: p for p in study.head.declared}
        if declared != study.head.declared:
            changed = [p.name for p in declared if before.get(p.name) != p]
            gone = sorted(set(before) - {p.name for p in declared})
            said = "; ".join([*(f"{n} as declared" for n in changed), *(f"{n} not searched any more" for n in gone)])
            held = {n: before[n].default for n in gone}
            apply(study, declared, f"the space beside the config changed: {said}", held, declared)
