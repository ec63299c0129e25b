"""Rows that were taken out, each with its reason: ``quarantine/<dataset>/ds=D/<origin>.parquet``.

A file's rejected rows are replaced as a whole when the file is delivered again. The gate writes here too, under its own
name, with the same four columns.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from config.datasets import parse_ds
from config.lake import Lake
from jobs.land.rows import BadRow, as_text

SCHEMA = pa.schema(
    [
        pa.field("row", pa.string(), metadata={"doc": "the row as JSON, or the raw line"}),
        pa.field("reason", pa.string()),
        pa.field("file", pa.string()),
        pa.field("line", pa.int64()),
    ]
)
LONGEST = 150


def path(dataset: str, ds: str, origin: str) -> str:
    """Where the rejected rows of ``origin`` lie below the root; ``dataset`` is the name without its layer."""
    return f"{folder(dataset, ds)}/{safe(origin)}.parquet"


def folder(dataset: str, ds: str) -> str:
    return f"quarantine/{dataset}/ds={parse_ds(ds).isoformat()}"


def safe(origin: str) -> str:
    """A file name that stays in its folder; a name that had to change carries a hash, so that two never meet."""
    plain = re.sub(r"[^\w.\-]", "_", origin).lstrip(".") or "_"
    short = plain.encode()[:LONGEST].decode(errors="ignore")
    if short == origin and origin.split("-")[0] != "gate":
        return origin
    return f"{short}-{hashlib.sha256(origin.encode('utf-8', 'replace')).hexdigest()[:8]}"


def write(lake: Lake, dataset: str, ds: str, origin: str, rows: Sequence[BadRow]) -> None:
    """Replace the rejected rows of ``origin`` in one step; without rows the earlier file goes."""
    target = path(dataset, ds, origin)
    if not rows:
        if lake.fs.exists(f"{lake.base}/{target}"):
            lake.fs.rm_file(f"{lake.base}/{target}")
        return
    columns = [
        [as_text(r.row) for r in rows],
        [as_text(f"{r.reason}: {r.value}" if r.value else r.reason) for r in rows],
        [as_text(origin)] * len(rows),
        [r.line for r in rows],
    ]
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, schema=SCHEMA), buffer, compression="zstd")
    lake.write_bytes(target, buffer.getvalue())


def taken_by_gate(lake: Lake, dataset: str, ds: str, origin: str) -> dict[str, int]:
    """How many rows of ``origin`` the gate of landing took out, by reason."""
    target = f"{lake.base}/{folder(dataset, ds)}/gate.parquet"
    if not lake.fs.exists(target):
        return {}
    rows = pq.read_table(target, columns=["reason", "file"], filesystem=lake.fs).to_pylist()
    return dict(Counter(row["reason"] for row in rows if row["file"] == origin))
