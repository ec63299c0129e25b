"""The tuner on the chatbot of the smallest simulated world and on clicks of MovieLens: epochs against 64 random trials.

Each trial builds a network of its own, which takes seconds: the area takes an hour or so on two cores. The random
trials, the same for all seeds but for which 64 of them a seed draws, are trained once. A search begins at a random
point, not at the product's defaults, which were found on such data.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.ads import RATINGS
from bench.lakes import naru, need, scratch
from bench.row import Row
from bench.search import RANDOM, random_score, shares
from bench.tune import SEEDS, share_rows
from config.lake import Lake
from config.settings import PROJECT, load
from models.tune import agent, product
from models.tune.sampling import sample
from models.tune.session import Problem

DS = "2026-11-01"
PRODUCTS = ("ctr", "chatbot")
TINY = PROJECT / "config" / "tiny.toml"
EVERY = 8
POOL, CHUNK = 160, 16
MOST = 0.25


def rows(_data: Path) -> Iterator[Row]:
    with scratch() as lake:
        land(lake)
        spawn = multiprocessing.get_context("spawn")
        for name in PRODUCTS:
            with agent.one_thread(), ProcessPoolExecutor(os.cpu_count(), spawn, max_tasks_per_child=1) as pool:
                yield from share_rows("tune_products", name, side_by_side(name, lake.root, pool))


def land(lake: Lake) -> None:
    """Dialogues of the smallest world, and every eighth rating."""
    naru(lake, "stage", "land_corpus", "--ds", DS, config=TINY.read_text(encoding="utf-8"))
    few = Path(lake.base, RATINGS.name)
    shutil.copytree(need(RATINGS), few)
    ratings = few / f"{RATINGS.name}.inter"
    head, *lines = ratings.read_text(encoding="utf-8").splitlines()
    ratings.write_text("\n".join([head, *lines[::EVERY]]) + "\n", encoding="utf-8")
    naru(lake, "import", "movielens", str(few), "--ds", DS)
    naru(lake, "stage", "aggregate_impressions", "--ds", DS, "--source", "files")


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
    return shares(begun_anywhere(opened(name, root), seed), seed, target, MOST)


def begun_anywhere(problem: Problem, seed: int) -> Problem:
    """The problem with a random point, which no random trial has, in the place of its defaults."""
    drawn = sample("random", (), problem.space, seed, POOL)
    return replace(problem, space=tuple(replace(p, default=drawn[p.name]) for p in problem.space))


def opened(name: str, root: str) -> Problem:
    """The product's problem, its epochs so short that no trial is perfect after the first ones."""
    import pipeline

    tiny = tomllib.loads(TINY.read_text(encoding="utf-8"))
    short: dict[str, Mapping[str, Any]] = {"chatbot": tiny["chatbot"] | {"epochs": 9, "steps": 8}, "ctr": {"epochs": 6}}
    task = pipeline.open_task(f"{name}_tune", DS, load(root, {name: short[name]}))
    return product.problem_of(task)
