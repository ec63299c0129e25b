"""The dual encoder in Keras: one network reads a stored question and an asked one into the same unit sphere.

Each morpheme is the sum of its embedding, its POS and its ending embedding, and the mean of the questions' hashed
character n-grams stands beside them (for words that no vocabulary has). A convolution gives them context, attention and
the masked mean pool them. Trained with in-batch softmax: two questions of a scenario find each other among the batch;
other questions of the same scenario are no negatives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from models.chatbot.corpus import Pairs
from models.chatbot.features import Reading, grams, hashed, is_ending
from models.pretrained import Vectors

if TYPE_CHECKING:
    from models.chatbot.train import ChatbotConfig

Arrays = dict[str, np.ndarray]
UNKNOWN = 1
PRETRAINED_SCALE = 0.05
INPUTS = ("morphemes", "tags", "endings", "pieces")


@dataclass(frozen=True)
class Reader:
    """Turns readings into the encoder's inputs: int32 ids, 0 = padding, 1 = unknown."""

    morphemes: tuple[str, ...]
    tags: tuple[str, ...]
    endings: tuple[str, ...]
    length: int
    pieces: int
    buckets: int

    def __call__(self, readings: Sequence[Reading]) -> Arrays:
        ids = self.ids
        rows = len(readings)
        out = {name: np.zeros((rows, self.length), np.int32) for name in INPUTS[:3]}
        out["pieces"] = np.zeros((rows, self.pieces), np.int32)
        for row, reading in enumerate(readings):
            for column, token in enumerate(reading.tokens[: self.length]):
                out["morphemes"][row, column] = ids[0].get(token.term, UNKNOWN)
                out["tags"][row, column] = ids[1].get(token.tag, UNKNOWN)
                if is_ending(token.tag):
                    out["endings"][row, column] = ids[2].get(token.form, UNKNOWN)
            found = [hashed(g, self.buckets) for g in grams(f" {reading.joined} ", 2, 3)][: self.pieces]
            out["pieces"][row, : len(found)] = found
        return out

    @cached_property
    def ids(self) -> tuple[dict[str, int], ...]:
        """Id of each morpheme, tag and ending."""
        return tuple({t: i + 2 for i, t in enumerate(terms)} for terms in (self.morphemes, self.tags, self.endings))

    def state(self) -> dict[str, Any]:
        """JSON that ``Reader(**state)`` is built from again."""
        return asdict(self)


def fit_reader(readings: Sequence[Reading], length: int, pieces: int, buckets: int, limit: int) -> Reader:
    """Vocabularies of the readings; in a large corpus a morpheme met once stays unknown, which trains unknown."""
    seen = Counter(t.term for r in readings for t in r.tokens)
    least = 2 if len(readings) >= 1000 else 1
    kept = sorted(t for t, n in sorted(seen.items(), key=lambda item: (-item[1], item[0]))[:limit] if n >= least)
    tags = sorted({t.tag for r in readings for t in r.tokens})
    endings = sorted({t.form for r in readings for t in r.tokens if is_ending(t.tag)})
    long = int(np.percentile([len(r.tokens) for r in readings], 98)) + 2
    wide = int(np.percentile([2 * len(r.joined) + 1 for r in readings], 98)) + 2
    return Reader(tuple(kept), tuple(tags), tuple(endings), min(length, long), min(pieces, wide), buckets)


def build_encoder(reader: Reader, dim: int, dropout: float) -> Any:
    """Functional Keras model: ``INPUTS`` (batch, length) int32 -> {"vector": (batch, dim) float32 of unit length}."""
    from keras import Input, Model, layers, ops

    widths = [reader.length] * 3 + [reader.pieces]
    inputs = {n: Input((width,), dtype="int32", name=n) for n, width in zip(INPUTS, widths, strict=True)}
    sizes = {"morphemes": len(reader.morphemes), "tags": len(reader.tags), "endings": len(reader.endings)}
    embedded = [layers.Embedding(n + 2, dim, name=f"{name}_embedding")(inputs[name]) for name, n in sizes.items()]
    mask = ops.expand_dims(ops.cast(ops.greater(inputs["morphemes"], 0), "float32"), -1)
    states = layers.Dropout(dropout)(layers.add(embedded)) * mask
    context = layers.Conv1D(dim, 3, padding="same", activation="tanh", name="context")(states)
    states = (states + context) * mask
    hidden = layers.Dense(dim // 2, activation="tanh", name="attention_hidden")(states)
    weight = layers.Dense(1, name="attention")(hidden)
    weight = ops.softmax(weight + (mask - 1.0) * 1e9, axis=1)
    attended = ops.sum(states * weight, axis=1)
    mean = ops.sum(states, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1.0)
    spelled = layers.Embedding(reader.buckets, dim, name="pieces_embedding")(inputs["pieces"])
    there = ops.expand_dims(ops.cast(ops.greater(inputs["pieces"], 0), "float32"), -1)
    spelled = ops.sum(layers.Dropout(dropout)(spelled) * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1.0)
    # Centred and scaled over the batch: without it all questions start in one direction and stay there for long.
    joined = layers.BatchNormalization(momentum=0.9, name="views")(layers.Concatenate()([attended, mean, spelled]))
    vector = layers.Dense(dim, name="projection")(layers.Dropout(dropout)(joined))
    length = ops.sqrt(ops.sum(ops.square(vector), axis=-1, keepdims=True) + 1e-12)
    return Model(inputs, {"vector": vector / length}, name="chatbot_encoder")


def start_from(encoder: Any, reader: Reader, vectors: Vectors) -> None:
    """Give the morphemes that have a pretrained vector that vector, at the scale of the others."""
    layer = encoder.get_layer("morphemes_embedding")
    table = layer.get_weights()[0]
    rows: dict[str, int] = {}
    for row, key in enumerate(vectors.keys):
        form, _, tag = key.rpartition("/")
        rows.setdefault(f"{form.lower()}/{tag}", row)
    for term, place in reader.ids[0].items():
        if term in rows:
            table[place] = vectors.matrix[rows[term]].astype(np.float32) * PRETRAINED_SCALE
    layer.set_weights([table])


def build_trainer(encoder: Any, temperature: float) -> Any:
    """Keras model over two sides of a batch: ``asked_*``, ``stored_*`` and ``scenario`` -> logits (batch, batch).

    Off the diagonal, pairs of the same scenario are masked out.
    """
    from keras import Input, Model, ops

    sides = {
        side: {name: Input(t.shape[1:], dtype="int32", name=f"{side}_{name}") for name, t in encoder.input.items()}
        for side in ("asked", "stored")
    }
    scenario = Input((), dtype="int32", name="scenario")
    asked, stored = (encoder(sides[side])["vector"] for side in ("asked", "stored"))
    logits = ops.matmul(asked, ops.transpose(stored)) / temperature
    same = ops.cast(ops.equal(scenario[:, None], scenario[None, :]), "float32")
    rank = ops.cumsum(ops.ones_like(scenario))
    itself = ops.cast(ops.equal(rank[:, None], rank[None, :]), "float32")
    inputs = {f"{side}_{name}": t for side, own in sides.items() for name, t in own.items()} | {"scenario": scenario}
    return Model(inputs, logits - (same - itself) * 1e9, name="chatbot_trainer")


def in_batch_loss(_: Any, logits: Any) -> Any:
    """Softmax over the batch both ways; the right one stands on the diagonal."""
    from keras import ops

    def one_way(scores: Any) -> Any:
        return -ops.mean(ops.diagonal(ops.log_softmax(scores, axis=-1)))

    return (one_way(logits) + one_way(ops.transpose(logits))) / 2


def batches(pairs: Pairs, size: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One epoch of (asked, stored) row numbers: each question once, with another of its scenario, or with itself."""
    order = rng.permutation(len(pairs))
    own = pairs.scenario[order]
    place = order - pairs.starts[own]
    step = rng.integers(1, np.maximum(pairs.sizes[own], 2))
    partner = pairs.starts[own] + (place + step) % pairs.sizes[own]
    for start in range(0, len(order) - size + 1, size):
        yield order[start : start + size], partner[start : start + size]


def train(
    encoder: Any, reader: Reader, readings: Sequence[Reading], pairs: Pairs, config: ChatbotConfig, steps: int
) -> list[float]:
    """Train in place; the mean loss of each epoch. A scenario's only question is its own partner, under dropout."""
    import keras

    keras.utils.set_random_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    trainer = build_trainer(encoder, config.temperature)
    trainer.compile(optimizer=keras.optimizers.Adam(config.learning_rate), loss=in_batch_loss)
    inputs = reader(readings)
    size = min(config.batch, len(pairs))
    history: list[float] = []
    while steps > 0:
        losses = []
        for asked, stored in batches(pairs, size, rng):
            x = {f"asked_{name}": values[asked] for name, values in inputs.items()}
            x |= {f"stored_{name}": values[stored] for name, values in inputs.items()}
            x["scenario"] = pairs.scenario[asked].astype(np.int32)
            losses.append(float(trainer.train_on_batch(x, np.zeros((size, 1), np.float32))))
            steps -= 1
            if not steps:
                break
        history.append(float(np.mean(losses)))
    return history


def encode(network: Any, reader: Reader, readings: Sequence[Reading]) -> np.ndarray:
    """Unit vectors of readings, float32 (len(readings), dim)."""
    vectors: np.ndarray = network.predict(reader(readings), batch_size=1024, verbose=0)["vector"]
    return vectors
