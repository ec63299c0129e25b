"""Weights, confidence and threshold on made-up scores."""

import numpy as np
import pytest

from models.chatbot.ensemble import choose_threshold, fit_confidence, fit_weights, top_and_margin
from models.chatbot.rank import RETRIEVERS

rng = np.random.default_rng(5)
N, C, R = 300, 12, len(RETRIEVERS)


def made_up():
    """Scores in which retriever 0 knows most, 1 knows other things, the rest nothing."""
    found = rng.random((N, C, R)) * 0.3
    found[: N * 2 // 3, 0, 0] += 0.4
    found[N // 3 :, 0, 1] += 0.3
    return found, np.ones((N, C), bool)


def hits(found, weights):
    return ((found @ weights).argmax(axis=1) == 0).mean()


def test_weights_beat_every_single_retriever_and_are_never_negative():
    found, valid = made_up()
    weights = fit_weights(found, valid)
    assert (weights >= 0).all()
    assert hits(found, weights) > max(hits(found, w) for w in np.eye(R))
    assert weights[:2].min() > weights[2:].max()


def test_confidence_grows_with_score_and_is_about_as_often_right():
    found, valid = made_up()
    weights = fit_weights(found, valid)
    sure = fit_confidence(found, valid, weights, 0.9)
    scores = found @ weights
    said = sure(*top_and_margin(scores, weights.sum()))
    right = scores.argmax(axis=1) == 0
    assert said[right].mean() > said[~right].mean()
    assert 0 <= right.mean() - said.mean() < 0.2  # a fifth of the weight is on strangers
    assert sure(np.array([0.0]), np.array([0.0])) < sure(np.array([0.9]), np.array([0.5]))


def test_threshold_is_the_lowest_of_the_wanted_precision():
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    right = np.array([1.0, 1.0, 0.0, 1.0])
    assert choose_threshold(confidence, right, np.ones(4), 0.75) == 0.6
    assert choose_threshold(confidence, right, np.ones(4), 0.8) == 0.8
    assert choose_threshold(confidence, 1 - right, np.ones(4), 0.9) == 0.9


def test_one_scenario_has_no_second():
    top, margin = top_and_margin(np.array([[2.0]]), 4.0)
    assert (top, margin) == (pytest.approx(0.5), pytest.approx(0.5))
