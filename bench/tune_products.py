"""The tuner on the chatbot and on ad clicks of the smallest simulated world: epochs against 64 random trials.

Each trial builds a network of its own, which takes seconds: the area takes an hour or more on two cores.
"""

from __future__ import annotations

import multiprocessing
import os
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.lakes import naru, scratch
from bench.row import Row
from bench.search import shares
from bench.tune import SEEDS, share_rows
from config.settings import PROJECT, load
from models.tune import agent, product
from models.tune.session import Problem

DS, EPOCHS = "2026-11-01", 9
STAGES = {"chatbot": ("land_corpus",), "ctr": ("land_clicks", "aggregate_impressions")}


def rows(_data: Path) -> Iterator[Row]:
    overlay = (PROJECT / "config" / "tiny.toml").read_text(encoding="utf-8")
    with scratch() as lake:
        for name in dict.fromkeys(stage for stages in STAGES.values() for stage in stages):
            naru(lake, "stage", name, "--ds", DS, config=overlay)
        spawn = multiprocessing.get_context("spawn")
        for name in STAGES:
            with agent.one_thread(), ProcessPoolExecutor(os.cpu_count(), spawn, max_tasks_per_child=1) as pool:
                found = list(pool.map(one_seed, [(name, lake.root, seed) for seed in SEEDS]))
            yield from share_rows("tune_products", name, found)


def one_seed(asked: tuple[str, str, int]) -> dict[str, float]:
    """Share of the random epochs that each search needs, on one seed; runs in a process of its own."""
    name, root, seed = asked
    return shares(opened(name, root, seed), seed)


def opened(name: str, root: str, seed: int) -> Problem:
    """The product's problem on the small world, with a new start of the networks for every seed."""
    import pipeline

    tiny: dict[str, Any] = tomllib.loads((PROJECT / "config" / "tiny.toml").read_text(encoding="utf-8"))
    tiny[name]["epochs"] = EPOCHS
    task = pipeline.open_task(f"{name}_tune", DS, load(root, tiny))
    return replace(product.problem_of(task), seed=seed)
