"""Rows that a gate took out: kept beside the lake's data, each with its reason, never lost.

``quarantine/<dataset>/ds=D/<origin>.parquet`` holds ``row`` (JSON text), ``reason``, ``file`` and ``line``; the file of
landing's gate is ``gate.parquet``, that of another layer, which may have a dataset of the same name,
``gate-<layer>.parquet``; its ``file`` is the delivery that the row came with (the dataset where a stage wrote it)
and whose ``line`` is the row's number in what was staged, from 0.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from config.lake import MANIFEST, Partition, content_hash, file_hash

SCHEMA = pa.schema([("row", pa.string()), ("reason", pa.string()), ("file", pa.string()), ("line", pa.int64())])


def path(partition: Partition) -> str:
    """Below the root."""
    layer = partition.dataset.layer
    origin = "gate" if layer == "landing" else f"gate-{layer}"
    return f"quarantine/{partition.dataset.name}/ds={partition.ds}/{origin}.parquet"


def split(staged: Partition, reasons: dict[int, str]) -> dict[str, int]:
    """Take the rows named by number out of what is staged, into quarantine; returns rows by reason.

    The new files and their manifest, which then tells what was taken, replace the old ones in one step: killed before
    it, all rows are still staged; killed after it, the next call finds nothing left to take and keeps the quarantine.
    """
    lake, target = staged.lake, path(staged)
    manifest = staged.manifest()
    if "quarantined" in manifest and not reasons:
        return dict(manifest["quarantined"])
    origins = manifest.get("notes", {}).get("origins", [])
    earlier = taken_before(staged, {o["name"] for o in origins if o.get("kept")})
    if not reasons and not earlier:
        if lake.fs.exists(f"{lake.base}/{target}"):
            lake.fs.rm_file(f"{lake.base}/{target}")
        return {}
    delivered = {o["part"]: o["name"] for o in origins}
    offset, files = 0, dict[str, Any]()
    taken = list(earlier)
    for name, entry in sorted(manifest["files"].items()):
        table = pq.read_table(f"{staged.folder}/{entry['path']}", filesystem=lake.fs)
        bad = [i for i in range(len(table)) if offset + i in reasons]
        file = delivered.get(name, staged.dataset.id)
        for i, row in zip(bad, table.take(pa.array(bad, pa.int64())).to_pylist(), strict=True):
            text = json.dumps(row, ensure_ascii=False, default=str)
            taken.append({"row": text, "reason": reasons[offset + i], "file": file, "line": offset + i})
        good = table.filter(pa.array([offset + i not in reasons for i in range(len(table))], pa.bool_()))
        files[name] = rewritten(staged, name, good) if bad else entry
        offset += len(table)
    lake.write_bytes(target, parquet(pa.Table.from_pylist(taken, SCHEMA)))
    counts = dict(Counter(row["reason"] for row in taken))
    kept = {"files": files, "rows": sum(f["rows"] for f in files.values()), "content": content_hash(files)}
    lake.write_json(f"{staged.relative}/{MANIFEST}", {**manifest, **kept, "quarantined": counts})
    return counts


def taken_before(staged: Partition, names: set[str]) -> list[dict[str, Any]]:
    """What the gate took, on an earlier publication, from deliveries that are part of this one unchanged."""
    lake, target = staged.lake, f"{staged.lake.base}/{path(staged)}"
    if not names or not lake.fs.exists(target):
        return []
    return [row for row in pq.read_table(target, filesystem=lake.fs).to_pylist() if row["file"] in names]


def rewritten(staged: Partition, name: str, table: pa.Table) -> dict[str, object]:
    """Write the rows that stay under another name beside the file they come from."""
    data = parquet(table)
    relative = f"kept-{name}"
    staged.lake.write_bytes(f"{staged.relative}/{relative}", data)
    digest = file_hash(staged.lake.fs, f"{staged.folder}/{relative}")
    return {"path": relative, "bytes": len(data), "sha256": digest, "rows": len(table)}


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
