"""What people looked at lately: of what they care for these days, before the impression, and nobody's who was away."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from portal import ads, reads
from portal.entities import INTERESTS
from portal.people import people
from portal.world import World

WORLD, DAY = World("default", 5), date(2026, 11, 20)


@pytest.fixture(scope="module")
def crowd():
    return people(WORLD, DAY)


def test_things_are_of_the_kinds_that_people_care_for_on_the_day(crowd):
    reader, at, kind = reads.things(WORLD, DAY, crowd)
    today = at >= 0
    cared = crowd.current[reader[today], kind[today]]
    assert cared.mean() > 3 * crowd.current[reader[today]].mean()
    expected = (crowd.current[reader[today]] ** 2).sum(axis=1).mean()
    assert abs(cared.mean() - expected) < 0.01
    assert (np.diff(reader) >= 0).all() and (np.diff(at)[np.diff(reader) == 0] >= 0).all()
    assert at.min() >= -(reads.KEPT_DAYS - 1) * reads.DAY_S and at.max() < reads.DAY_S
    assert not crowd.bot[reader].any()


def test_the_log_tells_the_last_things_before_the_impression_latest_first(crowd):
    reader, at, kind = reads.things(WORLD, DAY, crowd)
    rng = np.random.default_rng(1)
    person, second = rng.integers(len(crowd), size=300), rng.integers(reads.DAY_S, size=300)
    told = reads.lately(WORLD, DAY, crowd, person, second)
    for place, one in enumerate(told.to_pylist()):
        before = kind[(reader == person[place]) & (at < second[place])][-WORLD.scale.recent :][::-1]
        assert (one or "") == "|".join(INTERESTS[k] for k in before)


def test_who_did_not_look_at_anything_lately_has_none():
    impressions, _, truth = ads.deliver(World("default", 5), DAY.isoformat(), "2026-11-18")
    recent = impressions["user_recent"]
    assert 0 < pc.mean(pc.cast(pc.is_null(recent), pa.float64())).as_py() < 0.2
    machines = np.asarray(truth["probability"]) == ads.BOT_CLICKS
    assert recent.filter(pa.array(machines)).null_count == machines.sum()
