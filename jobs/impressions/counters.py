"""Shows and clicks a key and day: the state from which every window is a sum.

A day's partition of ``features/counters`` holds what that day's rows add and nothing else. What is known at a later day
is the sum of the partitions before it, so a day that is run again touches only its own partition, and a day that is
missing is missing from the sums alone. ``day`` is the day of the event, which for a log that is delivered late lies
before the partition's.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from jobs.impressions.events import Kind, keyed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def daily(table: DataFrame, kind: Kind) -> DataFrame:
    """(kind, key, owner, name, day, shows, clicks) of one kind; pairs have no name."""
    from pyspark.sql import functions as f

    pair = len(kind.columns) > 1
    events = keyed(table, kind, "user_id").where("key is not null")
    owner = Kind("user", ("user_id",)).key(f.col("user_id")) if kind.of_user else f.lit(None).cast("bigint")
    grouped = events.groupBy(*(["user_id"] if pair else ["value"]), "key", "day")
    counted = grouped.agg(f.count("*").alias("shows"), f.sum("click").cast("bigint").alias("clicks"))
    name = f.lit(None).cast("string") if pair else f.col("value")
    named = counted if pair else counted.withColumn("user_id", f.col("value"))
    told = (f.lit(kind.name).alias("kind"), "key", owner.alias("owner"), name.alias("name"))
    return named.select(*told, "day", "shows", "clicks")


def every(table: DataFrame, counted: list[Kind]) -> DataFrame:
    """The counters of all kinds, as ``features/counters`` holds them."""
    from pyspark.sql import functions as f

    union = functools.reduce(lambda a, b: a.unionByName(b), [daily(table, kind) for kind in counted])
    return union.withColumn("day", f.timestamp_seconds(f.col("day").cast("bigint") * 86_400))


def stored(counters: DataFrame, kind: Kind, *more: str) -> DataFrame:
    """(key, day, shows, clicks, ``more``) of one kind in published counters; ``day`` counted from 1970."""
    from pyspark.sql import functions as f

    day = f.unix_date(f.to_date("day"))
    return counters.where(f.col("kind") == kind.name).select("key", day.alias("day"), "shows", "clicks", *more)
