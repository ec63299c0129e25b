"""When the night tunes, how much it may spend, and what a tuned config must gain: section ``[tune]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.datasets import parse_ds
from config.settings import Settings
from config.task import BadInput

if TYPE_CHECKING:
    from models.tune.plan import Method, Plan

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALGORITHMS: Mapping[str, tuple[Method, str]] = {
    "tpe": ("stop-and-go", "tpe"),
    "random": ("stop-and-go", "random"),
    "cmaes": ("stop-and-go", "cmaes"),
    "asha": ("asha", "tpe"),
    "hyperband": ("hyperband", "tpe"),
    "full": ("full", "tpe"),
    "pbt": ("population", "random"),
}


@dataclass(frozen=True)
class TuneConfig:
    """``enabled`` tunes every night, ``weekly`` on one day of the week (``"sunday"``).

    ``algorithm``: *tpe*, *random* and *cmaes* draw values for trials that stop and go, *asha* and *hyperband* prune for
    good, *full* trains every trial to its end, *pbt* is population-based training. The budget of a study is ``trials``,
    ``epochs`` and ``seconds`` of training, 0 for no limit; after every ``revise_every`` trials the space is expanded or
    shrunk by what is known. ``workers`` search side by side.

    The best config is trained anew beside the incumbent's on ``seeds`` seeds. It is chosen where it gains ``margin`` of
    the incumbent's score on average and loses on fewer than half of the seeds.

    ``folder`` holds the studies, ``studies/`` of the lake by default; workers on several machines share it. ``storage``
    is the URL of a database in place of the journal file in it (``postgresql://user@host/name``; libpq takes the
    password from ``PGPASSWORD`` or ``~/.pgpass``, and manifests are told none that stands in the URL).
    """

    enabled: bool = False
    weekly: str = ""
    algorithm: str = "tpe"
    trials: int = 32
    epochs: int = 0
    seconds: float = 900.0
    revise_every: int = 16
    workers: int = 1
    seeds: int = 3
    margin: float = 0.002
    seed: int = 1
    folder: str = ""
    storage: str = ""

    def __post_init__(self) -> None:
        if self.weekly not in ("", *DAYS):
            raise BadInput(f"[tune] weekly = {self.weekly!r}; write one of {', '.join(DAYS)}, or leave it empty")
        if self.algorithm not in ALGORITHMS:
            raise BadInput(f"no tuning algorithm {self.algorithm!r}; there are {', '.join(ALGORITHMS)}")
        if self.workers < 1 or self.seeds < 2 or self.margin < 0:
            raise BadInput(
                f"[tune] workers = {self.workers}, seeds = {self.seeds}, margin = {self.margin}: there must be one "
                "worker at least and two seeds, and a margin of 0 or more"
            )

    def plan(self, warm: Sequence[Mapping[str, Any]]) -> Plan:
        """How the workers search; ``warm`` are values to begin with."""
        from models.tune.cost import Budget
        from models.tune.plan import Plan

        method, sampler = ALGORITHMS[self.algorithm]
        budget = Budget(self.trials, self.epochs, self.seconds)
        return Plan(method, sampler, budget, self.seed, revise_every=self.revise_every, warm=tuple(warm))


def off(settings: Settings, ds: str) -> str:
    """Why a day is not tuned; "" where it is."""
    config = settings.section("tune", TuneConfig)
    if config.enabled or config.weekly == DAYS[parse_ds(ds).weekday()]:
        return ""
    when = f"it is on every {config.weekly}" if config.weekly else "[tune] enabled or weekly turns it on"
    return f"tuning is off on {ds}: {when}, the param `tune` of a run, and `naru tune`"


def workers(settings: Settings) -> int:
    return settings.section("tune", TuneConfig).workers
