"""Optuna's samplers over our trials: the space in its words, and a view of the study in which the pools are states."""

from __future__ import annotations

import dataclasses
import warnings
import zlib
from collections.abc import Container, Mapping, Sequence
from datetime import datetime

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from config.task import BadInput
from models.tune.space import Parameter, Space, Value, inside
from models.tune.trial import Pool, Trial

STARTUP = 8
SAMPLERS = ("tpe", "random", "cmaes")
STATES: Mapping[Pool, TrialState] = {
    "live": TrialState.RUNNING,
    "stopped": TrialState.RUNNING,
    "dead": TrialState.PRUNED,
    "done": TrialState.COMPLETE,
    "failed": TrialState.FAIL,
}


def distributions(space: Space) -> dict[str, BaseDistribution]:
    return {p.name: distribution(p) for p in space}


def distribution(p: Parameter) -> BaseDistribution:
    if p.choices:
        return CategoricalDistribution(p.choices)
    low, high = p.bounds
    if p.whole:
        return IntDistribution(int(low), int(high), log=p.scale == "log")
    return FloatDistribution(low, high, log=p.scale == "log")


class Known(InMemoryStorage):
    """Trials as they stand, without the copies that storing them one by one would make."""

    def __init__(self, known: Sequence[FrozenTrial]) -> None:
        super().__init__()
        self._known = known

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        own = super().get_all_trials(study_id, deepcopy, states)
        return [t for t in self._known if states is None or t.state in states] + own


def view(trials: Sequence[Trial], space: Space, sampler: BaseSampler | None = None) -> optuna.Study:
    """An Optuna study in memory: dead trials are PRUNED, those with a value outside the space are left out."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    known = distributions(space)
    rows = [as_optuna(t, known, n) for n, t in enumerate(t for t in trials if inside(space, t.values))]
    return optuna.create_study(storage=Known(rows), sampler=sampler, direction="maximize")


def as_optuna(trial: Trial, known: Mapping[str, BaseDistribution], number: int) -> FrozenTrial:
    """One trial as samplers, importances and plots are to see it."""
    state, now = STATES[trial.pool], datetime.now()
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=trial.best if state == TrialState.COMPLETE else None,
        datetime_start=now,
        datetime_complete=now if state.is_finished() else None,
        params={name: trial.values[name] for name in known},
        distributions=dict(known),
        user_attrs={"uid": trial.uid, "cost": list(trial.cost), "parent": trial.parent},
        system_attrs={},
        intermediate_values={trial.start + 1 + i: s for i, s in enumerate(trial.scores)},
    )


def seed_of(seed: int, place: int, what: str = "") -> int:
    """A seed for the place-th draw: the same in whichever process it is made."""
    return zlib.crc32(f"{seed} {place} {what}".encode())


def sampler_of(name: str, seed: int, known: Sequence[FrozenTrial] = ()) -> BaseSampler:
    """Raises BadInput for a name that is not in SAMPLERS.

    CMA-ES starts from the good ones among ``known`` trials at every draw (Nomura et al. 2021, "Warm Starting CMA-ES"),
    so that it needs no state between draws, which Optuna would keep as a pickle; choices are drawn at random.
    """
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=STARTUP, constant_liar=True)
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if name == "cmaes":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            given = [t for t in known if t.state == TrialState.COMPLETE]
            return optuna.samplers.CmaEsSampler(
                seed=seed, source_trials=given or None, n_startup_trials=STARTUP, warn_independent_sampling=False
            )
    raise BadInput(f"no sampler {name!r}; there are {', '.join(SAMPLERS)}")


def comparable(trials: Sequence[Trial]) -> list[Trial]:
    """What a sampler is to learn from: the scores at the highest epoch that enough trials came to, as if all had ended
    there (Falkner et al. 2018, "BOHB"). Scores after one epoch and after all of them are not of one kind."""
    epochs = sorted((t.epoch for t in trials if t.scores and t.pool != "failed"), reverse=True)
    level = epochs[min(STARTUP, len(epochs)) - 1] if epochs else 0
    cut = (dataclasses.replace(t, scores=t.scores[: max(0, level - t.start)]) for t in trials)
    pools: dict[bool, Pool] = {True: "done", False: "live"}
    return [dataclasses.replace(t, pool=pools[bool(t.scores) and t.epoch >= level]) for t in cut if t.pool != "failed"]


def sample(name: str, trials: Sequence[Trial], space: Space, seed: int, place: int) -> dict[str, Value]:
    """Values for the place-th trial; a function of what is known and the seed alone."""
    known = comparable(trials)
    numbers = tuple(p for p in space if p.numeric and p.bounds[0] < p.bounds[1])
    study = view(known, space)
    study.sampler = sampler_of(name, seed_of(seed, place), view(known, numbers).get_trials() if name == "cmaes" else ())
    return dict(study.ask(distributions(space)).params)
