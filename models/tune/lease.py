"""Which workers live: each holds a file of its own, locked by the kernel and touched every few seconds.

On the same machine the lock tells at once: the kernel frees it with its holder. For a worker on another machine the
file must have been touched within ``grace_s`` by the clock of the file system that both share. A study in a database
additionally records Optuna's heartbeat of the trial in hand, for whoever watches it there.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from config.task import BadInput

BEAT_S, GRACE_S = 5.0, 60.0


class Lease:
    """Held while a worker lives: ``with Lease(folder, worker): ...``; ``beat`` is called at every touch."""

    def __init__(
        self, folder: Path, worker: str, beat: Callable[[], None] | None = None, beat_s: float = BEAT_S
    ) -> None:
        self.path, self.worker, self.beat, self.beat_s = folder / "workers" / worker, worker, beat, beat_s
        self._over = threading.Event()

    def __enter__(self) -> Lease:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise BadInput(f"{self.path}: another worker goes by this name; name each worker differently") from error
        self._file.truncate(0)
        self._file.write(socket.gethostname())
        self._file.flush()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()
        return self

    def _keep(self) -> None:
        while not self._over.wait(self.beat_s):
            os.utime(self.path)
            if self.beat is not None:
                self.beat()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self.path.unlink(missing_ok=True)
        self._file.close()


def alive(folder: Path, worker: str, grace_s: float = GRACE_S) -> bool:
    """Whether the worker of that name still holds its lease."""
    path = folder / "workers" / worker
    try:
        with path.open() as file:
            if file.read() in ("", socket.gethostname()):
                return held(file.fileno())
            return age(path) < grace_s
    except FileNotFoundError:
        return False


def held(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def age(path: Path) -> float:
    """Seconds since a file was touched, by the clock of its file system."""
    probe = path.with_name(f".{os.getpid()}.now")
    probe.touch()
    now = probe.stat().st_mtime
    probe.unlink(missing_ok=True)
    return now - path.stat().st_mtime
