"""Why documents did not reach the corpus: how many by reason and source, and examples of each reason."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from config.lake import Lake, Partition

DROPPED = "clean/dropped"
EXAMPLES = 10
# Sources that a table has room for; the rest stand together in its last column.
SOURCES = 6
COLUMNS = ("doc_id", "source", "reason", "duplicate_of", "similarity", "kept_for", "excerpt")


def drops(lake: Lake, ds: str) -> dict[str, Any] | None:
    """What the template shows: sources (the largest first), and a row a reason; None where nothing was dropped."""
    partition = lake.partition(DROPPED, ds)
    # Not from the partition of the kept ones, which is absent on a day that only repeats earlier ones.
    notes = partition.manifest().get("notes") or {} if partition.exists else {}
    by_source: dict[str, dict[str, int]] = notes.get("dropped_by_source") or {}
    if not by_source:
        return None
    sizes: dict[str, int] = {}
    for counts in by_source.values():
        for source, rows in counts.items():
            sizes[source] = sizes.get(source, 0) + rows
    sources = sorted(sizes, key=lambda s: (-sizes[s], s))[:SOURCES]
    found = examples(partition, set(by_source))
    reasons = [reason_row(reason, counts, sources, found[reason]) for reason, counts in by_source.items()]
    return {
        "sources": sources,
        "others": len(sizes) > len(sources),
        "total": sum(sizes.values()),
        "reasons": sorted(reasons, key=lambda r: (-r["rows"], r["reason"])),
    }


def reason_row(reason: str, counts: dict[str, int], sources: list[str], shown: list[dict[str, Any]]) -> dict[str, Any]:
    """One reason: its rows in all, by source, in the sources that are not named, and its examples."""
    named = [counts.get(source, 0) for source in sources]
    rows = sum(counts.values())
    return {"reason": reason, "rows": rows, "by_source": named, "others": rows - sum(named), "examples": shown}


def examples(partition: Partition, reasons: set[str]) -> dict[str, list[dict[str, Any]]]:
    """The first ``EXAMPLES`` rows of each reason, in the order of the files.

    Rows are spread over the files by a hash of doc_id and ordered by it, so the first ones are a fixed choice of no
    kind. Files are read batch by batch until each reason has its examples.
    """
    found: dict[str, list[dict[str, Any]]] = {reason: [] for reason in reasons}
    for _, path in sorted(partition.paths().items()):
        file = pq.ParquetFile(path, filesystem=partition.lake.fs)
        wanted = [name for name in COLUMNS if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=2_000, columns=wanted):
            if all(len(rows) == EXAMPLES for rows in found.values()):
                return found
            for at, reason in enumerate(batch["reason"].to_pylist()):
                if len(found.setdefault(reason, [])) < EXAMPLES:
                    found[reason] += batch.slice(at, 1).to_pylist()
    return found
