"""What people look for: who searches when, and the hidden intent behind each search.

An intent is one sense of the query word and one property of it, and there one page. The sense comes from what someone
always cares for, from what holds them this week, from the session (after 삼성전자, 디오 is the company), from habit (a
need again, back to the same page), or from a day on which the whole portal wants one thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from portal.entities import INTERESTS, PROPERTIES
from portal.people import People, uniform
from portal.shelf import PROPERTY_WORDS, Shelf, Trend
from portal.world import World

SESSION_SEARCHES = 2.2
HABITS, HABIT_SHARE = 5, 0.3
NAVIGATION_SHARE, NAVIGATION_KINDS = 0.22, ("service", "app", "web", "finance", "shop", "public", "train", "ticket")
KEEP_INTEREST, ANY_INTEREST = 0.8, 0.12
NAMES_PROPERTY, NAMES_SENSE, TYPED_OTHERWISE = 0.2, 0.04, 0.02
BOT_DAYS, BOT_SEARCHES = 0.15, 400


@dataclass
class Searches:
    """The searches of one day in order of time; row i of every array is one.

    ``person`` (row of People), ``session`` and ``step`` int64 (the person's session and the search in it), ``at``
    float64 (seconds of the day), ``sense``, ``property`` and ``page`` int64: the intent (a page past the shelf is
    the fresh page of a wave), ``wave`` int64 (-1 or the row of the day's trends), ``habit`` and ``bot`` bool,
    ``query`` strings.
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


def intents(
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
    """(person, session, step, second of the day) of each search, in order of time; sessions are numbered by
    person."""
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
    """Weights of the senses that people look up to get somewhere: services and the like, with one sense to the
    word."""
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
    """(sense, property) of needs that come again: each person has HABITS of them, for ever, by their lasting
    interests."""
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
    """What is typed: mostly the bare word, at times with the property or the sense's full name, at times
    carelessly."""
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
