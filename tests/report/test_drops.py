"""Dropped documents by reason and source, with examples."""

from pathlib import Path

import pyarrow as pa

from config.lake import Lake, Staging
from config.settings import Settings
from report import write
from report.drops import EXAMPLES, SOURCES, drops

DS = "2026-11-01"


def dropped(lake: Lake, rows: int = 30) -> None:
    staging = Staging(lake.partition("clean/dropped", DS))
    table = {
        "doc_id": [f"d{n:03d}" for n in range(rows)],
        "source": [f"s{n % 9}" for n in range(rows)],
        "reason": ["duplicate:near" if n % 3 else "quality:<b>" for n in range(rows)],
        "duplicate_of": ["kept" if n % 3 else None for n in range(rows)],
        "similarity": [0.875 if n % 3 else None for n in range(rows)],
        "kept_for": ["most_alike" if n % 3 else None for n in range(rows)],
        "excerpt": [f"글 {n} <i>" for n in range(rows)],
    }
    staging.write(pa.table(table).slice(0, 11))
    staging.write(pa.table(table).slice(11))
    by_source: dict[str, dict[str, int]] = {}
    for reason, source in zip(table["reason"], table["source"], strict=True):
        of = by_source.setdefault(reason, {})
        of[source] = of.get(source, 0) + 1
    staging.seal({"inputs": [], "fingerprint": "f", "counts": {}, "notes": {"dropped_by_source": by_source}})
    staging.partition.publish(gate={"success": True, "results": [], "quarantined": {}})


def test_reasons_by_source_with_ten_examples_each(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    assert drops(lake, DS) is None
    dropped(lake)
    found = drops(lake, DS)
    assert found is not None
    assert [(r["reason"], r["rows"]) for r in found["reasons"]] == [("duplicate:near", 20), ("quality:<b>", 10)]
    assert all(sum(r["by_source"]) + r["others"] == r["rows"] for r in found["reasons"])
    assert len(found["sources"]) == SOURCES
    assert [len(r["examples"]) for r in found["reasons"]] == [EXAMPLES, EXAMPLES]
    assert [e["doc_id"] for e in found["reasons"][0]["examples"]][:3] == ["d001", "d002", "d004"]


def test_the_page_shows_them_and_escapes_what_was_crawled(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    dropped(lake)
    html = Path(write(Settings(lake.root, "test", {}), DS)).read_text(encoding="utf-8")
    for shown in ("quality:&lt;b&gt;", "글 3 &lt;i&gt;", "0.88", "most alike", "other sources"):
        assert shown in html
