"""What landed, as the job reads it: known and open columns, numbers that are numbers, the newest of each ad."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from config.datasets import dataset
from config.task import BadInput

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

REQUIRED = tuple(c.name for c in dataset("features/impressions").columns)
OPEN = dataset("features/impressions").prefixes


def read(spark: SparkSession, urls: list[str], needed: tuple[str, ...]) -> DataFrame:
    """Landed files with their known and open columns alone.

    Open numbers become double, and those that are not finite are missing. Raises BadInput where a column of ``needed``
    is not there, or where files of the partition disagree on whether a column is text or a number.
    """
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as f
    from pyspark.sql.types import NumericType

    try:
        table = spark.read.option("mergeSchema", "true").parquet(*urls)
    except PySparkException as error:
        if "CANNOT_MERGE" not in str(error):
            raise
        raise BadInput(
            f"{urls[0]} and the files beside it disagree on a column's type: {error}; land them again"
        ) from error
    if missing := [c for c in needed if c not in table.columns]:
        raise BadInput(f"{urls[0]}: column {', '.join(missing)} is missing; land the file again")
    known = [c for c in (*REQUIRED, "title") if c in table.columns]
    more = sorted(c for c in table.columns if c.startswith(OPEN) and c not in known)

    def column(name: str) -> Column:
        if not isinstance(table.schema[name].dataType, NumericType):
            return f.col(name)
        number = f.col(name).cast("double")
        return f.when(~f.isnan(number) & (f.abs(number) < float("inf")), number)

    return table.select(*known, *(column(c).alias(c) for c in more))


def newest(listings: list[DataFrame]) -> DataFrame | None:
    """One row an ad, from the newest listing that has it; None without any listing. Oldest listing first."""
    from pyspark.sql import functions as f

    if not listings:
        return None
    aged = [listing.withColumn("listing", f.lit(age)) for age, listing in enumerate(same_kind(listings))]
    every = functools.reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), aged)
    values = [c for c in every.columns if c not in ("ad_id", "listing")]
    latest = every.groupBy("ad_id").agg(f.max(f.struct("listing", *values)).alias("last"))
    return latest.select("ad_id", *(f.col(f"last.{c}").alias(c) for c in values))


def same_kind(listings: list[DataFrame]) -> list[DataFrame]:
    """Older listings without the columns that are text there and numbers in a newer one, or the reverse."""
    types: dict[str, str] = {}
    found = []
    for listing in reversed(listings):
        keep = [name for name, kind in listing.dtypes if types.get(name, kind) == kind]
        found.append(listing.select(*keep))
        types = {**dict(listing.dtypes), **types}
    return found[::-1]
