"""Public data sets -> landing datasets. ``naru import FORMAT PATH --ds D`` calls ``bring_in``.

An importer turns one path into sources of raw rows, in the order in which they are published (what is referred to comes
first); checking, quarantine and landing are the same as for every delivery. ``FORMATS`` tells what each expects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from config.task import BadInput
from jobs.importers import dialogues, movielens, open_bandit, reviews, squad
from jobs.importers.archive import unpacked
from jobs.land.delivery import Delivery, Publish, bring
from jobs.land.rows import Source

__all__ = ["FORMATS", "Format", "bring_in", "convert"]


@dataclass(frozen=True)
class Format:
    """One public format: what it expects, what it lands as, and the function that reads it."""

    name: str
    expects: str
    lands: tuple[str, ...]
    sources: Callable[[Path], dict[str, Source]]


FORMATS = {
    f.name: f
    for f in (
        Format("squad", "SQuAD 1.1 / 2.0 or KorQuAD 1.0 JSON", ("documents", "questions"), squad.sources),
        Format(
            "dialogues-csv",
            "CSV with a header: question (or Q), answer (or A), optionally scenario_id",
            ("dialogues",),
            dialogues.sources,
        ),
        Format(
            "reviews-tsv",
            "tab-separated reviews: review_id movie_id author rating date review, or id document label",
            ("documents",),
            reviews.sources,
        ),
        Format(
            "movielens",
            "a folder or archive with ratings, users and items: RecBole's *.inter, u.data, ratings.dat or ratings.csv",
            ("ads", "impressions"),
            movielens.sources,
        ),
        Format(
            "open-bandit",
            "a folder or archive with <campaign>.csv beside item_context.csv, at any depth",
            ("ads", "impressions"),
            open_bandit.sources,
        ),
    )
}


def convert(name: str, path: str | Path) -> dict[str, Source]:
    """The sources of a public data set, by landing dataset; raises BadInput for an unknown format or a wrong path."""
    if name not in FORMATS:
        raise BadInput(f"no format {name!r}; there are {', '.join(FORMATS)}")
    place = Path(path)
    if not place.exists():
        raise BadInput(f"{place} does not exist; {name} expects {FORMATS[name].expects}")
    return FORMATS[name].sources(place)


def bring_in(settings: Settings, name: str, path: str | Path, ds: str, publish: Publish) -> list[Delivery]:
    """Land a public data set, packed or not, on day ``ds``; see ``jobs.land.delivery.deliver`` for ``publish``."""
    with unpacked(Path(path)) as place:
        return bring(settings, convert(name, place), ds, publish)
