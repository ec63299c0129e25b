"""The training stage on small corpora of every kind."""

import copy
import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from config.task import BadInput, Skip
from models.chatbot import findings, store, train
from models.chatbot.config import ChatbotConfig
from models.chatbot.corpus import gather
from models.chatbot.material import Corpus


def test_artifact_names_what_is_there(korean):
    artifact = json.loads((korean.model / "artifact.json").read_text())
    files = [*artifact["carry"], "encoder.keras", "encoder_sample.npz", "questions.npy", "probes.json"]
    for folder in (korean.model, korean.model / "held"):
        assert all((folder / name).is_file() for name in files)
    assert artifact["networks"]["encoder"]["sample"] == "encoder_sample.npz"
    vectors = np.load(korean.model / artifact["tables"]["questions"]["file"])
    assert vectors.shape == (75, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_the_scored_model_has_never_seen_the_held_out_questions(korean):
    asked = set(pq.read_table(korean.model / "heldout.parquet")["question"].to_pylist())
    assert len(asked) == 8
    held, whole = store.load(korean.model / "held"), store.load(korean.model)
    assert asked.isdisjoint(held.pairs.questions)
    assert asked <= set(whole.pairs.questions)
    assert len(np.load(korean.model / "held" / "questions.npy")) == len(held.pairs) == 75 - 15
    assert np.load(korean.model / "held" / "meanings.npy").shape == (60, 8)
    assert all(counts.shape[0] == len(held.pairs) for counts in held.tables.counts.values())
    assert held.weights == whole.weights


def test_curves_and_weights_are_told(korean):
    note = korean.trained.notes["models/chatbot"]
    assert note["history"]["final_loss"]
    assert note["history"]["loss"][-1] < note["history"]["loss"][0]
    assert sum(note["weights"].values()) > 0


def test_the_same_pairs_make_the_same_bytes(korean, run_night, tmp_path, faq_table):
    again = run_night(tmp_path, faq_table.take(np.random.default_rng(1).permutation(faq_table.num_rows)))
    for name in (*store.CARRY, "questions.npy", "heldout.parquet", "probes.json"):
        assert (again.model / name).read_bytes() == (korean.model / name).read_bytes(), name
    assert (again.metrics / "metrics.json").read_bytes() == (korean.metrics / "metrics.json").read_bytes()


@pytest.mark.parametrize(
    "rows",
    [
        [("where is my parcel", "soon", None)],
        [(f"question number {i}", "always the same", None) for i in range(6)],
        [("same question", f"answer {i}", f"s{i}") for i in range(5)],
        [
            ("😀😀", "smile", None),
            ("荷物はどこですか", "もうすぐです", "a"),
            ("いつ着きますか", "もうすぐです", "a"),
            ("返品したい", "x" * 10_000, "b"),
        ],
        [(emoji * times, emoji, emoji) for emoji in "😀🔥🚗" for times in (1, 2, 3)],
    ],
    ids=["one pair", "one scenario", "one question", "emoji and japanese", "emoji alone"],
)
def test_tiny_and_odd_corpora_make_a_chatbot(run_night, table_of, tmp_path, rows):
    from models.chatbot import serve
    from models.runtime import KerasRuntime

    made = run_night(tmp_path, table_of(rows), epochs=1, steps=2)
    assert set(made.flat) >= {"hit@1", "hit@10", "mrr"}
    assert all(np.isfinite(v) for v in made.flat.values() if isinstance(v, float))
    server = serve.load(KerasRuntime(made.model))
    assert rows[0][1] in {a["answer"] for a in server.answer({"text": rows[0][0], "k": 10})["answers"]}
    told = made.trained.notes["models/chatbot"]
    alike = f"scenarios that look like one: {told['merges_found']} times two" if told["merges_found"] else ""
    assert told["merging"].startswith(alike) and bool(told["merging"]) == bool(alike)


def test_pairs_without_text_skip_the_day(run_night, table_of, tmp_path):
    with pytest.raises(Skip, match="none of the 2 dialogue rows"):
        run_night(tmp_path, table_of([("", "x", None), ("q", None, None)]))


def test_wrong_labels_are_told(table_of):
    plain, _ = gather(table_of([(f"question {i}", f"answer {i}", None) for i in range(4)]))
    same, _ = gather(table_of([("Same  question", f"answer {i}", None) for i in range(2)] + [("another", "x", None)]))
    assert findings.doubt(0.95, plain) == ""
    assert "only 45% of the questions" in findings.doubt(0.45, plain)
    assert "67% of the questions stand in several scenarios" in findings.doubt(0.95, same)


def test_labels_that_the_encoder_understands_are_not_called_wrong():
    hit, miss = np.ones(20, bool), np.zeros(20, bool)
    assert findings.findable(hit, miss) == pytest.approx(22 / 24)
    assert findings.findable(miss, hit) == 1.0
    assert findings.findable(np.r_[hit, miss], np.r_[hit, miss]) == pytest.approx(0.5)
    assert findings.findable(hit[:1], miss) == pytest.approx(3 / 5)
    assert findings.findable(hit[:0], miss) == 0.0
    assert findings.findable(hit[:0], hit[:0]) == 1.0


def test_a_lone_scenario_is_told(table_of):
    lone, _ = gather(table_of([("where", "here", "s-1"), ("where is it", "here", "s-1")]))
    assert "one scenario alone, s-1" in findings.doubt(1.0, lone)


def test_half_of_the_labels_wrong_is_told(run_night, table_of, faq_table, tmp_path, caplog):
    caplog.set_level("INFO", "naru")
    rng, rows = np.random.default_rng(0), [tuple(row.values()) for row in faq_table.to_pylist()]
    wrong = [(q, a, f"s-{rng.integers(15):02}" if i % 2 else s) for i, (q, a, s) in enumerate(rows)]
    made = run_night(tmp_path, table_of(wrong), epochs=1)
    assert "many labels are wrong" in made.trained.notes["models/chatbot"]["remark"]
    assert "many labels are wrong" in caplog.text


def test_a_loop_without_time_left_keeps_what_it_has(run_night, faq_table, tmp_path):
    note = run_night(tmp_path, faq_table, seconds=0.01, towers=3).trained.notes["models/chatbot"]
    assert len(note["history"]["loss"]) == note["towers"] == 1 and "final_loss" not in note["history"]
    assert note["clusters"]["k"] == note["clusters"]["scenarios"] == 15
    assert note["spared"].startswith("2 of 3 encoders are left out: 0.01 CPU seconds")


def test_no_encoder_stands_beside_one_that_is_good_enough(faq_table):
    from models.chatbot.budget import Budget
    from models.chatbot.config import ChatbotConfig
    from models.chatbot.material import Corpus

    config = ChatbotConfig(dim=8, epochs=1, steps=1, batch=16, hard=8, buckets=64, meaning=4, towers=2)
    corpus = Corpus(gather(faq_table)[0], "words", config)

    def towers(good_enough):
        own = replace(config, good_enough=good_enough)
        _, curves = train.train_towers(corpus, own, Budget(0), iter)
        return len(curves), findings.spared(curves, own)

    one, why = towers(0.05)
    assert one == 1 and why.startswith("1 of 2 encoders are spared: one alone has an MRR of 0.")
    assert towers(1.01) == (2, "")


def test_a_session_goes_on_bit_by_bit(faq_table, tmp_path):
    from models.chatbot.config import ChatbotConfig
    from models.chatbot.material import Corpus

    config = ChatbotConfig(dim=8, steps=2, batch=16, hard=8, buckets=64, meaning=4)
    corpus = Corpus(gather(faq_table)[0], "words", config)

    def opened():
        return train.session_of(corpus, train.build(corpus, config, 1), config, corpus.kept, slice(None))

    one = opened()
    one.advance()
    one.save(tmp_path)
    other = opened()
    other.load(tmp_path)
    assert [one.advance(), one.advance()] == [other.advance(), other.advance()]


def test_a_model_of_another_version_is_refused_by_name(korean, tmp_path):
    other = tmp_path / "model"
    shutil.copytree(korean.model, other)
    whole = json.loads((other / "chatbot.json").read_text(encoding="utf-8"))

    def refused(change):
        told = copy.deepcopy(whole)
        change(told)
        (other / "chatbot.json").write_text(json.dumps(told), encoding="utf-8")
        with pytest.raises(BadInput, match=r"chatbot\.json.*train the chatbot again") as refusal:
            store.load(other)
        return str(refusal.value)

    assert "slopes of the confidence: [9, 8], this version reads" in refused(lambda t: t["confidence"]["right"].pop())
    assert "slopes of the confidence: [-1, 9]" in refused(lambda t: t["confidence"].pop("scope"))
    assert "retrievers: ['answer', 'chars', 'company'" in refused(lambda t: t["weights"].pop("chars_bm25"))
    assert "parts of the reader" in refused(lambda t: t["reader"].pop("reads"))


def test_pairs_without_a_scenario_beside_labelled_ones_are_indexed_and_fitted_to_by_nothing(
    run_night, table_of, faq_table, tmp_path
):
    loose = [(f"{thing} 좀 도와주세요", f"{thing}: 상담원이 도와드려요.", None) for thing in ("환불", "쿠폰", "달나라")]
    night = run_night(tmp_path, table_of([*zip(*faq_table.to_pydict().values(), strict=True), *loose]))
    held, whole = store.load(night.model / "held"), store.load(night.model)
    questions = {question for question, _, _ in loose}
    assert questions.isdisjoint(held.pairs.questions)
    assert questions.isdisjoint(pq.read_table(night.model / "heldout.parquet")["question"].to_pylist())
    assert questions <= set(whole.pairs.questions)
    placed = json.loads((night.model / "clusters.json").read_text(encoding="utf-8"))["assigned"]
    assert {one["question"] for one in placed} == questions
    assert all(one["joined"] == (one["confidence"] >= ChatbotConfig().precision) for one in placed)
    assert night.trained.notes["models/chatbot"]["joining"].startswith("3 questions have no scenario_id")


def test_a_loose_question_joins_the_scenario_that_it_surely_belongs_to(table_of, faq_table):
    rows = [
        *zip(*faq_table.to_pydict().values(), strict=True),
        ("돈 돌려받기", "드려요", None),
        ("달나라", "멀어요", None),
    ]
    config = ChatbotConfig(precision=0.8)
    corpus = Corpus(gather(table_of(rows))[0], "kiwi", config)
    names = [corpus.pairs.questions[i] for i in np.flatnonzero(corpus.pairs.unlabelled)]
    placed = [{"question": q, "cluster": "s-01", "joined": q == "돈 돌려받기"} for q in names]
    settled = corpus.settle(placed)
    scenario = {q: settled.pairs.names[s] for q, s in zip(settled.pairs.questions, settled.pairs.scenario, strict=True)}
    assert scenario["돈 돌려받기"] == "s-01"
    assert scenario["달나라"].startswith("answer-")
    assert "드려요" in settled.pairs.answers, "a pair keeps its own answer"
    assert settled.reader is corpus.reader, "the network reads by it"
    assert corpus.settle([{**one, "joined": False} for one in placed]) is corpus
