"""From a search and the memory before it to candidates and their evidence, one block of columns a memory.

Candidates are the documents that were clicked for the query before, and those that are shown; they stand in the
order of global popularity, which is what a search is given where nothing speaks for the person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.personalization.ledger import key
from models.personalization.memory import LEVELS, LONG, WORKING, Memory, unit

BLOCKS = {
    "global": ("clicks", "clicks of weeks", "shown first"),
    "immediate": ("document now", "document today", "entity now", "entity on the portal now"),
    "working": ("entity in session", "session like", "entity these days", "these days like"),
    "long-term": ("p-click", "document for query", "document", "entity for query", "entity", "property", "interest"),
    "neighbours": ("similar people",),
}
COLUMNS = sum(map(len, BLOCKS.values()))
QUERY_COLUMNS = 9
BACK, CLICKS_BACK, SESSION_BACK, PEOPLE = 120, 30, 8, 10


@dataclass(frozen=True)
class Ask:
    """Searches to answer: ``user``, ``query`` int64 codes (-1 unknown), ``t`` int64, shown documents by offsets, and
    what the session was about: ``items`` (n, SESSION_BACK) rows of ``Memory.item_vectors``, -1 after the last."""

    user: np.ndarray
    query: np.ndarray
    t: np.ndarray
    shown_at: np.ndarray
    shown: np.ndarray
    items: np.ndarray


@dataclass(frozen=True)
class Evidence:
    """``docs`` int64 (n, c) candidates in global order, -1 after the last; ``columns`` float32 (n, c, COLUMNS),
    ``query`` float32 (n, QUERY_COLUMNS), ``pclick`` float64 (n, c), ``entropy`` float64 (n,) bits, ``mask`` float32
    (n, c)."""

    docs: np.ndarray
    columns: np.ndarray
    query: np.ndarray
    pclick: np.ndarray
    entropy: np.ndarray

    @property
    def mask(self) -> np.ndarray:
        return (self.docs >= 0).astype(np.float32)


def asks(memory: Memory, rows: np.ndarray) -> Ask:
    """Searches of the memory's own log, with their session as it was before each."""
    log = memory.log
    book, codes = memory.session_items
    recent = book.recent(key(log.session[rows]), log.t[rows], SESSION_BACK)
    items = np.where(recent >= 0, codes[np.maximum(recent, 0)], -1) if len(codes) else recent
    lengths = log.shown_at[rows + 1] - log.shown_at[rows]
    at = np.r_[0, np.cumsum(lengths)]
    place = np.repeat(log.shown_at[rows] - at[:-1], lengths) + np.arange(at[-1])
    return Ask(log.user[rows], log.query[rows], log.t[rows], at, log.shown[place], items)


def candidates(memory: Memory, ask: Ask, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(documents (n, width) in global order, their clicks for the query (n, width), shown rank (n, width), 0 = not
    shown)."""
    n = len(ask.user)
    book = memory.ledgers["q"]
    event = book.recent(key(LEVELS.index("q"), ask.query), ask.t, BACK)
    clicks = memory.click
    if len(clicks["t"]):
        newest = (event >= 0) & (memory.followed[np.maximum(event, 0)] >= ask.t[:, None])
    else:
        newest = np.zeros(event.shape, dtype=bool)
    row, place = np.nonzero(newest)
    shown_row = np.repeat(np.arange(n), np.diff(ask.shown_at))
    rank = np.arange(len(shown_row)) - ask.shown_at[shown_row] + 1
    known = ask.shown >= 0
    rows = np.r_[shown_row[known], row]
    docs = np.r_[ask.shown[known], clicks["d"][event[row, place]]].astype(np.int64)
    ranks = np.r_[rank[known], np.zeros(len(row), dtype=np.int64)]
    order = np.lexsort((-ranks, docs, rows))
    rows, docs, ranks = rows[order], docs[order], ranks[order]
    first = np.r_[True, (rows[1:] != rows[:-1]) | (docs[1:] != docs[:-1])][: len(rows)]
    rows, docs, ranks = rows[first], docs[first], ranks[first]
    count = memory.ledgers["qd"].at(key(LEVELS.index("qd"), ask.query[rows], docs), ask.t[rows])[:, 0]
    order = np.lexsort((docs, np.where(ranks > 0, ranks, 1_000), -count, rows))
    rows, docs, ranks, count = rows[order], docs[order], ranks[order], count[order]
    column = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = column < width
    found = np.full((n, width), -1)
    number, shown = np.zeros((n, width)), np.zeros((n, width))
    at = rows[kept], column[kept]
    found[at], number[at], shown[at] = docs[kept], count[kept], ranks[kept]
    return found, number, shown


def evidence(memory: Memory, ask: Ask, width: int) -> Evidence:
    """Candidates of each search and what every memory says of them, all strictly before the search."""
    docs, clicks, shown = candidates(memory, ask, width)
    real = docs >= 0
    row, column = np.nonzero(real)
    d = docs[row, column]
    view = View(memory, ask, row, d)
    flat = np.zeros((len(row), COLUMNS), dtype=np.float32)
    personal, pclick = long_term(view)
    blocks = [
        everybody(view, clicks[row, column], shown[row, column]),
        immediate(view),
        working(view),
        personal,
        [similar_people(view)],
    ]
    for place, values in enumerate(v for block in blocks for v in block):
        flat[:, place] = values
    columns = np.zeros((*docs.shape, COLUMNS), dtype=np.float32)
    columns[row, column] = flat
    scores = np.zeros(docs.shape)
    scores[row, column] = pclick
    bits = entropy(clicks)
    return Evidence(docs, columns, about_query(view, clicks, bits, scores), scores, bits)


class View:
    """One row a (search, candidate) pair, and the ledgers looked up for it."""

    def __init__(self, memory: Memory, ask: Ask, row: np.ndarray, doc: np.ndarray) -> None:
        self.memory, self.ask, self.row = memory, ask, row
        entity, prop = memory.catalog.entity[doc], memory.catalog.prop[doc]
        self.pair = {"u": ask.user[row], "q": ask.query[row], "d": doc, "e": entity, "p": prop}
        self.search = {"u": ask.user, "q": ask.query}

    def count(self, level: str) -> np.ndarray:
        """Decayed counts (pairs, half-lives) of ``level`` before each search."""
        keys = key(LEVELS.index(level), *(self.pair[letter] for letter in level))
        return self.memory.ledgers[level].at(keys, self.ask.t[self.row])

    def of_search(self, level: str) -> np.ndarray:
        """The same for levels without a candidate, (searches, half-lives)."""
        parts = [self.search[letter] for letter in level] or [np.zeros(len(self.ask.t), dtype=np.int64)]
        return self.memory.ledgers[level].at(key(LEVELS.index(level), *parts), self.ask.t)

    def likeness(self, vectors: np.ndarray) -> np.ndarray:
        """Cosine of a vector of each search with the entity of each candidate."""
        entity = self.memory.item_vectors[self.pair["e"]]
        return np.einsum("ij,ij->i", vectors[self.row], entity)

    def interest(self, tau: float) -> np.ndarray:
        """Unit vectors (searches, dim) of what each person clicked last, decayed by ``tau``."""
        clicks, ask = self.memory.click, self.ask
        event = self.memory.ledgers["u"].recent(key(LEVELS.index("u"), ask.user), ask.t, CLICKS_BACK)
        there = event >= 0
        if not there.any():
            return np.zeros((len(ask.t), self.memory.item_vectors.shape[1]), dtype=np.float32)
        event = np.maximum(event, 0)
        weight = np.where(there, np.exp(-(ask.t[:, None] - clicks["t"][event]) / tau), 0.0).astype(np.float32)
        return unit(np.einsum("nk,nkd->nd", weight, self.memory.item_vectors[clicks["e"][event]]))


def everybody(view: View, clicks: np.ndarray, shown: np.ndarray) -> list[np.ndarray]:
    prior = np.where(shown > 0, 0.5 / np.maximum(shown, 1), 0.02)
    weeks = view.count("qd")[:, 1]
    return [np.log(clicks + prior), np.log(weeks + prior), np.where((shown > 0) & (clicks == 0), 1 / (1 + shown), 0.0)]


def immediate(view: View) -> list[np.ndarray]:
    """How much more than usual the portal wants the document and the entity for this query, and the entity at
    all."""
    q, qd, qe = view.of_search("q")[view.row], view.count("qd"), view.count("qe")
    usual_doc, usual_entity = (qd[:, 1] + 0.1) / (q[:, 1] + 1.0), (qe[:, 0] + 0.1) / (q[:, 1] + 1.0)
    doc_now = (qd[:, 2] + 3.0 * usual_doc) / (q[:, 2] + 3.0)
    doc_today = (qd[:, 3] + 3.0 * usual_doc) / (q[:, 3] + 3.0)
    entity_now = (qe[:, 1] + 3.0 * usual_entity) / (q[:, 2] + 3.0)
    e, every = view.count("e"), view.of_search("")[view.row]
    usual = (e[:, 0] + 1.0) / (every[:, 0] + 100.0)
    portal_now = (e[:, 1] + 200.0 * usual) / (every[:, 1] + 200.0)
    now = np.log(doc_now / usual_doc), np.log(doc_today / usual_doc)
    return [*now, np.log(entity_now / usual_entity), np.log(portal_now / usual)]


def working(view: View) -> list[np.ndarray]:
    """The session so far, and the interest of the last days."""
    items, vectors = view.ask.items, view.memory.item_vectors
    there = items >= 0
    about = unit((vectors[np.maximum(items, 0)] * there[:, :, None]).sum(axis=1))
    same = (items[view.row] == view.pair["e"][:, None]).sum(axis=1)
    days = view.count("ue")[:, 1]
    return [np.log1p(same), view.likeness(about), np.log1p(days), view.likeness(view.interest(WORKING))]


def long_term(view: View) -> tuple[list[np.ndarray], np.ndarray]:
    """All that the person did before; and P-Click (Dou, Song and Wen 2007): clicks of the user on the document for
    the query over those on any document for it, smoothed by a half."""
    uq, u = view.of_search("uq")[view.row], view.of_search("u")[view.row]
    uqd = view.count("uqd")
    pclick = uqd[:, 0] / (uq[:, 0] + 0.5)
    uqe = view.count("uqe")[:, 0] / (uq[:, 1] + 0.5)
    usual = (view.count("p")[:, 0] + 1.0) / (view.of_search("")[view.row, 0] + 5.0)
    up = np.log((view.count("up")[:, 0] + 3.0 * usual) / (u[:, 0] + 3.0) / usual)
    up = np.where(view.pair["p"] >= 0, up, 0.0)
    doc, entity = np.log1p(view.count("ud")[:, 0]), np.log1p(view.count("ue")[:, 0])
    return [pclick, np.log1p(uqd[:, 1]), doc, uqe, entity, up, view.likeness(view.interest(LONG))], pclick


def similar_people(view: View) -> np.ndarray:
    """What people with like interests clicked for this query, by entity: mean share weighted by likeness."""
    memory, ask = view.memory, view.ask
    found = np.zeros(len(view.row))
    interest = view.interest(LONG)
    asked = np.flatnonzero(np.abs(interest).sum(axis=1) > 0)
    if not len(asked) or not len(memory.users):
        return found
    likeness, people = memory.neighbours.search(interest[asked], PEOPLE)
    user = np.where(people >= 0, memory.users[np.maximum(people, 0)], -2)
    weight = np.zeros((len(ask.t), PEOPLE))
    weight[asked] = np.where((user >= 0) & (user != ask.user[asked, None]), np.maximum(likeness, 0.0), 0.0)
    person = np.full((len(ask.t), PEOPLE), -2)
    person[asked] = user
    row, column = np.nonzero(weight)
    mine = key(LEVELS.index("uq"), person[row, column], ask.query[row])
    known = memory.ledgers["uq"].at(mine, ask.t[row])[:, 1]
    knows = np.zeros(weight.shape)
    knows[row, column] = known
    weight = np.where(knows > 0, weight, 0.0)
    pair, column = np.nonzero(weight[view.row])
    search = view.row[pair]
    mine = key(LEVELS.index("uqe"), person[search, column], ask.query[search], view.pair["e"][pair])
    share = memory.ledgers["uqe"].at(mine, ask.t[search])[:, 0] / knows[search, column]
    np.add.at(found, pair, share * weight[search, column])
    return found / (weight.sum(axis=1)[view.row] + 0.5)


def entropy(clicks: np.ndarray) -> np.ndarray:
    """Click entropy in bits (n,) of the candidates' counts (n, c), corrected for few clicks (Miller and Madow
    1955)."""
    total = clicks.sum(axis=1)
    share = clicks / np.maximum(total, 1e-9)[:, None]
    bits = -(share * np.log2(np.where(share > 0, share, 1.0))).sum(axis=1)
    return np.asarray(bits + ((clicks > 0).sum(axis=1) - 1).clip(0) / (2 * np.log(2) * np.maximum(total, 1.0)))


def about_query(view: View, clicks: np.ndarray, bits: np.ndarray, pclick: np.ndarray) -> np.ndarray:
    """What decides how much each memory is heard: ambiguity, how well query and person are known, what the session
    holds."""
    memory, ask = view.memory, view.ask
    total = clicks.sum(axis=1)
    people = memory.first_clickers.at(key(0, ask.query), ask.t)[:, 0]
    shares = clicks.max(axis=1, initial=0.0) / np.maximum(total, 1.0)
    found = np.column_stack(
        [
            bits,
            np.log1p(total),
            np.log1p(people),
            shares,
            np.log1p(view.of_search("u")[:, 0]),
            np.log1p(view.of_search("uq")[:, 0]),
            pclick.max(axis=1, initial=0.0),
            (ask.items >= 0).sum(axis=1) / SESSION_BACK,
            np.log1p(view.of_search("q")[:, 2]),
        ]
    )
    return found.astype(np.float32)
