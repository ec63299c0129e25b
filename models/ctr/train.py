"""Train the three embedding networks and the classifier on a click log, in order of time.

The first 80 % of the rows are trained on, the next 10 % stop the training and calibrate, the last 10 % are held out for
``ctr_evaluate``. What stands beside the networks, and what is counted, is written twice: as it was before the held-out
rows, to be measured, and with them, to be served. Unclicked rows are thinned out; the calibration undoes it. Tuning
sees the first 80 % alone, cut by time once more, and its winner is judged on the 10 % after them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from config.task import BadInput, Task
from models.ctr import (
    alike,
    beside,
    counters,
    features,
    filters,
    measure,
    memory,
    order,
    pictures,
    reach,
    rows,
    serve,
    thinned,
    warm,
)
from models.ctr.alike import Alike
from models.ctr.config import SPACE, CtrConfig
from models.ctr.explore import Exploration
from models.ctr.features import Arrays, Schema
from models.ctr.fit import CtrModel
from models.ctr.measure import Calibration
from models.ctr.rows import Catalogue, Rows
from models.network_file import save_network
from models.runtime import KerasRuntime
from models.tune.keras_session import KerasSession
from models.tune.session import Open, Problem
from models.tune.training import train
from models.tune.tuned import around, configured, with_values

SPLIT = (0.8, 0.9)
NETWORKS = ("user", "context", "ad", "classifier")


def run(task: Task) -> None:
    """Stage ``ctr_train``: features/impressions, features/ads -> models/ctr."""
    config = configured(task, CtrConfig)
    table = ordered(task.table("features/impressions"), config)
    first, second = (int(len(table) * share) for share in SPLIT)
    before = begun_from(task, config)
    material = prepare(table, task.table("features/ads"), config, first, before)
    valid = np.arange(first, second)
    chosen, keep = thin(material.built.clicks[:first], config)
    model = material.model(config, config.seed)
    if before is not None:
        task.note("models/ctr", warm_start=warm.start(model.networks, model.schema, before))
    session = model.session(chosen, valid, keep, config.seed)
    history = train(session, config.epochs, config.patience, lambda epochs: task.track(epochs, "epochs"))
    staging = task.output("models/ctr")
    others = beside.learn(model, chosen, valid, np.arange(second, len(table)), keep)
    others.save(staging.folder)
    told = others.told
    calibration = measure.calibrate(others.logits, model.rows.clicks[valid], keep)
    calibration = thinned.corrected(calibration, table.slice(first, second - first))
    task.note("models/ctr", ensemble=told)
    task.note("models/ctr", history=history, rows=len(table), trained_on=len(chosen), ads=len(model.known.key))
    task.note(
        "models/ctr",
        calibration=asdict(calibration),
        columns={n: model.schema.family(n).names for n in features.FAMILIES},
    )
    similar = reach.choose(model, remember(material.start, model.rows, slice(0, first)), valid)
    exploration = asdict(Exploration(config.explore, config.explore_share))
    shares = {name: told[name] for name in ("trees_share", "crosses_share")}
    staging.write_json("policy.json", {"inputs": rows.INPUTS, **shares, "exploration": exploration})
    material.people.save(staging.folder / "alike.npz")
    save(task, model, table, material.start, calibration, similar, (first, second))


def begun_from(task: Task, config: CtrConfig) -> Path | None:
    """The model artifact to start from, if the config wants one: the newest, where this version made it."""
    earlier = task.inputs.get("models/ctr", []) if config.warm_start else []
    if not earlier:
        return None
    folder = earlier[-1].local_folder()
    if warm.readable(folder):
        return folder
    task.log("another version made %s: the networks begin anew", folder)
    return None


@dataclass(frozen=True)
class Material:
    """A log as the networks read it: what its first rows taught of columns, ads, memory before it, people alike, and
    encoded rows."""

    schema: Schema
    known: Catalogue
    start: memory.Memory
    people: Alike
    built: Rows

    def model(self, config: CtrConfig, seed: int) -> CtrModel:
        keras.utils.set_random_seed(seed)
        return CtrModel(self.schema, self.known, self.built, config)


def prepare(
    table: pa.Table, ads: pa.Table | None, config: CtrConfig, first: int, before: Path | None = None
) -> Material:
    """Columns and prior are learnt from the ``first`` rows alone; columns grow from those of the model ``before``."""
    schema = features.fit(table.slice(0, first), config)
    if before is not None:
        schema = warm.grown(warm.yesterday(before), schema, config)
    known = rows.catalogue(schema, table, ads)
    start = memory.empty(config.history, prior(table, first))
    clicked = table.slice(0, first).filter(pc.greater(table["click"].slice(0, first), 0))
    people = alike.learn(memory.name_hashes(clicked["user_id"]), memory.name_hashes(clicked["ad_id"]))
    return Material(schema, known, start, people, rows.build(schema, table, known, start, people, taught_by=first))


def problem(task: Task) -> Problem:
    """What tuning searches: the log before the held-out rows, its trials scored inside the training rows."""
    config = task.settings.section("ctr", CtrConfig)
    table, ads = ordered(task.table("features/impressions"), config), task.table("features/ads")
    first, second = (int(len(table) * share) for share in SPLIT)
    inner = int(first * SPLIT[0] / SPLIT[1])
    open_, judge = opener(table.slice(0, first), ads, inner, config), opener(table.slice(0, second), ads, first, config)
    return Problem("ctr", around(SPACE, config), open_, config.epochs, config.seed, judge=judge, config=config)


def opener(table: pa.Table, ads: pa.Table | None, first: int, base: CtrConfig) -> Open:
    """Sessions that learn on the ``first`` rows and are scored on the rest; the rows are encoded once."""
    made: list[Material] = []

    def open_(values: Mapping[str, Any], seed: int) -> KerasSession:
        config = with_values(base, values)
        if not made:
            made.append(prepare(table, ads, base, first))
        chosen, keep = thin(made[0].built.clicks[:first], config)
        return made[0].model(config, seed).session(chosen, np.arange(first, len(table)), keep, seed)

    return open_


def ordered(table: pa.Table, config: CtrConfig) -> pa.Table:
    """The log in its order; raises BadInput where there is nothing to learn from, or to choose and to measure by."""
    table = order.by_time(table)
    clicks = np.asarray(table["click"].to_numpy(zero_copy_only=False))
    first = int(len(table) * SPLIT[0])
    wins = int(clicks[:first].sum())
    if wins < config.least_clicks or wins == first:
        raise BadInput(
            f"features/impressions holds {wins} clicks in the first {first} rows; training needs at least "
            f"{config.least_clicks} clicks and one row without: deliver a longer log"
        )
    second = int(len(table) * SPLIT[1])
    for part, what in ((slice(first, second), "chosen"), (slice(second, None), "measured")):
        if len(np.unique(clicks[part])) < 2:
            times, of = table["ts"][part].to_pylist(), "no click" if not clicks[part].any() else "nothing but clicks"
            told = f"from {times[0]:%Y-%m-%d %H:%M} to {times[-1]:%Y-%m-%d %H:%M} UTC" if times else "at its end"
            raise BadInput(
                f"features/impressions holds {of} {told}, the rows by which a model is {what}; is the click log "
                "complete? Deliver rows with and without clicks for these days"
            )
    return table


def prior(table: pa.Table, first: int) -> float:
    return float(np.mean(table["click"].to_numpy(zero_copy_only=False)[:first]))


def thin(clicks: np.ndarray, config: CtrConfig) -> tuple[np.ndarray, float]:
    """(rows to train on, share of the unclicked rows that is kept)."""
    rng = np.random.default_rng(config.seed)
    losses = float((clicks == 0).sum())
    keep = min(1.0, config.negatives * float(clicks.sum()) / losses)
    return np.flatnonzero((clicks > 0) | (rng.random(len(clicks)) < keep)), keep


def save(
    task: Task,
    model: CtrModel,
    table: pa.Table,
    start: memory.Memory,
    calibration: Calibration,
    similar: Mapping[str, Any],
    split: tuple[int, int],
) -> None:
    """The artifact: networks, tables, what serving carries, and the held-out rows with the memory before them."""
    first, second = split
    staging = task.output("models/ctr")
    folder = staging.folder
    for name in NETWORKS:
        save_network(getattr(model.networks, name), folder / f"{name}.keras")
    before = remember(start, model.rows, slice(0, second))
    after = remember(before, model.rows, slice(second, None))
    before.save(folder / f"memory{serve.BEFORE}.npz")
    after.save(folder / "memory.npz")
    pq.write_table(table.slice(second), folder / "heldout.parquet")
    staging.write_json("vocabulary.json", model.schema.to_json())
    staging.write_json("calibration.json", asdict(calibration))
    staging.write_json("candidates.json", {n: similar[n] for n in ("leaning", "again")})
    model.known.save(folder / "catalogue.npz")
    np.save(folder / "runs.npy", filters.running(model.known, task.table("features/ads")))
    people = newest(table)
    np.savez(folder / "users.npz", allow_pickle=False, **users(model.schema, people))
    files = {name: {"file": f"{name}.keras", "sample": f"{name}_sample.npz"} for name in NETWORKS}
    tables = {
        "ads": {"file": "ads.npy", "metric": "ip"},
        "ranked": {"file": "ranked.npy", "metric": "ip", "queries": "ranked_asked.npy"},
    }
    staging.write_json(
        "artifact.json",
        {
            "product": "ctr",
            "networks": files,
            "tables": tables,
            "carry": list(serve.CARRY),
            "layers": "models.ctr.networks",
        },
    )
    staging.write_json("probes.json", probes(table))
    runtime = KerasRuntime(folder)
    embedded = rows.embed_ads(runtime.network("ad"), model.known, after)
    np.save(
        folder / "ads.npy",
        rows.lean(embedded["vector"], counters.clicks_of(after, model.known.key), similar["leaning"]),
    )
    np.save(folder / "ad_fields.npy", embedded["fields"])
    save_samples(model, np.arange(max(0, second - 256), second), runtime)
    valid, state = table.slice(first, second - first), remember(start, model.rows, slice(0, first))
    then = reach.distilled(folder, valid, state, model.config)
    leaning, by_rank = reach.by_rank(then, valid)
    chosen = {**similar, "ranked": leaning if by_rank > similar["recall"] else None}
    staging.write_json("candidates.json", {n: chosen[n] for n in ("leaning", "again", "ranked")})
    task.note("models/ctr", recall_by_rank=by_rank, **chosen)
    draw(task, serve.load(runtime), people, task.table("features/ads"))


def remember(state: memory.Memory, built: Rows, part: slice) -> memory.Memory:
    return memory.remember(state, built.keys[part], built.fading[part], built.events.part(part))


def newest(table: pa.Table) -> pa.Table:
    """The last row of every user, sorted by the hash of the id."""
    keys = memory.name_hashes(table["user_id"])
    _, back = np.unique(keys[::-1], return_index=True)
    return table.take(pa.array(len(keys) - 1 - back))


def users(schema: Schema, people: pa.Table) -> Arrays:
    tokens, numbers = features.encode(schema.user, people)
    return {"key": memory.name_hashes(people["user_id"]), "tokens": tokens, "numbers": numbers}


def save_samples(model: CtrModel, chosen: np.ndarray, runtime: KerasRuntime) -> None:
    """Real inputs of every network, for parity and latency."""
    batch = model.batch(chosen)
    embedded: Arrays = {"pair": batch["pair"]}
    for name in NETWORKS[:3]:
        inputs = {tensor: batch[tensor] for tensor in getattr(model.networks, name).input}
        np.savez(runtime.folder / f"{name}_sample.npz", allow_pickle=False, **inputs)
        found = runtime.network(name)(**inputs)
        embedded |= {name: found["vector"], f"{name}_fields": found["fields"]}
    np.savez(runtime.folder / "classifier_sample.npz", allow_pickle=False, **embedded)


def probes(table: pa.Table) -> list[dict[str, Any]]:
    """What a fresh process is asked: three people in the contexts they were last seen in, and somebody unknown."""
    names = [c for c in table.column_names if c.startswith("context_")]
    last = table.slice(max(0, len(table) - 3)).select(["user_id", *names]).to_pylist()
    known = [{"user": row["user_id"], "context": {n: row[n] for n in names if row[n] is not None}} for row in last]
    return [*known, {**known[-1], "user": "somebody-unknown"}]


def draw(task: Task, server: serve.Server, people: pa.Table, ads: pa.Table) -> None:
    """The pictures of the report: people by age and gender, ads by category."""
    folder = task.output("models/ctr").folder / "figures"
    some = people.take(pa.array(np.linspace(0, len(people) - 1, min(pictures.MOST_POINTS, len(people))).astype(int)))
    vectors = server.user_vectors(memory.name_hashes(some["user_id"]))
    pictures.space(vectors, some, pictures.colourings(some, "user_", ("age", "gender")), folder / "users.png")
    listed = ads.take(pa.array(np.unique(memory.name_hashes(ads["ad_id"]), return_index=True)[1]))
    places = server.catalogue.row(memory.name_hashes(listed["ad_id"]))
    names = pictures.colourings(listed, "ad_", ("category", "genre"))
    pictures.space(server.vectors[places], listed, names, folder / "ads.png")
    told = {"figures/users.png": "The people in the common space", "figures/ads.png": "The ads in the common space"}
    task.note("models/ctr", figures=told)
