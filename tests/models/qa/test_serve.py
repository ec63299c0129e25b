"""Answering: where the answer stands, what is asked wrongly, a larger corpus."""

import subprocess
import sys

import pytest

from models.qa.retrieve import question_counts
from models.qa.serve import MOST_K


def test_answers_tell_where_they_stand(towns, small) -> None:
    told = towns.server.answer({"text": f"{small.places[3]} 주민들이 좋아하는 음식은?", "k": 3})
    assert len(told["answers"]) == 3
    scores = [a["score"] for a in told["answers"]]
    assert scores == sorted(scores, reverse=True) and 0 < scores[0] <= 1
    for answer in told["answers"]:
        text = small.text_of(int(answer["doc_id"].removeprefix("doc-")))
        assert text[answer["start"] : answer["end"]] == answer["text"] != ""
        assert answer["text"] in answer["sentence"] in text
    assert 0 <= told["no_answer_score"] <= 1


def test_the_right_paragraph_is_found_for_every_town(towns, small) -> None:
    _, numbers = towns.server.retrieve([f"{p}의 음식" for p in small.places], 1)
    ids = [towns.server.corpus["doc_id"][int(n)].as_py() for n in numbers[:, 0]]
    assert ids == [f"doc-{i}" for i in range(len(small.places))]


def test_a_question_without_a_known_word_still_gets_candidates(towns) -> None:
    assert question_counts(["zzzqqq"]).nnz
    scores, numbers = towns.server.retrieve(["zzzqqq"], 3)
    assert not scores.any() and len(set(numbers[0].tolist())) == 3
    assert towns.server.answer({"text": "?!"})["question"] == "?!"


@pytest.mark.parametrize(
    ("query", "field"),
    [({}, "text"), ({"text": " "}, "text"), ({"text": 3}, "text"), ({"text": "?", "k": 0}, "k"),
     ({"text": "?", "k": True}, "k"), ({"text": "?", "k": MOST_K + 1}, "k"), ({"text": "?", "k": "3"}, "k")],
)  # fmt: skip
def test_wrong_queries_name_the_field(towns, query, field) -> None:
    with pytest.raises(ValueError, match=rf"^{field} = "):
        towns.server.answer(query)


def test_added_paragraphs_are_searched_behind_the_others(towns, small) -> None:
    text = "별무리섬의 등대는 초록빛 유리로 지어졌다."
    larger = towns.server.with_paragraphs([text, " "], ["별무리섬", ""])
    assert len(larger.corpus) == len(small.places) + 1 == larger.retriever.size
    assert len(towns.server.corpus) == len(small.places)
    _, numbers = larger.retrieve(["별무리섬의 등대"], 1)
    assert larger.text(int(numbers[0, 0])) == text


def test_serving_needs_neither_tensorflow_nor_pandas() -> None:
    code = (
        "import sys, models.qa.serve; "
        "bad = {'tensorflow', 'keras', 'pandas', 'matplotlib'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
