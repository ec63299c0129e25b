"""How much of a question an indexed scenario explains."""

import pytest

from models.chatbot.cover import cover
from models.chatbot.features import STREAMS, read
from models.chatbot.sparse import Retriever, build_vocabulary, count

INDEXED = ["cancel my red card", "stop the card", "where is the shop", "open hours of shop"]
CARD, SHOP = slice(0, 2), slice(2, 4)


@pytest.fixture(scope="module")
def sparse():
    found = {}
    for stream in ("content", "joined"):
        terms = [STREAMS[stream](r) for r in read(INDEXED, "words")]
        vocabulary = build_vocabulary(terms, 1000)
        found[stream] = Retriever(vocabulary, count(terms, {t: i for i, t in enumerate(vocabulary)})[0], "tfidf")
    return found


def test_questions_of_a_scenario_explain_together(sparse):
    assert cover(sparse, read(["stop red card"], "words"), [CARD])[0] == pytest.approx([1, 1])


def test_a_stranger_shares_the_name_alone(sparse):
    own, strange = cover(sparse, read(["cancel card", "price card"], "words"), [CARD, CARD])
    assert own[0] == 1 > strange[0] > 0
    assert strange[1] == pytest.approx(0)


def test_the_rarer_what_is_missing_the_less_is_explained(sparse):
    common, rare = cover(sparse, read(["the card", "hours card"], "words"), [slice(0, 1)] * 2)
    assert common[0] > rare[0] and common[1] > rare[1]


def test_words_written_together_are_found_by_their_letters(sparse):
    assert cover(sparse, read(["redcard"], "words"), [CARD])[0, 0] == 1
    assert cover(sparse, read(["redcard"], "words"), [SHOP])[0, 0] == 0


def test_nothing_asked_is_nothing_explained(sparse):
    assert cover(sparse, read([""], "words"), [CARD])[0].tolist() == [0, 0]
