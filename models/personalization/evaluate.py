"""Score personalised search on a log, each search with what was known strictly before it.

A search counts once, by the last satisfied click. Beside the product stand two rivals on the same candidates: global
popularity, and P-Click (Dou, Song and Wen 2007) with ties in global order. Slices are by click entropy of the query
over the whole log that is scored and remembered, by ambiguity of the entity, and by whether the person had clicked
for the query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from config.task import Task
from models.personalization import switch
from models.personalization.log import bits_of, rows_of
from models.personalization.memory import Memory
from models.personalization.serve import Server, load
from models.runtime import KerasRuntime

CHUNK = 20_000
PER_MINUTE = 30
UNHARMED = 0.995
CHANCE = 3.0  # standard errors
TELLING = 400  # plain searches, below which a share of 0.5 % cannot be told
LOW, HIGH, AMBIGUOUS = 1.0, 2.0, 0.5


@dataclass(frozen=True)
class Ranks:
    """Rank of the wanted document of each search, 0 where it is no candidate: by the product and its rivals; ``on``:
    the search was personalised; ``seen``: the person had clicked for the query before."""

    ours: np.ndarray
    globally: np.ndarray
    pclick: np.ndarray
    on: np.ndarray
    seen: np.ndarray


def run(task: Task) -> None:
    """Stage ``personalization_evaluate``: models/personalization -> metrics/personalization."""
    runtime = KerasRuntime(task.input("models/personalization").local_folder())
    server = load(runtime, recent=False)
    memory, rows = prepared(server, pq.read_table(runtime.folder / "recent.parquet"))
    ranks = ranked(server, memory, rows)
    found = metrics(memory, rows, ranks)
    name = "metrics/personalization"
    task.output(name).write_json("metrics.json", found)
    for metric, value, floor in floors(ranks, found):
        task.fact(name, metric=metric, value=value, slice="all", floor=floor, primary=metric == "mrr")
    for metric, value in found.items():
        if value is not None and metric.startswith(("mrr_entropy", "mrr_entity", "mrr_seen", "mrr_unseen")):
            task.fact(name, metric="mrr", value=value, slice=metric.removeprefix("mrr_"), floor=None, primary=False)
    task.note(name, metrics=found)


def floors(ranks: Ranks, found: dict[str, Any]) -> list[tuple[str, float, float | None]]:
    """(metric, value, floor): better than both rivals, and plain queries spared; chance is allowed for."""
    if not len(ranks.ours):
        return []
    ours = reciprocal(ranks.ours)
    low = found["searches_entropy_low"]
    chance = float(np.sqrt(UNHARMED * (1 - UNHARMED) / max(1, low)))
    floor = UNHARMED - CHANCE * chance if low >= TELLING else None
    worst = min(
        (ours - reciprocal(r)).mean() + CHANCE * spread(ours - reciprocal(r)) for r in (ranks.globally, ranks.pclick)
    )
    return [
        ("mrr", found["mrr"], found["mrr"] - float(worst)),
        ("p@1", found["p@1"], None),
        ("mrr_global", found["mrr_global"], None),
        ("mrr_pclick", found["mrr_pclick"], None),
        ("unharmed_low_entropy", 1.0 - found["harmed_low_entropy"], floor),
    ]


def spread(difference: np.ndarray) -> float:
    """Standard error of a mean."""
    return float(difference.std() / np.sqrt(len(difference)))


def score(server: Server, table: pa.Table) -> dict[str, Any]:
    """Metrics of the rows of a ``searches`` log: what the server remembers, and the log's own earlier rows, rank
    each search.

    Returns one flat object; ``mrr`` and its kin are None where no search has a click.
    """
    memory, rows = prepared(server, table)
    return metrics(memory, rows, ranked(server, memory, rows))


def prepared(server: Server, table: pa.Table) -> tuple[Memory, np.ndarray]:
    """(memory of what is remembered and of the table, the searches of the table that have a click)."""
    fresh = people_only(rows_of(table))
    place = fresh.column_names.index("fresh")
    fresh = fresh.set_column(place, "fresh", pa.array(np.ones(fresh.num_rows, dtype=np.int64)))
    memory = server.remember(without_repeats(rows_of(pa.concat_tables([fresh, server.rows]))))
    log = memory.log
    return memory, np.flatnonzero(log.fresh & (log.target >= 0))


def people_only(rows: pa.Table) -> pa.Table:
    """Without the users who send more in a minute than a person can (the aggregated log has none)."""
    minute = pc.floor_temporal(rows["ts"], unit="minute")
    counts = (
        pa.table({"user_id": rows["user_id"], "minute": minute})
        .group_by(["user_id", "minute"])
        .aggregate([([], "count_all")])
    )
    machines = counts.filter(pc.greater(counts["count_all"], PER_MINUTE))["user_id"]
    return rows.filter(pc.invert(pc.is_in(rows["user_id"], value_set=machines.combine_chunks())))


def without_repeats(rows: pa.Table) -> pa.Table:
    """One row of those alike in user, time, query and document; one to be scored stands for one that is
    remembered."""
    keys = ["user_id", "ts", "query", "clicked_doc_id"]
    rows = rows.append_column("row", pa.array(np.arange(rows.num_rows)))
    first = rows.group_by(keys, use_threads=False).aggregate([("row", "min"), ("fresh", "max")])
    order = pc.sort_indices(first["row_min"])
    kept = rows.take(first["row_min"].take(order)).drop_columns(["row"])
    place = kept.column_names.index("fresh")
    return kept.set_column(place, "fresh", first["fresh_max"].take(order))


def ranked(server: Server, memory: Memory, rows: np.ndarray) -> Ranks:
    """The ranks of searches of the memory's log, CHUNK at a time."""
    parts = []
    for begin in range(0, len(rows), CHUNK):
        chosen = rows[begin : begin + CHUNK]
        found, order = server.rank(memory, chosen)
        hit = found.docs == memory.log.target[chosen][:, None]
        there, place = hit.any(axis=1), hit.argmax(axis=1)
        columns = np.arange(found.docs.shape[1])
        by_pclick = np.lexsort(
            (np.broadcast_to(columns, found.docs.shape), -found.pclick + 9.0 * (found.docs < 0)), axis=1
        )
        on = (order != columns).any(axis=1)
        ours, pclick = switch.rank(order, place), switch.rank(by_pclick, place)
        parts.append([there * ours, there * (place + 1), there * pclick, on, found.query[:, 5] > 0])
    empty = [np.zeros(0, dtype=np.int64)] * 5
    return Ranks(*(np.concatenate(column) for column in zip(*(parts or [empty]), strict=True)))


def reciprocal(ranks: np.ndarray) -> np.ndarray:
    return np.where(ranks > 0, 1.0 / np.maximum(ranks, 1), 0.0)


def slices(memory: Memory, rows: np.ndarray, ranks: Ranks) -> dict[str, np.ndarray]:
    """Masks over the scored searches."""
    log = memory.log
    search, doc = np.flatnonzero(log.target >= 0), log.target[log.target >= 0]
    query, entity = log.query[search], memory.catalog.entity[doc]
    bits = bits_of(query, doc, len(log.queries))[log.query[rows]]
    senses = bits_of(query, entity, len(log.queries))[log.query[rows]]
    pairs = np.unique(query * (len(log.users) + 1) + log.user[search])
    people = np.bincount(pairs // (len(log.users) + 1), minlength=len(log.queries))[log.query[rows]]
    seen = ranks.seen.astype(bool)
    return {
        "entropy_low": bits < LOW,
        "entropy_mid": (bits >= LOW) & (bits < HIGH),
        "entropy_high": bits >= HIGH,
        "entity_ambiguous": senses >= AMBIGUOUS,
        "multi_user": (people >= 2) & (bits >= LOW),
        "seen_pair": seen,
        "unseen_pair": ~seen,
    }


def metrics(memory: Memory, rows: np.ndarray, ranks: Ranks) -> dict[str, Any]:
    """One flat object; names of slices follow the metric (mrr_entropy_low)."""
    found: dict[str, Any] = {"searches": len(rows)}
    parts = slices(memory, rows, ranks)
    for name, mask in {"": np.ones(len(rows), dtype=bool), **parts}.items():
        end = f"_{name}" if name else ""
        for metric, of in (("mrr", ranks.ours), ("mrr_global", ranks.globally), ("mrr_pclick", ranks.pclick)):
            found[metric + end] = mean(reciprocal(of[mask]))
        found["p@1" + end] = mean(ranks.ours[mask] == 1)
        if name:
            found["searches" + end] = int(mask.sum())
    worse, better = ranks.ours > ranks.globally, ranks.ours < ranks.globally
    found["harmed_low_entropy"] = mean(worse[parts["entropy_low"]]) or 0.0
    found["coverage"] = mean(ranks.ours > 0)
    found["personalised"] = mean(ranks.on)
    found["switch_precision"] = mean(better[worse | better])
    return found


def mean(values: np.ndarray) -> float | None:
    """None of nothing."""
    return round(float(values.mean()), 6) if len(values) else None
