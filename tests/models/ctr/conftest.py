"""A small click log with a pattern, and one model trained on it for all tests of this folder."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import Task

DS = "2026-11-01"
KINDS = ("food", "cars", "games", "books")
SMALL = {
    "epochs": 6,
    "learning_rate": 1e-2,
    "batch": 128,
    "hidden": 16,
    "vector": 8,
    "embedding": 4,
    "history": 4,
    "trees": 20,
    "tree_depth": 4,
}


def click_log(rows: int = 4000, seed: int = 0, rate: float = 0.15, start_hours: int = 0) -> pa.Table:
    """People of group g like kind g: they click it four times as often; 40 ads, 150 people."""
    rng = np.random.default_rng(seed)
    user, ad = rng.integers(150, size=rows), rng.integers(40, size=rows)
    liked = user % 4 == ad % 4
    click = rng.random(rows) < np.where(liked, 2.5, 0.5) * rate
    hours = start_hours + np.sort(rng.random(rows)) * 48
    return pa.table(
        {
            "user_id": pa.array([f"u{n}" for n in user]),
            "ad_id": pa.array([f"a{n}" for n in ad]),
            "ts": pa.array((1_790_000_000_000_000 + hours * 3_600_000_000).astype(np.int64), pa.timestamp("us", "UTC")),
            "click": pa.array(click.astype(np.int64)),
            "user_group": pa.array([f"g{n % 4}" for n in user]),
            "user_age": pa.array((20 + user % 40).astype(float)),
            "context_device": pa.array(np.where(rng.random(rows) < 0.5, "mobile", "pc")),
            "ad_kind": pa.array([KINDS[n % 4] for n in ad]),
        }
    )


def listing(count: int = 44) -> pa.Table:
    """The ads of the log and four that nobody has seen."""
    ids = [f"a{n}" for n in range(count)]
    return pa.table(
        {"ad_id": ids, "title": [f"광고 {n}" for n in range(count)], "ad_kind": [KINDS[n % 4] for n in range(count)]}
    )


class Given:
    """Stands for a published partition: a table, or a folder of files."""

    def __init__(self, table: pa.Table | None = None, folder: Path | None = None) -> None:
        self.rows, self.folder = table, folder

    def table(self, columns: list[str] | None = None) -> pa.Table:
        return self.rows

    def local_folder(self) -> Path:
        return self.folder


def train(root: Path, table: pa.Table, ads: pa.Table, **settings: object) -> SimpleNamespace:
    """Run the train and the evaluate stage below ``root``; tells both tasks and their folders."""
    from models.ctr import evaluate
    from models.ctr import train as stage

    lake = Lake(str(root))
    options = Settings(str(root), "tiny", {"ctr": {**SMALL, **settings}})
    given = {"features/impressions": [Given(table)], "features/ads": [Given(ads)]}
    first = Task(
        "ctr_train", DS, options, lake, given, {"models/ctr": Staging(lake.partition("models/ctr", DS))}, "ctr"
    )
    stage.run(first)
    folder = first.output("models/ctr").folder
    made = {"metrics/ctr": Staging(lake.partition("metrics/ctr", DS))}
    second = Task("ctr_evaluate", DS, options, lake, {"models/ctr": [Given(folder=folder)]}, made, "ctr")
    evaluate.run(second)
    return SimpleNamespace(model=folder, metrics=second.output("metrics/ctr"), train=first, evaluate=second)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    return train(tmp_path_factory.mktemp("ctr"), click_log(), listing())


@pytest.fixture(scope="session")
def server(trained: SimpleNamespace) -> object:
    from models.ctr import serve
    from models.runtime import KerasRuntime

    return serve.load(KerasRuntime(trained.model))


@pytest.fixture(scope="session")
def build():
    return train


@pytest.fixture(scope="session")
def make_log():
    return click_log


@pytest.fixture(scope="session")
def make_listing():
    return listing
