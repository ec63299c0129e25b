import numpy as np

from models.personalization.switch import Switch, allowed, choose, order, rank


def outcome(scores, plain):
    return {"scores": np.array(scores, dtype=np.float32), "plain": np.array(plain, dtype=np.float32)[:, None]}


def test_plain_queries_keep_the_global_order_and_ambiguous_ones_follow_the_scores():
    docs = np.array([[5, 6, 7], [5, 6, -1]])
    out = outcome([[0.0, 1.0, 2.0], [0.0, 3.0, -1e4]], [0.9, 0.0])
    assert order(docs, out, Switch(plain=0.5)).tolist() == [[0, 1, 2], [1, 0, 2]]


def test_one_sure_document_moves_to_the_top_and_the_others_stay():
    docs = np.array([[5, 6, 7, 8]])
    out = outcome([[0.0, -1.0, 6.0, 1.0]], [1.0])
    assert order(docs, out, Switch(sure=0.9)).tolist() == [[2, 0, 1, 3]]
    assert order(docs, out, Switch(sure=0.9999)).tolist() == [[0, 1, 2, 3]]


def test_rank_counts_from_one():
    assert rank(np.array([[2, 0, 1]]), np.array([0])).tolist() == [2]


def test_bounds_spare_plain_queries():
    """On plain searches the network is wrong, on the others right: the bounds let only the others through."""
    rng = np.random.default_rng(2)
    n = 4000
    bits = np.where(np.arange(n) < 2000, 0.2, 3.0)
    plain = np.where(bits < 1, rng.uniform(0.3, 1.0, n), rng.uniform(0.0, 0.01, n))
    scores = np.tile([0.0, 0.4, 0.0], (n, 1))
    place = np.where(bits < 1, 0, 1)
    docs = np.tile(np.arange(3), (n, 1))
    found = choose(docs, place, outcome(scores, plain), bits, harm=0.005)
    ranks = rank(order(docs, outcome(scores, plain), found), place)
    assert (ranks[:2000] == 1).all() and (ranks[2000:] == 1).mean() > 0.9


def test_few_plain_searches_allow_no_harm():
    assert [allowed(n, 0.005) for n in (0, 100, 10_000)] == [0.0, 0.0, 12.5]
