"""The stage table and its runner: edges from reads and writes, explained skips, nothing published by failure."""

from pathlib import Path

import pyarrow as pa
import pytest

import pipeline
from config.datasets import DATASETS, PRODUCTS, BadDate
from config.lake import Lake, Staging
from config.settings import Settings
from config.task import Skip, Task
from pipeline import (
    DAGS,
    STAGES,
    Read,
    Stage,
    code_hash,
    foresee,
    gather,
    run_gate,
    run_stage,
    stages,
    upstream,
    writer,
)

DS = "2026-11-01"
calls: list[str] = []


def produce(task: Task) -> None:
    calls.append(task.stage)
    task.output("landing/ads").write(pa.table({"ad_id": ["a", "b"], "title": ["x", None]}))
    task.count("landing/ads", 3, {"broken": 1})


def consume(task: Task) -> None:
    calls.append(task.stage)
    table = task.table("landing/ads")
    assert table is not None
    task.output("features/ads").write(
        table.append_column("impressions", pa.array([1, 2])).append_column("clicks", pa.array([0, 1]))
    )


def fail(task: Task) -> None:
    task.output("landing/ads").write(pa.table({"ad_id": ["half"]}))
    raise ValueError("broken on purpose")


def nothing(task: Task) -> None:
    raise Skip("no delivery")


@pytest.fixture
def table(monkeypatch):
    """A table of two stages whose functions stand in this module."""
    rows = (
        Stage("make", "d", "tests:produce", writes=("landing/ads",), config=("make",)),
        Stage("use", "d", "tests:consume", reads=(Read("landing/ads"),), writes=("features/ads",)),
    )
    monkeypatch.setattr(pipeline, "STAGES", rows)
    monkeypatch.setattr(pipeline, "function", lambda where: globals()[where.split(":")[1]])
    monkeypatch.setattr(pipeline, "code_hash", lambda *places: "code")
    calls.clear()
    return rows


def settings(root: Path, **sections: dict) -> Settings:
    return Settings(str(root), "test", sections)


def night(root: Path, force: bool = False, **sections: dict) -> list[str]:
    s = settings(root, **sections)
    outcomes = []
    for name, dataset in (("make", "landing/ads"), ("use", "features/ads")):
        outcomes.append(run_stage(name, DS, s, force))
        outcomes.append(run_gate(dataset, DS, s, force))
    return outcomes


def test_an_unchanged_rerun_calls_nothing_and_says_why(table, tmp_path) -> None:
    assert night(tmp_path) == ["ran"] * 4
    assert night(tmp_path) == ["skipped"] * 4
    assert calls == ["make", "use"]
    assert "unchanged" in Lake(str(tmp_path)).read_json(f"journal/ds={DS}/use.json")["reason"]


def test_force_config_and_damage_each_lead_to_a_new_run(table, tmp_path) -> None:
    night(tmp_path)
    assert night(tmp_path, force=True) == ["ran"] * 4
    assert night(tmp_path, make={"x": 1})[:2] == ["ran", "ran"]
    calls.clear()
    partition = Lake(str(tmp_path)).partition("features/ads", DS)
    Path(next(iter(partition.paths().values()))).write_bytes(b"broken")
    assert night(tmp_path, make={"x": 1}) == ["skipped", "skipped", "ran", "ran"]
    assert calls == ["use"]
    assert partition.table().num_rows == 2


def test_an_absent_input_is_told_and_nothing_is_written(table, tmp_path) -> None:
    assert run_stage("use", DS, settings(tmp_path)) == "absent"
    lake = Lake(str(tmp_path))
    assert "landing/ads has no partition" in lake.read_json(f"journal/ds={DS}/use.json")["reason"]
    assert run_gate("features/ads", DS, settings(tmp_path)) == "absent"


def test_a_failing_stage_leaves_what_was_published(table, tmp_path, monkeypatch) -> None:
    night(tmp_path)
    monkeypatch.setattr(pipeline, "function", lambda where: fail)
    with pytest.raises(ValueError, match="broken on purpose"):
        run_stage("make", DS, settings(tmp_path), force=True)
    lake = Lake(str(tmp_path))
    assert lake.partition("landing/ads", DS).table()["ad_id"].to_pylist() == ["a", "b"]
    assert lake.read_json(f"journal/ds={DS}/make.json")["outcome"] == "failed"
    monkeypatch.setattr(pipeline, "function", lambda where: globals()[where.split(":")[1]])
    assert night(tmp_path, make={"x": 1}) == ["ran", "ran", "skipped", "skipped"]


def test_a_stage_that_skips_is_absent(table, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(pipeline, "function", lambda where: nothing)
    assert run_stage("make", DS, settings(tmp_path)) == "absent"
    assert not Lake(str(tmp_path)).partition("landing/ads", DS).waiting.exists


def test_a_rerun_gives_the_same_content(table, tmp_path) -> None:
    lake = Lake(str(tmp_path))
    contents = []
    for _ in range(2):
        night(tmp_path, force=True)
        contents.append(lake.partition("features/ads", DS).manifest()["content"])
    assert contents[0] == contents[1]


@pytest.mark.parametrize("ds", ["yesterday", "../2026-11-01", "2026-11-31"])
def test_a_ds_that_is_no_date_is_refused(table, tmp_path, ds: str) -> None:
    with pytest.raises(BadDate):
        run_stage("make", ds, settings(tmp_path))
    assert not list(tmp_path.rglob("*.json"))


def test_a_stage_runs_only_where_one_input_is_new(tmp_path) -> None:
    lake = Lake(str(tmp_path))
    row = Stage(
        "s", "d", "m:f", reads=(Read("landing/ads", days=30), Read("landing/impressions", days=30, optional=True))
    )
    staging = Staging(lake.partition("landing/ads", "2026-10-30"))
    staging.write(pa.table({"ad_id": ["a"]}))
    staging.seal({"inputs": [], "fingerprint": "f"})
    lake.partition("landing/ads", "2026-10-30").publish()
    assert [p.ds for p in gather(row, lake, "2026-10-30")["landing/ads"]] == ["2026-10-30"]
    with pytest.raises(Skip, match="nothing new on 2026-11-01"):
        gather(row, lake, DS)


def test_every_read_has_a_writer_before_it_and_no_dataset_has_two() -> None:
    written = [d for s in STAGES for d in s.writes]
    assert len(written) == len(set(written))
    assert set(written) == set(DATASETS)
    names = [s.name for s in STAGES]
    for row in STAGES:
        for dataset_id in upstream(row):
            assert names.index(writer(dataset_id).name) < names.index(row.name)


def test_every_product_has_its_eight_stages_in_its_own_dag() -> None:
    for product in PRODUCTS:
        family = stages(product)
        verbs = [s.name.removeprefix(f"{product}_") for s in family]
        assert verbs == ["tune", "train", "evaluate", "engine", "index", "release", "probe", "promote"]
        assert {s.dag for s in family} == {product}
    assert {s.dag for s in STAGES} == set(DAGS)


def test_every_stage_names_a_function_that_exists_and_code_that_is_hashed() -> None:
    for row in STAGES:
        assert callable(pipeline.function(row.runs)), row.name
        assert code_hash(*row.code) != code_hash(), row.name


def rest(settings: Settings, ds: str) -> str:
    return "" if settings.sections.get("make", {}).get("on") else f"resting on {ds}"


def test_a_stage_that_rests_is_absent_and_touches_nothing(table, tmp_path, monkeypatch) -> None:
    row = Stage("make", "d", "tests:produce", writes=("landing/ads",), config=("make",), off="tests:rest")
    monkeypatch.setattr(pipeline, "STAGES", (row, *table[1:]))
    assert foresee("make", DS, settings(tmp_path)) == "absent"
    assert run_stage("make", DS, settings(tmp_path)) == "absent" and not calls
    lake = Lake(str(tmp_path))
    assert lake.read_json(f"journal/ds={DS}/make.json")["reason"] == f"resting on {DS}"
    assert not lake.fs.exists(f"{tmp_path}/landing")
    assert foresee("make", DS, settings(tmp_path, make={"on": 1})) == "ran"


def tuned(lake: Lake, ds: str, **files: object) -> None:
    staging = Staging(lake.partition("tuned/ctr", ds))
    for name, value in files.items():
        staging.write_json(f"{name}.json", value)
    staging.seal({"inputs": [], "fingerprint": "f"})
    lake.partition("tuned/ctr", ds).publish()


def test_of_an_input_with_a_file_only_that_file_of_the_newest_partition_counts(tmp_path) -> None:
    """A training is the same after a tuning that changed nothing, however the study looks."""
    lake, given = Lake(str(tmp_path)), settings(tmp_path)
    row = Stage("s", "d", "tests:produce", reads=(Read("tuned/ctr", days=30, optional=True, file="values.json"),))
    prints = []

    def look() -> None:
        inputs = {"tuned/ctr": lake.window("tuned/ctr", DS, 30)[-1:]}
        prints.append(pipeline.fingerprint(row, given, DS, inputs)["fingerprint"])

    look()
    tuned(lake, "2026-10-30", study={"trials": 1})
    look()
    tuned(lake, "2026-10-31", study={"trials": 1}, values={"dropout": 0.1})
    look()
    tuned(lake, DS, study={"trials": 9}, values={"dropout": 0.1})
    look()
    tuned(lake, DS, study={"trials": 9}, values={"dropout": 0.2})
    look()
    assert prints[0] == prints[1] and prints[2] == prints[3]
    assert len(set(prints)) == 3


def test_only_tuning_may_be_absent_without_being_missed() -> None:
    assert {s.name for s in STAGES if pipeline.may_be_absent(s)} == {f"{p}_tune" for p in PRODUCTS}


def test_an_unknown_stage_is_told_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="clean_corpus"):
        stages("nonsense")
