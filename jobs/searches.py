"""The search log as features: one form of each query, machines and repeats out, sessions, what each click was about.

The transport delivers at least once, so a row that repeats another in every column is dropped. A user is a machine
who sends more in one minute, or one query more often in an hour, or more in a day than a person can. A session is
the delivered one, or a run of a user's rows without a gap of ``gap_minutes``. Every dropped row is counted under its
reason. Only user, time, query and clicked document must be there; entity and property are of the clicked document
where the catalogue knows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.datasets import dataset
from config.task import BadInput, Task
from jobs.deliver import deliver
from jobs.session import session
from language.query import plain_query

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

LANDED = dataset("landing/searches").columns
FEATURES = tuple(c.name for c in dataset("features/searches").columns)
SPARK = {"string": "string", "int": "bigint", "float": "double", "timestamp": "timestamp", "strings": "array<string>"}


@dataclass(frozen=True)
class SearchesConfig:
    """Section ``[aggregate_searches]``.

    ``per_minute`` rows in a minute, ``per_day`` rows in a day or ``same_query`` rows of one query in an hour are the
    most that a person sends. ``satisfied_s`` seconds on a page are a long dwell. ``files`` is the number of Parquet
    files written, which is part of their bytes.
    """

    per_minute: int = 30
    per_day: int = 2_000
    same_query: int = 60
    gap_minutes: int = 30
    satisfied_s: float = 30.0
    files: int = 4


def run(task: Task) -> None:
    """Stage ``aggregate_searches``: landing/searches, landing/search_catalog -> features/searches,
    features/queries."""
    config = task.settings.section("aggregate_searches", SearchesConfig)
    spark = session(task.settings)
    landed = conform(spark.read.parquet(*task.input("landing/searches").urls()))
    catalog = newest([spark.read.parquet(*p.urls()) for p in task.inputs["landing/search_catalog"]])
    try:
        rows = landed.count()
        said = normalised(landed)
        unique = said.dropDuplicates().cache()
        verdicts = judge(unique, config).cache()
        dropped = {"repeat": rows - unique.count(), **counts_by_reason(unique, verdicts)}
        kept = unique.join(verdicts.select("user_id"), "user_id", "left_anti").where("query != ''")
        rows_kept = rows - sum(dropped.values())
        if not rows_kept:
            raise BadInput(f"landing/searches/ds={task.ds}: none of {rows} rows is left ({dropped}); deliver people")
        features = about(satisfied(searches(sessions(kept, config)), config), catalog).cache()
        save(features.select(*FEATURES), ["ts", "user_id"], task.output("features/searches").url, config.files)
        save(entropies(features), ["query"], task.output("features/queries").url, 1)
        task.count("features/searches", rows, {reason: n for reason, n in dropped.items() if n})
        task.count("features/queries", rows_kept)
    finally:
        spark.catalog.clearCache()


def conform(landed: DataFrame) -> DataFrame:
    """The columns of the landing format, null where an optional one was not delivered."""
    from pyspark.sql import functions as f

    def column(name: str, kind: str) -> Column:
        there = f.col(name) if name in landed.columns else f.lit(None)
        return there.cast(SPARK[kind]).alias(name)

    return landed.select(*(column(c.name, c.type) for c in LANDED))


def newest(listings: list[DataFrame]) -> DataFrame | None:
    """(doc_id, entity, property): a document as the newest listing has it; None without any listing."""
    from pyspark.sql import functions as f

    every = None
    for age, listing in enumerate(listings):
        there = set(listing.columns)
        known = [f.col(c) if c in there else f.lit(None).cast("string").alias(c) for c in ("entity", "property")]
        one = listing.select("doc_id", *known, f.lit(age).alias("age"))
        every = one if every is None else every.unionByName(one)
    if every is None:
        return None
    last = every.groupBy("doc_id").agg(f.max(f.struct("age", "entity", "property")).alias("last"))
    return last.select("doc_id", "last.entity", "last.property")


def normalised(landed: DataFrame) -> DataFrame:
    """Each distinct query is normalised once, in Python; the log is joined to the result."""
    forms = landed.select("query").where("query is not null").distinct().mapInArrow(plain, "query string, form string")
    joined = landed.join(forms, "query", "left").drop("query").withColumnRenamed("form", "query")
    return joined.fillna("", ["query"]).select(*(c.name for c in LANDED))


def plain(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """(query) -> (query, form)."""
    import pyarrow as pa

    for batch in batches:
        forms = [plain_query(text) for text in batch.column("query").to_pylist()]
        yield pa.RecordBatch.from_arrays([batch.column("query"), pa.array(forms, pa.string())], ["query", "form"])


def judge(unique: DataFrame, config: SearchesConfig) -> DataFrame:
    """(user_id, reason) of the users who are machines."""
    from pyspark.sql import functions as f

    def span(name: str, start: Column, query: Column) -> Column:
        return f.struct(f.lit(name).alias("name"), start.alias("start"), query.alias("query"))

    spans = f.array(
        span("minute", f.date_trunc("minute", "ts"), f.lit("")),
        span("day", f.date_trunc("day", "ts"), f.lit("")),
        span("same", f.date_trunc("hour", "ts"), f.col("query")),
    )
    counted = unique.select("user_id", f.explode(spans).alias("span")).groupBy("user_id", "span").count()
    most = {name: f.max(f.when(f.col("span.name") == name, f.col("count"))) for name in ("minute", "same", "day")}
    reason = (
        f.when(most["minute"] > config.per_minute, "bot_speed")
        .when(most["same"] > config.same_query, "bot_repeats")
        .when(most["day"] > config.per_day, "bot_volume")
    )
    return counted.groupBy("user_id").agg(reason.alias("reason")).where("reason is not null")


def counts_by_reason(unique: DataFrame, verdicts: DataFrame) -> dict[str, int]:
    """Rows that each rule drops (a machine's rows are counted as the machine's)."""
    from pyspark.sql import functions as f

    reason = f.coalesce(f.col("reason"), f.when(f.col("query") == "", f.lit("empty_query")))
    told = unique.join(verdicts, "user_id", "left").select(reason.alias("reason")).where("reason is not null")
    return {row["reason"]: int(row["count"]) for row in told.groupBy("reason").count().collect()}


def sessions(kept: DataFrame, config: SearchesConfig) -> DataFrame:
    """Fill ``session_id`` where none was delivered: user and start of the run of rows without a long gap."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    mine = Window.partitionBy("user_id").orderBy("ts")
    seconds = f.col("ts").cast("double")
    new = f.coalesce(seconds - f.lag(seconds).over(mine) > config.gap_minutes * 60, f.lit(True))
    start = f.last(f.when(f.col("new"), f.unix_micros("ts")), ignorenulls=True).over(mine)
    derived = f.concat_ws("-", "user_id", start)
    return kept.withColumn("new", new).withColumn("session_id", f.coalesce("session_id", derived)).drop("new")


def searches(log: DataFrame) -> DataFrame:
    """Add ``search``: rows of one session with the same query and no other between are one search."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    mine = Window.partitionBy("user_id", "session_id").orderBy("ts", "query", "position", "clicked_doc_id")
    other = f.coalesce((f.col("query") != f.lag("query").over(mine)).cast("int"), f.lit(1))
    return log.withColumn("other", other).withColumn("search", f.sum("other").over(mine)).drop("other")


def satisfied(log: DataFrame, config: SearchesConfig) -> DataFrame:
    """Add ``satisfied``: 1 for the last click of its search and for a click with a long dwell."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    mine = Window.partitionBy("user_id", "session_id", "search").orderBy(
        f.col("clicked_doc_id").isNull(), f.desc("ts"), f.desc("position"), f.desc("clicked_doc_id")
    )
    last = f.row_number().over(mine) == 1
    long = f.coalesce(f.col("dwell_s") >= config.satisfied_s, f.lit(False))
    good = f.col("clicked_doc_id").isNotNull() & (last | long)
    return log.withColumn("satisfied", good.cast("bigint"))


def about(log: DataFrame, catalog: DataFrame | None) -> DataFrame:
    """Add entity and property of the clicked document."""
    from pyspark.sql import functions as f

    if catalog is None:
        nothing = f.lit(None).cast("string")
        return log.withColumn("entity", nothing).withColumn("property", nothing)
    return log.join(catalog.withColumnRenamed("doc_id", "clicked_doc_id"), "clicked_doc_id", "left")


def entropies(log: DataFrame) -> DataFrame:
    """One row a query: searches, clicks, users who clicked, and click entropy in bits at three levels.

    A document without a known entity is its own entity, and its own property.
    """
    from pyspark.sql import functions as f

    clicked = log.where("clicked_doc_id is not null")
    entity = f.coalesce("entity", f.concat(f.lit("\x1f"), "clicked_doc_id"))
    prop = f.concat_ws("\x1f", entity, f.coalesce("property", "clicked_doc_id"))
    asked = log.groupBy("query").agg(
        f.countDistinct("user_id", "session_id", "search").alias("searches"),
        f.countDistinct(f.when(f.col("clicked_doc_id").isNotNull(), f.col("user_id"))).alias("users"),
        f.count("clicked_doc_id").alias("clicks"),
    )
    levels = {"click_entropy": f.col("clicked_doc_id"), "entity_entropy": entity, "property_entropy": prop}
    pairs = f.array(*(f.struct(f.lit(n).alias("name"), v.alias("value")) for n, v in levels.items()))
    counted = (
        clicked.select("query", f.explode(pairs).alias("level")).groupBy("query", "level").agg(f.count("*").alias("c"))
    )
    bits = counted.groupBy("query").agg(*(entropy(name).alias(name) for name in levels))
    return (
        asked.join(bits, "query", "left")
        .fillna(0.0, list(levels))
        .select("query", "searches", "clicks", "users", *levels)
    )


def entropy(name: str) -> Column:
    """Bits of the counts ``c`` of one level: H = log2 n - sum(c log2 c) / n, summed exactly so that order does not
    tell."""
    from pyspark.sql import functions as f

    own = f.when(f.col("level.name") == name, f.col("c"))
    parts = f.sum((own * f.log2(own)).cast("decimal(28, 9)")).cast("double")
    return f.greatest(f.round(f.log2(f.sum(own)) - parts / f.sum(own), 6), f.lit(0.0))


def save(table: DataFrame, order: list[str], url: str, files: int) -> None:
    """Write with the same bytes every time: rows go to files by hash and are sorted by all that tells them apart."""
    rest = [c for c in table.columns if c not in order]
    deliver(table.repartition(files, order[-1]).sortWithinPartitions(*order, *rest), url)
