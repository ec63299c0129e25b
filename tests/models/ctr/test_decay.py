"""Counts that fade."""

import numpy as np
import pytest

from models.ctr import decay, memory
from models.ctr.decay import DAY, HALF_LIVES
from models.ctr.memory import Events


def plainly(keys, times, row):
    """The sum of what every earlier row of the key is worth, one by one."""
    age = (times[row] - times[(keys == keys[row]) & (times < times[row])]) / DAY
    return [float(np.sum(0.5 ** (age / half))) for half in HALF_LIVES]


def drawn(rows=400, days=400, seed=3):
    rng = np.random.default_rng(seed)
    keys = rng.integers(1, 6, rows).astype(np.uint64)
    times = rng.integers(0, int(days * 20), rows) * int(DAY / 20)  # many rows of one instant
    return keys, times


def test_a_show_counts_half_after_a_half_life():
    times = np.array([0, int(2 * DAY)])
    now = decay.before(np.array([7, 7], np.uint64), times)
    assert now[0].tolist() == [0, 0, 0]
    assert now[1].tolist() == pytest.approx([1 / 16, 1 / 2, 2**-0.25])


@pytest.mark.parametrize("days", [2, 4000])
def test_every_row_is_told_the_sum_of_the_rows_before_it(days):
    keys, times = drawn(days=days)
    found = decay.before(keys, times)
    for row in range(len(keys)):
        np.testing.assert_allclose(found[row], plainly(keys, times, row), rtol=1e-9, atol=1e-200)


def test_one_row_and_no_row():
    assert decay.before(np.array([3], np.uint64), np.array([5])).tolist() == [[0, 0, 0]]
    assert decay.before(np.zeros(0, np.uint64), np.zeros(0, np.int64)).shape == (0, 3)


def remembered(keys, times, cuts):
    state = memory.empty(2, 0.1)
    for begin, end in cuts:
        k, t = keys[begin:end], times[begin:end]
        log = Events(k, k, t, np.zeros(len(k)))
        state = memory.remember(state, k[:, None], k[:, None], log)
    return state


def test_remembered_in_parts_it_is_what_one_pass_tells():
    keys, times = drawn(days=30)
    order = np.argsort(times, kind="stable")
    keys, times = keys[order], times[order]
    half = int(np.searchsorted(times, times[200]))
    state = remembered(keys, times, [(0, half)])
    later = memory.past_fading(state, keys[half:, None], times[half:])
    np.testing.assert_allclose(later[:, 0], decay.before(keys, times)[half:], rtol=1e-9)
    both, once = remembered(keys, times, [(0, half), (half, 400)]), remembered(keys, times, [(0, 400)])
    asked = np.arange(1, 6, dtype=np.uint64)
    np.testing.assert_allclose(both.faded(asked), once.faded(asked), rtol=1e-9)
    assert once.faded(np.array([[99, 0]], np.uint64)).tolist() == [[[0, 0, 0], [0, 0, 0]]]


def test_what_has_faded_is_no_longer_kept():
    keys, times = np.array([1, 2], np.uint64), np.array([0, int(100 * DAY)])
    state = remembered(keys, times, [(0, 2)])
    assert state.fading_keys.tolist() == [0, 2]
