"""Which users are machines: they click far more often than everybody, or see more in a minute than a person can.

All rules are relative to the log or far beyond people, so that a log where half of all rows are clicks keeps its
people. A log whose times are days or hours, or a handful of instants, tells no speed; nobody is too fast in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.impressions.settings import ImpressionsConfig

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MINUTES = 10  # different ones that a log must have to tell speed


def judge(unique: DataFrame, config: ImpressionsConfig) -> DataFrame:
    """(user_id, shows, reason) of the users who are machines; ``unique`` has ``minute``, the start of each row's."""
    from pyspark.sql import functions as f

    minutes = unique.groupBy("user_id", "minute").agg(f.count("*").alias("shows"), f.sum("click").alias("clicks"))
    users = minutes.groupBy("user_id").agg(
        f.sum("shows").alias("shows"), f.sum("clicks").alias("clicks"), f.max("shows").alias("fastest")
    )
    rate, minutes_told, latest = unique.agg(
        f.avg("click"), f.countDistinct("minute"), f.max(f.minute("minute"))
    ).collect()[0]
    base, tells_speed = f.lit(rate or 0.0), minutes_told >= MINUTES and latest > 0
    expected = f.col("shows") * base
    eager = (
        (f.col("shows") >= config.least_shows)
        & (f.col("clicks") >= f.greatest(f.lit(config.least_clicks), config.least_rate * f.col("shows")))
        & (f.col("clicks") >= config.times_base * expected)
        & (f.col("clicks") - expected > config.deviations * f.sqrt(expected * (1 - base)))
    )
    reason = f.when(f.lit(tells_speed) & (f.col("fastest") > config.per_minute), "bot_speed").when(eager, "bot_clicks")
    return users.select("user_id", "shows", reason.alias("reason")).where("reason is not null")


def counts_by_reason(verdicts: DataFrame) -> dict[str, int]:
    """Rows that each rule drops."""
    from pyspark.sql import functions as f

    return {row[0]: int(row[1]) for row in verdicts.groupBy("reason").agg(f.sum("shows")).collect()}


def drop_machines(unique: DataFrame, verdicts: DataFrame) -> DataFrame:
    return unique.join(verdicts.select("user_id"), "user_id", "left_anti")
