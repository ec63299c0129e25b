"""What a search can lead to: the documents of every sense and property, and which of them a query brings up.

A page of one sense and one property (the photos of the singer 디오) is one of two to four; on a day on which the whole
portal wants one sense there is a fresh news page of it.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from portal.entities import KINDS, PROPERTIES, Entity, entities
from portal.people import uniform
from portal.world import World, rng

PROPERTY_WORDS = {"photo": "사진", "video": "영상", "news": "뉴스", "web": "홈페이지", "shopping": "가격"}
PAGE_TITLES = {"photo": "사진 모음", "video": "영상", "news": "소식", "web": "안내", "shopping": "판매처"}
WANTED = (1.0, 0.6, 0.4, 0.25, 0.15)
PAGE_SHARES = (0.55, 0.25, 0.13, 0.07)
TREND_DAYS = 0.3
TREND_LENGTH = 2
FRESH_DAYS = 30


@dataclass(frozen=True)
class Trend:
    """A sense that everybody wants from ``hour`` of ``day`` on, for TREND_LENGTH days; ``doc`` is its fresh news
    page."""

    day: date
    entity: int
    hour: float
    share: float


@dataclass(frozen=True)
class Shelf:
    """All lasting pages of a world, row i a page, and the senses they belong to.

    ``entity`` and ``property`` int64 (pages,), ``share`` float64: how much of the wishes for its sense and property
    goes to the page. ``first`` (senses, properties) is the row of the first page of a pair, -1 where the sense has
    no such pages; ``pages`` the number of them. ``weight`` (senses,) is how often a sense is wanted, ``word``
    (senses,) the query word's number, ``by_word`` (words, widest) the rows a query word brings up, -1 after the
    last.
    """

    senses: tuple[Entity, ...]
    words: tuple[str, ...]
    word: np.ndarray
    weight: np.ndarray
    entity: np.ndarray
    property: np.ndarray
    share: np.ndarray
    first: np.ndarray
    pages: np.ndarray
    by_word: np.ndarray

    @builtins.property
    def wish(self) -> np.ndarray:
        """How the wishes for a sense fall on its properties, (senses, properties); rows sum to 1."""
        wish = np.zeros(self.first.shape)
        for row, sense in enumerate(self.senses):
            for rank, name in enumerate(sense.properties):
                wish[row, PROPERTIES.index(name)] = WANTED[rank]
        return np.asarray(wish / wish.sum(axis=1, keepdims=True))


@lru_cache(maxsize=4)
def shelf(world: World) -> Shelf:
    """The lasting pages of the world."""
    senses = entities(world)
    words = tuple(dict.fromkeys(e.query_word for e in senses))
    number = {w: i for i, w in enumerate(words)}
    word = np.array([number[e.query_word] for e in senses])
    written = {e.query_word for e in senses if not e.invented}
    chance = rng(world, "word order").random(len(words)) * np.array([0.1 if w in written else 1.0 for w in words])
    popular = 1.0 / (np.argsort(np.argsort(chance)) + 8.0)
    lead = rng(world, "sense shares").gamma(2.0, size=len(senses))
    total = np.bincount(word, weights=lead)
    weight = popular[word] * lead / total[word]
    first = np.full((len(senses), len(PROPERTIES)), -1)
    pages = np.zeros_like(first)
    rows: list[tuple[int, int, float]] = []
    for index, sense in enumerate(senses):
        for name in sense.properties:
            column = PROPERTIES.index(name)
            count = 2 + int(uniform(world, "pages", np.array([index]), np.array([column]))[0] * 3)
            first[index, column], pages[index, column] = len(rows), count
            shares = np.array(PAGE_SHARES[:count]) / sum(PAGE_SHARES[:count])
            rows.extend((index, column, float(s)) for s in shares)
    entity, prop, share = (np.array(c) for c in zip(*rows, strict=True))
    by_word = padded(word[entity], len(words))
    return Shelf(senses, words, word, weight / weight.sum(), entity, prop, share, first, pages, by_word)


def padded(group: np.ndarray, groups: int) -> np.ndarray:
    """Row numbers by group as a matrix (groups, widest), -1 after the last of each."""
    order = np.argsort(group, kind="stable")
    counts = np.bincount(group, minlength=groups)
    matrix = np.full((groups, counts.max()), -1)
    start = np.concatenate([[0], np.cumsum(counts)[:-1]])
    matrix[group[order], np.arange(len(group)) - start[group[order]]] = order
    return matrix


@lru_cache(maxsize=64)
def trend(world: World, day: date) -> Trend | None:
    """The wave that begins on ``day``, mostly of a word with several senses; None on the other days."""
    generator = rng(world, "trend", day)
    if generator.random() > TREND_DAYS:
        return None
    everything = shelf(world)
    senses_of_word = np.bincount(everything.word)[everything.word]
    news = everything.first[:, PROPERTIES.index("news")] >= 0
    odds = np.sqrt(everything.weight) * np.where(senses_of_word > 1, 1.0, 0.02) * news
    chosen = int(generator.choice(len(odds), p=odds / odds.sum()))
    return Trend(day, chosen, float(generator.uniform(6, 16)), float(generator.uniform(0.08, 0.2)))


def trends(world: World, day: date) -> list[Trend]:
    """The waves that hold on ``day``, newest first."""
    found = (trend(world, day - timedelta(days=back)) for back in range(TREND_LENGTH))
    return [t for t in found if t is not None]


def page_id(row: int) -> str:
    """The doc_id of a lasting page."""
    return f"p{row:06d}"


def fresh_id(wave: Trend) -> str:
    """The doc_id of the fresh news page of a wave."""
    return f"f{wave.day:%Y%m%d}"


def label(sense: Entity) -> str:
    """How the catalogue names a sense: 디오 (가수)."""
    kind = KINDS[sense.kind].label if sense.kind in KINDS else sense.interest
    return sense.name if sense.name != sense.query_word else f"{sense.name} ({kind})"


@lru_cache(maxsize=4)
def lasting_rows(world: World) -> tuple[tuple[str, str, str, str], ...]:
    """(doc_id, entity, property, title) of every lasting page."""
    everything = shelf(world)
    names = [label(s) for s in everything.senses]
    rows = []
    for row, (sense, column) in enumerate(zip(everything.entity.tolist(), everything.property.tolist(), strict=True)):
        name, prop = names[sense], PROPERTIES[column]
        rank = row - int(everything.first[sense, column]) + 1
        rows.append((page_id(row), name, prop, f"{name} {PAGE_TITLES[prop]} {rank}"))
    return tuple(rows)


def fresh_rows(world: World, day: date) -> list[tuple[str, str, str, str]]:
    """The same for the fresh news pages of the last FRESH_DAYS days."""
    rows = []
    for back in range(FRESH_DAYS):
        wave = trend(world, day - timedelta(days=back))
        if wave is not None:
            name = label(shelf(world).senses[wave.entity])
            rows.append((fresh_id(wave), name, "news", f"{name} 속보 {wave.day.month}월 {wave.day.day}일"))
    return rows
