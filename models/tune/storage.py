"""Where a study is kept: a journal file in its folder, or a database by its URL: PostgreSQL for a cluster's workers."""

from __future__ import annotations

import warnings
from pathlib import Path

import optuna
from optuna.storages import BaseStorage, JournalStorage
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from config.task import BadInput
from models.tune.journal import Journal

HEARTBEAT_S = 30
DRIVER = "postgresql+psycopg2"
"""What a plain ``postgresql://`` is opened with; SQLAlchemy's own choice differs from version to version."""


class StudyError(BadInput):
    """A study that is absent, of another make or of another problem; the message says what to do."""


def open_storage(folder: Path, url: str = "") -> BaseStorage:
    """The journal in the folder, or the database at ``url``, with a heartbeat.

    Raises StudyError for a journal that is none, and for a database that cannot be opened; a password is not told.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return database(url) if url else journal(folder / "journal.log")


def database(url: str) -> BaseStorage:
    from optuna.storages import RDBStorage

    try:
        known = make_url(url)
    except ArgumentError as error:
        raise StudyError("[tune] storage is no URL of a database; write postgresql://user@host/name, say") from error
    if known.drivername in ("postgres", "postgresql"):
        known = known.set(drivername=DRIVER)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            made = RDBStorage(
                known.render_as_string(hide_password=False),
                heartbeat_interval=HEARTBEAT_S,
                grace_period=4 * HEARTBEAT_S,
            )
    except (SQLAlchemyError, ImportError) as error:
        why = "its driver is not installed (requirements/cluster.txt has that of PostgreSQL)"
        told = why if isinstance(error, ImportError) else str(error).partition("\n")[0]
        raise StudyError(f"[tune] storage = {known.render_as_string()!r} cannot be opened: {told}") from error
    return optuna.storages.get_storage(made)


def journal(path: Path) -> BaseStorage:
    path.touch()
    try:
        storage = JournalStorage(Journal(path))
    except (ValueError, KeyError, AssertionError) as error:
        raise StudyError(
            f"{path} is no journal of a study ({type(error).__name__}: {error}); move it away to begin a new study"
        ) from error
    if not storage.get_all_studies() and b"\n" in path.read_bytes():
        raise StudyError(f"{path} is no journal of a study (no line begins one); move it away to begin a new study")
    return storage
