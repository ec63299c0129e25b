"""clean_corpus: raw documents in; a clean corpus out, and beside it every dropped document with its reason.

Every input row ends in exactly one of ``clean/documents`` and ``clean/dropped``; the stage checks the sum before it
ends. Files are written in the order of doc_id within partitions by its hash, so that a rerun gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from config.lake import Partition
from config.task import Task
from jobs.clean import analyse, boilerplate, duplicates, history, judge, profile, rounds, statistics
from jobs.clean.prepare import EXCERPT
from jobs.clean.settings import CleanConfig
from jobs.deliver import deliver
from jobs.session import SparkConfig, session

DOCUMENTS, DROPPED = "clean/documents", "clean/dropped"
TERMS, COUNTS = "clean/terms", "clean/counts"
# What one task takes on, of bodies and of rows; with [spark] shuffle_partitions it decides the number of files. The
# size of the files tells nothing: a million copies of one page are a file of a few megabytes.
BYTES_A_TASK, ROWS_A_TASK = 16 << 20, 100_000

LANDED = (
    "doc_id string, url string, title string, body binary, content_type string, source string, fetched_at timestamp"
)


def run(task: Task) -> None:
    """Clean the day's documents; a day that only repeats earlier ones is absent, another without any is BadInput."""
    config = task.settings.section("clean_corpus", CleanConfig)
    spark = session(task.settings)
    landed = task.inputs["landing/documents"]
    documents = read(spark, landed, LANDED)
    parts = partitions(documents, task.settings.section("spark", SparkConfig).shuffle_partitions)
    prepared = prepare_all(documents, config, parts)
    good = prepared.where("reason is null")
    earlier = history.earlier_days(spark, task.inputs[DOCUMENTS], config)
    with rounds.checkpoints(spark, task.lake):
        repeats = duplicates.verdicts(good, earlier, config).persist()
        few = repeats.count() <= config.driver_edges
    left_out = deliver(ordered(all_dropped(prepared, repeats), parts), task.output(DROPPED).url, profile.dropped)
    names = repeats.select("doc_id")
    kept = good.join(F.broadcast(names) if few else names, "doc_id", "left_anti")
    kept = kept.drop("fetched_at", "lines", "reason", "excerpt")
    finish = partial(analyse.batches, sentences=config.sentences, morphemes=config.morphemes)
    # Where the names are few, the documents stay in the partitions that they were prepared in, which are by doc_id too.
    placed = kept.sortWithinPartitions("doc_id") if few else ordered(kept, parts)
    written = deliver(placed, task.output(DOCUMENTS).url, profile.kept, finish)
    if not profile.tell(task, sum(p.manifest()["rows"] for p in landed), written, left_out):
        task.output(DOCUMENTS).discard("nothing is left that was not in the corpus of an earlier day")
    count_terms(task, spark, parts, bool(written))
    if config.near_duplicates:
        task.note(DOCUMENTS, hashes=config.permutations.name)
    spark.catalog.clearCache()


def count_terms(task: Task, spark: SparkSession, parts: int, any_left: bool) -> None:
    """Fill the corpus statistics from the documents just written; absent where there are no morphemes to count."""
    config = task.settings.section("clean_corpus", CleanConfig)
    if not (config.statistics and config.morphemes and any_left):
        for name in (TERMS, COUNTS):
            task.output(name).discard("no document is left" if not any_left else "switched off, or no morphemes")
        return
    corpus = spark.read.schema(analyse.SCHEMA).parquet(task.output(DOCUMENTS).url)
    deliver(statistics.matrix(corpus, parts), task.output(COUNTS).url)
    deliver(statistics.vocabulary(corpus, parts), task.output(TERMS).url)


def partitions(documents: DataFrame, least: int) -> int:
    """How many tasks share the work; it depends on the input and the settings alone, never on the cluster."""
    measured = documents.selectExpr("coalesce(sum(octet_length(body)), 0)", "count(*)").toArrow()
    size, rows = measured.to_pylist()[0].values()
    return max(least, size // BYTES_A_TASK, rows // ROWS_A_TASK)


def read(spark: SparkSession, partitions: Sequence[Partition], schema: str) -> DataFrame:
    """The rows of some partitions; a column that a file does not hold is null."""
    return spark.read.schema(schema).parquet(*(url for partition in partitions for url in partition.urls()))


def prepare_all(landed: DataFrame, config: CleanConfig, parts: int) -> DataFrame:
    """Each document's own steps and its quality, in tasks by the hash of doc_id; persisted.

    Of rows with one doc_id the last fetched goes on.
    """
    numbered = landed.withColumns({"doc_id": F.coalesce("doc_id", F.lit("")), "body": F.coalesce("body", F.lit(b""))})
    first = Window.partitionBy("doc_id").orderBy(
        F.desc_nulls_last("fetched_at"), F.expr("xxhash64(body, title, url, source)")
    )
    numbered = numbered.repartition(parts, "doc_id").withColumn("repeat", F.row_number().over(first))
    own = numbered.mapInArrow(partial(judge.batches, config=config), judge.SCHEMA).persist()
    if not config.quality:
        return own
    own.count()  # two readers of a table that is not there yet wait for each other, each with a core in hand
    worn = boilerplate.worn(own, config.boilerplate_pages, config.boilerplate_share, config.boilerplate_lines)
    return own.mapInArrow(partial(judge.again, config=config, worn=worn), judge.SCHEMA).persist() if worn else own


def all_dropped(prepared: DataFrame, repeats: DataFrame) -> DataFrame:
    """Rows of ``clean/dropped``: what a step dropped, what repeats a doc_id, what repeats a text.

    What a rule dropped and repeats another text that it dropped tells that too, though none of them is kept.
    """
    excerpt = F.coalesce("excerpt", F.substring("text", 1, EXCERPT))
    prepared = prepared.withColumn("excerpt", excerpt)
    dropped = prepared.where("reason is not null")
    of_one_id, by_rule = dropped.where("reason = 'duplicate:id'"), dropped.where("reason != 'duplicate:id'")
    columns = ("doc_id", "source", "reason", "duplicate_of", "similarity", "kept_for", "excerpt")
    again = duplicates.exact(by_rule.where("text_key is not null"), None).drop("reason", "kept_for")
    by_step = by_rule.join(again, "doc_id", "left").withColumn("kept_for", F.lit(None).cast("string")).select(*columns)
    unseen = F.lit(None).cast("double").alias("similarity")
    names = of_one_id.withColumns({"duplicate_of": F.col("doc_id"), "kept_for": F.lit("fetched_last")})
    by_step = by_step.union(names.select(*columns[:4], unseen, *columns[5:]))
    repeated = prepared.where("reason is null").drop("reason").join(repeats, "doc_id")
    return by_step.unionByName(repeated.select(*by_step.columns))


def ordered(rows: DataFrame, parts: int) -> DataFrame:
    """Partitioned by the hash of doc_id, each partition in the order of doc_id (and of the rest where it repeats)."""
    return rows.repartition(parts, "doc_id").sortWithinPartitions("doc_id", *(c for c in rows.columns if c != "doc_id"))
