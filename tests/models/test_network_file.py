"""Saved networks: equal networks have equal bytes, whatever the process made before; a file loads as it was."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from config.settings import PROJECT
from models import network_file
from models.ctr import networks
from models.ctr.config import CtrConfig
from models.ctr.features import Category, Family, Number
from models.network_file import save_network
from models.qa.reader import ReaderConfig, build

FAMILY = Family(
    (Category("user_id", tuple(map(str, range(20))), 1, 1, 1), Category("user_sex", ("f",), 1, 1, 22)),
    (Number("user_age", 0.0, 20.0, (10.0,), 24),),
)
ASIDE = """
import sys
from pathlib import Path
import keras
from models.network_file import save_network
from tests.models.test_network_file import network
[keras.layers.Dense(1) for _ in range(int(sys.argv[2]))]
save_network(network(), Path(sys.argv[1]))
"""


def network() -> Any:
    """A network with a layer that is used twice, dropout, a network within it, and mostly names that Keras gives."""
    keras.utils.set_random_seed(3)
    words = keras.Input((5,), dtype="int32", name="words")
    size = keras.Input((4,), name="size")
    pooled = keras.ops.mean(keras.layers.Embedding(20, 4)(words), axis=1)
    twice = keras.layers.Dense(4, activation="tanh")
    within = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(4, activation="relu", name="chosen")])
    joined = keras.layers.Dropout(0.1)(twice(pooled) + twice(size)) + within(size)
    scaled = keras.layers.BatchNormalization()(joined)
    return keras.Model([words, size], {"b": keras.layers.Dense(2)(scaled), "a": keras.layers.Dense(1)(scaled)})


def inputs() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 20, (6, 5)).astype(np.int32), rng.normal(size=(6, 4)).astype(np.float32)]


def test_equal_networks_have_equal_files(tmp_path: Path) -> None:
    files = [tmp_path / f"{count}.keras" for count in range(4)]
    save_network(network(), files[0])
    [keras.layers.Dense(1) for _ in range(3)]
    save_network(network(), files[1])
    for place, file in enumerate(files[2:]):
        environment = {**os.environ, "PYTHONHASHSEED": str(place), "TZ": f"UTC+{place}"}
        subprocess.run([sys.executable, "-c", ASIDE, file, str(place * 9)], cwd=PROJECT, env=environment, check=True)
    assert len({file.read_bytes() for file in files}) == 1
    other = network()
    other.set_weights([w + 1 for w in other.get_weights()])
    save_network(other, tmp_path / "other.keras")
    assert (tmp_path / "other.keras").read_bytes() != files[0].read_bytes()


def test_a_saved_network_answers_as_before(tmp_path: Path) -> None:
    [keras.layers.Dense(1) for _ in range(2)]
    made = network()
    save_network(made, tmp_path / "made.keras")
    again = keras.saving.load_model(tmp_path / "made.keras", compile=False)
    want, got = made.predict(inputs(), verbose=0), again.predict(inputs(), verbose=0)
    for name in ("a", "b"):
        np.testing.assert_array_equal(got[name], want[name])
    assert [i.name for i in again.inputs] == ["words", "size"]
    save_network(again, tmp_path / "again.keras")
    assert (tmp_path / "again.keras").read_bytes() == (tmp_path / "made.keras").read_bytes()


def test_a_saved_file_tells_no_hour_and_no_address(tmp_path: Path) -> None:
    save_network(network(), tmp_path / "made.keras")
    with zipfile.ZipFile(tmp_path / "made.keras") as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert json.loads(archive.read("metadata.json"))["date_saved"] == network_file.SAVED
        assert b"shared_object_id" not in archive.read("config.json")


def test_what_is_shared_stays_shared_under_a_new_id() -> None:
    kinds = [("L2", 990), ("Dense", 880), ("L2", 770), ("DTypePolicy", 660), ("Dense", 880), ("L2", 990)]
    kinds.append(("DTypePolicy", 660))
    parts = [{"class_name": kind, "config": {}, "shared_object_id": address} for kind, address in kinds]
    network_file.renumbered({"config": {"layers": parts}})
    assert [part.get("shared_object_id") for part in parts] == [1, 2, None, None, 2, 1, None]


def test_a_name_that_was_chosen_is_not_given_twice() -> None:
    layers = [{"class_name": "Dense", "config": {"name": n}, "name": n} for n in ("dense_7", "dense_4")]
    chosen = {"class_name": "Conv1D", "config": {"name": "dense_1"}, "name": "dense_1"}
    pointer = {"keras_history": ["dense_4", 0, 0]}
    told = network_file.renumbered({"config": {"layers": [layers[0], chosen, layers[1]]}, "node": pointer})
    assert [layer["name"] for layer in told["config"]["layers"]] == ["dense", "dense_1", "dense_2"]
    assert told["node"]["keras_history"] == ["dense_2", 0, 0]


def test_inputs_keep_the_names_that_keras_gave() -> None:
    entry = [keras.Input((3,)) for _ in range(3)][-1]
    made = keras.Model(entry, keras.layers.Dense(2)(entry))
    told = network_file.renumbered(json.loads(made.to_json()))
    assert [layer["config"]["name"] for layer in told["config"]["layers"]] == [made.layers[0].name, "dense"]


def test_networks_of_one_input_answer_as_before(tmp_path: Path) -> None:
    entry = [keras.Input((3,)) for _ in range(3)][-1]
    for made in (keras.Model(entry, keras.layers.Dense(2)(entry)), keras.Sequential([entry, keras.layers.Dense(2)])):
        save_network(made, tmp_path / "made.keras")
        again = keras.saving.load_model(tmp_path / "made.keras", compile=False)
        np.testing.assert_array_equal(again(np.ones((2, 3))), made(np.ones((2, 3))))


@pytest.mark.parametrize("history", [None, (FAMILY, 2)])
def test_layers_of_ones_own_are_saved_alike(history: Any, tmp_path: Path) -> None:
    config = CtrConfig(embedding=4, vector=8, hidden=16)
    assert_saved_alike(lambda: networks.tower("user", FAMILY, 1, config, history), 9, ("vector", "fields"), tmp_path)


def test_a_reader_is_saved_alike(tmp_path: Path) -> None:
    config = ReaderConfig(width=8, form_dim=4, tag_dim=4)
    assert_saved_alike(lambda: build(config, 6, 12, 5), 2, ("start", "end"), tmp_path)


def assert_saved_alike(make: Callable[[], Any], ids: int, outputs: tuple[str, ...], folder: Path) -> None:
    """Made and saved twice it has the same bytes, and what is loaded of them answers as it did."""
    rng = np.random.default_rng(0)
    for count in range(2):
        keras.utils.set_random_seed(1)
        network = make()
        save_network(network, folder / f"{count}.keras")
    assert (folder / "0.keras").read_bytes() == (folder / "1.keras").read_bytes()
    asked = {i.name: rng.integers(0, ids, (3, *i.shape[1:])).astype(i.dtype) for i in network.inputs}
    again = keras.saving.load_model(folder / "0.keras", compile=False)
    want, got = network.predict(asked, verbose=0), again.predict(asked, verbose=0)
    for name in outputs:
        np.testing.assert_array_equal(got[name], want[name])
