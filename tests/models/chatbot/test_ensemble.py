"""Weights on made-up scores, and questions asked as if they were not indexed."""

import numpy as np
from scipy.sparse import csr_matrix

from models.chatbot import ensemble
from models.chatbot.rank import COMPANY, LINEAR, WEIGHED

rng = np.random.default_rng(5)
N, C, R = 300, 12, 4


def made_up():
    """Scores in which retriever 0 knows most, 1 knows other things, the rest nothing."""
    found = rng.random((N, C, R)) * 0.3
    found[: N * 2 // 3, 0, 0] += 0.4
    found[N // 3 :, 0, 1] += 0.3
    return found, np.ones((N, C), bool)


def test_weights_beat_every_single_retriever_and_are_never_negative():
    found, valid = made_up()
    weights = ensemble.fit_softmax(found, valid, np.full(R, 2.0), np.array([np.inf, np.inf, np.inf, 1.0]))
    assert (weights >= 0).all()
    assert weights[3] <= 1
    assert ensemble.hits(found, valid, weights).mean() > max(ensemble.hits(found, valid, w).mean() for w in np.eye(R))
    assert weights[:2].min() > weights[2:].max()


def test_a_lone_retriever_is_taken_where_it_is_surely_better():
    fitted = np.arange(60) < 40
    one_more, clear = np.arange(60) < 42, np.arange(60) < 52
    assert ensemble.surest([fitted, one_more, fitted]) == 0
    assert ensemble.surest([fitted, one_more, clear]) == 2
    assert ensemble.surest([clear, fitted]) == 0
    most = np.arange(10_000) < 9000
    assert ensemble.surest([most, np.arange(10_000) < 9040]) == 0
    assert ensemble.surest([most, np.arange(10_000) < 9060]) == 1


class Given:
    """A ranker that says what it was told: the similarity of question i to indexed question j."""

    starts = np.array([0, 2])

    def chunks(self, readings, only):
        yield slice(0, len(readings)), {name: np.array([[1.0, 0.2, 0.6], [0.3, 0.4, 1.0]]) for name in only}


def test_an_indexed_question_does_not_find_itself():
    own = ensemble.Asked(["one", "three"], [0, 1], np.array([0, 2]))
    ((_, found),) = own.similarities(Given(), ("words",))
    assert found["words"].tolist() == [[0, 0.2, 0.6], [0.3, 0.4, 0]]
    ((_, whole),) = ensemble.Asked(["one"], [0]).similarities(Given(), ("words",))
    assert whole["words"][0, 0] == 1.0


def test_company_counts_but_never_much(monkeypatch):
    """Every asked question's scenario has company: the weight of that stays bounded."""
    found = np.zeros((50, 4, len(WEIGHED)))
    found[:, 0, 0], found[:, 1:, 0] = 0.5, 0.45
    found[:, 0, -1] = 1.0
    monkeypatch.setattr(ensemble, "candidates", lambda *_: (found, np.ones((50, 4), bool)))
    weights = ensemble.fit_weights(np.full(len(ensemble.STEADY), 2.0), ensemble.Asked([], [0] * 50), None, np.zeros(0))
    assert tuple(weights) == WEIGHED
    assert 0 < weights[COMPANY] <= ensemble.MOST


def test_where_nobody_rephrases_the_weights_are_those_that_serve_elsewhere():
    class Without:
        ridge = csr_matrix((2, 2))

    nothing = ensemble.Asked([], [])
    steady, hits = ensemble.fit_steady(nothing, Without)
    assert not len(hits)
    weights = ensemble.fit_weights(steady, nothing, Without, np.zeros(0))
    assert tuple(weights) == WEIGHED
    assert {n: w for n, w in weights.items() if w} == {n: w for n, w in ensemble.START.items() if n != LINEAR}
    Without.ridge = csr_matrix(np.eye(2))
    assert ensemble.fit_weights(steady, nothing, Without, np.zeros(0))[LINEAR] == ensemble.START[LINEAR]


def test_a_few_questions_move_the_weights_less_than_many():
    found, valid = made_up()
    start, free = np.full(R, 2.0), np.full(R, np.inf)
    few, many = (ensemble.fit_softmax(found[::step], valid[::step], start, free) for step in (60, 1))
    assert np.abs(few - start).max() < 0.5 * np.abs(many - start).max()


def test_the_pool_is_the_middle_one_where_questions_say_nothing():
    class Alone(Given):
        starts = np.array([0, 1, 2])

    found = ensemble.choose_pools(Alone(), ensemble.Asked(["one", "three"], [0, 2]), ["words"])
    assert found == {"words": ensemble.MIDDLE}
