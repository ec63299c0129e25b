from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import Task
from models.personalization import evaluate, train
from models.personalization.serve import Server, load
from models.runtime import KerasRuntime
from portal.searches import deliver
from portal.world import World

DS = "2026-11-01"
FAST = {"personalization": {"epochs": 3, "dim": 8}}


def publish(lake: Lake, name: str, table: pa.Table) -> None:
    staging = Staging(lake.partition(name, DS))
    staging.write(table)
    staging.seal({})
    lake.partition(name, DS).publish()


def both_stages(root: Path, searches: pa.Table, catalog: pa.Table | None) -> tuple[Lake, dict[str, Task]]:
    """Train and evaluate on a log; returns the lake and the two tasks."""
    lake, settings = Lake(str(root)), Settings(str(root), "test", FAST)
    publish(lake, "features/searches", searches)
    if catalog is not None:
        publish(lake, "landing/search_catalog", catalog)
    tasks = {}
    read = {"models": ("features/searches", "landing/search_catalog"), "metrics": ("models/personalization",)}
    for layer, function in (("models", train.run), ("metrics", evaluate.run)):
        name = f"{layer}/personalization"
        inputs = {n: [p for p in [lake.partition(n, DS)] if p.exists] for n in read[layer]}
        outputs = {name: Staging(lake.partition(name, DS))}
        tasks[layer] = Task(layer, DS, settings, lake, inputs, outputs, product="personalization")
        function(tasks[layer])
        tasks[layer].outputs[name].seal({})
        lake.partition(name, DS).publish()
    return lake, tasks


@pytest.fixture(scope="session")
def world() -> tuple[pa.Table, pa.Table]:
    log, catalog, _ = deliver(World("tiny", 7), DS)
    return log, catalog


@pytest.fixture(scope="session")
def trained(world, tmp_path_factory) -> tuple[Lake, dict[str, Task]]:
    return both_stages(tmp_path_factory.mktemp("search"), *world)


@pytest.fixture(scope="session")
def run_stages() -> Callable[..., tuple[Lake, dict[str, Task]]]:
    return both_stages


@pytest.fixture(scope="session")
def model(trained) -> Path:
    """The folder of the trained artifact."""
    return trained[0].partition("models/personalization", DS).local_folder()


@pytest.fixture(scope="session")
def server(model) -> Server:
    return load(KerasRuntime(model))
