"""Weights on made-up scores."""

import numpy as np

from models.chatbot.ensemble import fit_weights
from models.chatbot.rank import WEIGHED

rng = np.random.default_rng(5)
N, C, R = 300, 12, len(WEIGHED)


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
    assert hits(found, weights) > max(hits(found, w) for w in np.eye(R)[:-1])
    assert weights[:2].min() > weights[2:].max()
