"""What was known before each impression: shows and smoothed click rate of every kind over every window of days.

A window of n days is the n - 1 days before the impression's own and that day up to the impression: events strictly
earlier than it, so that rows of the same instant do not see each other. Earlier deliveries tell days, not times: of
those only earlier days count.

Kinds that people share (an ad, a category): earlier days come as sums, and so do the hours before the event's own; only
the events within one hour of a key are looked at one by one, so that no task holds all events of a key that everybody
sees. Kinds of one user: a user's events lie in one partition (machines are out), see ``backwards``.

These columns are a dataset of their own and no features of the network. The release carries its own counters, which
training replays and serving asks (``models/ctr/memory.py``); what only the batch knows would not be there when a
request is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.impressions.counters import stored
from jobs.impressions.events import DAY, HOUR, Kind, keyed
from jobs.impressions.settings import ImpressionsConfig

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

WHAT = ("shows", "clicks")
Totals = Mapping[int, tuple[int, int]]  # day or hour -> shows, clicks


@dataclass(frozen=True)
class Past:
    """Published counters of this delivery and of those before it, and the click rate before each hour."""

    today: DataFrame
    earlier: DataFrame | None
    priors: Mapping[int, float]
    days: int

    def sums(self, kind: Kind, windows: tuple[int, ...]) -> DataFrame | None:
        """(key, day, shows_n, clicks_n) of the n - 1 days before each day of this delivery; None without any."""
        from pyspark.sql import Window
        from pyspark.sql import functions as f

        if (self.earlier is None and self.days == 1) or max(windows) == 1:
            return None
        days = stored(self.today, kind).withColumn("own", f.lit(True))
        if self.earlier is not None:
            days = days.unionByName(stored(self.earlier, kind).withColumn("own", f.lit(False)))
        by_day = Window.partitionBy("key").orderBy("day")

        def before(what: str, n: int) -> Column:
            found = f.sum(what).over(by_day.rangeBetween(1 - n, -1)) if n > 1 else f.lit(None)
            return f.coalesce(found, f.lit(0)).alias(f"{what}_{n}")

        sums = days.select("key", "day", "own", *(before(what, n) for what in WHAT for n in windows))
        return sums.where("own").drop("own").where(f.col(f"shows_{max(windows)}") > 0)


def recollect(table: DataFrame, counted: list[Kind], past: Past, config: ImpressionsConfig, parts: int) -> DataFrame:
    """``events`` with ``past_*`` of the shared kinds and keys of the users' kinds, and the users' counters of earlier
    deliveries: what ``backwards.Recall`` takes, a user's rows in one partition."""
    from pyspark.sql import functions as f

    told = [(hour, rate) for hour, rate in past.priors.items()]
    priors = table.sparkSession.createDataFrame(told, "hour int, prior double")
    table = table.join(f.broadcast(priors), "hour")
    if any(kind.many for kind in counted):
        # Numbers that stay the same while the rows are cached; nothing of them is written.
        table = table.withColumn("row", f.monotonically_increasing_id()).cache()
    own = [kind for kind in counted if kind.of_user]
    for kind in counted:
        if not kind.of_user:
            found = several(table, kind, past, config, parts) if kind.many else add(table, kind, past, config, parts)
            table = rated(found, kind, config)
    named = [c for c in table.columns if c.startswith("past_")]
    keys = [kind.keys.alias(f"key_{kind.name}") for kind in own]
    click = f.col("click").cast("bigint").alias("click")
    rows = table.select(
        "user_id",
        "ad_id",
        "ts",
        click,
        "t",
        "day",
        "prior",
        "kept",
        *keys,
        *named,
        user_key().alias("owner"),
        f.lit(None).cast("string").alias("kind"),
    )
    if past.earlier is not None:
        first = min(past.priors) * HOUR // DAY - max(config.windows)
        told_before = (stored(past.earlier, kind, "owner").withColumn("kind", f.lit(kind.name)) for kind in own)
        for known in told_before:
            rows = rows.unionByName(known.where(f.col("day") > first), allowMissingColumns=True)
    else:
        nothing = f.lit(None).cast("bigint")
        rows = rows.withColumns(dict.fromkeys(("key", "shows", "clicks"), nothing))
    return rows.repartition(parts, "owner").drop("owner")


def user_key() -> Column:
    """The key of a row's user, by which the counters of pairs find it too."""
    from pyspark.sql import functions as f

    return Kind("user", ("user_id",)).key(f.col("user_id"))


def add(table: DataFrame, kind: Kind, past: Past, config: ImpressionsConfig, parts: int) -> DataFrame:
    """The events with ``shows_n`` and ``clicks_n`` of a shared kind before each of them."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    rest = [c for c in table.columns if c not in ("t", "day", "hour", "click")]
    real = keyed(table, kind, *rest).drop("value")
    opened = opening(real, past.sums(kind, config.windows), config.windows)
    union = real.withColumn("real", f.lit(1)).unionByName(opened, allowMissingColumns=True)
    earlier = Window.partitionBy("key", "hour").orderBy("t").rangeBetween(Window.unboundedPreceding, -1)
    running = {what: f.sum(c).over(earlier) for what, c in (("shows", "real"), ("clicks", "click"))}

    def before(what: str, n: int) -> Column:
        # The opening of the hour is its first row, so that it is in every sum.
        total = f.coalesce(running[what], f.lit(0)) + f.coalesce(f.sum(f"{what}_{n}").over(earlier), f.lit(0))
        return f.when(f.col("key").isNotNull(), total).otherwise(f.lit(0)).alias(f"{what}_{n}")

    spread = union.repartition(parts, "key", "hour")
    found = spread.select(*real.columns, "real", *(before(what, n) for what in WHAT for n in config.windows))
    return found.where("real = 1").drop("real", "key")


def opening(real: DataFrame, sums: DataFrame | None, windows: tuple[int, ...]) -> DataFrame:
    """(key, hour, t, shows_n, clicks_n) of the windows up to each hour of a key, as a row just before that hour."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    hours = real.where("key is not null").groupBy("key", "day", "hour")
    counted = hours.agg(f.count("*").alias("shows"), f.sum("click").alias("clicks"))
    earlier = Window.partitionBy("key", "day").orderBy("hour").rowsBetween(Window.unboundedPreceding, -1)
    own = {what: f.coalesce(f.sum(what).over(earlier), f.lit(0)).alias(what) for what in WHAT}
    found = counted.select("key", "day", "hour", *own.values())
    if sums is not None:
        found = found.join(sums, ["key", "day"], "left").fillna(0)
    total = {
        f"{what}_{n}": f.col(what) + (f.col(f"{what}_{n}") if sums is not None else 0) for what in WHAT for n in windows
    }
    start = f.col("hour").cast("bigint") * HOUR - 1
    opened = found.select("key", "hour", start.alias("t"), *(c.alias(name) for name, c in total.items()))
    return opened.where(f.col(f"shows_{max(windows)}") > 0)


def several(table: DataFrame, kind: Kind, past: Past, config: ImpressionsConfig, parts: int) -> DataFrame:
    """The same for a kind of which an impression may have several keys: their counts together."""
    from pyspark.sql import functions as f

    counts = [f"{what}_{n}" for what in WHAT for n in config.windows]
    lean = table.select(*kind.columns, "t", "day", "hour", "click", "row")
    found = add(lean, kind, past, config, parts).groupBy("row").agg(*(f.sum(c).alias(c) for c in counts))
    return table.join(found, "row")


def rated(table: DataFrame, kind: Kind, config: ImpressionsConfig) -> DataFrame:
    """Counts of a kind as the columns that are written: shows, and the click rate shrunk towards the prior."""
    from pyspark.sql import functions as f

    weight = f.lit(config.smoothing)
    columns: dict[str, Column] = {}
    for n in config.windows:
        rate = (f.col(f"clicks_{n}") + weight * f.col("prior")) / (f.col(f"shows_{n}") + weight)
        columns[f"past_{kind.name}_shows_{n}d"] = f.col(f"shows_{n}").cast("int")
        columns[f"past_{kind.name}_rate_{n}d"] = rate.cast("float")
    return table.withColumns(columns).drop(*(f"{what}_{n}" for what in WHAT for n in config.windows))


def priors(hours: Totals, earlier: Totals, config: ImpressionsConfig) -> dict[int, float]:
    """The click rate of everything in the longest window before each hour, shrunk towards ``config.prior``.

    ``hours`` are the hours of this delivery, ``earlier`` the days of the deliveries before it.
    """
    longest, weight, a_day = max(config.windows), config.smoothing, DAY // HOUR
    days: dict[int, tuple[int, int]] = dict(earlier)
    for hour, (shows, clicks) in hours.items():
        known = days.get(hour // a_day, (0, 0))
        days[hour // a_day] = (known[0] + shows, known[1] + clicks)
    found: dict[int, float] = {}
    own: dict[int, tuple[int, int]] = {}
    for hour in sorted(hours):
        day = hour // a_day
        before = [days[d] for d in range(day - longest + 1, day) if d in days]
        so_far = own.get(day, (0, 0))
        shows, clicks = (so_far[i] + sum(b[i] for b in before) for i in (0, 1))
        found[hour] = (clicks + weight * config.prior) / (shows + weight)
        own[day] = (so_far[0] + hours[hour][0], so_far[1] + hours[hour][1])
    return found
