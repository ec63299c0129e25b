"""Changes of a space as a person types them: ``dropout=0.0..0.5``, ``rate=1e-4..1e-2:log``, ``context=gru|lstm``."""

from __future__ import annotations

import dataclasses
from typing import Any

from models.tune.revise import expand, fix, named, narrow
from models.tune.space import Parameter, Space, SpaceError, Value

EXAMPLE = "write name=low..high, name=low..high:log, name=a|b or, to fix one, name=value"


def parse(text: str) -> tuple[str, tuple[float, float] | None, tuple[Value, ...], bool]:
    """(name, range or None, choices, whether the scale is logarithmic); raises SpaceError for anything else."""
    name, equals, rest = (part.strip() for part in text.partition("="))
    if not (name and equals and rest):
        raise SpaceError(f"{text!r} changes no parameter: {EXAMPLE}")
    bounds, colon, scale = rest.partition(":")
    low, dots, high = bounds.partition("..")
    if not dots:
        return name, None, tuple(value_of(v) for v in rest.split("|")), False
    if colon and scale not in ("log", "linear"):
        raise SpaceError(f"{text!r}: no scale {scale!r}; use log or linear")
    try:
        return name, (float(low), float(high)), (), scale == "log"
    except ValueError as error:
        raise SpaceError(f"{text!r}: {low!r} to {high!r} is no range of numbers; {EXAMPLE}") from error


def value_of(text: str) -> Value:
    """A whole number, a number, true or false, else the text."""
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def expanded(space: Space, text: str, config: Any = None) -> Space:
    """The space with one parameter wider, or a new one of the config's fields."""
    name, bounds, choices, log = parse(text)
    if bounds is not None and bounds[0] > bounds[1]:
        raise SpaceError(
            f"parameter {name!r}: the range {bounds[0]:g} to {bounds[1]:g} is empty; low must not exceed high"
        )
    old = next((p for p in space if p.name == name), None)
    if old is None:
        return expand(space, added(space, name, bounds, choices, log, config))
    if old.choices:
        return expand(
            space, dataclasses.replace(old, choices=(*old.choices, *(c for c in choices if c not in old.choices)))
        )
    if bounds is None:
        raise SpaceError(f"parameter {name!r} is a range, {old.within()}; {EXAMPLE}")
    return expand(space, dataclasses.replace(old, low=bounds[0], high=bounds[1]))


def added(
    space: Space, name: str, bounds: tuple[float, float] | None, choices: tuple[Value, ...], log: bool, config: Any
) -> Parameter:
    """A parameter that was not searched: its default is what the config says."""
    fields = [f.name for f in dataclasses.fields(config)] if config is not None else []
    if name not in fields:
        known = sorted({*fields, *(p.name for p in space)})
        raise SpaceError(
            f"unknown parameter {name!r}: {type(config).__name__} has no such field; it has {', '.join(known)}"
        )
    default = getattr(config, name)
    if bounds is None:
        return Parameter(name, default, choices=choices)
    return Parameter(name, default, bounds[0], bounds[1], scale="log" if log else "linear", whole=type(default) is int)


def shrunk(space: Space, text: str) -> tuple[Space, dict[str, Value]]:
    """(the space with one parameter narrower or gone, the value that it is held at if it is)."""
    name, bounds, choices, _ = parse(text)
    old = named(space, name)
    if bounds is not None:
        if bounds[0] > bounds[1]:
            raise SpaceError(
                f"parameter {name!r}: the range {bounds[0]:g} to {bounds[1]:g} is empty; low must not exceed high"
            )
        return narrow(space, name, *bounds), {}
    if len(choices) > 1:
        return narrow(space, name, choices=choices), {}
    value = float(choices[0]) if old.numeric and not old.whole and isinstance(choices[0], int) else choices[0]
    return fix(space, name, value)
