"""Answers, and the encoder in ONNX."""

import json
import shutil

import faiss
import numpy as np
import pytest

from models.chatbot import serve
from models.runtime import KerasRuntime, ReleaseRuntime, onnx_network

TABLES = ("questions", "meanings", "answers")


@pytest.fixture(scope="module")
def server(korean):
    return serve.load(KerasRuntime(korean.model))


@pytest.fixture(scope="module")
def exported(korean, tmp_path_factory):
    return release(korean.model, tmp_path_factory.mktemp("release"))


def release(trained, folder):
    """A release folder with the encoder as ONNX and a flat index, as the engine and index stages make it."""
    import keras

    model = keras.saving.load_model(trained / "encoder.keras", compile=False)
    model(dict(np.load(trained / "encoder_sample.npz")))
    model.export(folder / "encoder.onnx", format="onnx", verbose=False)
    for table in TABLES:
        vectors = np.load(trained / f"{table}.npy")
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / f"{table}.faiss"))
    for name in json.loads((trained / "artifact.json").read_text())["carry"]:
        shutil.copy(trained / name, folder / name)
    indexes = {table: f"{table}.faiss" for table in TABLES}
    (folder / "release.json").write_text(json.dumps({"networks": {"encoder": "encoder.onnx"}, "indexes": indexes}))
    return folder


def test_answer_tells_what_found_it(server):
    said = server.answer({"text": "배송 어떻게 하나요?", "k": 2})
    first = said["answers"][0]
    assert len(said["answers"]) == 2
    assert (first["answer"], first["scenario_id"], first["question"]) == (
        "배송 안내입니다.",
        "s-00",
        "배송 어떻게 하나요?",
    )
    assert first["retriever"] in first["retrievers"]
    assert 0 < said["confidence"] == first["confidence"] <= 1
    assert first["confidence"] >= said["answers"][1]["confidence"]
    assert not said["fallback"]
    assert said["answer"] == first["answer"]
    json.dumps(said)


def test_the_best_are_those_of_a_stable_sort():
    rng = np.random.default_rng(4)
    scores = np.maximum(rng.integers(-20, 20, 300) / 10, 0).astype(np.float32)
    for k in (1, 3, 40, 299, 300, 1000):
        assert serve.best(scores, k).tolist() == [s for s in np.argsort(-scores, kind="stable")[:k] if scores[s] > 0]
    assert not len(serve.best(np.zeros(5, np.float32), 2))


@pytest.mark.parametrize("text", ["배송 어떻게 하나요?", "환불 쿠폰", "달은 얼마나 멀어", "!!", "文"])
def test_the_confidences_of_an_answer_are_shares_of_one(server, text):
    said = server.answer({"text": text, "k": 10})
    sure = [answer["confidence"] for answer in said["answers"]]
    assert sum(sure) <= 1 + 1e-9
    assert sure == sorted(sure, reverse=True)


def test_scenarios_with_the_very_question_are_as_likely(run_night, table_of, faq_table, tmp_path):
    rows = [*zip(*faq_table.to_pydict().values(), strict=True)]
    rows += [("문 언제 열어요?", "아홉 시에 열어요.", "s-a"), ("문 언제 열어요?", "열 시에 열어요.", "s-b")]
    bot = serve.load(KerasRuntime(run_night(tmp_path, table_of(rows)).model))
    for text in ("문 언제 열어요?", "문언제열어요", "문 언제 열어요!!"):
        one, two = bot.answer({"text": text})["answers"][:2]
        assert {one["scenario_id"], two["scenario_id"]} == {"s-a", "s-b"}
        assert one["confidence"] == two["confidence"] <= 0.5


def test_dropped_spaces_are_understood(server):
    assert server.answer({"text": "쿠폰하고싶은데요"})["answers"][0]["scenario_id"] == "s-03"


def test_strangers_fall_back(server):
    said = server.answer({"text": "quantum chromodynamics"})
    assert said["fallback"]
    assert said["answer"] == serve.FALLBACK["kiwi"]
    assert said["confidence"] < server.answer({"text": "배송 문의드립니다"})["confidence"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({}, "text"),
        ({"text": "  "}, "text"),
        ({"text": 3}, "text"),
        ({"text": "a", "k": 0}, "k"),
        ({"text": "a", "k": "3"}, "k"),
    ],
)
def test_wrong_queries_name_the_field(server, query, named):
    with pytest.raises(ValueError, match=f"^{named} = "):
        server.answer(query)


@pytest.mark.parametrize("text", ["😀", "ㅋㅋㅋㅋㅋ", "배송 " * 5000, "\u200b배송"])
def test_any_text_is_answered(server, text):
    assert server.answer({"text": text, "k": 1000})["text"] == text


def test_onnx_equals_keras(korean, server, exported):
    sample = dict(np.load(korean.model / "encoder_sample.npz"))
    expected = KerasRuntime(korean.model).network("encoder")(**sample)["vector"]
    found = onnx_network(exported / "encoder.onnx")(**sample)["vector"]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    one = {name: rows[:1] for name, rows in sample.items()}
    np.testing.assert_allclose(onnx_network(exported / "encoder.onnx")(**one)["vector"], expected[:1], atol=1e-4)


def test_the_release_answers_as_the_model_does(server, exported):
    released = serve.load(ReleaseRuntime(exported))
    for text in ("배송 언제 하나요", "비번 까먹음", "포인트적립"):
        ours, theirs = server.answer({"text": text}), released.answer({"text": text})
        assert [a["scenario_id"] for a in ours["answers"]] == [a["scenario_id"] for a in theirs["answers"]]
        assert ours["confidence"] == pytest.approx(theirs["confidence"], abs=1e-3)


@pytest.mark.parametrize("context", ["attention", "recurrent"])
def test_encoders_of_every_kind_train_and_answer_from_onnx(run_night, table_of, tmp_path, context):
    things, forms = ("parcel", "refund", "coupon"), ("where is my {}", "my {} please", "i want the {}")
    rows = [(form.format(thing), f"{thing}!", thing) for thing in things for form in forms]
    made = run_night(tmp_path / "lake", table_of(rows), context=context, dim=15, epochs=1, steps=2)
    (tmp_path / "release").mkdir()
    ours = serve.load(KerasRuntime(made.model))
    theirs = serve.load(ReleaseRuntime(release(made.model, tmp_path / "release")))
    for question, _, scenario in rows[::3]:
        said, told = (bot.answer({"text": question}) for bot in (ours, theirs))
        assert said["answers"][0]["scenario_id"] == told["answers"][0]["scenario_id"] == scenario
        assert said["confidence"] == pytest.approx(told["confidence"], abs=1e-3)
