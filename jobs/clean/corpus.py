"""clean_corpus: raw documents in; a clean corpus out, and beside it every dropped document with its reason.

Every input row ends in exactly one of ``clean/documents`` and ``clean/dropped``; the stage checks the sum before it ends.
Files are written in the order of doc_id within partitions by its hash, so that a rerun gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from typing import Any

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from config.lake import Partition
from config.task import BadInput, Task
from jobs.clean import analyse, duplicates, prepare
from jobs.clean.prepare import CleanConfig
from jobs.session import SparkConfig, session

DOCUMENTS, DROPPED = "clean/documents", "clean/dropped"
# Compressed bytes of input that one task takes on; decides the number of files together with [spark] shuffle_partitions.
BYTES_A_TASK = 16 << 20


LANDED = "doc_id string, url string, title string, body string, source string, fetched_at timestamp"


def run(task: Task) -> None:
    """Clean the day's documents; raises BadInput where not one is left."""
    config = task.settings.section("clean_corpus", CleanConfig)
    spark = session(task.settings)
    landed = task.inputs["landing/documents"]
    parts = partitions(task, landed)
    prepared = prepare_all(read(spark, landed, LANDED), config, parts).persist()
    good = prepared.where("reason is null")
    repeats = duplicates.verdicts(good, earlier_days(spark, task.inputs[DOCUMENTS], config), config).persist()
    write(all_dropped(prepared, repeats), task.output(DROPPED).url, parts)
    kept = good.join(repeats.select("doc_id"), "doc_id", "left_anti")
    write(kept, task.output(DOCUMENTS).url, parts, partial(analyse.batches, morphemes=config.morphemes))
    tell(task, spark, prepared.count())
    spark.catalog.clearCache()


def partitions(task: Task, landed: Sequence[Partition]) -> int:
    """How many tasks share the work; it depends on the input and the settings alone, never on the cluster."""
    size = sum(entry["bytes"] for p in landed for entry in p.manifest()["files"].values())
    return max(task.settings.section("spark", SparkConfig).shuffle_partitions, size // BYTES_A_TASK)


def read(spark: SparkSession, partitions: Sequence[Partition], schema: str) -> DataFrame:
    """The rows of some partitions; a column that a file does not hold is null."""
    urls = [url for partition in partitions for url in partition.urls()]
    return spark.read.schema(schema).parquet(*urls) if urls else spark.createDataFrame([], schema)


def prepare_all(landed: DataFrame, config: CleanConfig, parts: int) -> DataFrame:
    """Each document's own steps, in tasks by the hash of doc_id; of rows with one doc_id the last fetched goes on."""
    numbered = landed.withColumns({"doc_id": F.coalesce("doc_id", F.lit("")), "body": F.coalesce("body", F.lit(""))})
    first = Window.partitionBy("doc_id").orderBy(
        F.desc_nulls_last("fetched_at"), F.expr("xxhash64(body, title, url, source)")
    )
    numbered = numbered.repartition(parts, "doc_id").withColumn("repeat", F.row_number().over(first))
    return numbered.mapInArrow(partial(prepare.batches, config=config), prepare.SCHEMA)


def earlier_days(spark: SparkSession, history: Sequence[Partition], config: CleanConfig) -> DataFrame:
    """(doc_id, ds, text, recent) of the corpus of earlier days."""
    near = {p.ds for p in history[-config.near_days :]} if config.near_days else set()
    days = [
        read(spark, [p], "doc_id string, text string").select(
            "doc_id", F.lit(p.ds).alias("ds"), "text", F.lit(p.ds in near).alias("recent")
        )
        for p in history
    ]
    empty = spark.createDataFrame([], "doc_id string, ds string, text string, recent boolean")
    return reduce(DataFrame.union, days, empty)


def all_dropped(prepared: DataFrame, repeats: DataFrame) -> DataFrame:
    """Rows of ``clean/dropped``: what a step dropped, what repeats a doc_id, what repeats a text."""
    by_step = prepared.where("reason is not null").select(
        "doc_id",
        "source",
        "reason",
        F.expr("if(reason = 'duplicate:id', doc_id, null)").alias("duplicate_of"),
        "excerpt",
    )
    repeated = prepared.where("reason is null").drop("reason").join(repeats, "doc_id")
    return by_step.unionByName(repeated.select("doc_id", "source", "reason", "duplicate_of", "excerpt"))


def write(rows: DataFrame, url: str, parts: int, finish: Any = None) -> None:
    """Parquet in the order of all columns within partitions by the hash of doc_id; ``finish`` maps Arrow batches last."""
    ordered = rows.drop("bands", "fetched_at", "reason") if finish else rows
    ordered = ordered.repartition(parts, "doc_id").sortWithinPartitions("doc_id", *ordered.columns[1:])
    if finish:
        ordered = ordered.mapInArrow(finish, analyse.SCHEMA)
    ordered.write.mode("overwrite").parquet(url)


def tell(task: Task, spark: SparkSession, rows_in: int) -> None:
    """Counts and notes from what was written; raises where a row was lost or doubled, or none is left."""
    dropped = spark.read.parquet(task.output(DROPPED).url).groupBy("reason", "source").count().toArrow().to_pylist()
    kept = (
        spark.read.parquet(task.output(DOCUMENTS).url)
        .groupBy("language", "source")
        .agg(F.count("*").alias("count"), F.sum("pii").alias("pii"))
        .toArrow()
        .to_pylist()
    )
    by_reason = totals(dropped, "reason")
    rows_out = sum(row["count"] for row in kept)
    if rows_out + sum(by_reason.values()) != rows_in:
        raise RuntimeError(f"{rows_in} documents went in, {rows_out} came out and {by_reason} were dropped")
    if not rows_out:
        raise BadInput(f"none of {rows_in} documents of {task.ds} is left; dropped: {by_reason}")
    task.count(DOCUMENTS, rows_in, by_reason)
    task.count(DROPPED, rows_in)
    by_source: dict[str, dict[str, int]] = {}
    for row in sorted(dropped, key=lambda row: (row["reason"], row["source"] or "")):
        by_source.setdefault(row["reason"], {})[row["source"] or ""] = row["count"]
    masked = sum(row["pii"] or 0 for row in kept)
    task.note(DOCUMENTS, languages=totals(kept, "language"), masked=masked, dropped_by_source=by_source)
    task.log("%d documents in, %d kept, dropped %s", rows_in, rows_out, by_reason)


def totals(rows: Sequence[dict[str, Any]], name: str) -> dict[str, int]:
    """The counts summed over one column, in its order."""
    sums: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row[name]):
        sums[row[name]] = sums.get(row[name], 0) + row["count"]
    return sums
