"""The same job by others: each a script that a process of its own runs and that prints its figures as JSON.

datatrove has an environment of its own (``var/rivals``, locked in ``requirements/rivals.txt``), as its needs and ours
do not go together; so has DeepCTR-Torch (``var/rivals_torch``, pinned in ``requirements/rivals_torch.txt``, without
hashes, as PyTorch comes as another file for every kind of machine).
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

ENVIRONMENTS = PROJECT / "var"


def run(
    script: str, *arguments: str | Path, apart: str | None = None, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a script of this folder; ``apart`` names an environment of rivals. Raises RuntimeError with its words."""
    python = sys.executable if apart is None else str(ENVIRONMENTS / apart / "bin" / "python")
    if not Path(python).exists():
        raise Absent(f"the environment {apart} is not there; `make bench` makes it")
    command = [python, str(PROJECT / "bench" / "rivals" / script), *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(PROJECT), **(environment or {})}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))
