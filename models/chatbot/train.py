"""Train the chatbot: pairs in, retrievers, dual encoder, ensemble weights and confidence out.

Scenarios with several questions lend one or two of them to the test or to the tuning split. The first encoder and the
tuning tables see neither; pools, weights and confidence are fitted on the tuning split. The model that ``evaluate``
scores (folder ``held``) is that encoder with every question but the test ones indexed. What goes into service has the
same weights, and an encoder trained on all questions with all of them indexed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.task import Skip, Task
from models.chatbot import encoder, ensemble, store
from models.chatbot.corpus import Pairs, gather, hold_out
from models.chatbot.features import STREAMS, Analyser, Reading, add_noise, choose_analyser, read
from models.chatbot.rank import RETRIEVERS, Ranker, exact_search
from models.chatbot.sparse import build_vocabulary, count
from models.pretrained import Vectors, korean_vectors

OUT = "models/chatbot"
ENOUGH = 50
SAMPLE = 64


@dataclass(frozen=True)
class ChatbotConfig:
    """Section [chatbot]. ``held_out`` caps how many scenarios lend questions; ``terms`` a stream's vocabulary."""

    seed: int = 7
    held_out: int = 1000
    terms: int = 200_000
    precision: float = 0.8
    dim: int = 128
    epochs: int = 8
    steps: int = 2000
    batch: int = 256
    learning_rate: float = 2e-3
    temperature: float = 0.05
    dropout: float = 0.3
    length: int = 24
    pieces: int = 48
    buckets: int = 16_384
    morphemes: int = 30_000
    refit: bool = True


@dataclass(frozen=True)
class Split:
    """Row numbers of held-out questions, and what is asked of the tuning and test splits."""

    test: np.ndarray
    tuning: np.ndarray
    kind: str


def run(task: Task) -> None:
    """Stage ``chatbot_train``."""
    import keras

    config = task.settings.section("chatbot", ChatbotConfig)
    table = task.table("landing/dialogues")
    assert table is not None, "the stage table requires landing/dialogues"
    pairs, dropped = gather(table)
    if not len(pairs):
        raise Skip(f"none of the {table.num_rows} dialogue rows of the window has both a question and an answer")
    task.count(OUT, table.num_rows, dropped)
    keras.utils.set_random_seed(config.seed)
    analyser = choose_analyser(pairs.questions)
    readings = read(pairs.questions, analyser)
    tables = build_tables(readings, config.terms)
    split = choose_split(pairs, config)
    folder = task.output(OUT).folder

    without = np.ones(len(pairs), bool)
    without[np.r_[split.test, split.tuning]] = False
    base = pick(readings, without)
    reader = encoder.fit_reader(base, config.length, config.pieces, config.buckets, config.morphemes)
    vectors = start_vectors(analyser, config.dim)
    network, history = encoder.train(reader, base, pairs.keep(without), vectors, config)
    asked, truth = tuning_questions(pairs, readings, split, analyser, config.seed)
    ranker = tuning_ranker(pairs.keep(without), tables.keep(without), reader, network, base)
    pools, weights, confidence = fit_ensemble(ranker, asked, truth, config.precision)
    known = np.ones(len(pairs), bool)
    known[split.test] = False
    bot = store.Chatbot(pairs, tables, reader, analyser, pools, weights, confidence)
    held = replace(bot, pairs=pairs.keep(known), tables=tables.keep(known))
    write_artifact(folder / "held", held, network, pick(readings, known))
    write_heldout(folder, pairs, split, config)
    if config.refit and not without.all():
        reader = encoder.fit_reader(readings, config.length, config.pieces, config.buckets, config.morphemes)
        network, again = encoder.train(reader, readings, pairs, vectors, config)
        history |= {f"final_{name}": values for name, values in again.items()}
    write_artifact(folder, replace(bot, reader=reader), network, readings)
    sizes = {"questions": len(pairs), "scenarios": len(pairs.names), "tuning": len(asked), "analyser": analyser}
    task.note(OUT, history=history, weights=weights, pools=pools, threshold=confidence.threshold, **sizes)


def start_vectors(analyser: Analyser, dim: int) -> Vectors:
    """Pretrained vectors of Korean morphemes; none for a corpus in another language."""
    return korean_vectors(dim) if analyser == "kiwi" else Vectors([], np.zeros((0, dim), np.float16))


def pick(readings: Sequence[Reading], mask: np.ndarray) -> list[Reading]:
    return [r for r, kept in zip(readings, mask, strict=True) if kept]


def build_tables(readings: Sequence[Reading], limit: int) -> store.Tables:
    """Vocabulary and counts of each stream."""
    vocabulary, counts = {}, {}
    for stream in store.STREAM_NAMES:
        terms = [STREAMS[stream](r) for r in readings]
        vocabulary[stream] = build_vocabulary(terms, limit)
        counts[stream] = count(terms, {term: i for i, term in enumerate(vocabulary[stream])})[0]
    return store.Tables(vocabulary, counts)


def choose_split(pairs: Pairs, config: ChatbotConfig) -> Split:
    """Held-out questions where scenarios have several; noised copies of indexed ones stand in where none has."""
    test, tuning = hold_out(pairs, config.held_out, config.seed)
    return Split(test, tuning, "paraphrase" if len(test) else "noised")


def tuning_questions(
    pairs: Pairs, readings: Sequence[Reading], split: Split, analyser: Analyser, seed: int
) -> tuple[list[Reading], list[int]]:
    """(readings, scenarios) that the ensemble is fitted on; noised copies of indexed ones fill up a small split."""
    asked = [readings[i] for i in split.tuning]
    truth = [int(pairs.scenario[i]) for i in split.tuning]
    if len(asked) < ENOUGH:
        rows = noised_rows(pairs, np.r_[split.test, split.tuning], ENOUGH - len(asked), seed)
        rng = np.random.default_rng(seed)
        asked += read([add_noise(pairs.questions[i], rng) for i in rows], analyser)
        truth += [int(pairs.scenario[i]) for i in rows]
    return asked, truth


def noised_rows(pairs: Pairs, out: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Up to ``size`` rows that are not held out."""
    left = np.setdiff1d(np.arange(len(pairs)), out)
    return np.sort(np.random.default_rng(seed).permutation(left)[:size])


def tuning_ranker(
    pairs: Pairs, tables: store.Tables, reader: encoder.Reader, network: Any, readings: Sequence[Reading]
) -> Ranker:
    """The retrievers over the questions that are not held out, before there are weights."""

    def encode(asked: Sequence[Reading]) -> np.ndarray:
        return encoder.encode(network, reader, asked)

    search = exact_search(encode(readings))
    pools = dict.fromkeys(RETRIEVERS, 1.0)
    return Ranker(pairs.starts, len(pairs), tables.retrievers(), encode, search, pools, {})


def fit_ensemble(
    ranker: Ranker, asked: list[Reading], truth: list[int], precision: float
) -> tuple[dict[str, float], dict[str, float], ensemble.Confidence]:
    """(pools, weights, confidence) of the tuning questions."""
    pools = ensemble.choose_pools(ranker, asked, truth)
    found, valid = ensemble.candidates(replace(ranker, pools=pools), asked, truth)
    weights = ensemble.fit_weights(found, valid)
    return pools, ensemble.as_weights(weights), ensemble.fit_confidence(found, valid, weights, precision)


def write_artifact(folder: Path, bot: store.Chatbot, network: Any, readings: Sequence[Reading]) -> None:
    """Write a model artifact that a KerasRuntime opens."""
    folder.mkdir(parents=True, exist_ok=True)
    store.save(folder, bot)
    network.save(folder / "encoder.keras")
    np.savez(folder / "encoder_sample.npz", allow_pickle=False, **bot.reader(readings[:SAMPLE]))
    np.save(folder / "questions.npy", encoder.encode(network, bot.reader, readings))
    probes = [{"text": bot.pairs.questions[i], "k": 3} for i in range(0, len(readings), -(-len(readings) // 8))]
    artifact = {
        "product": "chatbot",
        "networks": {"encoder": {"file": "encoder.keras", "sample": "encoder_sample.npz"}},
        "tables": {"questions": {"file": "questions.npy", "metric": "ip"}},
        "carry": list(store.CARRY),
    }
    for name, value in (("artifact", artifact), ("probes", probes)):
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def write_heldout(folder: Path, pairs: Pairs, split: Split, config: ChatbotConfig) -> None:
    """``heldout.parquet``: the rows that evaluate asks, as dialogues, with the kind of their split."""
    rows, texts = split.test, [pairs.questions[i] for i in split.test]
    if not len(rows):
        rows = noised_rows(pairs, rows, config.held_out, config.seed + 1)
        rng = np.random.default_rng(config.seed + 1)
        texts = [add_noise(pairs.questions[i], rng) for i in rows]
    table = {
        "question": texts,
        "answer": [pairs.answers[i] for i in rows],
        "scenario_id": [pairs.names[pairs.scenario[i]] for i in rows],
        "kind": [split.kind] * len(rows),
    }
    pq.write_table(pa.table(table, schema=pa.schema([(n, pa.string()) for n in table])), folder / "heldout.parquet")
