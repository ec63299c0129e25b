"""Stage ``<product>_tune``: search, train the winner and the incumbent on several seeds, hand on what is better.

``search`` may run in any number of processes beside each other, on one machine or several; ``run`` goes on with what
they left of the budget, then decides. A tuned config that is not better by the margin is never handed on: the artifact
then says that the incumbent stays, so that its gate is green and training goes on as before. The gate checks the
decision against the scores of each seed. A failed tuning does not stop training either.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from config.task import BadInput, Task
from models.tune import product
from models.tune.settings import TuneConfig
from models.tune.tuned import VALUES, newest

if TYPE_CHECKING:
    from models.tune.session import Problem
    from models.tune.space import Value
    from models.tune.study import Study

CONFIRMED = "confirmed.json"


def run(task: Task) -> None:
    """features and texts of the day, tuned/<product> of earlier days -> tuned/<product>."""
    from models.tune import results

    config = task.settings.section("tune", TuneConfig)
    problem = product.problem_of(task)
    study = work(task, problem, f"{socket.gethostname()}-stage")
    winner = results.best(study)
    current = product.incumbent(task, problem.space)
    rows = confirm(problem, study.folder, winner["values"], current, config.seeds)
    better = chosen(rows, config.margin)
    task.log("%s", verdict(rows, better))
    publish(task, study, problem, winner, rows, better)
    forget_others(study.folder)


def search(task: Task, worker: str, stopping: Callable[[], bool] = lambda: False) -> None:
    """One of several workers: until the budget of the study is spent, or ``stopping`` says so."""
    work(task, product.problem_of(task), worker, stopping)


def work(task: Task, problem: Problem, worker: str, stopping: Callable[[], bool] = lambda: False) -> Study:
    from models.tune.revise import follow_config
    from models.tune.study import open_study
    from models.tune.worker import Worker

    config = task.settings.section("tune", TuneConfig)
    study = open_study(product.study_folder(task), problem, config.storage)
    follow_config(study, problem.space)
    Worker(study, problem, config.plan(product.warm(task, problem.space)), worker, stopping).run()
    return study


def confirm(
    problem: Problem, folder: Path, winner: Mapping[str, Value], incumbent: Mapping[str, Value], seeds: int
) -> list[dict[str, Any]]:
    """A row a seed: scores of the incumbent's and the winner's values on rows that no trial was scored on, ``gain``.

    What was trained before is read from ``confirmed.json`` of the study.
    """
    from models.tune import results

    path = folder / CONFIRMED
    known: dict[str, Any] = {}
    with contextlib.suppress(FileNotFoundError, ValueError):
        known = json.loads(path.read_text(encoding="utf-8"))
    judged = dataclasses.replace(problem, open=problem.judge or problem.open)
    first = problem.seeds[0]
    rows = []
    for seed in (*problem.seeds, *range(first + 100, first + 100 + seeds))[:seeds]:
        if same(winner, incumbent):
            rows.append({"seed": seed, "incumbent": None, "winner": None, "gain": 0.0})
            continue
        name = json.dumps([seed, dict(sorted(winner.items())), dict(sorted(incumbent.items()))])
        if name not in known:
            steps = {"schedule": [{"until": problem.epochs, "values": {**incumbent, **winner}}]}
            found = results.confirm(dataclasses.replace(judged, seeds=(seed,)), steps, incumbent)
            known[name] = [found["incumbent"][0], found["winner"][0]]
            aside = path.with_suffix(".aside")
            aside.write_text(json.dumps(known), encoding="utf-8")
            aside.replace(path)
        before, after = known[name]
        rows.append({"seed": seed, "incumbent": before, "winner": after, "gain": after - before})
    return rows


def same(winner: Mapping[str, Value], incumbent: Mapping[str, Value]) -> bool:
    return {**incumbent, **winner} == {**incumbent}


def needed(rows: list[dict[str, Any]], margin: float) -> float:
    """The mean gain that a winner must have: a share of the incumbent's score."""
    return margin * abs(mean(r["incumbent"] or 0.0 for r in rows))


def chosen(rows: list[dict[str, Any]], margin: float) -> bool:
    """Whether the winner takes the incumbent's place."""
    gains = [r["gain"] for r in rows]
    wins = sum(g > 0 for g in gains)
    return wins * 2 > len(gains) and mean(gains) >= needed(rows, margin)


def verdict(rows: list[dict[str, Any]], better: bool) -> str:
    if all(r["incumbent"] is None for r in rows):
        return "the incumbent stays: no trial beat it in the search"
    gain = mean(r["gain"] for r in rows)
    said = f"mean gain {gain:+.4g} over {mean(r['incumbent'] for r in rows):.4g} on {len(rows)} seeds"
    return f"tuned config chosen: {said}" if better else f"the incumbent stays: {said} is less than the margin"


def publish(
    task: Task, study: Study, problem: Problem, winner: Mapping[str, Any], rows: list[dict[str, Any]], better: bool
) -> None:
    """The values to train with, where they are not those of the settings; the study as plain values; the facts."""
    from models.tune import results
    from models.tune.evidence import importances

    name = f"tuned/{task.product}"
    staging = task.output(name)
    defaults = {p.name: p.default for p in problem.space}
    settings = {n: getattr(problem.config, n, defaults.get(n)) for n in winner["values"]}
    before = task.inputs.get(name, [])
    if better:
        revision = f"{study.head.problem}, revision {study.head.number}"
        staging.write_json(VALUES, {"values": winner["values"], "settings": settings, "ds": task.ds, "study": revision})
    elif newest(task) is not None:
        shutil.copyfile(before[-1].local_folder() / VALUES, staging.folder / VALUES)
    margin = task.settings.section("tune", TuneConfig).margin
    trials = study.trials()
    told = {
        "product": task.product,
        "problem": study.head.problem,
        "epochs": problem.epochs,
        "winner": winner,
        "chosen": "tuned" if better else "incumbent",
        "verdict": verdict(rows, better),
        "incumbent": product.incumbent(task, problem.space),
        "margin": margin,
        "confirmed": rows,
        "revisions": results.revisions(study),
        "importances": importances([t for t in trials if t.scores], study.head.space, 1),
        "trials": [results.row(t) for t in trials],
    }
    staging.write_json("study.json", told)
    for r in rows:
        gain = r["gain"] if better else 0.0
        task.fact(
            name, seed=r["seed"], chosen=told["chosen"], gain=gain, needed=needed(rows, margin) if better else 0.0
        )
    kept = ("chosen", "verdict", "problem", "margin", "confirmed")
    task.note(name, **{k: told[k] for k in kept}, trials=len(trials), cost=winner["cost"], values=winner["values"])


def forget_others(folder: Path) -> None:
    """Only the newest study of a product keeps its checkpoints; what earlier ones found stands in their journals."""
    for other in folder.parent.glob("ds=*"):
        if other != folder:
            shutil.rmtree(other / "checkpoints", ignore_errors=True)


def revise(task: Task, expand: tuple[str, ...], shrink: tuple[str, ...]) -> str:
    """Change the space of the day's study by hand; running workers follow. Returns what was done in words.

    Raises BadInput for an unknown parameter, an empty range and one that is not wider (expand) or narrower (shrink).
    """
    from models.tune import words
    from models.tune.revise import apply, follow_config
    from models.tune.study import open_study

    problem = product.problem_of(task)
    config = task.settings.section("tune", TuneConfig)
    study = open_study(product.study_folder(task), problem, config.storage)
    follow_config(study, problem.space)
    with study.lock():
        space, held = study.head.space, dict[str, Any]()
        for text in expand:
            space = words.expanded(space, text, problem.config)
        for text in shrink:
            space, more = words.shrunk(space, text)
            held |= more
        if space == study.head.space and not held:
            raise BadInput(f"{', '.join((*expand, *shrink))}: the space is as wide already; nothing was changed")
        said = "; ".join([*(f"expanded {t}" for t in expand), *(f"shrunk {t}" for t in shrink)])
        made = apply(study, space, said, held)
    return f"revision {made.number} of {made.problem}: {said}; {made.kept} of {made.earlier} earlier trials came along"
