"""Counts strictly before each event, against counting one by one; settings and priors."""

import numpy as np
import pytest

from config.settings import SettingsError
from jobs.impressions import ImpressionsConfig
from jobs.impressions.backwards import DAY, before
from jobs.impressions.history import priors

WINDOWS = (1, 7, 30)


def test_every_window_is_what_counting_one_by_one_finds():
    rng = np.random.default_rng(0)
    keys, days = rng.integers(5, size=300), rng.integers(40, size=300)
    times = days * DAY + rng.integers(20, size=300) * 1000
    shows, clicks = rng.integers(1, 4, size=300), rng.integers(2, size=300)
    found = before(keys, times, days, shows, clicks, WINDOWS)
    for row in range(300):
        for place, window in enumerate(WINDOWS):
            past = (keys == keys[row]) & (times < times[row]) & (days > days[row] - window)
            assert [found[0][row, place], found[1][row, place]] == [shows[past].sum(), clicks[past].sum()]


def test_rows_of_one_instant_do_not_see_each_other():
    ones = np.ones(3, np.int64)
    shows, _ = before(ones, np.array([5, 5, 6]), ones, ones, ones, (1,))
    assert shows[:, 0].tolist() == [0, 0, 2]


def test_the_prior_knows_the_hours_before_alone():
    config = ImpressionsConfig(smoothing=10, prior=0.1, windows=(1, 2))
    hours = {48: (100, 50), 49: (100, 0), 72: (1, 1)}
    found = priors(hours, {1: (100, 20)}, config)
    assert found[48] == pytest.approx((20 + 1) / 110)
    assert found[49] == pytest.approx((20 + 50 + 1) / 210)
    assert found[72] == pytest.approx((50 + 1) / 210), "the day before, and no longer the one before that"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"keep_negatives": 0.0}, "keep_negatives = 0.0"),
        ({"windows": (0, 7)}, "windows"),
        ({"windows": (7, 7)}, "windows"),
        ({"smoothing": 0.0}, "smoothing"),
    ],
)
def test_settings_that_cannot_be(values, said):
    with pytest.raises(SettingsError, match=said):
        ImpressionsConfig(**values)
