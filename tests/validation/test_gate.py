"""Gates: what is broken stops with its values named, what is half broken goes to quarantine, nothing is lost."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.lake import Lake, Partition, Staging
from config.settings import Settings
from validation import gate
from validation.audit import build_docs
from validation.gate import GateFailed

DS = "2026-11-01"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def stage(lake: Lake, name: str, columns: dict, ds: str = DS) -> None:
    staging = Staging(lake.partition(name, ds))
    table = pa.table(columns)
    half = len(table) // 2
    staging.write(table.slice(0, half))
    staging.write(table.slice(half))
    staging.seal({"inputs": [], "fingerprint": "f", "counts": {}})


def run(lake: Lake, name: str, ds: str = DS, **gate_config: object) -> str:
    return gate.run(lake.partition(name, ds), Settings(lake.root, "test", {"gate": gate_config}))


def impressions(n: int = 40, **changes: dict[int, object]) -> dict[str, pa.Array]:
    columns: dict[str, list] = {"user_id": ["u"] * n, "ad_id": ["a"] * n, "ts": [NOON] * n, "click": [0, 1] * (n // 2)}
    for name, values in changes.items():
        for row, value in values.items():
            columns[name][row] = value
    types = {"ts": pa.timestamp("us", "UTC"), "click": pa.int64()}
    return {k: pa.array(v, types.get(k, pa.string())) for k, v in columns.items()}


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(str(tmp_path))


def quarantined(lake: Lake, name: str) -> list[dict]:
    return pq.read_table(f"{lake.base}/quarantine/{name}/ds={DS}/gate.parquet").to_pylist()


def test_single_bad_rows_go_to_quarantine_each_with_its_reason(lake: Lake) -> None:
    future = datetime(2026, 11, 2, 0, 0, 1, tzinfo=UTC)
    stage(lake, "landing/impressions", impressions(click={3: 7}, ts={30: future}, user_id={39: None}))
    assert run(lake, "landing/impressions") == "ran"
    partition = lake.partition("landing/impressions", DS)
    rows = quarantined(lake, "impressions")
    assert partition.table().num_rows + len(rows) == 40
    assert {(r["line"], r["reason"]) for r in rows} == {
        (3, "column_values_to_be_between(click)"),
        (30, "column_values_to_be_between(ts)"),
        (39, "column_values_to_not_be_null(user_id)"),
    }
    assert json.loads(next(r["row"] for r in rows if r["line"] == 3))["click"] == 7
    assert sum(partition.manifest()["gate"]["quarantined"].values()) == 3
    assert partition.manifest()["rows"] == 37
    assert not partition.damaged()


def test_a_delivery_broken_throughout_stops_and_the_old_one_serves(lake: Lake) -> None:
    stage(lake, "landing/impressions", impressions())
    run(lake, "landing/impressions")
    stage(lake, "landing/impressions", impressions(click=dict.fromkeys(range(40), 9)))
    with pytest.raises(GateFailed) as stopped:
        run(lake, "landing/impressions")
    for part in ("landing/impressions", f"ds={DS}", "column_values_to_be_between(click)", "40 of 40", "9"):
        assert part in str(stopped.value)
    assert set(lake.partition("landing/impressions", DS).table()["click"].to_pylist()) == {0, 1}
    verdict = lake.read_json(f"journal/ds={DS}/gate_landing_impressions.json")
    assert verdict["success"] is False


def test_of_equal_keys_the_first_row_stays(lake: Lake) -> None:
    stage(lake, "landing/ads", {"ad_id": [*(f"a{i}" for i in range(20)), "a3"], "title": ["first"] * 20 + ["again"]})
    run(lake, "landing/ads")
    kept = lake.partition("landing/ads", DS).table().to_pylist()
    assert len(kept) == 20
    assert {"ad_id": "a3", "title": "first"} in kept
    assert [r["line"] for r in quarantined(lake, "ads")] == [20]


def test_a_click_on_an_ad_that_nobody_delivered_is_quarantined(lake: Lake) -> None:
    stage(lake, "landing/ads", {"ad_id": ["a", "b"], "title": ["x", "y"]})
    run(lake, "landing/ads")
    stage(lake, "landing/impressions", impressions(ad_id={5: "ghost"}))
    run(lake, "landing/impressions")
    assert [(r["line"], r["reason"]) for r in quarantined(lake, "impressions")] == [
        (5, "ad_id is in no catalog that landed")
    ]


def test_a_missing_column_names_it(lake: Lake) -> None:
    columns = impressions()
    del columns["click"]
    stage(lake, "landing/impressions", columns)
    with pytest.raises((GateFailed, RuntimeError), match="click"):
        run(lake, "landing/impressions")
    assert not lake.partition("landing/impressions", DS).exists


def test_an_empty_delivery_stops(lake: Lake) -> None:
    stage(lake, "landing/impressions", {k: v[:0] for k, v in impressions().items()})
    with pytest.raises(GateFailed, match="row_count"):
        run(lake, "landing/impressions")


def test_volume_is_compared_with_the_last_days(lake: Lake) -> None:
    for day in ("2026-10-27", "2026-10-28", "2026-10-29"):
        noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        stage(lake, "landing/impressions", impressions(ts=dict.fromkeys(range(40), noon)), ds=day)
        run(lake, "landing/impressions", ds=day)
    stage(lake, "landing/impressions", impressions(6))
    with pytest.raises(GateFailed, match="median of the last 3 partitions is 40"):
        run(lake, "landing/impressions")
    stage(lake, "landing/impressions", impressions(30))
    assert run(lake, "landing/impressions") == "ran"


def test_the_same_audit_is_not_made_twice_but_a_new_suite_is(lake: Lake) -> None:
    stage(lake, "landing/impressions", impressions())
    assert run(lake, "landing/impressions") == "ran"
    assert run(lake, "landing/impressions") == "skipped"
    assert run(lake, "landing/impressions", mostly=0.9) == "ran"
    assert lake.partition("landing/impressions", DS).manifest()["version"] == 1


def test_a_gate_killed_after_the_split_loses_no_row(lake: Lake, monkeypatch) -> None:
    stage(lake, "landing/impressions", impressions(click={3: 7}))
    partition = lake.partition("landing/impressions", DS)
    with monkeypatch.context() as patch:
        patch.setattr(Partition, "publish", lambda self, **more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(lake, "landing/impressions")
    assert run(lake, "landing/impressions") == "ran"
    assert partition.table().num_rows + len(quarantined(lake, "impressions")) == 40
    assert partition.manifest()["gate"]["quarantined"] == {"column_values_to_be_between(click)": 1}


def test_a_clean_delivery_after_a_bad_one_empties_the_quarantine(lake: Lake) -> None:
    stage(lake, "landing/impressions", impressions(click={3: 7}))
    run(lake, "landing/impressions")
    stage(lake, "landing/impressions", impressions())
    run(lake, "landing/impressions")
    assert lake.partition("landing/impressions", DS).table().num_rows == 40
    assert not lake.fs.exists(f"{lake.base}/quarantine/impressions/ds={DS}/gate.parquet")


def test_the_gate_of_another_layer_leaves_the_quarantine_of_landing_alone(lake: Lake) -> None:
    stage(lake, "landing/impressions", impressions(click={3: 7}))
    run(lake, "landing/impressions")
    stage(lake, "features/impressions", impressions())
    run(lake, "features/impressions")
    assert [row["line"] for row in quarantined(lake, "impressions")] == [3]


def deliver(lake: Lake, parts: dict[str, tuple[dict, bool]]) -> None:
    """Stage a union of deliveries, as landing does: name -> (columns, whether it is carried over unchanged)."""
    staging = Staging(lake.partition("landing/impressions", DS))
    origins = []
    for name, (columns, kept) in parts.items():
        origins.append({"name": name, "part": f"part-{staging.parts:04d}.parquet"} | ({"kept": True} if kept else {}))
        staging.write(pa.table(columns))
    staging.seal({"inputs": [], "fingerprint": "f", "counts": {}, "notes": {"origins": origins}})
    run(lake, "landing/impressions")


def test_a_second_delivery_keeps_what_was_taken_from_the_first(lake: Lake) -> None:
    deliver(lake, {"a.csv": (impressions(click={3: 7}), False)})
    kept = lake.partition("landing/impressions", DS).table().to_pydict()
    deliver(lake, {"a.csv": (kept, True), "b.csv": (impressions(user_id={1: None}), False)})
    assert {(r["file"], r["reason"].split("(")[1]) for r in quarantined(lake, "impressions")} == {
        ("a.csv", "click)"),
        ("b.csv", "user_id)"),
    }
    assert lake.partition("landing/impressions", DS).table().num_rows == 78
    deliver(lake, {"a.csv": (impressions(), False), "b.csv": (impressions(), False)})
    assert not lake.fs.exists(f"{lake.base}/quarantine/impressions/ds={DS}/gate.parquet")


def artifact(lake: Lake, name: str, facts: list[dict]) -> None:
    staging = Staging(lake.partition(name, DS))
    staging.write_json("x.json", facts)
    staging.facts = facts
    staging.seal({"inputs": [], "fingerprint": "f"})


def metric(value: float | None, floor: float | None = 0.5, primary: bool = True) -> dict:
    return {"metric": "auc", "value": value, "slice": "all", "floor": floor, "primary": primary}


def test_a_metric_below_its_floor_stops(lake: Lake) -> None:
    artifact(lake, "metrics/ctr", [metric(0.4)])
    with pytest.raises(GateFailed, match="above_floor"):
        run(lake, "metrics/ctr")
    artifact(lake, "metrics/ctr", [metric(None)])
    with pytest.raises(GateFailed, match="needed"):
        run(lake, "metrics/ctr")
    artifact(lake, "metrics/ctr", [metric(0.6), metric(None, floor=None, primary=False)])
    assert run(lake, "metrics/ctr") == "ran"


def test_a_metric_far_below_the_incumbent_warns_or_stops_as_configured(lake: Lake) -> None:
    lake.write_json("releases/ctr/current", {"current": "ds=2026-10-31/v1"})
    lake.write_json("releases/ctr/ds=2026-10-31/v1/metrics.json", {"auc": 0.9})
    artifact(lake, "metrics/ctr", [metric(0.7)])
    with pytest.raises(GateFailed, match="incumbent_drop"):
        run(lake, "metrics/ctr", incumbent="critical")
    assert run(lake, "metrics/ctr") == "ran"
    results = lake.partition("metrics/ctr", DS).manifest()["gate"]["results"]
    assert [r["success"] for r in results if r["column"] == "incumbent_drop"] == [False]


@pytest.mark.parametrize(
    ("name", "fact", "says"),
    [
        ("engines/ctr", {"backend": "onnxruntime", "parity": 0.01, "allowed": 1e-4, "bytes": 9}, "parity_slack"),
        ("engines/ctr", {"backend": "tensorrt", "parity": None, "allowed": 1e-4, "bytes": 9}, "backend"),
        ("indexes/ctr", {"recall@10": 0.9, "floor": 0.95, "rows": 5}, "above_floor"),
        ("probes/ctr", {"answered": 0, "ms": 1.0, "allowed_ms": 500.0}, "answered"),
        ("releases/ctr", {"file": "release.json", "bytes": 5}, "file"),
    ],
)
def test_a_broken_artifact_stops(lake: Lake, name: str, fact: dict, says: str) -> None:
    artifact(lake, name, [fact])
    with pytest.raises(GateFailed, match=says):
        run(lake, name)
    assert not lake.partition(name, DS).exists


def test_data_docs_are_built_from_what_the_gates_found(lake: Lake) -> None:
    assert build_docs(lake) is None
    stage(lake, "landing/impressions", impressions())
    run(lake, "landing/impressions")
    index = build_docs(lake)
    assert index is not None
    assert "landing-impressions" in index.read_text(encoding="utf-8")
