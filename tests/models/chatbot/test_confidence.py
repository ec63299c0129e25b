"""Confidence and threshold on made-up evidence."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.chatbot.confidence import (
    ANYTHING,
    KNOWN,
    PIECES,
    STRANGER,
    auroc,
    balance,
    choose_threshold,
    evidence,
    fit,
    gather,
    namesakes,
)
from models.chatbot.features import STREAMS, read
from models.chatbot.rank import DENSE, POOLED, Ranker, exact_search
from models.chatbot.sparse import Retriever, build_vocabulary, count
from models.chatbot.train import build_tables

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
    spelled = {"joined": np.array([[0.1, 0.7, 0.6, 0.0]])}
    pooled = {name: np.maximum.reduceat(found, [0, 2, 3], axis=1) for name, found in similarities.items()}
    scores = 3 * pooled["encoder"] + pooled["meaning"]
    texts = ["where is it", "a parcel", "where is my red parcel", "thanks"]
    found = evidence(ranker([0, 2, 3], texts, {"encoder": 3.0, "meaning": 1.0}), ASKED, similarities | spelled, scores)[
        0
    ]
    assert found == pytest.approx([1.0, 1.0, 0.9, 0.5, 0.9**8, 0.25, 0.9, 0.7, (3.2 - 1.5) / 3.2])
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
    """However the asked one is written: it is as near to the one as to the other."""
    of = ranker([0, 2, 3], ["a", "b", "c", "d"], {})
    same = {
        "joined": np.array(
            [
                [0.3, 1.0, 1.0, 0.2],
                [0.3, 0.9, 0.9, 0.2],
                [0.3, 1.0, 0.9, 0.2],
                [0.3, 1.0, 0.9, 0.2],
                [0.2, 0.2, 0.2, 0.1],
            ]
        )
    }
    scores = np.array([[2.0, 1.9, 0.1], [2.0, 1.9, 0.1], [2.0, 1.9, 0.1], [0.1, 2.0, 0.1], [0.4, 0.2, 0.3]])
    found = namesakes(of, same, scores)
    assert found.sum(axis=1).tolist() == [2, 2, 1, 1, 1]
    assert found[:, :2].tolist() == [[True, True], [True, True], [True, False], [False, True], [True, False]]


def test_where_all_have_a_namesake_nothing_is_discounted_twice():
    """Three scenarios of one and the same question: it is theirs for sure, and each one's by a third."""
    x, shared = np.r_[np.ones((30, 2)), np.zeros((30, 2))], np.r_[np.full(30, 3), np.ones(30)]
    strange = shared == 1
    sure = fit(x, shared, ~strange, np.where(strange, STRANGER, KNOWN), 0.8)
    assert sure(x[:1])[0] / 3 == pytest.approx(1 / 3, abs=0.01)
    assert sure.threshold >= 0.8, "a third is less than is wanted, whatever is surest"


def test_what_people_ask_of_anything_is_less_sure_but_for_what_is_asked_here(bot_of_one):
    ranker_, readings = bot_of_one
    anything = read(["how far away is the moon?", "where is my red parcel now"], "words")
    x, _, right, asker = gather(ranker_, readings, [0] * len(readings), [], anything)
    assert len(x) == 2 * len(readings) + 1, "the second is asked of this corpus itself"
    assert right[: len(readings)].all() and not right[len(readings) :].any()
    assert asker.tolist() == [KNOWN] * len(readings) + [STRANGER] * (len(readings) + 1)
    others = read(["where is the station", "is it far"], "words")
    *_, asker = gather(ranker_, readings, [0] * len(readings), others, anything)
    assert asker.tolist() == [KNOWN] * len(readings) + [STRANGER] * len(others) + [ANYTHING]


@pytest.fixture
def bot_of_one():
    """A ranker over three questions of one scenario, by what has no network."""
    texts = ["where is my red parcel", "my parcel where is it", "when comes the parcel"]
    readings = read(texts, "words")
    tables = build_tables(readings, 1000)
    vector = np.zeros((3, 4), np.float32)
    search = {name: exact_search(vector) for name in DENSE}

    def encode(asked):
        return dict.fromkeys(("vector", "meaning"), np.zeros((len(asked), 4), np.float32))

    empty = csr_matrix((3, 1), dtype=np.float32)
    return Ranker(
        np.array([0]), 3, tables.retrievers(), empty, encode, search, dict.fromkeys(POOLED, 1.0), {"joined": 1.0}
    ), readings


def test_strangers_are_less_sure_and_the_threshold_keeps_them_out():
    rng = np.random.default_rng(5)
    own, foreign = rng.normal(0.7, 0.1, (200, 3)), rng.normal(0.3, 0.1, (50, 3))
    x, strange = np.r_[own, foreign], np.r_[np.zeros(200, bool), np.ones(50, bool)]
    sure = fit(x, np.ones(250), ~strange, np.where(strange, STRANGER, KNOWN), 0.9)
    told = sure(x)
    assert auroc(told[~strange], told[strange]) > 0.99
    assert (told[strange] >= sure.threshold).mean() < 0.2 < (told[~strange] >= sure.threshold).mean()
    assert min(*sure.scope[1:], *sure.right[1:]) >= 0


def test_who_is_not_ahead_is_in_scope_all_the_same():
    """Of ten alike scenarios none is ahead of the others, and a stranger's one word is of one alone."""
    rng = np.random.default_rng(6)
    own, foreign = np.zeros((300, PIECES)), np.zeros((300, PIECES))
    own[:, 0], own[:, -1] = rng.normal(0.8, 0.1, 300), rng.uniform(0, 0.3, 300)
    foreign[:, 0], foreign[:, -1] = rng.normal(0.4, 0.1, 300), rng.uniform(0.1, 0.4, 300)
    right = np.r_[own[:, -1] > rng.uniform(0, 0.3, 300), np.zeros(300, bool)]
    sure = fit(np.r_[own, foreign], np.ones(600), right, np.repeat([KNOWN, STRANGER], 300), 0.6)
    assert sure.scope[-1] == 0 < sure.right[-1]
    assert auroc(sure(own), sure(foreign)) > 0.95
    assert auroc(sure(own[right[:300]]), sure(own[~right[:300]])) > 0.7


def test_strangers_of_both_kinds_count_as_much_as_who_is_known():
    counts = balance(np.array([KNOWN] * 6 + [STRANGER] * 2 + [ANYTHING]))
    assert counts.tolist() == [1.0] * 6 + [1.5, 1.5, 3.0]
    assert balance(np.array([KNOWN, KNOWN, STRANGER])).tolist() == [1.0, 1.0, 2.0]


def test_the_threshold_is_chosen_by_the_harder_strangers_alone():
    x = np.r_[np.linspace(0.5, 1, 100), np.linspace(0.4, 0.9, 100), np.zeros(1000)][:, None]
    asker, right = np.repeat([KNOWN, STRANGER, ANYTHING], [100, 100, 1000]), np.arange(1200) < 100
    whole, part = fit(x, np.ones(1200), right, asker, 0.8), x[:200]
    told = whole(part) >= whole.threshold
    assert right[:200][told].mean() >= 0.8 and told[:100].any()


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
