"""A release of ad click prediction with a million ads: how often its two stages agree with scoring every ad, and how
long a request takes on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from bench.row import Row, figure
from models.ctr import counters, memory, rows, serve
from models.ctr.rows import Catalogue
from models.ctr.serve import Server
from models.index import IndexConfig, build
from models.runtime import Index, Network, ReleaseRuntime

ADS, TOP, REQUESTS, EXHAUSTIVE = 1_000_000, 10, 200, 4
CHUNK = 20_000


@dataclass
class Runtime:
    """The networks of a release with an index of another table of ads."""

    folder: Path
    release: ReleaseRuntime
    ads: Index

    def network(self, name: str) -> Network:
        return self.release.network(name)

    def index(self, table: str) -> Index:
        return self.ads


def measured(release: Path, log: Path) -> Iterator[Row]:
    """``log`` is a Parquet file of impressions, whose users and contexts ask."""
    import faiss

    faiss.omp_set_num_threads(1)
    server = enlarged(serve.load(ReleaseRuntime(release)))
    queries = asked(log)
    times, agreed = [], []
    for query in queries:
        start = time.perf_counter()
        server.answer(query)
        times.append((time.perf_counter() - start) * 1e3)
    for query in queries[:: max(1, len(queries) // EXHAUSTIVE)][:EXHAUSTIVE]:
        agreed.append(agreement(server, query))
    yield figure("ads/million_request_p50", float(np.median(times)), "ms", at_most=15)
    yield figure("ads/million_top10_agreement", float(np.mean(agreed)), "share", at_least=0.99)
    yield figure("ads/million_pairs_scored", serve.CANDIDATES, "pairs", at_most=ADS / 1000, rival=("every ad", ADS))


def enlarged(server: Server) -> Server:
    """A server of a million ads: the release's own, and new ones, each column of whose content is some real ad's."""
    rng, known = np.random.default_rng(5), server.catalogue
    more = ADS - len(known.key)
    tokens = np.zeros((more, known.tokens.shape[1]), np.int32)
    for start, end in server.schema.ad.slices[1:]:
        tokens[:, start:end] = known.tokens[rng.integers(len(known.key), size=more), start:end]
    tokens[:, 0] = server.schema.ad.categories[0].offset
    numbers = known.numbers[rng.integers(len(known.key), size=more)]
    new = Catalogue(
        rng.integers(1, 2**63, size=more, dtype=np.uint64),
        np.char.add("new-", np.arange(more).astype(np.str_)),
        np.zeros(more, dtype=np.str_),
        tokens,
        numbers,
    )
    whole = rows.merge(known, new)
    parts = [
        rows.embed_ads(server.runtime.network("ad"), whole, server.memory, places)
        for places in np.array_split(np.arange(len(whole.key)), ADS // CHUNK)
    ]
    vectors, fields = (np.concatenate([p[name] for p in parts]) for name in ("vector", "fields"))
    leaning = rows.lean(vectors, counters.clicks_of(server.memory, whole.key), server.leaning)
    index = build(leaning, "ip", IndexConfig())
    runtime: Any = Runtime(server.runtime.folder, ReleaseRuntime(server.runtime.folder), index)
    return replace(server, runtime=runtime, catalogue=whole, vectors=vectors, fields=fields)


def asked(log: Path) -> list[dict[str, Any]]:
    """Users and contexts of rows spread over a log."""
    table = pq.read_table(log)
    names = [c for c in table.column_names if c.startswith("context_")]
    places = np.unique(np.linspace(0, len(table) - 1, REQUESTS).astype(int))
    told = table.take(places).select(["user_id", *names]).to_pylist()
    return [{"user": row["user_id"], "context": {n: row[n] for n in names}, "k": TOP} for row in told]


def agreement(server: Server, query: dict[str, Any]) -> float:
    """Share of the answer whose chance is as good as that of the ten best of all ads: equal ads may stand for each
    other."""
    import pyarrow as pa

    key = memory.name_hashes(pa.array([query["user"]]))
    request = server.embed_user(query["user"], key, {}).with_(server.embed_context(query["context"]))
    every = np.array_split(np.arange(len(server.catalogue.key)), ADS // CHUNK)
    chance = np.concatenate([server.rank(key, request, part) for part in every])
    worst = np.sort(chance)[-TOP]
    return float(np.mean([ad["p_click"] >= worst - 1e-6 for ad in server.answer(query)["ads"]]))
