"""Tokens with offsets, and what the reader sees of a pair."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from models.pretrained import Vectors
from models.qa.features import ASKED, FORMS, MATCHES, Shape, pair, rows
from models.qa.retrieve import count, morpheme_strings, retriever
from models.qa.tokens import SPELLING_DIM, Lexicon, spelling

PARAGRAPH = "경복궁은 1395년에 지은 궁궐이다. 세종은 그곳에서 한글을 만들었다."


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.of(Vectors(["궁궐/NNG"], np.ones((1, 4), np.float16)))


@pytest.fixture(scope="module")
def found():
    texts = [PARAGRAPH, "다른 문단이다."]
    return retriever(count(texts, pa.array(morpheme_strings(texts))))


def test_tokens_cover_their_characters(lexicon) -> None:
    tokens = lexicon.tokenise([PARAGRAPH])[0]
    for answer in ("1395년", "궁궐", "세종", "한글"):
        start = PARAGRAPH.index(answer)
        place = tokens.cover(start, start + len(answer))
        assert place is not None
        assert PARAGRAPH[slice(*tokens.span(*place))] == answer
    assert tokens.sentence.min() == 0 and tokens.sentence.max() == 1
    assert tokens.cover(500, 510) is None


def test_vectors_are_pretrained_beside_spelling(lexicon) -> None:
    tokens = lexicon.tokenise(["궁궐 한글"])[0]
    vectors = lexicon.vectors(tokens, slice(0, 2))
    assert vectors.shape == (2, 4 + SPELLING_DIM)
    assert vectors[0, :4].tolist() == [1] * 4 and vectors[1, :4].tolist() == [0] * 4
    assert spelling("normandy") @ spelling("normans") > 2 * abs(spelling("normandy") @ spelling("궁궐"))


def test_no_pretrained_vectors_at_all() -> None:
    bare = Lexicon.of(Vectors([], np.zeros((0, 4), np.float16)))
    tokens = bare.tokenise(["궁궐", ""])
    assert bare.vectors(tokens[0], slice(0, 1)).shape == (1, bare.dim)
    assert len(tokens[1]) == 0


def test_match_features_point_at_the_sentence(lexicon, found) -> None:
    question, paragraph = lexicon.tokenise(["세종이 만든 것은 무엇인가?", PARAGRAPH])
    item = pair(question, paragraph, found)
    assert item.matched.shape == (len(paragraph), MATCHES) and item.asked.shape == (len(question), ASKED)
    assert np.isfinite(item.matched).all() and np.isfinite(item.asked).all()
    king = paragraph.words.index("세종")
    assert item.matched[king, 0] == 1 and item.matched[paragraph.words.index("궁궐"), 0] == 0
    assert set(paragraph.sentence[item.matched[:, 9] > 0].tolist()) == {1}


def test_rows_are_padded_and_windows_cover(lexicon, found) -> None:
    question, paragraph, nothing = lexicon.tokenise(["세종은?", PARAGRAPH, ""])
    shape = Shape(paragraph=8, question=3, overlap=2)
    windows = shape.windows(len(paragraph))
    assert windows[0].start == 0 and windows[-1].stop == len(paragraph)
    assert all(w.stop - w.start == 8 for w in windows)
    assert all(a.stop - b.start >= 2 for a, b in pairwise(windows))
    made = rows([(pair(question, paragraph, found), w) for w in windows], lexicon, shape)
    assert made["p_vector"].shape == (len(windows), 8, lexicon.dim) and made["q_tag"].shape == (len(windows), 3)
    assert made["p_form"].max() < FORMS and (made["p_tag"] > 0).all()
    empty = pair(question, nothing, found)
    assert empty.matched.shape == (0, MATCHES)
    assert not rows([(empty, slice(0, 0))], lexicon, shape)["p_tag"].any()
