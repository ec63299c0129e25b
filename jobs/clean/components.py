"""Which of the documents that are alike stay: in each connected component the best first, then the best of the rest.

A component chains documents that are not alike (a like b, b like c), so a document is dropped only for a kept one that
it was itself compared with: documents are taken from the best to the worst, each stays unless one alike to it stays
already, and each that goes names the kept one that it is most alike to. This is the driver's part, for as many pairs as
it can hold; ``rounds`` does the same by Spark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Rank(NamedTuple):
    """The smaller the better; ``today`` is 0 for a document of an earlier day, ``degree`` and ``length`` are negative:
    how many others it is alike to, and its characters."""

    today: int
    degree: int
    length: int
    fetched: Any
    doc_id: str

    def over(self, other: Rank) -> str:
        """Why this one is better than another."""
        if self.today < other.today:
            return "earlier_day"
        reasons = {"degree": "most_alike", "length": "longest", "fetched": "fetched_first"}
        told = (why for name, why in reasons.items() if getattr(self, name) < getattr(other, name))
        return next(told, "smallest_id") if self < other else "most_alike"


def verdicts(
    edges: Iterable[tuple[int, int, float]], members: Mapping[int, tuple[int, int, Any, str]]
) -> list[tuple[str, str, float, str]]:
    """(doc_id, duplicate_of, similarity, kept_for) of those that go.

    ``edges`` are (a, b, similarity), each pair once; ``members`` maps each node to (today, length, fetched, doc_id).
    """
    alike: dict[int, dict[int, float]] = {}
    for a, b, similarity in edges:
        alike.setdefault(a, {})[b] = similarity
        alike.setdefault(b, {})[a] = similarity
    ranks = {}
    for node, others in alike.items():
        today, length, fetched, doc_id = members[node]
        ranks[node] = Rank(today, -len(others), -length, fetched, doc_id)
    gone = worse(alike, ranks)
    found = []
    for node in gone:
        kept = [(-similarity, ranks[other]) for other, similarity in alike[node].items() if other not in gone]
        similarity, rank = min(kept)
        found.append((ranks[node].doc_id, rank.doc_id, round(-similarity, 4), rank.over(ranks[node])))
    return sorted(found)


def worse(alike: Mapping[int, Iterable[int]], ranks: Mapping[int, Any]) -> set[int]:
    """The nodes that go: each alike to a better one that stays."""
    gone: set[int] = set()
    for node in sorted(alike, key=ranks.__getitem__):
        if node not in gone:
            gone.update(other for other in alike[node] if ranks[other] > ranks[node])
    return gone
