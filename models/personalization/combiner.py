"""The network that weighs the memories against each other, search by search.

score(candidate) = global part + gate(query) x (immediate + working + long-term + neighbours part). Each part is a sum of its
evidence under weights that a small network reads off the query (how ambiguous it is, how well query and person are
known), never negative, so that more evidence for a document cannot move it down. Trained by the listwise softmax loss
over the candidates of each search (Cao et al. 2007).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.personalization.features import BLOCKS, COLUMNS, QUERY_COLUMNS, Evidence

HIDDEN_SCORE = 1e4


def build(width: int, hidden: int) -> Any:
    """columns (b, width, COLUMNS), query (b, QUERY_COLUMNS), mask (b, width) -> scores (b, width), parts (b, width, memories
    without the global one, gated) and gate (b, 1)."""
    import keras
    from keras import layers, ops

    columns = keras.Input((width, COLUMNS), name="columns")
    query = keras.Input((QUERY_COLUMNS,), name="query")
    mask = keras.Input((width,), name="mask")
    state = layers.Dense(hidden, activation="relu", name="about")(layers.BatchNormalization(name="scale")(query))
    weights = layers.Dense(COLUMNS, activation="softplus", name="weights")(state)
    gate = layers.Dense(1, activation="sigmoid", bias_initializer=keras.initializers.Constant(1.0), name="open")(state)
    weighted = columns * ops.reshape(weights, (-1, 1, COLUMNS))
    parts, begin = [], 0
    for names in BLOCKS.values():
        parts.append(ops.sum(weighted[:, :, begin : begin + len(names)], axis=2, keepdims=True))
        begin += len(names)
    personal = ops.concatenate(parts[1:], axis=2) * ops.reshape(gate, (-1, 1, 1))
    scores = parts[0][:, :, 0] + ops.sum(personal, axis=2) - HIDDEN_SCORE * (1.0 - mask)
    return keras.Model([columns, query, mask], {"scores": scores, "parts": personal, "gate": gate}, name="combiner")


def inputs(found: Evidence) -> dict[str, np.ndarray]:
    """The arrays that the network takes."""
    return {"columns": found.columns, "query": found.query, "mask": found.mask}


def fit(model: Any, found: Evidence, place: np.ndarray, epochs: int, batch: int, rate: float) -> dict[str, list[float]]:
    """Train on searches whose wanted candidate stands at ``place`` (n,); returns the learning curve (loss, val_loss).

    The last tenth of the searches, latest in time, is held back for the curve.
    """
    import keras
    import tensorflow as tf

    def loss(wanted: Any, scores: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(wanted, scores, from_logits=True)

    train, rest = np.split(np.arange(len(place)), [max(1, len(place) * 9 // 10)])
    rest = rest if len(rest) else train
    given = inputs(found)
    scorer = keras.Model(model.inputs, model.output["scores"])
    scorer.compile(keras.optimizers.Adam(rate), loss=loss)
    options = tf.data.Options()
    options.deterministic = True
    rows = tf.data.Dataset.from_tensor_slices(({k: v[train] for k, v in given.items()}, place[train]))
    rows = rows.shuffle(len(train), seed=7).batch(batch).with_options(options)
    held = ({k: v[rest] for k, v in given.items()}, place[rest])
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    curve = scorer.fit(rows, validation_data=held, epochs=epochs, verbose=0, callbacks=[stop]).history
    return {name: [round(float(v), 6) for v in values] for name, values in curve.items()}
