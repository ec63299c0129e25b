"""The same DeepFM from naru's pieces, trained by the steps that train click prediction, on one thread.

    python own_deepfm.py ROWS.npz EPOCHS

Input and output as those of ``deepctr_deepfm.py``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from models.ctr.classifiers import mlp, pairwise
from models.ctr.config import CtrConfig
from models.ctr.measure import logloss, sigmoid
from models.ctr.networks import Bags
from models.ctr.steps import Stack, Steps, stacks


class Plain(keras.Model):
    """DeepFM and the cross-entropy of the click."""

    def __init__(self, sizes: np.ndarray, dim: int, hidden: np.ndarray) -> None:
        super().__init__()
        config = CtrConfig(embedding=dim, hidden=int(hidden[0]), dropout=0.0)
        tokens, each = 1 + int(sizes.sum()), [(place, place + 1) for place in range(len(sizes))]
        asked = keras.Input((len(sizes),), dtype="int32")
        flat = Bags(tokens, dim, each, 1e-5)(asked)
        fields = layers.Reshape((len(sizes), dim))(flat)
        linear = ops.sum(Bags(tokens, 1, each, 1e-5)(asked), axis=1, keepdims=True)
        self.network = keras.Model(asked, linear + pairwise(fields) + mlp(fields, flat, config))
        self.compile(keras.optimizers.Adam(1e-3))
        self.optimizer.build(self.trainable_variables)

    def call(self, x: dict[str, Any], training: bool = False) -> Any:
        return self.network(x["rows"], training=training)[:, 0]

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        return ops.mean(ops.binary_crossentropy(y, y_pred, from_logits=True)) + sum(self.losses)


def main(file: Path, epochs: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    data = np.load(file, allow_pickle=False)
    held, sizes, clicks, seconds = int(data["held"]), data["sizes"], data["clicks"], []
    rows = (data["rows"] + np.r_[1, 1 + np.cumsum(sizes)[:-1]]).astype(np.int32)
    model, rng = Plain(sizes, int(data["dim"]), data["hidden"]), np.random.default_rng(1)
    steps = Steps(model)

    def batch(chosen: np.ndarray) -> Stack:
        return {"rows": rows[chosen]}, clicks[chosen]

    for _ in range(epochs):
        start = time.process_time()
        steps.epoch(stacks(held + rng.permutation(len(rows) - held), int(data["batch"]), batch))
        seconds.append(time.process_time() - start)
    chance = sigmoid(np.asarray(model({"rows": rows[:held]})))
    print(json.dumps({"seconds": seconds[1:], "logloss": logloss(clicks[:held], chance)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
