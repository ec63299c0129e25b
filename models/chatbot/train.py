"""Train the chatbot: pairs in, retrievers, dual encoder, ensemble weights and confidence out.

Scenarios with several questions lend one or two of them to the test or to the tuning split. The encoder is trained, and
every table fitted, without either; pools, weights and confidence are fitted on the tuning split, and this model (folder
``held``) is what ``evaluate`` scores. What goes into service has the same weights, indexes all questions, and its
encoder has been trained on with all of them.
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
from models.chatbot.rank import POOLED, Ranker, exact_search, fit_ridge
from models.chatbot.sparse import build_vocabulary, count
from models.pretrained import Vectors, korean_vectors

OUT = "models/chatbot"
ENOUGH = 50
SAMPLE = 64


@dataclass(frozen=True)
class ChatbotConfig:
    """Section [chatbot]. ``held_out`` caps how many scenarios lend questions, ``terms`` a stream's vocabulary.

    ``steps`` of ``batch`` pairs train the encoder; above ``ridge_questions`` there is no linear classifier.
    """

    seed: int = 7
    held_out: int = 1000
    terms: int = 200_000
    precision: float = 0.8
    dim: int = 128
    steps: int = 450
    batch: int = 128
    learning_rate: float = 2e-3
    temperature: float = 0.05
    dropout: float = 0.3
    length: int = 24
    pieces: int = 48
    buckets: int = 16_384
    morphemes: int = 30_000
    ridge_questions: int = 12_000


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

    kept = np.ones(len(pairs), bool)
    kept[np.r_[split.test, split.tuning]] = False
    known, base, held_tables = pairs.keep(kept), pick(readings, kept), tables.keep(kept)
    reader = encoder.fit_reader(readings, config.length, config.pieces, config.buckets, config.morphemes)
    network = encoder.build_encoder(reader, config.dim, config.dropout)
    encoder.start_from(network, reader, start_vectors(analyser, config.dim))
    history = {"loss": encoder.train(network, reader, base, known, config, config.steps)}
    asked, truth = tuning_questions(pairs, readings, split, analyser, config.seed)
    ranker = tuning_ranker(known, held_tables, reader, network, base, config.ridge_questions)
    pools, weights, confidence = fit_ensemble(ranker, asked, truth, config.precision)
    held = store.Chatbot(known, held_tables, ranker.ridge, reader, analyser, pools, weights, confidence)
    write_artifact(folder / "held", held, network, base)
    write_heldout(folder, pairs, split, config)
    if not kept.all():
        history["final_loss"] = encoder.train(network, reader, readings, pairs, config, config.steps // 3)
    ridge = fit_ridge(tables.retrievers(), pairs.starts, config.ridge_questions)
    write_artifact(folder, replace(held, pairs=pairs, tables=tables, ridge=ridge), network, readings)
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
    pairs: Pairs, tables: store.Tables, reader: encoder.Reader, network: Any, readings: Sequence[Reading], limit: int
) -> Ranker:
    """The retrievers over the questions that are not held out, before there are weights."""

    def encode(asked: Sequence[Reading]) -> np.ndarray:
        return encoder.encode(network, reader, asked)

    search = exact_search(encode(readings))
    retrievers = tables.retrievers()
    ridge = fit_ridge(retrievers, pairs.starts, limit)
    return Ranker(pairs.starts, len(pairs), retrievers, ridge, encode, search, dict.fromkeys(POOLED, 1.0), {})


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
