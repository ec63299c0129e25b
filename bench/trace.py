"""Workers that come, go and are killed while they tune a Keras network: what is lost, what is trained twice, what
differs from a training that never stopped."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench import digits
from models.tune import agent
from models.tune.capacity import set_capacity
from models.tune.cost import Budget
from models.tune.plan import Plan
from models.tune.session import Source
from models.tune.study import read_study
from models.tune.trial import Trial

CAPACITY = (2, 0, 1, 4)
STEP, KILLS, IDLE_S = 8, 2, 3.0
TRIALS = 24


class Seen(NamedTuple):
    """``killed`` workers; ``lost`` trials; epochs trained ``again``; ``stopped`` trials that were taken up again; and
    how many of all trials ``differ`` in a score or a weight from one that never stopped."""

    killed: int
    lost: int
    again: int
    stopped: int
    differ: int


def run() -> Seen:
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as name:
        folder = Path(name)
        log = folder / "epochs"
        set_capacity(folder, CAPACITY[0])
        over, killed = threading.Event(), list[int]()
        thread = threading.Thread(target=trouble, args=(folder, log, over, killed))
        thread.start()
        plan = Plan(budget=Budget(trials=TRIALS), save_s=0.0, report_s=0.0, poll_s=0.05, keep_mib=4096)
        try:
            agent.tune(Source("bench.digits:problem", f"1 0.05 {log}"), folder, plan, workers=max(CAPACITY))
        finally:
            over.set()
            thread.join()
        trials = read_study(folder).trials()
        rows = Counter(line.split(maxsplit=1)[1] for line in lines(log))
        born = {t.uid for t in trials if t.pool in ("done", "dead")}
        lost = TRIALS - len(born & {f"t{n:04d}" for n in range(TRIALS)})
        return Seen(
            len(killed), lost, sum(rows.values()) - len(rows), sum(t.claim > 1 for t in trials), differing(folder)
        )


def trouble(folder: Path, log: Path, over: threading.Event, killed: list[int]) -> None:
    """Change the capacity whenever some epochs were trained under it, and kill whoever trained last in between."""
    for capacity in CAPACITY:
        set_capacity(folder, capacity)
        if not capacity:
            over.wait(IDLE_S)
            continue
        for _ in range(KILLS):
            before = len(lines(log))
            while len(lines(log)) < before + STEP:
                if over.wait(0.02):
                    return
            pid = int(lines(log)[-1].split()[0])
            if pid not in killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)


def lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def differing(folder: Path) -> int:
    """How many trials are not what an uninterrupted process makes of them, bit by bit."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    with agent.one_thread():
        process = multiprocessing.get_context("spawn").Process(target=compare, args=(theirs, folder))
        process.start()
    found: int = ours.recv()
    process.join()
    return found


def compare(words: Any, folder: Path) -> None:
    words.send(sum(not same(folder, trial) for trial in read_study(folder).trials()))


def same(folder: Path, trial: Trial) -> bool:
    session = digits.problem("1").open(trial.values, 1)
    scores: Sequence[float] = [session.advance()["score"] for _ in range(trial.epoch)]
    with tempfile.TemporaryDirectory() as name:
        session.save(Path(name))
        kept = folder / "checkpoints" / trial.uid / trial.checkpoints[-1]
        with np.load(Path(name, "variables.npz")) as own, np.load(kept / "variables.npz") as stored:
            equal = all(np.array_equal(own[n], stored[n]) for n in stored.files)
    return list(scores) == list(trial.scores) and equal
