"""Training of the dual encoder as a session that can be put away at any epoch: in-batch softmax and mined negatives.

Two questions of a scenario find each other among the batch; other questions of the same scenario are no negatives.
Some questions find their answer instead: what is answered alike is meant alike, though no word of it is the same.
Before each epoch the network of the last one says, through Faiss, which questions of other scenarios it takes for
near: they stand beside the batch as negatives for all of it. So do questions that nobody asks: the beginning of one and
the end of another. Where one scenario alone is about a thing, its name would be all that is learnt of it, and whoever
asks something else of the thing would be taken for known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import Input, Model, ops

from models.chatbot.config import ChatbotConfig
from models.chatbot.corpus import Pairs
from models.chatbot.encoder import INPUTS, Arrays
from models.tune.keras_session import KerasSession

NEAREST = 16
MIDDLE = (0.3, 0.7)  # where a question is cut, of its length


@dataclass(frozen=True)
class Questions:
    """What the encoder is trained on: the inputs of every question of ``pairs`` as it is, as it is mistyped, and of its
    answer (``told``)."""

    pairs: Pairs
    clean: Arrays
    noised: Arrays
    told: Arrays


def build_trainer(encoder: Any, temperature: float) -> Any:
    """Keras model over ``asked_*`` (n, length) and ``stored_*`` (n + hard, length), their scenarios beside them.

    Gives logits (n, n + hard); off the diagonal, pairs of the same scenario are masked out.
    """
    sides = {
        side: {name: Input(t.shape[1:], dtype="int32", name=f"{side}_{name}") for name, t in encoder.input.items()}
        for side in ("asked", "stored")
    }
    owners = {side: Input((), dtype="int32", name=f"{side}_scenario") for side in sides}
    asked, stored = (encoder(sides[side])["vector"] for side in ("asked", "stored"))
    logits = ops.matmul(asked, ops.transpose(stored)) / temperature
    same = ops.cast(ops.equal(owners["asked"][:, None], owners["stored"][None, :]), "float32")
    ranks = [ops.cumsum(ops.ones_like(owners[side])) for side in ("asked", "stored")]
    itself = ops.cast(ops.equal(ranks[0][:, None], ranks[1][None, :]), "float32")
    inputs = {f"{side}_{name}": t for side, own in sides.items() for name, t in own.items()}
    inputs |= {f"{side}_scenario": t for side, t in owners.items()}
    return Model(inputs, logits - ops.maximum(same - itself, 0.0) * 1e9, name="chatbot_trainer")


def in_batch_loss(_: Any, logits: Any) -> Any:
    """Softmax over the stored questions for each asked one, and back over the asked; the diagonal is right."""
    rows = ops.shape(logits)[0]
    there = -ops.mean(ops.diagonal(ops.log_softmax(logits, axis=-1)))
    back = -ops.mean(ops.diagonal(ops.log_softmax(ops.transpose(logits[:, :rows]), axis=-1)))
    return (there + back) / 2


def batches(pairs: Pairs, size: int, steps: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """``steps`` times (asked, stored) row numbers: a question with another of its scenario, or with itself alone."""
    order = np.concatenate([rng.permutation(len(pairs)) for _ in range(-(-steps * size // len(pairs)))])
    own = pairs.scenario[order]
    step = rng.integers(1, np.maximum(pairs.sizes[own], 2))
    partner = pairs.starts[own] + (order - pairs.starts[own] + step) % pairs.sizes[own]
    for start in range(0, steps * size, size):
        yield order[start : start + size], partner[start : start + size]


def mine(vectors: np.ndarray, scenario: np.ndarray) -> np.ndarray:
    """For each question the nearest one of another scenario; itself where the ``NEAREST`` are all its own."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, np.float32))
    _, near = index.search(np.ascontiguousarray(vectors, np.float32), min(NEAREST, len(vectors)))
    other = scenario[near] != scenario[:, None]
    first = other.argmax(axis=1)
    return np.where(other.any(axis=1), near[np.arange(len(near)), first], np.arange(len(near)))


def open_session(
    encoder: Any, questions: Questions, config: ChatbotConfig, score: Callable[[], dict[str, float]]
) -> KerasSession:
    """A session that trains ``encoder`` in place, ``config.steps`` batches an epoch."""
    pairs, size = questions.pairs, min(config.batch, len(questions.pairs))
    hard, many = min(config.hard, size), int(size * config.mixed) if in_company(pairs) else 0
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = config.dropout
    trainer = build_trainer(encoder, config.temperature)
    trainer.compile(optimizer=keras.optimizers.Adam(config.learning_rate), loss=in_batch_loss)

    def epoch(rng: np.random.Generator) -> dict[str, float]:
        vectors = encoder.predict(questions.clean, batch_size=1024, verbose=0)["vector"]
        against, losses = mine(vectors, pairs.scenario), []
        for asked, stored in batches(pairs, size, config.steps, rng):
            mistyped, answered = rng.random(size) < config.noise, rng.random(size) < config.answers
            stored = np.r_[stored, against[rng.permutation(asked)[:hard]]]
            x = {f"stored_{name}": questions.clean[name][stored] for name in INPUTS}
            for name in INPUTS:
                x[f"stored_{name}"][:size][answered] = questions.told[name][asked[answered]]
                clean, noised = questions.clean[name][asked], questions.noised[name][asked]
                x[f"asked_{name}"] = np.where(mistyped[:, None], noised, clean)
            own = owners(pairs, stored)
            if many:
                one, other = (rng.permutation(asked)[:many] for _ in range(2))
                strange = mixed(questions.clean, one, other, rng)
                x |= {f"stored_{name}": np.concatenate([x[f"stored_{name}"], strange[name]]) for name in INPUTS}
                own = np.r_[own, np.full(many, -1, np.int32)]
            x |= {"asked_scenario": owners(pairs, asked), "stored_scenario": own}
            losses.append(float(trainer.train_on_batch(x, np.zeros((size, 1), np.float32))))
        return {"loss": float(np.mean(losses))}

    return KerasSession(trainer, epoch, score, config.seed)


def in_company(pairs: Pairs) -> bool:
    """Whether most questions have another of their scenario beside them: from one alone nobody learns which of its
    words decide."""
    return bool((pairs.sizes > 1)[pairs.scenario].mean() > 0.5)


def mixed(inputs: Arrays, one: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> Arrays:
    """Inputs of questions (n,) that begin as the rows ``one`` and end as the rows ``other``, each cut somewhere in its
    middle; of the n-grams of both, which have no order, every second one by lot."""
    length = inputs["morphemes"].shape[1]
    longs = ((inputs["morphemes"][rows] > 0).sum(axis=1, keepdims=True) for rows in (one, other))
    cut, skip = ((long * rng.uniform(*MIDDLE, long.shape)).astype(np.int64) for long in longs)
    place = np.arange(length)[None, :]
    source = place - cut + skip
    found: Arrays = {}
    for name in INPUTS:
        first, second = inputs[name][one], inputs[name][other]
        if name == "pieces":
            found[name] = np.where(rng.random(first.shape) < 0.5, first, second)
        else:
            late = np.take_along_axis(second, np.clip(source, 0, length - 1), axis=1)
            found[name] = np.where(place < cut, first, np.where(source < length, late, 0))
    return found


def owners(pairs: Pairs, rows: np.ndarray) -> np.ndarray:
    return pairs.scenario[rows].astype(np.int32)
