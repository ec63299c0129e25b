"""The CPU seconds of one loop, and which part of it may use them until when."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

FIRST, SECOND, CLUSTERS, RIDGE = 0.35, 0.6, 0.72, 0.08
FLOPS = 3e10


@dataclass(frozen=True)
class Budget:
    """``seconds`` of this process from now on; 0 = no limit."""

    seconds: float
    clock: Callable[[], float] = time.process_time
    began: float = field(default_factory=time.process_time)

    def spent(self) -> float:
        return self.clock() - self.began

    def left(self, share: float, cost: float = 0.0) -> bool:
        """Whether less than ``share`` of the budget is used up, and will be after ``cost`` seconds more."""
        return not self.seconds or self.spent() + cost < share * self.seconds

    def spend(self, epochs: Iterable[int], share: float) -> Iterator[int]:
        """The epochs until ``share`` of the budget is used up, one at least."""
        for epoch in epochs:
            yield epoch
            if not self.left(share):
                return

    def ridge_questions(self, most: int, scenarios: int) -> int:
        """Up to how many questions, ``most`` at most, the linear classifier fits into its share.

        It costs questions^2 x (questions / 3 + 2 x scenarios) operations, questions^3 at most, at about ``FLOPS`` a
        second.
        """
        if not self.seconds:
            return most
        sizes = np.arange(0, most + 1, 50, dtype=np.float64)
        cost = sizes**2 * np.minimum(sizes / 3 + 2 * scenarios, sizes)
        return math.floor(sizes[cost <= RIDGE * self.seconds * FLOPS].max())
