"""The corpus job as plain PySpark with a Python function a row; started by spark-submit's Python or by itself.

    python udf_job.py INPUT.parquet OUTPUT_FOLDER

Each document is cleaned, judged and hashed by the project's own functions, called a row at a time; pairs, components
and the join are Spark's. Prints seconds, documents in and documents out as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


def main(source: str, target: str) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    from command import java
    from jobs.clean import judge, minhash, prepare
    from jobs.clean.prepare import Landed
    from jobs.clean.settings import CleanConfig

    config = CleanConfig()
    schema = "text string, reason string, bands array<bigint>"

    def clean(body: str) -> tuple[Any, ...]:
        found = prepare.prepared([Landed(body.encode())], config)
        (told,) = judge.verdicts(found, [None], config, frozenset())
        keys = None if told.reason or not told.text else minhash.bands([told.text], config.permutations)[0].as_py()
        return told.text, told.reason, keys

    java.use_java()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "4").getOrCreate()
    spark.range(1).count()
    start = time.monotonic()
    landed = spark.read.parquet(source).repartition(4)
    rows = landed.select("id", F.udf(clean, schema)("text").alias("c")).select("id", "c.*").persist()
    good = rows.where("reason is null").dropDuplicates(["text"])
    keys = good.select("id", F.explode("bands").alias("key"))
    first = keys.groupBy("key").agg(F.min("id").alias("first"))
    gone = keys.join(first, "key").where("id != first").select("id").distinct()
    good.join(gone, "id", "left_anti").drop("bands").write.mode("overwrite").parquet(target)
    seconds = time.monotonic() - start
    counts = {"rows_in": rows.count(), "rows_out": spark.read.parquet(target).count()}
    print(json.dumps({"seconds": seconds, **counts}))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
