"""Human Memory Mirror: what the portal and a person remember, as ledgers over one log.

*Immediate* memory is the whole portal of the last hours; *working* memory is a person's session and their last two
days; *long-term* memory is all they did, decayed over weeks. Entities have vectors (a truncated SVD of who clicked
what), so memory of one entity speaks for its like, and people with few memories borrow those of similar people.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.personalization.ledger import FOREVER, Ledger, key, ledger
from models.personalization.log import Catalog, Log
from models.runtime import Index

HOUR = 3600 * 1000.0
LONG, WORKING, DAY, IMMEDIATE = 14 * 24 * HOUR, 48 * HOUR, 24 * HOUR, 4 * HOUR
SVD_ENTITIES = 20_000


@dataclass(frozen=True)
class Vectors:
    """``entity`` float32 (entities, dim) by code of the catalogue, zero rows where nothing is known; ``query``
    float32 (queries, dim), row i of the query ``queries[i]``; ``user`` float32 (people, dim), row i of the person
    ``users[i]``. All rows are of unit length or zero."""

    entity: np.ndarray
    query: np.ndarray
    user: np.ndarray
    queries: list[str]
    users: list[str]

    def aligned(self, log: Log, catalog: Catalog) -> tuple[np.ndarray, np.ndarray]:
        """(entity, query) vectors by the codes of a log and a catalogue that may hold more; the new have zeros."""
        entity = np.zeros((catalog.known, self.entity.shape[1]), dtype=np.float32)
        entity[: len(self.entity)] = self.entity
        query = np.zeros((len(log.queries), self.entity.shape[1]), dtype=np.float32)
        places = np.array([log.queries.get(text, -1) for text in self.queries], dtype=np.int64)
        query[places[places >= 0]] = self.query[places >= 0]
        return entity, query


@dataclass(frozen=True)
class Memory:
    """All ledgers of one log; none ever answers with what came at or after the time it is asked for."""

    log: Log
    catalog: Catalog
    vectors: Vectors
    neighbours: Index

    @cached_property
    def click(self) -> dict[str, np.ndarray]:
        """Codes of each click: user, query, doc, entity, property, session and time."""
        log, doc = self.log, self.log.click_doc
        search = log.click_search
        return {
            "u": log.user[search],
            "q": log.query[search],
            "d": doc,
            "e": self.catalog.entity[doc],
            "p": self.catalog.prop[doc],
            "s": log.session[search],
            "t": log.click_t,
        }

    def count(self, level: str, *taus: float) -> Ledger:
        """The ledger of clicks by the letters of ``level``: "uqd" counts by user, query and document."""
        c = self.click
        parts = [c[letter] for letter in level] or [np.zeros(len(c["t"]), dtype=np.int64)]
        return ledger(key(LEVELS.index(level), *parts), c["t"], taus)

    @cached_property
    def ledgers(self) -> dict[str, Ledger]:
        """By level; the half-lives of each stand in TAUS."""
        return {level: self.count(level, *taus) for level, taus in TAUS.items()}

    @cached_property
    def followed(self) -> np.ndarray:
        """For each click the time of the next click on the same query and document (far off where there is none)."""
        c = self.click
        pair = key(c["q"], c["d"])
        order = np.lexsort((np.arange(len(pair)), c["t"], pair))
        after = np.full(len(pair), np.iinfo(np.int64).max)
        same = np.flatnonzero(pair[order][1:] == pair[order][:-1])
        after[order[same]] = c["t"][order[same + 1]]
        return after

    @cached_property
    def first_clickers(self) -> Ledger:
        """Counts the distinct users who clicked for a query."""
        c = self.click
        _, first = np.unique(key(c["q"], c["u"]), return_index=True)
        return ledger(key(0, c["q"][first]), c["t"][first], (FOREVER,))

    @cached_property
    def session_items(self) -> tuple[Ledger, np.ndarray]:
        """What a session was about: its queries and clicks, and the row of ``item_vectors`` of each."""
        log, c = self.log, self.click
        items = np.r_[self.catalog.known + log.query, c["e"]]
        return ledger(key(np.r_[log.session, c["s"]]), np.r_[log.t, c["t"]], (FOREVER,)), items

    @cached_property
    def item_vectors(self) -> np.ndarray:
        """Entities, then queries, by their codes."""
        return np.concatenate(self.vectors.aligned(self.log, self.catalog))

    @cached_property
    def users(self) -> np.ndarray:
        """The code of the person of each row of the users table, -2 for one who is not in this log."""
        return np.array([self.log.users.get(name, -2) for name in self.vectors.users], dtype=np.int64)


LEVELS = ("q", "qd", "qe", "e", "", "uqd", "uq", "uqe", "ud", "ue", "up", "u", "p")
TAUS: dict[str, tuple[float, ...]] = {
    "q": (FOREVER, LONG, IMMEDIATE, DAY),
    "qd": (FOREVER, LONG, IMMEDIATE, DAY),
    "qe": (LONG, IMMEDIATE),
    "e": (LONG, IMMEDIATE),
    "": (LONG, IMMEDIATE),
    "uqd": (FOREVER, LONG),
    "uq": (FOREVER, LONG),
    "uqe": (LONG,),
    "ud": (LONG,),
    "ue": (LONG, WORKING),
    "up": (LONG,),
    "u": (LONG, WORKING),
    "p": (LONG,),
}


def learn_vectors(log: Log, catalog: Catalog, dim: int) -> Vectors:
    """Vectors of entities, queries and people from the clicks of a log (truncated SVD of log counts, idf
    weighted)."""
    user, entity = log.user[log.click_search], catalog.entity[log.click_doc]
    clicks = np.bincount(entity, minlength=catalog.known)
    chosen = np.argsort(-clicks, kind="stable")[:SVD_ENTITIES]
    chosen = np.sort(chosen[clicks[chosen] > 0])
    vectors = np.zeros((catalog.known, dim), dtype=np.float32)
    if len(chosen):
        vectors[chosen] = spectrum(user, entity, chosen, len(log.users), dim)
    idf = np.log1p(len(log.users) / (1.0 + clicks))
    people = gathered(user, entity, vectors, idf, len(log.users))
    asked = gathered(log.query[log.click_search], entity, vectors, np.ones(len(idf)), len(log.queries))
    return Vectors(vectors, asked, people, list(log.queries), list(log.users))


def spectrum(user: np.ndarray, entity: np.ndarray, chosen: np.ndarray, users: int, dim: int) -> np.ndarray:
    """Unit vectors (chosen, dim) of the entities: right singular vectors of the users x entities matrix."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import svds

    place = np.full(int(entity.max()) + 1, -1)
    place[chosen] = np.arange(len(chosen))
    kept = place[entity] >= 0
    counts = coo_matrix((np.ones(kept.sum()), (user[kept], place[entity[kept]])), shape=(users, len(chosen))).tocsr()
    counts.data = 1.0 + np.log(counts.data)
    idf = np.log1p(users / (1.0 + np.asarray((counts > 0).sum(axis=0)).ravel()))
    counts = counts.multiply(idf[None, :]).tocsr()
    rank = min(dim, min(counts.shape) - 1)
    found = np.zeros((len(chosen), dim), dtype=np.float32)
    if rank < 1:
        return found
    start = np.random.default_rng(7).standard_normal(min(counts.shape))
    _, values, right = svds(counts, k=rank, v0=start)
    order = np.argsort(-values, kind="stable")
    sign = np.sign(right[np.arange(rank), np.abs(right).argmax(axis=1)])
    found[:, :rank] = (right * (sign * np.sqrt(values))[:, None])[order].T
    return unit(found)


def gathered(owner: np.ndarray, entity: np.ndarray, vectors: np.ndarray, weight: np.ndarray, owners: int) -> np.ndarray:
    """Unit sums (owners, dim) of the vectors of what each owner clicked."""
    from scipy.sparse import coo_matrix

    table = coo_matrix((weight[entity], (owner, entity)), shape=(owners, len(vectors))).tocsr()
    return unit(np.asarray(table @ vectors))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1; a row of zeros stays one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0), dtype=np.float32)
