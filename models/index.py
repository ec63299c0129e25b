"""Faiss indexes of a product's vector tables, each measured against exact search before it may serve.

Small tables stay exact (Flat); larger ones become IVF-Flat with as many probes as the recall floor needs. Recall is
asked with the table's own ``queries`` where the artifact names such a file, else with its rows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.task import BadInput, Task
from models.runtime import KerasRuntime


@dataclass(frozen=True)
class IndexConfig:
    """``flat_below`` rows a table is searched exactly; ``recall`` is the floor of recall@10 against Flat."""

    flat_below: int = 20_000
    recall: float = 0.95
    queries: int = 500
    seed: int = 7


def run(task: Task) -> None:
    """Stage ``<product>_index``: the tables of models/<product> -> indexes/<product>."""
    import faiss

    config = task.settings.section("index", IndexConfig)
    name = f"indexes/{task.product}"
    runtime = KerasRuntime(task.input(f"models/{task.product}").local_folder())
    folder = task.output(name).folder
    report = []
    for table, entry in sorted(runtime.artifact["tables"].items()):
        vectors = np.ascontiguousarray(np.load(runtime.folder / entry["file"], allow_pickle=False), dtype=np.float32)
        if vectors.ndim != 2 or not np.isfinite(vectors).all():
            raise BadInput(f"{entry['file']}: expected finite vectors (n, dim), got shape {vectors.shape}; train again")
        asked = np.load(runtime.folder / entry["queries"], allow_pickle=False) if "queries" in entry else None
        index = build(vectors, entry["metric"], config, asked)
        measured = measure(index, vectors, entry, config, asked)
        row = {"table": table, "rows": len(vectors), "dim": vectors.shape[1], **measured}
        faiss.write_index(index, str(folder / f"{table}.faiss"))
        row["bytes"] = (folder / f"{table}.faiss").stat().st_size
        report.append(row)
        task.fact(name, **row, floor=config.recall)
    task.output(name).write_json("indexes.json", report)
    task.note(name, indexes=report)


def metric(entry_metric: str) -> int:
    import faiss

    return int({"ip": faiss.METRIC_INNER_PRODUCT, "l2": faiss.METRIC_L2}[entry_metric])


def build(vectors: np.ndarray, metric_name: str, config: IndexConfig, asked: np.ndarray | None = None) -> Any:
    """The index of (n, dim) float32 vectors; row i is found as id i. ``asked`` (m, dim) are queries as they come."""
    import faiss

    dim = vectors.shape[1]
    if len(vectors) < config.flat_below:
        flat = faiss.index_factory(dim, "Flat", metric(metric_name))
        flat.add(vectors)
        return flat
    # 4 to 8 times the root of the rows, where each list has 64 rows to learn its centre from.
    lists = int(2 ** np.floor(np.log2(min(8 * np.sqrt(len(vectors)), max(1, len(vectors) / 64)))))
    # Cells by distance, also for inner products: cells by inner product would all go to the longest centroids.
    cells = faiss.IndexFlatL2(dim)
    ivf = faiss.IndexIVFFlat(cells, dim, lists, metric(metric_name))
    ivf.cp.seed, ivf.cp.spherical = config.seed, False
    ivf.train(vectors[:: max(1, len(vectors) // (lists * 64))])
    ivf.add(vectors)
    if metric_name == "ip":
        # A cell's centroid is its mean: its inner product with a query is the mean of those of the cell's rows.
        probed: Any = faiss.IndexFlatIP(dim)
        probed.add(cells.reconstruct_n(0, lists))
        probed.this.disown()
        ivf.quantizer, ivf.own_fields = probed, True
    ivf.nprobe = 1
    # With queries as they come the figure is that of service, and outlying rows are what is missed last.
    wanted = (1 + config.recall) / 2 if asked is None else 1 - (1 - config.recall) / 10
    while ivf.nprobe < lists and recall(ivf, vectors, metric_name, config, asked) < wanted:
        ivf.nprobe = min(lists, ivf.nprobe * 2)
    return ivf


def sample(vectors: np.ndarray, config: IndexConfig, asked: np.ndarray | None = None) -> np.ndarray:
    """Queries: some of those ``asked``, else rows of the table, disturbed a little so that a row is not simply its own
    neighbour."""
    rng = np.random.default_rng(config.seed)
    if asked is not None and len(asked):
        some = asked[rng.permutation(len(asked))[: config.queries]]
        return np.ascontiguousarray(some, dtype=np.float32)
    chosen = vectors[rng.choice(len(vectors), min(config.queries, len(vectors)), replace=False)]
    noise = rng.standard_normal(chosen.shape).astype(np.float32) * chosen.std() * 0.1
    return np.ascontiguousarray(chosen + noise, dtype=np.float32)


def recall(
    index: Any, vectors: np.ndarray, metric_name: str, config: IndexConfig, asked: np.ndarray | None = None
) -> float:
    """recall@10 against exact search, by score, so that equal vectors may stand for each other."""
    import faiss

    queries, k = sample(vectors, config, asked), min(10, len(vectors))
    exact = faiss.index_factory(vectors.shape[1], "Flat", metric(metric_name))
    exact.add(vectors)
    want, _ = exact.search(queries, k)
    got, _ = index.search(queries, k)
    slack = 1e-5 * np.maximum(1.0, np.abs(want[:, -1:]))
    good = got >= want[:, -1:] - slack if metric_name == "ip" else got <= want[:, -1:] + slack
    return float(good.mean())


def measure(
    index: Any, vectors: np.ndarray, entry: dict[str, Any], config: IndexConfig, asked: np.ndarray | None = None
) -> dict[str, Any]:
    """recall@10 and the median latency of one query in milliseconds, one thread."""
    import faiss

    if not len(vectors):
        return {"kind": type(index).__name__, "recall@10": 1.0, "latency_ms": 0.0}
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    times = []
    for query in sample(vectors, config, asked)[:100]:
        start = time.perf_counter()
        index.search(query[None], min(10, len(vectors)))
        times.append((time.perf_counter() - start) * 1e3)
    faiss.omp_set_num_threads(threads)
    found = recall(index, vectors, entry["metric"], config, asked)
    return {"kind": type(index).__name__, "recall@10": found, "latency_ms": round(float(np.median(times)), 4)}
