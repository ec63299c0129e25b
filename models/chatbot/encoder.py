"""The dual encoder in Keras: one network reads a stored question and an asked one into the same unit sphere.

Each morpheme is the sum of its embedding, its POS and its ending embedding, and the mean of the questions' hashed
character n-grams stands beside them (for words that no vocabulary has). A convolution, self-attention or a recurrent
layer gives them context, attention and the masked mean pool them. How it is trained stands in models.chatbot.fit.

Several such towers, each begun by a seed of its own and every second one of another kind, stand side by side in the
network: on a few thousand questions two of them err on different ones, and their mean errs less than either.

Words that Kiwi has a vector for bring it along, whether the corpus has them or not: frozen, through a learned
projection. Their weighted mean is a second output, ``meaning``, which training never touches (Arora 2017, SIF: rare
words count more; the directions that questions share most are made half as loud as whitening would make them).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.chatbot.config import READS, ChatbotConfig
from models.chatbot.features import Reading, grams, hashed, is_ending
from models.pretrained import Vectors

Arrays = dict[str, np.ndarray]
UNKNOWN = 1
INPUTS = ("morphemes", "tags", "endings", "words", "pieces")
SOFTEST = 1e-3
ALIKE = 1e-4
SAME = 1e-8


@dataclass(frozen=True)
class Reader:
    """Turns readings into the encoder's inputs: int32 ids, 0 = padding, 1 = unknown; in ``words`` 0 is both.

    What is not among the feature sets of ``reads`` stays padding.
    """

    reads: str
    morphemes: tuple[str, ...]
    tags: tuple[str, ...]
    endings: tuple[str, ...]
    words: tuple[str, ...]
    length: int
    pieces: int
    buckets: int

    def __call__(self, readings: Sequence[Reading]) -> Arrays:
        ids = self.ids
        rows = len(readings)
        out = {name: np.zeros((rows, self.length), np.int32) for name in INPUTS[:4]}
        out["pieces"] = np.zeros((rows, self.pieces), np.int32)
        for row, reading in enumerate(readings):
            for column, token in enumerate(reading.tokens[: self.length]):
                out["morphemes"][row, column] = ids[0].get(token.term, UNKNOWN)
                out["words"][row, column] = ids[3].get(token.term, 0)
                out["tags"][row, column] = ids[1].get(token.tag, UNKNOWN)
                if is_ending(token.tag):
                    out["endings"][row, column] = ids[2].get(token.form, UNKNOWN)
            found = [hashed(g, self.buckets) for g in grams(f" {reading.joined} ", 2, 3)][: self.pieces]
            out["pieces"][row, : len(found)] = found
        for name in set(INPUTS) - {*READS[self.reads], "words"}:
            out[name][:] = 0
        return out

    @cached_property
    def ids(self) -> tuple[dict[str, int], ...]:
        """Id of each morpheme, tag, ending and pretrained word."""
        known = tuple({t: i + 2 for i, t in enumerate(terms)} for terms in (self.morphemes, self.tags, self.endings))
        return (*known, {t: i + 1 for i, t in enumerate(self.words)})

    def state(self) -> dict[str, Any]:
        """JSON that ``Reader(**state)`` is built from again."""
        return asdict(self)


def fit_reader(readings: Sequence[Reading], words: Sequence[str], config: ChatbotConfig) -> Reader:
    """Vocabularies of the readings; in a large corpus a morpheme met once stays unknown, which trains unknown.

    ``words`` are the terms of pretrained vectors.
    """
    seen = Counter(t.term for r in readings for t in r.tokens)
    least = 2 if len(readings) >= 1000 else 1
    kept = sorted(
        t for t, n in sorted(seen.items(), key=lambda item: (-item[1], item[0]))[: config.morphemes] if n >= least
    )
    tags = sorted({t.tag for r in readings for t in r.tokens})
    endings = sorted({t.form for r in readings for t in r.tokens if is_ending(t.tag)})
    long = int(np.percentile([len(r.tokens) for r in readings], 98)) + 2
    wide = int(np.percentile([2 * len(r.joined) + 1 for r in readings], 98)) + 2
    length, pieces = min(config.length, long), min(config.pieces, wide)
    return Reader(config.reads, tuple(kept), tuple(tags), tuple(endings), tuple(words), length, pieces, config.buckets)


def contexts(first: str) -> tuple[str, str]:
    """What the towers read by, in turn: two that err differently are together better than each."""
    return first, "attention" if first == "convolution" else "convolution"


def read_in_order(states: Any, mask: Any, context: str, dim: int, name: str) -> Any:
    """Each morpheme in the light of the others: (batch, length, dim) of the same shape."""
    from keras import layers, ops

    if context == "recurrent":
        there = ops.cast(mask[..., 0], "bool")
        both = layers.Bidirectional(layers.GRU(-(-dim // 2), return_sequences=True), name=name)(states, mask=there)
        return both[..., :dim]
    if context == "attention":
        seen = ops.greater(mask * ops.transpose(mask, (0, 2, 1)), 0)
        return layers.MultiHeadAttention(4, max(dim // 4, 1), name=name)(states, states, attention_mask=seen)
    return layers.Conv1D(dim, 3, padding="same", activation="tanh", name=name)(states)


def build_encoder(reader: Reader, config: ChatbotConfig, towers: int = 1) -> Any:
    """Functional Keras model: ``INPUTS`` (batch, length) int32 -> unit ``vector`` (batch, towers x dim), ``meaning``.

    The ``towers`` share the pretrained words alone, and are trained one by one (``tower``).
    """
    from keras import Input, Model, layers

    widths = [reader.length] * 4 + [reader.pieces]
    inputs = {n: Input((width,), dtype="int32", name=n) for n, width in zip(INPUTS, widths, strict=True)}
    known = layers.Embedding(len(reader.words) + 1, config.meaning, trainable=False, name="words_embedding")
    words = known(inputs["words"])
    found = [raise_tower(inputs, words, reader, config, turn) for turn in range(towers)]
    meaning = pool_words(inputs["words"], words, len(reader.words) + 1)
    return Model(inputs, {"vector": beside(found), "meaning": meaning}, name="chatbot_encoder")


def beside(vectors: Sequence[Any]) -> Any:
    """Unit vectors side by side, of length 1 again: an inner product of them is the mean of theirs."""
    from keras import layers

    return layers.Concatenate(name="towers")(vectors) / len(vectors) ** 0.5 if len(vectors) > 1 else vectors[0]


def raise_tower(inputs: Mapping[str, Any], words: Any, reader: Reader, config: ChatbotConfig, turn: int) -> Any:
    """Unit vectors (batch, dim) of one tower; its layers are named for its ``turn``."""
    from keras import layers, ops

    def named(name: str) -> str:
        return name if not turn else f"{name}_{turn + 1}"

    dim, dropout = config.dim, config.dropout
    sizes = {"morphemes": len(reader.morphemes), "tags": len(reader.tags), "endings": len(reader.endings)}
    embedded = [layers.Embedding(n + 2, dim, name=named(f"{key}_embedding"))(inputs[key]) for key, n in sizes.items()]
    embedded.append(layers.Dense(dim, use_bias=False, name=named("words_projection"))(words))
    mask = ops.expand_dims(ops.cast(ops.greater(inputs["morphemes"], 0), "float32"), -1)
    states = layers.Dropout(dropout)(layers.add(embedded)) * mask
    states = (states + read_in_order(states, mask, contexts(config.context)[turn % 2], dim, named("context"))) * mask
    hidden = layers.Dense(dim // 2, activation="tanh", name=named("attention_hidden"))(states)
    weight = layers.Dense(1, name=named("attention"))(hidden)
    weight = ops.softmax(weight + (mask - 1.0) * 1e9, axis=1)
    attended = ops.sum(states * weight, axis=1)
    mean = ops.sum(states, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1.0)
    spelled = layers.Embedding(reader.buckets, dim, name=named("pieces_embedding"))(inputs["pieces"])
    there = ops.expand_dims(ops.cast(ops.greater(inputs["pieces"], 0), "float32"), -1)
    spelled = ops.sum(layers.Dropout(dropout)(spelled) * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1.0)
    # Centred and scaled over the batch: without it all questions start in one direction and stay there for long.
    views = layers.Concatenate()([attended, mean, spelled])
    joined = layers.BatchNormalization(momentum=0.9, name=named("views"))(views)
    vector = layers.Dense(dim, name=named("projection"))(layers.Dropout(dropout)(joined))
    return layers.Identity(name=named("tower"))(unit(vector))


def tower(network: Any, turn: int) -> Any:
    """One tower of ``network`` alone, with the same weights: inputs -> unit ``vector`` (batch, dim)."""
    from keras import Model

    layer = network.get_layer(f"tower_{turn + 1}" if turn else "tower")
    return Model(network.input, {"vector": layer.output}, name="chatbot_tower")


def side_by_side(network: Any, towers: int) -> Any:
    """``network`` with its first ``towers`` alone."""
    from keras import Model

    vector = beside([tower(network, turn).output["vector"] for turn in range(towers)])
    return Model(network.input, {"vector": vector, "meaning": network.output["meaning"]}, name="chatbot_encoder")


def pool_words(ids: Any, words: Any, size: int) -> Any:
    """The weighted mean of the words' vectors, centred; zeros where no word has one."""
    from keras import layers, ops

    weight = layers.Embedding(size, 1, trainable=False, name="words_weight")
    summed = unit(ops.sum(words * weight(ids), axis=1))
    centred = layers.Dense(words.shape[-1], trainable=False, name="words_centre")(summed)
    # Where all questions are the same, what is left is rounding alone: it is not blown up.
    return unit(centred, ALIKE) * ops.cast(ops.any(ops.greater(ids, 0), axis=1, keepdims=True), "float32")


def unit(vectors: Any, least: float = 1e-6) -> Any:
    """Of length 1, but for vectors that are shorter than ``least`` by far."""
    from keras import ops

    return vectors / ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True) + least**2)


def start_from(encoder: Any, reader: Reader, vectors: Vectors, readings: Sequence[Reading], use: bool) -> None:
    """Put the pretrained unit vectors in; without ``use`` the towers' own projections of them start and stay 0."""
    frozen = np.concatenate([np.zeros((1, vectors.matrix.shape[1]), np.float32), vectors.matrix])
    encoder.get_layer("words_embedding").set_weights([frozen])
    for projection in [] if use else [layer for layer in encoder.layers if layer.name.startswith("words_projection")]:
        projection.set_weights([np.zeros_like(projection.get_weights()[0])])
        projection.trainable = False
    weigh_words(encoder, reader, readings)


def weigh_words(encoder: Any, reader: Reader, readings: Sequence[Reading]) -> None:
    """Fit what ``meaning`` needs: the weight of each word, and the centre and half-whitening of the questions."""
    held = Counter(term for r in readings for term in {t.term for t in r.tokens})
    weight = np.asarray([np.log((1 + len(readings)) / (1 + held[w])) + 1 for w in reader.words], np.float32)
    encoder.get_layer("words_weight").set_weights([np.r_[np.float32(0), weight][:, None]])
    frozen, ids = encoder.get_layer("words_embedding").get_weights()[0], reader(readings)["words"]
    scaled = frozen * np.r_[0.0, weight][:, None]
    summed = np.stack([scaled[row].sum(axis=0) for row in ids])
    summed /= np.sqrt((summed**2).sum(axis=1, keepdims=True) + 1e-12)
    middle = summed.mean(axis=0)
    away = summed - middle
    spread, directions = np.linalg.eigh(away.T @ away / len(away))
    loud = np.maximum(spread, 0) + SOFTEST * max(float(spread[-1]), 1e-6)
    kernel = (directions * (spread[-1] / loud + 1e-12) ** 0.25) @ directions.T
    # Where all questions are the same nothing is left but rounding, of which two backends make different things.
    kernel *= spread[-1] > SAME
    encoder.get_layer("words_centre").set_weights([kernel, -middle @ kernel])


def encode(network: Any, reader: Reader, readings: Sequence[Reading]) -> Arrays:
    """``vector`` and ``meaning`` of readings, float32 (len(readings), width)."""
    found: Arrays = network.predict(reader(readings), batch_size=1024, verbose=0)
    return found


def encode_stored(network: Any, reader: Reader, readings: Sequence[Reading], told: Sequence[Reading]) -> Arrays:
    """The table of each dense retriever: vectors and meanings of questions, and vectors of their answers, which some
    questions were trained to find."""
    found = encode(network, reader, readings)
    return {"encoder": found["vector"], "meaning": found["meaning"], "answer": encode(network, reader, told)["vector"]}
