"""Stage ``qa_train``: documents and questions become a corpus to search and a reader to point at answers.

The documents of the window are cut into paragraphs and counted (BM25, LSA); the questions of the window are split by
article into training, development and test. The reader learns on the training articles, the best epoch on development
is kept, the weights between retrieval and reader are chosen there; the test articles go untouched into
``heldout.parquet`` for ``qa_evaluate``. Needs questions of two articles at least. Tuning tries its readers on some of
the training articles and judges the winner on the development ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.task import Skip, Task
from models.network_file import save_network
from models.pretrained import korean_vectors
from models.qa import dense, serve
from models.qa.corpus import Question, largest, newest, paragraphs, questions, split, without_leaks
from models.qa.features import rows
from models.qa.learning import Examples, budget, session, steps_of
from models.qa.reader import build
from models.qa.retrieve import retriever
from models.qa.settings import SPACE, QaConfig
from models.qa.tokens import Lexicon
from models.qa.tune import curve, tune
from models.runtime import KerasRuntime
from models.tune.keras_session import KerasSession
from models.tune.session import Open, Problem
from models.tune.training import train
from models.tune.tuned import around, configured, with_values


def run(task: Task) -> None:
    """clean/documents and landing/questions -> models/qa."""
    config = configured(task, QaConfig)
    table, documents, asked, dropped = gather(task)
    task.count("models/qa", len(table), dropped)
    folder = task.output("models/qa").folder
    corpus, counts = paragraphs(largest(newest(documents), config.max_documents), config.paragraph_chars)
    task.log("%d paragraphs of %d documents, %d questions", len(corpus), len(documents), len(asked))
    found = retriever(counts)
    lsa = dense.fit(found, config.lsa_dim, config.lsa_features, config.seed)
    vectors = korean_vectors(config.vector_dim)
    serve.save(folder, corpus, counts, lsa, vectors)
    np.save(folder / "paragraphs.npy", lsa.vectors(counts))
    parts = divide(asked, config)
    held = pa.array([q.id for q in parts["test"]], pa.string())
    newest_rows = newest(table.rename_columns({"question_id": "doc_id"})).rename_columns({"doc_id": "question_id"})
    pq.write_table(newest_rows.filter(pa.compute.is_in(newest_rows["question_id"], held)), folder / "heldout.parquet")
    history = learn(parts, corpus, Examples(Lexicon.of(vectors), found, config.shape), config, folder, task)
    write_artifact(folder, parts, config)
    step = -(-len(parts["development"]) // config.tuning_questions) or 1
    tuned = tune(serve.load(KerasRuntime(folder)), parts["development"][::step])
    serve.save_settings(folder, config.shape, tuned, config.paragraph_chars)
    curve(history, folder / "figures" / "reader.svg")
    task.note(
        "models/qa",
        history=history,
        figures={"figures/reader.svg": "Reader: loss and F1 on the development articles by epoch"},
        paragraphs=len(corpus),
        questions={name: len(part) for name, part in parts.items()},
        answering=vars(tuned),
    )


def gather(task: Task) -> tuple[pa.Table, pa.Table, list[Question], dict[str, int]]:
    """(landed questions, documents, questions as they can be asked, drops by reason) of the window."""
    table = task.table("landing/questions")
    documents = task.table("clean/documents", ["doc_id", "title", "text", "morphemes"])
    if table is None or documents is None:
        raise Skip("qa needs clean/documents and landing/questions")
    asked, dropped = questions(table)
    if len({q.title for q in asked if q.answers}) < 2:
        raise Skip("qa needs answered questions on two articles at least, one to learn from and one to be judged on")
    return table, documents, asked, dropped


def divide(asked: Sequence[Question], config: QaConfig) -> dict[str, list[Question]]:
    """Questions of the training, development and test articles."""
    answered = [q for q in asked if q.answers]
    test, development = split(answered, config.test_share, config.seed)
    parts: dict[str, list[Question]] = {
        "test": [q for q in asked if q.title in test],
        "development": [q for q in asked if q.title in development],
    }
    rest = [q for q in asked if q.title not in test | development]
    parts["development"] = without_leaks(parts["development"], parts["test"])
    parts["train"] = without_leaks(rest, [*parts["test"], *parts["development"]])
    return parts


def learn(
    parts: dict[str, list[Question]],
    corpus: pa.Table,
    maker: Examples,
    config: QaConfig,
    folder: Path,
    task: Task,
) -> dict[str, list[float]]:
    """Train the reader, keep the epoch that is best on development, save it with sample rows; returns its history."""
    lexicon, shape = maker.lexicon, config.shape
    examples, trial = maker.lesson(parts["train"], corpus, config), maker.trial(parts["development"])
    epochs = budget(steps_of(len(examples), config), config)
    learning = session(examples, trial, lexicon, config, epochs, config.seed)
    history = train(learning, epochs, epochs, lambda e: task.track(e, "epochs"), config.good_enough)
    served = build(config.reader, lexicon.dim, shape.paragraph, shape.question)
    served.set_weights(learning.model.get_weights())
    save_network(served, folder / "reader.keras")
    sample: dict[str, Any] = dict(rows([(e.pair, e.window) for e in examples[:32]], lexicon, shape))
    np.savez_compressed(folder / "reader_sample.npz", **sample)
    return history


def problem(task: Task) -> Problem:
    """What tuning searches: the reader, tried on articles of the training part and judged on the development ones."""
    config = task.settings.section("qa", QaConfig)
    _, documents, asked, _ = gather(task)
    parts = divide(asked, config)
    if len({q.title for q in parts["train"] if q.answers}) < 2 or not parts["development"]:
        raise Skip("tuning qa needs answered questions on two training articles, and one for development beside them")
    inner = divide(parts["train"], config)
    corpus, counts = paragraphs(largest(newest(documents), config.max_documents), config.paragraph_chars)
    maker = Examples(Lexicon.of(korean_vectors(config.vector_dim)), retriever(counts), config.shape)
    learnt = [*inner["train"], *inner["development"]]
    epochs = budget(steps_of(round(len(learnt) * (1 + config.negatives)), config), config)

    def opener(of: Sequence[Question], on: Sequence[Question]) -> Open:
        def open_(values: Mapping[str, Any], seed: int) -> KerasSession:
            chosen = with_values(config, values)
            return session(maker.lesson(of, corpus, chosen), maker.trial(on), maker.lexicon, chosen, epochs, seed)

        return open_

    space, judge = around(SPACE, config), opener(parts["train"], parts["development"])
    return Problem("qa", space, opener(learnt, inner["test"]), epochs, config.seed, judge=judge, config=config)


def write_artifact(folder: Path, parts: dict[str, list[Question]], config: QaConfig) -> None:
    """``artifact.json``, ``probes.json`` and the settings before tuning."""
    artifact = {
        "product": "qa",
        "networks": {"reader": {"file": "reader.keras", "sample": "reader_sample.npz"}},
        "tables": {"paragraphs": {"file": "paragraphs.npy", "metric": "ip"}},
        "carry": list(serve.CARRY),
    }
    (folder / "artifact.json").write_text(json.dumps(artifact, indent=1), encoding="utf-8")
    probes = [{"text": q.text, "k": 3} for q in parts["test"][:8]]
    (folder / "probes.json").write_text(json.dumps(probes, ensure_ascii=False, indent=1), encoding="utf-8")
    serve.save_settings(
        folder, config.shape, replace(serve.Answering(), paragraphs=config.read_paragraphs), config.paragraph_chars
    )
