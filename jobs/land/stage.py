"""Stages land_corpus and land_clicks: take in the day, from the simulated portal or from files.

With ``[land] source = "sim"`` the portal delivers, and its latent truth is written beside the lake's layers, for
evaluation only. With "files", what ``naru land`` and ``naru import`` published stays as it is, and files that lie in
the inbox (``<inbox>/<dataset>/ds=D/``) are joined to it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from config.datasets import LANDING, Dataset, dataset, parse_ds
from config.lake import Lake, Partition
from config.settings import Settings
from config.task import BadInput, Task
from jobs.land import formats
from jobs.land.conform import ARROW
from jobs.land.delivery import LandConfig, digest, fill, limits_of, origins

Delivered = tuple[str, pa.Table, Mapping[str, pa.Table]]  # dataset id, rows, truth tables by name


def run(task: Task) -> None:
    """Fill the outputs of the day; one that nothing brought stays empty, and what was published before it stays."""
    config = task.settings.section("land", LandConfig)
    if config.source == "sim":
        simulate(task)
    elif config.source == "files":
        collect(task, config)
    else:
        raise BadInput(f"[land] source = {config.source!r}; choose 'sim' (the simulated portal) or 'files'")


def simulate(task: Task) -> None:
    """Let the portal deliver every dataset of the stage."""
    for name in task.outputs:
        refuse_files(task.lake.partition(name, task.ds))
    for name, rows, truth in portal_of(task):
        table = exact(rows, dataset(name))
        task.output(name).write(table)
        task.count(name, table.num_rows)
        task.note(name, source="sim")
        for title, told in truth.items():
            buffer = io.BytesIO()
            pq.write_table(told, buffer, compression="zstd")
            task.lake.write_bytes(f"truth/{title}/ds={task.ds}/part-0000.parquet", buffer.getvalue())
        task.log("%s: %d rows of the simulated portal", name, table.num_rows)


def refuse_files(partition: Partition) -> None:
    """Raises BadInput where files were delivered: the portal never replaces them."""
    if delivered := origins(partition):
        names = ", ".join(o["name"] for o in delivered)
        raise BadInput(
            f"{partition.name} holds files ({names}), which the simulated portal does not replace; "
            f"run with --source files, or choose another --ds or --root"
        )


def collect(task: Task, config: LandConfig) -> None:
    """Join what lies in the inbox to what landed."""
    for name, staging in task.outputs.items():
        partition = task.lake.partition(name, task.ds)
        known = {(o["name"], o["sha256"]) for o in origins(partition)}
        found = [
            p
            for p in waiting(task.lake, config, staging.partition.dataset, task.ds)
            if (p.name, digest([p])) not in known
        ]
        if not found:
            task.log("%s: nothing new in the inbox; %s", name, "kept as landed" if partition.exists else "absent")
            continue
        sources = [formats.source(staging.partition.dataset, path) for path in found]
        filled = fill(staging, sources, limits_of(task.settings))
        filled.reject(task.lake)
        task.count(name, **filled.counts)
        task.note(name, **filled.notes)
        task.log("%s: %d new files from the inbox", name, len(found))


def inbox(settings: Settings, ds: str) -> list[str]:
    """What lies in the inbox on a day, by name and content: a new file there is new input of the stage."""
    config = settings.section("land", LandConfig)
    if config.source != "files":
        return []
    return [f"{d.name}/{p.name} {digest([p])}" for d in LANDING for p in waiting(Lake(settings.root), config, d, ds)]


def waiting(lake: Lake, config: LandConfig, of: Dataset, ds: str) -> list[Path]:
    """The files of the inbox for one dataset and day."""
    if not config.inbox and not lake.local:
        return []
    folder = Path(config.inbox or Path(lake.base, "inbox")) / of.name / f"ds={ds}"
    return sorted(p for p in folder.glob("*") if p.is_file() and not p.name.startswith((".", "_")))


def exact(rows: pa.Table, of: Dataset) -> pa.Table:
    """The portal's rows with the dataset's columns in order and type, then its open columns by name."""
    fixed = [c.name for c in of.columns]
    opened = sorted(n for n in rows.column_names if n not in fixed and n.startswith(of.prefixes))
    kinds = {c.name: ARROW[c.type] for c in of.columns} | {n: rows.schema.field(n).type for n in opened}
    return rows.select(fixed + opened).cast(pa.schema([(n, kinds[n]) for n in fixed + opened]))


def portal_of(task: Task) -> Iterator[Delivered]:
    """What the portal delivers for the stage's outputs; its modules load only here."""
    from portal.world import PortalConfig, World

    config = task.settings.section("portal", PortalConfig)
    world = World(config.size, config.seed)
    if "landing/documents" in task.outputs:
        from portal import dialogues, documents, questions

        for module in (documents, dialogues, questions):
            name = module.__name__.rpartition(".")[2]
            rows, truth = module.deliver(world, task.ds)
            yield f"landing/{name}", rows, titled(name, truth)
    if "landing/searches" in task.outputs:
        from portal import ads, searches

        backlog = config.backlog_days
        earlier = since(task, "landing/searches", backlog)
        log, catalog, truth = searches.deliver(world, task.ds, earlier, backlog)
        yield "landing/searches", log, titled("searches", truth)
        yield "landing/search_catalog", catalog, {}
        earlier = since(task, "landing/impressions", backlog)
        shown, offered, truth = ads.deliver(world, task.ds, earlier, backlog)
        yield "landing/impressions", shown, titled("impressions", truth)
        yield "landing/ads", offered, {}


def titled(name: str, truth: Any) -> dict[str, pa.Table]:
    """Truth tables by the name of their folder."""
    return {name: truth} if isinstance(truth, pa.Table) else {f"{name}_{k}": v for k, v in truth.items()}


def since(task: Task, name: str, backlog_days: int) -> str | None:
    """The newest earlier day that the portal delivered within its backlog; None makes it deliver the whole backlog."""
    day = parse_ds(task.ds)
    for back in range(1, backlog_days + 1):
        partition = task.lake.partition(name, (day - timedelta(days=back)).isoformat())
        if partition.exists and partition.manifest()["notes"].get("source") == "sim":
            return partition.ds
    return None
