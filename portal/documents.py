"""The day's crawl: articles as pages or plain text, copies exact and edited, personal data, chatter, junk, foreign texts.

``doc_id`` is ``d`` + day + number. The truth beside tells of every document what it is, of a copy whose it is and how near.
"""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import pyarrow as pa

from portal.articles import article, saying
from portal.facts import PLACES, person
from portal.noise import Noise, chatter, foreign, junk, personal
from portal.pages import LAYOUTS, SOURCES, render
from portal.world import World, dice, rng

SCHEMA = pa.schema(
    [
        ("doc_id", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("body", pa.string()),
        ("content_type", pa.string()),
        ("source", pa.string()),
        ("fetched_at", pa.timestamp("us", "UTC")),
    ]
)
TRUTH = pa.schema(
    [
        ("doc_id", pa.string()),
        ("kind", pa.string()),
        ("duplicate_of", pa.string()),
        ("language", pa.string()),
        ("jaccard", pa.float64()),
        ("pii", pa.list_(pa.string())),
        ("lookalikes", pa.list_(pa.string())),
        ("text", pa.string()),
    ]
)
SHARES = {
    "article": 0.68, "exact_duplicate": 0.06, "near_duplicate": 0.09, "pii": 0.06, "chatter": 0.04, "junk": 0.035, "foreign": 0.035,
}  # fmt: skip
MAKE_NOISE = {"pii": personal, "chatter": chatter, "junk": junk, "foreign": foreign}
PLAIN = 0.25
SHINGLE = 5
CREDITS = (
    "이 글은 {n} 씨가 옮겨 적었습니다.|출처: {p} 소식지 {k}호|[{n} 기자]|※ 사진과 글의 무단 사용을 금합니다. ({k})|"
    "※ 이 글은 {p} 이웃 {n} 님의 글을 허락받아 옮긴 것입니다."
).split("|")
SWAPS = (
    ("그러나", "하지만"), ("모두", "전부"), ("사람", "이"), ("처음", "맨 처음"), ("가장", "제일"), ("말했다", "밝혔다"), ("지금", "현재"),
    ("크게", "무척"), ("작은", "조그만"), ("오래", "한참"), ("많은", "수많은"), ("때문에", "탓에"), ("같은", "똑같은"), ("다시", "또"),
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One document before it has its id; ``origin`` is the number of the article that it copies."""

    kind: str
    title: str
    text: str
    body: str
    layout: int
    language: str = "ko"
    origin: int | None = None
    jaccard: float | None = None
    pii: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()


def counts(world: World) -> dict[str, int]:
    """How many documents of each kind a day brings; they add up to the scale's."""
    total = world.scale.documents
    found = {kind: round(total * share) for kind, share in SHARES.items() if kind != "article"}
    return {"article": total - sum(found.values()), **found}


def deliver(world: World, ds: str) -> tuple[pa.Table, pa.Table]:
    """The landing table of the day and its truth (the main text of each page included), in the same order."""
    held = list(pages(world, ds))
    place_of = places(world, ds)
    midnight = int(datetime.fromisoformat(ds).replace(tzinfo=UTC).timestamp())
    die = dice(world, "documents", "crawl", ds)
    rows: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    truth: dict[str, list[object]] = {name: [] for name in TRUTH.names}
    for place, page in sorted(zip(place_of, held, strict=True), key=lambda pair: pair[0]):
        name = doc_id(ds, place)
        source = SOURCES[page.layout]
        fetched = (midnight + die.randrange(86_400)) * 1_000_000
        kind = "text/html" if page.body.startswith("<!DOCTYPE") else "text/plain"
        address = f"https://{source}/{name}"
        _append(rows, (name, address, page.title, page.body, f"{kind}; charset=utf-8", source, fetched))
        origin = None if page.origin is None else doc_id(ds, place_of[page.origin])
        facts = (page.kind, origin, page.language, page.jaccard, page.pii, page.lookalikes, page.text)
        _append(truth, (name, *facts))
    return pa.table(rows, schema=SCHEMA), pa.table(truth, schema=TRUTH)


def places(world: World, ds: str) -> list[int]:
    """Where in the delivery each page of ``pages`` stands."""
    return [int(place) for place in rng(world, "documents", "order", ds).permutation(sum(counts(world).values()))]


def doc_id(ds: str, place: int) -> str:
    return f"d{ds.replace('-', '')}-{place:06d}"


def _append(columns: dict[str, list[object]], row: tuple[object, ...]) -> None:
    for values, value in zip(columns.values(), row, strict=True):
        values.append(value)


def pages(world: World, ds: str) -> Iterator[Page]:
    """Every page of the day: the articles first, so that article ``n`` is page ``n``, then copies and noise."""
    how_many = counts(world)
    articles = how_many.pop("article")
    for number in range(articles):
        yield original(world, ds, number)
    for kind, count in how_many.items():
        for number in range(count):
            die = dice(world, kind, ds, number)
            if kind in MAKE_NOISE:
                yield _noise_page(kind, MAKE_NOISE[kind](die), die)
            else:
                yield _copy(world, ds, kind, die.randrange(articles), die)


def original(world: World, ds: str, number: int) -> Page:
    """The page of article ``number``."""
    told = article(world, ds, number)
    die = dice(world, "page", ds, number)
    return _laid_out("article", told.title, told.text, die)


def _laid_out(kind: str, title: str, text: str, die: Random) -> Page:
    layout = die.randrange(len(LAYOUTS))
    body = text if die.random() < PLAIN else render(title, text.split("\n"), layout, die)
    return Page(kind, title, text, body, layout)


def _noise_page(kind: str, noise: Noise, die: Random) -> Page:
    title = noise.text.split("\n")[0][:20]
    page = _laid_out(kind, title, noise.text, die)
    return Page(
        kind, title, noise.text, page.body, page.layout, noise.language, pii=noise.pii, lookalikes=noise.lookalikes
    )


def _copy(world: World, ds: str, kind: str, origin: int, die: Random) -> Page:
    """A copy of article ``origin``: byte for byte, or edited and laid out anew."""
    first = original(world, ds, origin)
    if kind == "exact_duplicate":
        return Page(kind, first.title, first.text, first.body, first.layout, origin=origin, jaccard=1.0)
    text = edit(first.text, die)
    page = _laid_out(kind, first.title, text, die)
    return Page(kind, first.title, text, page.body, page.layout, origin=origin, jaccard=jaccard(first.text, text))


def edit(text: str, die: Random) -> str:
    """A copy as editors make it: one to four of a credit line, swapped words, a sentence dropped, doubled or added."""
    for _ in range(die.choice((1, 1, 1, 1, 2, 2, 3, 5))):
        form = die.randrange(5)
        lines = text.split("\n")
        if form == 0:
            credit = die.choice(CREDITS).format(n=person(die), p=die.choice(PLACES), k=die.randrange(10, 999))
            text = f"{text}\n{credit}" if die.random() < 0.6 else f"{credit}\n{text}"
        elif form == 1:
            for old, new in die.sample(SWAPS, 6):
                text = text.replace(f" {old} ", f" {new} ")
        elif form == 2:
            text = _without_a_sentence(text, die)
        elif form == 3:
            at = die.randrange(len(lines))
            lines[at] = f"{lines[at]} {saying(die)}"
            text = "\n".join(lines)
        else:
            words = text.split(" ")
            words[die.randrange(len(words))] += die.choice((",", " 바로", " 역시", "…"))
            text = " ".join(words)
    return text


def _without_a_sentence(text: str, die: Random) -> str:
    lines = [line.split(". ") for line in text.split("\n")]
    long = [line for line in lines if len(line) > 2]
    if long:
        line = die.choice(long)
        del line[die.randrange(len(line) - 1)]
    return "\n".join(". ".join(line) for line in lines)


def shingles(text: str) -> set[str]:
    """The character 5-grams of a text, white space as one blank."""
    flat = " ".join(text.split())
    return {flat[i : i + SHINGLE] for i in range(max(1, len(flat) - SHINGLE + 1))}


def jaccard(left: str, right: str) -> float:
    """Shared over all character 5-grams."""
    a, b = shingles(left), shingles(right)
    return len(a & b) / len(a | b)
