"""The six DAGs of the night, all derived from ``pipeline.STAGES``; nothing is wired by hand.

Two daily DAGs take in and clean the day's texts and logs; one DAG a product trains, checks and releases it as soon as
every dataset that it reads has passed its gate for the same partition key (the day, ``YYYY-MM-DD``). A backfill of the
daily DAGs therefore cascades into one run a product and day. A red product never blocks a green one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from airflow.sdk import (
    DAG,
    CronPartitionTimetable,
    Param,
    PartitionedAssetTimetable,
)
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

import pipeline
from config.datasets import DS_PATTERN
from dags.tasks import RETRY, asset, gate_task, report_task, spread_tasks, stage_task, tell_failure, tell_late

TITLES = {
    "corpus_daily": "Take in and clean the day's texts",
    "clicks_daily": "Take in and aggregate the day's logs",
    "chatbot": "Answer what scenarios were written for",
    "qa": "Find the paragraph, read the answer",
    "personalization": "Re-rank a search for its user",
    "ctr": "Choose the ads that will be clicked",
}
PARAMS = {
    "ds": Param(None, type=["null", "string"], pattern=f"^{DS_PATTERN.pattern}$", description="The day, YYYY-MM-DD"),
    "source": Param(None, type=["null", "string"], enum=[None, "sim", "files"], description="Where data comes from"),
    "tune": Param(None, type=["null", "boolean"], description="Tune before training (default: as the settings say)"),
    "force": Param(False, type="boolean", description="Run stages whose inputs, code and config are unchanged"),
}


def schedule(rows: list[pipeline.Stage]) -> CronPartitionTimetable | PartitionedAssetTimetable:
    """Midnight for a DAG that reads only what it writes, else the gates of what it reads from other DAGs."""
    own = {dataset for row in rows for dataset in row.writes}
    foreign = {r.dataset for row in rows for r in row.reads if not r.optional and not r.lag and r.dataset not in own}
    if not foreign:
        return CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d")
    return PartitionedAssetTimetable(assets=reduce(and_, (asset(name) for name in sorted(foreign))))


def manual(name: str, rows: list[pipeline.Stage]) -> str:
    """The operator's manual of a DAG, as Markdown."""
    lines = [
        f"# {TITLES[name]}",
        "",
        "After every dataset written stands its gate: Great Expectations audits what was written aside, bad rows go to "
        "quarantine, and a critical breach stops this DAG while the last release keeps serving.",
        "",
        "| stage | what it does | reads | writes |",
        "| --- | --- | --- | --- |",
    ]
    for row in rows:
        reads, writes = ", ".join(r.dataset for r in row.reads), ", ".join(row.writes)
        lines.append(f"| {row.name} | {row.doc} | {reads or 'the outside'} | {writes or 'what is in service'} |")
    lines += [
        "",
        "Report of a day: `$NARU_ROOT/reports/ds=<day>.html` (the task `report` and `naru report` tell its address). "
        "What every gate found: `$NARU_ROOT/data_docs/site/index.html`.",
    ]
    return "\n".join(lines)


def build(name: str) -> DAG:
    """One DAG: each stage a task, each dataset written a gate, readers hang on the gates, the report comes last."""
    rows = [row for row in pipeline.STAGES if row.dag == name]
    kind = "daily" if name.endswith("_daily") else "product"
    late = DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=3),
        callback=AsyncCallback(tell_late, kwargs={"dag_id": name}),
    )
    arguments: dict[str, Any] = {"owner": "naru", "on_failure_callback": tell_failure, **RETRY}
    with DAG(
        name,
        description=TITLES[name],
        doc_md=manual(name, rows),
        schedule=schedule(rows),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        tags={"naru", kind},
        params=PARAMS,
        default_args=arguments,
        deadline=late,
    ) as dag:
        wire(rows)
    return dag


def wire(rows: list[pipeline.Stage]) -> None:
    """Tasks and edges of one DAG, in the DAG of the current context."""
    gates: dict[str, Any] = {}
    ends: list[Any] = []
    for row in rows:
        before = [r for r in row.reads if r.dataset in gates and not r.lag]
        task = stage_task(row, optional=bool(row.spread) or (bool(before) and all(r.optional for r in before)))
        for read in before:
            gates[read.dataset] >> task
        if row.spread:
            spread_tasks(row) >> task
        for name in row.writes:
            gates[name] = task >> gate_task(name)
        ends += [gates[name] for name in row.writes] or [task]
    ends >> report_task()


for _name in pipeline.DAGS:
    globals()[_name] = build(_name)
