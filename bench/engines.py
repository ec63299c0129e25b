"""Engines and indexes of a night on the small world: difference to Keras, one-row latency beside Keras, recall."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.lakes import naru, scratch
from bench.row import Row, figure
from config.datasets import PRODUCTS
from config.lake import Lake

DS = "2026-11-01"


def rows(_data: Path) -> Iterator[Row]:
    with scratch() as lake:
        naru(lake, "run", "--ds", DS)
        facts = [f for p in PRODUCTS for f in lake.partition(f"engines/{p}", DS).manifest()["facts"]]
        parity = max(f["parity"] for f in facts if f["executed"])
        yield figure("engines/largest_difference_to_keras", parity, "absolute", at_most=1e-4)
        recalls = [f["recall@10"] for p in PRODUCTS for f in lake.partition(f"indexes/{p}", DS).manifest()["facts"]]
        yield figure("engines/smallest_index_recall@10", min(recalls), "share", at_least=0.95)
        for product in PRODUCTS:
            yield from latencies(lake, product)


def latencies(lake: Lake, product: str) -> Iterator[Row]:
    """Median milliseconds of one row through onnxruntime on one thread, beside Keras in this process."""
    from models.engine import load_sample
    from models.runtime import KerasRuntime

    runtime = KerasRuntime(lake.partition(f"models/{product}", DS).local_folder())
    for fact in lake.partition(f"engines/{product}", DS).manifest()["facts"]:
        if not fact["executed"]:
            continue
        one = {k: v[:1] for k, v in load_sample(runtime, fact["network"]).items()}
        call = runtime.network(fact["network"])
        call(**one)
        times = []
        for _ in range(20):
            start = time.perf_counter()
            call(**one)
            times.append((time.perf_counter() - start) * 1e3)
        keras = float(np.median(times))
        yield figure(
            f"engines/{product}_{fact['network']}_one_row", fact["latency_ms"], "ms", rival=("Keras predict", keras)
        )
