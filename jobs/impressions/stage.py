"""Stage aggregate_impressions: the day's impressions as features, the ads' counts, and the counters of the past.

The transport delivers at least once, so a row that repeats another in every column is dropped; the rows of machines are
dropped too (``machines``). Every dropped row is counted under its reason. Only the required columns must be there.

Where ``keep_negatives`` is below 1, that share of the rows without a click is written, chosen by a hash of the row;
each row then tells in ``weight`` how many it stands for. Counters and rates are those of all rows.

Vocabularies are none of this job's: values are numbered by the training rows alone (``models/ctr/features.py``: a floor
on the count, buckets by hash for what is rare, a cap on what is huge), since a number given to an ad that only the
held-out rows show would be a token that no training saw.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from config.task import BadInput, Task
from jobs.deliver import Finish, deliver
from jobs.impressions import ads as listing
from jobs.impressions import counters, history, machines, reading
from jobs.impressions.backwards import Recall
from jobs.impressions.events import Kind, events, kinds
from jobs.impressions.history import Past, Totals
from jobs.impressions.settings import ImpressionsConfig
from jobs.session import session

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

SCALE = 1 << 24


def run(task: Task) -> None:
    """landing/impressions, landing/ads, earlier features/counters -> features/impressions, features/ads,
    features/counters, features/history."""
    from pyspark.sql import functions as f

    config = task.settings.section("aggregate_impressions", ImpressionsConfig)
    spark = session(task.settings)
    landed = reading.read(spark, task.input("landing/impressions").urls(), reading.REQUIRED)
    ads = reading.newest([reading.read(spark, p.urls(), ("ad_id",)) for p in task.inputs["landing/ads"]])
    rows = landed.count()
    parts = config.file_count(rows)
    # Equal rows share user and minute, so that repeats meet, minutes are counted and files are written where they lie.
    spread = landed.withColumn("minute", f.date_trunc("minute", "ts")).repartition(parts, "user_id", "minute")
    unique = spread.dropDuplicates().cache()
    try:
        verdicts = machines.judge(unique, config).cache()
        dropped = {"repeat": rows - unique.count(), **machines.counts_by_reason(verdicts)}
        people = machines.drop_machines(unique, verdicts).drop("minute")
        if not rows - sum(dropped.values()):
            raise BadInput(f"landing/impressions/ds={task.ds}: none of {rows} rows is left ({dropped}); deliver people")
        ads = listing.agreeing(ads, people)
        joined = listing.join_ads(people, ads)
        dropped["thinned"] = write_impressions(task, joined, config)
        write_ads(task, joined, ads)
        write_past(task, joined, config, parts)
        task.count("features/impressions", rows, {reason: n for reason, n in dropped.items() if n})
    finally:
        spark.catalog.clearCache()


def write_impressions(task: Task, joined: DataFrame, config: ImpressionsConfig) -> int:
    """Write features/impressions; returns how many rows without a click were left out."""
    from pyspark.sql import functions as f

    left_out = 0
    if config.keep_negatives < 1:
        left_out = joined.where(~kept(config.keep_negatives)).count()
        weight = f.when(f.col("click") == 1, 1.0).otherwise(1 / config.keep_negatives)
        joined = joined.where(kept(config.keep_negatives)).withColumn("weight", weight)
    task.note("features/impressions", keep_negatives=config.keep_negatives)
    save(joined, ["ts", "user_id", "ad_id"], task.output("features/impressions").url)
    return left_out


def kept(share: float) -> Column:
    """Whether a row stays: each click, and ``share`` of the others, the same ones whenever and wherever it is asked."""
    from pyspark.sql import functions as f

    draw = f.pmod(f.xxhash64("user_id", "ad_id", f.unix_micros("ts")), f.lit(SCALE))
    return (f.col("click") == 1) | (draw < int(share * SCALE))


def write_ads(task: Task, joined: DataFrame, ads: DataFrame | None) -> None:
    """Write features/ads."""
    counted = listing.count_ads(joined, ads).cache()
    save(counted.repartition(1), ["ad_id"], task.output("features/ads").url)
    task.count("features/ads", counted.count())


def write_past(task: Task, joined: DataFrame, config: ImpressionsConfig, parts: int) -> None:
    """Write features/counters, then features/history, which reads them."""
    counted = kinds(joined, config.categories)
    table = events(joined, counted, kept(config.keep_negatives))
    url = task.output("features/counters").url
    save(counters.every(table, counted).repartition(parts, "key"), ["kind", "day", "key"], url)
    earlier = published(task)
    hours = totals(table, "hour")
    past = Past(
        table.sparkSession.read.parquet(url),
        earlier,
        history.priors(hours, ad_days(earlier, counted) if earlier is not None else {}, config),
        len({hour // 24 for hour in hours}),
    )
    found = history.recollect(table, counted, past, config, parts)
    recall = Recall(tuple(k.name for k in counted if k.of_user), config.windows, config.smoothing)
    save(found, ["ts", "user_id", "ad_id", "click"], task.output("features/history").url, recall)


def published(task: Task) -> DataFrame | None:
    """The counters of the earlier days, None where there are none."""
    spark = session(task.settings)
    days = [spark.read.parquet(*p.urls()) for p in task.inputs.get("features/counters", [])]
    return functools.reduce(lambda a, b: a.unionByName(b), days) if days else None


def totals(table: DataFrame, by: str) -> Totals:
    """Shows and clicks by hour or day."""
    from pyspark.sql import functions as f

    counted = table.groupBy(by).agg(f.count("*"), f.sum("click"))
    return {row[0]: (int(row[1]), int(row[2])) for row in counted.collect()}


def ad_days(earlier: DataFrame, counted: list[Kind]) -> Totals:
    """Shows and clicks of all ads by day, in published counters."""
    from pyspark.sql import functions as f

    found = counters.stored(earlier, counted[0]).groupBy("day").agg(f.sum("shows"), f.sum("clicks"))
    return {row[0]: (int(row[1]), int(row[2])) for row in found.collect()}


def save(table: DataFrame, order: list[str], url: str, finish: Finish | None = None) -> None:
    """Write with the same bytes every time: rows lie in files by hash and are sorted by all that tells them apart."""
    rest = [c for c in table.columns if c not in order and finish is None]
    deliver(table.sortWithinPartitions(*order, *rest), url, finish=finish)
