"""A product as a tuning problem: the day's inputs and settings as one text, from which any worker opens it again."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.lake import Lake
from config.settings import PROJECT, Settings
from config.task import BadInput, Skip, Task
from models.tune.session import Problem, Source
from models.tune.settings import TuneConfig
from models.tune.space import Space, Value, inside
from models.tune.tuned import newest


def key(task: Task) -> str:
    """Changes when the rows or the settings do that a study's scores depend on; its own earlier result does not."""
    read = [
        (name, p.ds, p.manifest()["content"])
        for name, parts in sorted(task.inputs.items())
        for p in parts
        if p.dataset.layer != "tuned"
    ]
    text = json.dumps([read, dict(task.settings.sections.get(task.product, {}))], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def studies(settings: Settings, product: str) -> Path:
    """Where the studies of a product lie: a folder that all workers share."""
    chosen = settings.section("tune", TuneConfig).folder
    if chosen:
        return Path(chosen).expanduser() / product
    if Lake(settings.root).local:
        return Path(settings.root) / "studies" / product
    return PROJECT / "var" / "studies" / hashlib.sha256(settings.root.encode()).hexdigest()[:12] / product


def study_name(task: Task) -> str:
    return f"{task.product} {task.ds} {key(task)}"


def study_folder(task: Task) -> Path:
    return studies(task.settings, task.product) / f"ds={task.ds}-{key(task)}"


def source(task: Task) -> Source:
    """The problem for a worker in another process."""
    told = {
        "product": task.product,
        "ds": task.ds,
        "root": task.settings.root,
        "environment": task.settings.environment,
        "section": dict(task.settings.sections.get(task.product, {})),
        "inputs": {name: [p.ds for p in parts] for name, parts in task.inputs.items()},
        "key": key(task),
    }
    return Source(f"{__name__}:problem", json.dumps(told))


def problem(argument: str) -> Problem:
    """The problem of ``source``; raises BadInput where the lake no longer holds the rows that it was made of."""
    told = json.loads(argument)
    lake = Lake(told["root"])
    inputs = {name: [lake.partition(name, ds) for ds in days] for name, days in told["inputs"].items()}
    settings = Settings(told["root"], told["environment"], {told["product"]: told["section"]})
    task = Task(f"{told['product']}_tune", told["ds"], settings, lake, inputs, {}, told["product"])
    if key(task) != told["key"]:
        raise BadInput(f"the inputs of {task.stage} on {task.ds} changed while it ran; run it again")
    try:
        return problem_of(task)
    except Skip as skip:
        raise BadInput(f"{task.product} cannot be tuned on {task.ds}: {skip}") from skip


def problem_of(task: Task) -> Problem:
    """``problem`` of the product's train module, under the name of the study."""
    made: Problem = importlib.import_module(f"models.{task.product}.train").problem(task)
    return dataclasses.replace(made, name=study_name(task))


def incumbent(task: Task, space: Space) -> dict[str, Value]:
    """The values that training takes without a new tuning: the last tuned ones, else those of the settings."""
    base: dict[str, Value] = {p.name: p.default for p in space}
    found = newest(task)
    if found is None or any(base.get(n, v) != v for n, v in found.settings.items()):
        return base
    return base | {n: v for n, v in found.values.items() if n in base}


def released(lake: Lake, product: str, space: Space) -> dict[str, Value]:
    """The values that the release in service was trained with; {} before the first release."""
    pointer = lake.read_json(f"releases/{product}/current") or {}
    manifest = (
        lake.read_json(f"releases/{product}/{pointer['current']}/manifest.json") if pointer.get("current") else {}
    )
    lineage = (manifest or {}).get("lineage", [])
    entry: Mapping[str, Any] = next((e for e in lineage if e["dataset"] == f"models/{product}"), {})
    if not entry:
        return {}
    known = {**(entry.get("config") or {}).get(product, {}), **(entry["notes"].get("config") or {}).get("values", {})}
    return {p.name: known.get(p.name, p.default) for p in space}


def warm(task: Task, space: Space) -> list[dict[str, Value]]:
    """What the search begins with, each config once: the incumbent's, then that of the release in service."""
    found: list[dict[str, Value]] = []
    for values in (incumbent(task, space), released(task.lake, task.product, space)):
        if values and values not in found and inside(space, values):
            found.append(values)
    return found
