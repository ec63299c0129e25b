"""Counters and histories look strictly backwards."""

import numpy as np
import pyarrow as pa

from models.ctr import memory

A, B, X, Y = memory.name_hashes(pa.array(["a", "b", "x", "y"]))


def rows(events):
    """(user, ad, time, click) tuples as arrays, with one content token an ad."""
    users, ads, times, clicks = (np.array(c) for c in zip(*events, strict=True))
    return users.astype(np.uint64), ads.astype(np.uint64), times.astype(np.int64), clicks.astype(float)


def keys(users, ads):
    return memory.keys_of(users, ads, np.where(ads == X, 1, 2)[:, None])


LOG = rows([(A, X, 10, 1), (A, X, 20, 0), (B, X, 20, 1), (A, Y, 20, 1), (A, X, 30, 1), (B, Y, 40, 0)])


def naive(users, ads, times, clicks, row):
    """Counts of the same user strictly before a row."""
    mask = (users == users[row]) & (times < times[row])
    return mask.sum(), clicks[mask].sum()


def test_counts_see_only_earlier_rows():
    users, ads, times, clicks = LOG
    shows, won = memory.past(memory.empty(3, 0.5), keys(users, ads), times, clicks)
    for row in range(len(users)):
        assert (shows[row, 1], won[row, 1]) == naive(users, ads, times, clicks, row)
    # The pair (a, x) of the last such row has been shown twice and clicked once; everything four times, three clicks.
    assert (shows[4, 3], won[4, 3]) == (2, 1)
    assert (shows[4, 0], won[4, 0]) == (4, 3)


def test_order_of_the_rows_does_not_matter():
    users, ads, times, clicks = LOG
    straight = memory.past(memory.empty(3, 0.5), keys(users, ads), times, clicks)[1]
    turned = memory.past(memory.empty(3, 0.5), keys(users, ads)[::-1], times[::-1], clicks[::-1])[1]
    np.testing.assert_array_equal(straight, turned[::-1])


def test_the_label_of_a_row_does_not_change_its_own_past():
    users, ads, times, clicks = LOG
    before = memory.past(memory.empty(3, 0.5), keys(users, ads), times, clicks)[1]
    flipped = clicks.copy()
    flipped[-1] = 1 - flipped[-1]
    np.testing.assert_array_equal(before, memory.past(memory.empty(3, 0.5), keys(users, ads), times, flipped)[1])


def test_remembering_in_two_parts_equals_one_pass():
    users, ads, times, clicks = LOG
    k = keys(users, ads)
    whole_shows, whole_won = memory.past(memory.empty(2, 0.5), k, times, clicks)
    whole_history = memory.histories(memory.empty(2, 0.5), users, ads, times, clicks)
    early, late = times < 30, times >= 30
    state = memory.remember(memory.empty(2, 0.5), k[early], users[early], ads[early], times[early], clicks[early])
    shows, won = memory.past(state, k[late], times[late], clicks[late])
    np.testing.assert_array_equal(shows, whole_shows[late])
    np.testing.assert_array_equal(won, whole_won[late])
    history = memory.histories(state, users[late], ads[late], times[late], clicks[late])
    np.testing.assert_array_equal(history, whole_history[late])


def test_a_stored_memory_is_not_seen_by_rows_of_its_own_time():
    users, ads, times, clicks = LOG
    k = keys(users, ads)
    state = memory.remember(memory.empty(2, 0.5), k, users, ads, times, clicks)
    again, _ = memory.past(state, k, times, clicks)
    np.testing.assert_array_equal(again, memory.past(memory.empty(2, 0.5), k, times, clicks)[0])
    early = memory.histories(state, users[:1], ads[:1], times[:1], clicks[:1])
    assert not early.any()


def test_histories_are_latest_first():
    users, ads, times, clicks = LOG
    history = memory.histories(memory.empty(2, 0.5), users, ads, times, clicks)
    assert not history[0].any()
    assert set(history[4].tolist()) == {int(X), int(Y)}
    assert history[5].tolist() == [int(X), 0]


def test_a_memory_is_the_same_after_saving(tmp_path):
    users, ads, times, clicks = LOG
    state = memory.remember(memory.empty(2, 0.25), keys(users, ads), users, ads, times, clicks)
    state.save(tmp_path / "memory.npz")
    back = memory.Memory.load(tmp_path / "memory.npz")
    assert (back.as_of, back.prior) == (40, 0.25)
    np.testing.assert_array_equal(back.history(np.array([A])), state.history(np.array([A])))
    np.testing.assert_array_equal(back.look_up(keys(users, ads)), state.look_up(keys(users, ads)))
    assert back.look_up(np.array([[1, 2]], np.uint64))[0].tolist() == [[0, 0]]


def test_unknown_tokens_count_for_nothing():
    users, ads, times, clicks = LOG
    k = memory.keys_of(users, ads, np.zeros((len(users), 1), np.int32))
    shows, _ = memory.past(memory.empty(2, 0.5), k, times, clicks)
    assert not shows[:, memory.FIXED].any()


def test_the_ads_that_a_user_clicked_come_once_each_latest_first():
    users, ads = np.array([A, A, A, B, A], np.uint64), np.array([X, Y, X, Y, Y], np.uint64)
    times, clicks = np.array([10, 20, 30, 40, 50]), np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    early = times < 25
    state = memory.empty(2, 0.5)
    for part in (early, ~early):
        k = keys(users[part], ads[part])
        state = memory.remember(state, k, users[part], ads[part], times[part], clicks[part])
    asked = np.array([A, B, 99], np.uint64)
    assert state.clicked(asked, 3).tolist() == [[X, Y, 0], [Y, 0, 0], [0, 0, 0]]
    assert state.clicked(asked, 1).tolist() == [[X], [Y], [0]]
    assert not memory.empty(2, 0.5).clicked(asked, 2).any()


def test_a_memory_as_it_stands_tells_rows_of_any_time_all_that_it_holds():
    users, ads, times, clicks = LOG
    k = keys(users, ads)
    state = memory.remember(memory.empty(2, 0.5), k, users, ads, times, clicks)
    seen = memory.as_it_stands(state, k, users, [], 2)
    later = memory.recollect(state, k[:1], (users[:1], ads[:1], times[:1] + 1000, clicks[:1]), [], 2)
    np.testing.assert_array_equal(seen.pair[:1], later.pair)
    np.testing.assert_array_equal(seen.history[:1], later.history)
