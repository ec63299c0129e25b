"""``components`` for more pairs than the driver shall hold: rounds that settle the best among its undecided neighbours.

The rounds are Luby's (SIAM J. Comput. 15, 1986) with the rank in place of chance: expected to be logarithmic in the
length of a chain whose ranks are mixed. Once few enough pairs are undecided the driver takes the rest, so that both
ways keep the same documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from config.lake import Lake
from jobs.clean.components import worse

RANK = "struct(today, -degree as degree, -length as length, fetched, doc_id)"
KEPT_FOR = """case when kept.rank.today < rank.today then 'earlier_day'
    when kept.rank > rank or kept.rank.degree < rank.degree then 'most_alike'
    when kept.rank.length < rank.length then 'longest'
    when kept.rank.fetched < rank.fetched then 'fetched_first' else 'smallest_id' end as kept_for"""


def verdicts(edges: DataFrame, members: DataFrame, most_on_driver: int) -> DataFrame:
    """(doc_id, duplicate_of, similarity, kept_for) of those that go.

    ``edges`` are (a, b, similarity), each pair once; ``members`` is (node, today, length, fetched, doc_id).
    """
    degrees = edges.select(F.explode(F.array("a", "b")).alias("node")).groupBy("node").agg(F.count("*").alias("degree"))
    ranks = members.join(degrees, "node").selectExpr("node", f"{RANK} as rank").persist()
    ranked = edges.join(ranks.toDF("a", "rank_a"), "a").join(ranks.toDF("b", "rank_b"), "b")
    both = ranked.selectExpr("a as node", "rank_a as rank", "b as other", "rank_b as other_rank", "similarity")
    both = both.union(ranked.selectExpr("b", "rank_b", "a", "rank_a", "similarity")).persist()
    go = dropped(both.drop("similarity"), most_on_driver)
    alike = both.join(go, "node").join(go.withColumnRenamed("node", "other"), "other", "left_anti")
    nearest = F.expr("min(struct(-similarity as similarity, other_rank as rank))").alias("kept")
    return (
        alike.groupBy("node", "rank")
        .agg(nearest)
        .selectExpr(
            "rank.doc_id", "kept.rank.doc_id as duplicate_of", "round(-kept.similarity, 4) as similarity", KEPT_FOR
        )
    )


def dropped(both: DataFrame, most_on_driver: int) -> DataFrame:
    """(node, other, rank, other_rank), each pair in both directions -> (node) of those that go."""
    spark = both.sparkSession
    held = set(persistent(spark))
    undecided, gone = both, list[DataFrame]()
    while undecided.limit(2 * most_on_driver + 1).count() > 2 * most_on_driver:
        undecided, leave = settle(undecided)
        gone.append(leave)
    rest = undecided.toArrow()
    found = spark.createDataFrame(pa.table({"node": pa.array(last(rest), pa.int64())}))
    for leave in gone:
        found = found.union(leave)
    found = cut(found)
    rounds = sorted(set(persistent(spark)) - held)[:-1]
    for number in rounds:
        persistent(spark)[number].unpersist()
    return found


def last(rest: pa.Table) -> list[int]:
    """What the driver finds among the pairs that are left."""
    alike: dict[int, list[int]] = {}
    ranks: dict[int, tuple[Any, ...]] = {}
    for row in rest.select(["node", "other", "rank"]).to_pylist():
        alike.setdefault(row["node"], []).append(row["other"])
        ranks[row["node"]] = tuple(row["rank"].values())
    return sorted(worse(alike, ranks))


def settle(undecided: DataFrame) -> tuple[DataFrame, DataFrame]:
    """One round: (what is still undecided, the nodes that go because a best one beside them stays)."""
    top = undecided.groupBy("node").agg(F.first("rank").alias("rank"), F.min("other_rank").alias("top"))
    stay = cut(top.where("rank < top").select("node"))
    go = cut(undecided.join(stay.withColumnRenamed("node", "other"), "other").select("node").distinct())
    decided = stay.union(go)
    left = undecided.join(decided, "node", "left_anti")
    return cut(left.join(decided.withColumnRenamed("node", "other"), "other", "left_anti")), go


@contextmanager
def checkpoints(spark: SparkSession, lake: Lake) -> Iterator[None]:
    """On a cluster, a folder of the lake for ``cut``, so that a lost worker takes no round with it."""
    if str(spark.sparkContext.master).startswith("local"):
        yield
        return
    folder = f"{lake.base}/.checkpoints/{spark.sparkContext.applicationId}"
    spark.sparkContext.setCheckpointDir(str(lake.fs.unstrip_protocol(folder)))
    try:
        yield
    finally:
        if lake.fs.exists(folder):
            lake.fs.rm(folder, recursive=True)


def cut(rows: DataFrame) -> DataFrame:
    """The rows with a short plan: in the checkpoint folder where there is one (a cluster), else in this process."""
    reliable = rows.sparkSession.sparkContext.getCheckpointDir() is not None
    return rows.checkpoint() if reliable else rows.localCheckpoint()


def persistent(spark: SparkSession) -> Any:
    """The RDDs that hold blocks, by their numbers."""
    return spark.sparkContext._jsc.getPersistentRDDs()  # type: ignore[attr-defined]
