"""Ad click prediction: MovieLens 100k (click = rating of 4 or 5, split by time 80/10/10); simulated worlds, beside the
probabilities that made their clicks; a release that ranks a million ads; and how fast training is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow.parquet as pq

from bench import training
from bench.lakes import metrics, naru, need, scratch, stages
from bench.million import measured
from bench.row import Row, figure
from config.settings import PROJECT

DS, SEEDS = "2026-11-01", (1, 2, 3)
RATINGS = PROJECT / "var" / "data" / "recbole" / "dataset_example" / "ml-100k"


def rows(_data: Path) -> Iterator[Row]:
    yield from simulated()
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


def simulated() -> Iterator[Row]:
    """Nights on simulated worlds: the held-out AUC beside that of the probabilities behind the clicks, which know every
    person's interests of the day and every ad's quality. The night's own world shows a person seven ads a day, the
    dense one a hundred and forty."""
    for size in ("dense", "default"):
        with scratch() as lake:
            naru(lake, "run", "--ds", DS, "--products", "ctr", config=f'[portal]\nsize = "{size}"\n')
            held = lake.partition("models/ctr", DS).local_folder() / "heldout.parquet"
            own, oracle = metrics(lake, "ctr", DS), oracle_auc(held, size)
            floor, rival = oracle - 0.01, ("oracle", oracle)
            yield figure(f"ads/simulated_{size}_auc", own["auc"], "AUC", at_least=floor, rival=rival)
            for name in ("auc_networks", "auc_crosses", "auc_trees", "ece"):
                yield figure(f"ads/simulated_{size}_{name}", own[name], name)
            if size == "default":
                yield from measured(lake.partition("releases/ctr", DS).local_folder(), held)


def oracle_auc(held: Path, size: str) -> float:
    """The AUC of the true click probabilities on the held-out rows."""
    from models.ctr.measure import auc
    from portal.ads import deliver
    from portal.world import PortalConfig, World

    portal = PortalConfig(size=size)
    _, _, truth = deliver(World(portal.size, portal.seed), DS, None, portal.backlog_days)
    row = ["user_id", "ad_id", "ts"]
    table = pq.read_table(held).join(truth.group_by(row).aggregate([("probability", "max")]), row)
    found = auc(table["click"].to_numpy(), np.asarray(table["probability_max"].to_numpy()))
    if found is None:
        raise RuntimeError("the held-out rows of the simulated world are of one class")
    return found
