"""Lines that stand on page after page of a source (menus, disclaimers): found by document frequency, then taken out.

What counts is in how many *different* surroundings a line stands, not on how many pages: a text that was copied a
thousand times keeps its lines, and is the duplicates' affair. The surroundings of a line are told by the smallest hash
among the other lines of its page, so pages that share most lines share it too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# Longer lines are paragraphs, which nobody repeats on every page.
LONGEST = 300


@lru_cache(maxsize=1 << 16)
def line_key(line: str) -> int:
    """A signed 64-bit hash of a line without the white space around it."""
    return int.from_bytes(hashlib.blake2b(line.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)


def line_keys(text: str) -> list[int]:
    """The distinct keys of the lines of a text, sorted; none for a text of one line, which is no page."""
    lines = {line.strip() for line in text.split("\n")} - {""}
    return sorted(line_key(line) for line in lines if len(line) <= LONGEST) if len(lines) > 1 else []


def worn(pages: DataFrame, least: int, share: float, most: int) -> frozenset[tuple[str, int]]:
    """(source, key) of the lines that stand in ``least`` surroundings of a source and in ``share`` of its pages.

    ``pages`` has (source, lines). At most ``most`` lines come back, those in the most surroundings.
    """
    source = F.coalesce("source", F.lit("")).alias("source")
    several = pages.where("size(lines) > 1").select(source, "lines")
    sizes = several.groupBy("source").agg(F.count(F.lit(1)).alias("pages"))
    other = F.when(F.col("line") == F.col("lines")[0], F.col("lines")[1]).otherwise(F.col("lines")[0])
    standing = several.select("source", "lines", F.explode("lines").alias("line")).select(
        "source", "line", other.alias("other")
    )
    counted = standing.groupBy("source", "line").agg(F.countDistinct("other").alias("surroundings"))
    found = counted.where(F.col("surroundings") >= least).join(sizes, "source")
    found = found.where(F.col("surroundings") >= share * F.col("pages"))
    rows = found.orderBy(F.desc("surroundings"), "source", "line").limit(most).select("source", "line").toArrow()
    return frozenset(zip(rows["source"].to_pylist(), rows["line"].to_pylist(), strict=True))


def without(text: str, source: str | None, worn: Iterable[tuple[str, int]]) -> str:
    """The text without the worn lines of its source; a text of one line stays."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    kept = [line for line in lines if not line.strip() or (source or "", line_key(line.strip())) not in worn]
    return text if len(kept) == len(lines) else "\n".join(kept).strip()
