"""MovieLens in its four layouts -> impressions and ads: a rating of 4 or more is a click.

Every person has age, gender and occupation where the layout tells them, every film its year, its first genre and a 0/1
column a genre, so that both have content before they have a history. Hour and weekday (UTC) are the context.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.task import BadInput
from jobs.land import files, values
from jobs.land.rows import BadRow, Rows, Source, as_text, batched, origin

CLICK_FROM = 4.0
TRAITS = ("user_age", "user_gender", "user_occupation")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEAR = re.compile(r"\((\d{4})\)\s*$")
U_GENRES = (
    *("unknown", "action", "adventure", "animation", "children", "comedy", "crime", "documentary", "drama", "fantasy"),
    *("film_noir", "horror", "musical", "mystery", "romance", "sci_fi", "thriller", "war", "western"),
)
Record = dict[str, str]


@dataclass(frozen=True)
class Layout:
    """One way MovieLens is written: its files' endings, its separator, and the columns where no header is."""

    ratings: str
    users: str
    items: str
    separator: str
    header: bool
    rating_columns: tuple[str, ...] = ("user_id", "item_id", "rating", "timestamp")
    user_columns: tuple[str, ...] = ()
    item_columns: tuple[str, ...] = ()
    item_separator: str = ""


LAYOUTS = (
    Layout(".inter", ".user", ".item", "\t", True),
    Layout(
        "u.data",
        "u.user",
        "u.item",
        "\t",
        False,
        user_columns=("user_id", "age", "gender", "occupation", "zip_code"),
        item_columns=("item_id", "title", "date", "video", "url", *(f"genre {g}" for g in U_GENRES)),
        item_separator="|",
    ),
    Layout(
        "ratings.dat",
        "users.dat",
        "movies.dat",
        "::",
        False,
        user_columns=("user_id", "gender", "age", "occupation", "zip_code"),
        item_columns=("item_id", "title", "genre"),
    ),
    Layout("ratings.csv", "users.csv", "movies.csv", ",", True),
)
RENAMED = {
    "userid": "user_id",
    "movieid": "item_id",
    "movie_id": "item_id",
    "movie_title": "title",
    "release_year": "year",
    "genres": "genre",
    "class": "genre",
}


def sources(path: Path) -> dict[str, Source]:
    """Ads first: impressions refer to them. Raises BadInput where no layout is found."""
    layout, ratings = found(path)
    users, items = (beside(ratings, layout, ending) for ending in (layout.users, layout.items))
    needed = tuple(p for p in (ratings, users, items) if p)
    for file in needed:
        files.check(file)
    told = [f"no {what} beside {ratings.name}" for what, file in (("users", users), ("items", items)) if not file]
    shown = Source(origin(ratings), needed, lambda: impressions(layout, ratings, users), remarks=tuple(told))
    if not items:
        return {"impressions": shown}
    return {"ads": Source(origin(items), (items,), lambda: ads(layout, items)), "impressions": shown}


def found(path: Path) -> tuple[Layout, Path]:
    """The layout and the file of ratings at ``path`` or below it."""
    for layout in LAYOUTS:
        candidates = sorted(path.rglob(f"*{layout.ratings}")) if path.is_dir() else [path]
        matching = [p for p in candidates if p.name.endswith(layout.ratings)]
        if len(matching) > 1:
            names = ", ".join(str(p.relative_to(path)) for p in matching[:3])
            raise BadInput(f"{path} holds {len(matching)} sets of ratings ({names}); name one")
        if matching:
            return layout, matching[0]
    raise BadInput(
        f"{path} holds no MovieLens ratings; expected a folder with {', '.join('*' + x.ratings for x in LAYOUTS)} "
        f"(unpack an archive first)"
    )


def beside(ratings: Path, layout: Layout, ending: str) -> Path | None:
    """The sister file of the ratings."""
    file = ratings.with_name(ratings.name.removesuffix(layout.ratings) + ending)
    return file if file.is_file() else None


def records(path: Path, separator: str, columns: Sequence[str]) -> Iterator[tuple[int, Record] | BadRow]:
    """The records of one file, columns under the names used here; ``columns`` () takes them from the header."""
    codec, _ = files.encoding(path, other="latin-1")
    names = [own(c) for c in columns]
    for item in cut(path, codec, separator):
        if isinstance(item, BadRow):
            yield item
            continue
        line, fields = item
        if not names:
            names = [own(f) for f in fields]
        elif len(fields) == len(names):
            yield line, dict(zip(names, fields, strict=True))
        else:
            reason = f"has not the {len(names)} fields of {path.name}"
            yield BadRow(line, reason, str(len(fields)), files.as_line(fields))


def cut(path: Path, codec: str, separator: str) -> Iterator[tuple[int, list[str]] | BadRow]:
    """Lines cut into fields: CSV with its quotes, anything else at the bare separator."""
    if separator == ",":
        yield from files.delimited(path, codec, separator)
        return
    with files.text(path, codec) as stream:
        for line, raw in enumerate(stream, 1):
            if raw.strip():
                yield line, raw.rstrip("\r\n").split(separator)


def own(name: str) -> str:
    """``movie_title:token_seq`` and ``movieId`` under the names used here."""
    plain = name.strip().partition(":")[0].lower()
    return RENAMED.get(plain, plain)


def impressions(layout: Layout, ratings: Path, users: Path | None) -> Iterator[Rows]:
    """The rows of dataset ``impressions``."""
    traits = people(layout, users) if users else None
    names = ("user_id", "ad_id", "ts", "click", "context_hour", "context_weekday")
    return batched(names + TRAITS if users else names, _impressions(layout, ratings, traits))


def _impressions(
    layout: Layout, ratings: Path, traits: Mapping[str, tuple[Any, ...]] | None
) -> Iterator[tuple[int, tuple[Any, ...]] | BadRow]:
    columns = () if layout.header else layout.rating_columns
    nobody = (None,) * len(TRAITS)
    for item in records(ratings, layout.separator, columns):
        if isinstance(item, BadRow):
            yield item
            continue
        line, record = item
        try:
            row = (record["user_id"], record["item_id"], *timed(record["timestamp"]))
            person = () if traits is None else traits.get(record["user_id"], nobody)
            yield line, (*row[:3], clicked(record), *row[3:], *person)
        except KeyError as error:
            raise BadInput(f"{ratings}: column {error} is missing; it has {as_text(', '.join(record))}") from error
        except ValueError as error:
            yield BadRow(line, "rating or timestamp is no number", str(error), as_text(record))


def clicked(record: Record) -> int:
    """1 for a rating that says the film was liked; raises ValueError for none."""
    rating = values.number(record["rating"])
    if rating is None:
        raise ValueError("rating is empty")
    return int(rating >= CLICK_FROM)


def timed(stamp: str) -> tuple[datetime, str, str]:
    """Time, hour and weekday; raises ValueError for no time."""
    ts = values.moment(stamp)
    if ts is None:
        raise ValueError("timestamp is empty")
    return ts, f"{ts.hour:02d}h", WEEKDAYS[ts.weekday()]


def people(layout: Layout, users: Path) -> dict[str, tuple[Any, ...]]:
    """User -> (age, gender, occupation)."""
    told: dict[str, tuple[Any, ...]] = {}
    for item in records(users, item_separator(layout), () if layout.header else layout.user_columns):
        if isinstance(item, BadRow):
            raise BadInput(f"{users} line {item.line}: {item.reason}: {item.row}; correct the file")
        record = item[1]
        age = values.number(record.get("age", ""))
        told[record["user_id"]] = (age, record.get("gender") or None, record.get("occupation") or None)
    return told


def item_separator(layout: Layout) -> str:
    return layout.item_separator or layout.separator


def ads(layout: Layout, items: Path) -> Iterator[Rows]:
    """The rows of dataset ``ads``, with one 0/1 column a genre."""
    columns = () if layout.header else layout.item_columns
    found = list(records(items, item_separator(layout), columns))
    genres = sorted({g for item in found if not isinstance(item, BadRow) for g in genres_of(item[1])})

    def rows() -> Iterator[tuple[int, tuple[Any, ...]] | BadRow]:
        for item in found:
            if isinstance(item, BadRow):
                yield item
                continue
            line, record = item
            own_genres = genres_of(record)
            title, year = titled(record)
            flags = [float(g in own_genres) for g in genres]
            yield line, (record.get("item_id"), title, year, own_genres[0] if own_genres else None, *flags)

    return batched(("ad_id", "title", "ad_year", "ad_genre", *(f"ad_genre_{g}" for g in genres)), rows())


def genres_of(record: Record) -> list[str]:
    """The genres of a film, in the order told: ``Animation|Comedy``, ``Animation Comedy`` or columns of 0 and 1."""
    flagged = [n.removeprefix("genre ") for n, v in record.items() if n.startswith("genre ") and v.strip() == "1"]
    told = record.get("genre", "")
    listed = re.split(r"[|]" if "|" in told else r"\s+", told) if "no genres" not in told else []
    return flagged or list(dict.fromkeys(w for w in (re.sub(r"\W+", "_", g.lower()).strip("_") for g in listed) if w))


def titled(record: Record) -> tuple[str | None, float | None]:
    """Title and year, which stands in a column of its own or behind the title."""
    title = record.get("title", "").strip()
    if year := record.get("year") or record.get("date", "")[-4:]:
        return title or None, float(year) if year.isdecimal() else None
    behind = YEAR.search(title)
    return title or None, float(behind.group(1)) if behind else None
