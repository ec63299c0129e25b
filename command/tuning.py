"""``naru tune``: worker processes search, a table shows them; then the winner is confirmed, gated and published."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

import pipeline
from command.show import cell
from config.lake import Lake
from config.settings import Settings
from config.task import BadInput, Skip, Task
from models.tune import agent, capacity, product, results, stage
from models.tune.settings import TuneConfig
from models.tune.storage import StudyError
from models.tune.study import Study, read_study

STYLES = {"live": "green", "stopped": "yellow", "dead": "dim", "done": "cyan", "failed": "red"}
SHOWN = 24
EVERY_S = 1.0


def opened(settings: Settings, name: str, ds: str) -> Task:
    """The day's inputs of a product; BadInput where there is nothing to tune on, or nothing may be spent."""
    settings.section("tune", TuneConfig).plan(())
    try:
        return pipeline.open_task(f"{name}_tune", ds, settings)
    except Skip as skip:
        raise BadInput(f"{name} cannot be tuned: {skip}; bring its inputs first: naru run --ds {ds}") from skip


def tune(settings: Settings, task: Task, console: Console) -> dict[str, Any]:
    """Search, confirm, gate, publish; returns what was found. Ctrl-C leaves every trial at its last epoch."""
    config = settings.section("tune", TuneConfig)
    folder, name = product.study_folder(task), product.study_name(task)
    source = product.source(task)
    warm = product.warm(task, source.problem().space)
    with watched(folder, config.storage, name, console):
        agent.tune(source, folder, config.plan(warm), config.workers, config.storage)
    console.print(Text(f"{name}: the best config is trained beside the incumbent's on {config.seeds} seeds", "dim"))
    pipeline.run_stage(task.stage, task.ds, settings, force=True)
    pipeline.run_gate(f"tuned/{task.product}", task.ds, settings)
    told = Lake(settings.root).partition(f"tuned/{task.product}", task.ds).manifest()["notes"]
    return {"product": task.product, "ds": task.ds, **told}


def shown(settings: Settings, task: Task) -> dict[str, Any]:
    """The day's study as it stands; raises StudyError where there is none."""
    config = settings.section("tune", TuneConfig)
    study = read_study(product.study_folder(task), config.storage, product.study_name(task))
    return {
        "study": study.head.problem,
        "folder": str(study.folder),
        "spent": study.spent()._asdict(),
        "revisions": results.revisions(study),
        "trials": [results.row(t) for t in study.trials()],
    }


def revise(task: Task, expand: Sequence[str], shrink: Sequence[str]) -> str:
    return stage.revise(task, tuple(expand), tuple(shrink))


def set_capacity(task: Task, sessions: int) -> str:
    """Change how many trials of the day's study may be live; workers see it at their next epoch."""
    capacity.set_capacity(product.study_folder(task), sessions)
    return f"{product.study_name(task)}: {sessions} trials may be live"


@contextlib.contextmanager
def watched(folder: Path, url: str, name: str, console: Console) -> Iterator[None]:
    """Show the study while it is worked on: a table on a terminal, a line a move elsewhere."""
    watcher = Watcher(folder, url, name, console)
    if not console.is_terminal:
        with watcher.every(watcher.lines):
            yield
        return
    with Live(Text(f"{name}: the workers read the day's rows"), console=console, refresh_per_second=4) as screen:

        def show() -> None:
            if trials := watcher.trials():
                screen.update(view(name, trials, SHOWN))

        with watcher.every(show):
            yield


@dataclass
class Watcher:
    """Looks at a study from outside its workers."""

    folder: Path
    url: str
    name: str
    console: Console
    study: Study | None = None
    told: dict[str, tuple[str, int]] = field(default_factory=dict)

    def trials(self) -> list[dict[str, Any]]:
        """A row a trial; [] before the first worker began the study."""
        try:
            self.study = self.study or read_study(self.folder, self.url, self.name)
        except StudyError:
            return []
        self.study.follow()
        return [results.row(t) for t in self.study.trials()]

    def lines(self) -> None:
        """One line for every trial that was put away since the last look."""
        for row in self.trials():
            now = (row["pool"], row["epoch"])
            if row["pool"] != "live" and self.told.get(row["uid"]) != now:
                self.told[row["uid"]] = now
                self.console.print(line(row))

    @contextlib.contextmanager
    def every(self, look: Any) -> Iterator[None]:
        over = threading.Event()

        def watch() -> None:
            while not over.wait(EVERY_S):
                look()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            look()


def line(row: Mapping[str, Any]) -> str:
    return (
        f"{row['uid']}  {row['pool']:<7} epoch {row['epoch']:>3}  score {cell(row['score']) or '-':<9} "
        f"{row['wall_s']:>6.1f} s  {values_of(row)}"
    )


def values_of(row: Mapping[str, Any]) -> str:
    return " ".join(f"{k}={v:.3g}" if isinstance(v, float) else f"{k}={v}" for k, v in row["values"].items())


def view(title: str, trials: Sequence[Mapping[str, Any]], most: int) -> Group:
    """The table of the trials, live ones first, then by score; the pools and the cost above it."""
    pools = {p: sum(t["pool"] == p for t in trials) for p in STYLES}
    spent = f"{sum(t['epochs'] for t in trials)} epochs, {sum(t['wall_s'] for t in trials):.0f} s of training"
    counts = Text("  ").join(Text(f"{n} {p}", STYLES[p]) for p, n in pools.items() if n)
    grid = Table(title=f"{title}: {len(trials)} trials", title_justify="left", caption_justify="left")
    for column in ("trial", "pool", "epoch", "score", "seconds", "from"):
        grid.add_column(column, justify="right" if column in ("epoch", "score", "seconds") else "left", no_wrap=True)
    grid.add_column("values", overflow="fold")
    ranked = sorted(trials, key=lambda t: (t["pool"] != "live", -(t["score"] if t["score"] is not None else -1e300)))
    best = max((t["score"] for t in trials if t["score"] is not None), default=None)
    for t in ranked[:most]:
        mark = " ★" if t["score"] is not None and t["score"] == best else ""
        state = Text(t["pool"], STYLES[t["pool"]])
        origin = t["parent"] or t["origin"]
        seconds = f"{t['wall_s']:.1f}"
        epoch = f"{t['epoch']}/{t['until']}" if t["pool"] == "live" else str(t["epoch"])
        grid.add_row(t["uid"], state, epoch, cell(t["score"]) + mark, seconds, origin, values_of(t))
    if len(trials) > most:
        grid.caption = f"and {len(trials) - most} more"
    return Group(grid, Text.assemble(counts, f"   {spent}"))


def tell(console: Console, found: Mapping[str, Any]) -> None:
    """What became of the tuning, and what it cost."""
    console.print(Text(f"{found['product']} {found['ds']}: {found['verdict']}", "bold"))
    console.print(f"  {found['trials']} trials, {found['cost']['epochs']} epochs, {found['cost']['wall_s']:.0f} s")
    console.print(f"  best found: {values_of(found)}")
