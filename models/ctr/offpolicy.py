"""What another policy would have earned, estimated from a log whose policy told its propensities.

A row's weight is the chance that the other policy shows its ad, over the chance with which the log's policy showed it
(``propensity``). IPS is the mean of weight x click; SNIPS divides by the mean weight as well, so that it stays within
[0, 1] and errs less (Swaminathan & Joachims 2015). Rare propensities make few rows count for all: ``effective_rows``
tells how many are left, and the clipped estimate cuts weights at ``clip``, which biases it a little towards the log's
own policy and steadies it a lot (Strehl et al. 2010). Intervals are drawn over people, see ``models.ctr.bootstrap``.

A propensity is the chance of an ad at its place. Where a request shows several ads, as a release does that is asked
for k > 1 and tells the chance of each to be among the k, IPS comes out k times too low; SNIPS and the clipped estimate
divide that out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from config.task import BadInput
from models.ctr import bootstrap, thinned
from models.ctr.bootstrap import Interval

if TYPE_CHECKING:
    from models.ctr.serve import Server

CLIP = 10.0
ASKED = 2000
MOST_ADS = 1000


@dataclass(frozen=True)
class Estimate:
    """The click rate of the log's own policy and of the other one; ``clipped`` is SNIPS with clipped weights."""

    logged: Interval
    ips: Interval
    snips: Interval
    clipped: Interval
    rows: int
    effective_rows: float
    largest_weight: float


def usable(table: pa.Table) -> pa.Table:
    """The rows that tell their propensity; raises BadInput where none does or one cannot be."""
    if "propensity" not in table.column_names:
        raise BadInput(
            "the impressions have no column propensity; deliver the chance with which each ad was shown "
            "(naru import open-bandit brings it)"
        )
    if table["propensity"].null_count == len(table):
        raise BadInput(f"propensity is empty in all {len(table)} impressions; nothing can be estimated")
    if not pa.types.is_floating(table.schema.field("propensity").type):
        raise BadInput("propensity holds text; deliver numbers above 0 and at most 1")
    kept = table.filter(pc.is_finite(table["propensity"]))
    chance = np.asarray(kept["propensity"].to_numpy(zero_copy_only=False))
    if not len(chance):
        raise BadInput(f"propensity is empty in all {len(table)} impressions; nothing can be estimated")
    wrong = np.flatnonzero((chance <= 0) | (chance > 1))
    if len(wrong):
        row = kept.slice(int(wrong[0]), 1).to_pylist()[0]
        raise BadInput(
            f"propensity of user {row['user_id']} and ad {row['ad_id']} is {row['propensity']}: expected above "
            "0 and at most 1"
        )
    return kept


def uniform(table: pa.Table, pool: str = "") -> np.ndarray:
    """(n,) the chance of each row's ad where every ad of the log is as likely; of its own group of column ``pool``."""
    if not pool:
        return np.full(len(table), 1 / max(1, pc.count_distinct(table["ad_id"]).as_py()))
    if pool not in table.column_names:
        raise BadInput(f"no column {pool!r} to draw pools by; there are {', '.join(table.column_names)}")
    ads = table.group_by(pool, use_threads=False).aggregate([("ad_id", "count_distinct")]).to_pylist()
    sizes = {row[pool]: row["ad_id_count_distinct"] for row in ads}
    return np.array([1 / sizes[value] for value in table[pool].to_pylist()])


def greedy(server: Server, table: pa.Table, explore: float = 0.0) -> np.ndarray:
    """(n,) the chance of each row's ad where the release shows the likeliest ad of those in the log, and with the share
    ``explore`` any of them."""
    ads = sorted(set(table["ad_id"].to_pylist()))
    pool = set(ads)
    if len(ads) > MOST_ADS:
        raise BadInput(f"the log shows {len(ads)} ads; a release is estimated on logs of at most {MOST_ADS}")
    best = []
    for row in table.to_pylist():
        told = {
            p: {n: v for n, v in row.items() if n.startswith(f"{p}_") and v is not None} for p in ("context", "user")
        }
        user = told["user"].pop("user_id")
        answer = server.answer({"user": user, "context": told["context"], "user_features": told["user"], "k": MOST_ADS})
        ranked = [ad for ad in answer["ads"] if ad["ad_id"] in pool]
        best.append(max(ranked, key=lambda ad: ad["p_click"])["ad_id"] if ranked else None)
    hit = np.array([a == b for a, b in zip(best, table["ad_id"].to_pylist(), strict=True)], np.float64)
    return (1 - explore) * hit + explore / len(ads)


def sample(table: pa.Table, most: int = ASKED, seed: int = 7) -> pa.Table:
    """At most ``most`` rows, drawn without replacement, in the order of the log."""
    if len(table) <= most:
        return table
    return table.take(pa.array(np.sort(np.random.default_rng(seed).choice(len(table), most, replace=False))))


def estimate(table: pa.Table, target: np.ndarray, clip: float = CLIP, seed: int = 7) -> Estimate:
    """The click rate of a policy that shows each row's ad with the chance ``target`` (n,), on rows of ``usable``.

    In a log that was thinned each row counts for as many as it stands for."""
    clicks = np.asarray(table["click"].to_numpy(zero_copy_only=False), np.float64)
    weight = target / np.asarray(table["propensity"].to_numpy(zero_copy_only=False), np.float64)
    stands = thinned.weights(table)
    largest = float(weight.max(initial=0.0))
    cut, weight = np.minimum(weight, clip) * stands, weight * stands
    pairs = [(stands * clicks, stands), (weight * clicks, stands), (weight * clicks, weight), (cut * clicks, cut)]
    logged, ips, snips, clipped = bootstrap.ratios(pairs, numbered(table), seed=seed)
    return Estimate(
        logged,
        ips,
        snips,
        clipped,
        len(table),
        float(weight.sum() ** 2 / max((weight**2).sum(), 1e-300)),
        largest,
    )


def numbered(table: pa.Table) -> np.ndarray:
    """Each row's person, counted from 0."""
    codes = table["user_id"].combine_chunks().dictionary_encode().indices
    return np.asarray(codes.fill_null(0).to_numpy(zero_copy_only=False), np.int64)


def told(found: Estimate) -> list[dict[str, Any]]:
    """An estimate as rows for people and programs."""
    names = {
        "logged": "click rate of the log's own policy",
        "ips": "inverse propensity score",
        "snips": "self-normalised",
        "clipped": "self-normalised, weights clipped",
    }
    return [
        {"estimate": name, "value": i.value, "low": i.low, "high": i.high, "what": what}
        for name, what in names.items()
        for i in [getattr(found, name)]
    ]
