"""A release: model, vocabulary, engine, index, calibration and metrics of one product, in service as one unit.

A release is the folder ``releases/<product>/ds=D/vN``, written once and never changed. What is in service is told by
one small file, ``releases/<product>/current``, replaced in one step: by ``promote`` when every gate before it is
green, by ``rollback`` when an operator says so. A release that was rolled back is not promoted again; a new one is.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.datasets import PRODUCTS
from config.lake import Lake, LakeError, Partition
from config.task import Task
from models.engine import triton_config
from models.runtime import KerasRuntime

POINTER = "releases/{}/current"
KEPT = ("dataset", "ds", "version", "stage", "created_at", "seconds", "code", "config", "rows", "content", "notes")


def run(task: Task) -> None:
    """Stage ``<product>_release``: put the parts into one folder, with a manifest that tells the whole lineage."""
    product, name = task.product, f"releases/{task.product}"
    folder = task.output(name).folder
    parts = {layer: task.input(f"{layer}/{product}") for layer in ("models", "metrics", "engines", "indexes")}
    runtime = KerasRuntime(parts["models"].local_folder())
    networks = copy_networks(runtime, parts["engines"].local_folder(), folder)
    indexes = copy_indexes(runtime, parts["indexes"].local_folder(), folder)
    for file in (*runtime.artifact["carry"], "probes.json"):
        copy(runtime.folder / file, folder / file)
    copy(parts["metrics"].local_folder() / "metrics.json", folder / "metrics.json")
    release = {"product": product, "ds": task.ds, "networks": networks, "indexes": indexes}
    task.output(name).write_json("release.json", release)
    lineage = trace(task.lake, [p for group in task.inputs.values() for p in group])
    task.output(name).write_json("manifest.json", {**release, "lineage": lineage})
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        task.fact(name, file=path.relative_to(folder).as_posix(), bytes=path.stat().st_size)
    task.note(name, metrics=json.loads((folder / "metrics.json").read_text(encoding="utf-8")))


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def copy_networks(runtime: KerasRuntime, engines: Path, folder: Path) -> dict[str, str]:
    """Keras files, the Triton model repository and compiled engines; returns network -> its ONNX file."""
    networks = {}
    for network, entry in sorted(runtime.artifact["networks"].items()):
        copy(runtime.folder / entry["file"], folder / "model" / entry["file"])
        target = folder / "model_repository" / network / "1" / "model.onnx"
        copy(engines / f"{network}.onnx", target)
        (target.parents[1] / "config.pbtxt").write_text(triton_config(network, target), encoding="utf-8")
        networks[network] = target.relative_to(folder).as_posix()
    for file in sorted(engines.iterdir()):
        if file.suffix in {".rtx", ".plan"} or file.name == "engines.json":
            copy(file, folder / "engines" / file.name)
    return networks


def copy_indexes(runtime: KerasRuntime, built: Path, folder: Path) -> dict[str, str]:
    """The Faiss files; returns table -> its file."""
    for table in runtime.artifact["tables"]:
        copy(built / f"{table}.faiss", folder / "indexes" / f"{table}.faiss")
    return {table: f"indexes/{table}.faiss" for table in sorted(runtime.artifact["tables"])}


def trace(lake: Lake, partitions: list[Partition]) -> list[dict[str, Any]]:
    """The manifests from here back to landing, each partition once, nearest first."""
    seen: dict[str, dict[str, Any]] = {}
    queue = list(partitions)
    while queue:
        partition = queue.pop(0)
        if partition.name in seen or not partition.exists:
            continue
        manifest = partition.manifest()
        files = {n: e["sha256"] for n, e in manifest["files"].items()}
        seen[partition.name] = {k: manifest.get(k) for k in KEPT} | {"inputs": manifest["inputs"], "files": files}
        queue.extend(lake.partition(i["dataset"], i["ds"]) for i in manifest["inputs"])
    return list(seen.values())


def promote(task: Task) -> None:
    """Stage ``<product>_promote``: the release of the day goes into service, in one step."""
    partition = task.input(f"releases/{task.product}")
    if bad := partition.damaged():
        raise LakeError(f"{partition.name}: {', '.join(bad)} changed since the gate; run {task.product}_release again")
    chosen = f"ds={partition.ds}/v{partition.manifest()['version']}"
    with task.lake.lock(f"releases/{task.product}"):
        pointer = read_pointer(task.lake, task.product)
        if chosen == pointer["current"]:
            task.log("%s is in service already", chosen)
            return
        if chosen in pointer["withdrawn"]:
            task.log("%s was rolled back by an operator and stays out of service", chosen)
            return
        previous = [*pointer["previous"], pointer["current"]] if pointer["current"] else pointer["previous"]
        write_pointer(task.lake, task.product, {**pointer, "current": chosen, "previous": previous})
    task.log("%s is in service", chosen)


def rollback(lake: Lake, product: str) -> dict[str, Any]:
    """Put the release before the current one back into service; returns the new pointer.

    Raises LakeError where there is none or where its files changed.
    """
    with lake.lock(f"releases/{product}"):
        pointer = read_pointer(lake, product)
        if not pointer["previous"]:
            raise LakeError(f"{product} has no earlier release to roll back to (in service: {pointer['current']})")
        *previous, chosen = pointer["previous"]
        if not lake.fs.exists(f"{lake.base}/releases/{product}/{chosen}/release.json"):
            raise LakeError(f"releases/{product}/{chosen} is gone; nothing was changed")
        withdrawn = [*pointer["withdrawn"], pointer["current"]]
        pointer = {"current": chosen, "previous": previous, "withdrawn": withdrawn}
        return write_pointer(lake, product, pointer)


def read_pointer(lake: Lake, product: str) -> dict[str, Any]:
    """What is in service: ``current`` ("ds=D/vN" or None), ``previous`` (oldest first), ``withdrawn``."""
    return lake.read_json(POINTER.format(product)) or {"current": None, "previous": [], "withdrawn": []}


def write_pointer(lake: Lake, product: str, pointer: dict[str, Any]) -> dict[str, Any]:
    moved = {**pointer, "moved_at": datetime.now(UTC).isoformat(timespec="seconds")}
    lake.write_json(POINTER.format(product), moved)
    return moved


def current(lake: Lake, product: str) -> Path | None:
    """The folder of the release in service, fetched to this machine where the lake is remote; None without one."""
    chosen = read_pointer(lake, product)["current"]
    if chosen is None:
        return None
    remote = f"{lake.base}/releases/{product}/{chosen}"
    if lake.local:
        return Path(remote)
    cache = Path.home() / ".cache" / "naru" / product / chosen
    if not cache.exists():
        aside = cache.with_name(f".{cache.name}.aside")
        lake.fs.get(f"{remote}/", f"{aside}/", recursive=True)
        aside.rename(cache)
    return cache


def status(lake: Lake) -> list[dict[str, Any]]:
    """What is in service, a row a product: product, ds, version, metrics, path, moved_at, earlier."""
    rows = []
    for product in PRODUCTS:
        pointer = read_pointer(lake, product)
        if pointer["current"] is None:
            continue
        path = f"releases/{product}/{pointer['current']}"
        ds, version = pointer["current"].removeprefix("ds=").split("/v")
        rows.append(
            {
                "product": product,
                "ds": ds,
                "version": int(version),
                "metrics": lake.read_json(f"{path}/metrics.json"),
                "path": f"{lake.root}/{path}",
                "moved_at": pointer["moved_at"],
                "earlier": len(pointer["previous"]),
            }
        )
    return rows
