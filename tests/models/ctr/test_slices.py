"""Parts of the rows are measured apart."""

import json

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import measure, slices


def test_each_value_day_and_quarter_is_measured_on_its_own_rows():
    rng = np.random.default_rng(4)
    rows = 800
    gender = np.where(rng.random(rows) < 0.5, "f", "m")
    chance = rng.random(rows) * 0.6
    # The chances are right for women and say nothing about men.
    clicks = (rng.random(rows) < np.where(gender == "f", chance, 0.3)).astype(float)
    table = pa.table(
        {
            "user_id": pa.array([f"u{n}" for n in range(rows)]),
            "ts": pa.array(1_790_000_000_000_000 + np.arange(rows) * 240_000_000, pa.timestamp("us", "UTC")),
            "user_gender": gender,
            "user_age": pa.array([None if n % 9 == 0 else float(n % 60) for n in range(rows)]),
            "context_device": pa.array(["pc"] * rows),
        }
    )
    none = np.zeros(rows, bool)
    scored = {"clicks": clicks, "chance": chance, "weight": np.ones(rows), "new_user": none, "new_ad": gender == "m"}
    told = slices.measured(table, scored)
    found = {row["slice"]: row for row in told}
    assert found["user_gender=f"]["auc"] > 0.65 > 0.58 > found["user_gender=m"]["auc"]
    assert found["new_ad"]["rows"] == found["user_gender=m"]["rows"]
    assert "new_user" not in found
    days = [n for n in found if n.startswith("day=")]
    assert len(days) >= 2
    assert sum(found[n]["rows"] for n in days) == rows
    ages = [row["rows"] for name, row in found.items() if name.startswith("user_age=")]
    assert len(ages) == 4
    assert sum(ages) == rows - sum(n % 9 == 0 for n in range(rows))


def test_the_stage_tells_slices_and_members(trained):
    parts = json.loads((trained.metrics.folder / "slices.json").read_text(encoding="utf-8"))
    assert {"context_device=pc", "user_group=g0"} <= {p["slice"] for p in parts}
    assert {f["slice"] for f in trained.metrics.facts} >= {p["slice"] for p in parts} | {"all"}
    found = json.loads((trained.metrics.folder / "metrics.json").read_text(encoding="utf-8"))
    assert 0 < found["normalised_entropy"] < 1
    assert {"auc_networks", "auc_trees"} <= set(found)


def test_normalised_entropy_is_one_for_the_rate_alone():
    clicks = np.array([1.0, 0.0, 0.0, 0.0])
    assert measure.normalised_entropy(clicks, np.full(4, 0.25)) == pytest.approx(1)
    assert measure.normalised_entropy(clicks, np.array([0.9, 0.1, 0.1, 0.1])) < 1
    assert measure.normalised_entropy(np.ones(4), np.full(4, 0.5)) is None
