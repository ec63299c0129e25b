import numpy as np

from models.personalization.ledger import FOREVER, key, ledger

TAUS = (FOREVER, 1000.0, 50.0)


def naive(keys, t, weight, ask, when):
    found = np.zeros((len(ask), len(TAUS)))
    for row, (k, now) in enumerate(zip(ask, when, strict=True)):
        for i, w in zip(np.flatnonzero((keys == k) & (t < now)), weight[(keys == k) & (t < now)], strict=True):
            found[row] += w * np.exp(-(now - t[i]) / np.array(TAUS))
    return found


def test_decayed_sums_are_those_of_all_events_strictly_before():
    rng = np.random.default_rng(3)
    keys, t, weight = key(rng.integers(0, 7, 300)), rng.integers(0, 900, 300), rng.random(300)
    ask, when = key(rng.integers(0, 9, 200)), rng.integers(-50, 1500, 200)
    np.testing.assert_allclose(
        ledger(keys, t, TAUS, weight).at(ask, when), naive(keys, t, weight, ask, when), atol=1e-9
    )


def test_an_event_is_not_known_at_its_own_time():
    one = ledger(key(np.array([5])), np.array([100]), (FOREVER,))
    assert one.at(key(np.array([5, 5, 6])), np.array([100, 101, 101])).ravel().tolist() == [0.0, 1.0, 0.0]


def test_recent_events_newest_first():
    t = np.array([10, 30, 20, 40])
    book = ledger(key(np.array([1, 1, 1, 2])), t, (FOREVER,))
    assert book.recent(key(np.array([1])), np.array([30]), 3).tolist() == [[2, 0, -1]]


def test_an_empty_ledger_answers():
    book = ledger(key(np.zeros(0, dtype=np.int64)), np.zeros(0, dtype=np.int64), TAUS)
    assert book.at(key(np.array([1])), np.array([5])).tolist() == [[0.0, 0.0, 0.0]]
    assert book.recent(key(np.array([1])), np.array([5]), 2).tolist() == [[-1, -1]]


def test_keys_of_pairs_do_not_collide_by_symmetry():
    a, b = np.meshgrid(np.arange(200), np.arange(200))
    assert len(np.unique(key(a.ravel(), b.ravel()))) == 40_000
