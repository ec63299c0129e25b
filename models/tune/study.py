"""The study on disk: Optuna's storage (a journal file, or a database by its URL), our trials in it, and its revisions.

A trial is an Optuna trial with one user attribute, ``trial``, that holds all of ``models.tune.trial.Trial``: every
change is one write, so that a worker killed at any instant leaves the trial as it was before or after. Optuna finishes
a trial for good; one that may be revived therefore stays RUNNING there until it is done, and ``sampling.view`` shows
samplers, plots and importances what it stands for. Whoever changes the study holds its lock.

A revision is a new Optuna study in the same storage, complete before the old one names it as its ``next``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from models.tune.cost import NOTHING, Cost, total
from models.tune.sampling import distributions
from models.tune.session import Problem
from models.tune.space import Space, Value
from models.tune.space import from_json as space_from_json
from models.tune.storage import StudyError, open_storage
from models.tune.trial import Trial
from models.tune.trial import from_json as trial_from_json

SCHEMA = 1
NAME = "name"
"""The file in the folder that names the study; a database may hold many."""
HEAD, TRIAL, NEXT, LOOKED = "naru", "trial", "next", "looked"


@dataclass(frozen=True)
class Revision:
    """What an Optuna study says about itself. ``declared`` is the space beside the model's config, ``space`` the one
    searched now, ``held`` what is not searched any more. When the revision began, ``born`` trials had ever been begun,
    and of the ``earlier`` ones of the revision before ``kept`` came along; ``retired`` is what the others had cost."""

    name: str
    problem: str
    epochs: int
    space: Space
    declared: Space
    number: int = 0
    parent: str = ""
    change: str = "begun"
    born: int = 0
    kept: int = 0
    earlier: int = 0
    held: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    retired: Cost = NOTHING

    def to_json(self) -> dict[str, Any]:
        spaces = {n: [p.to_json() for p in getattr(self, n)] for n in ("space", "declared")}
        kept = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {"schema": SCHEMA, **kept, **spaces, "held": dict(self.held), "retired": list(self.retired)}


class Study:
    """An open study; ``head`` is its newest revision."""

    def __init__(self, folder: Path, storage: BaseStorage, name: str) -> None:
        self.folder, self.storage = folder, storage
        self._known: dict[int, tuple[Any, Trial]] = {}
        self._id = storage.get_study_id_from_name(name)
        self.head = self._read()
        self.follow()

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """One at a time over all workers; the newest revision is at hand within."""
        with locked(self.folder):
            self.follow()
            yield

    def follow(self) -> None:
        while (after := self.storage.get_study_user_attrs(self._id).get(NEXT)) is not None:
            self._id = self.storage.get_study_id_from_name(after)
            self.head = self._read()

    def _read(self) -> Revision:
        return read_revision(self.storage, self._id, self.folder)

    def trials(self) -> list[Trial]:
        """All trials of the newest revision, in order of birth."""
        return [self._trial(f) for f in self.storage.get_all_trials(self._id, deepcopy=False) if TRIAL in f.user_attrs]

    def _trial(self, row: FrozenTrial) -> Trial:
        """Read a trial once for every time it was written."""
        stored = row.user_attrs[TRIAL]
        known = self._known.get(row._trial_id)
        if known is None or known[0] is not stored:
            known = self._known[row._trial_id] = (stored, decode(row))
        return known[1]

    def trial(self, uid: str) -> Trial | None:
        """One trial; None where a shrunk space left it behind."""
        return next((t for t in self.trials() if t.uid == uid), None)

    def add(self, trial: Trial) -> Trial:
        """Begin a trial; returns it with its place in the storage."""
        trial_id = self.storage.create_new_trial(self._id, frozen(trial, self.head.space))
        return dataclasses.replace(trial, trial_id=trial_id, number=self.storage.get_trial_number_from_id(trial_id))

    def write(self, trial: Trial) -> Trial:
        """Replace what is known of a trial, in one step; finishes it for Optuna where it is over."""
        self.storage.set_trial_user_attr(trial.trial_id, TRIAL, trial.to_json())
        self.settle(trial)
        return trial

    def settle(self, trial: Trial) -> None:
        """Tell Optuna of a trial that is over; done again after a crash between the two writes."""
        if trial.pool == "done":
            self.storage.set_trial_state_values(trial.trial_id, TrialState.COMPLETE, [trial.best])
        elif trial.pool == "failed":
            self.storage.set_trial_state_values(trial.trial_id, TrialState.FAIL)

    def unsettled(self) -> list[Trial]:
        running = self.storage.get_all_trials(self._id, deepcopy=False, states=(TrialState.RUNNING,))
        return [t for t in map(decode, running) if t.pool in ("done", "failed")]

    def spent(self) -> Cost:
        return total([self.head.retired, *(t.cost for t in self.trials())])

    def optuna(self) -> optuna.Study:
        """The newest revision as Optuna's own study, for its pruners."""
        return optuna.load_study(study_name=self.head.name, storage=self.storage)

    def revise(self, revision: Revision, kept: Sequence[Trial]) -> None:
        """Go on under a new revision that holds ``kept``; the caller holds the lock. Killed on the way, nothing
        changed."""
        with contextlib.suppress(KeyError):
            self.storage.delete_study(self.storage.get_study_id_from_name(revision.name))
        create(self.storage, revision, [frozen(t, revision.space) for t in kept])
        self.storage.set_study_user_attr(self._id, NEXT, revision.name)
        self.follow()

    @property
    def looked(self) -> int:
        """How many trials had been begun when the evidence was last looked at."""
        return int(self.storage.get_study_user_attrs(self._id).get(LOOKED, 0))

    def look(self, born: int) -> None:
        self.storage.set_study_user_attr(self._id, LOOKED, born)

    def lineage(self) -> list[Revision]:
        """All revisions, the first one first."""
        found = [self.head]
        while found[0].parent:
            found.insert(
                0, read_revision(self.storage, self.storage.get_study_id_from_name(found[0].parent), self.folder)
            )
        return found


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def create(storage: BaseStorage, revision: Revision, trials: Sequence[FrozenTrial] = ()) -> None:
    made = optuna.create_study(study_name=revision.name, storage=storage, direction="maximize")
    made.set_user_attr(HEAD, revision.to_json())
    made.add_trials(trials)


def open_study(folder: Path, problem: Problem, url: str = "") -> Study:
    """The study of a problem in a folder, begun where there is none.

    Raises StudyError where what lies there was made by another version, for another problem, or not by naru.
    """
    with locked(folder):
        storage = open_storage(folder, url)
        names = [s.study_name for s in storage.get_all_studies()]
        if problem.name not in names or not began(storage, problem.name):
            if problem.name not in names and not url and names:
                raise StudyError(
                    f"{folder} holds the study {names[0]!r}, not {problem.name!r}; tune each problem in its own folder"
                )
            with contextlib.suppress(KeyError):
                storage.delete_study(storage.get_study_id_from_name(problem.name))
            create(storage, Revision(problem.name, problem.name, problem.epochs, problem.space, problem.space))
        study = Study(folder, storage, problem.name)
        (folder / NAME).write_text(problem.name, encoding="utf-8")
    if study.head.epochs != problem.epochs:
        raise StudyError(
            f"{folder}: the study trains {study.head.epochs} epochs a trial, {problem.name} now {problem.epochs}; "
            "scores would not compare: tune in a new folder, or put the number back"
        )
    return study


def read_study(folder: Path, url: str = "", name: str = "") -> Study:
    """A study that is there, without its problem; raises StudyError where there is none."""
    if not url and not (folder / "journal.log").is_file():
        raise StudyError(f"{folder} holds no study; run `naru tune` first, or name the folder of one")
    storage = open_storage(folder, url)
    names = [s.study_name for s in storage.get_all_studies()]
    with contextlib.suppress(FileNotFoundError):
        name = name or (folder / NAME).read_text(encoding="utf-8")
    chosen = name or next((n for n in names if "@" not in n), "")
    if chosen not in names:
        raise StudyError(f"{url.rpartition('@')[2] or folder} holds no study {chosen!r}; it has {names}")
    return Study(folder, storage, chosen)


def began(storage: BaseStorage, name: str) -> bool:
    """Whether its maker lived long enough to say what the study is; foreign studies count, to be refused by name."""
    study_id = storage.get_study_id_from_name(name)
    return bool(storage.get_study_user_attrs(study_id)) or bool(storage.get_n_trials(study_id))


def read_revision(storage: BaseStorage, study_id: int, folder: Path) -> Revision:
    stored: Mapping[str, Any] = storage.get_study_user_attrs(study_id).get(HEAD, {})
    schema = stored.get("schema")
    if schema != SCHEMA:
        made = "was not begun by naru" if schema is None else f"was made by another version (schema {schema})"
        raise StudyError(
            f"{folder}: the study {storage.get_study_name_from_id(study_id)!r} {made}, this one reads schema {SCHEMA}; "
            "tune in a new folder, or use the version that made it. Nothing was changed"
        )
    spaces = {n: space_from_json(stored[n]) for n in ("space", "declared")}
    return Revision(
        **{**{k: v for k, v in stored.items() if k != "schema"}, **spaces, "retired": Cost(*stored["retired"])}
    )


def decode(row: FrozenTrial) -> Trial:
    return trial_from_json(row.user_attrs[TRIAL], row._trial_id, row.number)


STATES = {"done": TrialState.COMPLETE, "failed": TrialState.FAIL}


def frozen(trial: Trial, space: Space) -> FrozenTrial:
    """A trial as the storage holds it."""
    known = distributions(space)
    state = STATES.get(trial.pool, TrialState.RUNNING)
    return create_trial(
        state=state,
        value=trial.best if trial.pool == "done" else None,
        params={n: trial.values[n] for n in known},
        distributions=known,
        user_attrs={TRIAL: trial.to_json()},
        intermediate_values={trial.start + 1 + i: s for i, s in enumerate(trial.scores)},
    )
