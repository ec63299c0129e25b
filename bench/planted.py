"""Korean documents of about 500 characters with planted copies, whose true similarity is known."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.lakes import need

SHINGLE = 5


@dataclass(frozen=True)
class Planted:
    """``texts`` by doc_id, and the (original, copy) pairs among them with their Jaccard similarity of word 5-grams."""

    texts: dict[str, str]
    pairs: list[tuple[str, str, float]]


def sentences(data: Path) -> list[str]:
    """KorQuAD's paragraphs and film reviews, in pieces of a sentence or so."""
    articles = json.loads(need(data / "qa" / "korquad_v1_100_articles.json").read_text(encoding="utf-8"))["data"]
    found = [s for a in articles for p in a["paragraphs"] for s in p["context"].split(". ")]
    with gzip.open(need(data / "reviews" / "nsmc_raw.tsv.gz"), "rt", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        found += [row[-1] for row, _ in zip(rows, range(150_000), strict=False)]
    return [s for s in found if len(s) >= 20]


def planted(pieces: Sequence[str], size: int, seed: int = 20261101, copies: float = 0.1) -> Planted:
    """``size`` documents; a share ``copies`` of them repeats another with some words changed, put in or left out."""
    chance = random.Random(seed)
    words = [word for piece in pieces[:20_000] for word in piece.split()]
    texts: dict[str, str] = {}
    pairs = []
    originals = round(size * (1 - copies))
    for number in range(originals):
        parts, length = list[str](), chance.randrange(350, 650)
        while sum(map(len, parts)) < length:
            parts.append(chance.choice(pieces))
        texts[f"d{number:06d}"] = " ".join(" ".join(parts).split())
    for number in range(originals, size):
        # One copy an original, so that a pair's similarity is the whole truth about it.
        original, copy = f"d{number - originals:06d}", f"d{number:06d}"
        texts[copy] = changed(texts[original], words, chance)
        pairs.append((original, copy, jaccard(texts[original], texts[copy])))
    return Planted(texts, pairs)


def changed(text: str, words: Sequence[str], chance: random.Random) -> str:
    """The text with one to eight words replaced, put in or left out."""
    found = text.split()
    for _ in range(chance.randrange(1, 9)):
        at, what = chance.randrange(len(found)), chance.random()
        if what < 0.5:
            found[at] = chance.choice(words)
        elif what < 0.75:
            found.insert(at, chance.choice(words))
        else:
            del found[at]
    return " ".join(found)


def jaccard(one: str, other: str) -> float:
    """True similarity: shared word 5-grams among all, words cut at white space."""
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}
