"""What is known of each ad, joined to its impressions; and the ads with their counts of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.impressions.reading import REQUIRED

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


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
