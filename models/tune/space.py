"""A search space as data: what may vary, within which bounds, on which scale, and what holds where nothing is searched.

It stands beside the config that it belongs to and names that dataclass's own fields::

    SPACE = (
        Parameter("learning_rate", 1e-3, low=1e-4, high=1e-2, scale="log", live=True),
        Parameter("hidden", 64, low=16, high=256, scale="log", whole=True),
        Parameter("encoder", "gru", choices=("gru", "lstm")),
    )
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from config.task import BadInput

Value = float | int | str | bool


class SpaceError(BadInput):
    """A space, or values for it, that cannot be searched; the message names parameter and value and what to do."""


@dataclass(frozen=True)
class Parameter:
    """One thing that may vary: a range (``low`` to ``high``, both inclusive) or ``choices``.

    ``whole`` keeps to whole numbers. ``live`` says that a session in training can go on under another value (learning
    rate, dropout, loss weights), so that population-based training may change it; what shapes the network is not live.
    ``reach`` is the widest range that an automatic expansion may go to; without it a range is widened by hand only.
    """

    name: str
    default: Value
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False
    live: bool = False
    reach: tuple[float, float] | None = None

    @property
    def numeric(self) -> bool:
        return not self.choices

    @property
    def bounds(self) -> tuple[float, float]:
        """The range of a numeric parameter."""
        if self.low is None or self.high is None:
            raise SpaceError(f"parameter {self.name!r} has no range; it has {self.choices!r}")
        return self.low, self.high

    def holds(self, value: Any) -> bool:
        """Whether ``value`` lies in the parameter's range or among its choices."""
        if self.choices:
            return any(type(c) is type(value) and c == value for c in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        low, high = self.bounds
        return low <= value <= high and (not self.whole or float(value).is_integer())

    def nearest(self, value: float) -> float | int:
        """The value of the range that is nearest to a number."""
        low, high = self.bounds
        bounded = min(max(value, low), high)
        return round(bounded) if self.whole else bounded

    def within(self) -> str:
        """The range or the choices, in words."""
        return f"one of {', '.join(map(repr, self.choices))}" if self.choices else f"{self.low:g} to {self.high:g}"

    def to_json(self) -> dict[str, Any]:
        """Every field that differs from its default."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        absent = {f.name: f.default for f in dataclasses.fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items() if v != absent[k]}


Space = tuple[Parameter, ...]


def from_json(rows: Sequence[Mapping[str, Any]]) -> Space:
    """The inverse of ``Parameter.to_json``, a row a parameter."""
    plain: list[dict[str, Any]] = [{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows]
    return tuple(Parameter(**row) for row in plain)


def defaults(space: Space) -> dict[str, Value]:
    return {p.name: p.default for p in space}


def check(space: Space, config_class: type | None = None) -> Space:
    """The space itself, once it is sound; ``config_class`` is the dataclass whose fields it may name.

    Raises SpaceError for an unknown or repeated parameter, an empty range and a default outside it.
    """
    if not space:
        raise SpaceError("the search space is empty: name at least one Parameter, or leave tuning off")
    names = [p.name for p in space]
    for name in names:
        if names.count(name) > 1:
            raise SpaceError(f"parameter {name!r} stands {names.count(name)} times in the space; keep one")
    if config_class is not None:
        known = sorted(f.name for f in dataclasses.fields(config_class))
        if unknown := sorted(set(names) - set(known)):
            raise SpaceError(
                f"unknown parameter {', '.join(map(repr, unknown))}: {config_class.__name__} has no such field; "
                f"correct the name or add the field (it has {', '.join(known)})"
            )
    for parameter in space:
        check_parameter(parameter)
    return space


def check_parameter(p: Parameter) -> None:
    """Raises SpaceError where no value can be drawn from ``p`` or its default is not one of them."""
    if p.choices:
        check_choices(p)
    else:
        check_range(p)
    if not p.holds(p.default):
        raise SpaceError(
            f"parameter {p.name!r}: the default {p.default!r} lies outside {p.within()}; widen it or change the default"
        )


def check_choices(p: Parameter) -> None:
    if p.low is not None or p.high is not None:
        raise SpaceError(f"parameter {p.name!r} has both choices and a range; keep one of them")
    if wrong := [c for c in p.choices if not isinstance(c, str | int | float | bool)]:
        raise SpaceError(f"parameter {p.name!r}: choice {wrong[0]!r} is no text, number or truth value; use one")
    if len({(type(c), c) for c in p.choices}) < len(p.choices):
        raise SpaceError(f"parameter {p.name!r} has a choice twice in {p.choices!r}; keep each once")


def check_range(p: Parameter) -> None:
    if p.low is None or p.high is None:
        raise SpaceError(f"parameter {p.name!r} has neither choices nor both of low and high; give one of them")
    if not (math.isfinite(p.low) and math.isfinite(p.high)) or p.low > p.high:
        raise SpaceError(f"parameter {p.name!r}: the range {p.low!r} to {p.high!r} is empty; low must not exceed high")
    if p.scale not in ("linear", "log"):
        raise SpaceError(f"parameter {p.name!r}: no scale {p.scale!r}; use 'linear' or 'log'")
    if p.scale == "log" and p.low <= 0:
        raise SpaceError(f"parameter {p.name!r}: a log scale needs low above 0, not {p.low!r}; raise it or use linear")
    if p.whole and not (float(p.low).is_integer() and float(p.high).is_integer()):
        raise SpaceError(f"parameter {p.name!r} is whole, but its range is {p.low!r} to {p.high!r}; use whole bounds")
    if p.reach is not None and not (len(p.reach) == 2 and p.reach[0] <= p.low and p.high <= p.reach[1]):
        raise SpaceError(f"parameter {p.name!r}: reach {p.reach!r} does not contain {p.low!r} to {p.high!r}; widen it")


def check_values(space: Space, values: Mapping[str, Any]) -> dict[str, Value]:
    """Values for every parameter: defaults filled in, whole numbers as ints; raises SpaceError for what is outside."""
    known = {p.name: p for p in space}
    if unknown := sorted(set(values) - set(known)):
        raise SpaceError(f"unknown parameter {', '.join(map(repr, unknown))}; the space has {', '.join(known)}")
    for name, value in values.items():
        if not known[name].holds(value):
            raise SpaceError(f"parameter {name!r}: {value!r} lies outside {known[name].within()}; choose one within")
    filled = {**defaults(space), **values}
    return {n: int(v) if known[n].numeric and known[n].whole else v for n, v in filled.items()}


def inside(space: Space, values: Mapping[str, Any]) -> bool:
    """Whether every parameter of the space has a value that it holds."""
    return all(p.name in values and p.holds(values[p.name]) for p in space)
