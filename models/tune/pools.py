"""Moves between the pools as a worker makes them in the study. The caller holds the study's lock."""

from __future__ import annotations

import dataclasses
import logging

from models.tune import checkpoint
from models.tune.lease import alive
from models.tune.moves import Begin, Move, Resume
from models.tune.storage import StudyError
from models.tune.study import Study
from models.tune.trial import Trial, claim, noted, orphaned, put_away

log = logging.getLogger("naru")
UNHEARD = 3
"""A study whose first trials all fail is not worth going on with."""


def mend(study: Study, worker: str) -> list[Trial]:
    """All trials, after what dead workers left half done is set right; ``worker`` asks and has none in hand."""
    for trial in study.unsettled():
        study.settle(trial)
    trials = study.trials()
    members = {t.member: t.uid for t in trials}
    for place, trial in enumerate(trials):
        if trial.pool == "live" and (trial.worker == worker or not alive(study.folder, trial.worker)):
            trials[place] = study.write(orphaned(trial))
            log.warning("%s: %s", trial.uid, trials[place].notes[-1])
        elif trial.pool == "stopped" and trial.member >= 0 and members[trial.member] != trial.uid:
            trials[place] = study.write(put_away(trial, "dead"))
    failed = [t for t in trials if t.pool == "failed"]
    if len(failed) >= UNHEARD and not any(t.scores for t in trials):
        raise StudyError(
            f"{study.folder}: the first {len(failed)} trials failed, the last one of {dict(failed[-1].values)}: "
            f"{failed[-1].notes[-1]}; mend that and tune in a new folder"
        )
    return trials


def take(study: Study, move: Move, worker: str) -> Trial:
    """Make the move; returns the trial, now live in the hands of ``worker``."""
    if isinstance(move, Resume):
        taken = claim(move.trial, worker, move.until)
        return study.write(dataclasses.replace(taken, revived=taken.revived + move.revived))
    return begin(study, move, worker)


def begin(study: Study, move: Begin, worker: str) -> Trial:
    uid = f"t{max([study.head.born - 1, *(int(t.uid[1:]) for t in study.trials())]) + 1:04d}"
    fresh = Trial(uid, move.values, origin=move.origin, member=move.member)
    if move.parent is not None:
        name = checkpoint.adopt(study.checkpoints, move.parent, uid)
        start = checkpoint.epoch_of(name) if name else 0
        kept = (name,) if name else ()
        fresh = dataclasses.replace(fresh, parent=move.parent.uid, start=start, checkpoints=kept, size=move.parent.size)
    born = study.add(claim(fresh, worker, move.until))
    if move.replaces is not None:
        study.write(noted(put_away(move.replaces, "dead"), f"replaced by {uid}"))
    return born


def make_room(study: Study, keep_mib: int) -> None:
    """Give up the checkpoints of the least promising dead trials where they take too much; those are never revived."""
    for trial in checkpoint.given_up(study.trials(), keep_mib << 20):
        checkpoint.tidy(study.checkpoints, study.write(dataclasses.replace(trial, checkpoints=())))
