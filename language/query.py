"""The form of a search query under which the log is counted and the service looks it up."""

from __future__ import annotations

from language.normalise import normalise


def plain_query(text: str) -> str:
    """Normalised, case folded, single spaces: what people mean to be the same query is the same string."""
    return " ".join(normalise(text).casefold().split())
