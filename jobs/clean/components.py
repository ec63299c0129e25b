"""Connected components of pairs: on the driver where they are few, by Spark where they are many."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def union(edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """node -> the smallest node of its component (union-find with path halving)."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in edges:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return {node: root(node) for node in parent}


def label(edges: DataFrame, most_on_driver: int) -> DataFrame:
    """(a, b) pairs -> (node, label), the label being the smallest node of the component."""
    few = edges.limit(most_on_driver + 1).toArrow()
    if few.num_rows > most_on_driver:
        return propagate(edges)
    labels = union(zip(few["a"].to_pylist(), few["b"].to_pylist(), strict=True))
    columns = {"node": pa.array(labels.keys(), pa.int64()), "label": pa.array(labels.values(), pa.int64())}
    return edges.sparkSession.createDataFrame(pa.table(columns))


def propagate(edges: DataFrame) -> DataFrame:
    """The same by Spark: each node takes the smallest label around it, then its label's label, until nothing changes.

    The pointer jump (label of the label) halves distances, so that long chains take few rounds.
    """
    both = edges.select("a", "b").union(edges.select(F.col("b").alias("a"), F.col("a").alias("b"))).localCheckpoint()
    labels = both.groupBy(F.col("a").alias("node")).agg(F.least("node", F.min("b")).alias("label")).localCheckpoint()
    while True:
        around = both.join(labels.withColumnRenamed("node", "b"), "b").groupBy(F.col("a").alias("node"))
        nearest = labels.join(around.agg(F.min("label").alias("other")), "node").select(
            "node", F.least("label", "other").alias("label"), F.col("label").alias("before")
        )
        jump = nearest.select(F.col("node").alias("label"), F.col("label").alias("jumped"))
        stepped = (
            nearest.join(jump, "label")
            .select("node", F.least("label", "jumped").alias("label"), "before")
            .localCheckpoint()
        )
        labels = stepped.select("node", "label")
        if stepped.where("label != before").isEmpty():
            return labels
