"""A session on disk: written aside, hashed, renamed into place; read back only where every hash still holds.

``<study>/checkpoints/<trial>/<epoch>-<claim>/`` holds what the session wrote and ``manifest.json``. Nothing is flushed
to the disk by force: after a power cut the hash tells, and the checkpoint before is still there.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from config.task import BadInput
from models.tune.session import Session
from models.tune.trial import Trial

MANIFEST = "manifest.json"
KEPT = 2
FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFull(BadInput):
    """No space for a checkpoint; nothing half written is left and the study stays as it was."""


def save(session: Session, folder: Path, trial: Trial) -> Trial:
    """Write a checkpoint of a trial's session; the trial then names it and the one before it. Raises DiskFull."""
    name = f"{session.epoch:05d}-{trial.claim}"
    target = folder / trial.uid / name
    aside = target.with_name(f".{name}.aside")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        session.save(aside)
        hashes = {p.relative_to(aside).as_posix(): digest(p) for p in sorted(aside.rglob("*")) if p.is_file()}
        (aside / MANIFEST).write_text(json.dumps({"epoch": session.epoch, "files": hashes}), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        aside.rename(target)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        if error.errno in FULL:
            raise DiskFull(
                f"{target}: the disk is full ({error.strerror}); free space there or lower keep_mib, then run the same "
                "study again: it goes on from the checkpoint before"
            ) from error
        raise
    bytes_ = sum(path.stat().st_size for path in target.iterdir())
    return dataclasses.replace(trial, checkpoints=keep_newest(trial.checkpoints, name), size=bytes_)


def damage(folder: Path) -> str:
    """What is wrong with a checkpoint, in words; "" where it is sound."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        wrong = [name for name, expected in files.items() if digest(folder / name) != expected]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return f"{wrong[0]} does not match its hash" if wrong else ""


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(session: Session, folder: Path, trial: Trial) -> tuple[str, ...]:
    """Load the newest sound checkpoint of a trial into a fresh session, which stays at epoch 0 where there is none.

    Returns a sentence for every checkpoint that was passed over.
    """
    said: list[str] = []
    for name in reversed(trial.checkpoints):
        if wrong := damage(folder / trial.uid / name):
            said.append(f"checkpoint {name} is damaged ({wrong})")
            continue
        session.load(folder / trial.uid / name)
        break
    if said:
        said[-1] += f"; taken up from epoch {session.epoch}" if session.epoch else "; begun from scratch"
    return tuple(said)


def adopt(folder: Path, parent: Trial, child: str) -> str:
    """Give a child trial its parent's newest sound checkpoint, by links where the disk can; returns its name, or ""."""
    for name in reversed(parent.checkpoints):
        if damage(folder / parent.uid / name):
            continue
        target = folder / child / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / parent.uid / name, target, copy_function=link)
        return name
    return ""


def link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def epoch_of(name: str) -> int:
    return int(name.split("-")[0])


def keep_newest(names: Sequence[str], new: str) -> tuple[str, ...]:
    """The names that a trial keeps after a new checkpoint: it and the one before, should it turn out damaged."""
    return (*(n for n in names if n != new), new)[-KEPT:]


def tidy(folder: Path, trial: Trial) -> None:
    """Delete what a trial no longer names."""
    for path in (folder / trial.uid).glob("*"):
        if path.name not in trial.checkpoints:
            shutil.rmtree(path, ignore_errors=True)


def given_up(trials: Iterable[Trial], budget: int) -> list[Trial]:
    """The dead trials whose checkpoints do not fit into ``budget`` bytes, worst first: they cannot be revived."""
    dead = sorted((t for t in trials if t.pool == "dead" and t.checkpoints), key=lambda t: (-t.best, t.uid))
    kept, gone = 0, []
    for trial in dead:
        kept += trial.size * len(trial.checkpoints)
        if kept > budget:
            gone.append(trial)
    return gone[::-1]
