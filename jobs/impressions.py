"""Ad impressions as features: repeats and machines out, what is known of each ad joined, ads counted.

The transport delivers at least once, so a row that repeats another in every column is dropped. A user is a machine
when they click far more often than everybody (both many times the rate of the log and beyond chance) or see more in a
minute than a person can; all rules are relative to the log or far beyond people, so that a log where half of all rows
are clicks keeps its people. Every dropped row is counted under its reason. Only the required columns must be there.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.datasets import dataset
from config.task import Task
from jobs.deliver import deliver
from jobs.session import session

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

REQUIRED = tuple(c.name for c in dataset("features/impressions").columns)
OPEN = dataset("features/impressions").prefixes


@dataclass(frozen=True)
class ImpressionsConfig:
    """Section ``[aggregate_impressions]``.

    A user with ``least_shows`` rows or more is a machine where the click rate is ``times_base`` that of the log and
    lies ``deviations`` standard deviations above it, or where one minute holds more than ``per_minute`` rows.
    ``files`` is the number of Parquet files written, which is part of their bytes.
    """

    least_shows: int = 20
    times_base: float = 5.0
    deviations: float = 6.0
    per_minute: int = 300
    files: int = 4


def run(task: Task) -> None:
    """Stage ``aggregate_impressions``: landing/impressions, landing/ads -> features/impressions, features/ads."""
    config = task.settings.section("aggregate_impressions", ImpressionsConfig)
    spark = session(task.settings)
    landed = read(spark, task.input("landing/impressions").urls())
    ads = newest([read(spark, p.urls()) for p in task.inputs["landing/ads"]])
    unique = landed.dropDuplicates().cache()
    try:
        rows = landed.count()
        verdicts = judge(unique, config).cache()
        dropped = {"repeat": rows - unique.count(), **counts_by_reason(verdicts)}
        people = drop_machines(unique, verdicts).cache()
        ads = agreeing(ads, people)
        joined = join_ads(people, ads)
        save(joined, ["ts", "user_id", "ad_id"], task.output("features/impressions").url, config.files)
        counted = count_ads(joined, ads)
        save(counted, ["ad_id"], task.output("features/ads").url, 1)
        task.count("features/impressions", rows, {reason: n for reason, n in dropped.items() if n})
        task.count("features/ads", counted.count())
    finally:
        spark.catalog.clearCache()


def read(spark: SparkSession, urls: list[str]) -> DataFrame:
    """Landed files with their known and open columns alone; open numbers become double."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import NumericType

    table = spark.read.option("mergeSchema", "true").parquet(*urls)
    known = [c for c in (*REQUIRED, "title") if c in table.columns]
    more = sorted(c for c in table.columns if c.startswith(OPEN) and c not in known)

    def column(name: str) -> Column:
        return f.col(name).cast("double") if isinstance(table.schema[name].dataType, NumericType) else f.col(name)

    return table.select(*known, *(column(c).alias(c) for c in more))


def newest(listings: list[DataFrame]) -> DataFrame | None:
    """One row an ad, from the newest listing that has it; None without any listing. Oldest listing first."""
    from pyspark.sql import functions as f

    if not listings:
        return None
    aged = [listing.withColumn("listing", f.lit(age)) for age, listing in enumerate(listings)]
    every = functools.reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), aged)
    values = [c for c in every.columns if c not in ("ad_id", "listing")]
    latest = every.groupBy("ad_id").agg(f.max(f.struct("listing", *values)).alias("last"))
    return latest.select("ad_id", *(f.col(f"last.{c}").alias(c) for c in values))


def judge(unique: DataFrame, config: ImpressionsConfig) -> DataFrame:
    """(user_id, shows, reason) of the users who are machines."""
    from pyspark.sql import functions as f

    minutes = unique.groupBy("user_id", f.date_trunc("minute", "ts").alias("minute")).agg(
        f.count("*").alias("shows"), f.sum("click").alias("clicks")
    )
    users = minutes.groupBy("user_id").agg(
        f.sum("shows").alias("shows"), f.sum("clicks").alias("clicks"), f.max("shows").alias("fastest")
    )
    base = f.lit(unique.agg(f.avg("click")).collect()[0][0] or 0.0)
    expected = f.col("shows") * base
    eager = (
        (f.col("shows") >= config.least_shows)
        & (f.col("clicks") >= config.times_base * expected)
        & (f.col("clicks") - expected > config.deviations * f.sqrt(expected * (1 - base)))
    )
    reason = f.when(f.col("fastest") > config.per_minute, "bot_speed").when(eager, "bot_clicks")
    return users.select("user_id", "shows", reason.alias("reason")).where("reason is not null")


def counts_by_reason(verdicts: DataFrame) -> dict[str, int]:
    """Rows that each rule drops."""
    from pyspark.sql import functions as f

    return {row[0]: int(row[1]) for row in verdicts.groupBy("reason").agg(f.sum("shows")).collect()}


def drop_machines(unique: DataFrame, verdicts: DataFrame) -> DataFrame:
    return unique.join(verdicts.select("user_id"), "user_id", "left_anti")


def agreeing(ads: DataFrame | None, impressions: DataFrame) -> DataFrame | None:
    """The listing without ad_* columns that are text on one side and numbers on the other: impressions are right."""
    if ads is None:
        return None
    types = dict(impressions.dtypes)
    return ads.select(*(name for name, kind in ads.dtypes if types.get(name, kind) == kind))


def content(table: DataFrame) -> list[str]:
    """The columns that tell what an ad is."""
    return sorted(c for c in table.columns if c.startswith("ad_") and c != "ad_id")


def join_ads(impressions: DataFrame, ads: DataFrame | None) -> DataFrame:
    """Impressions with the listing's ad_* columns, where they have none of their own or a missing value."""
    from pyspark.sql import functions as f

    own = [c for c in impressions.columns if c not in REQUIRED]
    if ads is None:
        return impressions.select(*REQUIRED, *own)
    listed = content(ads)
    joined = impressions.join(ads.select("ad_id", *(f.col(c).alias(f"listed_{c}") for c in listed)), "ad_id", "left")
    return joined.select(*REQUIRED, *(either(c, own, listed) for c in sorted({*own, *listed})))


def either(name: str, first: list[str], listed: list[str]) -> Column:
    """A column of the impressions, of the listing (``listed_*``), or of the listing where the impressions lack it."""
    from pyspark.sql import functions as f

    parts = [f.col(name)] * (name in first) + [f.col(f"listed_{name}")] * (name in listed)
    return f.coalesce(*parts).alias(name)


def count_ads(joined: DataFrame, ads: DataFrame | None) -> DataFrame:
    """Every listed or shown ad with its counts; what an ad is comes from the listing, else from its impressions."""
    from pyspark.sql import functions as f

    known = content(joined)
    counts = (f.count("*").alias("impressions"), f.sum("click").alias("clicks"))
    shown = joined.groupBy("ad_id").agg(*counts, *(f.max(c).alias(c) for c in known))
    if ads is None:
        return shown.select("ad_id", f.lit(None).cast("string").alias("title"), "impressions", "clicks", *known)
    title = f.col("title") if "title" in ads.columns else f.lit(None)
    told = (f.col(c).alias(f"listed_{c}") for c in content(ads))
    listed = ads.select("ad_id", title.cast("string").alias("title"), *told)
    full = shown.join(listed, "ad_id", "full").fillna(0, ["impressions", "clicks"])
    newest_first = [f.coalesce(f"listed_{c}", c).alias(c) if c in ads.columns else f.col(c) for c in known]
    return full.select("ad_id", "title", "impressions", "clicks", *newest_first)


def save(table: DataFrame, order: list[str], url: str, files: int) -> None:
    """Write with the same bytes every time: rows go to files by hash and are sorted by all that tells them apart."""
    rest = [c for c in table.columns if c not in order]
    deliver(table.repartition(files, order[-1]).sortWithinPartitions(*order, *rest), url)
