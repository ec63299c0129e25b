"""Rows that a gate took out: kept beside the lake's data, each with its reason, never lost.

``quarantine/<dataset>/ds=D/<origin>.parquet`` holds ``row`` (JSON text), ``reason``, ``file`` and ``line``; the gate's
own file is ``gate.parquet``, whose ``line`` is the row's number in what was staged, from 0.
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


def path(partition: Partition, origin: str = "gate") -> str:
    """Below the root."""
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
    if not reasons:
        if lake.fs.exists(f"{lake.base}/{target}"):
            lake.fs.rm_file(f"{lake.base}/{target}")
        return {}
    offset, files = 0, dict[str, Any]()
    taken: list[tuple[dict[str, object], str, int]] = []
    for name, entry in sorted(manifest["files"].items()):
        table = pq.read_table(f"{staged.folder}/{entry['path']}", filesystem=lake.fs)
        bad = [i for i in range(len(table)) if offset + i in reasons]
        rows = table.take(pa.array(bad, pa.int64())).to_pylist()
        taken += [(row, reasons[offset + i], offset + i) for i, row in zip(bad, rows, strict=True)]
        good = table.filter(pa.array([offset + i not in reasons for i in range(len(table))], pa.bool_()))
        files[name] = rewritten(staged, name, good) if bad else entry
        offset += len(table)
    write(staged, taken)
    counts = dict(Counter(reason for _, reason, _ in taken))
    kept = {"files": files, "rows": sum(f["rows"] for f in files.values()), "content": content_hash(files)}
    lake.write_json(f"{staged.relative}/{MANIFEST}", {**manifest, **kept, "quarantined": counts})
    return counts


def rewritten(staged: Partition, name: str, table: pa.Table) -> dict[str, object]:
    """Write the rows that stay under another name beside the file they come from."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    relative = f"kept-{name}"
    staged.lake.write_bytes(f"{staged.relative}/{relative}", buffer.getvalue())
    full = f"{staged.folder}/{relative}"
    size, digest = len(buffer.getvalue()), file_hash(staged.lake.fs, full)
    return {"path": relative, "bytes": size, "sha256": digest, "rows": len(table)}


def write(staged: Partition, taken: list[tuple[dict[str, object], str, int]]) -> None:
    """Replace the gate's quarantine file of the partition."""
    table = pa.table(
        {
            "row": [json.dumps(row, ensure_ascii=False, default=str) for row, _, _ in taken],
            "reason": [reason for _, reason, _ in taken],
            "file": [staged.dataset.id] * len(taken),
            "line": [line for _, _, line in taken],
        },
        schema=SCHEMA,
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    staged.lake.write_bytes(path(staged), buffer.getvalue())
