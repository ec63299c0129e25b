"""The search log as arrays: who asked what and when, what was clicked, in codes; the same from the lake and from a
file.

Rows of one session with the same query and no other between are one search; its time is that of its first row, so
that nothing a person did in a search is known to the search itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from language.query import plain_query

GAP_MS = 30 * 60 * 1000
ROW_COLUMNS = (
    "user_id", "ts", "query", "clicked_doc_id", "position", "session_id", "shown_doc_ids", "satisfied", "fresh",
)  # fmt: skip


@dataclass(frozen=True)
class Catalog:
    """What is known of documents: ``docs`` maps a doc_id to its code, which numbers the other arrays and goes on
    past them.

    ``entity`` and ``prop`` int64 (docs,) are codes; a document without a known entity is its own entity, and one
    without a property has the property -1.
    """

    docs: dict[str, int]
    names: list[str]
    titles: list[str]
    entities: list[str]
    properties: list[str]
    entity: np.ndarray
    prop: np.ndarray

    @property
    def known(self) -> int:
        """Number of entity codes, those of documents without an entity included."""
        return len(self.entities) + len(self.names)


@dataclass(frozen=True)
class Log:
    """Searches in order of time, and their clicks.

    Searches: ``user``, ``query``, ``session`` int64 codes, ``t`` int64 milliseconds since 1970, ``target`` int64 the
    document of the last satisfied click (-1 without a click), ``shown_at`` int64 (n + 1,) offsets into ``shown``,
    document codes. Clicks in order of time: ``click_search``, ``click_doc``, ``click_t`` int64. ``users`` and
    ``queries`` number the codes; ``fresh`` bool (n,) marks the searches to score.
    """

    users: dict[str, int]
    queries: dict[str, int]
    user: np.ndarray
    query: np.ndarray
    session: np.ndarray
    t: np.ndarray
    target: np.ndarray
    shown_at: np.ndarray
    shown: np.ndarray
    click_search: np.ndarray
    click_doc: np.ndarray
    click_t: np.ndarray
    fresh: np.ndarray

    def __len__(self) -> int:
        return len(self.t)


def rows_of(table: pa.Table) -> pa.Table:
    """The columns that memory needs, in order of time; absent ones are null. Queries take their plain form.

    ``fresh`` is 1 for rows that are to be scored, null for those that are remembered alone.
    """
    kinds = {"ts": pa.timestamp("us", tz="UTC"), "shown_doc_ids": pa.list_(pa.string())}
    kinds |= {"position": pa.int64(), "satisfied": pa.int64(), "fresh": pa.int64()}
    columns = {}
    for name in ROW_COLUMNS:
        kind = kinds.get(name, pa.string())
        there = name in table.column_names
        columns[name] = table[name].combine_chunks().cast(kind) if there else pa.nulls(table.num_rows, kind)
    codes = pc.fill_null(columns["query"], "").dictionary_encode()
    forms = pa.array([plain_query(text) for text in codes.dictionary.to_pylist()], pa.string())
    columns["query"] = forms.take(codes.indices)
    columns["user_id"] = pc.fill_null(columns["user_id"], "")
    rows = pa.table(columns)
    rows = rows.filter(pc.and_(pc.not_equal(rows["query"], ""), pc.is_valid(rows["ts"])))
    keys = [(name, "ascending") for name in ("ts", "user_id", "query", "position", "clicked_doc_id")]
    return rows.sort_by(keys)


def catalog_of(table: pa.Table | None, rows: pa.Table) -> Catalog:
    """The catalogue (a later row of a document wins), and every document of the log after those of the catalogue."""
    listed: dict[str, tuple[str, str | None, str | None]] = {}
    if table is not None:
        blank = [None] * table.num_rows
        wanted = ("doc_id", "title", "entity", "property")
        columns = [table[c].to_pylist() if c in table.column_names else blank for c in wanted]
        listed = {doc: (title or doc, entity, prop) for doc, title, entity, prop in zip(*columns, strict=True)}
    for column in (rows["clicked_doc_id"], pc.list_flatten(rows["shown_doc_ids"])):
        for doc in pc.unique(column).to_pylist():
            if doc is not None:
                listed.setdefault(doc, (doc, None, None))
    names = list(listed)
    entities = sorted({e for _, e, _ in listed.values() if e})
    properties = sorted({p for _, _, p in listed.values() if p})
    entity_code, property_code = ({n: i for i, n in enumerate(of)} for of in (entities, properties))
    entity = [entity_code.get(e or "", len(entities) + i) for i, (_, e, _) in enumerate(listed.values())]
    prop = [property_code.get(p or "", -1) for _, _, p in listed.values()]
    return Catalog(
        docs={n: i for i, n in enumerate(names)},
        names=names,
        titles=[t for t, _, _ in listed.values()],
        entities=entities,
        properties=properties,
        entity=np.array(entity, dtype=np.int64),
        prop=np.array(prop, dtype=np.int64),
    )


def encode(column: pa.ChunkedArray | pa.Array, codes: dict[str, int], grow: bool = True) -> np.ndarray:
    """Codes of strings, -1 for null; new strings are added to ``codes``, or are -1 too where it may not ``grow``."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = column.dictionary_encode()
    mine = []
    for text in encoded.dictionary.to_pylist():
        if grow:
            codes.setdefault(text, len(codes))
        mine.append(codes.get(text, -1))
    mine.append(-1)
    return np.array(mine, dtype=np.int64)[pc.fill_null(encoded.indices, len(mine) - 1).to_numpy(zero_copy_only=False)]


def build(rows: pa.Table, catalog: Catalog) -> Log:
    """The log of ``rows_of`` rows."""
    users: dict[str, int] = {}
    queries: dict[str, int] = {}
    user, query = encode(rows["user_id"], users), encode(rows["query"], queries)
    t = pc.cast(rows["ts"], pa.int64()).to_numpy() // 1000
    doc = encode(rows["clicked_doc_id"], catalog.docs, grow=False)
    session = sessions(encode(rows["session_id"], {}), user, t)
    search, order = searches(user, session, query, t)
    first = np.flatnonzero(np.r_[True, search[1:] != search[:-1]]) if len(search) else np.zeros(0, dtype=np.int64)
    heads = order[first]
    by_time = np.argsort(t[heads], kind="stable")
    number = np.empty(len(heads), dtype=np.int64)
    number[by_time] = np.arange(len(heads))
    of_row = np.empty(len(rows), dtype=np.int64)
    of_row[order] = number[search]
    clicked = np.flatnonzero(doc >= 0)
    good = satisfied(rows, of_row, clicked)
    target = np.full(len(heads), -1)
    target[of_row[clicked]] = doc[clicked]
    target[of_row[good]] = doc[good]
    heads = heads[by_time]
    shown_at, shown = shown_lists(rows["shown_doc_ids"], heads, catalog)
    fresh = np.bincount(of_row, pc.fill_null(rows["fresh"], 0).to_numpy(), minlength=len(heads)) > 0
    return Log(
        users, queries, user[heads], query[heads], session[heads], t[heads], target, shown_at, shown,
        of_row[clicked], doc[clicked], t[clicked], fresh,
    )  # fmt: skip


def sessions(given: np.ndarray, user: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Session codes: the given ones, else runs of a user's rows without a gap of GAP_MS."""
    order = np.lexsort((t, user))
    new = np.r_[True, (user[order][1:] != user[order][:-1]) | (np.diff(t[order]) > GAP_MS)][: len(order)]
    run = np.empty(len(order), dtype=np.int64)
    run[order] = np.cumsum(new)
    return np.where(given >= 0, given, given.max(initial=0) + run)


def searches(user: np.ndarray, session: np.ndarray, query: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(search number of each row in ``order``, order by user, session and time)."""
    order = np.lexsort((t, session, user))
    parts = [np.diff(a[order]) != 0 for a in (user, session, query)]
    new = np.r_[True, parts[0] | parts[1] | parts[2]][: len(order)]
    return np.cumsum(new) - 1, order


def satisfied(rows: pa.Table, of_row: np.ndarray, clicked: np.ndarray) -> np.ndarray:
    """The clicked rows that end what was looked for: as the log says, else the last of their search."""
    said = pc.fill_null(rows["satisfied"], -1).to_numpy()[clicked]
    last = np.zeros(len(clicked), dtype=bool)
    final = np.full(of_row.max(initial=0) + 1, -1)
    final[of_row[clicked]] = np.arange(len(clicked))
    last[final[final >= 0]] = True
    return clicked[(said == 1) | ((said < 0) & last)]


def shown_lists(column: pa.ChunkedArray, heads: np.ndarray, catalog: Catalog) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and document codes of what was shown to each search."""
    lists = column.combine_chunks().take(pa.array(heads))
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    shown = encode(pc.list_flatten(lists), catalog.docs, grow=False)
    return np.r_[0, np.cumsum(lengths)].astype(np.int64), shown


def bits_of(query: np.ndarray, value: np.ndarray, queries: int) -> np.ndarray:
    """Entropy in bits (queries,) of the values that each query led to."""
    pairs, counts = np.unique(np.stack([query, value]), axis=1, return_counts=True)
    total = np.bincount(query, minlength=queries).astype(float)
    inner = np.bincount(pairs[0], counts * np.log2(counts), minlength=queries)
    return np.asarray(np.log2(np.maximum(total, 1.0)) - inner / np.maximum(total, 1.0))
