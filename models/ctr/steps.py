"""The training steps of a compiled Keras model, many in one call: half the time of ``fit`` where steps are short.

``fit`` returns to Python after every batch. Here a graph goes through a stack of batches by itself. XLA is not used: on
a CPU it writes gradients of embeddings one by one, which took fifteen times as long. Under a backend other than
TensorFlow the steps are Keras' own, a call each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

Arrays = dict[str, np.ndarray]
Stack = tuple[Arrays, np.ndarray]
STACKED = 16  # batches that one call trains on


class Steps:
    """Trains ``model``, whose ``compute_loss`` gives the whole loss and whose optimiser stands."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.many: Callable[[Any, Any], Any] | None = None

    def epoch(self, stacks: Iterable[Stack]) -> float:
        """One step a batch; returns the mean loss of a row. A stack is inputs and targets, (batches, rows, ...)."""
        total, count = 0.0, 0
        for x, y in stacks:
            if self.many is None:
                self.many = self.traced(x, y) if keras.backend.backend() == "tensorflow" else self.single
            total += float(self.many(x, y)) * y.shape[1]
            count += y.size
        return total / max(1, count)

    def single(self, x: Arrays, y: np.ndarray) -> float:
        """One call a batch; returns the sum of the losses of the batches."""
        losses = []
        for place, targets in enumerate(y):
            self.model.reset_metrics()  # Keras would tell the mean so far
            losses.append(float(self.model.train_on_batch({n: v[place] for n, v in x.items()}, targets)))
        return sum(losses)

    def traced(self, x: Arrays, y: np.ndarray) -> Callable[[Any, Any], Any]:
        """The graph for stacks of any length and width; returns the sum of the losses of the batches."""
        import tensorflow as tf

        def any_size(values: np.ndarray) -> Any:
            return tf.TensorSpec((None, None, *values.shape[2:]), values.dtype)

        def many(x: Any, y: Any) -> Any:
            total = tf.constant(0.0)
            for place in tf.range(tf.shape(y)[0]):
                total += self.step({name: values[place] for name, values in x.items()}, y[place])
            return total

        return tf.function(many, input_signature=[{n: any_size(v) for n, v in x.items()}, any_size(y)])

    def step(self, x: Any, y: Any) -> Any:
        """One step on one batch; returns its loss."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = self.model.compute_loss(x=x, y=y, y_pred=self.model(x, training=True))
        weights = self.model.trainable_variables
        self.model.optimizer.apply(tape.gradient(loss, weights), weights)
        return loss


def stacks(order: np.ndarray, size: int, batch: Callable[[np.ndarray], Stack]) -> Iterator[Stack]:
    """The rows ``order`` in batches of ``size`` as ``batch`` makes them: (inputs, targets), each (batches, rows, ...);
    ``STACKED`` batches at a time, the last one, which may be smaller, alone."""
    whole = len(order) // size * size
    for start in range(0, whole, STACKED * size):
        end = min(whole, start + STACKED * size)
        yield stacked([batch(order[at : at + size]) for at in range(start, end, size)])
    if whole < len(order):
        yield stacked([batch(order[whole:])])


def stacked(batches: Sequence[Stack]) -> Stack:
    first, _ = batches[0]
    return {name: np.stack([x[name] for x, _ in batches]) for name in first}, np.stack([y for _, y in batches])
