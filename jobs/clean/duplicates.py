"""Exact and near duplicates, within the day and against earlier days.

Exact: the text without white space and case, hashed. Near: MinHash bands name candidates, the Jaccard similarity of the
texts themselves decides, connected components gather them. Of exact duplicates the one fetched first is kept (then the
smallest doc_id); of near duplicates the longest, then the one fetched first, then the smallest doc_id. A document of an
earlier day always stays, its repetition goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.clean import components, minhash
from jobs.clean.minhash import Permutations
from jobs.clean.prepare import CleanConfig

TEXT_KEY = r"xxhash64(lower(regexp_replace(text, '\\s+', '')))"
NODE = "xxhash64(doc_id)"
FETCHED = "coalesce(fetched_at, timestamp'9999-12-31')"
# Pairs up to here are sent to every task, which spares a shuffle of all texts.
FEW_PAIRS = 50_000
EARLIER = "duplicate:earlier_day"


def verdicts(good: DataFrame, earlier: DataFrame | None, config: CleanConfig) -> DataFrame:
    """(doc_id, reason, duplicate_of) of every document of ``good`` that repeats another.

    ``good`` has the columns of ``prepare.SCHEMA``, doc_id unique; ``earlier`` has (doc_id, ds, text, recent) of earlier
    days, ``recent`` ones taking part in the search for near duplicates.
    """
    exact = exact_groups(good, earlier, config).persist()
    repeated = exact.where("doc_id != exact_of or earlier_of is not null")
    if not config.near_duplicates:
        return repeated.selectExpr("doc_id", reason_of("null"), "coalesce(earlier_of, exact_of) as duplicate_of")
    near = near_groups(exact, good, earlier, config)
    found = exact.join(near, "exact_of", "left").where(
        "doc_id != exact_of or earlier_of is not null or near_of is not null"
    )
    return found.selectExpr("doc_id", reason_of("near_of"), "coalesce(earlier_of, near_of, exact_of) as duplicate_of")


def reason_of(near: str) -> str:
    """The SQL of the reason, the strongest first."""
    return (
        f"case when earlier_of is not null then '{EARLIER}' when doc_id != exact_of then 'duplicate:exact' "
        f"when {near} is not null then 'duplicate:near' end as reason"
    )


def exact_groups(good: DataFrame, earlier: DataFrame | None, config: CleanConfig) -> DataFrame:
    """(doc_id, node, bands, length, fetched, exact_of, earlier_of) of every document.

    ``exact_of`` is the kept one among equal texts, ``earlier_of`` a document of an earlier day with the same text.
    """
    slim = good.selectExpr(
        "doc_id",
        f"{NODE} as node",
        f"{TEXT_KEY} as text_key",
        "bands",
        "length(text) as length",
        f"{FETCHED} as fetched",
    )
    if not config.exact_duplicates:
        return slim.selectExpr("*", "doc_id as exact_of", "cast(null as string) as earlier_of").drop("text_key")
    first = F.first("doc_id").over(Window.partitionBy("text_key").orderBy("fetched", "doc_id"))
    grouped = slim.withColumn("exact_of", first)
    if earlier is None:
        return grouped.withColumn("earlier_of", F.lit(None).cast("string")).drop("text_key")
    keyed = earlier.selectExpr("doc_id", "ds", f"{TEXT_KEY} as text_key")
    before = keyed.groupBy("text_key").agg(F.expr("min_by(doc_id, struct(ds, doc_id))").alias("earlier_of"))
    return grouped.join(before, "text_key", "left").drop("text_key")


def near_groups(exact: DataFrame, good: DataFrame, earlier: DataFrame | None, config: CleanConfig) -> DataFrame:
    """(exact_of, near_of): documents that are near duplicates, each with the kept one of its component."""
    alone = exact.where("doc_id = exact_of and earlier_of is null")
    nodes = alone.selectExpr("node", "doc_id", "bands", "1 as today", "length", "fetched")
    texts = good.selectExpr(f"{NODE} as node", "text")
    if earlier is not None and config.near_days:
        before = hashed(earlier.where("recent"), config).persist()
        texts = texts.union(before.select("node", "text"))
        nodes = nodes.union(
            before.selectExpr("node", "doc_id", "bands", "0", "length(text)", "timestamp'9999-12-31' as fetched")
        )
    pairs = verified(candidates(nodes).persist(), texts, config.near_similarity)
    labels = components.label(pairs, config.driver_edges)
    members = nodes.drop("bands").join(labels, "node")
    kept = members.groupBy("label").agg(
        F.expr("min_by(doc_id, struct(today, -length, fetched, doc_id))").alias("near_of")
    )
    found = members.where("today = 1").join(kept, "label").where("doc_id != near_of")
    return found.selectExpr("doc_id as exact_of", "near_of")


def hashed(earlier: DataFrame, config: CleanConfig) -> DataFrame:
    """(node, doc_id, text, bands) of earlier documents."""
    banded = partial(band_batches, permutations=config.permutations)
    rows = earlier.select("doc_id", "text").mapInArrow(banded, "doc_id string, text string, bands array<bigint>")
    # A page of today may carry the doc_id of its older self; they are two nodes.
    return rows.selectExpr("xxhash64(doc_id, 'earlier') as node", "*")


def candidates(nodes: DataFrame) -> DataFrame:
    """Distinct (a, b): in each bucket its smallest node with every other, so that no bucket is quadratic."""
    keyed = nodes.select("node", F.explode("bands").alias("key"))
    starred = keyed.select(F.min("node").over(Window.partitionBy("key")).alias("a"), F.col("node").alias("b"))
    return starred.where("a != b").distinct()


def verified(pairs: DataFrame, texts: DataFrame, least: float) -> DataFrame:
    """The pairs whose texts are at least ``least`` alike."""
    few = pairs.limit(FEW_PAIRS + 1).count() <= FEW_PAIRS

    def with_text(of: DataFrame, side: str, name: str) -> DataFrame:
        named = texts.selectExpr(f"node as {side}", f"text as {name}")
        return named.join(F.broadcast(of) if few else of, side)

    both = with_text(with_text(pairs, "a", "one"), "b", "other").select("a", "b", "one", "other")
    return both.mapInArrow(partial(alike, least=least), "a bigint, b bigint")


def alike(stream: Iterable[pa.RecordBatch], least: float) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (a, b, one, other) -> (a, b) of those whose Jaccard similarity reaches ``least``."""
    for batch in stream:
        texts = zip(batch["one"].to_pylist(), batch["other"].to_pylist(), strict=True)
        same = pa.array([minhash.similarity(one, other) >= least for one, other in texts], pa.bool_())
        yield batch.select(["a", "b"]).filter(same)


def band_batches(stream: Iterable[pa.RecordBatch], permutations: Permutations) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (doc_id, text) with their LSH keys added."""
    for batch in stream:
        keys = pa.array(minhash.bands(batch["text"].to_pylist(), permutations), pa.list_(pa.int64()))
        yield batch.append_column("bands", keys)
