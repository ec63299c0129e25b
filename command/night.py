"""``naru run``: the DAGs themselves for one day, in the order of their assets, each task in this process.

Airflow's own log goes to a file; the terminal shows one line a stage. A failing product does not stop the others.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

import pipeline
from command import home
from command.show import stage_line
from config.datasets import PRODUCTS
from config.lake import Lake
from config.settings import Settings
from validation.audit import docs_folder

SIM_DAY = "2026-11-01"


@dataclass
class Outcome:
    """What became of one DAG: ``state`` is released, done, unchanged, skipped or failed; ``why`` says it in words."""

    dag: str
    state: str
    why: str = ""


@dataclass
class Watcher:
    """Told by Airflow what each task does; prints a line a stage and keeps the messages of what failed."""

    console: Console
    lake: Lake
    ds: str
    failures: dict[str, str] = field(default_factory=dict)
    status: Status | None = None

    def running(self, task: str) -> None:
        self.ended()
        if not self.console.is_terminal:
            return
        self.status = self.console.status(f"{task} …")
        self.status.start()

    def ended(self) -> None:
        if self.status:
            self.status.stop()
            self.status = None

    def done(self, task: str) -> None:
        self.ended()
        if row := next((s for s in pipeline.STAGES if s.name == task), None):
            self.console.print(stage_line(self.lake, row, self.ds))

    def failed(self, task: str, error: Any, again: bool) -> None:
        self.ended()
        said = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
        if again:
            self.console.print(Text(f" ↻ {task} is tried again: {said}", "yellow"))
            return
        self.failures[task] = said
        self.console.print(Text.assemble((f" ✗ {task}: ", "red"), said))


def run(
    settings: Settings,
    ds: str,
    products: Sequence[str] = PRODUCTS,
    source: str | None = None,
    force: bool = False,
    tune: bool | None = None,
) -> list[Outcome]:
    """Run the daily DAGs that the products need, then theirs; returns what became of each, in that order."""
    lake = Lake(settings.root)
    dags = needed(products)
    with lake.lock("run"):
        folder = home.home(settings, "run")
        folder.mkdir(parents=True, exist_ok=True)
        logs = folder / f"{ds}-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
        with aside(logs) as console:
            home.enter(settings, "run")
            watcher = Watcher(console, lake, ds)
            listen(watcher)
            # Airflow takes Ctrl-C for the failure of one task and tries that again; a lake survives a plain end.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            night = importlib.import_module("dags.night")
            conf = {"ds": ds, "force": force, "tune": tune, "docs": False} | ({"source": source} if source else {})
            outcomes = [run_dag(getattr(night, name), conf, watcher) for name in dags]
            if any(outcome.state != "unchanged" for outcome in outcomes):
                pipeline.build_docs(settings)
            if watcher.failures:
                console.print(Text(f"The whole log: {logs}", "dim"))
    return outcomes


def needed(products: Sequence[str]) -> list[str]:
    """The DAGs of some products and those that write what they read, in the order of the table."""
    wanted = set(products)
    while True:
        reads = {r.dataset for s in pipeline.STAGES if s.dag in wanted for r in s.reads}
        more = {pipeline.writer(name).dag for name in reads} | wanted
        if more == wanted:
            return [name for name in pipeline.DAGS if name in wanted]
        wanted = more


def run_dag(dag: Any, conf: dict[str, Any], watcher: Watcher) -> Outcome:
    """One DAG through ``dag.test``; what it needs from a DAG that failed before is named, not tried."""
    rows = [s for s in pipeline.STAGES if s.dag == dag.dag_id]
    watcher.console.print(Text(f"{dag.dag_id}  {dag.description}", "bold"))
    if broken := upstream_failures(rows, watcher):
        return Outcome(dag.dag_id, "skipped", f"{broken} failed")
    known = set(watcher.failures)
    # Deadlines are the scheduler's business, and Airflow 3.3 cannot look them up in a DAG that it did not load itself.
    dag.deadline = None
    run = dag.test(logical_date=None, run_conf=conf)
    watcher.ended()
    if run.state != "success":
        new = {task: said for task, said in watcher.failures.items() if task not in known}
        return Outcome(dag.dag_id, "failed", "; ".join(f"{t}: {said}" for t, said in new.items()))
    return verdict(rows, watcher.lake, watcher.ds)


def upstream_failures(rows: Sequence[pipeline.Stage], watcher: Watcher) -> str:
    """The first failed task of an earlier DAG without which one of these stages cannot read its day."""
    own = {name for row in rows for name in row.writes}
    queue = [r.dataset for row in rows for r in row.reads if not r.optional and not r.lag and r.dataset not in own]
    while queue:
        name = queue.pop()
        writer = pipeline.writer(name)
        for task in (f"gate_{name.replace('/', '_')}", writer.name):
            if task in watcher.failures:
                return task
        queue += [r.dataset for r in writer.reads if not r.optional and not r.lag]
    return ""


def verdict(rows: Sequence[pipeline.Stage], lake: Lake, ds: str) -> Outcome:
    """What a DAG that ended well has done, told from the journal of its stages."""
    entries = {row.name: pipeline.last_run(lake, row.name, ds) for row in rows}
    dag, product = rows[0].dag, rows[0].product
    needed = [entries[row.name] for row in rows if not pipeline.may_be_absent(row)]
    absent = [entry for entry in needed if entry.get("outcome") == "absent"]
    if absent and (product or len(absent) == len(needed)):
        return Outcome(dag, "skipped", absent[0].get("reason", "nothing was written"))
    writers = [entry for row, entry in zip(rows, entries.values(), strict=True) if row.writes]
    if all(entry.get("outcome") in ("skipped", "absent") for entry in writers):
        return Outcome(dag, "unchanged", "inputs, code and config are as in the last run")
    return Outcome(dag, "released" if product else "done")


@contextlib.contextmanager
def aside(logs: Path) -> Iterator[Console]:
    """Send all that this process and its children print to a file; yields a console on the real terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with logs.open("ab") as file, os.fdopen(os.dup(1), "w", encoding="utf-8") as terminal:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield Console(file=terminal, soft_wrap=True)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            for descriptor in kept:
                os.close(descriptor)


def listen(watcher: Watcher) -> None:
    """Have Airflow tell the watcher of every task of this process."""
    from airflow.listeners import hookimpl
    from airflow.sdk.listener import get_listener_manager

    class Listener:
        @hookimpl
        def on_task_instance_running(self, task_instance: Any) -> None:
            watcher.running(task_instance.task_id)

        @hookimpl
        def on_task_instance_success(self, task_instance: Any) -> None:
            watcher.done(task_instance.task_id)

        @hookimpl
        def on_task_instance_skipped(self, task_instance: Any) -> None:
            watcher.done(task_instance.task_id)

        @hookimpl
        def on_task_instance_failed(self, task_instance: Any, error: Any) -> None:
            watcher.failed(task_instance.task_id, error, again=task_instance.state == "up_for_retry")

    get_listener_manager().add_listener(Listener())


def tell(console: Console, outcomes: Sequence[Outcome], lake: Lake, ds: str) -> None:
    """What became of each DAG, and where the report is."""
    styles = {"released": "green", "done": "green", "unchanged": "cyan", "skipped": "yellow", "failed": "red"}
    console.print()
    for o in outcomes:
        console.print(Text.assemble(f"{o.dag:<16}", (f"{o.state:<10}", styles[o.state]), o.why))
    console.print(f"Report: {lake.root}/reports/ds={ds}.html")
    console.print(f"Data Docs: {docs_folder(lake)}/site/index.html")
