"""Rows of the lake as questions and paragraphs: what is kept, what is dropped, how articles are split."""

import pyarrow as pa
import pytest

from models.qa.corpus import Question, largest, newest, paragraphs, questions, split, without_leaks
from models.qa.retrieve import count, morpheme_strings


def rows(*given: tuple) -> pa.Table:
    names = ("question_id", "question", "context", "title", "answers", "answer_starts")
    kinds = (*[pa.string()] * 4, pa.list_(pa.string()), pa.list_(pa.int64()))
    return pa.table({n: pa.array([g[i] for g in given], k) for i, (n, k) in enumerate(zip(names, kinds, strict=True))})


def documents(*given: tuple[str, str]) -> pa.Table:
    texts = [t for _, t in given]
    return pa.table(
        {
            "doc_id": [i for i, _ in given],
            "title": pa.array([None] * len(given), pa.string()),
            "text": texts,
            "morphemes": pa.array(morpheme_strings(texts), pa.list_(pa.string())),
        }
    )


def test_questions_are_checked_and_counted() -> None:
    found, dropped = questions(
        rows(
            ("1", "무엇?", "여기 답이 있다", "가", ["답"], [3]),
            ("2", "무엇?", "여기 답이 있다", "가", ["없음"], [0]),
            ("3", " ", "여기", "가", ["여기"], [0]),
            ("4", "무엇?", "여기", "가", [], []),
            ("1", "고쳐 물은 것?", "여기 답이 있다", "가", ["답", "없음"], [99, 0]),
            ("5", "무엇?", "여기", None, None, None),
        )
    )
    assert [q.id for q in found] == ["1", "4", "5"]
    assert found[0].text == "고쳐 물은 것?" and found[0].spans == ((3, 4),) and found[0].answers == ("답", "없음")
    assert found[1].spans == () and found[1].answers == ()
    assert dropped == {"answer not in context": 1, "empty question or context": 1, "repeated question_id": 1}


@pytest.mark.parametrize("articles", [2, 3, 5, 10, 100])
def test_split_is_by_article_and_leaves_something_to_learn(articles) -> None:
    items = [Question(str(i), "?", f"글 {i}", f"제목 {i % articles}", (), ()) for i in range(3 * articles)]
    test, development = split(items, 0.2, 1)
    assert 1 <= len(test) <= max(1, round(0.2 * articles))
    assert not test & development
    assert len(test | development) < articles
    assert (test, development) == split(items[::-1], 0.2, 1)
    if articles == 100:
        assert split(items, 0.2, 2)[0] != test


def test_a_context_under_two_titles_does_not_leak() -> None:
    held = [Question("1", "?", "같은  글.", "가", (), ())]
    kept = without_leaks(
        [Question("2", "?", "같은 글", "나", (), ()), Question("3", "?", "다른 글", "나", (), ())], held
    )
    assert [q.id for q in kept] == ["3"]


def test_newest_document_wins_and_the_longest_are_kept(caplog) -> None:
    table = newest(documents(("b", "짧은 글"), ("a", "조금 더 긴 글이다"), ("b", "새로 쓴 훨씬 더 긴 글이 되었다")))
    assert table["doc_id"].to_pylist() == ["a", "b"]
    assert table["text"][1].as_py().startswith("새로")
    with caplog.at_level("INFO", "naru"):
        assert largest(table, 1)["doc_id"].to_pylist() == ["b"]
    assert "1 of 2 documents" in caplog.text
    assert largest(table, 2) is table


def test_paragraphs_count_as_their_text_does() -> None:
    long = "이 문장은 잘린다. 저 문장도 잘린다. " * 8
    table = documents(("a", "짧은 문단이다."), ("b", ""), ("c", long))
    corpus, counts = paragraphs(table, 60)
    texts = corpus["text"].to_pylist()
    assert corpus["doc_id"].to_pylist()[0] == "a" and set(corpus["doc_id"].to_pylist()) == {"a", "c"}
    assert all(long[s : s + len(t)] == t for s, t in zip(corpus["start"].to_pylist()[1:], texts[1:], strict=True))
    whole = count(texts, pa.array(morpheme_strings(texts)))
    assert (abs(whole - counts) > 0).nnz == 0


def test_documents_without_morphemes_are_analysed() -> None:
    table = documents(("a", "경복궁은 궁궐이다."))
    bare = table.set_column(3, "morphemes", pa.array([[]], pa.list_(pa.string())))
    assert (abs(paragraphs(table, 100)[1] - paragraphs(bare, 100)[1]) > 0).nnz == 0


def test_an_empty_corpus_has_no_paragraphs() -> None:
    corpus, counts = paragraphs(documents(("a", " ")), 100)
    assert len(corpus) == 0 and counts.shape[0] == 0
    assert len(paragraphs(documents().cast(corpus_schema()), 100)[0]) == 0


def corpus_schema() -> pa.Schema:
    return pa.schema(
        [("doc_id", pa.string()), ("title", pa.string()), ("text", pa.string()), ("morphemes", pa.list_(pa.string()))]
    )
