"""aggregate_impressions on a made-up log of ten million rows: time, growth and memory, every output against DuckDB.

The log has the law of real ones: few ads make up much of it (Zipf), few people see a lot, one row in a hundred comes
twice. The day before, an eighth of its size, is aggregated first, so that windows reach back over a partition.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench import rivals
from bench.lakes import Spent, naru, scratch
from bench.row import Absent, Row, figure
from config.lake import Lake, Staging

DS, BEFORE = "2026-11-02", "2026-11-01"
ROWS = int(os.environ.get("NARU_BENCH_IMPRESSIONS", "10000000"))
PARTS = (8, 4, 2, 1)
ADS, CHUNK = 20_000, 1_000_000
DAY = 86_400_000_000
WRITES = ("features/impressions", "features/ads", "features/counters", "features/history")
CONFIG = '[spark]\njava_options = ""\ndriver_memory = "3g"\nshuffle_partitions = 8\narrow_rows = 10000\n'


def rows(_data: Path) -> Iterator[Row]:
    spent: dict[int, Spent] = {}
    for part in PARTS:
        with scratch() as lake:
            spent[part] = aggregated(lake, ROWS // part)
            yield figure(f"impressions/seconds_1_of_{part}", spent[part].seconds, "s")
            if part == 1:
                yield figure("impressions/rows_per_second", ROWS / spent[1].seconds, "1/s")
                yield figure("impressions/peak_memory", spent[1].peak_gib, "GiB", at_most=8)
                growth = math.log(spent[1].seconds / spent[PARTS[0]].seconds) / math.log(PARTS[0])
                yield figure("impressions/growth_exponent", growth, "", at_most=1.0)
                yield from beside_duckdb(lake)


def aggregated(lake: Lake, size: int) -> Spent:
    """Land two days and run the stage on both; what the second one took."""
    deliver(lake, BEFORE, size // 8, seed=1)
    deliver(lake, DS, size, seed=2)
    stage(lake, BEFORE)
    for name in WRITES:
        lake.partition(name, BEFORE).publish()
    return stage(lake, DS)


def stage(lake: Lake, ds: str) -> Spent:
    return naru(lake, "stage", "aggregate_impressions", "--ds", ds, "--source", "files", "--no-gates", config=CONFIG)


def beside_duckdb(lake: Lake) -> Iterator[Row]:
    """How many rows of our outputs DuckDB does not find the same in its own; left out where it is not there."""

    def files(name: str, ds: str) -> str:
        found = lake.partition(name, ds)
        found = found.waiting if found.waiting.exists else found
        return ",".join(path for _, path in sorted(found.paths().items()) if path.endswith(".parquet"))

    places = {f"{name}@{ds}": files(name, ds) for ds in (BEFORE, DS) for name in ("landing/impressions", *WRITES)}
    places["landing/ads"] = files("landing/ads", DS)
    listed = Path(lake.base, "files.txt")
    listed.write_text("\n".join(f"{name}={paths}" for name, paths in places.items()), encoding="utf-8")
    try:
        found = rivals.run("duckdb_counters.py", listed, apart="rivals")
    except Absent as absent:
        print(f"  not checked against DuckDB: {absent}", file=sys.stderr)
        return
    for name, wrong in found["wrong"].items():
        yield figure(f"impressions/rows_unlike_duckdb_{name}", wrong, "rows", at_most=0)
    yield figure("impressions/duckdb_seconds", found["seconds"], "s")


def deliver(lake: Lake, ds: str, size: int, seed: int) -> None:
    """Publish a made-up log and the listing of its ads as landed partitions of a day."""
    listing = Staging(lake.partition("landing/ads", ds))
    listing.write(ads())
    publish(listing)
    staging = Staging(lake.partition("landing/impressions", ds))
    rng = np.random.default_rng(seed)
    while size > 0:
        staging.write(log(min(CHUNK, size), ds, rng, people=max(1000, ROWS // 20)))
        size -= CHUNK
    publish(staging)


def publish(staging: Staging) -> None:
    staging.seal({"fingerprint": "made up", "notes": {"source": "files"}})
    staging.partition.publish()


def ads() -> pa.Table:
    """The listing: twenty categories, a price."""
    rng = np.random.default_rng(0)
    names = [f"ad{n:05d}" for n in range(ADS)]
    category = [f"category{n}" for n in zipf(rng, 20, ADS, 0.8)]
    return pa.table({"ad_id": names, "title": names, "ad_category": category, "ad_price": rng.random(ADS)})


def log(size: int, ds: str, rng: np.random.Generator, people: int) -> pa.Table:
    """``size`` impressions of a day, one in a hundred a repeat of the one before it."""
    user, ad = zipf(rng, people, size, 0.6), zipf(rng, ADS, size, 1.1)
    start = (date.fromisoformat(ds) - date(1970, 1, 1)) // timedelta(days=1) * DAY
    # People sleep: two random times of day, the later one.
    times = start + (np.maximum(rng.random(size), rng.random(size)) * DAY).astype(np.int64) // 1000 * 1000
    chance = 0.03 * np.exp(0.7 * np.sin(user * 0.7) + 0.7 * np.sin(ad * 1.3))
    table = pa.table(
        {
            "user_id": named("u", user, people),
            "ad_id": named("ad", ad, ADS, 5),
            "ts": pa.array(times, pa.timestamp("us", "UTC")),
            "click": pa.array((rng.random(size) < chance).astype(np.int64)),
            "user_age": pa.array((user * 7 % 60 + 15).astype(np.float64)),
            "user_gender": named("", user % 2, 2),
            "context_device": named("device", rng.integers(3, size=size), 3),
            "context_position": pa.array(rng.integers(1, 5, size=size).astype(np.float64)),
        }
    )
    place = np.arange(size)
    return table.take(pa.array(np.where((place % 100 == 99), place - 1, place)))


def zipf(rng: np.random.Generator, kinds: int, size: int, power: float) -> np.ndarray:
    """``size`` of the numbers below ``kinds``, the n-th as likely as n to the -``power``."""
    mass = np.cumsum(1.0 / np.arange(1, kinds + 1) ** power)
    return np.searchsorted(mass, rng.random(size) * mass[-1])


def named(prefix: str, codes: np.ndarray, kinds: int, width: int = 0) -> pa.Array:
    names = pa.array([f"{prefix}{n:0{width}d}" for n in range(kinds)])
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names).cast(pa.string())
