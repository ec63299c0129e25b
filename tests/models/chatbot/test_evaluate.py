"""Scores of held-out rows and of a labelled file."""

import numpy as np
import pytest

from models.chatbot import evaluate, serve
from models.runtime import KerasRuntime


@pytest.fixture(scope="module")
def server(korean):
    return serve.load(KerasRuntime(korean.model))


def test_facts_have_every_retriever_and_one_primary_with_a_floor(korean):
    slices = {f["slice"] for f in korean.facts if f["metric"] == "hit@1"}
    assert slices == {"all", "ensemble", *evaluate.RETRIEVERS}
    (primary,) = [f for f in korean.facts if f["primary"]]
    best = max(f["value"] for f in korean.facts if f["metric"] == "hit@1" and f["slice"] in evaluate.SPARSE)
    assert primary["floor"] == evaluate.lowest(best, korean.flat["questions"]) <= best
    assert korean.flat["heldout"] == "paraphrase"
    assert primary["value"] == korean.flat["hit@1"] > 0.5


def test_a_few_questions_block_less_than_many():
    assert evaluate.lowest(1.0, 2) < 0.5 < evaluate.lowest(1.0, 20) < 0.95 < evaluate.lowest(1.0, 200) < 1
    assert evaluate.lowest(0.8, 1000) == pytest.approx(0.8 - 2 * (0.8 * 0.2 / 1000) ** 0.5, abs=0.002)
    assert all(evaluate.lowest(hits / 15, 15) <= hits / 15 for hits in range(16))


def test_the_figure_is_drawn(korean):
    (figure,) = korean.scored.notes["metrics/chatbot"]["figures"]
    assert (korean.metrics / figure).read_text().startswith("<?xml")


def test_indexed_questions_are_found(server, faq_table):
    assert evaluate.score(server, faq_table)["hit@1"] == 1.0
    assert evaluate.score(server, faq_table.drop_columns(["scenario_id"]))["hit@1"] == 1.0


def test_answers_count_where_the_scenario_is_unknown(server, table_of):
    rows = [
        ("배송 문의드립니다", " 배송  안내입니다.", "of another system"),
        ("배송 문의드립니다", "배송 안내입니다.", "s-01"),
    ]
    accepted = evaluate.accepted_scenarios(server, table_of(rows))
    assert accepted == [[server.bot.pairs.names.index("s-00")], [server.bot.pairs.names.index("s-01")]]


def test_unknown_answers_and_empty_files_score_nothing(server, table_of, faq_table, caplog):
    assert evaluate.score(server, table_of([("배송 문의", "처음 듣는 답", "x-9"), ("", "", None)]))["hit@10"] == 0.0
    assert "none of the 2 rows: it knows neither of {'scenario_id': 'x-9', 'answer': '처음 듣는 답'}" in caplog.text
    caplog.clear()
    assert evaluate.score(server, faq_table.slice(0, 0)) == {
        "hit@1": 0.0,
        "hit@10": 0.0,
        "mrr": 0.0,
        "1-of-100": 0.0,
        "known": 0.0,
        "told": 0.0,
    }
    assert not caplog.text


def test_first_of_a_hundred_is_the_share_of_all_draws():
    scores = np.random.default_rng(3).permutation(400) / 400
    right = [int(s) for s in np.argsort(-scores)[[3, 40]]]
    others, rng = np.delete(scores, right), np.random.default_rng(4)
    draws = [scores[right].max() > rng.choice(others, 99, replace=False).max() for _ in range(20_000)]
    assert evaluate.first_of_hundred(scores, right) == pytest.approx(np.mean(draws), abs=0.015)
    assert evaluate.first_of_hundred(scores[:50], [int(scores[:50].argmax())]) == 1.0
    assert evaluate.first_of_hundred(scores[:50], [int(scores[:50].argmin())]) == 0.0
    assert evaluate.first_of_hundred(np.zeros(5), [1]) == evaluate.first_of_hundred(scores, []) == 0.0


def test_rows_that_cannot_be_found_are_told(server, table_of):
    rows = [("배송 문의드립니다", "배송 안내입니다.", None), ("배송 문의드립니다", "처음 듣는 답", "s-nowhere")]
    said = evaluate.score(server, table_of(rows))
    assert (said["hit@1"], said["known"], said["auroc"]) == (0.5, 0.5, 0.5)
    alone = evaluate.score(server, table_of(rows[:1]))
    assert (alone["told"], alone["precision"]) == (1.0, 1.0)
    assert "auroc" not in alone
    strange = evaluate.score(server, table_of([rows[0], ("달은 얼마나 멀어?", "처음 듣는 답", None)]))
    assert (strange["auroc"], strange["told"]) == (1.0, 0.5)


def test_single_questions_are_asked_with_noise(run_night, table_of, tmp_path):
    rows = [
        (f"where can i find item {word}", f"aisle {word}", None) for word in ("milk", "bread", "soap", "tea", "rice")
    ]
    made = run_night(tmp_path, table_of(rows), epochs=1, steps=2)
    assert made.flat["heldout"] == "noised"
    assert made.flat["hit@1"] > 0.5
    (primary,) = [f for f in made.facts if f["primary"]]
    assert primary["floor"] is None
    assert "no scenario has two questions" in made.scored.notes["metrics/chatbot"]["remark"]
