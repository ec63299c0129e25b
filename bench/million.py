"""A release of ad click prediction with a million ads: how often its two stages agree with scoring every ad, and how
long a request takes on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from bench.row import Row, figure
from models.ctr import candidates, exhaustive, rows, serve
from models.ctr.request import Request
from models.ctr.rows import Catalogue
from models.ctr.serve import Server
from models.runtime import ReleaseRuntime

ADS, TOP, REQUESTS, EXHAUSTIVE = 1_000_000, 10, 200, 40
CHUNK = 20_000


def measured(release: Path, log: Path) -> Iterator[Row]:
    """``log`` is a Parquet file of impressions, whose users and contexts ask."""
    import faiss
    from threadpoolctl import threadpool_limits

    faiss.omp_set_num_threads(1)
    with threadpool_limits(1):
        yield from figures(release, log)


def figures(release: Path, log: Path) -> Iterator[Row]:
    server = enlarged(serve.load(ReleaseRuntime(release)))
    queries = asked(log)
    times, agreed = [], []
    for query in queries:
        start = time.perf_counter()
        server.answer(query)
        times.append((time.perf_counter() - start) * 1e3)
    for query in queries[:: max(1, len(queries) // EXHAUSTIVE)][:EXHAUSTIVE]:
        agreed.append(exhaustive.agreed(request(server, query))[0])
    yield figure("ads/million_request_p50", float(np.median(times)), "ms", at_most=15)
    yield figure("ads/million_top10_agreement", float(np.mean(agreed)), "share", at_least=0.99)
    yield figure(
        "ads/million_pairs_scored", scored(server, queries), "pairs", at_most=ADS / 1000, rival=("every ad", ADS)
    )


def enlarged(server: Server) -> Server:
    """A server of a million ads: the release's own, and new ones, each column of whose content is some real ad's."""
    rng, known = np.random.default_rng(5), server.catalogue
    more = ADS - len(known.key)
    tokens, numbers = candidates.crossed(server, rng.integers(len(known.key), size=more), rng)
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
    if server.space is None:
        raise RuntimeError("the release has no distilled space: train it again")
    queries = np.load(server.runtime.folder / "ranked_asked.npy", allow_pickle=False)
    return candidates.placed(server.over(whole, vectors, fields), server.space.distilled, queries)


def asked(log: Path) -> list[dict[str, Any]]:
    """Users and contexts of rows spread over a log."""
    table = pq.read_table(log)
    names = [c for c in table.column_names if c.startswith("context_")]
    places = np.unique(np.linspace(0, len(table) - 1, REQUESTS).astype(int))
    told = table.take(places).select(["user_id", *names]).to_pylist()
    return [{"user": row["user_id"], "context": {n: row[n] for n in names}, "k": TOP} for row in told]


def request(server: Server, query: dict[str, Any]) -> Request:
    return server.asked({"user_id": query["user"], **query["context"]})


def scored(server: Server, queries: list[dict[str, Any]]) -> int:
    """The most pairs that any of some requests scores."""
    return max(len(candidates.find(request(server, query), TOP)[0]) for query in queries)
