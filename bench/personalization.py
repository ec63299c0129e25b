"""Personalised search on the simulated portal, one world a seed, against global popularity and P-Click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.lakes import metrics, naru, scratch
from bench.row import Row, figure

DS, SEEDS = "2026-11-01", (1, 2, 3)
STAGES = ("land_clicks", "aggregate_searches", "personalization_train", "personalization_evaluate")


def rows(_data: Path) -> Iterator[Row]:
    found = []
    for seed in SEEDS:
        with scratch() as lake:
            for name in STAGES:
                naru(lake, "stage", name, "--ds", DS, config=f"[portal]\nseed = {seed}\n")
            found.append(metrics(lake, "personalization", DS))
    for rival in ("mrr_pclick", "mrr_global"):
        yield figure(
            f"personalization/mrr_against_{rival.removeprefix('mrr_')}",
            median(f["mrr"] for f in found),
            "MRR",
            rival=(rival, median(f[rival] for f in found)),
        )
    worst = min(f["mrr"] - f["mrr_pclick"] for f in found)
    yield figure("personalization/lift_over_pclick_worst_seed", worst, "MRR", at_least=0.0)
    harmed = max(f["harmed_low_entropy"] for f in found)
    yield figure("personalization/low_entropy_queries_harmed_worst_seed", harmed, "share", at_most=0.005)
