"""The stage: search, confirmation, the gate's verdict, what training takes up; on the toy problem, without Keras."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import toy

import pipeline
from config.lake import Lake, Staging
from config.settings import PROJECT, Settings
from config.task import BadInput, Task
from models.tune import product, stage, tuned
from models.tune.session import Problem
from models.tune.settings import TuneConfig, off
from models.tune.space import SpaceError
from models.tune.storage import StudyError
from models.tune.study import read_study

DS, NEXT = "2026-11-01", "2026-11-02"


@dataclasses.dataclass(frozen=True)
class ToyConfig:
    rate: float = 1e-3
    momentum: float = 0.0
    width: int = 2
    epochs: int = 4


def toy_problem(task: Task) -> Problem:
    """The toy under the settings of [ctr]; ``delay`` makes an epoch slow."""
    section = dict(task.settings.sections.get("ctr", {}))
    delay = float(section.pop("delay", 0))
    config = ToyConfig(**section)
    made = toy.problem(f"delay={delay} epochs={config.epochs}")
    space = tuned.around(toy.SPACE, config)
    return dataclasses.replace(made, name=product.study_name(task), space=space, config=config)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake with the two inputs of ctr on two days, and the toy in place of its training."""
    monkeypatch.setattr(product, "problem_of", toy_problem)
    lake = Lake(str(tmp_path))
    for ds in (DS, NEXT):
        for name in ("features/impressions", "features/ads"):
            staging = Staging(lake.partition(name, ds))
            staging.write(pa.table({"ad_id": [ds]}))
            staging.seal({"inputs": [], "fingerprint": ds})
            lake.partition(name, ds).publish()
    return with_tune(Settings(str(tmp_path), "test", {}))


def with_tune(settings: Settings, ctr: dict[str, Any] | None = None, **tune: Any) -> Settings:
    values = {"enabled": True, "trials": 12, "seconds": 0.0, **tune}
    return Settings(settings.root, "test", {"tune": values, "ctr": ctr or {}})


def tune(settings: Settings, ds: str = DS) -> dict[str, Any]:
    """The stage and its gate; returns the notes of what was published."""
    assert pipeline.run_stage("ctr_tune", ds, settings) == "ran"
    assert pipeline.run_gate("tuned/ctr", ds, settings) == "ran"
    return Lake(settings.root).partition("tuned/ctr", ds).manifest()["notes"]


def training(settings: Settings, ds: str = DS) -> Task:
    return pipeline.open_task("ctr_train", ds, settings)


def values(settings: Settings, ds: str = DS) -> Path:
    return Lake(settings.root).partition("tuned/ctr", ds).local_folder() / "values.json"


def test_a_better_config_passes_the_gate_and_training_takes_it_up(settings: Settings) -> None:
    notes = tune(settings)
    assert notes["chosen"] == "tuned" and all(r["gain"] > 0 for r in notes["confirmed"])
    task = training(settings)
    config = tuned.configured(task, ToyConfig)
    assert config.rate == notes["values"]["rate"] != 1e-3
    assert "tuned on 2026-11-01" in task.notes["models/ctr"]["config"]["from"]
    assert pipeline.run_stage("ctr_tune", DS, settings) == "skipped"
    study = json.loads((values(settings).parent / "study.json").read_text())
    assert len(study["trials"]) == 12 and study["trials"][0]["origin"] == "incumbent"


def test_a_space_that_shrinks_by_itself_may_leave_the_incumbent_behind(settings: Settings) -> None:
    tune(with_tune(settings, trials=20, revise_every=8))
    study = json.loads((values(settings).parent / "study.json").read_text())
    assert len(study["revisions"]) > 1 and len({t["uid"] for t in study["trials"]}) >= 8


def test_a_config_within_the_margin_leaves_the_incumbent(settings: Settings) -> None:
    notes = tune(with_tune(settings, margin=1e9))
    assert notes["chosen"] == "incumbent" and "less than the margin" in notes["verdict"]
    assert not values(settings).exists()
    task = training(settings)
    assert tuned.configured(task, ToyConfig) == ToyConfig()
    assert task.notes["models/ctr"]["config"]["from"] == "settings"


def test_the_next_tuning_starts_from_the_last_and_hands_its_config_on(settings: Settings) -> None:
    first = tune(settings)
    notes = tune(with_tune(settings, margin=1e9, trials=3), NEXT)
    assert notes["chosen"] == "incumbent"
    assert values(settings, NEXT).read_bytes() == values(settings).read_bytes()
    study = json.loads((values(settings, NEXT).parent / "study.json").read_text())
    assert study["trials"][0]["values"] == first["values"] and study["trials"][0]["origin"] == "incumbent"
    assert not list(Path(settings.root, "studies", "ctr").glob(f"ds={DS}-*/checkpoints"))


def test_a_setting_changed_by_hand_wins_over_what_was_tuned(settings: Settings) -> None:
    tune(settings)
    task = training(with_tune(settings, ctr={"rate": 0.5}))
    assert tuned.configured(task, ToyConfig) == ToyConfig(rate=0.5)
    assert "rate changed since the tuning of 2026-11-01" in task.notes["models/ctr"]["config"]["from"]


def test_the_gate_refuses_a_config_that_is_handed_on_without_its_gain(settings: Settings, monkeypatch: Any) -> None:
    from validation.gate import GateFailed

    monkeypatch.setattr(stage, "chosen", lambda rows, margin: True)
    pipeline.run_stage("ctr_tune", DS, with_tune(settings, margin=1e9))
    with pytest.raises(GateFailed, match="gain_slack"):
        pipeline.run_gate("tuned/ctr", DS, settings)
    assert tuned.newest(training(settings)) is None


def test_off_it_is_absent_and_leaves_nothing(settings: Settings) -> None:
    assert pipeline.run_stage("ctr_tune", DS, with_tune(settings, enabled=False)) == "absent"
    assert pipeline.worker_numbers("ctr_tune", DS, with_tune(settings, enabled=False)) == []
    assert not Path(settings.root, "tuned").exists() and not Path(settings.root, "studies").exists()
    assert pipeline.worker_numbers("ctr_tune", DS, with_tune(settings, workers=3)) == [0, 1, 2]


@pytest.mark.parametrize(("weekly", "ds", "on"), [("sunday", DS, True), ("sunday", NEXT, False), ("", DS, False)])
def test_once_a_week(settings: Settings, weekly: str, ds: str, on: bool) -> None:
    assert bool(off(with_tune(settings, enabled=False, weekly=weekly), ds)) is not on


WORKER = """
import sys
sys.path[:0] = [{tests!r}]
import test_stage, pipeline
from config.settings import Settings
from models.tune import product
product.problem_of = test_stage.toy_problem
settings = test_stage.with_tune(Settings({root!r}, "test", {{}}), {ctr!r})
pipeline.run_worker("ctr_tune", sys.argv[1], test_stage.DS, settings)
"""


def trained(folder: Path) -> int:
    try:
        return read_study(folder).spent().epochs
    except StudyError:
        return 0


def test_workers_that_are_killed_lose_no_trial_and_the_stage_goes_on(settings: Settings) -> None:
    """Two workers beside each other, both killed: the stage itself finishes what they left, each epoch once."""
    slow = {"delay": 0.2}
    code = WORKER.format(tests=str(Path(__file__).parent), root=settings.root, ctr=slow)
    folder = product.study_folder(pipeline.open_task("ctr_tune", DS, with_tune(settings, ctr=slow)))
    workers = [subprocess.Popen([sys.executable, "-c", code, f"worker-{n}"], cwd=PROJECT) for n in range(2)]
    try:
        while trained(folder) < 3:
            assert all(w.poll() is None for w in workers)
            time.sleep(0.05)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    tune(with_tune(settings, ctr=slow))
    trials = read_study(folder).trials()
    assert len(trials) == 12 and {t.pool for t in trials} <= {"dead", "done"}
    assert len({t.uid for t in trials}) == 12


def test_the_space_is_changed_by_hand(settings: Settings) -> None:
    tune(settings)
    task = pipeline.open_task("ctr_tune", DS, settings)
    said = stage.revise(task, ("rate=1e-5..2",), ("width=8",))
    assert "revision 1" in said and "12 of 12" in said
    head = read_study(product.study_folder(task)).head
    assert {p.name for p in head.space} == {"rate", "momentum"} and head.held == {"width": 8}


@pytest.mark.parametrize(
    ("expand", "shrink", "said"),
    [
        (("dropout=0..1",), (), "unknown parameter 'dropout': ToyConfig has no such field; it has epochs"),
        (("rate=0.1..0.2",), (), "shrink it instead"),
        (("rate=2..1",), (), "is empty"),
        (("rate=a..b",), (), "no range of numbers"),
        (("rate",), (), "write name=low..high"),
        ((), ("rate=0..5",), "expand it instead"),
        ((), ("rate=0.2..0.1",), "is empty"),
        ((), ("depth=3",), "unknown parameter 'depth'"),
    ],
)
def test_a_wrong_change_is_refused_and_the_study_stays(
    settings: Settings, expand: tuple[str, ...], shrink: tuple[str, ...], said: str
) -> None:
    task = pipeline.open_task("ctr_tune", DS, settings)
    with pytest.raises(SpaceError, match=said):
        stage.revise(task, expand, shrink)
    assert read_study(product.study_folder(task)).head.number == 0


def test_what_cannot_be_tuned_says_so(settings: Settings) -> None:
    with pytest.raises(BadInput, match="no tuning algorithm 'grid'"):
        TuneConfig(algorithm="grid")
    with pytest.raises(BadInput, match="weekly = 'someday'"):
        TuneConfig(weekly="someday")
    with pytest.raises(BadInput, match="budget above 0"):
        pipeline.run_stage("ctr_tune", DS, with_tune(settings, trials=0))
    with pytest.raises(SpaceError, match="log scale needs low above 0"):
        tuned.around(toy.SPACE, ToyConfig(rate=-1.0))
    task = pipeline.open_task("ctr_tune", DS, settings)
    argument = product.source(task).argument.replace(product.key(task), "00000000")
    with pytest.raises(BadInput, match="changed while it ran"):
        product.problem(argument)
