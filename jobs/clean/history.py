"""The corpus of earlier days, as the search for duplicates needs it: with the hashes that those days stored.

A night hashes its own documents and writes the hashes beside them (``text_key`` and ``bands`` of ``clean/documents``),
so that the nights after it read columns of whole numbers; texts are read only of documents that share a band with one
of today's. Days that were hashed in another manner (older code, other bands) are hashed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial, reduce

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from config.lake import Partition
from jobs.clean import minhash
from jobs.clean.minhash import Permutations
from jobs.clean.settings import CleanConfig

DAY = r"regexp_extract(_metadata.file_path, 'ds=([0-9-]{10})', 1) as ds"


def earlier_days(spark: SparkSession, history: Sequence[Partition], config: CleanConfig) -> DataFrame | None:
    """(doc_id, ds, text, text_key, bands) of the corpus of earlier days, None where there is none.

    ``bands`` are null before the last ``near_days`` partitions.
    """
    recent = {p.ds for p in history[-config.near_days :]} if config.near_days and config.near_duplicates else set()
    groups: dict[tuple[bool, bool], list[Partition]] = {}
    for partition in history:
        stored = partition.manifest().get("notes", {}).get("hashes") == config.permutations.name
        groups.setdefault((stored, partition.ds in recent), []).append(partition)
    found = [read(spark, group, stored, near, config.permutations) for (stored, near), group in groups.items()]
    return reduce(DataFrame.union, found) if found else None


def read(
    spark: SparkSession, group: Sequence[Partition], stored: bool, near: bool, permutations: Permutations
) -> DataFrame:
    """The partitions of one kind: hashes as stored or made now, with bands or without."""
    urls = [url for partition in group for url in partition.urls()]
    schema = "doc_id string, text string, text_key bigint, bands array<bigint>"
    rows = spark.read.schema(schema).parquet(*urls).selectExpr("doc_id", DAY, "text", "text_key", "bands")
    if not stored:
        rows = rows.mapInArrow(partial(hashed, permutations=permutations, near=near), rows.schema)
    return rows if near else rows.withColumn("bands", F.expr("cast(null as array<bigint>)"))


def hashed(stream: Iterable[pa.RecordBatch], permutations: Permutations, near: bool) -> Iterator[pa.RecordBatch]:
    """Arrow batches with ``text_key`` made from the texts, and ``bands`` where ``near``."""
    for batch in stream:
        texts = batch["text"].to_pylist()
        made = {"text_key": pa.array(map(minhash.text_key, texts), pa.int64())}
        if near:
            made["bands"] = minhash.bands(texts, permutations)
        for name, values in made.items():
            batch = batch.set_column(batch.schema.get_field_index(name), name, values)
        yield batch
