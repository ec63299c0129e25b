"""Optuna's journal file, made to survive ``kill -9`` at any byte.

Optuna guards its file by a link that outlives its maker (others wait 30 s) and appends after whatever stands there, so
that a line cut short spoils the next one. Here the kernel holds the lock (``flock``; over
NFS from version 4 on) and frees it with its holder, and a line
without an end is cut off before the next one is written: it was never told to anybody.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend


class Journal(JournalFileBackend):
    """The log file of ``optuna.storages.JournalStorage``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(str(path))

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """All of ``logs`` or, where the disk is full, none of them."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        with self._path.open("r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end = whole(file)
            try:
                while lines:
                    lines = lines[file.write(lines) or 0 :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise


def whole(file: Any) -> int:
    """Cut off a last line without an end and stand behind the last whole one; returns that place."""
    size = end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 4096)
        file.seek(start)
        cut = file.read(end - start).rfind(b"\n")
        if cut >= 0:
            end = start + cut + 1
            break
        end = start
    if end < size:
        file.truncate(end)
    return int(file.seek(end))
