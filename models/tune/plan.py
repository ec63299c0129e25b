"""How a study is searched: the method, its budget and its habits, as plain values that go to every worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from config.task import BadInput
from models.tune.cost import Budget
from models.tune.sampling import SAMPLERS

Method = Literal["stop-and-go", "asha", "hyperband", "full", "population"]
METHODS = ("stop-and-go", "asha", "hyperband", "full", "population")


@dataclass(frozen=True)
class Plan:
    """``method``: *stop-and-go* puts every trial away at a rung (``first`` epochs, then ``factor`` times as many) and
    takes the best ``1 / factor`` of a rung up again; *asha* and *hyperband* are Optuna's pruners, which never turn
    back; *full* trains every trial to the end; *population* is population-based training of ``members`` members that
    are compared every ``interval`` epochs.

    ``revive``: so many dead trials, best first, are trained to the end when nothing else is left to do.
    ``revise_every`` trials the space is revised by what is known (0: never). ``warm`` are values to begin with.
    ``save_s`` seconds of training at most are lost with a worker; ``keep_mib`` is what the checkpoints of dead trials
    may take. A worker holds the ``keep_open`` sessions that it put away last in memory.
    """

    method: Method = "stop-and-go"
    sampler: str = "tpe"
    budget: Budget = Budget(trials=64)  # noqa: RUF009
    seed: int = 1
    first: int = 1
    factor: int = 3
    revive: int = 1
    members: int = 8
    interval: int = 1
    revise_every: int = 0
    warm: tuple[Mapping[str, Any], ...] = ()
    save_s: float = 10.0
    report_s: float = 1.0
    poll_s: float = 0.2
    keep_mib: int = 1024
    keep_open: int = 4

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise BadInput(f"no tuning method {self.method!r}; there are {', '.join(METHODS)}")
        if self.sampler not in SAMPLERS:
            raise BadInput(f"no sampler {self.sampler!r}; there are {', '.join(SAMPLERS)}")
        least = {"first": 1, "factor": 2, "members": 2, "interval": 1, "revive": 0, "revise_every": 0}
        least |= {"keep_mib": 0, "keep_open": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise BadInput(f"tuning {name} = {getattr(self, name)!r}; it must be {bound} or more")
