"""Many steps in one call do what one call a step does."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from models.ctr.steps import Steps


class Line(keras.Model):
    """y = w x + b, with the loss in ``compute_loss``, as the networks have it."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1, kernel_initializer="ones")
        self.dense.build((None, 3))
        self.built = True
        self.compile(keras.optimizers.Adam(0.1))
        self.optimizer.build(self.trainable_variables)

    def call(self, x: dict[str, object], training: bool = False) -> object:
        return self.dense(x["x"])[:, 0]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean((y - y_pred) ** 2)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_stacks_of_batches_train_as_single_batches_do(backend, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(10, 3)).astype(np.float32), rng.normal(size=10).astype(np.float32)
    stacked, alone = Line(), Line()
    whole = ({"x": x[:8].reshape(2, 4, 3)}, y[:8].reshape(2, 4))
    told = Steps(stacked).epoch([whole, ({"x": x[None, 8:]}, y[None, 8:])])
    for start, end in ((0, 4), (4, 8), (8, 10)):
        alone.train_on_batch({"x": x[start:end]}, y[start:end])
    for own, other in zip(stacked.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-6)
    assert told > 0


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_the_loss_that_is_told_is_that_of_a_row(backend, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    model = Line()
    model.compile(keras.optimizers.SGD(0.0))
    model.optimizer.build(model.trainable_variables)
    x, y = np.ones((6, 3), np.float32), np.array([3, 3, 3, 3, 0, 0], np.float32)
    told = Steps(model).epoch([({"x": x[None, :4]}, y[None, :4]), ({"x": x[None, 4:]}, y[None, 4:])])
    assert told == pytest.approx(9 * 2 / 6)
