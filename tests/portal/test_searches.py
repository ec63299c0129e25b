from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from portal.searches import CATALOG, LOG, deliver, one_day
from portal.shelf import shelf, trend
from portal.world import World

WORLD = World("tiny", 7)


@pytest.fixture(scope="module")
def delivery() -> tuple[pa.Table, pa.Table, pa.Table]:
    return deliver(WORLD, "2026-11-01", backlog_days=14)


def test_a_day_is_the_same_in_every_delivery(delivery):
    log = delivery[0]
    alone, _ = one_day(WORLD, date(2026, 10, 30))
    later, _, _ = deliver(WORLD, "2026-10-31", since="2026-10-29")
    assert log.schema == LOG and delivery[1].schema == CATALOG
    assert later.slice(0, alone.num_rows).equals(alone)
    days = pc.strftime(log["ts"], "%Y-%m-%d").to_pylist()
    assert log.filter(pa.array([d == "2026-10-30" for d in days])).equals(alone)
    assert len(set(days)) == 14 and max(days) == "2026-11-01"


def test_every_click_was_shown_and_is_in_the_catalogue(delivery):
    log, catalog, _ = delivery
    known = set(catalog["doc_id"].to_pylist())
    assert len(known) == catalog.num_rows
    for row in log.to_pylist():
        assert len(row["shown_doc_ids"]) <= 10
        if row["clicked_doc_id"] is None:
            assert row["position"] is None and row["dwell_s"] is None
        else:
            assert row["clicked_doc_id"] in known
            assert row["shown_doc_ids"][row["position"] - 1] == row["clicked_doc_id"]


def test_no_clicks_repeats_bots_and_position_bias(delivery):
    log, _, truth = delivery
    share = log["clicked_doc_id"].null_count / log.num_rows
    places = Counter(log["position"].drop_null().to_pylist())
    assert 0.02 < share < 0.4
    assert places[1] > places[5] > places[10]
    assert log.num_rows > len({tuple(map(str, row.values())) for row in log.to_pylist()})
    assert set(truth["habit"].to_pylist()) == {True, False}


def test_the_session_tells_the_sense():
    """Within a session the interest of a search repeats far more often than between people."""
    world = World("default", 3)
    _, truth = one_day(world, date(2026, 10, 30))
    names = {s.query_word: s.interest for s in shelf(world).senses}
    sessions = defaultdict(list)
    for row in truth.filter(pc.invert(pc.or_(truth["bot"], truth["habit"]))).to_pylist():
        if row["query"] in names:
            sessions[row["session_id"]].append(names[row["query"]])
    pairs = [(a, b) for s in sessions.values() for a, b in pairwise(s)]
    same = np.mean([a == b for a, b in pairs])
    crossed = np.mean([a == b for (a, _), (_, b) in pairwise(pairs)])
    assert same > crossed + 0.1


def test_bots_hammer_and_are_told_in_the_truth():
    _, truth = one_day(World("default", 3), date(2026, 10, 30))
    machines = Counter(truth.filter(truth["bot"])["user_id"].to_pylist())
    assert machines and min(machines.values()) > 100


def test_a_wave_moves_the_portal():
    world = World("default", 3)
    day = next(d for d in (date(2026, 10, 1) + timedelta(days=i) for i in range(60)) if trend(world, d))
    wave = trend(world, day)
    _, truth = one_day(world, day)
    caught = truth.filter(truth["trend"])
    assert caught.num_rows > 20
    assert (pc.hour(caught["ts"]).to_numpy() >= int(wave.hour)).mean() > 0.5
    assert pc.equal(caught["property"], "news").to_numpy(zero_copy_only=False).all()
