"""What a trial cost, and what a study may cost."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from config.task import BadInput


class Cost(NamedTuple):
    """Epochs really trained (those lost with a worker and trained again count again as far as they are known),
    seconds of CPU and of wall clock in training, and seconds of wall clock that the agent itself took."""

    epochs: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    agent_s: float = 0.0


NOTHING = Cost()


def total(costs: Iterable[Cost]) -> Cost:
    costs = list(costs)
    seconds = ((c.cpu_s, c.wall_s, c.agent_s) for c in costs)
    sums = [round(sum(column), 6) for column in zip(*seconds, strict=True)] or [0.0, 0.0, 0.0]
    return Cost(sum(c.epochs for c in costs), *sums)


class Meter:
    """Splits the time of one worker into training and all else."""

    def __init__(self) -> None:
        self._cost = NOTHING
        self._mark = time.perf_counter()
        self._cpu = 0.0
        self._wall = 0.0

    def begin(self) -> None:
        """What follows is training."""
        now = time.perf_counter()
        self._cost = total((self._cost, Cost(agent_s=now - self._mark)))
        self._mark, self._cpu = now, time.process_time()

    def end(self, epochs: int) -> None:
        """What went before was training of so many epochs (0: opening a session)."""
        now = time.perf_counter()
        spent = Cost(epochs, time.process_time() - self._cpu, now - self._mark)
        self._cost, self._mark = total((self._cost, spent)), now

    def take(self) -> Cost:
        """Everything since the last time it was asked."""
        now = time.perf_counter()
        taken = total((self._cost, Cost(agent_s=now - self._mark)))
        self._cost, self._mark = NOTHING, now
        return taken

    def idle(self) -> None:
        """Forget the time since the last mark: the worker waited."""
        self._mark = time.perf_counter()


@dataclass(frozen=True)
class Budget:
    """Most trials, epochs and seconds of training of a whole study; 0 sets no limit."""

    trials: int = 0
    epochs: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if min(self.trials, self.epochs, self.seconds) < 0 or not (self.trials or self.epochs or self.seconds):
            raise BadInput(f"{self}: a study needs a budget above 0 in trials, epochs or seconds")

    def left(self, spent: Cost) -> float:
        """Epochs that may still be trained; inf without a limit."""
        return self.epochs - spent.epochs if self.epochs else math.inf

    def over(self, spent: Cost) -> bool:
        """Whether no epoch may be trained any more."""
        return bool((self.epochs and spent.epochs >= self.epochs) or (self.seconds and spent.wall_s >= self.seconds))
