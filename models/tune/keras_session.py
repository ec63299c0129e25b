"""A session around a compiled Keras model: all that its further training depends on fits into one npz and one JSON.

What is kept: every variable of the model (weights, batch statistics, the states of the seed generators of dropout and
the like) and of the optimiser, the state of the NumPy generator that orders the data, and the epoch. Python's and
NumPy's global generators are seeded anew from (seed, epoch) before each epoch, so that they hold no state at all;
layers draw through Keras' SeedGenerators. Not kept is the learning rate: it is a value that the session was opened
with.

A resumed session is bit-identical where an epoch is: use one thread an operation, or TensorFlow's
``enable_op_determinism``, for networks whose gradients are summed by scatter (embeddings).
"""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from config.task import BadInput

ARRAYS, STATE = "variables.npz", "state.json"


class KerasSession:
    """``train(rng)`` runs one epoch on ``model`` and draws every order and mask from ``rng`` alone; ``score()`` returns
    held-out measures with ``score`` among them."""

    def __init__(
        self,
        model: Any,
        train: Callable[[np.random.Generator], dict[str, float]],
        score: Callable[[], dict[str, float]],
        seed: int,
    ) -> None:
        self.model, self.train, self.score, self.seed = model, train, score, seed
        self.epoch = 0
        self.rng = np.random.default_rng([seed, 1])
        model.optimizer.build(model.trainable_variables)

    def advance(self) -> dict[str, float]:
        # Not keras.utils.set_random_seed: it also empties TensorFlow's cache of kernels, a tenth of a second an epoch.
        drawn = int(np.random.SeedSequence([self.seed, self.epoch]).generate_state(1)[0])
        random.seed(drawn)
        np.random.seed(drawn)
        told = self.train(self.rng)
        self.epoch += 1
        return {**told, **self.score()}

    def save(self, folder: Path) -> None:
        np.savez(folder / ARRAYS, allow_pickle=False, **{n: np.asarray(v) for n, v in variables(self.model).items()})
        state = {"epoch": self.epoch, "seed": self.seed, "order": self.rng.bit_generator.state}
        (folder / STATE).write_text(json.dumps(state), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Raises BadInput where the saved network has another shape, or the files cannot be read."""
        try:
            state = json.loads((folder / STATE).read_text(encoding="utf-8"))
            with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
                saved = {name: arrays[name] for name in arrays.files}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise BadInput(f"{folder}: no saved session can be read ({error}); resume from an earlier one") from error
        own = variables(self.model)
        if len(own) != len(saved):
            raise BadInput(
                f"{folder}: {len(saved)} variables are saved, the network has {len(own)}; "
                "open the session with the values that it was saved under"
            )
        for name, variable in own.items():
            if tuple(variable.shape) != saved[name].shape:
                raise BadInput(
                    f"{folder}: {variable.path} was saved with shape {saved[name].shape}, not {tuple(variable.shape)}; "
                    "a parameter that shapes the network cannot change in training (it is not live)"
                )
        for name, variable in own.items():
            variable.assign(saved[name])
        self.rng.bit_generator.state = state["order"]
        self.epoch, self.seed = int(state["epoch"]), int(state["seed"])


def variables(model: Any) -> dict[str, Any]:
    """Every variable by its place: those of the model, then those of its optimiser without the learning rate.

    Places and not names: Keras numbers the names of layers by how many were made in the process.
    """
    kept = [v for v in model.optimizer.variables if v.name != "learning_rate"]
    return {f"{i:04d}": v for i, v in enumerate([*model.variables, *kept])}
