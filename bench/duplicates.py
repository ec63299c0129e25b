"""Near duplicates of planted pairs: recall by true similarity, and how many of the pairs named are alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.planted import Planted, jaccard
from bench.row import Row, figure
from config.lake import Lake

ALIKE = 0.7


def rows(lake: Lake, ds: str, made: Planted) -> Iterator[Row]:
    """Figures of one cleaned day whose landed documents are ``made``."""
    dropped = lake.partition("clean/dropped", ds).table(["doc_id", "reason", "duplicate_of"]).to_pylist()
    named = {row["doc_id"]: row["duplicate_of"] for row in dropped if row["reason"].startswith("duplicate:")}
    away = {row["doc_id"] for row in dropped} - set(named)
    for low, high, least in ((0.9, 1.01, 1.0), (0.8, 0.9, 0.995), (0.7, 0.8, None)):
        pairs = [(a, b) for a, b, alike in made.pairs if low <= alike < high and not {a, b} & away]
        found = sum(named.get(a, a) == named.get(b, b) for a, b in pairs)
        yield figure(f"corpus/near_duplicate_recall_{low}", found / max(len(pairs), 1), "", at_least=least)
    near = [(row["doc_id"], row["duplicate_of"]) for row in dropped if row["reason"] == "duplicate:near"]
    yield figure("corpus/near_duplicate_precision", precision(near, made.texts), "", at_least=0.95)
    yield figure("corpus/near_duplicate_precision_in_groups", precision(implied(near), made.texts), "")


def implied(near: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """All pairs of documents that name the same kept one, and the pairs with it."""
    groups: dict[str, list[str]] = {}
    for copy, kept in near:
        groups.setdefault(kept, [kept]).append(copy)
    return [(a, b) for members in groups.values() for at, a in enumerate(members) for b in members[:at]]


def precision(pairs: list[tuple[str, str]], texts: Mapping[str, str]) -> float:
    """The share of the pairs whose true similarity is at least ``ALIKE``."""
    return sum(jaccard(texts[a], texts[b]) >= ALIKE for a, b in pairs) / max(len(pairs), 1)
