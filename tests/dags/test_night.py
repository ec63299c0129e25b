"""The six DAGs: edges, schedules and what an operator relies on, as invariants of the stage table."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.pool import Pool
from airflow.sdk import AssetAll, CronPartitionTimetable, ExceptionRetryPolicy, PartitionedAssetTimetable, RetryAction
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization

import pipeline
from command.home import POOLS
from config.datasets import PRODUCTS, BadDate
from config.settings import SettingsError
from config.task import BadInput
from dags import night
from dags.tasks import RETRY, asset
from validation.gate import GateFailed

PROJECT = Path(__file__).resolve().parents[2]
DAGS = {name: getattr(night, name) for name in pipeline.DAGS}
ROWS = [pytest.param(row, id=row.name) for row in pipeline.STAGES]


def gate(dataset: str) -> str:
    return f"gate_{dataset.replace('/', '_')}"


def before(dag: str, task: str) -> set[str]:
    """Every task that comes before a task, however far."""
    return DAGS[dag].get_task(task).get_flat_relative_ids(upstream=True)


def test_airflow_loads_all_six_without_an_error() -> None:
    bag = DagBag(PROJECT / "dags", bundle_path=PROJECT / "dags")
    assert not bag.import_errors
    assert set(bag.dags) == set(pipeline.DAGS)


def test_parsing_starts_no_engine() -> None:
    heavy = "{'tensorflow', 'keras', 'great_expectations', 'faiss', 'onnxruntime', 'kiwipiepy'}"
    code = f"import dags.night, sys; print(sorted({heavy} & set(sys.modules)), 'pyspark.sql' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[] False"


@pytest.mark.parametrize("row", ROWS)
def test_a_stage_hangs_on_the_gates_of_what_it_reads(row: pipeline.Stage) -> None:
    own = {d for s in pipeline.STAGES if s.dag == row.dag for d in s.writes}
    expected = {gate(d) for d in pipeline.upstream(row) if d in own}
    expected |= {f"{row.name}_trials"} if row.spread else set()
    assert DAGS[row.dag].get_task(row.name).upstream_task_ids == expected


@pytest.mark.parametrize("row", ROWS)
def test_a_gate_follows_every_dataset_written(row: pipeline.Stage) -> None:
    for name in row.writes:
        task = DAGS[row.dag].get_task(gate(name))
        assert task.upstream_task_ids == {row.name}
        assert task.outlets == [asset(name)]


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_goes_into_service_before_every_gate(product: str) -> None:
    gates = {t.task_id for t in DAGS[product].tasks if t.task_id.startswith("gate_")}
    assert len(gates) == 7 and gates <= before(product, f"{product}_promote")


@pytest.mark.parametrize("name", DAGS)
def test_the_report_comes_last_and_leaves_the_state_to_the_stages(name: str) -> None:
    report = DAGS[name].get_task("report")
    assert before(name, "report") == {t.task_id for t in DAGS[name].tasks} - {"report"}
    assert report.is_teardown and not report.on_failure_fail_dagrun


@pytest.mark.parametrize("product", PRODUCTS)
def test_tuning_comes_before_training_as_mapped_workers_and_never_stops_it(product: str) -> None:
    dag = DAGS[product]
    assert {f"{product}_tune_workers", f"{product}_tune_trials", f"{product}_tune"} <= before(
        product, f"{product}_train"
    )
    trials = dag.get_task(f"{product}_tune_trials")
    assert isinstance(trials, MappedOperator) and trials.upstream_task_ids == {f"{product}_tune_workers"}
    assert trials.partial_kwargs["pool"] == "training"
    assert dag.get_task(f"{product}_train").trigger_rule == "all_done"
    assert dag.get_task(f"{product}_tune").trigger_rule == "all_done"
    others = [s.name for s in pipeline.STAGES if s.dag == product and not s.name.endswith(("_tune", "_train"))]
    assert {dag.get_task(name).trigger_rule for name in others} == {"none_failed"}


def test_daily_dags_run_at_midnight_for_the_day_that_ended() -> None:
    for name in ("corpus_daily", "clicks_daily"):
        timetable = DAGS[name].timetable
        assert isinstance(timetable, CronPartitionTimetable)
        assert (timetable.expression, timetable.run_offset, timetable.key_format) == ("0 0 * * *", -1, "%Y-%m-%d")


@pytest.mark.parametrize(
    ("product", "datasets"),
    [
        ("chatbot", {"landing/dialogues"}),
        ("qa", {"clean/documents", "landing/questions"}),
        ("personalization", {"features/searches"}),
        ("ctr", {"features/impressions", "features/ads"}),
    ],
)
def test_a_product_waits_for_the_partitions_that_it_reads(product: str, datasets: set[str]) -> None:
    timetable = DAGS[product].timetable
    assert isinstance(timetable, PartitionedAssetTimetable)
    condition = timetable.asset_condition
    waits = condition.objects if isinstance(condition, AssetAll) else [condition]
    assert {a.name for a in waits} == datasets
    assert {a.uri for a in waits} == {f"naru://{name}" for name in datasets}
    published = {o.name for d in DAGS.values() for t in d.tasks for o in t.outlets}
    assert datasets <= published


def test_no_product_waits_for_another() -> None:
    for product in PRODUCTS:
        reads = {r.dataset for s in pipeline.STAGES if s.dag == product for r in s.reads}
        assert {pipeline.writer(name).dag for name in reads} <= {product, "corpus_daily", "clicks_daily"}


@pytest.mark.parametrize("name", DAGS)
def test_what_an_operator_relies_on(name: str) -> None:
    dag = DAGS[name]
    assert dag.doc_md.startswith("# ") and "naru report" in dag.doc_md
    assert all(row.name in dag.doc_md for row in pipeline.STAGES if row.dag == name)
    assert dag.tags and "naru" in dag.tags
    assert dag.deadline and dag.max_active_runs == 1 and not dag.catchup
    for task in dag.tasks:
        assert task.owner == "naru" and task.doc_md
        assert task.retries == 2 and isinstance(task.retry_policy, ExceptionRetryPolicy)
        assert task.on_failure_callback


def test_spark_and_trainings_have_slots_of_their_own() -> None:
    pools = {t.task_id: t.pool for d in DAGS.values() for t in d.tasks}
    for row in pipeline.STAGES:
        trains = row.name.endswith(("_train", "_tune"))
        expected = "spark" if row.engine == "spark" else "training" if trains else "default_pool"
        assert pools[row.name] == expected
    assert {Pool.DEFAULT_POOL_NAME, *POOLS} == set(pools.values())


def test_spark_is_submitted_from_outside_the_jobs_and_by_the_connection() -> None:
    tasks = [DAGS[row.dag].get_task(row.name) for row in pipeline.STAGES if row.engine == "spark"]
    assert tasks
    for task in tasks:
        assert Path(task.application).parent == PROJECT and Path(task.application).is_file()
        assert task._conn_id == "spark_default"


@pytest.mark.parametrize("wrong", [BadInput("x"), BadDate("x"), SettingsError("x"), GateFailed("x")])
def test_what_no_retry_mends_fails_at_once(wrong: Exception) -> None:
    assert RETRY["retry_policy"].evaluate(wrong, 1, 3).action == RetryAction.FAIL
    assert RETRY["retry_policy"].evaluate(OSError("network"), 1, 3).action == RetryAction.DEFAULT


@pytest.mark.parametrize("name", DAGS)
def test_params_take_a_day_and_nothing_that_climbs(name: str) -> None:
    assert DAGS[name].params.validate() == {"ds": None, "source": None, "tune": None, "force": False}
    for bad in ({"ds": "../x"}, {"ds": "2026-11-01/.."}, {"source": "web"}, {"tune": "yes"}, {"force": "yes"}):
        params: Any = copy.deepcopy(DAGS[name].params)
        with pytest.raises(ParamValidationError, match="Invalid input"):
            params.update(bad)
            params.validate()


@pytest.mark.parametrize("name", DAGS)
def test_survives_serialisation(name: str) -> None:
    dag = DAGS[name]
    again = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    assert set(again.task_ids) == {t.task_id for t in dag.tasks}
    for task in dag.tasks:
        assert again.get_task(task.task_id).downstream_task_ids == task.downstream_task_ids
        assert again.get_task(task.task_id).pool == task.pool
    assert again.doc_md == dag.doc_md and again.timetable.partitioned
