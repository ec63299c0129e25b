"""How many epochs a search needs until it has what 64 random trials find, each trained to its end."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from models.tune.cost import Budget
from models.tune.plan import Plan
from models.tune.sampling import sample
from models.tune.session import Problem, Session
from models.tune.study import open_study
from models.tune.training import best_score
from models.tune.worker import Worker

RANDOM = 64
MOST = 0.5
"""A search that needs a greater share of the random epochs is not followed further."""


@dataclasses.dataclass
class Watch:
    """Counts every epoch that is really trained, whoever asked for it; ``reached`` is the count when ``target`` was."""

    target: float = math.inf
    epochs: int = 0
    best: float = -math.inf
    reached: int = 0

    def saw(self, score: float) -> None:
        self.epochs += 1
        self.best = max(self.best, score)
        if not self.reached and self.best >= self.target:
            self.reached = self.epochs


class Watched:
    """A session under watch."""

    def __init__(self, session: Session, watch: Watch) -> None:
        self.session, self.watch = session, watch

    @property
    def epoch(self) -> int:
        return self.session.epoch

    def advance(self) -> dict[str, float]:
        told = self.session.advance()
        self.watch.saw(told["score"])
        return told

    def save(self, folder: Path) -> None:
        self.session.save(folder)

    def load(self, folder: Path) -> None:
        self.session.load(folder)


def watched(problem: Problem, watch: Watch) -> Problem:
    def open_(values: Mapping[str, Any], seed: int) -> Any:
        return Watched(problem.open(values, seed), watch)

    return dataclasses.replace(problem, open=open_)


def random_score(problem: Problem, seed: int, place: int) -> float:
    """The best epoch of one random trial that is trained to its end."""
    return best_score(problem.open(sample("random", (), problem.space, seed, place), problem.seed), problem.epochs)


def best_of_random(problem: Problem, seed: int) -> float:
    """The mark to reach."""
    return max(random_score(problem, seed, place) for place in range(RANDOM))


def needed(problem: Problem, plan: Plan, target: float, most: int) -> int:
    """Epochs until a search reaches ``target``; ``most`` where so many do not."""
    watch = Watch(target)
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        study = open_study(Path(folder), problem)
        over: Callable[[], bool] = lambda: bool(watch.reached) or watch.epochs >= most  # noqa: E731
        Worker(study, watched(problem, watch), plan, "bench", over).run()
    return watch.reached or most


def plans(seed: int, epochs: int) -> dict[str, Plan]:
    """The searches side by side, with the epochs of 64 random trials as their budget."""
    plan = Plan(budget=Budget(epochs=epochs), seed=seed, report_s=60.0, save_s=60.0, keep_open=32)
    return {
        "stop_and_go": plan,
        "tpe_asha": dataclasses.replace(plan, method="asha"),
        "pbt": dataclasses.replace(plan, method="population", members=16, interval=3),
    }


def shares(problem: Problem, seed: int, target: float, most: float = MOST) -> dict[str, float]:
    """Which share of the epochs of 64 random trials each search needs to reach ``target``; at most ``most``."""
    full = RANDOM * problem.epochs
    return {name: needed(problem, plan, target, int(most * full)) / full for name, plan in plans(seed, full).items()}
