"""A private Airflow for one lake: its home, its environment, its database and pools.

``run`` and ``up`` have a home each, so that a day can be run by hand while the scheduler is up.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from config.lake import Lake
from config.settings import PROJECT, Settings

POOLS = {"spark": "one Spark driver at a time on this machine", "training": "one training at a time on this machine"}


def home(settings: Settings, purpose: Literal["run", "up"]) -> Path:
    """The AIRFLOW_HOME of a lake: inside it, or below var/ where the lake is an object store."""
    lake = Lake(settings.root)
    if lake.local:
        return Path(settings.root) / ".airflow" / purpose
    return PROJECT / "var" / "airflow" / hashlib.sha256(settings.root.encode()).hexdigest()[:12] / purpose


def environment(settings: Settings, purpose: Literal["run", "up"]) -> dict[str, str]:
    """What Airflow and everything it starts must find in the environment; the project comes first on every path."""
    binaries = str(Path(sys.executable).parent)
    spark = {"conn_type": "spark", "host": settings.sections.get("spark", {}).get("master", "local[2]")}
    fixed = {
        "AIRFLOW_HOME": str(home(settings, purpose)),
        "NARU_ROOT": settings.root,
        "PYTHONPATH": os.pathsep.join(p for p in (str(PROJECT), os.environ.get("PYTHONPATH", "")) if p),
        "PATH": os.pathsep.join((binaries, os.environ.get("PATH", ""))),
        "PYSPARK_PYTHON": sys.executable,
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    return (
        {"AIRFLOW_CONN_SPARK_DEFAULT": json.dumps(spark)}
        | {k: v for k, v in os.environ.items() if k == "AIRFLOW_CONN_SPARK_DEFAULT"}
        | fixed
    )


def enter(settings: Settings, purpose: Literal["run", "up"]) -> Path:
    """Make this process one of the lake's Airflow, its database migrated and its pools there; returns the home.

    Must come before the first import of Airflow, which reads its environment on import.
    """
    folder = home(settings, purpose)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(environment(settings, purpose))
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    stamp = folder / f"migrated-{version('apache-airflow-core')}"
    if not stamp.exists():
        from airflow.models.pool import Pool
        from airflow.utils.db import upgradedb

        upgradedb()
        for name, description in POOLS.items():
            Pool.create_or_update_pool(name, slots=1, description=description, include_deferred=False)
        stamp.touch()
    return folder
