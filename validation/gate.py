"""The gate of a dataset: audit what is staged, send bad rows to quarantine, publish; or stop and say why.

A partition that was published before and whose suite has not changed is not audited again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal

from config.lake import Lake, Manifest, Partition
from config.settings import Settings
from config.task import BadInput
from validation import quarantine
from validation.audit import Finding, audit
from validation.drift import Drift, drifts
from validation.frame import facts_frame, table_frame
from validation.suites import REFERENCES, GateConfig, suite

HISTORY_DAYS = 30
SHOWN = 10


class GateFailed(BadInput):
    """A critical expectation does not hold; no retry mends it. The message names dataset, partition, expectation and
    offending values."""


def run(partition: Partition, settings: Settings, force: bool = False) -> Literal["ran", "skipped", "absent"]:
    """Audit and publish what is staged of a partition; audit what is published where its suite changed.

    Returns "absent" where there is neither. Raises GateFailed on a critical breach: what is staged stays for a look,
    what was published keeps serving.
    """
    target = partition.waiting if partition.waiting.exists else partition
    if not target.exists:
        return "absent"
    config = settings.section("gate", GateConfig)
    manifest = target.manifest()
    lake, dataset = partition.lake, partition.dataset
    earlier = lake.window(dataset.id, partition.ds, HISTORY_DAYS, lag=1)
    profiles = [profile(p.manifest()) for p in earlier]
    shifts = drifts(profile(manifest), profiles, config.drift, config.history)
    expectations = suite(dataset, partition.ds, earlier, config, shifts)
    print_ = suite_hash(expectations)
    if not target.staged and not force and manifest["gate"]["suite"] == print_ and manifest["gate"]["success"]:
        return "skipped"
    findings = audit(frame(target, manifest, expectations, shifts), expectations, dataset.id, partition.ds, lake)
    verdict: dict[str, Any] = {"suite": print_, "results": [f.told for f in findings]}
    if broken := [f for f in findings if f.critical and not f.success]:
        verdict |= {"success": False, "quarantined": {}}
        lake.write_json(f"journal/ds={partition.ds}/gate_{dataset.layer}_{dataset.name}.json", verdict)
        raise GateFailed(message(partition, broken))
    reasons = row_reasons(findings)
    taken: dict[str, int] = {}
    if target.staged and not dataset.artifact:
        taken = quarantine.split(target, reasons)
    verdict |= {"success": True, "quarantined": taken or manifest.get("gate", {}).get("quarantined", {})}
    partition.publish(gate=verdict) if target.staged else partition.amend(gate=verdict)
    lake.write_json(f"journal/ds={partition.ds}/gate_{dataset.layer}_{dataset.name}.json", verdict)
    return "ran"


def profile(manifest: Manifest) -> dict[str, dict[str, int]]:
    """The distributions that the stage told of its rows, {} where it told none."""
    return dict(manifest.get("notes", {}).get("profile", {}))


def frame(target: Partition, manifest: Manifest, expectations: list[Any], shifts: Sequence[Drift]) -> Any:
    """What Great Expectations looks at: the rows of a table, the facts of an artifact."""
    if not target.dataset.artifact:
        found = table_frame(target, REFERENCES.get(target.dataset.id, ()), named(expectations))
        return found.assign(**{shift.column: shift.index for shift in shifts})
    return facts_frame(manifest, incumbent_metrics(target.lake, target.dataset.name))


def named(expectations: list[Any]) -> set[str]:
    """The columns that some expectations look at."""
    lists = [getattr(e, "column_list", None) or [getattr(e, "column", None)] for e in expectations]
    return {name for names in lists for name in names if name}


def incumbent_metrics(lake: Lake, product: str) -> dict[str, Any] | None:
    """The metrics of the release in service, None before the first one."""
    pointer = lake.read_json(f"releases/{product}/current")
    return lake.read_json(f"releases/{product}/{pointer['current']}/metrics.json") if pointer else None


def suite_hash(expectations: list[Any]) -> str:
    """Changes when an expectation does (bounds that follow the history do not count)."""
    told = [{**e.configuration.to_json_dict(), "id": None, "meta": None} for e in expectations if not e.meta]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def row_reasons(findings: list[Finding]) -> dict[int, str]:
    """Row number -> the first warning that it breaks; of equal keys the first row stays."""
    reasons: dict[int, str] = {}
    for finding in findings:
        if finding.critical or finding.success:
            continue
        for row in finding.rows:
            reasons.setdefault(int(row), finding.reason)
    return reasons


def message(partition: Partition, broken: list[Finding]) -> str:
    """One line a breach: expectation, how many, which values."""
    lines = [
        f"gate of {partition.dataset.id}, partition ds={partition.ds}: {len(broken)} critical expectation(s) broken"
    ]
    lines += [f"  {f.reason}: {f.detail}" for f in broken[:SHOWN]]
    lines.append(
        "  nothing was published; mend the input and run the stage again (what was published before still serves)"
    )
    return "\n".join(lines)
