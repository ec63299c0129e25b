"""Ad click prediction: MovieLens 100k (click = rating of 4 or 5, split by time 80/10/10); simulated worlds, beside the
probabilities that made their clicks; a release that ranks a million ads; and how fast training is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import simulated, training
from bench.lakes import metrics, naru, need, scratch, stages
from bench.row import Row, figure
from config.settings import PROJECT

DS, SEEDS = "2026-11-01", (1, 2, 3)
RATINGS = PROJECT / "var" / "data" / "recbole" / "dataset_example" / "ml-100k"


def rows(_data: Path) -> Iterator[Row]:
    yield from simulated.rows()
    folder = need(RATINGS)
    found, seconds = [], []
    with scratch() as lake:
        naru(lake, "import", "movielens", str(folder), "--ds", DS)
        stages(lake, ("aggregate_impressions",), DS)
        for seed in SEEDS:
            seconds.append(stages(lake, ("ctr_train", "ctr_evaluate"), DS, f"[ctr]\nseed = {seed}\n"))
            found.append(metrics(lake, "ctr", DS))
    yield figure("ads/movielens_auc_worst_seed", min(f["auc"] for f in found), "AUC", at_least=0.76)
    for name in ("auc_networks", "auc_crosses", "auc_trees", "logloss", "ece", "normalised_entropy"):
        yield figure(f"ads/movielens_{name}", median(f[name] for f in found), name)
    popular = median(f["popularity_recall@100"] for f in found)
    yield figure(
        "ads/movielens_recall@100", median(f["recall@100"] for f in found), "share", rival=("popularity", popular)
    )
    yield figure("ads/movielens_train_and_evaluate", median(seconds), "s")
    yield from training.rows()
