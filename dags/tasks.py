"""The four kinds of task that a DAG is wired from: a stage in Python, a stage on Spark, a gate, the report.

A task does nothing of its own: it finds its day and its settings, calls ``pipeline`` and tells Airflow the outcome.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

import pipeline
from config.datasets import BadDate, parse_ds
from config.lake import Lake
from config.settings import PROJECT, Settings, load
from config.task import BadInput

log = logging.getLogger("naru")

# BadInput, BadDate, SettingsError and GateFailed are all ValueErrors, and so is a file that cannot be decoded.
RETRY = {
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_policy": ExceptionRetryPolicy(
        [RetryRule(ValueError, RetryAction.FAIL, reason="Wrong data or settings: a retry would fail the same way")]
    ),
}
# What was skipped on a day may still be there from a delivery or an earlier run, and inputs may be optional.
NONE_FAILED = "none_failed"
# What only options come before goes on though one of them failed: a broken tuning never stops a training.
ALL_DONE = "all_done"
TRAINING = ("_train", "_tune")


def batch_date(context: Mapping[str, Any]) -> str:
    """The day of a run: its partition key, else the param or conf ``ds``, else its logical date.

    Partitioned and asset-triggered runs have no logical date, manual ones no partition key; raises BadDate for a run
    that has none of them, or something that is no date.
    """
    run = context["dag_run"]
    chosen = run.partition_key or context["params"].get("ds") or (run.conf or {}).get("ds") or context.get("ds")
    if not chosen:
        raise BadDate('this run names no day: trigger it with a partition key or {"ds": "YYYY-MM-DD"}')
    return parse_ds(chosen).isoformat()


def settings_of(context: Mapping[str, Any]) -> Settings:
    """The settings of the environment, with the run's own choice of source and of tuning."""
    source, tune = context["params"].get("source"), context["params"].get("tune")
    chosen: dict[str, dict[str, Any]] = {"land": {"source": source}} if source else {}
    if tune is not None:
        chosen["tune"] = {"enabled": tune} if tune else {"enabled": False, "weekly": ""}
    return load(overrides=chosen or None)


def forced(context: Mapping[str, Any]) -> bool:
    return bool(context["params"].get("force"))


def asset(dataset: str) -> Asset:
    """What Airflow knows of a dataset: ``landing/documents`` is the asset ``naru://landing/documents``."""
    return Asset(name=dataset, uri=f"naru://{dataset}")


def tell(outcome: str, reason: str) -> str:
    """The task's return value; raises AirflowSkipException for a stage or dataset that is absent on the day."""
    if outcome == "absent":
        raise AirflowSkipException(reason)
    return outcome


def reason_of(settings: Settings, stage: str, ds: str) -> str:
    """Why a stage left nothing, in the words of its journal."""
    told: str = pipeline.last_run(Lake(settings.root), stage, ds).get("reason", f"{stage} wrote nothing on {ds}")
    return told


def run_stage(name: str) -> str:
    """Run one row of the stage table for the day of the current run."""
    context = get_current_context()
    ds, settings = batch_date(context), settings_of(context)
    outcome = pipeline.run_stage(name, ds, settings, forced(context))
    return tell(outcome, reason_of(settings, name, ds))


def workers_of(name: str) -> list[list[Any]]:
    """The arguments of each worker that is mapped before a stage; none where the stage has nothing to do."""
    context = get_current_context()
    ds, settings = batch_date(context), settings_of(context)
    return [[name, number] for number in pipeline.worker_numbers(name, ds, settings, forced(context))]


def run_worker(name: str, number: int) -> None:
    """One of the workers that share the work of a stage before it; one that is tried again goes on under its name."""
    context = get_current_context()
    pipeline.run_worker(name, f"worker-{number}", batch_date(context), settings_of(context))


def run_gate(dataset: str) -> str:
    """Audit and publish one dataset, and tell its asset the partition and what the audit counted."""
    context = get_current_context()
    ds, settings = batch_date(context), settings_of(context)
    outcome = tell(pipeline.run_gate(dataset, ds, settings, forced(context)), f"no {dataset} on {ds}")
    event = context["outlet_events"][asset(dataset)]
    event.add_partitions(ds)
    manifest = Lake(settings.root).partition(dataset, ds).manifest()
    event.extra = {key: manifest[key] for key in ("rows", "content", "version")}
    return outcome


def write_report() -> str:
    """Write the report of the run's day and Data Docs, whatever became of the stages.

    ``naru run`` builds Data Docs once, after its last DAG, and says so with ``{"docs": false}``.
    """
    import report

    context = get_current_context()
    settings = settings_of(context)
    if (context["dag_run"].conf or {}).get("docs", True):
        pipeline.build_docs(settings)
    return str(report.write(settings, batch_date(context)))


class SparkStage(SparkSubmitOperator):
    """A stage that runs under spark-submit, on the master that the connection ``spark_default`` names.

    The connection alone decides between one machine (host ``local[2]``) and a cluster (``spark://host``). Where the
    stage has nothing to do, no Spark is started. The task's id is the stage's name.
    """

    def execute(self, context: Any) -> None:
        ds, settings, force = batch_date(context), settings_of(context), forced(context)
        foreseen = pipeline.foresee(self.task_id, ds, settings)
        if foreseen == "absent" or (foreseen == "skipped" and not force):
            run_stage(self.task_id)
            return
        self.application_args = ["--root", settings.root, "stage", self.task_id, "--ds", ds, "--no-gates"]
        self.application_args += ["--force"] if force else []
        spark = settings.sections.get("spark", {})
        self._driver_memory = str(spark.get("driver_memory", "2g"))
        self.conf = {"spark.driver.extraJavaOptions": str(spark.get("java_options", ""))}
        try:
            super().execute(context)
        except AirflowException as error:
            reason = pipeline.last_run(Lake(settings.root), self.task_id, ds).get("reason", "")
            if reason.startswith("BadInput: "):
                raise BadInput(reason.removeprefix("BadInput: ")) from error
            raise
        done = pipeline.last_run(Lake(settings.root), self.task_id, ds)
        tell(done["outcome"], reason_of(settings, self.task_id, ds))


def stage_task(row: pipeline.Stage, optional: bool = False) -> PythonOperator | SparkStage:
    """A stage waits until no gate before it can fail any more; whether enough is there to run, it says itself.

    One that has only ``optional`` tasks before it runs whatever became of them.
    """
    if row.engine == "spark":
        return SparkStage(
            task_id=row.name,
            application=str(PROJECT / "naru.py"),
            name=f"naru-{row.name}",
            pool="spark",
            trigger_rule=NONE_FAILED,
            doc_md=row.doc,
        )
    return PythonOperator(
        task_id=row.name,
        python_callable=run_stage,
        op_args=[row.name],
        pool="training" if row.name.endswith(TRAINING) else "default_pool",
        trigger_rule=ALL_DONE if optional else NONE_FAILED,
        doc_md=row.doc,
    )


def spread_tasks(row: pipeline.Stage) -> Any:
    """The workers of a stage as mapped tasks, as many as the settings say when it runs; returns the mapped task."""
    numbers = PythonOperator(
        task_id=f"{row.name}_workers",
        python_callable=workers_of,
        op_args=[row.name],
        trigger_rule=NONE_FAILED,
        doc_md="How many workers share the search; none while tuning is off",
    )
    return PythonOperator.partial(
        task_id=f"{row.name}_trials",
        python_callable=run_worker,
        pool="training",
        trigger_rule=NONE_FAILED,
        doc_md="Trials of one study, until its budget is spent; all workers share one storage",
    ).expand(op_args=numbers.output)


def gate_task(dataset: str) -> PythonOperator:
    return PythonOperator(
        task_id=f"gate_{dataset.replace('/', '_')}",
        python_callable=run_gate,
        op_args=[dataset],
        outlets=[asset(dataset)],
        trigger_rule=NONE_FAILED,
        doc_md=f"Great Expectations on `{dataset}`, then publish it in one step",
    )


def report_task() -> PythonOperator:
    """Runs last whatever happened, and being a teardown leaves the state of the run to the stages."""
    task = PythonOperator(task_id="report", python_callable=write_report, doc_md="Write the report of the day")
    task.as_teardown()
    return task


def tell_failure(context: Mapping[str, Any]) -> None:
    """Called for every task that failed for good: one line that says what, when and why."""
    task = context["task_instance"]
    log.error("%s of %s failed: %s", task.task_id, task.dag_id, context.get("exception"))


async def tell_late(dag_id: str, context: Mapping[str, Any] | None = None) -> None:
    """Called in the triggerer when a run has missed its deadline."""
    run = (context or {}).get("dag_run") or {}
    log.error("%s is late: run %s has not ended within its deadline", dag_id, run.get("dag_run_id", "unknown"))
