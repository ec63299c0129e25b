"""A public tabular problem for the tuner: scikit-learn's handwritten digits (1,797 rows, 64 numbers, 10 classes) and a
Keras network with one hidden layer.

Its epochs take milliseconds, a new graph a second. All sessions of a process whose networks have one shape therefore
share one compiled model, into which each loads its own variables when its turn comes; what differs otherwise (learning
rate, dropout, weight decay) are variables as well.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

from models.tune.keras_session import KerasSession
from models.tune.session import Problem
from models.tune.space import Parameter

EPOCHS = 27
SPACE = (
    Parameter("learning_rate", 1e-3, low=1e-4, high=1e-1, scale="log", live=True),
    Parameter("decay", 1e-5, low=1e-6, high=1e-1, scale="log", live=True),
    Parameter("dropout", 0.2, low=0.0, high=0.8, live=True),
    Parameter("noise", 0.1, low=0.0, high=1.0, live=True),
    Parameter("hidden", 32, choices=(16, 32, 64, 128)),
    Parameter("batch", 64, choices=(32, 64, 128)),
)
TRAIN = 800


@functools.cache
def data() -> tuple[np.ndarray, np.ndarray]:
    """(rows (1797, 64) float32 in 0..1, classes (1797,) int32), shuffled once."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    return (x[order] / 16).astype(np.float32), y[order].astype(np.int32)


class Network(keras.Model):
    """Input noise, one hidden layer, dropout; the strengths are variables, set by each session."""

    def __init__(self, hidden: int, batch: int) -> None:
        super().__init__()
        self.batch = batch
        self.dense = keras.layers.Dense(hidden, activation="relu")
        self.out = keras.layers.Dense(10)
        self.draws = keras.random.SeedGenerator(0)
        self.strength = {n: tf.Variable(0.0, name=n) for n in ("dropout", "noise", "decay")}
        self(np.zeros((1, 64), np.float32))
        self.compile(keras.optimizers.Adam(1e-3))
        self.optimizer.build(self.trainable_variables)

    def call(self, x: Any, training: bool = False) -> Any:
        if training:
            x = x + self.strength["noise"] * keras.random.normal(tf.shape(x), seed=self.draws)
        x = self.dense(x)
        if training:
            kept = keras.random.uniform(tf.shape(x), seed=self.draws) >= self.strength["dropout"]
            x = tf.where(kept, x / (1.0 - self.strength["dropout"]), 0.0)
        return self.out(x)

    @tf.function
    def epoch(self, x: Any, y: Any) -> None:
        for start in tf.range(0, TRAIN - self.batch + 1, self.batch):
            rows, classes = x[start : start + self.batch], y[start : start + self.batch]
            with tf.GradientTape() as tape:
                logits = self(tf.ensure_shape(rows, (self.batch, 64)), training=True)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits))
                loss += self.strength["decay"] * sum(tf.reduce_sum(w**2) for w in (self.dense.kernel, self.out.kernel))
            found = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(found, self.trainable_variables)

    @tf.function
    def log_loss(self, x: Any, y: Any) -> Any:
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, self(x)))


@functools.cache
def network(hidden: int, batch: int) -> Network:
    return Network(hidden, batch)


class Digits(KerasSession):
    """A session that lends a shared network while it trains; its variables are its own."""

    holder: ClassVar[dict[int, Digits]] = {}

    def __init__(self, values: Mapping[str, Any], seed: int) -> None:
        self.values = values
        self.own: list[np.ndarray] = []
        model = network(values["hidden"], values["batch"])
        self.model = model
        self.take()
        super().__init__(model, self.train_epoch, self.held_out, seed)
        rng = np.random.default_rng([seed, 2])
        for variable in model.variables + model.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        for layer in (model.dense, model.out):
            fan_in, fan_out = layer.kernel.shape
            limit = np.sqrt(6 / (fan_in + fan_out))
            layer.kernel.assign(rng.uniform(-limit, limit, (fan_in, fan_out)))
        model.draws.state.assign(np.array([seed, 0], np.uint32))
        self.set_values()

    def variables(self) -> list[Any]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def take(self) -> None:
        """Make the shared network hold this session's variables."""
        before = self.holder.get(id(self.model))
        if before is not self:
            if before is not None:
                before.own = [np.array(v) for v in before.variables()]
            self.holder[id(self.model)] = self
            for variable, value in zip(self.variables(), self.own, strict=False):
                variable.assign(value)
        self.set_values()

    def set_values(self) -> None:
        self.model.optimizer.learning_rate.assign(self.values["learning_rate"])
        for name, strength in self.model.strength.items():
            strength.assign(self.values[name])

    def train_epoch(self, rng: np.random.Generator) -> dict[str, float]:
        x, y = data()
        order = rng.permutation(TRAIN)
        self.model.epoch(x[order], y[order])
        return {}

    def held_out(self) -> dict[str, float]:
        x, y = data()
        return {"score": -float(self.model.log_loss(x[TRAIN:], y[TRAIN:]))}

    def advance(self) -> dict[str, float]:
        self.take()
        return super().advance()

    def save(self, folder: Path) -> None:
        self.take()
        super().save(folder)

    def load(self, folder: Path) -> None:
        self.take()
        super().load(folder)
        self.set_values()


def problem(argument: str = "1") -> Problem:
    """``argument``: the seed that every trial opens with; after it seconds that an epoch takes longer, and a file to
    which every epoch adds a line (process, values, epoch)."""
    seed, *more = argument.split()
    return Problem("digits", SPACE, functools.partial(opened, more), EPOCHS, seed=int(seed))


def opened(more: list[str], values: Mapping[str, Any], seed: int) -> Digits:
    session = Digits(values, seed)
    if more:
        session.train = functools.partial(slowly, session, float(more[0]), Path(more[1]))
    return session


def slowly(session: Digits, seconds: float, log: Path, rng: np.random.Generator) -> dict[str, float]:
    time.sleep(seconds)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {sorted(session.values.items())} {session.epoch + 1}\n")
    return session.train_epoch(rng)
