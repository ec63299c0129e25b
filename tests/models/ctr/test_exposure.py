"""What a user was shown lately, by kind."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import counters, exposure, features, memory, rows
from models.ctr.decay import HALF_LIVES
from models.ctr.memory import Events

A, B = memory.name_hashes(pa.array(["a", "b"]))
COLUMNS = [(0, 1)]


def seen(lately, content=1, shows=None, faded=(0, 0)):
    """The numbers of one row whose ad has the token ``content``, after the tokens ``lately``; latest first. ``faded``
    are the shows of the user, and of the user with that token, alike for every half-life."""
    lately = np.array([*lately, *[0] * (memory.SHOWN - len(lately))])[None, :, None]
    # Everything 200, user 40, taste 10, kind 20; one content token, no context.
    shows = np.array([[200.0, 40, 0, 0, 0, 10, 20]]) if shows is None else shows
    fresh = np.repeat(np.array(faded, float)[None, :, None], len(HALF_LIVES), axis=2)
    return exposure.numbers(np.array([[content]]), lately, shows, 0 * shows, fresh, COLUMNS)[0]


def test_what_was_shown_more_than_usual_stands_out_in_its_span():
    lately = [1] * 5 + [2] * 35
    short, middle, long, *_, always, _ = seen(lately)
    assert short > middle > long > 0 and always > 0
    assert seen(lately[::-1])[0] < 0 < short
    assert seen(lately, content=3)[0] < 0


def test_what_fades_is_told_beside_the_last_shows():
    none, many, few = (seen([], faded=faded)[3:6] for faded in ((0, 0), (30, 20), (30, 0)))
    assert none.tolist() == [0, 0, 0] and (many > 0).all() and (few < 0).all()


def test_columns_are_told_their_own_shows():
    """Two columns, the second of two tokens a row: each reads its own part of what fades."""
    content, lately = np.array([[1, 5, 6]]), np.zeros((1, memory.SHOWN, 3), int)
    counts = np.array([[200.0, 40, 0, 0, 0, 10, 10, 10, 20, 20, 20]])
    fresh = np.repeat(np.array([30.0, 30, 0, 0])[None, :, None], len(HALF_LIVES), axis=2)
    found = exposure.numbers(content, lately, counts, 0 * counts, fresh, [(0, 1), (1, 3)])[0]
    assert (found[3:6] > 0).all() and (found[exposure.EACH + 3 : exposure.EACH + 6] < 0).all()


def test_nothing_shown_says_nothing():
    assert seen([], shows=np.zeros((1, 7))).tolist() == pytest.approx([0] * exposure.EACH)
    assert not seen([1, 2], content=0).any()


def test_several_values_count_where_any_ad_has_them():
    content, lately = np.array([[1, 2]]), np.zeros((1, memory.SHOWN, 2), int)
    lately[0, 0], lately[0, 1] = (2, 1), (3, 0)
    counts = np.array([[100.0, 2, 0, 0, 0, 1, 1, 5, 5]])
    fresh = np.ones((1, 3, len(HALF_LIVES)))
    both = exposure.numbers(content, lately, counts, 0 * counts, fresh, [(0, 2)])[0]
    one = exposure.numbers(np.array([[1, 0]]), lately, counts, 0 * counts, fresh, [(0, 2)])[0]
    np.testing.assert_allclose(both, one)  # each token was shown once of two
    assert both[0] > 0


def test_shows_are_remembered_strictly_backwards_and_in_parts():
    ads = np.arange(1, 7, dtype=np.uint64)
    log = Events(
        np.array([A, A, B, A, A, A], np.uint64), ads, np.array([10, 20, 20, 20, 30, 40]), np.array([1.0, 0, 0, 0, 0, 1])
    )
    whole = memory.exposures(memory.empty(2, 0.5), log)
    assert whole[:, :4].tolist() == [[0] * 4, [1, 0, 0, 0], [0] * 4, [1, 0, 0, 0], [4, 2, 1, 0], [5, 4, 2, 1]]
    early, keys = log.times < 30, np.zeros((6, 1), np.uint64)
    state = memory.remember(memory.empty(2, 0.5), keys[early], keys[early], log.part(early))
    np.testing.assert_array_equal(memory.exposures(state, log.part(~early)), whole[~early])
    assert state.exposure(np.array([A, 99], np.uint64))[:, :3].tolist() == [[4, 2, 1], [0, 0, 0]]


def test_a_request_is_told_what_a_row_of_the_log_is_told(server, make_log):
    """Training replays what serving asks."""
    log = make_log(30, seed=4, start_hours=60).sort_by("ts")
    built = rows.build(server.schema, log, server.catalogue, server.memory, server.people, replay=False)
    for place, row in enumerate(features.with_time(log).to_pylist()[:5]):
        ad = server.catalogue.row(memory.name_hashes(pa.array([row["ad_id"]])))
        _, pair = server.asked(row).counted(ad, server.catalogue.tokens[ad])
        width = rows.exposed(server.schema)
        assert width and pair[0, -width:].any()
        np.testing.assert_allclose(pair[0], built.arrays["pair"][place], rtol=1e-5)


def test_each_kind_of_ad_is_counted_for_everybody():
    content, context = np.array([[7], [7], [8]]), np.ones((3, 1), int)
    facts = counters.Facts(
        np.array([A, B, A], np.uint64), np.array([1, 2, 3], np.uint64), content, context, context[:, :0], context[:, 0]
    )
    keys = counters.keys_of(facts)[:, -1]
    assert keys[0] == keys[1] != keys[2]


def test_columns_of_many_values_are_left_out(server, monkeypatch):
    assert rows.kinds(server.schema) == rows.traits(server.schema) != []
    monkeypatch.setattr(features, "FEW", 2)
    few = replace(server.schema, kinds=features.kinds(server.schema.ad))
    assert rows.kinds(few) == []
