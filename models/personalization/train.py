"""Train personalised search: memory from the log, vectors of entities and people, the network that weighs the
memories.

The log is cut by time into three: the first part only fills the memory, on the second the network learns with
vectors that were learnt on the first, the last is held out for ``evaluate``. Where to personalise at all (the
entropy that a query must have) is chosen on the end of the second part, so that plain queries are not harmed. Tuning
scores its trials on searches of the second part before its last tenth, and its winner on that tenth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from config.task import BadInput, Skip, Task
from models.network_file import save_network
from models.personalization import combiner, switch
from models.personalization.features import Evidence, asks, evidence
from models.personalization.log import Catalog, Log, bits_of, build, catalog_of, rows_of
from models.personalization.memory import Memory, Vectors, learn_vectors
from models.runtime import Arrays, Index
from models.tune.keras_session import KerasSession
from models.tune.session import Open, Problem
from models.tune.space import Parameter, Space
from models.tune.training import train
from models.tune.tuned import around, configured, with_values

LEAST = 30
TABLES = ("people", "queries", "memory", "recent", "catalog")
CARRY = ("settings.json", "vectors.npz", *(f"{name}.parquet" for name in TABLES))
PATIENCE = 3
LEARNT, TRIED = 0.9, 0.8
"""The share of the searches that the network learns from, before those that it is scored on; that of a trial."""


@dataclass(frozen=True)
class PersonalizationConfig:
    """Section ``[personalization]``.

    ``warm`` and ``heldout`` are the first and the last share of the searches with a click; ``candidates`` are
    ranked; ``dim`` of the vectors; ``hidden``, ``epochs``, ``batch``, ``rate`` of the network; at most
    ``train_rows`` searches, the latest, are learnt from; ``harm`` is the largest share of plain queries that may be
    made worse.
    """

    warm: float = 0.45
    heldout: float = 0.2
    candidates: int = 30
    dim: int = 24
    hidden: int = 16
    epochs: int = 15
    batch: int = 256
    rate: float = 0.01
    train_rows: int = 60_000
    harm: float = 0.005
    seed: int = 20261101


SPACE: Space = (
    Parameter("rate", 0.01, low=1e-3, high=0.05, scale="log", live=True),
    Parameter("hidden", 16, low=4, high=64, scale="log", whole=True),
    Parameter("batch", 256, low=64, high=1024, scale="log", whole=True),
)


@dataclass(frozen=True)
class Lesson:
    """Searches to learn from, in order of time: their evidence, where the wanted document stands in each (n,), and the
    click entropy of each query (n,)."""

    found: Evidence
    place: np.ndarray
    bits: np.ndarray

    def first(self, share: float) -> Lesson:
        """The earliest searches, one at least."""
        end = slice(0, max(1, int(len(self.place) * share)))
        f = self.found
        taken = Evidence(f.docs[end], f.columns[end], f.query[end], f.pclick[end], f.entropy[end])
        return Lesson(taken, self.place[end], self.bits[end])

    def session(self, config: PersonalizationConfig, learnt: float, seed: int) -> tuple[Any, KerasSession]:
        """(the network, its training on a first share of the searches, scored on the rest)."""
        import keras

        keras.utils.set_random_seed(seed)
        model = combiner.build(config.candidates, config.hidden)
        count, plain = max(1, int(len(self.place) * learnt)), self.bits < switch.PLAIN
        made = combiner.session(model, self.found, self.place, plain, count, config.batch, config.rate, seed)
        return model, made


def run(task: Task) -> None:
    """Stage ``personalization_train``: features/searches, landing/search_catalog -> models/personalization."""
    config = configured(task, PersonalizationConfig)
    rows, catalog, log = gather(task)
    warm, cut = cuts(log, config, task.ds)
    lesson = learnable(rows, log, catalog, (warm, cut), config)
    task.log("%d searches with a choice to learn from", len(lesson.place))
    model, session = lesson.session(config, LEARNT, config.seed)
    curve = train(session, config.epochs, PATIENCE, lambda epochs: task.track(epochs, "epochs"))
    bounds = switch.choose(lesson.found.docs, lesson.place, predicted(model, lesson.found), lesson.bits, config.harm)
    vectors = learn_vectors(build(before(rows, cut), catalog), catalog, config.dim)
    told = {"searches": len(log), "learnt_from": len(lesson.place), "switch": asdict(bounds)}
    task.note("models/personalization", history=curve, **told)
    folder = task.output("models/personalization").folder
    save(folder, model, lesson.found, vectors, config, bounds)
    save_log(folder, rows, catalog, cut)
    task.output("models/personalization").write_json("probes.json", probes(rows, cut))


def gather(task: Task) -> tuple[pa.Table, Catalog, Log]:
    """The log of the window as rows and as codes, with what can be clicked."""
    landed = task.table("features/searches")
    if landed is None:
        raise Skip("features/searches is empty")
    rows = rows_of(landed)
    catalog = catalog_of(task.table("landing/search_catalog"), rows)
    return rows, catalog, build(rows, catalog)


def problem(task: Task) -> Problem:
    """What tuning searches: the network that weighs the memories, on searches before the held-out part."""
    config = task.settings.section("personalization", PersonalizationConfig)
    rows, catalog, log = gather(task)
    lesson = learnable(rows, log, catalog, cuts(log, config, task.ds), config)

    def opener(of: Lesson, learnt: float) -> Open:
        def open_(values: Mapping[str, Any], seed: int) -> KerasSession:
            return of.session(with_values(config, values), learnt, seed)[1]

        return open_

    tried, judged = opener(lesson.first(LEARNT), TRIED / LEARNT), opener(lesson, LEARNT)
    space = around(SPACE, config)
    return Problem("personalization", space, tried, config.epochs, config.seed, judge=judged, config=config)


def cuts(log: Log, config: PersonalizationConfig, ds: str) -> tuple[int, int]:
    """(end of the warm part, begin of the held-out part) in milliseconds; raises BadInput for too short a log."""
    t = np.sort(log.t[log.target >= 0])
    if len(t) < LEAST or t[0] == t[-1]:
        raise BadInput(
            f"features/searches up to {ds} has {len(t)} searches with a click; {LEAST} at several times are needed"
        )
    warm, cut = int(t[int(len(t) * config.warm)]), int(t[int(len(t) * (1 - config.heldout))])
    return warm, max(cut, warm + 1)


def before(rows: pa.Table, t: int) -> pa.Table:
    """The rows before ``t`` milliseconds."""
    return rows.filter(pc.less(pc.cast(rows["ts"], pa.int64()), t * 1000))


def learnable(
    rows: pa.Table, log: Log, catalog: Catalog, span: tuple[int, int], config: PersonalizationConfig
) -> Lesson:
    """The searches of a time span that leave a choice, with vectors learnt before it; the click entropy of a query is
    that of all that was clicked for it before the end of the span."""
    vectors = learn_vectors(build(before(rows, span[0]), catalog), catalog, config.dim)
    memory = Memory(log, catalog, vectors, flat(vectors.user))
    chosen = (log.target >= 0) & (log.t >= span[0]) & (log.t < span[1])
    picked = np.flatnonzero(chosen)[-config.train_rows :]
    found = evidence(memory, asks(memory, picked), config.candidates)
    hit = found.docs == log.target[picked][:, None]
    kept = hit.any(axis=1) & ((found.docs >= 0).sum(axis=1) > 1)
    if not kept.any():
        raise BadInput(
            f"none of {len(picked)} searches leads to a document that was clicked for the query before or stands in "
            "shown_doc_ids; deliver more days, or shown_doc_ids"
        )
    taken = Evidence(found.docs[kept], found.columns[kept], found.query[kept], found.pclick[kept], found.entropy[kept])
    past = (log.target >= 0) & (log.t < span[1])
    bits = bits_of(log.query[past], log.target[past], len(log.queries))
    return Lesson(taken, hit[kept].argmax(axis=1), bits[log.query[picked[kept]]])


def flat(vectors: np.ndarray) -> Index:
    """Exact inner-product search."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    return index  # type: ignore[no-any-return]


def predicted(model: Any, found: Evidence) -> Arrays:
    """All outputs of the network."""
    return {k: np.asarray(v) for k, v in model.predict(combiner.inputs(found), batch_size=1024, verbose=0).items()}


def save(
    folder: Path, model: Any, found: Evidence, vectors: Vectors, config: PersonalizationConfig, bounds: switch.Switch
) -> None:
    """The network with a sample, the table of people and the vectors that the memory needs."""
    save_network(model, folder / "combiner.keras")
    sample = {name: values[-64:] for name, values in combiner.inputs(found).items()}
    np.savez(folder / "combiner_sample.npz", **sample)  # type: ignore[arg-type]
    np.save(folder / "users.npy", vectors.user)
    np.savez(folder / "vectors.npz", entity=vectors.entity, query=vectors.query)
    artifact = {
        "product": "personalization",
        "networks": {"combiner": {"file": "combiner.keras", "sample": "combiner_sample.npz"}},
        "tables": {"users": {"file": "users.npy", "metric": "ip"}},
        "carry": list(CARRY),
    }
    write_json(folder / "artifact.json", artifact)
    write_json(folder / "settings.json", {**asdict(config), "switch": asdict(bounds)})
    pq.write_table(pa.table({"user_id": vectors.users}), folder / "people.parquet", compression="zstd")
    pq.write_table(pa.table({"query": vectors.queries}), folder / "queries.parquet", compression="zstd")


def save_log(folder: Path, rows: pa.Table, catalog: Catalog, cut: int) -> None:
    """The log itself, cut where the held-out part begins, and the catalogue in the order of the vectors' rows."""
    old = before(rows, cut)
    pq.write_table(old, folder / "memory.parquet", compression="zstd")
    pq.write_table(rows.slice(old.num_rows), folder / "recent.parquet", compression="zstd")
    entities, properties = pa.array(catalog.entities, pa.string()), pa.array(catalog.properties, pa.string())
    known = np.where(catalog.entity < len(entities), catalog.entity, 0)
    listed = {
        "doc_id": catalog.names,
        "title": catalog.titles,
        "entity": entities.take(pa.array(known, mask=catalog.entity >= len(entities))),
        "property": properties.take(pa.array(catalog.prop.clip(0), mask=catalog.prop < 0)),
    }
    pq.write_table(pa.table(listed), folder / "catalog.parquet", compression="zstd")


def write_json(path: Path, value: Any) -> None:
    import json

    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def probes(rows: pa.Table, cut: int) -> list[dict[str, Any]]:
    """Real searches of the held-out part, and two that nobody can know."""
    late = rows.slice(before(rows, cut).num_rows)
    step = max(1, late.num_rows // 4)
    asked = [{"user": r["user_id"], "query": r["query"], "k": 5} for r in late.to_pylist()[::step][:4]]
    return [*asked, {"user": "nobody", "query": asked[0]["query"]}, {"user": "nobody", "query": "아무도 모르는 말"}]
