"""What must hold of every dataset, as Great Expectations suites: one list a dataset, a new check is one more entry.

Severity *critical* stops the night: the partition is not published. Severity *warning* lets it pass: rows that break a
row-wise expectation go to quarantine, any other breach is reported. A row-wise rule stands twice, as a warning for the
single row and as critical for a delivery that is broken throughout (``mostly``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity

from config.datasets import Dataset, parse_ds
from config.lake import Partition
from validation.drift import Drift
from validation.frame import KNOWN, LENGTH

Expectation = Any
WARNING, CRITICAL = FailureSeverity.WARNING, FailureSeverity.CRITICAL
REFERENCES = {
    "landing/searches": (("clicked_doc_id", "landing/search_catalog", "doc_id"),),
    "landing/impressions": (("ad_id", "landing/ads", "ad_id"),),
}
RANGES: dict[str, tuple[tuple[str, float | None, float | None], ...]] = {
    "landing/searches": (("position", 1, None), ("dwell_s", 0, 86_400)),
    "landing/impressions": (("click", 0, 1),),
    "clean/terms": (("documents", 1, None), ("occurrences", 1, None)),
    "clean/documents": (("pii", 0, None),),
    "features/searches": (("position", 1, None), ("satisfied", 0, 1)),
    "features/queries": (("searches", 1, None), ("clicks", 0, None), ("click_entropy", 0, 64)),
    "features/impressions": (("click", 0, 1),),
    "features/ads": (("impressions", 0, None), ("clicks", 0, None)),
}
SETS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {"clean/documents": (("language", ("ko", "en", "other")),)}
MAY_BE_EMPTY = frozenset({"clean/dropped"})


@dataclass(frozen=True)
class GateConfig:
    """Bounds of the gates.

    A delivery is broken when less than ``mostly`` of its rows keep a row-wise rule. Volume is compared with the median
    of the last partitions once there are ``history`` of them. ``incumbent`` is the severity ("warning" or "critical")
    of a primary metric that falls more than ``largest_drop`` of the incumbent's value below it. ``drift`` is how far
    (population stability index) a day's languages, lengths, personal data, duplicates and drops may lie from those of
    the last partitions, chance left out; compared once there are ``history`` of them.
    """

    mostly: float = 0.8
    known: float = 0.5
    history: int = 3
    volume_low: float = 0.2
    volume_high: float = 5.0
    largest_drop: float = 0.1
    drift: float = 0.25
    incumbent: str = "warning"


def suite(
    dataset: Dataset, ds: str, earlier: list[Partition], config: GateConfig, shifts: Sequence[Drift] = ()
) -> list[Expectation]:
    """Every expectation of one partition; ``earlier`` are the published partitions of the days before, ``shifts`` how
    its distributions lie beside theirs."""
    if dataset.artifact:
        return artifact_suite(dataset.layer, config)
    return [*schema(dataset), *rows(dataset, ds, config), *volume(dataset, earlier, config), *mix(shifts)]


def schema(dataset: Dataset) -> Iterable[Expectation]:
    """Exactly the declared columns (open families may add theirs), and rows at all."""
    names = [c.name for c in dataset.columns]
    yield gxe.ExpectTableColumnsToMatchSet(column_set=names, exact_match=False, severity=CRITICAL)
    if dataset.id not in MAY_BE_EMPTY:
        yield gxe.ExpectTableRowCountToBeBetween(min_value=1, severity=CRITICAL)


def both(expectation: type, mostly: float, **arguments: Any) -> Iterable[Expectation]:
    """A row-wise rule: single rows to quarantine, and critical once the delivery breaks it throughout."""
    yield expectation(**arguments, severity=WARNING)
    yield expectation(**arguments, mostly=mostly, severity=CRITICAL)


def rows(dataset: Dataset, ds: str, config: GateConfig) -> Iterable[Expectation]:
    """Rules on the values of a table: required values, keys, ranges, sets, time, references."""
    for column in (c for c in dataset.columns if not c.nullable):
        name = LENGTH.get((dataset.id, column.name), column.name)
        yield from both(gxe.ExpectColumnValuesToNotBeNull, config.mostly, column=name)
    if len(dataset.key) == 1:
        yield from both(gxe.ExpectColumnValuesToBeUnique, config.mostly, column=dataset.key[0])
    elif dataset.key:
        yield gxe.ExpectCompoundColumnsToBeUnique(column_list=list(dataset.key), severity=WARNING)
    for name, low, high in RANGES.get(dataset.id, ()):
        yield from both(gxe.ExpectColumnValuesToBeBetween, config.mostly, column=name, min_value=low, max_value=high)
    for name, values in SETS.get(dataset.id, ()):
        yield from both(gxe.ExpectColumnValuesToBeInSet, config.mostly, column=name, value_set=list(values))
    if dataset.layer == "landing" and any(c.name == "ts" for c in dataset.columns):
        end = datetime.combine(parse_ds(ds), time.max, tzinfo=UTC)
        yield from both(gxe.ExpectColumnValuesToBeBetween, config.mostly, column="ts", max_value=end)
    for column_name, _, _ in REFERENCES.get(dataset.id, ()):
        known = KNOWN.format(column_name)
        yield from both(gxe.ExpectColumnValuesToBeInSet, config.known, column=known, value_set=[True])


def volume(dataset: Dataset, earlier: list[Partition], config: GateConfig) -> Iterable[Expectation]:
    """As many rows as on the last days, within the configured factors of their median."""
    counts = sorted(p.manifest()["rows"] for p in earlier)
    if len(counts) < config.history or dataset.id in MAY_BE_EMPTY:
        return
    middle = counts[len(counts) // 2]
    yield gxe.ExpectTableRowCountToBeBetween(
        min_value=int(middle * config.volume_low),
        max_value=max(1, int(middle * config.volume_high)),
        severity=CRITICAL,
        meta={"why": f"the median of the last {len(counts)} partitions is {middle}"},
    )


def mix(shifts: Sequence[Drift]) -> Iterable[Expectation]:
    """Distributions like those of the last days."""
    for shift in shifts:
        allowed, why = round(shift.allowed, 4), {"why": shift.why}
        yield gxe.ExpectColumnMaxToBeBetween(column=shift.column, max_value=allowed, severity=CRITICAL, meta=why)


def artifact_suite(layer: str, config: GateConfig) -> list[Expectation]:
    """What must hold of the facts of an artifact (columns are derived in validation.frame)."""
    critical: dict[str, Any] = {"severity": CRITICAL}
    by_layer: dict[str, list[Expectation]] = {
        "tuned": [
            gxe.ExpectTableRowCountToBeBetween(min_value=2, **critical),
            gxe.ExpectColumnValuesToBeInSet(column="chosen", value_set=["tuned", "incumbent"], **critical),
            gxe.ExpectColumnValuesToNotBeNull(column="gain", **critical),
            gxe.ExpectColumnMeanToBeBetween(column="gain_slack", min_value=0, **critical),
        ],
        "models": [
            gxe.ExpectColumnDistinctValuesToContainSet(
                column="file", value_set=["artifact.json", "probes.json"], **critical
            ),
            gxe.ExpectColumnValuesToBeBetween(column="bytes", min_value=1, **critical),
        ],
        "metrics": [
            gxe.ExpectColumnValuesToNotBeNull(column="needed", **critical),
            gxe.ExpectColumnValuesToBeBetween(column="above_floor", min_value=0, **critical),
            gxe.ExpectColumnValuesToBeBetween(
                column="incumbent_drop", max_value=config.largest_drop, severity=FailureSeverity(config.incumbent)
            ),
        ],
        "engines": [
            gxe.ExpectColumnDistinctValuesToContainSet(column="backend", value_set=["onnxruntime"], **critical),
            gxe.ExpectColumnValuesToBeBetween(column="parity_slack", min_value=0, **critical),
            gxe.ExpectColumnValuesToBeBetween(column="bytes", min_value=1, **critical),
        ],
        "indexes": [
            gxe.ExpectColumnValuesToBeBetween(column="above_floor", min_value=0, **critical),
            gxe.ExpectColumnValuesToBeBetween(column="rows", min_value=1, severity=WARNING),
        ],
        "releases": [
            gxe.ExpectColumnDistinctValuesToContainSet(
                column="file",
                value_set=["release.json", "manifest.json", "metrics.json", "probes.json"],
                **critical,
            ),
            gxe.ExpectColumnValuesToBeBetween(column="bytes", min_value=1, **critical),
        ],
        "probes": [
            gxe.ExpectTableRowCountToBeBetween(min_value=1, **critical),
            gxe.ExpectColumnValuesToBeInSet(column="answered", value_set=[1], **critical),
            gxe.ExpectColumnMedianToBeBetween(column="over_allowed_ms", max_value=0, severity=WARNING),
        ],
    }
    return by_layer[layer]
