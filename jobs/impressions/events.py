"""Impressions as events under keys: who saw what, when, as the counters need it.

A *kind* is what is counted: the ad, a category of the ad, the user, and the user with each of the former. The key of an
event is a 64-bit hash of its kind and values, so that every kind is a column of whole numbers however long the ids are
or however many pairs there are. A category that holds several values (``comedy|drama``) has a key for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

DAY, HOUR = 86_400_000_000, 3_600_000_000  # microseconds
SEPARATOR = "|"


@dataclass(frozen=True)
class Kind:
    """``name`` stands in the names of columns; ``columns`` are counted together; ``many``: the last of them holds
    several values."""

    name: str
    columns: tuple[str, ...]
    many: bool = False

    @property
    def of_user(self) -> bool:
        return self.columns[0] == "user_id"

    def key(self, last: Column) -> Column:
        """The key of events whose last column is ``last``; null where one of the values is."""
        from pyspark.sql import functions as f

        key = f.xxhash64(f.lit(self.name), *self.columns[:-1], last)
        return f.when(last.isNotNull(), key)

    @property
    def values(self) -> Column:
        """The values of the last column, an array."""
        from pyspark.sql import functions as f

        parts = f.transform(f.split(self.columns[-1], f"[{SEPARATOR}]"), f.trim)
        return f.array_distinct(f.filter(parts, lambda part: part != ""))

    @property
    def keys(self) -> Column:
        """The key of an impression, or an array of them where it may have several."""
        from pyspark.sql import functions as f

        return f.transform(self.values, self.key) if self.many else self.key(f.col(self.columns[-1]))


def kinds(impressions: DataFrame, categories: tuple[str, ...]) -> list[Kind]:
    """The kinds of a log: those of the ad first, then those of the user. Reads the log where it has categories."""
    from pyspark.sql import functions as f

    there = [c for c in categories if dict(impressions.dtypes).get(c) == "string"]
    counted = [f.max(f.instr(c, SEPARATOR) > 0).alias(c) for c in there]
    several = impressions.agg(*counted).collect()[0].asDict() if there else {}
    shared = [Kind(c.removesuffix("_id"), (c,), bool(several.get(c))) for c in ("ad_id", *there)]
    pairs = [Kind(f"user_{k.name}", ("user_id", *k.columns), k.many) for k in shared]
    return [*shared, Kind("user", ("user_id",)), *pairs]


def events(impressions: DataFrame, counted: list[Kind], kept: Column) -> DataFrame:
    """(user_id, ad_id, ts, click, the categories, kept; t, day, hour): ``t`` in microseconds, ``day`` and ``hour``
    counted from 1970; the rows that are not ``kept`` count and are not written."""
    from pyspark.sql import functions as f

    micros = f.unix_micros("ts")
    names = dict.fromkeys(c for k in counted for c in k.columns)
    return impressions.select(
        "user_id",
        "ad_id",
        *(c for c in names if c not in ("user_id", "ad_id")),
        "ts",
        f.col("click").cast("int").alias("click"),
        kept.alias("kept"),
        micros.alias("t"),
        f.floor(micros / DAY).cast("int").alias("day"),
        f.floor(micros / HOUR).cast("int").alias("hour"),
    )


def keyed(table: DataFrame, kind: Kind, *more: str) -> DataFrame:
    """(key, value, t, day, hour, click, ``more``): the events of one kind, one for each of several values; without a
    key where the column is missing."""
    from pyspark.sql import functions as f

    value = f.explode_outer(kind.values) if kind.many else f.col(kind.columns[-1])
    named = table.withColumn("value", value)
    return named.select(kind.key(f.col("value")).alias("key"), "value", "t", "day", "hour", "click", *more)
