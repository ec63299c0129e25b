"""The last check before service: a fresh process loads the release from its folder and answers the probe queries."""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import PROJECT
from config.task import Task


@dataclass(frozen=True)
class ProbeConfig:
    """``timeout_s`` for the whole process; ``latency_ms`` is the largest median a release may need for an answer."""

    timeout_s: int = 300
    latency_ms: float = 500.0


class ProbeFailed(RuntimeError):
    """The fresh process died or hung; the message holds the end of what it said."""


def run(task: Task) -> None:
    """Stage ``<product>_probe``: releases/<product> -> probes/<product>."""
    config = task.settings.section("probe", ProbeConfig)
    name = f"probes/{task.product}"
    seen = ask_fresh(task.input(f"releases/{task.product}").local_folder(), task.product, config.timeout_s)
    task.output(name).write_json("probe.json", seen)
    for answer in seen["answers"]:
        task.fact(name, **answer, allowed_ms=config.latency_ms)
    task.note(name, cold_start_s=seen["cold_start_s"], peak_mib=seen["peak_mib"], answers=seen["answers"])


def ask_fresh(folder: Path, product: str, timeout_s: int) -> dict[str, Any]:
    """Start a new interpreter on the release; raises ProbeFailed with its last words where it fails."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "models.probe", product, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, env=env, cwd=PROJECT)
    except subprocess.TimeoutExpired as error:
        raise ProbeFailed(f"{product}: no answer from {folder} within {timeout_s} s") from error
    if done.returncode:
        raise ProbeFailed(f"{product}: the release at {folder} does not load or answer:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(product: str, folder: Path) -> dict[str, Any]:
    """What the fresh process does: load, answer every probe, tell times in seconds and memory in MiB."""
    from models.runtime import ReleaseRuntime

    start = time.perf_counter()
    server = importlib.import_module(f"models.{product}.serve").load(ReleaseRuntime(folder))
    queries = json.loads((folder / "probes.json").read_text(encoding="utf-8"))
    answers: list[dict[str, Any]] = []
    cold = 0.0
    for query in queries:
        begun = time.perf_counter()
        answer = server.answer(query)
        cold = cold or time.perf_counter() - start
        text = json.dumps(answer, ensure_ascii=False)
        spent = round((time.perf_counter() - begun) * 1e3, 3)
        query_text = json.dumps(query, ensure_ascii=False)
        answers.append({"query": query_text, "answer": text[:400], "answered": int(bool(answer)), "ms": spent})
    return {"answers": answers, "cold_start_s": round(cold, 3), "peak_mib": round(peak_mib(), 1)}


def peak_mib() -> float:
    """The most memory that this process has held, in MiB; getrusage also counts the one that started it."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2])), ensure_ascii=False))
