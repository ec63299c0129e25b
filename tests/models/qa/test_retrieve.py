"""Sparse retrieval: counts, BM25, order, growth; and the dense shadow."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from models.qa import dense
from models.qa.retrieve import (
    HALF,
    Retriever,
    bucket,
    content,
    count,
    morpheme_strings,
    question_counts,
    retriever,
    top,
)

TEXTS = [
    "경복궁은 조선 시대에 지은 궁궐이다.",
    "한라산은 제주도에 있는 화산이다.",
    "고래는 바다에 사는 포유류이다.",
    "The duchy of Normandy was founded by Rollo.",
]


def of(texts: list[str]) -> sparse.csr_matrix:
    return count(texts, pa.array(morpheme_strings(texts), pa.list_(pa.string())))


@pytest.fixture(scope="module")
def found() -> Retriever:
    return retriever(of(TEXTS))


@pytest.mark.parametrize(
    ("question", "best"),
    [("조선의 궁궐은 무엇인가?", 0), ("제주도의 화산은?", 1), ("바다의 포유류", 2), ("who founded NORMANDY?", 3)],
)
def test_finds_the_paragraph(found, question, best) -> None:
    scores, numbers = found.best(question_counts([question]), 2)
    assert numbers[0, 0] == best
    assert scores[0, 0] > scores[0, 1] >= 0


def test_counts_hold_both_feature_sets() -> None:
    made = count(["궁궐 궁궐"], pa.array([["궁궐/NNG", "궁궐/NNG", "을/JKO"]]))
    assert made[0, bucket("궁궐/NNG")] == 2
    assert made[:, :HALF].sum() == 2  # the particle is no content word
    assert made[:, HALF:].sum() == 2  # one pair a word, none over the space
    assert content(["값//SN", "이/JKS"]) == ["값//SN"]


def test_empty_texts_and_lists_count_nothing() -> None:
    made = count(["", "가나"], pa.array([[], None], pa.list_(pa.string())))
    assert made.shape == (2, 2 * HALF) and made[0].nnz == 0 and made[1].nnz == 1
    assert count([], pa.array([], pa.list_(pa.string()))).shape == (0, 2 * HALF)


def test_bm25_weight_is_the_formula() -> None:
    made = retriever(count(["가나", "가나 가나 다라"], pa.array([[], []], pa.list_(pa.string()))))
    column = count(["가나"], pa.array([[]], pa.list_(pa.string()))).indices[0]
    idf, tf, relative = np.log(1 + 0.5 / 2.5), 2, 3 / 2
    want = idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * relative))
    assert made.postings[column, 1] == pytest.approx(want, rel=1e-5)


def test_extended_is_the_same_as_built_whole(found) -> None:
    whole = retriever(of([*TEXTS, "고래는 노래한다."]))
    grown = found.extended(of(["고래는 노래한다."]))
    assert (abs(whole.postings - grown.postings) > 1e-6).nnz == 0


def test_top_is_stable_and_bounded() -> None:
    scores, numbers = top(np.asarray([[1.0, 3.0, 3.0, 0.0]]), 3)
    assert numbers.tolist() == [[1, 2, 0]] and scores.tolist() == [[3, 3, 1]]


def test_empty_corpus_finds_nothing() -> None:
    scores, numbers = retriever(of([])).best(question_counts(["무엇?"]), 5)
    assert scores.shape == numbers.shape == (1, 0)


def test_lsa_brings_words_of_one_company_together() -> None:
    texts = (
        ["폐업 식당 손님 거리"] * 3
        + ["파산 식당 손님 거리"] * 3
        + ["고래 바다 포유류 헤엄"] * 3
        + ["상어 바다 물고기 헤엄"] * 3
    )
    counts = of(texts)
    lsa = dense.fit(retriever(counts), 2, 1000, 0)
    vectors = lsa.vectors(counts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    asked = lsa.vectors(question_counts(["폐업"]))[0]
    assert asked @ vectors[3] > 0.9 > 0.2 > asked @ vectors[6]
    assert np.array_equal(vectors, dense.fit(retriever(counts), 2, 1000, 0).vectors(counts))


def test_lsa_of_almost_nothing_has_its_shape() -> None:
    lsa = dense.fit(retriever(of(["하나뿐인 문단"])), 8, 1000, 0)
    assert lsa.vectors(of(["하나뿐인 문단"])).shape == (1, 8)
