"""Scoring a labelled file: names, ranges, added paragraphs, what counts as found."""

import math

import pytest

from config.datasets import DATASETS
from config.lake import Lake, Staging
from config.settings import Settings
from config.task import BadInput, Task
from models.qa import evaluate
from models.qa.corpus import questions

NAMES = ("retrieval_r@1", "sentence_accuracy", "reader_em", "reader_f1", "phrase_em", "phrase_f1", "open_f1")


def test_columns_are_those_of_landing(small) -> None:
    assert small.landed([]).column_names == [c.name for c in DATASETS["landing/questions"].columns]


def test_metrics_have_their_names_and_ranges(towns, small) -> None:
    metrics = evaluate.score(towns.server, small.landed(small.town_questions()))
    assert set(NAMES) <= set(metrics)
    assert metrics["phrase_em"] is None and metrics["phrase_f1"] is None
    assert metrics["retrieval_r@1"] == metrics["retrieval_r@5"] == 1
    assert metrics["paragraphs"] == 10 and metrics["questions"] == 30
    assert metrics["sentence_accuracy"] >= 0.9
    assert 0 <= metrics["reader_em"] <= metrics["reader_f1"] <= 100
    assert 0 <= metrics["open_em"] <= metrics["open_f1"] <= 100
    assert metrics == evaluate.score(towns.server, small.landed(small.town_questions()))


def test_the_files_own_paragraphs_are_added(towns, small) -> None:
    text = "새벽호는 별나라로 떠난 첫 배이다. 선장은 홍길순이다."
    metrics = evaluate.score(
        towns.server, small.landed([small.question("x", "새벽호의 선장은 누구인가?", text, "새벽호", "홍길순")])
    )
    assert metrics["paragraphs"] == 11 and metrics["retrieval_r@1"] == 1
    assert len(towns.server.corpus) == 10


def test_a_hit_holds_the_answer_even_where_the_copy_was_cleaned(towns, small) -> None:
    judge = evaluate.Judge(towns.server)
    item = questions(small.landed(small.town_questions()[:1]))[0][0]
    numbers = {towns.server.corpus["doc_id"][i].as_py(): i for i in range(10)}
    assert judge.hit(item, numbers["doc-0"])
    assert not judge.hit(item, numbers["doc-1"])


def test_unanswerable_questions_alone_have_no_retrieval(towns, small) -> None:
    metrics = evaluate.score(towns.server, small.landed([r for r in small.town_questions() if not r["answers"]]))
    assert metrics["retrieval_r@1"] is None and metrics["sentence_accuracy"] is None
    assert metrics["reader_f1"] is not None


def test_a_file_without_a_usable_question_is_refused(towns, small) -> None:
    broken = [{**small.town_questions()[0], "answers": ["여기 없는 말"], "answer_starts": [0]}]
    with pytest.raises(BadInput, match="answer not in context"):
        evaluate.score(towns.server, small.landed(broken))
    with pytest.raises(BadInput, match="empty"):
        evaluate.score(towns.server, small.landed([]))


def test_the_stage_writes_metrics_and_facts(towns, tmp_path, small) -> None:
    lake = Lake(str(tmp_path))
    staging = Staging(lake.partition("metrics/qa", small.ds))
    settings = Settings(str(tmp_path), "test", {"qa": small.settings})
    task = Task(
        "qa_evaluate",
        small.ds,
        settings,
        lake,
        {"models/qa": [small.given(folder=towns.folder)]},
        {"metrics/qa": staging},
    )
    evaluate.run(task)
    assert (staging.folder / "metrics.json").is_file()
    facts = {f["metric"]: f for f in staging.facts}
    assert {n for n, f in facts.items() if f["primary"]} == {"retrieval_r@1", "reader_f1"}
    assert all(f["value"] is None or math.isfinite(f["value"]) for f in facts.values())
