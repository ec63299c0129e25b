"""One thing that can be told of an entity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """``value`` names a maker in portal.facts; ``daily`` facts are new every day instead of for ever.

    ``tell`` and ``ask`` are templates: ``{e}`` is the entity, ``{v}`` the value, ``{t}`` the day; ``{e:은}`` carries
    the particle that fits. Sentences end in -다 (articles turn them into other registers). Questions keep their
    distance from the sentences on purpose: synonyms, other word order.
    """

    key: str
    kinds: tuple[str, ...]
    value: str
    tell: tuple[str, ...]
    ask: tuple[str, ...]
    daily: bool = False


def relation(key: str, kinds: str, value: str, tell: str, ask: str, daily: bool = False) -> Relation:
    """A relation from text: kinds by blanks, templates by lines."""
    told, asked = (tuple(line.strip() for line in text.strip().splitlines()) for text in (tell, ask))
    return Relation(key, tuple(kinds.split()), value, told, asked, daily)
