"""The report: one file, self-contained, that shows what the lake knows; the README's picture is the stage table's."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from config.lake import Lake, Staging
from config.settings import PROJECT, Settings
from pipeline import STAGES
from report import write
from report.chart import curves
from report.picture import places, svg

DS = "2026-11-01"
PIXEL = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def publish(staging: Staging, **manifest: object) -> None:
    staging.seal({"inputs": [], "fingerprint": "f", "counts": {}, "notes": {}, **manifest})
    staging.partition.publish(gate={"success": True, "results": [], "quarantined": {"too_old": 3}})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake in which a table, a model with a figure and its metrics were made, and one stage failed."""
    found = Lake(str(tmp_path))
    table = Staging(found.partition("clean/documents", DS))
    table.write(pa.table({"doc_id": ["a"]}))
    publish(table, counts={"rows_in": 41, "dropped": {"too_short <b>": 40}})
    model = Staging(found.partition("models/ctr", DS))
    (model.folder / "figures").mkdir()
    (model.folder / "figures" / "users.svg").write_bytes(PIXEL)
    notes = {"history": {"loss": [0.5, 0.25], "val_loss": [0.6, 0.4]}, "figures": {"figures/users.svg": "the users"}}
    publish(model, notes=notes)
    metrics = Staging(found.partition("metrics/ctr", DS))
    metrics.write_json("metrics.json", {"auc": 0.7})
    metrics.facts = [{"metric": "auc", "value": 0.7125, "slice": "all", "floor": 0.5, "primary": True}]
    publish(metrics)
    found.write_json("releases/ctr/current", {"current": "ds=2026-10-31/v1", "previous": []})
    found.write_json("releases/ctr/ds=2026-10-31/v1/metrics.json", {"auc": 0.6875})
    found.write_json(
        f"journal/ds={DS}/qa_train.json", {"outcome": "failed", "seconds": 2.0, "reason": "ValueError: no <rows>"}
    )
    return found


def test_the_report_shows_what_happened_and_needs_nothing_else(lake: Lake) -> None:
    path = write(Settings(lake.root, "test", {}), DS)
    html = Path(path).read_text(encoding="utf-8")
    for shown in ("too_short &lt;b&gt;", "too_old", "0.7125", "0.6875", "the users", "loss: 0.25 (held out 0.4)"):
        assert shown in html
    assert "ValueError: no &lt;rows&gt;" in html
    assert not re.search(r'(src|href)="(?!data:)', html), "the page loads nothing"
    assert "<script" not in html


def test_the_report_of_an_empty_lake_is_a_page(tmp_path: Path) -> None:
    assert "not run" in Path(write(Settings(str(tmp_path), "test", {}), DS)).read_text(encoding="utf-8")


def test_curves_skip_what_is_no_number() -> None:
    assert len(curves({"loss": [1.0, float("nan"), 0.5], "empty": [], "hit@1": [0.1]})) == 2


def test_no_two_boxes_of_the_picture_overlap() -> None:
    at = list(places().values())
    assert len({(p.x, p.y) for p in at}) == len(STAGES)


def test_the_picture_in_the_readme_is_the_stage_table() -> None:
    committed = (PROJECT / "docs" / "pipeline.svg").read_text(encoding="utf-8")
    assert committed == svg(), "draw it again: python -m report.picture > docs/pipeline.svg"
