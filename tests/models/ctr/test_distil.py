"""The ranker's scores as inner products: what was learnt of some requests finds the best ads of others."""

import numpy as np
import pytest

from models.ctr import distil

ADS, KNOWN, REQUESTS = 3000, 12, 60


def world(seed: int, requests: int) -> tuple[np.ndarray, np.ndarray]:
    """Traits of ads and logits that are a mean opinion, three tastes of each request, and a little noise."""
    traits = np.random.default_rng(0).standard_normal((ADS, KNOWN))
    everybody, tastes = np.random.default_rng(1).standard_normal((2, KNOWN, 3))
    rng = np.random.default_rng(seed)
    own = rng.standard_normal((requests, 3)) @ tastes.T
    logits = (own + everybody.sum(axis=1)) @ traits.T - 3.0 + 0.01 * rng.standard_normal((requests, ADS))
    return traits, logits


@pytest.fixture(scope="module")
def learnt():
    return distil.learn(*world(2, REQUESTS))


@pytest.mark.parametrize("sharp", [0.0, 0.7])
def test_a_few_scored_ads_tell_where_the_best_are(learnt, sharp):
    space, _ = learnt
    traits, logits = world(3, 5)
    table, some = space.table(traits), np.arange(0, ADS, 60)
    for own in logits:
        guess = (space.query(table[some], own[some], sharp) @ table.T)[0]
        best = np.argsort(-own)[:10]
        assert (np.argsort(np.argsort(-guess))[best] < 30).all()


def test_requests_are_told_in_the_space(learnt):
    space, asked = learnt
    traits, logits = world(2, REQUESTS)
    guess = asked @ space.table(traits).T
    off = (guess - guess.mean(axis=1, keepdims=True)) - (logits - logits.mean(axis=1, keepdims=True))
    assert (off**2).mean() < 0.02 * logits.var()


def test_ads_without_a_difference_are_no_error():
    space, asked = distil.learn(np.ones((5, 4)), np.zeros((3, 5)))
    table = space.table(np.ones((5, 4)))
    assert np.isfinite(table).all()
    assert np.isfinite(asked).all()
    assert np.isfinite(space.query(table, np.zeros(5), sharp=3.0)).all()


def test_a_space_is_stored_without_loss(learnt, tmp_path):
    learnt[0].save(tmp_path / "distilled.npz")
    traits = world(3, 1)[0][:5]
    np.testing.assert_array_equal(
        distil.Distilled.load(tmp_path / "distilled.npz").table(traits), learnt[0].table(traits)
    )
