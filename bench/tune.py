"""The tuner: epochs against 64 random trials, trouble with workers, re-use over revisions, overhead."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.row import Row, figure
from bench.search import RANDOM, best_of_random, shares
from models.tune.cost import Budget
from models.tune.plan import Plan
from models.tune.revise import apply, expand
from models.tune.session import Problem
from models.tune.space import Parameter
from models.tune.study import open_study
from models.tune.worker import Worker

SEEDS = (1, 2, 3, 4, 5)


def rows(_data: Path) -> Iterator[Row]:
    from bench import digits

    problems = {seed: digits.problem(str(seed)) for seed in SEEDS}
    found = [shares(problem, seed, best_of_random(problem, seed)) for seed, problem in problems.items()]
    yield from share_rows("tune", "digits", found)
    yield from trouble()
    yield reuse(digits.problem("1"))
    yield from overhead(digits.problem("1"))


def share_rows(area: str, name: str, found: Sequence[Mapping[str, float]]) -> Iterator[Row]:
    """The searches side by side, median of the seeds; ``found`` holds a search's share of the random epochs a seed."""
    for method in found[0]:
        bound = 0.25 if method == "stop_and_go" else None
        label = f"{area}/{name}_{method}_share_of_random_epochs"
        value = median(one[method] for one in found)
        yield figure(label, value, "share", at_most=bound, rival=("64 random trials", 1.0))
    worst = max(one["stop_and_go"] for one in found)
    yield figure(f"{area}/{name}_stop_and_go_worst_seed", worst, "share")


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
    """What the agent itself takes beside training: sampling, writing, checkpoints, restoring.

    Seconds of CPU are what it costs; those of the wall clock also hold what else the machine does.
    """
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        study = open_study(Path(folder), problem)
        begun = time.process_time()
        Worker(study, problem, Plan(budget=Budget(trials=RANDOM)), "bench").run()
        taken = time.process_time() - begun
        trials, spent = study.trials(), study.spent()
    yield figure("tune/agent_cpu_a_trial", 1e3 * (taken - spent.cpu_s) / len(trials), "ms", at_most=50)
    yield figure("tune/agent_median_wall_a_trial", 1e3 * median(t.cost.agent_s for t in trials), "ms", at_most=50)
    yield figure("tune/agent_mean_wall_an_epoch", 1e3 * spent.agent_s / spent.epochs, "ms")
