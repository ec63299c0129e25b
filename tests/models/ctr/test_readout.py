"""Two releases on one log: who is better, by how much, and how sure that is."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from config.task import BadInput
from models.ctr import measure, readout

RNG = np.random.default_rng(3)
TRUTH = 1 / (1 + np.exp(-RNG.normal(-1, 1.5, 4000)))
CLICKS = (RNG.random(4000) < TRUTH).astype(float)
PEOPLE = np.arange(4000) // 8


def compared(base, other):
    return {row["metric"]: row for row in readout.compare(CLICKS, base, other, PEOPLE)}


def test_the_better_release_gains_and_the_interval_tells():
    dull = np.clip(TRUTH * np.exp(RNG.normal(0, 1.0, 4000)), 0.001, 0.999)
    there, back = compared(dull, TRUTH), compared(TRUTH, dull)
    for name in ("logloss", "normalised_entropy", "auc"):
        assert there[name]["verdict"] == "better" and back[name]["verdict"] == "worse"
        assert there[name]["low"] < there[name]["gain"] < there[name]["high"]
        assert there[name]["gain"] == pytest.approx(-back[name]["gain"])
    assert there["logloss"]["other"] == pytest.approx(measure.logloss(CLICKS, TRUTH))
    assert there["auc"]["other"] == pytest.approx(measure.auc(CLICKS, TRUTH))


def test_chance_alone_is_no_gain():
    found = []
    for _ in range(8):
        shaken = [np.clip(TRUTH * np.exp(RNG.normal(0, 0.05, 4000)), 0.001, 0.999) for _ in range(2)]
        found += [row["verdict"] for row in compared(*shaken).values()]
    assert found.count("open") >= 0.75 * len(found)
    same = compared(TRUTH, TRUTH)
    assert all(row["gain"] == row["low"] == row["high"] == 0 for row in same.values())


def test_two_servers_on_a_log(server, make_log):
    table = make_log(120, seed=9, start_hours=60)
    worse = replace(server, calibration=measure.Calibration(0.01))
    found = {row["metric"]: row for row in readout.read_out(worse, server, table)}
    assert found["logloss"]["verdict"] == "better" and found["auc"]["gain"] == pytest.approx(0, abs=1e-9)
    rate = readout.own_click_rate(server, server, table.append_column("propensity", pa.array([1 / 40] * len(table))))
    assert rate["metric"] == "click_rate_snips" and rate["gain"] == 0


def test_a_log_that_never_shows_a_releases_own_choice_tells_no_click_rate(server, make_log):
    few = make_log(120, seed=9, start_hours=60).slice(0, 4).append_column("propensity", pa.array([1 / 40] * 4))
    with pytest.raises(BadInput, match="none of the 4 rows"):
        readout.own_click_rate(server, server, few)


def test_a_log_of_one_class_says_so(server, make_log):
    table = make_log(30, seed=9, rate=0.0)
    with pytest.raises(BadInput, match="rows with a click and rows without"):
        readout.read_out(server, server, table)


def test_rows_that_a_release_learnt_from_are_counted(server, make_log):
    assert readout.known(server, server, make_log(50, seed=5)) > 40
    assert readout.known(server, server, make_log(50, seed=5, start_hours=60)) == 0
