"""Personalised search in service: the memory of the release, the network, and the switch between person and
portal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from language.query import plain_query
from models.personalization import switch
from models.personalization.features import BLOCKS, SESSION_BACK, Ask, Evidence, asks, evidence
from models.personalization.log import Catalog, build, catalog_of, rows_of
from models.personalization.memory import Memory, Vectors
from models.runtime import Runtime

MEMORIES = tuple(BLOCKS)
MOVED = 0.1
TRENDING = 200


@dataclass(frozen=True)
class Server:
    """``rows`` are all that is remembered; ``answer`` never raises for a person or a query that nobody knows."""

    runtime: Runtime
    settings: Mapping[str, Any]
    rows: pa.Table
    listed: pa.Table
    vectors: Vectors

    @cached_property
    def memory(self) -> Memory:
        return self.remember(self.rows)

    @cached_property
    def bounds(self) -> switch.Switch:
        return switch.Switch(**self.settings["switch"])

    def remember(self, rows: pa.Table) -> Memory:
        """A memory of ``rows_of`` rows, with the catalogue and the vectors of the release."""
        catalog = catalog_of(self.listed, rows)
        return Memory(build(rows, catalog), catalog, self.vectors, self.runtime.index("users"))

    def answer(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """``query``: "query" (text), and optionally "user", "session" (earlier queries or documents, oldest first),
        "shown" (documents), "ts" (seconds since 1970 or ISO 8601; the end of the memory by default) and "k".

        Returns "results", best first: doc_id, title, entity, property, score, and which memory moved it.
        Raises ValueError naming a field that is missing or wrong.
        """
        text, k = checked(query)
        memory = self.memory
        ask = one(memory, query, text)
        found = evidence(memory, ask, int(self.settings["candidates"]))
        head = {"query": text, "user": str(query.get("user") or ""), "entropy": round(float(found.entropy[0]), 4)}
        count = int((found.docs[0] >= 0).sum())
        if not count:
            return {**head, "personalised": False, "results": self.unknown(text, k)}
        out = self.run(found)
        order = switch.order(found.docs, out, self.bounds)[0][: min(k, count)]
        on = any(bool(part[0]) for part in switch.decide(out, self.bounds))
        parts = out["parts"][0, :count] - out["parts"][0, :count].mean(axis=0)
        scores = out["scores"][0] if on else found.columns[0, :, 0]
        results = [
            row(memory.catalog, int(found.docs[0, c]), float(scores[c]), parts[c] if on else None) for c in order
        ]
        return {**head, "personalised": on, "results": results}

    def run(self, found: Evidence) -> dict[str, np.ndarray]:
        """The network's scores (n, c), parts (n, c, memories) and gate (n, 1)."""
        return self.runtime.network("combiner")(columns=found.columns, query=found.query, mask=found.mask)

    def rank(self, memory: Memory, rows: np.ndarray) -> tuple[Evidence, np.ndarray]:
        """(evidence, candidate columns from first to last) of searches of the memory's own log, each as of its
        time."""
        found = evidence(memory, asks(memory, rows), int(self.settings["candidates"]))
        return found, switch.order(found.docs, self.run(found), self.bounds)

    def unknown(self, text: str, k: int) -> list[dict[str, Any]]:
        """For a query nobody clicked for: documents whose title or entity holds its words, most wanted first; else
        what the portal is on right now."""
        catalog, wanted = self.memory.catalog, self.wanted
        words = text.split()
        match = np.array([sum(w in title for w in words) for title in self.folded])
        if not match.any():
            match = (wanted >= np.sort(wanted)[-min(TRENDING, len(wanted))]) * 1 if len(wanted) else match
        score = match + wanted / (1.0 + wanted.max(initial=0.0))
        best = np.argsort(-score, kind="stable")[:k]
        return [row(catalog, int(d), float(score[d]), None) for d in best if match[d]]

    @cached_property
    def folded(self) -> list[str]:
        """Plain title and entity of each document."""
        catalog = self.memory.catalog
        names = [*catalog.entities, *([""] * len(catalog.names))]
        return [plain_query(f"{t} {names[e]}") for t, e in zip(catalog.titles, catalog.entity.tolist(), strict=True)]

    @cached_property
    def wanted(self) -> np.ndarray:
        """Clicks of each document, the latest counted most (half-life of a day)."""
        log = self.memory.log
        age = (log.click_t.max(initial=0) - log.click_t) / 86_400_000
        return np.bincount(log.click_doc, 0.5**age, minlength=len(self.memory.catalog.names))


def load(runtime: Runtime, recent: bool = True) -> Server:
    """The server of a release or a model artifact; without ``recent`` it remembers only what lies before the
    held-out part."""
    folder = runtime.folder
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    names = ("memory", "recent") if recent else ("memory",)
    rows = pa.concat_tables([pq.read_table(folder / f"{name}.parquet") for name in names])
    with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
        entity, query = arrays["entity"], arrays["query"]
    queries = pq.read_table(folder / "queries.parquet")["query"].to_pylist()
    users = pq.read_table(folder / "people.parquet")["user_id"].to_pylist()
    vectors = Vectors(entity, query, np.zeros((0, entity.shape[1]), dtype=np.float32), queries, users)
    server = Server(runtime, settings, rows_of(rows), pq.read_table(folder / "catalog.parquet"), vectors)
    if recent:
        server.answer({"query": "-"})
    return server


def checked(query: Mapping[str, Any]) -> tuple[str, int]:
    """(plain query, k); raises ValueError."""
    text, k = query.get("query"), query.get("k", 10)
    if not isinstance(text, str) or not plain_query(text):
        raise ValueError(f"query = {text!r}: expected the text that is searched for")
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise ValueError(f"k = {k!r}: expected a whole number from 1")
    for name in ("session", "shown"):
        value = query.get(name) or []
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise ValueError(f"{name} = {value!r}: expected a list of strings")
    return plain_query(text), k


def moment(value: Any, default: int) -> int:
    """Milliseconds of a time given as seconds or ISO 8601 (UTC where it names no zone); raises ValueError."""
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
        return int(value * 1000)
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"ts = {value!r}: expected seconds since 1970 or a time like 2026-11-01T09:00:00Z") from error
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)


def one(memory: Memory, query: Mapping[str, Any], text: str) -> Ask:
    """A single search from outside the log."""
    log, catalog = memory.log, memory.catalog
    end = int(max(log.t.max(initial=0), log.click_t.max(initial=0))) + 1
    items = []
    for item in query.get("session") or []:
        if item in catalog.docs:
            items.append(int(catalog.entity[catalog.docs[item]]))
        elif (code := log.queries.get(plain_query(item))) is not None:
            items.append(catalog.known + code)
    items = items[::-1][:SESSION_BACK]
    shown = np.array([catalog.docs[d] for d in query.get("shown") or [] if d in catalog.docs], dtype=np.int64)
    return Ask(
        user=np.array([log.users.get(str(query.get("user") or "\x1f"), -1)]),
        query=np.array([log.queries.get(text, -1)]),
        t=np.array([moment(query.get("ts"), end)]),
        shown_at=np.array([0, len(shown)]),
        shown=shown,
        items=np.array([items + [-1] * (SESSION_BACK - len(items))]),
    )


def row(catalog: Catalog, doc: int, score: float, parts: np.ndarray | None) -> dict[str, Any]:
    """One result; ``moved_by`` is the memory that speaks most for (or against) it beside the others, global if none
    does."""
    moved = {} if parts is None else dict(zip(MEMORIES[1:], (round(float(p), 4) for p in parts), strict=True))
    most = max(moved, key=lambda m: abs(moved[m]), default="global")
    entity, prop = int(catalog.entity[doc]), int(catalog.prop[doc])
    return {
        "doc_id": catalog.names[doc],
        "title": catalog.titles[doc],
        "entity": catalog.entities[entity] if entity < len(catalog.entities) else None,
        "property": catalog.properties[prop] if prop >= 0 else None,
        "score": round(score, 4),
        "moved_by": most if moved and abs(moved[most]) >= MOVED else "global",
        "memories": moved,
    }
