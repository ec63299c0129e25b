"""The kinds of task: which day a run is for, and how outcomes reach Airflow."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

import pipeline
from config.datasets import BadDate
from config.lake import Lake
from config.task import BadInput
from dags import night, tasks


def context(partition_key: str | None = None, conf: Any = None, ds: str | None = None, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"dag_run": SimpleNamespace(partition_key=partition_key, conf=conf), "params": params}
    return found | ({"ds": ds} if ds else {})


@pytest.mark.parametrize(
    "given",
    [
        context(partition_key="2026-11-01"),
        context(partition_key="2026-11-01", ds="2026-11-09"),
        context(ds=None) | {"params": {"ds": "2026-11-01"}},
        context(conf={"ds": "2026-11-01"}),
        context(ds="2026-11-01"),
    ],
)
def test_the_day_of_a_run(given: dict[str, Any]) -> None:
    assert tasks.batch_date(given) == "2026-11-01"


def test_a_param_wins_over_the_logical_date() -> None:
    given = context(ds="2026-11-09") | {"params": {"ds": "2026-11-01"}}
    assert tasks.batch_date(given) == "2026-11-01"


@pytest.mark.parametrize("given", [context(), context(partition_key="../x"), context(conf={"ds": "2026-13-01"})])
def test_a_run_without_a_day_or_with_a_wrong_one_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(BadDate):
        tasks.batch_date(given)


def test_a_runs_source_goes_over_the_settings() -> None:
    assert tasks.settings_of(context(source="files")).sections["land"]["source"] == "files"
    assert tasks.settings_of(context(source=None)).sections["land"]["source"] == "sim"


def test_a_runs_param_turns_tuning_on_or_off() -> None:
    assert "tune" not in tasks.settings_of(context(tune=None)).sections or not tasks.settings_of(context()).sections[
        "tune"
    ].get("enabled")
    assert tasks.settings_of(context(tune=True)).sections["tune"]["enabled"]
    turned_off = tasks.settings_of(context(tune=False)).sections["tune"]
    assert not turned_off["enabled"] and not turned_off["weekly"]


def test_no_worker_is_mapped_while_tuning_is_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NARU_ROOT", str(tmp_path))
    given = context(partition_key="2026-11-01")
    monkeypatch.setattr(tasks, "get_current_context", lambda: given)
    assert tasks.workers_of("ctr_tune") == []
    monkeypatch.setattr(pipeline, "foresee", lambda *_: "ran")
    assert tasks.workers_of("ctr_tune") == [["ctr_tune", 0]]


def test_absent_is_a_skip_and_all_else_a_value() -> None:
    assert tasks.tell("ran", "") == "ran" and tasks.tell("skipped", "") == "skipped"
    with pytest.raises(AirflowSkipException, match="no questions"):
        tasks.tell("absent", "no questions")


def spark_stage() -> tasks.SparkStage:
    found = night.corpus_daily.get_task("clean_corpus")
    assert isinstance(found, tasks.SparkStage)
    return found.prepare_for_execution()


def test_no_spark_is_started_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NARU_ROOT", str(tmp_path))
    given = context(partition_key="2026-11-01")
    monkeypatch.setattr(tasks, "get_current_context", lambda: given)
    monkeypatch.setattr(tasks.SparkSubmitOperator, "execute", lambda *_: pytest.fail("Spark was started"))
    with pytest.raises(AirflowSkipException, match="landing/documents has no partition on 2026-11-01"):
        spark_stage().execute(given)


@pytest.mark.parametrize(("reason", "raised"), [("BadInput: row 3", BadInput), ("OSError: disk", AirflowException)])
def test_bad_input_keeps_its_kind_across_spark_submit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reason: str, raised: type[Exception]
) -> None:
    monkeypatch.setenv("NARU_ROOT", str(tmp_path))
    monkeypatch.setattr(pipeline, "foresee", lambda *_: "ran")

    def submit(task: tasks.SparkStage, _: Any) -> None:
        args = ["--root", str(tmp_path), "stage", "clean_corpus", "--ds", "2026-11-01", "--no-gates", "--force"]
        assert task.application_args == args
        Lake(str(tmp_path)).write_json(
            "journal/ds=2026-11-01/clean_corpus.json", {"outcome": "failed", "reason": reason}
        )
        raise AirflowException("exit code 1")

    monkeypatch.setattr(tasks.SparkSubmitOperator, "execute", submit)
    with pytest.raises(raised):
        spark_stage().execute(context(partition_key="2026-11-01", force=True))
