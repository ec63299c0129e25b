"""The portal's search log: who wanted what, what was shown, what was clicked.

A search begins with a hidden intent: one sense of the query word and one property of it, and there one page. The sense comes
from what the person always cares for, from what holds them this week, from the session (after 삼성전자, 디오 is the company),
from habit (the same need again, back to the same page), or from a day on which the whole portal wants one thing. The
person reads the ten results from the top (a cascade: Craswell et al. 2008), so what stands high is clicked more. Machines
hammer a few queries, and the transport delivers some rows twice. The intent stands in the truth table, for evaluation only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from config.datasets import parse_ds
from portal.entities import INTERESTS, PROPERTIES
from portal.people import People, people, uniform
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
SESSION_SEARCHES = 2.2
HABITS, HABIT_SHARE = 5, 0.3
NAVIGATION_SHARE, NAVIGATION_KINDS = 0.22, ("service", "app", "web", "finance", "shop", "public", "train", "ticket")
KEEP_INTEREST, ANY_INTEREST = 0.8, 0.12
NAMES_PROPERTY, NAMES_SENSE, TYPED_OTHERWISE = 0.2, 0.04, 0.02
SAME_SENSE, SAME_PROPERTY, OTHER_SENSE = 0.1, 0.45, 0.01
READS_ON, CLICKS = 0.93, 0.92
REPEATED_ROWS = 0.01
BOT_DAYS, BOT_SEARCHES = 0.15, 400

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


@dataclass
class Searches:
    """The searches of one day in order of time; row i of every array is one.

    ``person`` (row of People), ``session`` and ``step`` int64 (the person's session and the search in it), ``at`` float64
    (seconds of the day), ``sense``, ``property`` and ``page`` int64: the intent (a page past the shelf is the fresh page of
    a wave), ``wave`` int64 (-1 or the row of the day's trends), ``habit`` and ``bot`` bool, ``query`` strings.
    """

    person: np.ndarray
    session: np.ndarray
    step: np.ndarray
    at: np.ndarray
    sense: np.ndarray
    property: np.ndarray
    page: np.ndarray
    wave: np.ndarray
    habit: np.ndarray
    bot: np.ndarray
    query: np.ndarray

    def __len__(self) -> int:
        return len(self.person)


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
    searches = wishes(world, day, crowd, everything, waves, generator)
    shown = results(everything, searches, waves, generator)
    log = clicks(crowd, everything, searches, shown, waves, day, generator)
    return log, truth(crowd, everything, searches, waves, day)


def wishes(
    world: World, day: date, crowd: People, everything: Shelf, waves: list[Trend], generator: np.random.Generator
) -> Searches:
    """Who searches when, and for what."""
    person, session, step, at = visits(world, crowd, generator)
    bot = crowd.bot[person]
    interest = session_interests(crowd, person, step, generator)
    sense = senses(everything, interest, generator)
    navigate = generator.random(len(person)) < NAVIGATION_SHARE
    sense[navigate] = by_weight(navigation(everything), int(navigate.sum()), generator)
    prop = properties(world, crowd, everything, person, sense, generator)
    habit = (generator.random(len(person)) < HABIT_SHARE) & ~bot
    sense[habit], prop[habit] = habits(world, crowd, everything, person[habit], generator)
    wave = caught(everything, waves, day, at, generator)
    wave[bot] = -1
    for row, trend in enumerate(waves):
        sense[wave == row], prop[wave == row] = trend.entity, PROPERTIES.index("news")
    habit &= wave < 0
    page = pages(world, crowd, everything, person, sense, prop, day)
    fresh = (wave >= 0) & (generator.random(len(person)) < 0.8)
    page[fresh] = len(everything.entity) + wave[fresh]
    query = queries(everything, sense, prop, generator)
    found = Searches(person, session, step, at, sense, prop, page, wave, habit, bot, query)
    hammered(found)
    return found


def visits(
    world: World, crowd: People, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(person, session, step, second of the day) of each search, in order of time; sessions are numbered by person."""
    rate = crowd.activity * world.scale.searches_per_user_day / SESSION_SEARCHES
    sessions = np.where(crowd.bot, 0, generator.poisson(rate))
    at_work = crowd.bot & (generator.random(len(crowd)) < BOT_DAYS)
    sessions[at_work] = 1
    owner = np.repeat(np.arange(len(crowd)), sessions)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(sessions) - sessions, sessions)
    length = np.where(crowd.bot[owner], BOT_SEARCHES, generator.geometric(1 / SESSION_SEARCHES, len(owner)))
    start = (generator.beta(3.0, 2.2, len(owner)) * 86_400 + 4_000) % 86_400
    person, session = np.repeat(owner, length), np.repeat(number, length)
    step = np.arange(len(person)) - np.repeat(np.cumsum(length) - length, length)
    gap = np.where(
        crowd.bot[person], generator.uniform(0.5, 3.0, len(person)), generator.lognormal(4.0, 0.7, len(person))
    )
    run = np.cumsum(np.where(step == 0, 0.0, gap))
    at = np.repeat(start, length) + run - run[step == 0].repeat(length)
    kept = np.flatnonzero(at < 86_000)
    kept = kept[np.argsort(at[kept], kind="stable")]
    return person[kept], session[kept], step[kept], at[kept]


def session_interests(
    crowd: People, person: np.ndarray, step: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """The interest of each search: drawn from the person's of the day, then mostly kept through the session."""
    drawn = (crowd.current.cumsum(axis=1)[person] < generator.random(len(person))[:, None]).sum(axis=1)
    drawn = np.minimum(drawn, len(INTERESTS) - 1)
    kept = (step > 0) & (generator.random(len(person)) < KEEP_INTEREST)
    order = np.lexsort((np.arange(len(person)), person))
    place = np.arange(len(order))
    source = np.maximum.accumulate(np.where(kept[order], 0, place))
    found = np.empty_like(drawn)
    found[order] = drawn[order][source]
    found[generator.random(len(person)) < ANY_INTEREST] = -1
    return found


def by_weight(weight: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """``count`` draws of an index by weight."""
    total = np.cumsum(weight)
    return np.minimum(np.searchsorted(total, generator.random(count) * total[-1], side="right"), len(weight) - 1)


def senses(everything: Shelf, interest: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A sense for each search, of its interest (any sense for -1), by how often it is wanted."""
    of_sense = np.array([INTERESTS.index(s.interest) for s in everything.senses])
    found = np.empty(len(interest), dtype=np.int64)
    for value in range(-1, len(INTERESTS)):
        rows = interest == value
        weight = everything.weight * (1.0 if value < 0 else of_sense == value)
        found[rows] = by_weight(weight if weight.sum() else everything.weight, int(rows.sum()), generator)
    return found


def navigation(everything: Shelf) -> np.ndarray:
    """Weights of the senses that people look up to get somewhere: services and the like, with one sense to the word."""
    alone = np.bincount(everything.word)[everything.word] == 1
    kinds = np.array([s.kind in NAVIGATION_KINDS for s in everything.senses])
    return everything.weight * (alone & kinds)


def properties(
    world: World,
    crowd: People,
    everything: Shelf,
    person: np.ndarray,
    sense: np.ndarray,
    generator: np.random.Generator,
) -> np.ndarray:
    """The property of each search: what is mostly wanted of the sense, bent by the person's lasting taste."""
    columns = np.arange(len(PROPERTIES))
    taste = np.exp(2.4 * uniform(world, "taste", crowd.number[person][:, None], columns[None, :]))
    odds = np.cumsum(everything.wish[sense] * taste, axis=1)
    draw = generator.random(len(person)) * odds[:, -1]
    return np.minimum((odds <= draw[:, None]).sum(axis=1), len(PROPERTIES) - 1)


def habits(
    world: World, crowd: People, everything: Shelf, person: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(sense, property) of needs that come again: each person has HABITS of them, for ever, by their lasting interests."""
    slot = np.minimum(generator.geometric(0.4, len(person)) - 1, HABITS - 1)
    number = crowd.number[person]
    interest = (crowd.lasting.cumsum(axis=1)[person] < uniform(world, "habit", number, slot)[:, None]).sum(axis=1)
    interest = np.minimum(interest, len(INTERESTS) - 1)
    of_sense = np.array([INTERESTS.index(s.interest) for s in everything.senses])
    draw, sense = uniform(world, "habit sense", number, slot), np.empty(len(person), dtype=np.int64)
    for value in range(len(INTERESTS)):
        rows, members = interest == value, np.flatnonzero(of_sense == value)
        total = np.cumsum(everything.weight[members])
        sense[rows] = members[np.minimum(np.searchsorted(total, draw[rows] * total[-1]), len(members) - 1)]
    odds = np.cumsum(everything.wish[sense], axis=1)
    drawn = uniform(world, "habit property", number, slot)[:, None]
    return sense, np.minimum((odds <= drawn).sum(axis=1), len(PROPERTIES) - 1)


def caught(
    everything: Shelf, waves: list[Trend], day: date, at: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """The wave that each search belongs to (its row), -1 for most."""
    found = np.full(len(at), -1)
    for row, wave in enumerate(waves):
        age = (day - wave.day).days * 24 + at / 3600 - wave.hour
        share = np.where(age > 0, wave.share * np.exp(-np.maximum(age, 0) / 20), 0.0)
        found[(found < 0) & (generator.random(len(at)) < share)] = row
    return found


def pages(
    world: World, crowd: People, everything: Shelf, person: np.ndarray, sense: np.ndarray, prop: np.ndarray, day: date
) -> np.ndarray:
    """The page wanted: a person comes back to their own of each sense and property; news have another every day."""
    news = prop == PROPERTIES.index("news")
    number = np.where(news, day.toordinal(), crowd.number[person])
    draw = uniform(world, "page", number, sense, prop)
    first, count = everything.first[sense, prop], everything.pages[sense, prop]
    found, passed = first.copy(), everything.share[first].copy()
    for _ in range(3):
        on = (draw > passed) & (found < first + count - 1)
        found = found + on
        passed = passed + np.where(on, everything.share[found], 0.0)
    return found


def queries(everything: Shelf, sense: np.ndarray, prop: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """What is typed: mostly the bare word, at times with the property or the sense's full name, at times carelessly."""
    kind = generator.random(len(sense))
    careless = generator.random(len(sense)) < TYPED_OTHERWISE
    typed = []
    for s, p, k, c in zip(sense.tolist(), prop.tolist(), kind.tolist(), careless.tolist(), strict=True):
        text = everything.senses[s].query_word
        if k < NAMES_PROPERTY:
            text = f"{text} {PROPERTY_WORDS[PROPERTIES[p]]}"
        elif k < NAMES_PROPERTY + NAMES_SENSE:
            text = everything.senses[s].name
        typed.append(f" {text.replace(' ', '  ')} " if c else text)
    return np.array(typed, dtype=object)


def hammered(searches: Searches) -> None:
    """A machine repeats the first three of its searches all day."""
    for machine in np.unique(searches.person[searches.bot]):
        rows = np.flatnonzero(searches.person == machine)
        for field in (searches.sense, searches.property, searches.page, searches.query):
            field[rows] = field[rows[:3]][np.arange(len(rows)) % min(3, len(rows))]


def results(everything: Shelf, searches: Searches, waves: list[Trend], generator: np.random.Generator) -> np.ndarray:
    """The ten pages shown for each search (n, SHOWN), -1 after the last: by general liking, with the ranker's own noise."""
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
    for place in range(shown.shape[1]):
        hit = reading & (shown[:, place] >= 0) & (generator.random(n) < CLICKS * appeal[:, place])
        happy = hit & (generator.random(n) < appeal[:, place])
        dwell = np.where(happy, generator.lognormal(4.3, 0.7, n), generator.lognormal(2.0, 0.6, n))
        wait = 2.0 + 1.5 * place + generator.random(n) + 5.0 * clicked
        rows.append((np.flatnonzero(hit), place, wait[hit], dwell[hit]))
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
    lists = [[d for d in row if d is not None] for row in names[shown].tolist()]
    person = searches.person[index]
    sessions = session_ids(crowd, searches, day)
    return pa.table(
        {
            "user_id": crowd.ids[person].tolist(),
            "ts": instants(day, at),
            "query": searches.query[index].tolist(),
            "clicked_doc_id": np.where(none, None, names[shown[index, place]]).tolist(),
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
