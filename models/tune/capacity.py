"""How many trials may be live: a number in a file, changed at any time by whoever wants the machine elsewhere."""

from __future__ import annotations

import math
from pathlib import Path

from models.tune.storage import StudyError


def capacity(folder: Path) -> float:
    """How many trials may be live now: the number in ``<folder>/capacity``; no limit without the file."""
    try:
        text = (folder / "capacity").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return math.inf
    if not text.isdigit():
        raise StudyError(f"{folder / 'capacity'} holds {text!r}; write a whole number, or delete it for no limit")
    return int(text)


def set_capacity(folder: Path, sessions: int) -> None:
    """Change how many trials may be live; workers see it at their next epoch."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / ".capacity.aside"
    aside.write_text(str(sessions), encoding="utf-8")
    aside.replace(folder / "capacity")
