"""The same corpus job by others: each a script that a process of its own runs and that prints its figures as JSON.

datatrove has an environment of its own (``var/rivals``, locked in ``requirements/rivals.txt``), as its needs and ours
do not go together.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.row import Absent
from config.settings import PROJECT

PYTHON = PROJECT / "var" / "rivals" / "bin" / "python"


def run(
    script: str, *arguments: str | Path, apart: bool = False, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a script of this folder; ``apart`` in the rivals' environment. Raises RuntimeError with what it said."""
    if apart and not PYTHON.exists():
        raise Absent("the rivals' environment is not there; `make bench` makes it")
    python = str(PYTHON) if apart else sys.executable
    command = [python, str(PROJECT / "bench" / "rivals" / script), *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(PROJECT), **(environment or {})}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))
