"""Confidence and threshold on made-up evidence."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.chatbot.confidence import PIECES, auroc, choose_threshold, evidence, fit, namesakes
from models.chatbot.features import STREAMS, read
from models.chatbot.rank import Ranker
from models.chatbot.sparse import Retriever, build_vocabulary, count

ASKED = read(["where is my red parcel"], "words")


def ranker(starts, texts, weights):
    empty = csr_matrix((len(texts), len(starts)), dtype=np.float32)
    sparse = {}
    for stream in ("content", "joined"):
        terms = [STREAMS[stream](r) for r in read(texts, "words")]
        vocabulary = build_vocabulary(terms, 100)
        counts = count(terms, {term: i for i, term in enumerate(vocabulary)})[0]
        sparse[stream] = Retriever(vocabulary, counts, "tfidf")
    return Ranker(np.array(starts), len(texts), sparse, empty, None, {}, {}, weights)


def test_evidence_tells_cover_nearness_and_how_far_ahead():
    similarities = {"encoder": np.array([[0.2, 0.1, 0.9, 0.0]]), "meaning": np.array([[0.9, 0.2, 0.5, 0.1]])}
    pooled = {name: np.maximum.reduceat(found, [0, 2, 3], axis=1) for name, found in similarities.items()}
    scores = 3 * pooled["encoder"] + pooled["meaning"]
    texts = ["where is it", "a parcel", "where is my red parcel", "thanks"]
    found = evidence(ranker([0, 2, 3], texts, {"encoder": 3.0, "meaning": 1.0}), ASKED, similarities, scores)[0]
    assert found == pytest.approx([1.0, 1.0, 0.9, 0.5, 0.9**8, 0.25, 0.9, (3.2 - 1.5) / 3.2])
    assert len(found) == PIECES


def test_evidence_does_not_grow_with_the_scores():
    similarities = {"encoder": np.array([[0.2, 0.9]]), "meaning": np.array([[0.9, 0.5]])}
    of = ranker([0, 1], ["where is it", "a red parcel"], {})
    one, two = (evidence(of, ASKED, similarities, np.array([[0.5, 2.0]]) * times) for times in (1, 3))
    np.testing.assert_allclose(one, two)


def test_one_scenario_has_no_second():
    found = {"words": np.array([[0.5]])}
    alone = ranker([0], ["where"], {"words": 2.0})
    assert evidence(alone, ASKED, found, np.array([[1.0]]))[0, -1] == 1.0


def test_where_no_scenario_is_found_there_is_no_evidence():
    alone = ranker([0], ["where is my red parcel"], {"encoder": 2.0})
    assert not evidence(alone, ASKED, {"encoder": np.array([[0.0]])}, np.array([[0.0]])).any()


def test_scenarios_that_have_the_question_word_for_word_share_the_confidence():
    of = ranker([0, 2, 3], ["a", "b", "c", "d"], {})
    same = {
        "joined": np.array([[0.3, 1.0, 1.0, 0.2], [0.3, 1.0, 0.9, 0.2], [0.3, 1.0, 0.9, 0.2], [0.1, 0.2, 0.3, 0.4]])
    }
    scores = np.array([[2.0, 1.9, 0.1], [2.0, 1.9, 0.1], [0.1, 2.0, 0.1], [0.1, 0.2, 0.4]])
    assert namesakes(of, same, scores).tolist() == [2, 1, 1, 1]


def test_strangers_are_less_sure_and_the_threshold_keeps_them_out():
    rng = np.random.default_rng(5)
    own, foreign = rng.normal(0.7, 0.1, (200, 3)), rng.normal(0.3, 0.1, (50, 3))
    x, strange = np.r_[own, foreign], np.r_[np.zeros(200, bool), np.ones(50, bool)]
    sure = fit(x, np.ones(250), ~strange, strange, 0.9)
    told = sure(x)
    assert auroc(told[~strange], told[strange]) > 0.99
    assert (told[strange] >= sure.threshold).mean() < 0.2 < (told[~strange] >= sure.threshold).mean()
    assert min(sure.slopes) >= 0


def test_threshold_tells_all_right_answers_that_the_precision_allows():
    confidence = np.repeat([0.9, 0.8, 0.7, 0.6], 100)
    right = np.repeat([1.0, 1.0, 0.0, 1.0], 100)
    assert choose_threshold(confidence, right, np.ones(400), 0.7) == 0.6
    assert choose_threshold(confidence, right, np.ones(400), 0.8) == pytest.approx(0.75)
    assert choose_threshold(confidence, 1 - right, np.ones(400), 0.9) == 0.9


def test_the_precision_is_passed_surely_not_just_met():
    confidence, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 1.0, 0.0, 1.0])
    assert choose_threshold(confidence, right, np.ones(4), 0.7) == pytest.approx(0.75)


def test_threshold_lies_between_the_right_answers_and_the_strangers_below():
    confidence, right = np.array([0.9, 0.8, 0.2, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert choose_threshold(confidence, right, np.ones(4), 0.6) == pytest.approx(0.5)


def test_questions_of_the_same_confidence_are_answered_together_or_not_at_all():
    confidence, right = np.array([0.9, 0.8, 0.2, 0.2, 0.2]), np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    assert choose_threshold(confidence, right, np.ones(5), 0.8) == pytest.approx(0.5)


def test_auroc_counts_ties_half():
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == pytest.approx(3.5 / 4)
    assert auroc(np.array([]), np.array([0.5])) == 0.5
