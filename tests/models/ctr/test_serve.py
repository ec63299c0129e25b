"""Answers: ranked ads for anybody, anywhere, with what is known of them."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pytest

from config.task import BadInput
from models.ctr import evaluate, features, memory, serve
from models.runtime import KerasRuntime

QUERY = {"user": "u3", "context": {"device": "mobile"}, "k": 5}


def test_a_known_user_gets_ranked_ads(server):
    answer = server.answer(QUERY)
    chances = [ad["p_click"] for ad in answer["ads"]]
    assert answer["known_user"]
    assert len(chances) == 5
    assert chances == sorted(chances, reverse=True)
    assert all(0 < c < 1 for c in chances)
    assert all(ad["title"].startswith("광고") for ad in answer["ads"])


def test_a_request_is_as_likely_clicked_as_its_row_in_a_log(server, make_log):
    """What is evaluated is what is served: networks, crosses, trees and calibration, counters and memory."""
    log = make_log(30, seed=4)
    soon = pa.array([server.memory.as_of + 1] * len(log), log["ts"].type)  # counts fade with the hours
    log = log.set_column(log.column_names.index("ts"), "ts", soon)
    for place, row in enumerate(features.with_time(log).to_pylist()[:8]):
        ad = server.catalogue.row(memory.name_hashes(pa.array([row["ad_id"]])))
        (evaluated,) = evaluate.predict(server, log.slice(place, 1))["chance"]
        (served,) = server.calibration(server.asked(row).logits(ad))
        assert served == pytest.approx(evaluated, rel=1e-4) and 0 < served < 1, row
    assert np.ptp([a["p_click"] for a in server.answer({**QUERY, "k": 20})["ads"]]) > 1e-3


def test_people_get_what_their_group_likes(server):
    hits = [
        int(ad["ad_id"][1:]) % 4 == n % 4 for n in range(8) for ad in server.answer({"user": f"u{n}", "k": 3})["ads"]
    ]
    assert sum(hits) / len(hits) > 0.5


def test_names_stand_with_or_without_prefix(server):
    assert server.answer(QUERY) == server.answer({**QUERY, "context": {"context_device": "mobile"}})


def test_an_unknown_user_is_read_by_features(server):
    plain = server.answer({"user": "nobody", "k": 5})
    told = server.answer({"user": "nobody", "user_features": {"group": "g2", "age": 30}, "k": 5})
    assert not plain["known_user"]
    assert len(plain["ads"]) == 5
    assert [a["p_click"] for a in plain["ads"]] != [a["p_click"] for a in told["ads"]]


def test_features_of_a_request_override_stored_ones(server):
    assert server.answer(QUERY)["ads"] != server.answer({**QUERY, "user_features": {"group": "g0"}})["ads"]


def test_unknown_names_are_told_not_hidden(server):
    assert server.answer({**QUERY, "context": {"weather": "rain"}})["ignored"] == ["context_weather"]


def test_more_ads_than_there_are(server):
    assert len(server.answer({"user": "u3", "k": 1000})["ads"]) == 44


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({}, "user"),
        ({"user": ""}, "user"),
        ({"user": ["u1"]}, "user"),
        ({"user": "u1", "k": 0}, "k"),
        ({"user": "u1", "k": "5"}, "k"),
        ({"user": "u1", "context": "mobile"}, "context"),
        ({"user": "u1", "context": {"device": ["mobile"]}}, "context_device"),
        ({"user": "u1", "user_features": {"age": "old"}}, "user_age"),
    ],
)
def test_wrong_queries_name_the_field(server, query, word):
    with pytest.raises(ValueError, match=word):
        server.answer(query)


def test_a_request_row_keeps_numbers_and_text():
    table = features.one_row({"a": 1, "b": "x", "c": True}, ["a", "b", "c", "d"])
    assert table.to_pylist() == [{"a": 1.0, "b": "x", "c": "true", "d": None}]


def test_a_release_of_an_older_version_is_refused_by_name(trained, tmp_path):
    folder = shutil.copytree(trained.model, tmp_path / "old")
    policy = json.loads((folder / "policy.json").read_text())
    (folder / "policy.json").write_text(json.dumps(policy | {"inputs": policy["inputs"] - 1}))
    with pytest.raises(BadInput, match=r"policy\.json has inputs = .*train ctr again"):
        serve.load(KerasRuntime(folder))
