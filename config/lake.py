"""Partitions on disk or in an object store: written aside, audited, then published by one manifest write.

A partition is the folder ``{root}/{layer}/{dataset}/ds=YYYY-MM-DD``. Its ``_manifest.json`` is the marker: it names
the files that make up the partition, with their hashes, and readers follow it alone. A writer fills ``_staged/`` and
seals it with a manifest of its own; the gate audits what is staged and publishes it: files are linked (copied, in an
object store) beside the old ones under the next version, the manifest is replaced in one step, the old files go.
Killed at any point, the partition is the old one whole or the new one whole, and the same call made again finishes
the work.

A table's files are ``v3-part-0000.parquet``; an artifact's stand below ``v3/`` under their own names.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from config.datasets import Dataset, dataset, parse_ds

log = logging.getLogger("naru")
MANIFEST = "_manifest.json"
STAGED = "_staged"
Manifest = dict[str, Any]


class LakeError(RuntimeError):
    """A partition that is absent, damaged or written by two at once; the message names it."""


@dataclass(frozen=True)
class Lake:
    """The root folder or URL and the file system below it."""

    root: str

    @cached_property
    def fs(self) -> Any:
        return fsspec.core.url_to_fs(self.root)[0]

    @cached_property
    def base(self) -> str:
        """The root as the file system spells it (no scheme)."""
        return str(fsspec.core.url_to_fs(self.root)[1]).rstrip("/")

    @property
    def local(self) -> bool:
        return "file" in (self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,))

    def partition(self, name: str, ds: str) -> Partition:
        return Partition(self, dataset(name), parse_ds(ds).isoformat())

    def window(self, name: str, ds: str, days: int = 1, lag: int = 0) -> list[Partition]:
        """The published partitions of the ``days`` days that end ``lag`` days before ``ds``, oldest first."""
        last = parse_ds(ds) - timedelta(days=lag)
        wanted = ((last - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1))
        return [p for p in (self.partition(name, day) for day in wanted) if p.exists]

    def days(self, name: str) -> list[str]:
        """Every ds with a published partition, oldest first."""
        d = dataset(name)
        folder = f"{self.base}/{d.layer}/{d.name}"
        if not self.fs.exists(folder):
            return []
        found = (Path(p).name.removeprefix("ds=") for p in self.fs.ls(folder, detail=False) if "/ds=" in p)
        return sorted(ds for ds in found if self.partition(name, ds).exists)

    def read_json(self, path: str) -> Any:
        """The JSON at ``path`` below the root, or None where there is none."""
        try:
            return json.loads(self.fs.cat_file(f"{self.base}/{path}"))
        except FileNotFoundError:
            return None
        except json.JSONDecodeError as error:
            raise LakeError(f"{self.root}/{path} is no JSON ({error}); delete it and run its stage again") from error

    def write_json(self, path: str, value: Any) -> None:
        """Replace the JSON at ``path`` below the root in one step."""
        self.write_bytes(path, json.dumps(value, ensure_ascii=False, indent=1, default=str).encode())

    def write_bytes(self, path: str, data: bytes) -> None:
        """Replace the file at ``path`` below the root in one step: a reader sees the old or the new, never a part."""
        full = f"{self.base}/{path}"
        self.fs.makedirs(full.rsplit("/", 1)[0], exist_ok=True)
        if not self.local:
            self.fs.pipe_file(full, data)
            return
        handle, aside = tempfile.mkstemp(dir=Path(full).parent, prefix=".aside-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(full)

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """One writer at a time on this machine; the kernel frees the lock when its holder dies.

        An object store has no such lock: there Airflow's ``max_active_runs=1`` keeps writers apart.
        """
        if not self.local:
            yield
            return
        folder = Path(self.base, ".locks")
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name.replace("/", "-")).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LakeError(f"{name} is being written by another process; wait for it or stop it") from error
            yield


@dataclass(frozen=True)
class Partition:
    """One day of one dataset, as its manifest tells it; ``staged`` looks at what waits for the gate instead."""

    lake: Lake
    dataset: Dataset
    ds: str
    staged: bool = False

    @property
    def name(self) -> str:
        return f"{self.dataset.id}/ds={self.ds}"

    @property
    def relative(self) -> str:
        return self.dataset.path(self.ds) + (f"/{STAGED}" if self.staged else "")

    @property
    def folder(self) -> str:
        return f"{self.lake.base}/{self.relative}"

    @property
    def exists(self) -> bool:
        return bool(self.lake.fs.exists(f"{self.folder}/{MANIFEST}"))

    @property
    def waiting(self) -> Partition:
        """What was written aside for this partition and waits for its gate."""
        return Partition(self.lake, self.dataset, self.ds, staged=True)

    def manifest(self) -> Manifest:
        """Raises LakeError where the partition is absent."""
        value = self.lake.read_json(f"{self.relative}/{MANIFEST}")
        if value is None:
            raise LakeError(f"{self.name} is absent below {self.lake.root}")
        return dict(value)

    def paths(self) -> dict[str, str]:
        """Each file's own name -> its path in the file system."""
        return {name: f"{self.folder}/{entry['path']}" for name, entry in self.manifest()["files"].items()}

    def urls(self) -> list[str]:
        """The Parquet files as Spark wants them."""
        return [self.lake.fs.unstrip_protocol(p) for p in sorted(self.paths().values()) if p.endswith(".parquet")]

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows of a table partition."""
        files = [p for _, p in sorted(self.paths().items()) if p.endswith(".parquet")]
        keep = list(columns) if columns else None
        parts = [pq.read_table(p, columns=keep, filesystem=self.lake.fs) for p in files]
        if not parts:
            raise LakeError(f"{self.name} holds no Parquet file")
        return pa.concat_tables(parts, promote_options="permissive")

    def local_folder(self) -> Path:
        """An artifact's files in a folder of this machine (fetched to a temporary one from an object store)."""
        paths = self.paths()
        if self.lake.local:
            return Path(self.folder) / ("" if self.staged else f"v{self.manifest()['version']}")
        folder = Path(tempfile.mkdtemp(prefix="naru-"))
        for name, path in paths.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            self.lake.fs.get_file(path, str(folder / name))
        return folder

    def damaged(self) -> list[str]:
        """The files whose bytes no longer have the hash that the manifest tells."""
        entries = self.manifest()["files"]
        return [n for n, p in self.paths().items() if file_hash(self.lake.fs, p) != entries[n]["sha256"]]

    def publish(self, **more: Any) -> Manifest:
        """Make what is staged the partition, in one step; ``more`` is added to its manifest (the gate's verdict)."""
        with self.lake.lock(self.name):
            staged = self.waiting.manifest()
            old: Manifest = self.manifest() if self.exists else {"version": 0, "files": {}}
            keep_old = self.dataset.layer == "releases"
            version = old["version"] + 1
            self._sweep(keep=set() if keep_old else {e["path"] for e in old["files"].values()}, all_kept=keep_old)
            prefix = f"v{version}/" if self.dataset.artifact else f"v{version}-"
            files = {n: {**e, "path": prefix + n} for n, e in staged["files"].items()}
            for name, entry in files.items():
                self._link(f"{self.waiting.folder}/{staged['files'][name]['path']}", f"{self.folder}/{entry['path']}")
            manifest = {**staged, **more, "version": version, "files": files}
            self.lake.write_json(f"{self.relative}/{MANIFEST}", manifest)
            self._sweep(keep={e["path"] for e in files.values()}, all_kept=keep_old)
            self.lake.fs.rm(self.waiting.folder, recursive=True)
        return manifest

    def amend(self, **more: Any) -> Manifest:
        """Add to the published manifest (a gate that ran anew over data that did not change)."""
        manifest = {**self.manifest(), **more}
        self.lake.write_json(f"{self.relative}/{MANIFEST}", manifest)
        return manifest

    def _link(self, source: str, target: str) -> None:
        self.lake.fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        if not self.lake.local:
            self.lake.fs.cp_file(source, target)
            return
        with contextlib.suppress(FileNotFoundError):
            Path(target).unlink()
        os.link(source, target)

    def _sweep(self, keep: set[str], all_kept: bool) -> None:
        """Remove files of older versions and of a publication that was cut short."""
        if all_kept or not self.lake.fs.exists(self.folder):
            return
        for path in self.lake.fs.find(self.folder):
            inside = path[len(self.folder) + 1 :]
            if inside not in keep and inside != MANIFEST and not inside.startswith(STAGED):
                self.lake.fs.rm_file(path)
        if self.lake.local:
            for folder in sorted(Path(self.folder).rglob("*"), reverse=True):
                if folder.is_dir() and STAGED not in folder.parts and not any(folder.iterdir()):
                    folder.rmdir()


@dataclass
class Staging:
    """The folder that a stage fills for one partition; ``seal`` makes it ready for the gate, marker last."""

    partition: Partition
    folder: Path = field(init=False)
    facts: list[dict[str, Any]] = field(default_factory=list)
    parts: int = 0

    def __post_init__(self) -> None:
        lake, staged = self.partition.lake, self.partition.waiting.folder
        if lake.fs.exists(staged):
            lake.fs.rm(staged, recursive=True)
        if lake.local:
            self.folder = Path(staged)
            self.folder.mkdir(parents=True)
        else:
            self.folder = Path(tempfile.mkdtemp(prefix="naru-"))

    @property
    def url(self) -> str:
        """Where Spark writes; ``seal`` takes in what it left there."""
        return str(self.partition.lake.fs.unstrip_protocol(f"{self.partition.waiting.folder}/spark"))

    def write(self, table: pa.Table) -> None:
        """Append a table as one more Parquet file."""
        pq.write_table(table, self.folder / f"part-{self.parts:04d}.parquet", compression="zstd")
        self.parts += 1

    def writer(self, schema: pa.Schema) -> pq.ParquetWriter:
        """A writer for a stream of batches; close it before the stage ends."""
        self.parts += 1
        return pq.ParquetWriter(self.folder / f"part-{self.parts - 1:04d}.parquet", schema, compression="zstd")

    def write_json(self, name: str, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=1, default=float)
        (self.folder / name).write_text(text, encoding="utf-8")

    @property
    def empty(self) -> bool:
        return not any(self.folder.rglob("*")) and not self.partition.lake.fs.exists(
            f"{self.partition.waiting.folder}/spark"
        )

    def discard(self, reason: str) -> None:
        """Take back what was written: the dataset is absent on this day."""
        log.info("%s: %s", self.partition.name, reason)
        fs, target = self.partition.lake.fs, self.partition.waiting.folder
        if fs.exists(target):
            fs.rm(target, recursive=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def seal(self, manifest: Manifest) -> Manifest:
        """Hash every file and write the manifest of what is staged."""
        partition = self.partition
        fs, target = partition.lake.fs, partition.waiting.folder
        self._take_spark(target)
        if not partition.lake.local:
            for path in sorted(p for p in self.folder.rglob("*") if p.is_file()):
                fs.makedirs(f"{target}/{path.relative_to(self.folder).parent.as_posix()}", exist_ok=True)
                fs.put_file(str(path), f"{target}/{path.relative_to(self.folder).as_posix()}")
            shutil.rmtree(self.folder)
        files = {}
        for path in sorted(fs.find(target)):
            name = path[len(target) + 1 :]
            rows = pq.read_metadata(path, filesystem=fs).num_rows if name.endswith(".parquet") else None
            files[name] = {"path": name, "bytes": fs.size(path), "sha256": file_hash(fs, path), "rows": rows}
        rows = None if partition.dataset.artifact else sum(f["rows"] or 0 for f in files.values())
        sealed = {
            **manifest,
            "dataset": partition.dataset.id,
            "ds": partition.ds,
            "rows": rows,
            "facts": self.facts,
            "files": files,
            "content": content_hash(files),
        }
        partition.lake.write_json(f"{partition.waiting.relative}/{MANIFEST}", sealed)
        return sealed

    def _take_spark(self, target: str) -> None:
        """Take in what the tasks of a Spark job wrote as part-0000.parquet and on, in their own order."""
        fs = self.partition.lake.fs
        if not fs.exists(f"{target}/spark"):
            return
        written = [p for p in sorted(fs.find(f"{target}/spark")) if p.endswith(".parquet")]
        for index, path in enumerate(written):
            fs.mv(path, f"{target}/part-{index:04d}.parquet")
        fs.rm(f"{target}/spark", recursive=True)


def file_hash(fs: Any, path: str) -> str:
    """sha256 of one file, "" where it is gone."""
    if not fs.exists(path):
        return ""
    digest = hashlib.sha256()
    with fs.open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def content_hash(files: dict[str, dict[str, Any]]) -> str:
    """One hash for a set of files: their names and bytes, not the time they were written."""
    lines = sorted(f"{name} {entry['sha256']}" for name, entry in files.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
