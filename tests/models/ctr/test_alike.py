"""People alike: what somebody's ads say of other ads, told without looking ahead or at oneself."""

import numpy as np
import pytest

from models.ctr import alike, counters, memory
from models.ctr.memory import Events

HERDS, EACH, ADS = 4, 60, 80


@pytest.fixture(scope="module")
def log():
    """Everybody clicks ads of one herd of ads alone, now and then."""
    rng = np.random.default_rng(3)
    n = 12_000
    user, ad = rng.integers(HERDS * EACH, size=n), rng.integers(ADS, size=n)
    click = (user % HERDS == ad % HERDS) & (rng.random(n) < 0.6)
    keys = [memory.mix(np.uint64(kind), who.astype(np.uint64)) for kind, who in ((1, user), (2, ad))]
    return Events(*keys, np.arange(n), click.astype(np.float64)), user % HERDS == ad % HERDS


@pytest.fixture(scope="module")
def known(log):
    events, _ = log
    own = events.part(events.clicks > 0)
    return alike.learn(own.users, own.ads)


def test_what_people_alike_clicked_is_told_apart_from_what_others_did(log, known):
    events, liked = log
    told = alike.told(known, memory.empty(2, 0.1), events, len(events.users))[:, 0]
    late = events.times > 6000
    assert told[late & liked].mean() > 3 * told[late & ~liked].mean()
    assert not told[events.times == 0].any()


def test_a_click_is_not_told_by_itself(log, known):
    """Clicks drawn by lot teach nothing: rows that taught the factors are not told their own."""
    events, _ = log
    rng = np.random.default_rng(8)
    lot = Events(events.users, events.ads, events.times, (rng.random(len(events.users)) < 0.1).astype(np.float64))
    own = lot.part(lot.clicks > 0)
    taught = alike.learn(own.users, own.ads)
    told = alike.told(taught, memory.empty(2, 0.1), lot, len(lot.users))[:, 0]
    late = lot.times > 6000
    gap = told[late & (lot.clicks > 0)].mean() - told[late & (lot.clicks == 0)].mean()
    assert abs(gap) < 0.1 * told[late].std()


def test_rows_see_earlier_clicks_alone_and_a_memory_tells_what_a_replay_does(log, known):
    events, _ = log
    rows = np.arange(8000, 8050)
    whole = alike.past(known, memory.empty(2, 0.1), events, rows)
    cut = events.part(slice(0, 8050))
    np.testing.assert_allclose(alike.past(known, memory.empty(2, 0.1), cut, rows), whole)
    early = events.part(slice(0, 8000))
    keys = counters.user_keys(early.users)[:, None]
    state = memory.remember(memory.empty(2, 0.1), keys, keys, early)
    later = events.part(slice(8000, 8050))
    np.testing.assert_allclose(alike.past(known, state, later, np.arange(50)), whole, atol=1e-9)
    now = known.people(state.clicked(later.users[:1], memory.LIKED))
    np.testing.assert_allclose(now[0], whole[0], atol=1e-9)


def test_somebody_alone_is_like_nobody():
    many = np.arange(1500)
    events = Events(np.ones(1500, np.uint64), many.astype(np.uint64), many, np.ones(1500))
    known = alike.learn(events.users, events.ads)
    assert known.factors.shape[1] == alike.WIDE
    assert not alike.told(known, memory.empty(2, 0.1), events, 1500).any()
    later = alike.told(known, memory.empty(2, 0.1), events, 1000)
    assert later[1000:].shape == (500, 1) and np.isfinite(later).all()


def test_too_few_clicks_teach_nothing():
    nobody = alike.learn(np.arange(3000, dtype=np.uint64), np.arange(3000, dtype=np.uint64))  # one click each
    assert nobody.factors.shape[1] == 0
    people = nobody.people(np.zeros((2, 5), np.uint64))
    assert alike.numbers(people, nobody.of(np.zeros(2, np.uint64))).shape == (2, 0)


def test_factors_survive_the_file_and_are_the_same_each_time(log, known, tmp_path):
    events, _ = log
    own = events.part(events.clicks > 0)
    known.save(tmp_path / "one.npz")
    alike.learn(own.users, own.ads).save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    back = alike.Alike.load(tmp_path / "one.npz")
    np.testing.assert_array_equal(back.of(events.ads[:9]), known.of(events.ads[:9]))
