from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import alike, crosses, factors, features, measure, rows
from models.ctr.config import CtrConfig
from models.ctr.memory import empty


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


def test_factors_learnt_together_with_the_crosses_know_what_counts_would_take_from_them():
    """People meet the same ads again and again, so that the counts of a pair tell late what factors tell at once."""
    rng = np.random.default_rng(4)
    user, ad = rng.integers(300, size=30_000), rng.integers(60, size=30_000)
    likes = (rng.normal(size=(300, 4))[user] * rng.normal(size=(60, 4))[ad]).sum(axis=1) * 0.8
    chance = measure.sigmoid(likes - 1.5)
    ts = pa.array(1_790_000_000_000_000 + 60_000_000 * np.arange(30_000), pa.timestamp("us", "UTC"))
    names = {"user_id": [f"u{n}" for n in user], "ad_id": [f"a{n}" for n in ad]}
    log = pa.table({**names, "ts": ts, "click": (rng.random(30_000) < chance).astype(np.int64)})
    schema = features.fit(log, CtrConfig())
    built = rows.build(schema, log, rows.catalogue(schema, log), empty(20, 0.2), alike.nothing())
    found = factors.ways(schema, built.arrays, built.clicks, np.arange(24_000))
    later = {name: values[24_000:] for name, values in built.arrays.items()}
    told = {way: measure.auc(built.clicks[24_000:], known.logits(later)) for way, known in found.items()}
    assert told["together"] > told["after"] + 0.005 > told["none"] + 0.005
    only = factors.ways(schema, built.arrays, built.clicks, np.arange(24_000), ("together",))
    assert list(only) == ["together"]
    np.testing.assert_array_equal(only["together"].logits(later), found["together"].logits(later))


def test_a_row_is_not_told_of_its_own_click():
    rng = np.random.default_rng(5)
    user, ad = np.arange(6000) % 3000, rng.integers(40, size=6000)
    lot = (rng.random(6000) < 0.3).astype(float)
    assert abs(measure.auc(lot, factors.of_others(user, ad, lot)) - 0.5) < 0.03
