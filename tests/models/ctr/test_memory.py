"""Counters and histories look strictly backwards."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from models.ctr import counters, memory
from models.ctr.memory import Events

A, B, X, Y = memory.name_hashes(pa.array(["a", "b", "x", "y"]))


def rows(events):
    """(user, ad, time, click) tuples as arrays, with one content token an ad."""
    users, ads, times, clicks = (np.array(c) for c in zip(*events, strict=True))
    return Events(users.astype(np.uint64), ads.astype(np.uint64), times.astype(np.int64), clicks.astype(float))


def facts(log, context=None):
    """X has the content token 1, all other ads 2; everything happens in the context 1, or as told."""
    context = np.ones((len(log.users), 1), np.int32) if context is None else context
    here = counters.situation(context, [(0, 1)])
    content = np.where(log.ads == X, 1, 2)[:, None]
    return counters.Facts(log.users, log.ads, content, context, content[:, :0], here)


def keys(log):
    return counters.keys_of(facts(log))


def remember(state, log):
    """The memory after ``log`` as well; what fades is the user."""
    k = keys(log)
    return memory.remember(state, k, counters.fading(k, []), log)


LOG = rows([(A, X, 10, 1), (A, X, 20, 0), (B, X, 20, 1), (A, Y, 20, 1), (A, X, 30, 1), (B, Y, 40, 0)])


def naive(log, row):
    """Counts of the same user strictly before a row."""
    mask = (log.users == log.users[row]) & (log.times < log.times[row])
    return mask.sum(), log.clicks[mask].sum()


def test_counts_see_only_earlier_rows():
    shows, won = memory.past(memory.empty(3, 0.5), keys(LOG), LOG.times, LOG.clicks)
    for row in range(len(LOG.users)):
        assert (shows[row, 1], won[row, 1]) == naive(LOG, row)
    # The pair (a, x) of the last such row has been shown twice and clicked once; everything four times, three clicks.
    assert (shows[4, 3], won[4, 3]) == (2, 1)
    assert (shows[4, 0], won[4, 0]) == (4, 3)


def test_order_of_the_rows_does_not_matter():
    straight = memory.past(memory.empty(3, 0.5), keys(LOG), LOG.times, LOG.clicks)[1]
    turned = memory.past(memory.empty(3, 0.5), keys(LOG)[::-1], LOG.times[::-1], LOG.clicks[::-1])[1]
    np.testing.assert_array_equal(straight, turned[::-1])


def test_the_label_of_a_row_does_not_change_its_own_past():
    before = memory.past(memory.empty(3, 0.5), keys(LOG), LOG.times, LOG.clicks)[1]
    flipped = LOG.clicks.copy()
    flipped[-1] = 1 - flipped[-1]
    np.testing.assert_array_equal(before, memory.past(memory.empty(3, 0.5), keys(LOG), LOG.times, flipped)[1])


def test_remembering_in_two_parts_equals_one_pass():
    k = keys(LOG)
    whole_shows, whole_won = memory.past(memory.empty(2, 0.5), k, LOG.times, LOG.clicks)
    whole_history = memory.histories(memory.empty(2, 0.5), LOG)
    early, late = LOG.times < 30, LOG.times >= 30
    state = remember(memory.empty(2, 0.5), LOG.part(early))
    shows, won = memory.past(state, k[late], LOG.times[late], LOG.clicks[late])
    np.testing.assert_array_equal(shows, whole_shows[late])
    np.testing.assert_array_equal(won, whole_won[late])
    history = memory.histories(state, LOG.part(late))
    np.testing.assert_array_equal(history, whole_history[late])


def test_a_stored_memory_is_not_seen_by_rows_of_its_own_time():
    k = keys(LOG)
    state = remember(memory.empty(2, 0.5), LOG)
    again, _ = memory.past(state, k, LOG.times, LOG.clicks)
    np.testing.assert_array_equal(again, memory.past(memory.empty(2, 0.5), k, LOG.times, LOG.clicks)[0])
    early = memory.histories(state, LOG.part(slice(0, 1)))
    assert not early.any()


def test_histories_are_latest_first():
    history = memory.histories(memory.empty(2, 0.5), LOG)
    assert not history[0].any()
    assert set(history[4].tolist()) == {int(X), int(Y)}
    assert history[5].tolist() == [int(X), 0]


def test_a_memory_is_the_same_after_saving(tmp_path):
    state = remember(memory.empty(2, 0.25), LOG)
    state.save(tmp_path / "memory.npz")
    back = memory.Memory.load(tmp_path / "memory.npz")
    assert (back.as_of, back.prior) == (40, 0.25)
    np.testing.assert_array_equal(back.history(np.array([A])), state.history(np.array([A])))
    np.testing.assert_array_equal(back.look_up(keys(LOG)), state.look_up(keys(LOG)))
    np.testing.assert_array_equal(back.faded(keys(LOG)), state.faded(keys(LOG)))
    assert state.faded(keys(LOG)).any()
    assert back.look_up(np.array([[1, 2]], np.uint64))[0].tolist() == [[0, 0]]


def test_unknown_tokens_count_for_nothing():
    k = counters.keys_of(facts(LOG, np.zeros((len(LOG.users), 1), np.int32)))
    shows, _ = memory.past(memory.empty(2, 0.5), k, LOG.times, LOG.clicks)
    assert shows[:, counters.FIXED].any() and shows[:, -1].any()  # the ad's content, for the user and for everybody
    assert not shows[:, counters.FIXED + 1 : -1].any()


def test_the_ads_that_a_user_clicked_come_once_each_latest_first():
    users, ads = np.array([A, A, A, B, A], np.uint64), np.array([X, Y, X, Y, Y], np.uint64)
    log = Events(users, ads, np.array([10, 20, 30, 40, 50]), np.array([1.0, 1.0, 1.0, 1.0, 0.0]))
    early = log.times < 25
    state = memory.empty(2, 0.5)
    for part in (early, ~early):
        state = remember(state, log.part(part))
    asked = np.array([A, B, 99], np.uint64)
    assert state.clicked(asked, 3).tolist() == [[X, Y, 0], [Y, 0, 0], [0, 0, 0]]
    assert state.clicked(asked, 1).tolist() == [[X], [Y], [0]]
    assert not memory.empty(2, 0.5).clicked(asked, 2).any()


def test_a_memory_as_it_stands_tells_rows_of_any_time_all_that_it_holds():
    k = keys(LOG)
    state = remember(memory.empty(2, 0.5), LOG)
    one = LOG.part(slice(0, 1))
    now = counters.recollect(state, k[:1], [], one, [(0, 1), (1, 2), (2, 3)], 2, replay=False)
    late = Events(one.users, one.ads, one.times + 1000, one.clicks)
    later = counters.recollect(state, k[:1], [], late, [(0, 1), (1, 2), (2, 3)], 2)
    for name in ("user", "ad", "pair", "history"):
        np.testing.assert_array_equal(getattr(now, name), getattr(later, name))


def test_what_came_of_the_last_rows_is_told_latest_first():
    seen = memory.outcomes(memory.empty(2, 0.5), LOG)
    assert seen[0].tolist() == [0] * memory.OUTCOMES
    # User a at 30: clicked y and was shown x at 20 (of one instant, in the order of the log), clicked x at 10.
    assert seen[4].tolist()[:4] == [2, 1, 2, 0]
    state = remember(memory.empty(2, 0.5), LOG)
    assert state.outcomes(np.array([A, B, 99], np.uint64))[:, :5].tolist() == [
        [2, 2, 1, 2, 0],
        [1, 2, 0, 0, 0],
        [0] * 5,
    ]


def test_a_mood_shows_in_the_lift_of_the_last_rows():
    recent = np.array([[2, 2, 2] + [1] * 27, [1] * 30, [0] * 30], np.uint8)
    found = counters.lately(recent, 0.5)
    assert found[0, 0] > 0 > found[0, 1] > found[0, 2] > found[1, 2]
    assert found[2].tolist() == [0, 0, 0]


def test_a_situation_is_all_its_columns_at_once():
    tokens = np.array([[1, 4, 7], [1, 4, 8], [1, 5, 7], [1, 4, 7]], np.int32)
    here = counters.situation(tokens, [(0, 1), (1, 2)])
    assert here[0] == here[1] == here[3] != here[2]
    log = LOG.part(slice(0, 4))
    same = counters.keys_of(counters.Facts(log.users, log.ads, tokens[:, :0], tokens, tokens[:, :0], here))
    assert same[0, 4] == same[1, 4]  # user a, twice in one situation
    assert same[0, 4] != same[3, 4] or log.users[0] == log.users[3]
    assert same[1, 4] != same[2, 4]


def test_keys_are_found_among_many_that_were_never_seen():
    rng = np.random.default_rng(5)
    keys = np.unique(rng.integers(1, 2**63, size=1000, dtype=np.uint64) * np.uint64(2))
    count = np.arange(1.0, len(keys) + 1)
    state = replace(memory.empty(2, 0.1), keys=keys, shows=count, clicks=count / 2)
    asked = np.stack([keys, keys + np.uint64(1)], axis=1)
    shows, clicks = state.look_up(asked)
    np.testing.assert_array_equal(shows, np.stack([count, 0 * count], axis=1))
    np.testing.assert_array_equal(clicks, shows / 2)


def test_a_kind_counts_wherever_among_several_it_stands_and_once_a_row():
    """A row of comedy|drama is one of drama for the next row of drama|comedy|drama."""
    kinds = np.array([[1, 2, 0], [2, 1, 2], [2, 0, 0]], np.int32)
    none, log = kinds[:, :0], LOG.part(np.array([0, 4, 5]))
    users = np.full(3, A)
    facts = counters.Facts(users, log.ads, kinds, none, none, np.zeros(3, np.uint64))
    keys = counters.keys_of(facts)
    columns = counters.meeting(keys.shape[1], counters.columns([(0, 3)], [], []))
    assert columns[-2:] == [(counters.FIXED, counters.FIXED + 3), (counters.FIXED + 3, counters.FIXED + 6)]
    shows, _ = memory.past(memory.empty(2, 0.5), keys, log.times, log.clicks, columns)
    tastes = shows[:, counters.FIXED : counters.FIXED + 3]
    assert tastes.tolist() == [[0, 0, 0], [1, 1, 0], [2, 0, 0]]
    np.testing.assert_array_equal(shows[:, -3:], tastes)
    # The memory tells the same as the replay.
    early = slice(0, 2)
    state = memory.remember(memory.empty(2, 0.5), keys[early], keys[early, :1], log.part(early))
    assert state.look_up(keys[2:])[0][0, counters.FIXED] == 2


def test_an_ad_is_counted_with_each_trait_of_the_user():
    traits = np.array([[5, 9], [5, 8], [5, 9], [6, 9]], np.int32)
    none, ads = traits[:, :0], np.array([X, X, Y, X], np.uint64)
    users = np.arange(4).astype(np.uint64)
    facts = counters.Facts(users, ads, none, none, traits, users)
    keys = counters.keys_of(facts)[:, counters.FIXED :]
    assert keys[0, 0] == keys[1, 0] != keys[2, 0] and keys[0, 1] == keys[3, 1] != keys[1, 1]
