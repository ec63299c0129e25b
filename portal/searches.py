"""The portal's search log: what was shown for each search, and what was clicked.

The person reads the ten results from the top (a cascade: Craswell et al. 2008), so what stands high is clicked more.
Machines hammer a few queries, and the transport delivers some rows twice. What each search was for (see portal.intents)
stands in the truth table, for evaluation only.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from config.datasets import parse_ds
from portal.entities import PROPERTIES
from portal.intents import Searches, intents
from portal.people import People, people
from portal.shelf import (
    PROPERTY_WORDS,
    Shelf,
    Trend,
    fresh_id,
    fresh_rows,
    label,
    lasting_rows,
    page_id,
    shelf,
    trends,
)
from portal.world import PortalConfig, World, rng

SHOWN = 10
SAME_SENSE, SAME_PROPERTY, OTHER_SENSE = 0.1, 0.45, 0.01
READS_ON, CLICKS = 0.93, 0.92
REPEATED_ROWS = 0.01

LOG = pa.schema(
    [
        ("user_id", pa.string()),
        ("ts", pa.timestamp("us", tz="UTC")),
        ("query", pa.string()),
        ("clicked_doc_id", pa.string()),
        ("position", pa.int64()),
        ("dwell_s", pa.float64()),
        ("session_id", pa.string()),
        ("shown_doc_ids", pa.list_(pa.string())),
    ]
)
CATALOG = pa.schema([(name, pa.string()) for name in ("doc_id", "entity", "property", "title")])
TRUTH = pa.schema(
    [
        ("user_id", pa.string()),
        ("ts", pa.timestamp("us", tz="UTC")),
        ("session_id", pa.string()),
        ("query", pa.string()),
        ("doc_id", pa.string()),
        ("entity", pa.string()),
        ("property", pa.string()),
        ("bot", pa.bool_()),
        ("trend", pa.bool_()),
        ("habit", pa.bool_()),
    ]
)


def deliver(
    world: World, ds: str, since: str | None = None, backlog_days: int = PortalConfig.backlog_days
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """(searches, search_catalog, truth) of the days after ``since`` up to ``ds`` (``backlog_days`` days without it).

    The rows of one calendar day are the same in every delivery that holds it.
    """
    last = parse_ds(ds)
    first = parse_ds(since) + timedelta(days=1) if since else last - timedelta(days=backlog_days - 1)
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    made = [one_day(world, day) for day in days]
    log = pa.concat_tables([LOG.empty_table(), *(m[0] for m in made)])
    truth = pa.concat_tables([TRUTH.empty_table(), *(m[1] for m in made)])
    rows = [*lasting_rows(world), *fresh_rows(world, last)]
    catalog = pa.table(dict(zip(CATALOG.names, map(list, zip(*rows, strict=True)), strict=True)), schema=CATALOG)
    return log, catalog, truth


def one_day(world: World, day: date) -> tuple[pa.Table, pa.Table]:
    """The log and the truth of one calendar day."""
    generator = rng(world, "searches", day)
    crowd, everything, waves = people(world, day), shelf(world), trends(world, day)
    searches = intents(world, day, crowd, everything, waves, generator)
    shown = results(everything, searches, waves, generator)
    log = clicks(crowd, everything, searches, shown, waves, day, generator)
    return log, truth(crowd, everything, searches, waves, day)


def results(everything: Shelf, searches: Searches, waves: list[Trend], generator: np.random.Generator) -> np.ndarray:
    """The ten pages shown for each search (n, SHOWN), -1 after the last: by general liking, with the ranker's own
    noise."""
    count = len(everything.entity)
    word = everything.word[searches.sense]
    table = everything.by_word[word]
    liking = np.log(everything.weight[everything.entity] * everything.wish[everything.entity, everything.property])
    score = np.where(table >= 0, (liking + np.log(everything.share))[table], -np.inf)
    named = np.array([any(q.strip().endswith(" " + w) for w in PROPERTY_WORDS.values()) for q in searches.query])
    score += 3.0 * (named[:, None] & (everything.property[table] == searches.property[:, None]))
    full = np.array(
        [q.strip() == everything.senses[s].name for q, s in zip(searches.query, searches.sense, strict=True)]
    )
    score += 3.0 * (full[:, None] & (everything.entity[table] == searches.sense[:, None]))
    score = score + generator.gumbel(0.0, 0.5, score.shape)
    order = np.argsort(-score, axis=1, kind="stable")[:, :SHOWN]
    shown = np.take_along_axis(np.where(np.isfinite(score), table, -1), order, axis=1)
    for row, wave in enumerate(waves):
        seen = (word == everything.word[wave.entity]) & (searches.wave >= 0)
        place = np.minimum(generator.integers(1, 5, len(word)), shown.shape[1] - 1)
        shown[seen, place[seen]] = count + row
    return shown


def clicks(
    crowd: People,
    everything: Shelf,
    searches: Searches,
    shown: np.ndarray,
    waves: list[Trend],
    day: date,
    generator: np.random.Generator,
) -> pa.Table:
    """The log of one day: a row a click, or one row for a search without a click."""
    n = len(searches)
    appeal = attraction(everything, searches, shown, waves)
    reading, clicked = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    rows: list[tuple[np.ndarray, int, np.ndarray, np.ndarray]] = []
    for column in range(shown.shape[1]):
        hit = reading & (shown[:, column] >= 0) & (generator.random(n) < CLICKS * appeal[:, column])
        happy = hit & (generator.random(n) < appeal[:, column])
        dwell = np.where(happy, generator.lognormal(4.3, 0.7, n), generator.lognormal(2.0, 0.6, n))
        wait = 2.0 + 1.5 * column + generator.random(n) + 5.0 * clicked
        rows.append((np.flatnonzero(hit), column, wait[hit], dwell[hit]))
        clicked |= hit
        reading &= ~happy & (generator.random(n) < READS_ON)
    rows.append((np.flatnonzero(~clicked), -1, np.zeros(n - clicked.sum()), np.zeros(n - clicked.sum())))
    index = np.concatenate([r[0] for r in rows])
    place = np.concatenate([np.full(len(r[0]), r[1]) for r in rows])
    at = searches.at[index] + np.concatenate([r[2] for r in rows])
    dwell = np.concatenate([r[3] for r in rows])
    order = np.lexsort((place, index, at))
    again = np.flatnonzero(generator.random(len(order)) < REPEATED_ROWS)
    order = np.insert(order, again, order[again])
    return log_table(
        crowd, everything, searches, shown, waves, day, index[order], place[order], at[order], dwell[order]
    )


def attraction(everything: Shelf, searches: Searches, shown: np.ndarray, waves: list[Trend]) -> np.ndarray:
    """How well each shown page answers its search (n, SHOWN), from OTHER_SENSE to 1 for the page wanted."""
    news = PROPERTIES.index("news")
    entity = np.concatenate([everything.entity, [w.entity for w in waves]]).astype(np.int64)
    prop = np.concatenate([everything.property, [news] * len(waves)]).astype(np.int64)
    sense = entity[shown] == searches.sense[:, None]
    value = np.where(sense, SAME_SENSE, OTHER_SENSE)
    value = np.where(sense & (prop[shown] == searches.property[:, None]), SAME_PROPERTY, value)
    return np.where(shown == searches.page[:, None], 1.0, value)


def log_table(
    crowd: People,
    everything: Shelf,
    searches: Searches,
    shown: np.ndarray,
    waves: list[Trend],
    day: date,
    index: np.ndarray,
    place: np.ndarray,
    at: np.ndarray,
    dwell: np.ndarray,
) -> pa.Table:
    """Rows of the landing format from search numbers, places (-1 = no click), seconds of the day and dwell times."""
    names = np.array([*map(page_id, range(len(everything.entity))), *map(fresh_id, waves), None], dtype=object)
    none = place < 0
    clicked = names[shown[index, place]]
    clicked[none] = None
    lists = [[d for d in row if d is not None] for row in names[shown].tolist()]
    person = searches.person[index]
    sessions = session_ids(crowd, searches, day)
    return pa.table(
        {
            "user_id": crowd.ids[person].tolist(),
            "ts": instants(day, at),
            "query": searches.query[index].tolist(),
            "clicked_doc_id": clicked.tolist(),
            "position": pa.array(place + 1, mask=none),
            "dwell_s": pa.array(np.round(dwell, 1), mask=none),
            "session_id": sessions[index].tolist(),
            "shown_doc_ids": [lists[i] for i in index.tolist()],
        },
        schema=LOG,
    )


def session_ids(crowd: People, searches: Searches, day: date) -> np.ndarray:
    """The session_id of each search."""
    pairs = zip(crowd.ids[searches.person].tolist(), searches.session.tolist(), strict=True)
    return np.array([f"{user}-{day:%Y%m%d}-{number}" for user, number in pairs], dtype=object)


def instants(day: date, at: np.ndarray) -> pa.Array:
    """Seconds of a day as timestamps, to the millisecond."""
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
    return pa.array(midnight + np.round(at * 1000).astype(np.int64) * 1000, type=pa.timestamp("us", tz="UTC"))


def truth(crowd: People, everything: Shelf, searches: Searches, waves: list[Trend], day: date) -> pa.Table:
    """The intent of each search; no job and no model reads it."""
    names = np.array([*map(page_id, range(len(everything.entity))), *map(fresh_id, waves)], dtype=object)
    labels = np.array([label(s) for s in everything.senses], dtype=object)
    return pa.table(
        {
            "user_id": crowd.ids[searches.person].tolist(),
            "ts": instants(day, searches.at),
            "session_id": session_ids(crowd, searches, day).tolist(),
            "query": searches.query.tolist(),
            "doc_id": names[searches.page].tolist(),
            "entity": labels[searches.sense].tolist(),
            "property": np.array(PROPERTIES, dtype=object)[searches.property].tolist(),
            "bot": searches.bot.tolist(),
            "trend": (searches.wave >= 0).tolist(),
            "habit": searches.habit.tolist(),
        },
        schema=TRUTH,
    )
