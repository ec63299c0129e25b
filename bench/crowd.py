"""One text that fills a day: a million copies of it, a tenth of them with a number of their own at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.lakes import naru
from bench.row import Row, figure
from config.lake import Lake

SIZE, NEAR = 1_000_000, 10
MEMORY = 8.0


def rows(lake: Lake, ds: str, text: str, config: str) -> Iterator[Row]:
    """Seconds and memory of the job, and how many documents it keeps of the day: the one."""
    file = Path(lake.base, "crowd.jsonl")
    with file.open("w", encoding="utf-8") as lines:
        for number in range(SIZE):
            own = text if number % NEAR else f"{text} {number}"
            lines.write(json.dumps({"doc_id": f"d{number:07d}", "body": own}, ensure_ascii=False) + "\n")
    naru(lake, "land", "documents", str(file), "--ds", ds)
    spent = naru(lake, "stage", "clean_corpus", "--ds", ds, "--source", "files", config=config)
    kept = lake.partition("clean/documents", ds)
    dropped = kept.manifest()["counts"]["dropped"]
    yield figure("corpus/crowd_documents_kept", len(kept.table(["doc_id"])), "", at_most=1)
    yield figure("corpus/crowd_exact_copies", dropped.get("duplicate:exact", 0), "")
    yield figure("corpus/crowd_near_copies", dropped.get("duplicate:near", 0), "")
    yield figure("corpus/crowd_seconds", spent.seconds, "s")
    yield figure("corpus/crowd_peak_memory", spent.peak_gib, "GiB", at_most=MEMORY)
