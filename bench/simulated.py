"""Nights on simulated worlds, beside the probabilities that made their clicks and beside what can be known of them.

The oracle knows every person's interests of the day and every ad's quality. The informed model is told what the
simulation is made of and how far each part of it reaches, and learns from the same rows: it is as near to the oracle as
a log lets anybody come. The seeing one is told every person's interests of the day besides, which no log tells: what it
lacks is for want of clicks alone. A release should come as near as the informed one, and within .01 of the oracle
itself, for which the 2,500 clicks of the night's own small world are too few even for the seeing one.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.lakes import metrics, naru, scratch
from bench.million import measured
from bench.row import Row, figure
from config.lake import Lake
from portal.ads import BOT_CLICKS, FIT, SLOT_EFFECT, deliver
from portal.entities import INTERESTS
from portal.people import people
from portal.world import PortalConfig, World

DS, SEEDS = "2026-11-01", (20261101, 20261102, 20261103)
ROW = ["user_id", "ad_id", "ts"]
# Columns that the informed model reads as names.
TOLD = (
    "ad_id",
    "ad_category",
    "ad_format",
    "user_interest",
    "context_hour",
    "context_weekday",
    "context_page",
    "context_slot",
    "context_device",
)
# Standard deviations of the ads' qualities and of the cells of the simulation's tables, and of what may be anything.
QUALITY, HOUR, WEEKDAY, PAGE, FREE = 0.45, 0.12, 0.13, 0.13, 5.0


def rows() -> Iterator[Row]:
    """The night's own world shows a person seven ads a day, the dense one nearly three hundred."""
    for size in ("dense", "default"):
        found = []
        for seed in SEEDS:
            with scratch() as lake:
                naru(lake, "run", "--ds", DS, "--products", "ctr", config=f'[portal]\nsize = "{size}"\nseed = {seed}\n')
                found.append(night(lake, World(size, seed)))
                if size == "default" and seed == SEEDS[0]:
                    held = lake.partition("models/ctr", DS).local_folder() / "heldout.parquet"
                    yield from measured(lake.partition("releases/ctr", DS).local_folder(), held)

        def middle(name: str, found: list[dict[str, float]] = found) -> float:
            return median(one[name] for one in found)

        for name, best in (
            ("expected_auc", "expected_oracle"),
            ("auc", "oracle_auc"),
            ("expected_informed", "expected_oracle"),
            ("expected_seeing", "expected_oracle"),
        ):
            yield figure(f"ads/simulated_{size}_{name}", middle(name), "AUC", rival=("oracle", middle(best)))
            behind = median(one[best] - one[name] for one in found)
            most = None if name in ("expected_informed", "expected_seeing") else 0.01
            yield figure(f"ads/simulated_{size}_{name}_behind_oracle", behind, "AUC", at_most=most)
        behind = median(one["expected_informed"] - one["expected_auc"] for one in found)
        yield figure(f"ads/simulated_{size}_behind_informed", behind, "AUC", at_most=0.005)
        for name in ("auc_networks", "auc_crosses", "auc_trees", "ece"):
            yield figure(f"ads/simulated_{size}_{name}", middle(name), name)


def night(lake: Lake, world: World) -> dict[str, float]:
    """What the evaluation of a night tells, and on the same held-out rows the AUC of the oracle, and the AUC to be
    expected of ours, of the oracle and of the informed model."""
    from models.ctr import evaluate, serve
    from models.ctr.measure import auc
    from models.ctr.order import ordered
    from models.runtime import KerasRuntime

    folder = lake.partition("models/ctr", DS).local_folder()
    held = ordered(pq.read_table(folder / "heldout.parquet"))
    server = serve.load(KerasRuntime(folder), serve.BEFORE)
    chance = evaluate.predict(server, held)["chance"]
    impressions, ads, truth = deliver(world, DS, None, PortalConfig().backlog_days)
    log = impressions.append_column("probability", truth["probability"])
    log = (
        log.filter(pc.not_equal(log["probability"], BOT_CLICKS))
        .join(ads, "ad_id")
        .sort_by([(name, "ascending") for name in ("ts", "user_id", "ad_id")])
    )
    log = log.append_column("share", pa.array(shares(log))).drop_columns(["user_recent"])
    log = log.append_column("interest", pa.array(interests(log, world)))
    first = held["ts"][0]
    before, after = (log.filter(test(log["ts"], first)) for test in (pc.less, pc.greater_equal))
    known = {key: i for i, key in enumerate(zip(*(after[name].to_pylist() for name in ROW), strict=True))}
    places = [known[key] for key in zip(*(held[name].to_pylist() for name in ROW), strict=True)]
    after = after.take(pa.array(places))
    true = np.asarray(after["probability"].to_numpy())
    oracle = auc(held["click"].to_numpy(), true)
    if oracle is None:
        raise RuntimeError("the held-out rows of the simulated world are of one class")
    return {
        **metrics(lake, "ctr", DS),
        "oracle_auc": oracle,
        "expected_oracle": expected_auc(true, true),
        "expected_auc": expected_auc(true, chance),
        "expected_informed": expected_auc(true, informed(before, after)),
        "expected_seeing": expected_auc(true, informed(seeing(before), seeing(after))),
    }


def expected_auc(true: np.ndarray, scores: np.ndarray) -> float:
    """The AUC of ``scores`` (n,) over clicks that are drawn anew from the ``true`` probabilities (n,), without the luck
    of one draw."""
    from models.ctr.measure import auc

    # Every row stands there twice: clicked as far as it is likely, and not as far as it is not.
    clicks = np.repeat([1.0, 0.0], len(true))
    found = auc(clicks, np.r_[scores, scores], np.r_[true, 1 - true])
    if found is None:
        raise RuntimeError("the true probabilities of the simulated world are all 0 or all 1")
    return found


def informed(before: pa.Table, after: pa.Table) -> np.ndarray:
    """The logits (n,) of the rows ``after`` by a logistic regression on the simulation's own parts, whose prior widths
    are those of the simulation."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder

    learnt, asked = parts(before), parts(after)
    blocks: tuple[list[Any], list[Any]] = ([], [])
    for (own, width), (new, _) in zip(learnt, asked, strict=True):
        if own.dtype.kind == "f":
            pair = own[:, None] * width, new[:, None] * width
        else:
            encoder = OneHotEncoder(handle_unknown="ignore").fit(own[:, None])
            pair = encoder.transform(own[:, None]) * width, encoder.transform(new[:, None]) * width
        for block, part in zip(blocks, pair, strict=True):
            block.append(csr_matrix(part))
    model = LogisticRegression(C=1.0, max_iter=2000).fit(hstack(blocks[0]).tocsr(), before["click"].to_numpy())
    return np.asarray(model.decision_function(hstack(blocks[1]).tocsr()))


def shares(table: pa.Table) -> np.ndarray:
    """(n,) how much of what a person looked at last is of the ad's kind, a little bound to a few things unseen."""
    found = []
    for part in table.select(["user_recent", "ad_category"]).to_batches(max_chunksize=50_000):
        for recent, kind in zip(part["user_recent"].to_pylist(), part["ad_category"].to_pylist(), strict=True):
            things = recent.split("|") if recent else []
            found.append((things.count(kind) + 0.2) / (len(things) + 3))
    return np.array(found)


def interests(table: pa.Table, world: World) -> np.ndarray:
    """(n,) how much the person truly cares on that day for the ad's kind."""
    days = table["ts"].cast(pa.date32()).to_numpy().astype("datetime64[D]")
    kind = np.array([INTERESTS.index(name) for name in table["ad_category"].to_pylist()])
    names, found = np.array(table["user_id"].to_pylist()), np.zeros(len(table))
    for day in np.unique(days):
        own, crowd = days == day, people(world, day.item())
        place = np.argsort(crowd.ids)
        person = place[np.searchsorted(crowd.ids, names[own], sorter=place)]
        found[own] = crowd.current[person, kind[own]]
    return found


def seeing(table: pa.Table) -> pa.Table:
    """The rows with the true interests in place of what is read off what a person looked at."""
    return table.drop_columns(["share"]).append_column("share", pc.max_element_wise(table["interest"], 1e-3))


def parts(table: pa.Table) -> list[tuple[np.ndarray, float]]:
    """Of every part of the click's log-odds: what a log tells of it, names or numbers (n,), and how far it reaches."""
    told = {name: np.array([str(v) for v in table[name].to_pylist()]) for name in TOLD}
    kind, share = told["ad_category"], table["share"].to_numpy()
    dear = np.log(table["ad_price"].to_numpy()) - 3.6
    age = (table["user_age"].to_numpy() - 38) / 16

    def both(name: str, of: str = "ad_category") -> np.ndarray:
        return np.char.add(np.char.add(told[name], "\x1f"), told[of])

    return [
        (share, FREE),
        (np.log(share), FREE),
        ((told["user_interest"] == kind).astype(float), FREE),
        (told["ad_id"], QUALITY),
        (both("context_hour"), HOUR),
        (both("context_weekday"), WEEKDAY),
        (both("context_page"), PAGE),
        (told["context_slot"], float(SLOT_EFFECT.std())),
        (both("context_device", "ad_format"), float(FIT.std())),
        (age * dear, FREE),
        (age, FREE),
        (dear, FREE),
    ]
