"""The propensities that are told are the probabilities with which ads are shown."""

from dataclasses import replace

import numpy as np
import pytest

from config.settings import SettingsError
from models.ctr import explore
from models.ctr.config import CtrConfig
from models.ctr.explore import Exploration

CHANCE = np.array([0.30, 0.28, 0.2, 0.1, 0.05, 0.02])
EVIDENCE = np.array([200.0, 20.0, 50.0, 10.0, 5.0, 500.0])


@pytest.mark.parametrize("kind", ["epsilon", "thompson"])
def test_ads_are_shown_as_often_as_their_propensity_says(kind):
    rng, requests = np.random.default_rng(8), 6000
    shown, told = np.zeros(len(CHANCE)), np.zeros(len(CHANCE))
    for _ in range(requests):
        places, propensity = explore.choose(CHANCE, EVIDENCE, 2, Exploration(kind, 0.4), rng)
        shown[places] += 1
        told += propensity
        assert len(set(places.tolist())) == 2
        assert (propensity[places] > 0).all()
        assert propensity.sum() == pytest.approx(2)
    # Four standard deviations of a share over so many requests.
    np.testing.assert_allclose(shown / requests, told / requests, atol=4 * 0.5 / np.sqrt(requests))


def test_weights_by_propensity_tell_what_another_policy_earns():
    """IPS over explored requests finds the click rate of showing the third ad always."""
    rng, gains = np.random.default_rng(9), []
    for _ in range(12_000):
        places, propensity = explore.choose(CHANCE, EVIDENCE, 1, Exploration("epsilon", 0.5), rng)
        click = rng.random() < CHANCE[places[0]]
        gains.append(click * (places[0] == 2) / propensity[places[0]])
    assert np.mean(gains) == pytest.approx(CHANCE[2], abs=0.05)


def test_rarely_shown_ads_are_explored_more_by_thompson():
    chance, evidence = np.array([0.2, 0.1, 0.1]), np.array([1e4, 1e4, 5.0])
    _, propensity = explore.choose(chance, evidence, 1, Exploration("thompson", 1.0), np.random.default_rng(1))
    assert propensity[2] > 0.1 > propensity[1]


def test_without_exploration_the_best_are_shown_for_sure():
    places, propensity = explore.choose(CHANCE, EVIDENCE, 3, Exploration(), np.random.default_rng(0))
    assert places.tolist() == [0, 1, 2]
    assert propensity.tolist() == [1, 1, 1, 0, 0, 0]


def test_a_request_is_answered_the_same_again_and_its_ads_tell_their_propensity(server):
    exploring = replace(server, exploration=Exploration("epsilon", 0.5))
    answers = [exploring.answer({"user": "u3", "k": 4, "request": f"r{n}"}) for n in range(8)]
    assert answers[0] == exploring.answer({"user": "u3", "k": 4, "request": "r0"})
    told = {round(ad["propensity"], 6) for a in answers for ad in a["ads"]}
    assert told == {round(0.5 * 4 / 44, 6), round(0.5 + 0.5 * 4 / 44, 6)}
    plain = server.answer({"user": "u3", "k": 4})
    assert [ad["propensity"] for ad in plain["ads"]] == [1, 1, 1, 1]


@pytest.mark.parametrize(("name", "value"), [("explore", "greedy"), ("explore_share", 1.5), ("trees", -1)])
def test_settings_out_of_range_are_named(name, value):
    with pytest.raises(SettingsError, match=name):
        CtrConfig(**{name: value})
