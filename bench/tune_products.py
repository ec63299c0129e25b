"""The tuner on the chatbot and on ad clicks of the smallest simulated world: epochs against 64 random trials.

Each trial builds a network of its own, which takes seconds: the area takes an hour or more on two cores. The random
trials, the same for all seeds but for which 64 of them a seed draws, are trained once.
"""

from __future__ import annotations

import multiprocessing
import os
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.lakes import naru, scratch
from bench.row import Row
from bench.search import RANDOM, random_score, shares
from bench.tune import SEEDS, share_rows
from config.settings import PROJECT, load
from models.tune import agent, product
from models.tune.session import Problem

DS = "2026-11-01"
STAGES = {"chatbot": ("land_corpus",), "ctr": ("land_clicks", "aggregate_impressions")}
SHORT: dict[str, dict[str, Any]] = {"chatbot": {"epochs": 9, "steps": 8}, "ctr": {"epochs": 9}}
"""Epochs so short that no trial is perfect after the first ones."""
POOL, CHUNK = 160, 16
MOST = 0.3


def rows(_data: Path) -> Iterator[Row]:
    overlay = (PROJECT / "config" / "tiny.toml").read_text(encoding="utf-8")
    with scratch() as lake:
        for name in dict.fromkeys(stage for stages in STAGES.values() for stage in stages):
            naru(lake, "stage", name, "--ds", DS, config=overlay)
        spawn = multiprocessing.get_context("spawn")
        for name in STAGES:
            with agent.one_thread(), ProcessPoolExecutor(os.cpu_count(), spawn, max_tasks_per_child=1) as pool:
                yield from share_rows("tune_products", name, side_by_side(name, lake.root, pool))


def side_by_side(name: str, root: str, pool: Executor) -> list[dict[str, float]]:
    """Share of the random epochs that each search needs, an entry a seed."""
    chunks = [range(start, start + CHUNK) for start in range(0, POOL, CHUNK)]
    scores = [score for chunk in pool.map(partial(random_scores, name, root), chunks) for score in chunk]
    marks = [mark(scores, seed) for seed in SEEDS]
    return list(pool.map(partial(one_seed, name, root), SEEDS, marks))


def mark(scores: Sequence[float], seed: int) -> float:
    """The best of the 64 random trials that a seed draws."""
    return max(np.random.default_rng(seed).choice(scores, RANDOM, replace=False).tolist())


def random_scores(name: str, root: str, places: Sequence[int]) -> list[float]:
    problem = opened(name, root)
    return [random_score(problem, problem.seed, place) for place in places]


def one_seed(name: str, root: str, seed: int, target: float) -> dict[str, float]:
    return shares(opened(name, root), seed, target, MOST)


def opened(name: str, root: str) -> Problem:
    """The product's problem on the small world."""
    import pipeline

    tiny: dict[str, Any] = tomllib.loads((PROJECT / "config" / "tiny.toml").read_text(encoding="utf-8"))
    tiny[name] |= SHORT[name]
    task = pipeline.open_task(f"{name}_tune", DS, load(root, tiny))
    return product.problem_of(task)
