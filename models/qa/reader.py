"""The reader in Keras: question and paragraph read each other, two pointers tell where the answer starts and ends.

Tokens are pretrained vectors and spelling codes beside small learned embeddings of form and tag. Each paragraph token
attends to the question (DrQA's aligned embedding), then dilated convolutions and one self-attention over the paragraph
give it context (no recurrence: fast on a CPU, exports without loops). Column 0 of both outputs is "no answer here".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.qa.features import ASKED, FORMS, MATCHES, Arrays, Pair, Shape, rows
from models.qa.tokens import TAG_COUNT, Lexicon

LOW = -1e4
BUCKET = 64


@dataclass(frozen=True)
class ReaderConfig:
    """``width`` of every layer; ``dilations`` one convolution each over the paragraph."""

    width: int = 96
    form_dim: int = 24
    tag_dim: int = 12
    dilations: tuple[int, ...] = (1, 2, 4)
    dropout: float = 0.25
    batch: int = 24
    rate: float = 1.5e-3


@dataclass(frozen=True)
class Example:
    """A window of a pair, with the first and last answer token in it (both -1: no answer here)."""

    pair: Pair
    window: slice
    first: int
    last: int


def build(config: ReaderConfig, vector_dim: int, paragraph: int | None, question: int) -> Any:
    """The network; ``paragraph`` None leaves that axis free (weights fit either).

    Outputs ``start`` and ``end``: logits (batch, 1 + paragraph), padding at -1e4.
    """
    import keras
    from keras import layers, ops

    width = config.width

    def inputs(side: str, length: int | None, match: int) -> dict[str, Any]:
        return {
            f"{side}_vector": keras.Input((length, vector_dim), dtype="float32", name=f"{side}_vector"),
            f"{side}_match": keras.Input((length, match), dtype="float32", name=f"{side}_match"),
            f"{side}_tag": keras.Input((length,), dtype="int32", name=f"{side}_tag"),
            f"{side}_form": keras.Input((length,), dtype="int32", name=f"{side}_form"),
        }

    given = {**inputs("p", paragraph, MATCHES), **inputs("q", question, ASKED)}
    tag = layers.Embedding(TAG_COUNT, config.tag_dim, name="tag")
    form = layers.Embedding(
        FORMS, config.form_dim, embeddings_initializer=keras.initializers.RandomNormal(0.02), name="form"
    )
    mix = layers.Dense(width, name="mix")

    def read(side: str) -> Any:
        parts = [given[f"{side}_vector"], tag(given[f"{side}_tag"]), form(given[f"{side}_form"])]
        return layers.Dropout(config.dropout)(mix(layers.Concatenate()(parts)))

    def block(x: Any, dilation: int, name: str) -> Any:
        normed = layers.LayerNormalization(name=f"{name}_norm")(x)
        inner = layers.Conv1D(width, 5, padding="same", dilation_rate=dilation, activation="relu", name=name)(normed)
        return x + layers.Dropout(config.dropout)(inner)

    def attend(query: Any, keys: Any, values: Any, hidden: Any) -> Any:
        weight = ops.matmul(query, ops.transpose(keys, (0, 2, 1))) / width**0.5
        return ops.matmul(ops.softmax(weight + hidden[:, None, :]), values)

    p_hidden = LOW * ops.cast(ops.equal(given["p_tag"], 0), "float32")
    q_hidden = LOW * ops.cast(ops.equal(given["q_tag"], 0), "float32")
    p_shown = ops.cast(ops.not_equal(given["p_tag"], 0), "float32")[:, :, None]
    words_p, words_q = read("p"), read("q")
    key = layers.Dense(width, activation="relu", name="align")
    q = layers.Dense(width, name="question")(layers.Concatenate()([words_q, given["q_match"]]))
    q = block(block(q, 1, "question_1"), 1, "question_2")
    aligned = attend(key(words_p), key(words_q), q, q_hidden)
    pooled = ops.softmax(layers.Dense(1, name="pool")(q)[:, :, 0] + q_hidden)
    asked = layers.Dropout(config.dropout)(ops.matmul(pooled[:, None, :], q))
    joined = [words_p, aligned, words_p * aligned, given["p_match"]]
    p = layers.Dense(width, name="paragraph")(layers.Concatenate()(joined))
    p = p + p * layers.Dense(width, activation="tanh", name="modulate")(asked)
    for dilation in config.dilations:
        p = block(p * p_shown, dilation, f"context_{dilation}")
    normed = layers.LayerNormalization(name="self_norm")(p)
    heads = [layers.Dense(width, name=f"self_{n}")(normed) for n in ("query", "key", "value")]
    p = p + layers.Dropout(config.dropout)(attend(heads[0], heads[1], heads[2], p_hidden))
    p = block(p * p_shown, 1, "after")
    p = layers.LayerNormalization(name="out_norm")(p)
    absent = ops.max(p + p_hidden[:, :, None], axis=1)
    nothing = layers.Dense(width, activation="relu", name="nothing")(layers.Concatenate()([absent, asked[:, 0]]))

    def point(name: str) -> Any:
        here = ops.sum(p * layers.Dense(width, name=f"{name}_query")(asked), axis=2) / width**0.5
        here = here + layers.Dense(1, name=f"{name}_bias")(p)[:, :, 0]
        here = here * p_shown[:, :, 0] + p_hidden  # padding is the constant itself: engines agree on it to the bit
        return layers.Concatenate(name=name)([layers.Dense(1, name=f"{name}_nothing")(nothing), here])

    return keras.Model(given, {"start": point("start"), "end": point("end")}, name="reader")


def batches(
    examples: Sequence[Example], lexicon: Lexicon, shape: Shape, size: int, seed: int | None
) -> Iterator[tuple[Arrays, Arrays]]:
    """Batches of examples of about one length, shuffled where a seed is given."""
    order = np.arange(len(examples))
    lengths = np.asarray([e.window.stop - e.window.start for e in examples])
    rng = np.random.default_rng(seed)
    if seed is not None:
        order = rng.permutation(order)
        lengths = lengths + rng.integers(0, BUCKET // 2, len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    if seed is not None:
        groups = [groups[i] for i in rng.permutation(len(groups))]
    for group in groups:
        chosen = [examples[i] for i in group]
        longest = max(e.window.stop - e.window.start for e in chosen)
        width = min(shape.paragraph, -(-longest // BUCKET) * BUCKET)
        inputs = rows([(e.pair, e.window) for e in chosen], lexicon, shape, width)
        target = {"start": np.asarray([e.first + 1 for e in chosen]), "end": np.asarray([e.last + 1 for e in chosen])}
        yield inputs, target


@dataclass(frozen=True)
class Found:
    """The best span of a pair: its tokens, its log probability, and the log odds that there is no answer."""

    first: int
    last: int
    score: float
    nothing: float


def best_span(start: np.ndarray, end: np.ndarray, length: int, longest: int = 24) -> tuple[int, int, float, float]:
    """(first, last, log p of the span, log odds of no answer over the span) from one row of logits."""
    start, end = _log_softmax(start[: length + 1]), _log_softmax(end[: length + 1])
    both = start[1:, None] + end[None, 1:]
    index = np.arange(length)
    reach = index[None, :] - index[:, None]
    both = np.where((reach >= 0) & (reach < longest), both, -np.inf)
    at = int(both.argmax())
    first, last = divmod(at, length)
    score = float(both[first, last])
    return first, last, score, float(start[0] + end[0]) - score


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits.astype(np.float64) - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def find(network: Any, pairs: Sequence[Pair], lexicon: Lexicon, shape: Shape, batch: int = 64) -> list[Found]:
    """The best span of each pair, over all its windows; pairs without tokens find nothing."""
    cells = [(i, w) for i, p in enumerate(pairs) for w in shape.windows(len(p.paragraph)) if w.stop > w.start]
    best = [Found(-1, -1, -1e9, 1e9) for _ in pairs]
    cells.sort(key=lambda c: (c[1].stop - c[1].start, c[0]))
    for at in range(0, len(cells), batch):
        part = cells[at : at + batch]
        out = network(**rows([(pairs[i], w) for i, w in part], lexicon, shape))
        for (i, window), start, end in zip(part, out["start"], out["end"], strict=True):
            first, last, score, nothing = best_span(start, end, window.stop - window.start)
            if score > best[i].score:
                best[i] = Found(first + window.start, last + window.start, score, nothing)
    return best
