"""Files -> the landing partition of a day: checked, joined with what other files brought, staged for the gate.

A partition is the union of the files delivered to it; a file of the same name replaces its own earlier part. Each part
is told in the manifest's notes as an origin (name, sha256, rows, part), so nothing is landed twice.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from config.datasets import Type, parse_ds
from config.lake import Lake, Partition, Staging
from config.settings import Settings
from jobs import quarantine
from jobs.land import features, formats
from jobs.land.conform import conform, fields, schema
from jobs.land.rows import BadRow, Source
from jobs.land.tally import Limits, Tally, verdict

WINDOW = 30
ENOUGH = 100_000
Publish = Callable[[str, str], object]
Origin = dict[str, Any]


@dataclass(frozen=True)
class LandConfig:
    """Section ``land``.

    ``source`` is "sim" or "files"; ``inbox`` a folder with ``<dataset>/ds=D/*`` to take in ("" = ``inbox`` below the
    root). A file is refused where more than ``bad_rows`` rows *and* more than ``bad_share`` of them are wrong.
    """

    source: str = "sim"
    inbox: str = ""
    bad_rows: int = 20
    bad_share: float = 0.1


@dataclass(frozen=True)
class Delivery:
    """What became of one file: rows read = rows landed + rows in quarantine, by reason."""

    dataset: str
    ds: str
    origin: str
    rows_in: int
    rows: int
    quarantined: Mapping[str, int]
    remarks: tuple[str, ...]


@dataclass
class Filled:
    """A staging folder with all its parts, not sealed yet, and what became of the new ones' rows."""

    staging: Staging
    origins: list[Origin]
    deliveries: list[Delivery]
    rejected: dict[str, list[BadRow]] = field(default_factory=dict)

    def take(self, source: Source, tally: Tally, part: str, unlike: Sequence[str]) -> None:
        """Add a new part, and say how it is ``unlike`` the last day before it."""
        partition, reasons = self.staging.partition, dict(sorted(tally.reasons.items()))
        remarks = [*source.remarks, *unlike]
        if tally.unknown:
            remarks.append(f"ignored the unknown columns {', '.join(sorted(tally.unknown))}")
        counts = {"rows_in": tally.rows_in, "rows": tally.rows, "quarantined": reasons}
        told = {"name": source.name, "sha256": digest(source.files), "part": part, "remarks": remarks}
        self.origins.append({**told, **counts})
        self.deliveries.append(
            Delivery(
                partition.dataset.name, partition.ds, source.name, tally.rows_in, tally.rows, reasons, tuple(remarks)
            )
        )
        self.rejected[source.name] = tally.bad

    def reject(self, lake: Lake) -> None:
        """Write the rejected rows of the new parts to quarantine."""
        partition = self.staging.partition
        for origin, rows in self.rejected.items():
            quarantine.write(lake, partition.dataset.name, partition.ds, origin, rows)

    @property
    def counts(self) -> dict[str, Any]:
        """Rows read and rows dropped by reason, over all origins."""
        dropped: Counter[str] = Counter()
        for origin in self.origins:
            dropped.update(origin["quarantined"])
        return {"rows_in": sum(o["rows_in"] for o in self.origins), "dropped": dict(dropped)}

    @property
    def notes(self) -> dict[str, Any]:
        return {"source": "files", "origins": self.origins}


def deliver(settings: Settings, dataset: str, file: str | Path, ds: str, publish: Publish) -> Delivery:
    """Land one file as (part of) ``landing/<dataset>`` of day ``ds``.

    ``publish(dataset id, ds)`` runs the gate over what is staged and publishes it; if it raises, the partition stays as
    it was. Raises BadInput (or BadDate) for anything about the file that no retry can mend.
    """
    day = parse_ds(ds).isoformat()
    return bring(settings, {dataset: formats.source(formats.landing(dataset), Path(file))}, day, publish)[0]


def bring(settings: Settings, sources: Mapping[str, Source], ds: str, publish: Publish) -> list[Delivery]:
    """Land one source a dataset: all are checked and staged before the first is published.

    Whatever goes wrong, nothing of what was not published stays behind.
    """
    day, lake = parse_ds(ds).isoformat(), Lake(settings.root)
    limits = limits_of(settings)
    partitions = {name: lake.partition(formats.landing(name).id, day) for name in sources}
    with contextlib.ExitStack() as stack:
        for partition in partitions.values():
            stack.enter_context(lake.lock(f"{partition.name}-delivery"))
            stack.callback(discard, partition.waiting)
        filled = [fill(Staging(partitions[name]), [source], limits) for name, source in sources.items()]
        for done in filled:
            done.reject(lake)
            done.staging.seal(manifest(done))
        for partition in partitions.values():
            publish(partition.dataset.id, day)
    return [after_gate(lake, delivery) for done in filled for delivery in done.deliveries]


def after_gate(lake: Lake, done: Delivery) -> Delivery:
    """The delivery with what the gate took of it told too."""
    taken = quarantine.taken_by_gate(lake, done.dataset, done.ds, done.origin)
    return replace(done, rows=done.rows - sum(taken.values()), quarantined={**done.quarantined, **taken})


def limits_of(settings: Settings) -> Limits:
    config = settings.section("land", LandConfig)
    return Limits(config.bad_rows, config.bad_share)


def discard(staged: Partition) -> None:
    """Remove what was staged and not published, and the day's folder where nothing else is in it."""
    fs, day = staged.lake.fs, staged.folder.rsplit("/", 1)[0]
    if fs.exists(staged.folder):
        fs.rm(staged.folder, recursive=True)
    if fs.exists(day) and not fs.ls(day, detail=False):
        fs.rmdir(day)


def manifest(done: Filled) -> dict[str, Any]:
    """What a sealed delivery tells beside its files."""
    told = hashlib.sha256("\n".join(f"{o['name']} {o['sha256']}" for o in done.origins).encode())
    return {
        "stage": "land",
        "inputs": [],
        "config": {},
        "code": "",
        "fingerprint": told.hexdigest(),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": 0,
        "counts": done.counts,
        "notes": done.notes,
    }


def origins(partition: Partition) -> list[Origin]:
    """The files that a published partition is the union of; none where it is absent or simulated."""
    return list(partition.manifest()["notes"].get("origins", [])) if partition.exists else []


def fill(staging: Staging, sources: Sequence[Source], limits: Limits) -> Filled:
    """Write every part of the partition into ``staging``: those kept as they were and those of ``sources``.

    Parts stand in the order of their origins' names, whoever came first, and share one schema.
    """
    partition = staging.partition
    new = {source.name: source for source in sources}
    kept = {o["name"]: o for o in origins(partition) if o["name"] not in new}
    opened, unlike = open_types(partition, kept, sources)
    columns = schema(fields(partition.dataset, opened))
    seen = landed_keys(partition, kept)
    filled = Filled(staging, [], [])
    for name in sorted({*new, *kept}):
        part = f"part-{staging.parts:04d}.parquet"
        if name in kept:
            carry(partition.paths()[kept[name]["part"]], staging, columns)
            filled.origins.append({**kept[name], "part": part, "kept": True})
        else:
            tally = write(new[name], staging, columns, opened, seen, limits)
            filled.take(new[name], tally, part, unlike[name])
    return filled


def write(
    source: Source,
    staging: Staging,
    columns: pa.Schema,
    opened: Mapping[str, Type],
    seen: dict[str, str],
    limits: Limits,
) -> Tally:
    """Stream the good rows of a source into one Parquet file; raises BadInput where the file as a whole is wrong."""
    dataset, tally = staging.partition.dataset, Tally()
    with staging.writer(columns) as writer:
        for table in conform(source, dataset, opened, staging.partition.ds, seen, tally):
            if table.num_rows:
                writer.write_table(table)
            if len(tally.bad) > ENOUGH:
                verdict(tally, source, dataset, limits)
    verdict(tally, source, dataset, limits)
    return tally


def open_types(
    partition: Partition, kept: Mapping[str, Origin], sources: Sequence[Source]
) -> tuple[dict[str, Type], dict[str, list[str]]]:
    """(open columns of the whole partition, how each source's are unlike those of the day before it); the kept parts
    and earlier days decide their types."""
    dataset, lake = partition.dataset, partition.lake
    fixed = {c.name for c in dataset.columns}
    if not dataset.prefixes:
        return {}, {source.name: [] for source in sources}
    earlier: dict[str, Type] = {}
    latest: dict[str, Type] = {}
    for other in lake.window(dataset.id, partition.ds, WINDOW, lag=1):
        if other.manifest()["notes"].get("source") == "files":
            latest = schema_types(other, fixed)
            earlier |= latest
    here: dict[str, Type] = {}
    for origin in kept.values():
        here |= part_types(lake, partition.paths()[origin["part"]], fixed)
    unlike = {}
    for source in sources:
        counted = features.open_columns(source, dataset)
        here |= features.types(counted, {**earlier, **here})
        unlike[source.name] = features.unlike(counted, latest)
    return here, unlike


def schema_types(partition: Partition, fixed: set[str]) -> dict[str, Type]:
    """The open columns of a published partition."""
    found: dict[str, Type] = {}
    for path in partition.paths().values():
        found |= part_types(partition.lake, path, fixed)
    return found


def part_types(lake: Lake, path: str, fixed: set[str]) -> dict[str, Type]:
    """The open columns of one Parquet file."""
    return {f.name: features.kind(f.type) for f in pq.read_schema(path, filesystem=lake.fs) if f.name not in fixed}


def landed_keys(partition: Partition, kept: Mapping[str, Origin]) -> dict[str, str]:
    """Keys that the kept parts hold -> the origin that brought them."""
    seen: dict[str, str] = {}
    for name, origin in kept.items() if partition.dataset.key else ():
        key = partition.dataset.key[0]
        column = pq.read_table(partition.paths()[origin["part"]], columns=[key], filesystem=partition.lake.fs)[key]
        seen.update(dict.fromkeys(column.to_pylist(), name))
    return seen


def carry(path: str, staging: Staging, columns: pa.Schema) -> None:
    """Copy a kept part, batch by batch, filling open columns that only other parts have with null."""
    fs = staging.partition.lake.fs
    with fs.open(path, "rb") as file, staging.writer(columns) as writer:
        for batch in pq.ParquetFile(file).iter_batches():
            table = pa.Table.from_batches([batch])
            arrays = [table[f.name] if f.name in table.column_names else pa.nulls(len(table), f.type) for f in columns]
            writer.write_table(pa.table(arrays, schema=columns))


def digest(files: Sequence[Path]) -> str:
    """sha256 over the bytes of files."""
    found = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                found.update(block)
    return found.hexdigest()
