"""Lines that stand on page after page of a source (menus, disclaimers): found by document frequency, then taken out.

A page that is frequent lines for the most part is no page around a text but a copy of others: it keeps its lines, and
is the affair of the search for duplicates.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# (source, key of a line)
Worn = frozenset[tuple[str, int]]
# Longer lines are paragraphs, which nobody repeats on every page.
LONGEST = 300
# Of a page's characters; when more are worn, the page is a copy.
MOST = 0.6


@lru_cache(maxsize=1 << 16)
def line_key(line: str) -> int:
    """A signed 64-bit hash of a line without the white space around it."""
    return int.from_bytes(hashlib.blake2b(line.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)


def line_keys(text: str) -> list[int]:
    """The distinct keys of the lines of a text, sorted; none for a text of one line, which is no page."""
    if "\n" not in text:
        return []
    lines = {line.strip() for line in text.split("\n")} - {""}
    return sorted(line_key(line) for line in lines if len(line) <= LONGEST) if len(lines) > 1 else []


def worn(pages: DataFrame, least: int, share: float, most: int) -> Worn:
    """The lines that stand on ``least`` pages of a source and on the ``share`` of all its pages.

    ``pages`` has (source, lines). At most ``most`` lines come back, the most frequent ones.
    """
    several = pages.where("size(lines) > 0").select(F.coalesce("source", F.lit("")).alias("source"), "lines")
    sizes = several.groupBy("source").agg(F.count(F.lit(1)).alias("whole"))
    standing = several.select("source", F.explode("lines").alias("line"))
    counted = standing.groupBy("source", "line").agg(F.count(F.lit(1)).alias("pages")).where(F.col("pages") >= least)
    found = counted.join(F.broadcast(sizes), "source").where(F.col("pages") >= share * F.col("whole"))
    rows = found.orderBy(F.desc("pages"), "source", "line").limit(most).select("source", "line").toArrow()
    return frozenset(zip(rows["source"].to_pylist(), rows["line"].to_pylist(), strict=True))


def without(text: str, source: str | None, known: Worn) -> str:
    """The text without the worn lines of its source; a text of one line stays, and one that is worn for the most."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    kept = [line for line in lines if not line.strip() or (source or "", line_key(line.strip())) not in known]
    left = "\n".join(kept).strip()
    return text if len(kept) == len(lines) or len(left) < (1 - MOST) * len(text) else left
