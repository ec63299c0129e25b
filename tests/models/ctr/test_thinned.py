"""Chances fitted on a thinned log are right for the whole one."""

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import evaluate, measure, thinned


def test_chances_are_those_of_the_log_as_delivered():
    rng = np.random.default_rng(0)
    logits = rng.normal(-3, 1, 200_000)
    clicks = (rng.random(len(logits)) < measure.sigmoid(logits)).astype(float)
    kept = (clicks > 0) | (rng.random(len(logits)) < 0.2)
    table = pa.table({"click": clicks[kept].astype(int), "weight": np.where(clicks[kept] > 0, 1.0, 5.0)})
    fitted = measure.calibrate(logits[kept], clicks[kept], 1.0)
    assert fitted(logits).mean() > 2 * clicks.mean()
    whole = thinned.corrected(fitted, table)
    assert whole(logits).mean() == pytest.approx(clicks.mean(), rel=0.02)
    p, w = fitted(logits[:5]), 0.2
    assert whole(logits[:5]) == pytest.approx(p / (p + (1 - p) / w), rel=1e-6)


def test_a_whole_log_changes_nothing():
    plain = measure.Calibration(1.0, 0.9, 0.1)
    assert thinned.corrected(plain, pa.table({"click": [0, 1]})) is plain
    assert thinned.corrected(plain, pa.table({"click": [0, 1], "weight": [1.0, None]})) == plain


def test_a_thinned_log_is_scored_as_the_whole(server, make_log):
    """Every unclicked row that was left out lowers the click rate, whether it is there or told by a weight."""
    log = make_log(400, seed=6, start_hours=60)
    clicks = log["click"].to_numpy()
    thin = log.append_column("weight", pa.array(np.where(clicks > 0, 1.0, 10.0)))
    plain, told = (evaluate.summary(evaluate.predict(server, table)) for table in (log, thin))
    rate = clicks.mean()
    assert told["base_rate"] == pytest.approx(rate / (rate + 10 * (1 - rate)))
    assert told["auc"] == pytest.approx(plain["auc"])
    assert told["logloss"] != pytest.approx(plain["logloss"], rel=0.1)
