"""What can be tuned: a problem opens sessions, a session trains one epoch at a time and can be put away at any epoch.

A worker in another process, maybe on another machine, finds a problem by its ``Source``: the name of a function
(``module:function``) and the one text that it takes (a folder with the data, say).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from config.task import BadInput
from models.tune.space import Space, check


class Session(Protocol):
    """One training run under given values."""

    epoch: int
    """Epochs done."""

    def advance(self) -> dict[str, float]:
        """Train one epoch; returns ``score`` on held-out data, higher is better, and whatever else is worth telling."""
        ...

    def save(self, folder: Path) -> None:
        """Everything that the rest of the training depends on, into an empty folder: weights, optimiser, data
        position, random state."""
        ...

    def load(self, folder: Path) -> None:
        """Go on from a saved session, bit-identically on a CPU where the values are the same.

        Where live parameters differ (population-based training), their values are those that this session was opened
        with; weights, optimiser state, data position and random state are those of the folder.
        """
        ...


Open = Callable[[Mapping[str, Any], int], Session]
"""(value of each parameter, seed) -> a session that has not begun."""


@dataclass(frozen=True)
class Problem:
    """What is searched: ``open`` trains for at most ``epochs`` epochs under values from ``space``.

    Every trial of a study opens with ``seed``; ``seeds`` are those on which a winner is compared with the incumbent.
    ``judge`` opens sessions that are scored on rows which no trial was scored on (by default ``open`` itself), and
    ``config`` is the dataclass whose fields the space names, with the values that hold where nothing is tuned.
    """

    name: str
    space: Space
    open: Open
    epochs: int
    seed: int = 1
    seeds: tuple[int, ...] = (11, 12, 13)
    judge: Open | None = None
    config: Any = None

    def __post_init__(self) -> None:
        check(self.space)
        if self.epochs < 1:
            raise BadInput(f"problem {self.name!r}: epochs = {self.epochs!r}; a trial needs at least one")


class Source(NamedTuple):
    """Where any process finds the problem: ``function`` is ``module:function``, called with ``argument``."""

    function: str
    argument: str = ""

    def problem(self) -> Problem:
        module, _, name = self.function.partition(":")
        try:
            made = getattr(importlib.import_module(module), name)
        except (ModuleNotFoundError, AttributeError, ValueError) as error:
            raise BadInput(f"no problem at {self.function!r} ({error}); name it as module:function") from error
        problem = made(self.argument)
        if not isinstance(problem, Problem):
            raise BadInput(f"{self.function} returned {type(problem).__name__}, not a Problem; return one")
        return problem
