from dataclasses import replace

import numpy as np
import pytest

from models.ctr import crosses, factors, measure


@pytest.fixture(scope="module")
def likings():
    """Rows of 80 people and 60 ads whose clicks hidden vectors decide: (encoded rows, clicks, chances)."""
    rng = np.random.default_rng(3)
    user, ad = rng.integers(80, size=16_000), rng.integers(60, size=16_000)
    chance = measure.sigmoid((rng.normal(size=(80, 2))[user] * rng.normal(size=(60, 2))[ad]).sum(axis=1) * 1.5)
    arrays = {"user_tokens": 2 + user[:, None].astype(np.int32), "ad_tokens": 2 + ad[:, None].astype(np.int32)}
    none = np.zeros((len(user), 1), np.float32)
    numbers = {f"{name}_numbers": none for name in ("user", "context", "ad")}
    return {**arrays, **numbers, "pair": none}, (rng.random(len(user)) < chance).astype(float), chance


NOTHING = crosses.Crosses(
    np.zeros((0, 5), int), np.zeros((0, 2), int), np.zeros(0, np.float32), np.zeros(4), np.zeros(3, int), 0
)


def test_hidden_likings_are_found_from_ids(likings):
    arrays, clicks, chance = likings
    found = factors.added(NOTHING, arrays, clicks, np.arange(14_000))
    later = {name: values[14_000:] for name, values in arrays.items()}
    best = measure.auc(clicks[14_000:], chance[14_000:])
    assert measure.auc(clicks[14_000:], found.logits(later)) > best - 0.015
    # Who was numbered after the factors were learnt has none.
    later["user_tokens"] = later["user_tokens"] + 1000
    np.testing.assert_array_equal(found.logits(later), 0)


def test_the_same_rows_give_the_same_factors_and_a_file_keeps_them(likings, tmp_path):
    arrays, clicks, _ = likings
    one, two = (factors.added(NOTHING, arrays, clicks, np.arange(2000)) for _ in range(2))
    np.testing.assert_array_equal(one.people, two.people)
    one.save(tmp_path / "crosses.npz")
    np.testing.assert_array_equal(crosses.Crosses.load(tmp_path / "crosses.npz").logits(arrays), one.logits(arrays))


def test_clicks_by_lot_are_not_learnt_by_heart(likings):
    arrays, clicks, _ = likings
    lot = (np.random.default_rng(9).random(len(clicks)) < 0.3).astype(float)
    known = replace(NOTHING, base=float(np.log(0.3 / 0.7)))
    found = factors.added(known, arrays, lot, np.arange(8000))
    assert np.std(found.logits(arrays)) < 0.1
    assert (
        measure.logloss(lot[8000:], measure.sigmoid(found.logits(arrays)[8000:]))
        < measure.logloss(lot[8000:], np.full(8000, 0.3)) + 2e-3
    )
