"""Score a server on impressions: AUC, log loss and calibration of the click, recall of the candidates, popularity
beside.

Rows after the server's memory are replayed in time: each sees the memory and the rows strictly before it. Rows up to
its end (a random split of a log) are answered as the release in service would answer them now. Recall looks at
clicked rows: is the ad among the 100 candidates of its (user, context)? Candidates are counted in the order of the
common space, or in the ranker's as far as it scores them, leaning on what is shown often; whichever found more when the
release was made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.task import BadInput, Task
from models.ctr import (
    candidates,
    counters,
    exhaustive,
    features,
    measure,
    memory,
    rows,
    serve,
    slices,
    thinned,
    trees,
)
from models.ctr.config import CtrConfig
from models.ctr.order import ordered
from models.ctr.rows import Catalogue, Rows
from models.ctr.serve import Server
from models.runtime import Arrays, KerasRuntime

NEAREST = 100
CHUNK = 4096
MEMBERS = {"network": "auc_networks", "crosses": "auc_crosses", "trees": "auc_trees"}


def run(task: Task) -> None:
    """Stage ``ctr_evaluate``: models/ctr -> metrics/ctr, on the last part of the log by time."""
    from models.ctr import pictures

    config = task.settings.section("ctr", CtrConfig)
    folder = task.input("models/ctr").local_folder()
    server = serve.load(KerasRuntime(folder), serve.BEFORE)
    # The ads as they stood before the held-out rows: the table of the release knows their counts already.
    table = pq.read_table(folder / "heldout.parquet")
    server = candidates.as_of(server, server.memory, table, config.seed)
    scored = predict(server, table)
    metrics = {**summary(scored), **newcomers(scored), **exhaustive.agreement(server, table)}
    task.output("metrics/ctr").write_json("metrics.json", metrics)
    # A handful of clicks says nothing about a floor.
    sure = scored["clicks"].sum() >= config.least_clicks
    for metric in ("auc", "logloss", "ece", "recall@100"):
        if metrics[metric] is not None:
            auc = metric == "auc"
            floor = config.auc_floor if auc and sure else None
            task.fact("metrics/ctr", metric=metric, value=metrics[metric], slice="all", floor=floor, primary=auc)
    parts = slices.measured(ordered(table), scored)
    task.output("metrics/ctr").write_json("slices.json", parts)
    for part in parts:
        task.fact("metrics/ctr", metric="auc", value=part["auc"], slice=part["slice"], floor=None, primary=False)
    figure = task.output("metrics/ctr").folder / "figures" / "calibration.png"
    pictures.calibration(measure.reliability(scored["clicks"], scored["chance"], scored["weight"]), figure)
    caption = "Predicted chance against click rate with its 95 % intervals, held-out rows"
    task.note("metrics/ctr", figures={"figures/calibration.png": caption})
    task.log(
        "auc %s, recall@100 %s (popularity %s)", *(metrics[m] for m in ("auc", "recall@100", "popularity_recall@100"))
    )


def score(server: Server, table: pa.Table) -> dict[str, Any]:
    """Rows of landing/impressions -> auc, logloss, ece, recall@100 and what to hold them against.

    ``auc`` is None where all rows are of one class, the recalls where no row is clicked. Raises BadInput for a table
    without rows.
    """
    return summary(predict(server, table))


def predict(server: Server, table: pa.Table) -> Arrays:
    """Per row, in order of time: clicks, weight (how many rows of a thinned log it stands for), chance, the logits of
    the members by name, request (n, dim), ad (its row in the catalogue, widened by the table's ads), again (n,
    server.again) = the ads clicked before that are candidates again, -1 = none, new_user, new_ad; and per ad of that
    catalogue: vectors (ads, dim), popularity = clicks in the memory. ``hits`` tells of some clicked rows whether the
    ad is among the candidates, where those are in the ranker's order.
    """
    if not table.num_rows:
        raise BadInput("the impressions hold no rows; there is nothing to score")
    if wrong := features.unreadable(server.schema, table):
        raise BadInput(f"{wrong}; deliver numbers, or leave the column out")
    table = ordered(table)
    known = rows.merge(server.catalogue, rows.catalogue(server.schema, table))
    past = int(np.searchsorted(rows.microseconds(table), server.memory.as_of, "right"))
    both = [(table.slice(0, past), False), (table.slice(past), True)]
    pieces = [rows.build(server.schema, t, known, server.memory, server.people, replay) for t, replay in both if len(t)]
    parts = [forward(server, b, known, slice(i, i + CHUNK)) for b in pieces for i in range(0, len(b), CHUNK)]
    ads, users = (np.concatenate([getattr(b, n) for b in pieces]) for n in ("ad_row", "users"))
    out = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    shows, wins = server.memory.look_up(counters.ad_keys(known.key))
    again = server.memory.clicked(users, server.again)
    return {
        "request": rows.reach(out["request"]),
        "clicks": np.concatenate([b.clicks for b in pieces]),
        "weight": thinned.weights(table),
        "chance": server.calibration(out["logit"]),
        **{name: out[name] for name in MEMBERS if name in out},
        "ad": ads,
        "hits": np.zeros(0) if server.ranked is None else exhaustive.hits(server, table, [server.ranked], NEAREST),
        "again": np.where(again > 0, known.row(again), -1),
        "vectors": rows.lean(widened(server, known), wins, server.leaning),
        "popularity": wins,
        "new_ad": shows[ads] == 0,
        "new_user": memory.find(server.memory.users, users) < 0,
    }


def widened(server: Server, known: Catalogue) -> np.ndarray:
    """The vectors (ads, dim) of a catalogue that holds more ads than the release, which are embedded by content."""
    places = server.catalogue.row(known.key)
    vectors = server.vectors[places]
    new = np.flatnonzero(places < 0)
    if len(new):
        vectors[new] = rows.embed_ads(server.runtime.network("ad"), known, server.memory, new)["vector"]
    return vectors


def forward(server: Server, built: Rows, known: Catalogue, part: slice) -> Arrays:
    """The release on some rows: logit (n,), those of its members by name, and request (n, dim)."""
    arrays = {name: values[part] for name, values in built.arrays.items()}
    arrays["history_tokens"] = rows.history_tokens(known, built.history[part])
    found: Arrays = {"pair": arrays["pair"]}
    for name, more in (("user", ["history_tokens"]), ("context", []), ("ad", [])):
        inputs = {n: arrays[n] for n in (f"{name}_tokens", f"{name}_numbers", *more)}
        out = server.runtime.network(name)(**inputs)
        found |= {name: out["vector"], f"{name}_fields": out["fields"]}
    told = {
        "network": server.runtime.network("classifier")(**found)["logit"][:, 0],
        "crosses": server.crosses.logits(arrays),
        "trees": server.trees.logits(trees.inputs(server.schema, arrays)),
    }
    return {**told, "logit": server.blended(told), "request": found["user"] + found["context"]}


def summary(scored: Arrays) -> dict[str, Any]:
    clicks, chance, weight = scored["clicks"], scored["chance"], scored["weight"]
    clicked = clicks > 0
    own = scored["ad"][clicked]
    found = float(scored["hits"].mean()) if len(scored["hits"]) else None
    if found is None:
        found = recall(scored["request"][clicked], scored["vectors"], own, scored["again"][clicked])
    return {
        "auc": measure.auc(clicks, chance, weight),
        **{told: measure.auc(clicks, scored[name], weight) for name, told in MEMBERS.items() if name in scored},
        "logloss": measure.logloss(clicks, chance, weight),
        "normalised_entropy": measure.normalised_entropy(clicks, chance, weight),
        "ece": measure.ece(clicks, chance, weight),
        "recall@100": found,
        "popularity_recall@100": popular(scored["popularity"], own),
        "base_rate": float(np.average(clicks, weights=weight)),
        "rows": len(clicks),
        "ads": len(scored["vectors"]),
    }


def newcomers(scored: Arrays) -> dict[str, Any]:
    """AUC of those whom the memory has never seen: people and ads."""
    parts = {"new_users": scored["new_user"], "new_ads": scored["new_ad"]}
    told = [scored[name] for name in ("clicks", "chance", "weight")]
    return {f"auc_{name}": measure.auc(*(one[part] for one in told)) for name, part in parts.items()}


def recall(requests: np.ndarray, vectors: np.ndarray, own: np.ndarray, again: np.ndarray) -> float | None:
    """Share of requests (n, dim) whose own ad (n,) is among NEAREST candidates: those of ``again`` (n, m; -1 = none)
    first, then the nearest vectors; ties count half."""
    if not len(requests):
        return None
    hits = 0
    for start in range(0, len(requests), CHUNK):
        part = slice(start, start + CHUNK)
        scores = requests[part] @ vectors.T
        row, column = np.nonzero(again[part] >= 0)
        scores[row, again[part][row, column]] = np.inf
        hits += int((ranks(scores, own[part]) < NEAREST).sum())
    return hits / len(requests)


def popular(popularity: np.ndarray, own: np.ndarray) -> float | None:
    """The same, where the candidates are the most clicked ads for everybody."""
    if not len(own):
        return None
    kinds, place = np.unique(own, return_inverse=True)
    return float((ranks(np.repeat(popularity[None], len(kinds), axis=0), kinds) < NEAREST)[place].mean())


def ranks(scores: np.ndarray, own: np.ndarray) -> np.ndarray:
    """How many other ads score higher than each row's own, ties counted half; (n, ads), (n,) -> (n,)."""
    mine = scores[np.arange(len(own)), own][:, None]
    return (scores > mine).sum(axis=1) + ((scores == mine).sum(axis=1) - 1) / 2
