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
    publish(model, notes=notes | {"remark": "many labels are <wrong>", "spared": ""})
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
    assert "<p>many labels are &lt;wrong&gt;</p>" in html and "<p></p>" not in html
    assert "ValueError: no &lt;rows&gt;" in html
    assert not re.search(r'(src|href)="(?!data:)', html), "the page loads nothing"
    assert "<script" not in html


def test_the_report_of_an_empty_lake_is_a_page(tmp_path: Path) -> None:
    assert "not run" in Path(write(Settings(str(tmp_path), "test", {}), DS)).read_text(encoding="utf-8")


def trial(number: int, score: float | None, **more: object) -> dict[str, object]:
    scores = [] if score is None else [score - 0.1, score]
    values = {"rate": 10.0**-number, "kind": "gru" if number % 2 else "lstm"}
    told = {
        "uid": f"t{number}",
        "pool": "done",
        "score": score,
        "scores": scores,
        "values": values,
        "origin": "sampled",
    }
    place = {"start": 0, "epoch": len(scores), "until": 2, "parent": "", "member": -1}
    return {**told, **place, "epochs": 2, "cpu_s": 1.0, "wall_s": 1.0, "agent_s": 0.1, "notes": ["<b>"], **more}


def tuned(lake: Lake, trials: list[dict[str, object]]) -> str:
    """The report of a day on which a product was tuned."""
    space = [
        {"name": "rate", "default": 0.1, "scale": "log", "low": 0.001, "high": 1},
        {"name": "kind", "default": "gru"},
    ]
    best = {"values": {"rate": 0.1, "kind": "gru"}, "cost": {"epochs": 6, "cpu_s": 3.0, "wall_s": 3.0, "agent_s": 0.1}}
    staging = Staging(lake.partition("tuned/ctr", DS))
    told = {"product": "ctr", "problem": "ctr study", "chosen": "tuned", "verdict": "tuned config chosen: gain"}
    more = {"margin": 0.01, "incumbent": {"rate": 0.5, "kind": "lstm"}, "importances": {"rate": 0.8, "kind": 0.2}}
    seeds = [{"seed": 11, "incumbent": 0.5, "winner": 0.6, "gain": 0.1}]
    revisions = [{"number": 0, "change": "begun", "space": space, "kept": 0, "earlier": 0}]
    study = {**told, **more, "winner": best, "confirmed": seeds, "revisions": revisions, "trials": trials}
    staging.write_json("study.json", study)
    publish(staging)
    return Path(write(Settings(lake.root, "test", {}), DS)).read_text(encoding="utf-8")


def test_a_study_is_shown_with_pictures_that_need_nothing_else(lake: Lake) -> None:
    trials = [trial(1, 0.5), trial(2, 0.7), trial(3, None, pool="failed")]
    html = tuned(lake, trials)
    for shown in ("tuned config chosen", "Optimisation history", "Best score by epochs", "Best score by CPU seconds"):
        assert shown in html
    assert html.count("<polyline points") - html.count('fill="none" stroke="#3867b0"') >= 2
    assert html.count("data-axis=") == 3 and html.count("data-at=") == 2, "rate, kind and score; a line a scored trial"
    assert 'aria-label="lineage"' not in html
    assert not re.search(r'(src|href)="(?!data:)', html) and "http://" not in html.replace("http://www.w3.org", "")
    assert "&lt;b&gt;" in html


def test_a_population_is_shown_as_a_tree(lake: Lake) -> None:
    child = trial(3, 0.9, parent="t1", member=1, start=2, epoch=4)
    html = tuned(lake, [trial(1, 0.5, member=0), trial(2, 0.4, member=1), child])
    assert 'aria-label="lineage"' in html and "member 1" in html


def test_a_study_of_one_trial_without_a_score_is_a_page(lake: Lake) -> None:
    html = tuned(lake, [trial(1, None)])
    assert "ctr study" in html and 'aria-label="parallel coordinates"' not in html


def test_curves_skip_what_is_no_number() -> None:
    assert len(curves({"loss": [1.0, float("nan"), 0.5], "empty": [], "hit@1": [0.1]})) == 2


def test_what_is_held_out_is_dashed_with_or_without_a_curve_beside() -> None:
    beside, alone, _ = curves({"loss": [1.0, 0.5], "val_loss": [1.1, 0.7], "val_auc": [0.6, 0.7], "other": [1.0]})
    assert beside.count("<polyline") == 2 and beside.count("stroke-dasharray") == 1
    assert alone.count("<polyline") == alone.count("stroke-dasharray") == 1 and "auc: held out 0.7" in alone


def test_no_two_boxes_of_the_picture_overlap() -> None:
    at = list(places().values())
    assert len({(p.x, p.y) for p in at}) == len(STAGES)


def test_the_picture_in_the_readme_is_the_stage_table() -> None:
    committed = (PROJECT / "docs" / "pipeline.svg").read_text(encoding="utf-8")
    assert committed == svg(), "draw it again: python -m report.picture > docs/pipeline.svg"
