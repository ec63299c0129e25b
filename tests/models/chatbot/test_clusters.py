"""How many clusters there are, and who belongs where."""

import numpy as np
import pyarrow as pa
import pytest

from models.chatbot import clusters
from models.chatbot.corpus import gather


def made(scenarios, size, spread, seed=0, named=True):
    rng = np.random.default_rng(seed)
    names = ("question", "answer", "scenario_id")
    rows = [(f"q {s:02} {i}", f"a {s}", f"s{s:02}" if named else None) for s in range(scenarios) for i in range(size)]
    pairs = gather(pa.table({n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)}))[0]
    middle = {name: rng.normal(size=16) for name in pairs.names}
    vectors = np.stack([middle[pairs.names[s]] + spread * rng.normal(size=16) for s in pairs.scenario])
    return pairs, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_k_is_near_the_truth():
    pairs, vectors = made(24, 8, 0.25)
    rounds = clusters.choose_k(pairs, vectors, 7)
    assert abs(rounds[0].k - 24) <= 5
    assert {r.kind for r in rounds} == set(clusters.KINDS)
    assert rounds[0] == clusters.choose_k(pairs, vectors, 7)[0]


def test_the_hold_out_is_drawn_anew():
    pairs, _ = made(6, 5, 0.2)
    one, other = (clusters.hold_one(pairs, np.random.default_rng([7, k])) for k in (2, 3))
    assert pairs.scenario[one].tolist() == pairs.scenario[other].tolist() == list(range(6))
    assert one.tolist() != other.tolist()


def test_unlabelled_rows_find_their_scenario_with_confidence():
    pairs, vectors = made(5, 6, 0.1)
    owner = pairs.scenario.copy()
    owner[::3] = -1
    where, sure = clusters.assign(vectors, owner, 5)
    assert where.tolist() == pairs.scenario[::3].tolist()
    assert sure.min() > 0.8


@pytest.mark.parametrize("size", [1, 2, 5])
def test_what_is_like_no_scenario_is_not_sure_of_any(size):
    """A row does not prove itself: its own share is no part of the centre that it is held against."""
    pairs, vectors = made(30, size + 1, 0.1)
    owner = pairs.scenario.copy()
    free = pairs.starts
    owner[free] = -1
    rng = np.random.default_rng(3)
    strange = rng.normal(size=(len(free), 16))
    vectors[free[::2]] = (strange / np.linalg.norm(strange, axis=1, keepdims=True))[::2]
    where, sure = clusters.assign(vectors, owner, 30)
    assert where[1::2].tolist() == pairs.scenario[free[1::2]].tolist()
    assert np.median(sure[1::2]) > 0.8 > 0.5 > np.median(sure[::2])
    assert (sure[::2] > 0.8).mean() < 0.1


@pytest.mark.parametrize(("scenarios", "size"), [(1, 4), (4, 1), (1, 1)])
def test_nothing_to_choose_from(scenarios, size):
    pairs, vectors = made(scenarios, size, 0.1, named=False)
    told = clusters.describe(pairs, vectors, True, 7)
    assert (told["k"], told["rounds"], told["assigned"]) == (scenarios, [], [])


def test_k_is_not_chosen_by_a_score_that_is_not_trusted():
    pairs, vectors = made(12, 6, 2.0, named=False)
    told = clusters.describe(pairs, vectors, False, 7)
    assert (told["k"], told["assigned"]) == (12, [])
    assert len(clusters.describe(pairs, vectors, True, 7)["assigned"]) == 72


def test_a_climb_that_was_cut_short_chooses_nothing():
    pairs, vectors = made(12, 6, 0.2)
    assert clusters.choose_k(pairs, vectors, 7, lambda: False) == []
    assert clusters.describe(pairs, vectors, True, 7, lambda: False)["k"] == 12
