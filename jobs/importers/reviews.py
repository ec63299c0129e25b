"""Review TSV -> documents: one a review. Both forms of the Naver movie reviews are known, with or without header.

The files are cut at tabs and line feeds alone: quotes are part of what people wrote, and so are carriage returns.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from config.task import BadInput
from jobs.land import files
from jobs.land.rows import BadRow, Rows, Source, as_text, batched, origin

RAW = ("review_id", "movie_id", "author", "rating", "date", "review")
LABELLED = ("id", "document", "label")
SHORT_DATE = re.compile(r"(\d{2})\.(\d{1,2})\.(\d{1,2})\.?")


def sources(path: Path) -> dict[str, Source]:
    files.check(path)
    codec, remark = files.encoding(path)
    shape(path, codec)
    return {"documents": Source(origin(path), (path,), lambda: rows(path, codec), False, (remark,) if remark else ())}


def rows(path: Path, codec: str) -> Iterator[Rows]:
    """The rows of dataset ``documents``."""
    return batched(("doc_id", "body", "source", "fetched_at"), _rows(path, codec))


def _rows(path: Path, codec: str) -> Iterator[tuple[int, tuple[object, ...]] | BadRow]:
    names, header = shape(path, codec)
    with files.text(path, codec) as stream:
        for line, raw in enumerate(stream, 1):
            record = raw.removesuffix("\n").removesuffix("\r")
            if not record or (header and line == 1):
                continue
            fields = record.split("\t", len(names) - 1 if names == RAW else -1)
            if len(fields) != len(names):
                yield BadRow(line, f"has not the {len(names)} fields of a review", str(len(fields)), as_text(record))
                continue
            review = dict(zip(names, fields, strict=True))
            yield (
                line,
                (
                    review["review_id" if names == RAW else "id"],
                    review["review" if names == RAW else "document"],
                    f"movie/{review['movie_id']}" if names == RAW else "reviews",
                    fetched(review.get("date", "")),
                ),
            )


def shape(path: Path, codec: str) -> tuple[tuple[str, ...], bool]:
    """Which of the two forms a file has, and whether it has a header."""
    with files.text(path, codec) as stream:
        fields = stream.readline().rstrip("\r\n").split("\t")
    for names in (RAW, LABELLED):
        if tuple(f.strip().lower() for f in fields) == names:
            return names, True
        if len(fields) == len(names) and fields[0].strip().isdecimal():
            return names, False
    seen = as_text(", ".join(fields)[:80])
    raise BadInput(
        f"{path} line 1 has {len(fields)} tab-separated fields ({seen}); expected the columns "
        f"{', '.join(RAW)} or {', '.join(LABELLED)}"
    )


@functools.lru_cache(maxsize=65_536)
def fetched(date: str) -> datetime | str:
    """``yy.mm.dd`` as a time; anything else stays for the checks to judge."""
    if found := SHORT_DATE.fullmatch(date.strip()):
        year, month, day = map(int, found.groups())
        try:
            return datetime(2000 + year, month, day, tzinfo=UTC)
        except ValueError:
            return date
    return date
