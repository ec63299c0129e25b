"""Weights, pooling and ranks."""

import numpy as np
import pytest

from models.chatbot.rank import best_rank, exact_search, retrieval_metrics
from models.chatbot.sparse import PENALTY, SMALL, Retriever, build_vocabulary, count, pool, ridge

TERMS = [["a", "b"], ["a", "c", "c"], ["d"], []]


def retriever(terms, scheme):
    vocabulary = build_vocabulary(terms, 100)
    return Retriever(vocabulary, count(terms, {t: i for i, t in enumerate(vocabulary)})[0], scheme)


def asked(table, terms):
    return table.similarities(*count(terms, table.ids))


def test_tfidf_is_the_cosine():
    found = asked(retriever(TERMS, "tfidf"), TERMS)
    assert found.shape == (4, 4)
    np.testing.assert_allclose(np.diag(found)[:3], 1, atol=1e-6)
    idf = {"a": np.log(5 / 3) + 1, "b": np.log(5 / 2) + 1, "c": np.log(5 / 2) + 1}
    twice = (1 + np.log(2)) * idf["c"]
    expected = idf["a"] ** 2 / np.hypot(idf["a"], idf["b"]) / np.hypot(idf["a"], twice)
    assert found[0, 1] == pytest.approx(expected, rel=1e-5)
    assert not found[3].any()


@pytest.mark.parametrize("scheme", ["tfidf", "bm25"])
def test_unknown_terms_lower_the_similarity(scheme):
    table = retriever(TERMS, scheme)
    known, half = asked(table, [["d"], ["d", "never seen"]])
    assert known[2] > half[2] > 0


@pytest.mark.parametrize("scheme", ["tfidf", "bm25"])
def test_leaving_rows_out_equals_fitting_without_them(scheme):
    vocabulary = build_vocabulary(TERMS, 100)
    counts = count(TERMS, {t: i for i, t in enumerate(vocabulary)})[0]
    left = Retriever(vocabulary, counts[np.array([True, True, False, False])], scheme)
    np.testing.assert_allclose(asked(left, TERMS), asked(retriever(TERMS[:2], scheme), TERMS), rtol=1e-5)


def test_both_schemes_may_be_asked_with_the_same_counts():
    one, other = (retriever(TERMS, scheme) for scheme in ("tfidf", "bm25"))
    counted = count(TERMS, one.ids)
    for table in (one, other):
        np.testing.assert_array_equal(table.similarities(*counted), asked(table, TERMS))


def test_vocabulary_does_not_hang_on_the_order_of_rows_and_is_capped():
    assert build_vocabulary(TERMS, 2) == build_vocabulary(TERMS[::-1], 2) == ["a", "b"]


def test_pooling_goes_from_sum_to_best():
    similarities = np.array([[0.5, 0.5, 0.8, -1.0]], np.float32)
    starts = np.array([0, 2])
    np.testing.assert_allclose(pool(similarities, starts, 1.0), [[1.0, 0.8]])
    np.testing.assert_allclose(pool(similarities, starts, 2.0), [[np.sqrt(0.5), 0.8]], rtol=1e-6)
    np.testing.assert_allclose(pool(similarities, starts, 16.0), [[0.5 * 2 ** (1 / 16), 0.8]], rtol=1e-5)


def test_ranks_count_ties_and_need_a_score():
    scores = np.array([0.0, 0.3, 0.3, 0.9])
    assert [best_rank(scores, [s]) for s in range(4)] == [float("inf"), 2, 3, 1]
    assert best_rank(scores, [0, 2]) == 3
    assert best_rank(scores, []) == float("inf")
    metrics = retrieval_metrics(np.array([1, 2, 11, np.inf]))
    assert metrics == {"hit@1": 0.25, "hit@10": 0.5, "mrr": pytest.approx((1 + 1 / 2 + 1 / 11) / 4)}
    assert retrieval_metrics(np.array([]))["mrr"] == 0.0


def test_exact_search_gives_the_best_first():
    vectors = np.eye(3, dtype=np.float32)
    scores, rows = exact_search(vectors)(np.array([[0.1, 0.9, 0.5]], np.float32), 2)
    assert rows.tolist() == [[1, 2]]
    np.testing.assert_allclose(scores, [[0.9, 0.5]])


@pytest.mark.parametrize("starts", [[0, 9, 500], list(range(0, 1200, 2))], ids=["few scenarios", "many scenarios"])
def test_the_linear_classifier_solves_its_equations(starts):
    rng = np.random.default_rng(3)
    features = rng.normal(size=(1200, 40)).astype(np.float32)
    kernel = features @ features.T / 40
    owner = np.searchsorted(starts, np.arange(1200), side="right") - 1
    wanted = np.linalg.solve(kernel + PENALTY * np.eye(1200), np.eye(len(starts))[owner])
    found = ridge(kernel.copy(), np.array(starts)).toarray()
    assert found.shape == (1200, len(starts))
    decided = np.abs(np.abs(wanted) - SMALL) > 1e-4
    np.testing.assert_allclose(found[decided], np.where(np.abs(wanted) < SMALL, 0, wanted)[decided], atol=1e-4)
    assert np.abs(found - wanted).max() < SMALL + 1e-4
