"""Exact and near duplicates, within the day and against earlier days.

Exact: the text without white space and case, hashed. Near: MinHash bands name candidates, the Jaccard similarity of the
texts themselves decides, connected components gather them. Of exact duplicates the one fetched first is kept (then the
smallest doc_id); of near duplicates the longest, then the one fetched first, then the smallest doc_id. A document of an
earlier day always stays, its repetition goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jobs.clean import components, minhash
from jobs.clean.minhash import Permutations
from jobs.clean.prepare import CleanConfig

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TEXT_KEY = r"xxhash64(lower(regexp_replace(text, '\\s+', '')))"
NODE = "xxhash64(doc_id)"
FETCHED = "coalesce(fetched_at, timestamp'9999-12-31')"


def verdicts(good: DataFrame, earlier: DataFrame, config: CleanConfig) -> DataFrame:
    """(doc_id, reason, duplicate_of) of every document of ``good`` that repeats another.

    ``good`` has the columns of ``prepare.SCHEMA``, doc_id unique; ``earlier`` has (doc_id, ds, text,
    recent) of earlier days, ``recent`` ones taking part in the search for near duplicates.
    """
    from pyspark.sql import functions as F

    exact = exact_groups(good, earlier, config)
    alone = "earlier_of is null and doc_id = exact_of"
    near = near_groups(exact.where(alone), earlier, config)
    target = F.coalesce("earlier_of", "near_of", F.when(F.col("doc_id") != F.col("exact_of"), F.col("exact_of")))
    reason = (
        F.when(F.col("earlier_of").isNotNull(), "duplicate:earlier_day")
        .when(F.col("doc_id") != F.col("exact_of"), "duplicate:exact")
        .otherwise("duplicate:near")
    )
    return (
        exact.join(near, "exact_of", "left")
        .select("doc_id", reason.alias("reason"), target.alias("duplicate_of"))
        .where("duplicate_of is not null")
    )


def exact_groups(good: DataFrame, earlier: DataFrame, config: CleanConfig) -> DataFrame:
    """``good`` with ``exact_of`` (the kept one of its group) and ``earlier_of`` (the same text on an earlier day)."""
    from pyspark.sql import functions as F

    if not config.exact_duplicates:
        return good.withColumns({"exact_of": F.col("doc_id"), "earlier_of": F.lit(None).cast("string")})
    keyed = good.withColumn("text_key", F.expr(TEXT_KEY))
    groups = keyed.groupBy("text_key").agg(F.expr(f"min_by(doc_id, struct({FETCHED}, doc_id))").alias("exact_of"))
    before = (
        earlier.withColumn("text_key", F.expr(TEXT_KEY))
        .groupBy("text_key")
        .agg(F.expr("min_by(doc_id, struct(ds, doc_id))").alias("earlier_of"))
    )
    return keyed.join(groups, "text_key").join(before, "text_key", "left")


def near_groups(alone: DataFrame, earlier: DataFrame, config: CleanConfig) -> DataFrame:
    """(exact_of, near_of): documents that are near duplicates, each with the kept one of its component."""
    from pyspark.sql import functions as F

    spark = alone.sparkSession
    if not config.near_duplicates:
        return spark.createDataFrame([], "exact_of string, near_of string")
    today = alone.select("doc_id", "text", "bands", F.expr(FETCHED).alias("fetched"), F.lit(1).alias("today"))
    hashed = (
        earlier.where("recent")
        .select("doc_id", "text")
        .mapInArrow(
            partial(band_batches, permutations=config.permutations), "doc_id string, text string, bands array<bigint>"
        )
    )
    before = hashed.select("*", F.lit(None).cast("timestamp").alias("fetched"), F.lit(0).alias("today"))
    nodes = (today.unionByName(before)).withColumn("node", F.expr(NODE))
    pairs = verified(candidates(nodes), nodes, config.near_similarity).persist()
    labels = components.label(pairs, config.driver_edges)
    members = nodes.join(labels, "node")
    rank = "struct(today, -length(text), fetched, doc_id)"
    kept = members.groupBy("label").agg(F.expr(f"min_by(doc_id, {rank})").alias("near_of"))
    found = members.where("today = 1").join(kept, "label").where("doc_id != near_of")
    return found.select(F.col("doc_id").alias("exact_of"), "near_of")


def candidates(nodes: DataFrame) -> DataFrame:
    """Distinct (a, b), a < b: in each bucket its smallest node with every other, so that no bucket is quadratic."""
    from pyspark.sql import functions as F

    keyed = nodes.select("node", F.explode("bands").alias("key"))
    centres = keyed.groupBy("key").agg(F.min("node").alias("a"), F.count("*").alias("size")).where("size > 1")
    return keyed.join(centres, "key").where("node != a").select("a", F.col("node").alias("b")).distinct()


def verified(pairs: DataFrame, nodes: DataFrame, least: float) -> DataFrame:
    """The pairs whose texts are at least ``least`` alike."""
    from pyspark.sql import functions as F

    texts = nodes.select("node", "text")
    one = pairs.join(texts.select(F.col("node").alias("a"), F.col("text").alias("one")), "a")
    both = one.join(texts.select(F.col("node").alias("b"), F.col("text").alias("other")), "b")
    return both.select("a", "b", "one", "other").mapInArrow(partial(alike, least=least), "a bigint, b bigint")


def alike(stream: Iterable[pa.RecordBatch], least: float) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (a, b, one, other) -> (a, b) of those whose Jaccard similarity reaches ``least``."""
    for batch in stream:
        texts = zip(batch["one"].to_pylist(), batch["other"].to_pylist(), strict=True)
        same = pa.array([minhash.similarity(one, other) >= least for one, other in texts], pa.bool_())
        yield batch.select(["a", "b"]).filter(same)


def band_batches(stream: Iterable[pa.RecordBatch], permutations: Permutations) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (doc_id, text) with their LSH keys added."""
    for batch in stream:
        texts = pc.coalesce(batch["text"], "").to_pylist()
        keys = pa.array(minhash.bands(texts, permutations), pa.list_(pa.int64()))
        yield batch.append_column("bands", keys)
