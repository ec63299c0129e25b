"""What a study found: the table of its trials, the winner with its lineage, and whether it holds on other seeds."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from models.tune.cost import Cost
from models.tune.revise import agrees
from models.tune.session import Problem
from models.tune.space import Value
from models.tune.storage import StudyError
from models.tune.study import Study, read_study
from models.tune.trial import Trial

Schedule = Sequence[Mapping[str, Any]]
"""``{"until": epoch, "values": {...}}`` one after the other: under which values a winner was trained how far."""


def table(folder: Path, url: str = "") -> list[dict[str, Any]]:
    """A row a trial, in order of birth, as plain values: what ``naru tune`` shows while the study runs.

    Raises StudyError where there is no study.
    """
    return [row(t) for t in read_study(folder, url).trials()]


def row(trial: Trial) -> dict[str, Any]:
    return {
        "uid": trial.uid,
        "pool": trial.pool,
        "worker": trial.worker,
        "epoch": trial.epoch,
        "until": trial.until,
        "score": trial.best if trial.scores else None,
        "last": trial.last if trial.scores else None,
        "scores": list(trial.scores),
        "start": trial.start,
        "values": dict(trial.values),
        "origin": trial.origin,
        "parent": trial.parent,
        "member": trial.member,
        "claims": trial.claim,
        "epochs": trial.cost.epochs,
        "cpu_s": trial.cost.cpu_s,
        "wall_s": trial.cost.wall_s,
        "agent_s": trial.cost.agent_s,
        "notes": list(trial.notes),
    }


def revisions(study: Study) -> list[dict[str, Any]]:
    """Every revision of the space, the first one first, with what changed and how many trials came along."""
    return [
        {
            "name": r.name,
            "number": r.number,
            "parent": r.parent,
            "change": r.change,
            "born": r.born,
            "earlier": r.earlier,
            "kept": r.kept,
            "held": dict(r.held),
            "space": [p.to_json() for p in r.space],
        }
        for r in study.lineage()
    ]


def best(study: Study) -> dict[str, Any]:
    """The winner: uid, values, score, the epoch of that score, how it came to be, and what the study cost.

    Raises StudyError where no trial has a score yet.
    """
    trials = study.trials()
    scored = [t for t in trials if t.scores and t.pool != "failed" and agrees(t, study.head.held)]
    if not scored:
        raise StudyError(f"{study.folder}: no trial has a score yet; tune with a larger budget")
    winner = max(scored, key=lambda t: (t.best, -int(t.uid[1:])))
    spent: Cost = study.spent()
    return {
        "uid": winner.uid,
        "values": dict(winner.values),
        "score": winner.best,
        "epoch": winner.best_epoch,
        "schedule": schedule(winner, trials),
        "lineage": [row(t) for t in forebears(winner, trials)],
        "study": study.head.name,
        "revision": study.head.number,
        "trials": len(trials),
        "cost": spent._asdict(),
    }


def forebears(trial: Trial, trials: Sequence[Trial]) -> list[Trial]:
    """The trial and those whose checkpoints it goes back to, the first one first."""
    known = {t.uid: t for t in trials}
    line = [trial]
    while line[0].start and line[0].parent in known:
        line.insert(0, known[line[0].parent])
    return line


def schedule(trial: Trial, trials: Sequence[Trial]) -> list[dict[str, Any]]:
    line = forebears(trial, trials)
    ends = [*(t.start for t in line[1:]), trial.best_epoch]
    return [{"until": end, "values": dict(t.values)} for t, end in zip(line, ends, strict=True)]


def retrain(problem: Problem, steps: Schedule, seed: int) -> dict[str, float]:
    """Train from scratch along a schedule; what the epoch with the highest score told.

    Between steps the session goes over by a checkpoint, as it did in the study.
    """
    with tempfile.TemporaryDirectory(prefix="naru-tune-") as folder:
        session = problem.open(steps[0]["values"], seed)
        found: dict[str, float] = {}
        for place, step in enumerate(steps):
            if place:
                aside = Path(folder, str(place))
                aside.mkdir()
                session.save(aside)
                session = problem.open(step["values"], seed)
                session.load(aside)
            while session.epoch < step["until"]:
                told = {**session.advance(), "epoch": session.epoch}
                found = told if not found or told["score"] > found["score"] else found
    return found


def confirm(problem: Problem, winner: Mapping[str, Any], incumbent: Mapping[str, Value]) -> dict[str, Any]:
    """Train the winner and the incumbent's values anew on each of the problem's seeds, each for all its epochs.

    Compared is ``holdout`` where the session tells it (rows that the search never saw), else ``score``: lists in order
    of the seeds, and the mean difference (above 0: the winner is better).
    """
    steps = [*winner["schedule"][:-1], {**winner["schedule"][-1], "until": problem.epochs}]
    other = [{"until": problem.epochs, "values": dict(incumbent)}]
    runs = {
        name: [retrain(problem, s, seed) for seed in problem.seeds]
        for name, s in (("winner", steps), ("incumbent", other))
    }
    scores = {name: [told.get("holdout", told["score"]) for told in found] for name, found in runs.items()}
    differences = [w - i for w, i in zip(scores["winner"], scores["incumbent"], strict=True)]
    return {
        **scores,
        "seeds": list(problem.seeds),
        "difference": mean(differences),
        "least": min(differences),
        "epochs": 2 * problem.epochs * len(problem.seeds),
    }
