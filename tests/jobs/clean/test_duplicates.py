"""Which document is dropped for which, within the day and against earlier days; one text many times."""

import random
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from config.lake import Lake, Staging
from jobs.clean import duplicates, minhash
from jobs.clean.history import earlier_days
from jobs.clean.settings import CleanConfig

RANDOM = random.Random(11)
WORDS = ["".join(chr(0xAC00 + RANDOM.randrange(11172)) for _ in range(3)) for _ in range(2000)]
CONFIG = CleanConfig()
SCHEMA = pa.schema(
    {
        "doc_id": pa.string(),
        "text": pa.string(),
        "text_key": pa.int64(),
        "bands": pa.list_(pa.int64()),
        "fetched_at": pa.timestamp("us", "UTC"),
    }
)


def text(words=60):
    return " ".join(RANDOM.choice(WORDS) for _ in range(words))


def table(texts):
    keys = minhash.bands(list(texts.values()), CONFIG.permutations).to_pylist()
    at = datetime(2026, 11, 1, tzinfo=UTC)
    rows = zip(texts.items(), keys, strict=True)
    named = [
        {"doc_id": n, "text": t, "text_key": minhash.text_key(t), "bands": k, "fetched_at": at} for (n, t), k in rows
    ]
    return pa.Table.from_pylist(named, SCHEMA)


def verdicts(spark, today, earlier=None, config=CONFIG):
    """doc_id -> (reason, duplicate_of, kept_for)."""
    found = duplicates.verdicts(spark.createDataFrame(table(today)), earlier, config).toArrow().to_pylist()
    assert len({row["doc_id"] for row in found}) == len(found)
    return {row["doc_id"]: (row["reason"], row["duplicate_of"], row["kept_for"]) for row in found}


def publish(lake, ds, texts, stored):
    staging = Staging(lake.partition("clean/documents", ds))
    staging.write(table(texts).select(["doc_id", "text", "text_key", "bands"] if stored else ["doc_id", "text"]))
    staging.seal({"notes": {"hashes": CONFIG.permutations.name} if stored else {}})
    lake.partition("clean/documents", ds).publish()


@pytest.mark.parametrize("stored", [True, False])
def test_earlier_days_by_stored_hashes_or_made_anew(spark, tmp_path, stored):
    lake, page, other, far = Lake(str(tmp_path)), text(), text(), text()
    publish(lake, "2026-10-20", {"far": far}, stored)
    publish(lake, "2026-11-01", {"page": page, "other": other}, stored)
    config = CleanConfig(near_days=1)
    earlier = earlier_days(spark, lake.window("clean/documents", "2026-11-01", 30), config)
    today = {
        "page": page + " 끝",  # fetched again, edited: news
        "other": other,  # fetched again, unchanged
        "copy": page + " 더",
        "far": far + " 끝",
        "far again": far,
        "near far": far + " 끝 더",
    }
    found = verdicts(spark, today, earlier, config)
    assert found == {
        "far": ("duplicate:near", "near far", "longest"),
        "other": ("duplicate:earlier_day", "other", "earlier_day"),
        "copy": ("duplicate:near", "page", "earlier_day"),
        "far again": ("duplicate:earlier_day", "far", "earlier_day"),
    }


def test_a_crowd_around_one_text_is_spread_and_judged_the_same(spark, monkeypatch):
    base = text(80).split()
    today = {f"d{n:04d}": " ".join([*base, RANDOM.choice(WORDS)]) for n in range(120)}
    today |= {f"x{n:04d}": today["d0000"] for n in range(300)}
    expected = verdicts(spark, today)
    assert len(expected) == len(today) - 1
    assert sum(reason == "duplicate:exact" for reason, _, _ in expected.values()) >= 300
    monkeypatch.setattr(duplicates, "CROWD", 7)
    assert verdicts(spark, today) == expected
    assert verdicts(spark, today, config=CleanConfig(driver_edges=50)) == expected


def test_planted_copies_are_found_by_true_similarity(spark):
    originals = {f"o{n:03d}": text(120) for n in range(150)}
    copies = {}
    for name, original in originals.items():
        words = original.split()
        words[RANDOM.randrange(5, 115)] = "다른"
        copies[f"c{name}"] = " ".join(words)
    found = verdicts(spark, {**originals, **copies})
    assert len(found) == len(originals)
    assert all({who.lstrip("c"), kept.lstrip("c")} == {who.lstrip("c")} for who, (_, kept, _) in found.items())
