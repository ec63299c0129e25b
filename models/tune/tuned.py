"""What tuning hands to training: the config that passed the gate, and where a config came from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from config.settings import build
from config.task import BadInput, Task
from models.tune.space import Space, Value, check

VALUES = "values.json"
T = TypeVar("T")


@dataclass(frozen=True)
class Tuned:
    """``values`` stand in place of the settings that were searched, which were ``settings`` then; ``ds`` is the day of
    the tuning, ``study`` its name and revision."""

    values: Mapping[str, Value]
    settings: Mapping[str, Value]
    ds: str
    study: str


def newest(task: Task) -> Tuned | None:
    """The config that the last tuning chose; None where there was none, or where the settings stayed."""
    parts = task.inputs.get(f"tuned/{task.product}", [])
    if not parts or VALUES not in parts[-1].manifest()["files"]:
        return None
    path = parts[-1].paths()[VALUES]
    try:
        return Tuned(**json.loads(parts[-1].lake.fs.cat_file(path)))
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path} holds no tuned config ({error}); run {task.product}_tune again") from error


def configured(task: Task, cls: type[T]) -> T:
    """The product's section of the settings, with the tuned values in place of what they were searched for.

    A setting that was changed by hand since the tuning wins: the tuned values, which were found beside the old one, are
    then left out altogether. Where the values come from is noted with the model.
    """
    config = task.settings.section(task.product, cls)
    found = newest(task)
    values: dict[str, Any] = {}
    origin = "settings"
    if found is not None:
        moved = [n for n, v in found.settings.items() if getattr(config, n, None) != v]
        if moved:
            origin = f"settings: {', '.join(moved)} changed since the tuning of {found.ds}"
        else:
            values, origin = dict(found.values), f"tuned on {found.ds}, {found.study}"
    config = build(cls, {**dataclasses.asdict(config), **values}, task.product)  # type: ignore[call-overload]
    task.note(f"models/{task.product}", config={"from": origin, "values": values})
    return config


def around(space: Space, config: Any) -> Space:
    """The space with a config's own values as defaults; a range that one lies outside of is widened to it.

    Raises SpaceError for a parameter that the config does not have, or whose value it cannot take in.
    """
    check(space, type(config))
    made = []
    for p in space:
        value = getattr(config, p.name)
        if p.choices:
            choices = p.choices if value in p.choices else (*p.choices, value)
            made.append(dataclasses.replace(p, default=value, choices=choices))
        else:
            assert p.low is not None and p.high is not None
            made.append(dataclasses.replace(p, default=value, low=min(p.low, value), high=max(p.high, value)))
    return check(tuple(made))


def with_values(config: T, values: Mapping[str, Any]) -> T:
    """A config with some fields replaced by tuned values, checked as settings are."""
    return build(type(config), {**dataclasses.asdict(config), **values}, type(config).__name__)  # type: ignore[call-overload]
