from datetime import date, timedelta

import numpy as np

from portal.entities import INTERESTS
from portal.people import CORE, LEANINGS, STAY_DAYS, people, population, uniform
from portal.world import World

WORLD = World("tiny", 7)
DAY = date(2026, 11, 1)


def test_a_person_is_the_same_on_every_day():
    first, later = people(WORLD, DAY), people(WORLD, DAY + timedelta(days=3))
    rows = {n: i for i, n in enumerate(later.number.tolist())}
    both = [(i, rows[n]) for i, n in enumerate(first.number.tolist()) if n in rows]
    a, b = (np.array(side) for side in zip(*both, strict=True))
    assert len(both) > WORLD.scale.users
    for field in ("ids", "age", "gender", "region", "activity", "bot"):
        assert (getattr(first, field)[a] == getattr(later, field)[b]).all()
    np.testing.assert_array_equal(first.lasting[a], later.lasting[b])


def test_newcomers_arrive_daily_and_leave():
    today, tomorrow = set(population(WORLD, DAY)), set(population(WORLD, DAY + timedelta(days=1)))
    assert tomorrow - today and today - tomorrow
    later = set(population(WORLD, DAY + timedelta(days=STAY_DAYS)))
    assert all(n >= CORE for n in today & later)


def test_interests_are_shares_and_drift():
    first, later = people(WORLD, DAY), people(WORLD, DAY + timedelta(days=10))
    core = first.number >= CORE
    np.testing.assert_allclose(first.lasting.sum(axis=1), 1.0)
    np.testing.assert_allclose(first.current.sum(axis=1), 1.0)
    moved = np.abs(first.current[core] - later.current[later.number >= CORE]).sum(axis=1) > 0.1
    assert 0.5 < moved.mean() < 1.0


def test_worlds_differ_by_seed_and_ids_are_unique():
    here, there = people(WORLD, DAY), people(World("tiny", 8), DAY)
    assert len(set(here.ids)) == len(here)
    assert (here.age != there.age).any()


def test_interests_depend_on_age_and_gender():
    crowd = people(World("default", 1), DAY)
    games, stocks = INTERESTS.index("games"), INTERESTS.index("stocks")
    young, old = crowd.age < 25, crowd.age > 45
    assert crowd.lasting[young, games].mean() > 2 * crowd.lasting[old, games].mean()
    assert crowd.lasting[old, stocks].mean() > crowd.lasting[young, stocks].mean()
    cars = INTERESTS.index("cars")
    assert crowd.lasting[crowd.gender == "m", cars].mean() > crowd.lasting[crowd.gender == "f", cars].mean()
    assert set(LEANINGS) >= set(INTERESTS)


def test_uniform_is_uniform():
    values = uniform(WORLD, "check", np.arange(20_000))
    assert abs(values.mean() - 0.5) < 0.02 and abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.03
