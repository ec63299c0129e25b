"""The corpus job with polars in one process: the project's steps a document, one numpy MinHash, polars' joins.

    python polars_job.py INPUT.parquet OUTPUT.parquet

Prints seconds, documents in and documents out as JSON.
"""

from __future__ import annotations

import json
import sys
import time

import polars as pl

from jobs.clean import judge, minhash, prepare
from jobs.clean.prepare import Landed
from jobs.clean.settings import CleanConfig

SLICE = 2_000


def main(source: str, target: str) -> None:
    config = CleanConfig()
    start = time.monotonic()
    landed = pl.read_parquet(source)
    ids, texts = [], []
    for part in landed.select("id", "text").iter_slices(SLICE):
        found = prepare.prepared([Landed(body.encode()) for body in part["text"]], config)
        told = judge.verdicts(found, [None] * len(found), config, frozenset())
        for name, one in zip(part["id"], told, strict=True):
            if not one.reason and one.text:
                ids.append(name)
                texts.append(one.text)
    good = pl.DataFrame({"id": ids, "text": texts}).unique("text", keep="first", maintain_order=True)
    keys = good.select("id", key=pl.Series(minhash.bands(good["text"].to_list(), config.permutations)))
    keys = keys.explode("key")
    shared = keys.join(keys.group_by("key").agg(pl.col("id").min().alias("first")), on="key")
    gone = shared.filter(pl.col("id") != pl.col("first")).select("id").unique()
    kept = good.join(gone, on="id", how="anti")
    kept.write_parquet(target)
    seconds = time.monotonic() - start
    print(json.dumps({"seconds": seconds, "rows_in": len(landed), "rows_out": len(kept)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
