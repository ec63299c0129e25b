"""Embeddings whose columns use as many numbers as their values need."""

import keras
import numpy as np
import pytest

from config.settings import SettingsError
from models.ctr import networks
from models.ctr.config import CtrConfig
from models.ctr.features import Category, Family, Number

FAMILY = Family(
    (Category("user_id", tuple(map(str, range(2000))), 1, 1, 1), Category("user_sex", ("f",), 1, 1, 2002)),
    (Number("user_age", 0.0, 20.0, (10.0,), 2004),),
)


def test_columns_of_few_values_use_fewer_numbers():
    assert networks.widths(FAMILY, CtrConfig(embedding=64, embedding_by="cardinality")) == [41, 8, 8]
    assert networks.widths(FAMILY, CtrConfig(embedding=16, embedding_by="cardinality")) == [16, 8, 8]
    assert networks.widths(FAMILY, CtrConfig(embedding=64)) is None


@pytest.mark.parametrize("history", [None, (FAMILY, 2)])
def test_a_stored_tower_is_as_narrow_as_it_was(tmp_path, history):
    config = CtrConfig(embedding=10, embedding_by="cardinality", dropout=0.0)
    tower = networks.tower("user", FAMILY, 1, config, history)
    inputs = {"user_tokens": np.array([[5, 2003, 2004]], np.int32), "user_numbers": np.ones((1, 1), np.float32)}
    if history:
        inputs["history_tokens"] = np.array([[1, 2, 3, 4, 5, 6]], np.int32)
    fields = np.asarray(tower(inputs)["fields"]).reshape(3, 10)
    assert (fields != 0).sum(axis=1).tolist() == [10, 8, 8]
    tower.save(tmp_path / "user.keras")
    again = keras.saving.load_model(tmp_path / "user.keras", compile=False)
    np.testing.assert_array_equal(again(inputs)["vector"], tower(inputs)["vector"])


def test_an_unknown_way_is_named():
    with pytest.raises(SettingsError, match="embedding_by"):
        CtrConfig(embedding_by="size")


def test_a_history_is_the_mean_over_the_tokens_of_all_its_ads():
    history = networks.History(9, 2, [(0, 1), (1, 3)], 2, name="pooled")
    table = np.arange(18, dtype=np.float32).reshape(9, 2)
    history.build((None, 6))
    history.table.set_weights([table])
    # Two ads of three columns each: the second has no first token and one of two in the bag.
    found = np.asarray(history(np.array([[1, 4, 5, 0, 6, 0], [0, 0, 0, 0, 0, 0]], np.int32)))
    np.testing.assert_allclose(found[0], np.r_[table[1], table[[4, 5, 6]].mean(axis=0)], rtol=1e-5)
    np.testing.assert_allclose(found[1], 0, atol=1e-5)
