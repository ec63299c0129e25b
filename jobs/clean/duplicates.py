"""Exact and near duplicates, within the day and against earlier days.

Exact: the text without white space and case, hashed. Near: MinHash bands name candidates, the Jaccard similarity of the
texts themselves decides. Which one is kept, and why (column ``kept_for`` of what is dropped):

- ``earlier_day``: a document of an earlier day always stays;
- ``most_alike``: of near duplicates, the one that the most others are alike to, so that none is dropped for a document
  that it does not resemble;
- ``longest``: of near duplicates that tie;
- ``fetched_first``, then ``smallest_id``: what is left to tell them apart.

A page that is fetched again under its own doc_id is a duplicate when its text is the same, and news when it is not:
it is never a near duplicate of its own older self, so that an edited page replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.clean import components, minhash, rounds
from jobs.clean.candidates import candidates
from jobs.clean.settings import CleanConfig

NODE = "xxhash64(doc_id)"
FETCHED = "coalesce(fetched_at, timestamp'9999-12-31')"
COLUMNS = ("doc_id", "reason", "duplicate_of", "similarity", "kept_for")
EARLIER = "duplicate:earlier_day"
CROWD = 1_000
SIMILARITY = "a bigint, b bigint, similarity double"


def verdicts(good: DataFrame, earlier: DataFrame | None, config: CleanConfig) -> DataFrame:
    """``COLUMNS`` of every document of ``good`` that repeats another.

    ``good`` has (doc_id, text, text_key, bands, fetched_at), doc_id unique; ``earlier`` has (doc_id, ds, text,
    text_key, bands) of earlier days, bands null in those that take no part in the search for near duplicates.
    """
    nothing = good.limit(0).selectExpr("doc_id", *("cast(null as string)",) * 2, "cast(0 as double)", "doc_id")
    same = exact(good, earlier).persist() if config.exact_duplicates else nothing.toDF(*COLUMNS)
    if not config.near_duplicates:
        return same
    return same.union(near(good.join(same.select("doc_id"), "doc_id", "left_anti"), earlier, config))


def exact(good: DataFrame, earlier: DataFrame | None) -> DataFrame:
    """``COLUMNS`` of the documents whose text another one has, or had on an earlier day.

    Texts are counted before they are joined, so that one text of a million copies is one row until then.
    """
    keyed = good.selectExpr("doc_id", "text_key", f"{FETCHED} as fetched")
    first = keyed.groupBy("text_key").agg(
        F.expr("min(struct(fetched, doc_id))").alias("first"), F.count("*").alias("copies")
    )
    if earlier is None:
        found = first.withColumn("before", F.lit(None).cast("string"))
    else:
        before = earlier.groupBy("text_key").agg(F.expr("min(struct(ds, doc_id)).doc_id").alias("before"))
        found = first.join(before, "text_key", "left")
    repeated = keyed.join(found.where("copies > 1 or before is not null"), "text_key")
    return repeated.where("before is not null or doc_id != first.doc_id").selectExpr(
        "doc_id",
        f"if(before is null, 'duplicate:exact', '{EARLIER}') as reason",
        "coalesce(before, first.doc_id) as duplicate_of",
        "cast(1 as double) as similarity",
        "case when before is not null then 'earlier_day' when fetched > first.fetched then 'fetched_first' "
        "else 'smallest_id' end as kept_for",
    )


def near(good: DataFrame, earlier: DataFrame | None, config: CleanConfig) -> DataFrame:
    """``COLUMNS`` of the documents that are near duplicates of one that stays; ``good`` has no exact ones."""
    nodes = good.selectExpr(
        f"{NODE} as node", "1 as today", "length(text) as length", f"{FETCHED} as fetched", "doc_id", "text", "bands"
    )
    if earlier is not None:
        # A page of today may carry the doc_id of its older self; they are two nodes, x and ~x.
        nodes = nodes.union(
            earlier.where("bands is not null").selectExpr(
                f"~{NODE}", "0", "length(text)", "timestamp'9999-12-31'", "doc_id", "text", "bands"
            )
        )
    pairs = candidates(nodes.select("node", "today", F.explode("bands").alias("key"))).persist()
    members, few = nodes.drop("text", "bands"), on_driver(pairs, config.driver_edges)
    edges = verified(pairs if few is None else few, nodes.select("node", "text"), config.near_similarity)
    if few is None:
        found = rounds.verdicts(edges.persist(), members, config.driver_edges)
    else:
        found = by_driver(edges.toArrow(), members)
    return found.selectExpr("doc_id", "'duplicate:near' as reason", "duplicate_of", "similarity", "kept_for")


def on_driver(rows: DataFrame, most: int) -> DataFrame | None:
    """The same rows held by the driver, None where there are more than ``most``."""
    few = rows.limit(most + 1).toArrow()
    return rows.sparkSession.createDataFrame(few, rows.schema) if few.num_rows <= most else None


def by_driver(edges: pa.Table, members: DataFrame) -> DataFrame:
    """What ``rounds.verdicts`` gives, found by the driver."""
    spark = members.sparkSession
    ends = pa.table(
        {"node": pc.unique(pa.concat_arrays([*edges["a"].chunks, *edges["b"].chunks, pa.array([], pa.int64())]))}
    )
    known = members.join(F.broadcast(spark.createDataFrame(ends)), "node").toArrow().to_pydict()
    facts = zip(*(known[name] for name in ("today", "length", "fetched", "doc_id")), strict=True)
    pairs = zip(*(edges[name].to_pylist() for name in ("a", "b", "similarity")), strict=True)
    found = components.verdicts(pairs, dict(zip(known["node"], facts, strict=True)))
    columns = list(zip(*found, strict=True)) if found else [(), (), (), ()]
    kinds = (pa.string(), pa.string(), pa.float64(), pa.string())
    names = ("doc_id", "duplicate_of", "similarity", "kept_for")
    arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    return spark.createDataFrame(pa.table(dict(zip(names, arrays, strict=True))))


def verified(pairs: DataFrame, texts: DataFrame, least: float) -> DataFrame:
    """``SIMILARITY`` of the pairs whose texts are at least ``least`` alike.

    The text of ``a`` goes once to where the texts of its ``b`` are; a crowd around one ``a`` is spread over several
    places of about ``CROWD`` pairs, so that no task has a million of them.
    """
    crowded = pairs.groupBy("a").agg(F.ceil(F.count("*") / CROWD).alias("places")).where("places > 1")
    placed = pairs.join(F.broadcast(crowded), "a", "left").selectExpr(
        "a", "b", "coalesce(pmod(xxhash64(b), places), 0) as place"
    )
    centres = placed.selectExpr("a", "place", "a as node").distinct()
    wanted = centres.union(placed.select("a", "place", "b")).join(texts, "node")
    around = wanted.repartition("a", "place").sortWithinPartitions("a", "place", F.expr("node != a"), "node")
    return around.select("a", "place", "node", "text").mapInArrow(partial(alike, least=least), SIMILARITY)


def alike(stream: Iterable[pa.RecordBatch], least: float) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (a, place, node, text), ``a`` first in each place -> ``SIMILARITY`` that reaches ``least``."""
    centre: minhash.Shingles = (None, None)
    for batch in stream:
        found = []
        rows = zip(*(batch[name].to_pylist() for name in ("a", "node")), strict=True)
        for (a, node), own in zip(rows, minhash.shingles(batch["text"].to_pylist()), strict=True):
            if node == a:
                centre = own
            elif (similarity := minhash.jaccard(centre, own)) >= least:
                found.append((a, node, similarity))
        columns = list(zip(*found, strict=True)) if found else [(), (), ()]
        kinds = (pa.int64(), pa.int64(), pa.float64())
        arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, ["a", "b", "similarity"])
