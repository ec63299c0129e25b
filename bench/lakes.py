"""Throw-away lakes for measurements; the command runs in processes of its own, so that time and memory are its own."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.row import Absent
from config.lake import Lake
from config.settings import PROJECT


@dataclass(frozen=True)
class Spent:
    """Wall seconds, and of the whole process tree the peak of the resident memory in GiB and the seconds of CPU."""

    seconds: float
    peak_gib: float
    cpu_seconds: float


@contextmanager
def scratch() -> Iterator[Lake]:
    """An empty lake that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        yield Lake(folder)


def naru(lake: Lake, *arguments: str, config: str = "") -> Spent:
    """Run the command on a lake; ``config`` is TOML laid over the environment's. Raises RuntimeError with its words."""
    own = Path(lake.base, "bench.toml")
    own.write_text(config, encoding="utf-8")
    env = {**os.environ, "NARU_ROOT": lake.root, "NARU_CONFIG": str(own), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(PROJECT / "naru.py"), *arguments]
    start, peak = time.monotonic(), 0
    cpu: dict[int, float] = {}
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen(command, env=env, stdout=said, stderr=said, cwd=lake.base)
        while process.poll() is None:
            peak = max(peak, resident(process, cpu))
            time.sleep(0.5)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"naru {' '.join(arguments)}: {said.read().decode(errors='replace')[-3000:]}")
    return Spent(time.monotonic() - start, peak / 2**30, sum(cpu.values()))


def resident(process: psutil.Process, cpu: dict[int, float]) -> int:
    """Bytes resident in a process and its children, 0 for those that just ended; notes their seconds in ``cpu``."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            try:
                total += one.memory_info().rss
                cpu[one.pid] = sum(one.cpu_times()[:2])
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return total
    return total


def stages(lake: Lake, names: Sequence[str], ds: str, config: str = "") -> float:
    """Run stages with their gates; returns their wall seconds together."""
    return sum(naru(lake, "stage", name, "--ds", ds, "--source", "files", config=config).seconds for name in names)


def metrics(lake: Lake, product: str, ds: str) -> dict[str, float]:
    """The held-out metrics that the evaluate stage wrote."""
    partition = lake.partition(f"metrics/{product}", ds)
    return dict(lake.read_json(f"{partition.relative}/{partition.manifest()['files']['metrics.json']['path']}"))


def need(path: Path) -> Path:
    """A public file; raises Absent with its name where it is not there."""
    if not path.exists():
        raise Absent(f"{path.name} is not below {path.parent}; see NARU_DATA and `make data`")
    return path
