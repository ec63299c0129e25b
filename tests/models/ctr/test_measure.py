"""Measures against known values, and the corrections of a logit."""

import numpy as np
import pytest

from models.ctr import evaluate, measure

RNG = np.random.default_rng(3)


def test_auc_is_the_share_of_pairs_in_order_ties_half():
    clicks = (RNG.random(200) < 0.2).astype(float)
    scores = np.round(RNG.random(200) + clicks * 0.3, 1)
    won, lost = scores[clicks > 0][:, None], scores[clicks == 0][None, :]
    assert measure.auc(clicks, scores) == pytest.approx(((won > lost) + (won == lost) / 2).mean())


def test_logloss_and_ece_of_known_cases():
    clicks = np.array([1.0, 0.0, 0.0, 0.0])
    assert measure.logloss(clicks, np.full(4, 0.25)) == pytest.approx(-(np.log(0.25) + 3 * np.log(0.75)) / 4)
    assert np.isfinite(measure.logloss(clicks, np.array([0.0, 0, 0, 0])))
    many = np.tile(clicks, 150)
    assert measure.ece(many, np.full(600, 0.25)) < 0.03
    assert measure.ece(many, np.full(600, 0.75)) == pytest.approx(0.5)


@pytest.mark.parametrize("clicks", [np.zeros(4), np.ones(4)])
def test_one_class_has_no_auc(clicks):
    assert measure.auc(clicks, np.arange(4.0)) is None


def test_down_sampling_is_undone():
    """p / (p + (1 - p) / w), the formula of the correction."""
    p, w = np.array([0.1, 0.5, 0.9]), 0.25
    logits = np.log(p / (1 - p))
    np.testing.assert_allclose(measure.Calibration(w)(logits), p / (p + (1 - p) / w))


def test_calibration_finds_slope_and_intercept():
    truth = RNG.normal(-2, 1, 20_000)
    clicks = (RNG.random(20_000) < measure.sigmoid(truth)).astype(float)
    logits = (truth - 0.7) / 1.6 - np.log(0.3)
    fitted = measure.calibrate(logits, clicks, 0.3)
    assert fitted.slope == pytest.approx(1.6, rel=0.1)
    assert measure.ece(clicks, fitted(logits)) < 0.01
    assert measure.ece(clicks, measure.Calibration(1.0)(logits)) > 0.03


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_calibration_is_no_worse_than_the_base_rate_from_any_start(scale):
    rng = np.random.default_rng(3)
    truth = rng.normal(size=4000) - 2
    clicks = (rng.random(4000) < measure.sigmoid(truth)).astype(float)
    fitted = measure.calibrate(truth * scale + 5 * scale, clicks, 1.0)(truth * scale + 5 * scale)
    plain = measure.logloss(clicks, np.full(4000, clicks.mean()))
    assert measure.logloss(clicks, fitted) < plain


def test_calibration_keeps_order_and_survives_one_class():
    fitted = measure.calibrate(-np.arange(50.0), (np.arange(50) > 25).astype(float), 1.0)
    assert fitted.slope == 1.0
    assert measure.calibrate(np.arange(5.0), np.zeros(5), 0.5) == measure.Calibration(0.5)


def test_recall_counts_ties_half_and_needs_a_click():
    vectors = np.eye(300, dtype=np.float32)
    own, none = np.array([0, 1]), np.zeros((2, 0), int)
    assert evaluate.recall(vectors[:2], vectors, own, none) == 1.0
    # All ads equal: the own ad stands in the middle of 300, so it is not among the 100 nearest.
    level = np.zeros((2, 300), np.float32)
    assert evaluate.recall(level, vectors, own, none) == 0.0
    # What was clicked before comes first, and takes a place from the nearest.
    assert evaluate.recall(level, vectors, own, np.array([[7, 0], [7, -1]])) == 0.5
    assert evaluate.recall(level[:0], vectors, np.zeros(0, int), none[:0]) is None
    popularity = np.arange(300.0)
    assert evaluate.popular(popularity, np.array([299, 250, 10, 299])) == 0.75


def test_a_row_that_stands_for_three_counts_as_three():
    rng = np.random.default_rng(5)
    clicks, chance = (rng.random(60) < 0.3).astype(float), np.round(rng.random(60), 1)
    weight = np.where(clicks > 0, 1.0, 3.0)
    often = np.repeat(np.arange(60), weight.astype(int))
    for metric in (measure.auc, measure.logloss, measure.normalised_entropy):
        assert metric(clicks, chance, weight) == pytest.approx(metric(clicks[often], chance[often]))
    assert measure.auc(clicks, chance, weight) != measure.auc(1 - clicks, chance, weight)
    table = measure.reliability(clicks, chance, weight, bins=1)
    assert table[0] == pytest.approx([chance[often].mean(), clicks[often].mean(), len(often)])
