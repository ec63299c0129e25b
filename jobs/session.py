"""The Spark session of every job: one a process, the same in-process, under spark-submit and on a cluster."""

from __future__ import annotations

import os
import sys
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import PROJECT, Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What the functions that run inside Spark's tasks import of the project.
SHIPPED = ("config", "jobs", "language")


@dataclass(frozen=True)
class SparkConfig:
    """Section ``[spark]``.

    ``master`` is used when the process starts Spark itself; under spark-submit the master comes from the submitter.
    ``shuffle_partitions`` also is the number of files a job writes, so it decides their bytes: it does not follow
    the number of cores. Empty ``executor_memory`` and zero ``executor_cores`` leave the cluster's own defaults.
    ``java_options`` go to the driver's JVM: one night's jobs are many short ones, for which the second compiler costs
    more than it gains; set it empty for logs of many million rows. The parallel collector takes the least of two cores.
    ``arrow_rows`` bounds the rows that a Python worker holds at once.
    """

    master: str = "local[2]"
    driver_memory: str = "2g"
    executor_memory: str = ""
    executor_cores: int = 0
    java_options: str = "-XX:TieredStopAtLevel=1 -XX:+UseParallelGC"
    shuffle_partitions: int = 4
    arrow_rows: int = 2000
    log_level: str = "ERROR"


def session(settings: Settings) -> SparkSession:
    """The running session of this process, or a new one with the settings of ``[spark]``."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    warnings.filterwarnings("ignore", message=".*pandas.*", module="pyspark.*")
    from pyspark.sql import SparkSession

    config = settings.section("spark", SparkConfig)
    builder = SparkSession.builder.appName("naru")
    for key, value in options(config, submitted="PYSPARK_GATEWAY_PORT" in os.environ).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel(config.log_level)
    if not str(spark.sparkContext.master).startswith("local"):
        ship(spark)
    return spark


def ship(spark: SparkSession) -> None:
    """Send the project's code to the workers of a cluster, which need its requirements alone."""
    from pyspark import SparkFiles

    target = Path(SparkFiles.getRootDirectory(), "shipped", "naru.zip")
    if target.exists():
        return
    target.parent.mkdir()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(file for package in SHIPPED for file in (PROJECT / package).rglob("*.py")):
            archive.write(file, file.relative_to(PROJECT))
    own = list(sys.path)
    spark.sparkContext.addPyFile(str(target))
    sys.path[:] = own


def options(config: SparkConfig, submitted: bool = False) -> dict[str, str]:
    """Spark's properties; what a submitter decides (master, memory, cores) is left out when ``submitted``."""
    python_path = os.pathsep.join(p for p in (str(PROJECT), os.environ.get("PYTHONPATH", "")) if p)
    fixed = {
        "spark.executorEnv.PYTHONPATH": python_path,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "64m",
        "spark.sql.shuffle.partitions": str(config.shuffle_partitions),
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(config.arrow_rows),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # What is kept between two steps is text; looking for a compression of it costs more than it saves.
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    }
    if submitted:
        return fixed
    chosen = {"spark.master": config.master, "spark.driver.memory": config.driver_memory}
    if config.java_options:
        chosen["spark.driver.extraJavaOptions"] = config.java_options
    if config.master.startswith("local"):
        chosen |= {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1"}
    if config.executor_memory:
        chosen["spark.executor.memory"] = config.executor_memory
    if config.executor_cores:
        chosen["spark.executor.cores"] = str(config.executor_cores)
    return fixed | chosen
