"""The night, as one table: which stage reads what, writes what, and which function does it.

The DAGs, the command line, the report and the tests all come from ``STAGES``. Edges follow from reads and writes, and
after every written dataset stands its gate: a stage only *stages* its output, the gate audits and publishes it,
readers hang on the gate. Stage functions are named, not imported, so that reading this table needs neither Spark nor
TensorFlow.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from config.datasets import PRODUCTS, dataset, parse_ds
from config.lake import Lake, Manifest, Partition, Staging
from config.settings import PROJECT, Settings
from config.task import Skip, Task

Outcome = Literal["ran", "skipped", "absent"]


@dataclass(frozen=True)
class Read:
    """An input: the partitions of ``days`` days ending ``lag`` days before the batch day.

    A stage runs when each required input has a partition in its window and at least one input has the day's own. Of an
    input with a ``file`` the newest partition counts, and of that the content of this one file.
    """

    dataset: str
    days: int = 1
    lag: int = 0
    optional: bool = False
    file: str = ""


@dataclass(frozen=True)
class Stage:
    """One row of the table.

    ``runs`` is ``module:function`` of a Task; ``config`` names the sections of the settings that it reads; ``outside``
    is ``module:function(settings, ds)`` that lists what the stage takes in from outside the lake's partitions. ``off``
    is ``module:function(settings, ds)`` that tells why the stage rests on a day, "" where it does not. ``spread`` is
    ``module:function(task, worker)`` that workers may run side by side before the stage, and ``workers``
    ``module:function(settings)`` tells how many.
    """

    name: str
    dag: str
    runs: str
    reads: tuple[Read, ...] = ()
    writes: tuple[str, ...] = ()
    engine: Literal["python", "spark"] = "python"
    config: tuple[str, ...] = ()
    outside: str = ""
    off: str = ""
    spread: str = ""
    workers: str = ""
    product: str = ""
    doc: str = ""

    @property
    def code(self) -> tuple[str, ...]:
        """Folders and files whose text is part of the stage's fingerprint."""
        module = self.runs.split(":")[0].split(".")
        own = "/".join(module[:-1] if len(module) > 2 else module)
        shared = {
            "spark": ("jobs/session", "jobs/deliver"),
            "landing": ("portal", "jobs/quarantine"),
            "product": ("models/pretrained", "models/runtime", *(f"models/tune/{n}" for n in TRAINING)),
            "tuning": ("models/pretrained", "models/runtime", f"models/{self.product}"),
        }
        trains = own == f"models/{self.product}"
        kind = "landing" if self.outside else "tuning" if self.spread else "product" if trains else self.engine
        return (own, *shared.get(kind, ()))


WINDOW = 30
TRAINING = ("keras_session", "session", "space", "training", "tuned")
TUNED = "values.json"


def product_stages(product: str, reads: tuple[Read, ...]) -> tuple[Stage, ...]:
    """The eight rows of a product: tune, train, evaluate, engine, index, release, probe, promote."""
    tuned = f"tuned/{product}"
    tune = Stage(
        f"{product}_tune",
        product,
        "models.tune.stage:run",
        (*reads, Read(tuned, days=WINDOW, lag=1, optional=True, file=TUNED)),
        (tuned,),
        config=(product, "tune"),
        off="models.tune.settings:off",
        spread="models.tune.stage:search",
        workers="models.tune.settings:workers",
        product=product,
        doc="Search for a better config",
    )

    def row(verb: str, runs: str, of: tuple[str, ...], writes: tuple[str, ...], doc: str) -> Stage:
        learnt = (*reads, Read(tuned, days=WINDOW, optional=True, file=TUNED))
        if product == "ctr":  # a warm start begins from yesterday's networks
            learnt = (*learnt, Read("models/ctr", lag=1, optional=True))
        inputs = learnt if verb == "train" else tuple(Read(f"{layer}/{product}") for layer in of)
        return Stage(
            f"{product}_{verb}", product, runs, inputs, writes, config=(product, verb), product=product, doc=doc
        )

    built = ("models", "metrics", "engines", "indexes")
    return (
        tune,
        row("train", f"models.{product}.train:run", (), (f"models/{product}",), "Train the networks"),
        row("evaluate", f"models.{product}.evaluate:run", ("models",), (f"metrics/{product}",), "Score held-out rows"),
        row("engine", "models.engine:run", ("models",), (f"engines/{product}",), "Export ONNX, compile, compare"),
        row("index", "models.index:run", ("models",), (f"indexes/{product}",), "Build Faiss indexes, measure recall"),
        row("release", "models.release:run", built, (f"releases/{product}",), "Put the parts together, hash them"),
        row("probe", "models.probe:run", ("releases",), (f"probes/{product}",), "Ask it from a fresh process"),
        row("promote", "models.release:promote", ("releases", "probes"), (), "Move it into service, in one step"),
    )


STAGES: tuple[Stage, ...] = (
    Stage(
        "land_corpus",
        "corpus_daily",
        "jobs.land:run",
        writes=("landing/documents", "landing/dialogues", "landing/questions"),
        config=("land", "portal"),
        outside="jobs.land:inbox",
        doc="Take in the day's texts: documents, dialogues, questions",
    ),
    Stage(
        "clean_corpus",
        "corpus_daily",
        "jobs.clean.corpus:run",
        reads=(Read("landing/documents"), Read("clean/documents", days=WINDOW, lag=1, optional=True)),
        writes=("clean/documents", "clean/dropped", "clean/terms", "clean/counts"),
        engine="spark",
        config=("clean_corpus", "spark"),
        doc="Main text, PII, language, quality, exact and near duplicates, morphemes",
    ),
    Stage(
        "land_clicks",
        "clicks_daily",
        "jobs.land:run",
        writes=("landing/searches", "landing/search_catalog", "landing/impressions", "landing/ads"),
        config=("land", "portal"),
        outside="jobs.land:inbox",
        doc="Take in the day's logs: searches, impressions and what was shown",
    ),
    Stage(
        "aggregate_searches",
        "clicks_daily",
        "jobs.searches:run",
        reads=(Read("landing/searches"), Read("landing/search_catalog", days=WINDOW, optional=True)),
        writes=("features/searches", "features/queries"),
        engine="spark",
        config=("aggregate_searches", "spark"),
        doc="Bots out, sessions, click entropy",
    ),
    Stage(
        "aggregate_impressions",
        "clicks_daily",
        "jobs.impressions:run",
        reads=(
            Read("landing/impressions"),
            Read("landing/ads", days=WINDOW, optional=True),
            Read("features/counters", days=WINDOW - 1, lag=1, optional=True),
        ),
        writes=("features/impressions", "features/ads", "features/counters", "features/history"),
        engine="spark",
        config=("aggregate_impressions", "spark"),
        doc="Bots and repeats out, ad features joined, counters and click rates of the past",
    ),
    *product_stages("chatbot", (Read("landing/dialogues", days=WINDOW),)),
    *product_stages("qa", (Read("clean/documents", days=WINDOW), Read("landing/questions", days=WINDOW))),
    *product_stages(
        "personalization",
        (Read("features/searches", days=WINDOW), Read("landing/search_catalog", days=WINDOW, optional=True)),
    ),
    *product_stages("ctr", (Read("features/impressions", days=WINDOW), Read("features/ads", days=WINDOW))),
)
DAGS = ("corpus_daily", "clicks_daily", *PRODUCTS)


def stage(name: str) -> Stage:
    """The row called ``name``; raises KeyError with the known names."""
    for row in STAGES:
        if row.name == name:
            return row
    raise KeyError(f"no stage {name!r}; there are {', '.join(s.name for s in STAGES)}")


def stages(name: str) -> tuple[Stage, ...]:
    """The row called ``name``, or the family whose names begin with it (``land``, ``chatbot``)."""
    family = tuple(s for s in STAGES if s.name == name or s.name.startswith(f"{name}_"))
    return family or (stage(name),)


def writer(dataset_id: str) -> Stage:
    """The stage that writes a dataset."""
    return next(s for s in STAGES if dataset_id in s.writes)


def upstream(row: Stage) -> tuple[str, ...]:
    """The datasets of the same day whose gates stand before a stage."""
    return tuple(r.dataset for r in row.reads if r.lag == 0)


@functools.lru_cache(maxsize=64)
def code_hash(*places: str) -> str:
    """sha256 over the text of Python files below ``places`` (folders or modules, relative to the project)."""
    digest = hashlib.sha256()
    for place in sorted(places):
        path = PROJECT / place
        files: Iterator[Path] = iter(sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")])
        for file in files:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def fingerprint(row: Stage, settings: Settings, ds: str, inputs: dict[str, list[Partition]]) -> dict[str, Any]:
    """What decides whether a stage must run again: its code, its config, the content of its inputs."""
    read = [
        {"dataset": name, "ds": p.ds, "content": p.manifest()["content"]}
        for name, parts in inputs.items()
        for p in parts
    ]
    config = {name: settings.told(name) for name in row.config}
    code = code_hash(*row.code, "language")
    outside = function(row.outside)(settings, ds) if row.outside else []
    whole = [r.dataset for r in row.reads if not r.file]
    chosen = [named_content(r, inputs[r.dataset]) for r in row.reads if r.file]
    counted = [r for r in read if r["dataset"] in whole] + [c for c in chosen if c]
    text = json.dumps([row.name, code, config, counted, outside], sort_keys=True, default=str)
    return {"inputs": read, "config": config, "code": code, "fingerprint": hashlib.sha256(text.encode()).hexdigest()}


def named_content(read: Read, partitions: list[Partition]) -> list[str]:
    """Dataset, file and hash of the one file that counts of an input; [] where the newest partition lacks it."""
    entry = partitions[-1].manifest()["files"].get(read.file) if partitions else None
    return [read.dataset, read.file, entry["sha256"]] if entry else []


def gather(row: Stage, lake: Lake, ds: str) -> dict[str, list[Partition]]:
    """The partitions that a stage reads on a day; raises Skip where a required one is absent."""
    found = {r.dataset: lake.window(r.dataset, ds, r.days, r.lag) for r in row.reads}
    inputs = {r.dataset: found[r.dataset][-1:] if r.file else found[r.dataset] for r in row.reads}
    for read in row.reads:
        if not inputs[read.dataset] and not read.optional:
            raise Skip(
                f"{read.dataset} has no partition on {ds}" + (f" or {read.days - 1} days before" * (read.days > 1))
            )
    fresh = [r.dataset for r in row.reads if r.lag == 0 and any(p.ds == ds for p in inputs[r.dataset])]
    if row.reads and not fresh:
        raise Skip(f"nothing new on {ds} in {', '.join(upstream(row))}")
    return inputs


def unchanged(row: Stage, lake: Lake, ds: str, print_: str) -> bool:
    """Whether every output is there, was made from the same inputs, code and config, and still has its bytes."""
    made = []
    for name in row.writes:
        partition = lake.partition(name, ds)
        current = partition.waiting if partition.waiting.exists else partition
        if not current.exists:
            continue
        if current.manifest()["fingerprint"] != print_ or current.damaged():
            return False
        made.append(name)
    known = lake.read_json(f"journal/ds={ds}/{row.name}.json") or {}
    return bool(made) and made == [n for n in row.writes if n not in known.get("absent", [])]


def run_stage(name: str, ds: str, settings: Settings, force: bool = False) -> Outcome:
    """Run one stage for one day and leave its outputs staged for their gates.

    Returns "skipped" where nothing changed, "absent" where required inputs are not there (the reason is in the
    journal). Raises what the stage raises; nothing is published then.
    """
    row, ds = stage(name), parse_ds(ds).isoformat()
    lake = Lake(settings.root)
    with lake.lock(f"{name}-{ds}"):
        started, clock = datetime.now(UTC), time.monotonic()
        entry: dict[str, Any] = {"stage": name, "dag": row.dag, "started_at": started.isoformat(timespec="seconds")}

        def journal(outcome: str, **more: Any) -> None:
            seconds = round(time.monotonic() - clock, 2)
            lake.write_json(f"journal/ds={ds}/{name}.json", {**entry, "outcome": outcome, "seconds": seconds, **more})

        try:
            if reason := resting(row, settings, ds):
                raise Skip(reason)
            inputs = gather(row, lake, ds)
            made_of = fingerprint(row, settings, ds, inputs)
            if row.writes and not force and unchanged(row, lake, ds, made_of["fingerprint"]):
                known = lake.read_json(f"journal/ds={ds}/{name}.json") or {}
                reason = "inputs, code and config are unchanged and the artifacts verify by hash"
                journal("skipped", reason=reason, last=known.get("last", known), absent=known.get("absent", []))
                return "skipped"
            journal("running")
            task = Task(
                name,
                ds,
                settings,
                lake,
                inputs,
                {n: Staging(lake.partition(n, ds)) for n in row.writes},
                product=row.product,
            )
            function(row.runs)(task)
            absent = seal(task, {**made_of, "stage": name, "created_at": started.isoformat(timespec="seconds")}, clock)
            if row.writes and len(absent) == len(row.writes):
                journal("absent", absent=absent, reason=f"nothing new for {', '.join(absent)} on {ds}")
                return "absent"
            journal("ran", absent=absent, notes=task.notes, counts=task.counts)
            return "ran"
        except Skip as skip:
            journal("absent", reason=str(skip))
            return "absent"
        except BaseException as error:
            journal("failed", reason=f"{type(error).__name__}: {error}")
            raise


def seal(task: Task, manifest: Manifest, clock: float) -> list[str]:
    """Seal every output that the stage filled; returns the datasets that it left empty."""
    absent = []
    for name, staging in task.outputs.items():
        if staging.empty:
            staging.partition.lake.fs.rm(staging.partition.waiting.folder, recursive=True)
            absent.append(name)
            continue
        more = {"counts": task.counts.get(name, {}), "notes": task.notes.get(name, {})}
        staging.seal({**manifest, **more, "seconds": round(time.monotonic() - clock, 2)})
    return absent


def function(where: str) -> Callable[..., Any]:
    """The function named ``module:function``."""
    module, name = where.split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def foresee(name: str, ds: str, settings: Settings) -> Outcome:
    """What ``run_stage`` would answer, without running the stage (so that no engine is started for nothing)."""
    row, lake = stage(name), Lake(settings.root)
    if resting(row, settings, ds):
        return "absent"
    try:
        inputs = gather(row, lake, ds)
    except Skip:
        return "absent"
    made_of = fingerprint(row, settings, ds, inputs)
    return "skipped" if row.writes and unchanged(row, lake, ds, made_of["fingerprint"]) else "ran"


def resting(row: Stage, settings: Settings, ds: str) -> str:
    """Why a stage rests on a day; "" where it does not."""
    return str(function(row.off)(settings, ds)) if row.off else ""


def may_be_absent(row: Stage) -> bool:
    """Whether a stage may leave nothing and those after it go on: whatever it writes is read as an option."""
    readers = [r for s in STAGES for r in s.reads if r.dataset in row.writes]
    return bool(readers) and all(r.optional for r in readers)


def worker_numbers(name: str, ds: str, settings: Settings, force: bool = False) -> list[int]:
    """The workers that may run before a stage, by number; none where the stage itself has nothing to do."""
    foreseen, row = foresee(name, ds, settings), stage(name)
    if foreseen == "absent" or (foreseen == "skipped" and not force):
        return []
    return list(range(function(row.workers)(settings)))


def run_worker(name: str, worker: str, ds: str, settings: Settings, **more: Any) -> None:
    """One of the workers before a stage; ``worker`` is a name that no other living one has."""
    task = open_task(name, ds, settings)
    function(stage(name).spread)(task, worker, **more)


def open_task(name: str, ds: str, settings: Settings) -> Task:
    """The inputs and settings of a stage for one day, with nothing to write; raises Skip where inputs are absent."""
    row, lake, day = stage(name), Lake(settings.root), parse_ds(ds).isoformat()
    return Task(name, day, settings, lake, gather(row, lake, day), {}, product=row.product)


def last_run(lake: Lake, name: str, ds: str) -> dict[str, Any]:
    """The journal of a stage's last run on a day: outcome, seconds, reason, counts; {} where it never ran."""
    return lake.read_json(f"journal/ds={parse_ds(ds).isoformat()}/{name}.json") or {}


def run_gate(name: str, ds: str, settings: Settings, force: bool = False) -> Outcome:
    """Audit what is staged of a dataset and publish it; raises validation.gate.GateFailed on a critical breach."""
    from validation import gate

    dataset(name)
    return gate.run(Lake(settings.root).partition(name, ds), settings, force)


def build_docs(settings: Settings) -> Path | None:
    """Render Great Expectations' Data Docs of every gate; returns the index page, None before the first verdict."""
    from validation import audit

    return audit.build_docs(Lake(settings.root))
