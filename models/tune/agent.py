"""The agent: workers as processes on this machine, until the study's budget is spent or nothing is left to do.

A worker that dies is replaced, and its trial is taken up by another. SIGTERM and Ctrl-C put every live trial away at
its next epoch; the same call made again goes on.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from config.task import BadInput
from models.tune.plan import Plan
from models.tune.session import Source
from models.tune.storage import StudyError
from models.tune.study import Study, read_study
from models.tune.worker import work

log = logging.getLogger("naru")
DEATHS = 3
"""So many times as there are workers one may die without any epoch of progress in the study."""
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@dataclass
class Child:
    process: BaseProcess
    words: Connection


def tune(source: Source, folder: Path, plan: Plan, workers: int = 1, url: str = "") -> Study:
    """Search with so many worker processes; returns the study. Raises BadInput with the words of a worker that met it.

    Each worker computes with one thread an operation, so that scores do not depend on how many there are.
    """
    if workers < 1:
        raise BadInput(f"tuning with {workers} workers; it needs at least one")
    folder.mkdir(parents=True, exist_ok=True)
    children: list[Child] = []
    made = deaths = progress = 0
    try:
        while made < workers or children:
            while made < workers:
                children.append(start(source, folder, plan, url, made))
                made += 1
            for child in ended(children):
                children.remove(child)
                if not lost(child):
                    continue
                before, progress = progress, trained(folder, url)
                deaths = deaths + 1 if progress == before else 1
                if deaths >= DEATHS * workers:
                    raise RuntimeError(f"{folder}: {deaths} workers died one after the other without an epoch between")
                children.append(start(source, folder, plan, url, made))
                made += 1
    finally:
        for child in children:
            child.process.terminate()
        for child in children:
            child.process.join()
    return read_study(folder, url)


def trained(folder: Path, url: str) -> int:
    """Epochs trained so far; 0 before the first worker began the study."""
    try:
        return read_study(folder, url).spent().epochs
    except StudyError:
        return 0


def start(source: Source, folder: Path, plan: Plan, url: str, number: int) -> Child:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    name = f"{os.uname().nodename}-{os.getpid()}-{number}"
    with one_thread():
        process = context.Process(target=run, args=(theirs, source, folder, name, plan, url), name=name)
        process.start()
    theirs.close()
    return Child(process, ours)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Processes started within compute with one thread an operation."""
    before = {key: os.environ.get(key) for key in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


def run(words: Connection, source: Source, folder: Path, worker: str, plan: Plan, url: str) -> None:
    """What a worker process does; it sends the words of its error, "" without one."""
    told: list[int] = []
    agent = multiprocessing.parent_process()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: told.append(got))
    try:
        work(source, folder, worker, plan, url, stopping=lambda: bool(told) or not (agent and agent.is_alive()))
    except Exception as error:
        log.exception("worker %s", worker)
        words.send((isinstance(error, BadInput), f"{error}" if isinstance(error, BadInput) else repr(error)))
        raise SystemExit(1) from error
    with contextlib.suppress(BrokenPipeError):  # the agent is gone, which is why the worker ends
        words.send((False, ""))


def ended(children: list[Child]) -> list[Child]:
    """Those that ended; waits for the first one."""
    over = wait([c.process.sentinel for c in children])
    return [c for c in children if c.process.sentinel in over]


def lost(child: Child) -> bool:
    """Whether a child was killed (True) or ended by itself (False); raises what it met."""
    child.process.join()
    try:
        bad_input, words = child.words.recv()
    except EOFError:
        log.warning("worker %s died (exit code %s)", child.process.name, child.process.exitcode)
        return True
    if words:
        raise BadInput(words) if bad_input else RuntimeError(f"worker {child.process.name}: {words}")
    return False
