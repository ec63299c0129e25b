"""Reading comprehension on the day's articles: who asks, about which paragraph, and where the answer stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pyarrow as pa

from portal.articles import Article, Paragraph, article, called
from portal.documents import counts, doc_id, places
from portal.facts import Fact, ask, lasting
from portal.world import World, dice

SCHEMA = pa.schema(
    [
        ("question_id", pa.string()),
        ("question", pa.string()),
        ("context", pa.string()),
        ("title", pa.string()),
        ("answers", pa.list_(pa.string())),
        ("answer_starts", pa.list_(pa.int64())),
    ]
)
TRUTH = pa.schema(
    [
        ("question_id", pa.string()),
        ("doc_id", pa.string()),
        ("sense_id", pa.string()),
        ("relation", pa.string()),
        ("answerable", pa.bool_()),
    ]
)
UNANSWERABLE = 0.17  # of the tries; where the article tells all there is, the question is answerable after all
PER_ARTICLE = 4
LEADS = ("", "", "", "", "", "혹시 ", "궁금한데, ", "글에 따르면 ", "그렇다면 ")


@dataclass(frozen=True)
class Question:
    """A question about a fact; ``start`` is where its value stands in the paragraph, None where it is not told."""

    number: int
    title: str
    paragraph: Paragraph
    fact: Fact
    text: str
    start: int | None


def deliver(world: World, ds: str) -> tuple[pa.Table, pa.Table]:
    """The landing table of the day, ``scale.questions`` rows, and its truth in the same order."""
    rows: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    truth: dict[str, list[object]] = {name: [] for name in TRUTH.names}
    place_of = places(world, ds)
    for index, q in enumerate(asked(world, ds)):
        name = f"q{ds.replace('-', '')}-{index:06d}"
        told = q.start is not None
        answers, starts = ([q.fact.value], [q.start]) if told else ([], [])
        cells: tuple[object, ...] = (name, q.text, q.paragraph.text, q.title, answers, starts)
        for column, value in zip(rows, cells, strict=True):
            rows[column].append(value)
        facts: tuple[object, ...] = (
            name,
            doc_id(ds, place_of[q.number]),
            q.fact.entity.sense_id,
            q.fact.relation.key,
            told,
        )
        for column, fact in zip(truth, facts, strict=True):
            truth[column].append(fact)
    return pa.table(rows, schema=SCHEMA), pa.table(truth, schema=TRUTH)


def asked(world: World, ds: str) -> Iterator[Question]:
    """Questions on the day's articles, one article after the other, until there are as many as the scale wants."""
    wanted = world.scale.questions
    for number in range(counts(world)["article"]):
        die = dice(world, "questions", ds, number)
        for question in _on_article(world, number, article(world, ds, number), die):
            if wanted == 0:
                return
            wanted -= 1
            yield question


def _on_article(world: World, number: int, about: Article, die: Random) -> Iterator[Question]:
    told = [(paragraph, t) for paragraph in about.paragraphs for t in paragraph.told]
    name = called(world, about.entity)
    for paragraph, hit in die.sample(told, min(PER_ARTICLE, len(told))):
        untold = _untold(world, about, die) if die.random() < UNANSWERABLE else None
        fact = untold or hit.fact
        text = die.choice(LEADS) + ask(fact, die.choice(fact.relation.ask), name)
        yield Question(number, about.title, paragraph, fact, text, None if untold else hit.start)


def _untold(world: World, about: Article, die: Random) -> Fact | None:
    """A fact of the entity that the article keeps to itself."""
    told = {t.fact.relation.key for paragraph in about.paragraphs for t in paragraph.told}
    kept = [fact for fact in lasting(world, about.entity) if fact.relation.key not in told]
    return die.choice(kept) if kept else None
