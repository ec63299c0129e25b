from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.task import BadInput
from models.tune.keras_session import KerasSession

X = np.random.default_rng(0).normal(size=(64, 6)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)


def opened(values: Mapping[str, Any], seed: int = 5) -> KerasSession:
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(values.get("hidden", 4), activation="tanh"),
            keras.layers.Dropout(0.3),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(values["rate"]), loss="mse", jit_compile=False)

    def train(rng: np.random.Generator) -> dict[str, float]:
        for rows in np.split(rng.permutation(48), 3):
            loss = model.train_on_batch(X[rows], Y[rows])
        return {"loss": float(loss)}

    def score() -> dict[str, float]:
        return {"score": -float(np.mean((np.asarray(model(X[48:])) - Y[48:]) ** 2))}

    return KerasSession(model, train, score, seed)


def weights(session: KerasSession) -> list[np.ndarray]:
    return [np.asarray(v) for v in [*session.model.variables, *session.model.optimizer.variables]]


def test_taken_up_it_ends_bit_identical(tmp_path: Path) -> None:
    never, stopped = opened({"rate": 0.01}), opened({"rate": 0.01})
    expected = [never.advance() for _ in range(3)]
    assert stopped.advance() == expected[0]
    stopped.save(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"variables.npz", "state.json"}
    again = opened({"rate": 0.01}, seed=99)
    again.load(tmp_path)
    assert again.epoch == 1 and [again.advance() for _ in range(2)] == expected[1:]
    assert all(np.array_equal(a, b) for a, b in zip(weights(never), weights(again), strict=True))


def test_a_live_value_is_that_of_the_new_session(tmp_path: Path) -> None:
    first = opened({"rate": 0.01})
    first.advance()
    first.save(tmp_path)
    other = opened({"rate": 0.5})
    other.load(tmp_path)
    assert float(np.asarray(other.model.optimizer.learning_rate)) == 0.5 and other.epoch == 1
    assert int(np.asarray(other.model.optimizer.iterations)) == 3
    wider = opened({"rate": 0.01, "hidden": 5})
    before = weights(wider)
    with pytest.raises(BadInput, match=r"saved with shape \(6, 4\), not \(6, 5\); a parameter that shapes the network"):
        wider.load(tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(before, weights(wider), strict=True))


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    session = opened({"rate": 0.01})
    with pytest.raises(BadInput, match="no saved session can be read"):
        session.load(tmp_path)
    session.save(tmp_path)
    (tmp_path / "variables.npz").write_bytes(b"not a zip")
    with pytest.raises(BadInput, match="no saved session can be read"):
        session.load(tmp_path)
