"""Towers that stand side by side in one network."""

import numpy as np
import pytest

from models.chatbot import encoder
from models.chatbot.config import READS, ChatbotConfig
from models.chatbot.features import read
from models.pretrained import Vectors

TEXTS = ["where is my parcel", "my parcel please", "refund", "refund the parcel please"]


@pytest.fixture(scope="module")
def made():
    config = ChatbotConfig(dim=8, buckets=64, meaning=4, towers=3)
    vectors = Vectors(["parcel/W", "refund/W"], np.eye(2, 4, dtype=np.float32))
    readings = read(TEXTS, "words")
    reader = encoder.fit_reader(readings, vectors.keys, config)
    network = encoder.build_encoder(reader, config, config.towers)
    encoder.start_from(network, reader, vectors, readings, use=True)
    return network, reader(readings)


def test_an_inner_product_is_the_mean_of_the_towers(made):
    network, inputs = made
    whole = network.predict(inputs, verbose=0)
    each = [encoder.tower(network, turn).predict(inputs, verbose=0)["vector"] for turn in range(3)]
    assert whole["vector"].shape == (4, 24) and whole["meaning"].shape == (4, 4)
    np.testing.assert_allclose(whole["vector"] @ whole["vector"].T, sum(e @ e.T for e in each) / 3, atol=1e-5)
    assert np.abs(each[0] - each[1]).max() > 0.01


def test_fewer_towers_are_the_first_ones_with_the_same_meaning(made):
    network, inputs = made
    whole, one = network.predict(inputs, verbose=0), encoder.side_by_side(network, 1).predict(inputs, verbose=0)
    np.testing.assert_allclose(one["vector"], whole["vector"][:, :8] * 3**0.5, atol=1e-5)
    np.testing.assert_array_equal(one["meaning"], whole["meaning"])


def test_a_tower_trains_none_of_the_others(made):
    network, _ = made
    own = [{v.path for v in encoder.tower(network, turn).trainable_variables} for turn in range(3)]
    assert own[0] and not (own[0] & own[1] or own[1] & own[2])


def test_the_meaning_of_questions_that_are_all_the_same_is_nothing():
    config = ChatbotConfig(dim=8, buckets=64, meaning=8)
    matrix = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    vectors = Vectors(["where/W", "is/W", "it/W"], matrix / np.linalg.norm(matrix, axis=1, keepdims=True))
    readings = read(["where is it"] * 100, "words")
    reader = encoder.fit_reader(readings, vectors.keys, config)
    network = encoder.build_encoder(reader, config)
    encoder.start_from(network, reader, vectors, readings, use=True)
    found = network.predict(reader(read(["where is it", "where is"], "words")), verbose=0)["meaning"]
    length = np.linalg.norm(found, axis=1)
    assert length.tolist() == [0, 0], "what rounding leaves is not the same in an engine"


@pytest.mark.parametrize("reads", READS)
def test_an_encoder_sees_the_feature_sets_that_it_reads_and_no_others(reads):
    config = ChatbotConfig(dim=8, buckets=64, meaning=4, reads=reads)
    readings = read(["환불은 언제 되나요", "환불 되나요", "쿠폰"], "kiwi")
    reader = encoder.fit_reader(readings, ["환불/NNG"], config)
    inputs = reader(readings)
    assert {name for name in inputs if inputs[name].any()} == {*READS[reads], "words"}
    vectors = Vectors(["환불/NNG"], np.eye(1, 4, dtype=np.float32))
    network = encoder.build_encoder(reader, config)
    encoder.start_from(network, reader, vectors, readings, use=True)
    found = network.predict(inputs, verbose=0)["vector"]
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)
    assert np.abs(found[0] - found[2]).max() > 1e-3
