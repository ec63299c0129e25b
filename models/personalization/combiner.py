"""The network that weighs the memories against each other, search by search.

score(candidate) = global part + gate(query) x (immediate + working + long-term + neighbours part). Each part is a
sum of its evidence under weights that a small network reads off the query (how ambiguous it is, how well query and
person are known), never negative, so that more evidence for a document cannot move it down. Trained by the listwise
softmax loss over the candidates of each search (Cao et al. 2007). A second head tells how likely the query is to be
plain, that is, to turn out with little click entropy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.personalization.features import BLOCKS, COLUMNS, QUERY_COLUMNS, Evidence
from models.tune.keras_session import KerasSession

HIDDEN_SCORE = 1e4
STEPS = 40


def build(width: int, hidden: int) -> Any:
    """columns (b, width, COLUMNS), query (b, QUERY_COLUMNS), mask (b, width) -> scores (b, width), parts (b, width,
    memories without the global one, gated), gate (b, 1) and plain (b, 1)."""
    import keras
    from keras import layers, ops

    columns = keras.Input((width, COLUMNS), name="columns")
    query = keras.Input((QUERY_COLUMNS,), name="query")
    mask = keras.Input((width,), name="mask")
    scaled = layers.BatchNormalization(name="scale")(query)
    state = layers.Dense(hidden, activation="relu", name="about")(scaled)
    plain = layers.Dense(1, activation="sigmoid", name="plain")(layers.Dense(hidden, activation="relu")(scaled))
    first = keras.initializers.Constant(prior())
    small = keras.initializers.RandomNormal(stddev=0.02, seed=7)
    weights = layers.Dense(
        COLUMNS, activation="softplus", kernel_initializer=small, bias_initializer=first, name="weights"
    )(state)
    gate = layers.Dense(1, activation="sigmoid", bias_initializer=keras.initializers.Constant(1.0), name="open")(state)
    weighted = columns * ops.reshape(weights, (-1, 1, COLUMNS))
    parts, begin = [], 0
    for names in BLOCKS.values():
        parts.append(ops.sum(weighted[:, :, begin : begin + len(names)], axis=2, keepdims=True))
        begin += len(names)
    personal = ops.concatenate(parts[1:], axis=2) * ops.reshape(gate, (-1, 1, 1))
    scores = parts[0][:, :, 0] + ops.sum(personal, axis=2) - HIDDEN_SCORE * (1.0 - mask)
    return keras.Model(
        [columns, query, mask], {"scores": scores, "parts": personal, "gate": gate, "plain": plain}, name="combiner"
    )


def prior() -> np.ndarray:
    """Biases (COLUMNS,) that weigh popularity and P-Click as those two rivals do and hear the rest faintly, so that
    a network that has seen little is no worse than they."""
    weights = {"clicks": 1.0, "p-click": 3.0}
    names = [name for block in BLOCKS.values() for name in block]
    return np.log(np.expm1([weights.get(name, 0.1) for name in names])).astype(np.float32)


def inputs(found: Evidence) -> dict[str, np.ndarray]:
    """The arrays that the network takes."""
    return {"columns": found.columns, "query": found.query, "mask": found.mask}


def session(
    model: Any, found: Evidence, place: np.ndarray, plain: np.ndarray, learnt: int, batch: int, rate: float, seed: int
) -> KerasSession:
    """Training on the first ``learnt`` searches, whose wanted candidate stands at ``place`` (n,) and whose query is
    ``plain`` (n,) or not, scored by the loss of the rest. A small log is learnt in smaller batches, STEPS of them an
    epoch.
    """
    import keras

    def listwise(wanted: Any, scores: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(wanted, scores, from_logits=True)

    train, rest = np.split(np.arange(len(place)), [learnt])
    rest = rest if len(rest) else train
    scorer = keras.Model(model.inputs, {name: model.output[name] for name in ("scores", "plain")})
    losses = {"scores": listwise, "plain": "binary_crossentropy"}
    scorer.compile(keras.optimizers.Adam(rate), loss=losses, loss_weights={"scores": 1.0, "plain": 0.5})
    given, truth = inputs(found), {"scores": place, "plain": plain.astype(np.float32)[:, None]}
    size = max(1, min(batch, len(train) // STEPS))

    def rows(chosen: np.ndarray, batch_size: int) -> Any:
        import tensorflow as tf

        picked = ({k: v[chosen] for k, v in given.items()}, {k: v[chosen] for k, v in truth.items()})
        return tf.data.Dataset.from_tensor_slices(picked).batch(batch_size)

    held = rows(rest, 1024)

    def epoch(rng: np.random.Generator) -> dict[str, float]:
        history = scorer.fit(rows(rng.permutation(train), size), epochs=1, shuffle=False, verbose=0).history
        return {"loss": round(float(history["loss"][0]), 6)}

    def score() -> dict[str, float]:
        loss = round(float(scorer.evaluate(held, verbose=0, return_dict=True)["loss"]), 6)
        return {"score": -loss, "val_loss": loss}

    return KerasSession(scorer, epoch, score, seed)
