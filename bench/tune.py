"""The tuner: epochs against 64 random trials, trouble with workers, re-use over revisions, overhead."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

from bench.row import Row, figure
from bench.search import RANDOM, best_of_random, needed
from models.tune.cost import Budget
from models.tune.plan import Plan
from models.tune.revise import apply, expand
from models.tune.session import Problem
from models.tune.space import Parameter
from models.tune.study import open_study
from models.tune.worker import Worker

SEEDS = (1, 2, 3, 4, 5)
MOST = 0.5
"""A search that needs a greater share of the random epochs is not followed further."""


def plans(seed: int, epochs: int) -> Mapping[str, Plan]:
    """The searches side by side, with the epochs of 64 random trials as their budget."""
    plan = Plan(budget=Budget(epochs=epochs), seed=seed, report_s=60.0, save_s=60.0)
    return {
        "stop_and_go": plan,
        "tpe_asha": dataclasses.replace(plan, method="asha"),
        "pbt": dataclasses.replace(plan, method="population", members=16, interval=3),
    }


def rows(_data: Path) -> Iterator[Row]:
    from bench import digits

    yield from searches("digits", lambda seed: digits.problem(str(seed)))
    yield from trouble()
    yield reuse(digits.problem("1"))
    yield from overhead(digits.problem("1"))


def searches(name: str, problem: Callable[[int], Problem]) -> Iterator[Row]:
    """Which share of the epochs of 64 random trials each search needs to reach their best score, median of seeds."""
    shares: dict[str, list[float]] = {}
    for seed in SEEDS:
        one = problem(seed)
        target, full = best_of_random(one, seed), RANDOM * one.epochs
        for method, plan in plans(seed, full).items():
            shares.setdefault(method, []).append(needed(one, plan, target, int(MOST * full)) / full)
    for method, found in shares.items():
        bound = 0.25 if method == "stop_and_go" else None
        label = f"tune/{name}_{method}_share_of_random_epochs"
        yield figure(label, median(found), "share", at_most=bound, rival=("64 random trials", 1.0))
    yield figure(f"tune/{name}_stop_and_go_worst_seed", max(shares["stop_and_go"]), "share")


def trouble() -> Iterator[Row]:
    from bench import trace

    seen = trace.run()
    yield figure("tune/trace_workers_killed", seen.killed, "workers", at_least=1)
    yield figure("tune/trace_trials_lost", seen.lost, "trials", at_most=0)
    yield figure("tune/trace_epochs_trained_again", seen.again, "epochs", at_most=seen.killed)
    yield figure("tune/trace_trials_taken_up_again", seen.stopped, "trials", at_least=1)
    yield figure("tune/trace_trials_that_differ", seen.differ, "trials", at_most=0)


def reuse(problem: Problem) -> Row:
    """The share of trials that an expanded space takes over, and goes on with."""
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        study = open_study(Path(folder), problem)
        Worker(study, problem, Plan(budget=Budget(trials=16)), "bench").run()
        wider = dataclasses.replace(problem.space[0], high=1.0)
        more = Parameter("smoothing", 0.0, low=0.0, high=0.2)
        with study.lock():
            head = apply(study, expand(study.head.space, wider, more), "learning_rate widened, smoothing added")
        Worker(study, problem, Plan(budget=Budget(trials=20)), "bench").run()
        kept = [t for t in study.trials() if int(t.uid[1:]) < 16 and t.scores]
    return figure("tune/expanded_space_reuses", len(kept) / head.earlier, "share of earlier trials", at_least=0.9)


def overhead(problem: Problem) -> Iterator[Row]:
    """What the agent itself takes: sampling, writing, checkpoints, restoring."""
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        study = open_study(Path(folder), problem)
        Worker(study, problem, Plan(budget=Budget(trials=RANDOM)), "bench").run()
        trials, spent = study.trials(), study.spent()
    yield figure("tune/agent_median_a_trial", 1e3 * median(t.cost.agent_s for t in trials), "ms", at_most=50)
    yield figure("tune/agent_mean_a_trial", 1e3 * spent.agent_s / len(trials), "ms", at_most=50)
    yield figure("tune/agent_mean_an_epoch", 1e3 * spent.agent_s / spent.epochs, "ms")
