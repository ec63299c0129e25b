"""Stage ``qa_train``: documents and questions become a corpus to search and a reader to point at answers.

The documents of the window are cut into paragraphs and counted (BM25, LSA); the questions of the window are split by
article into training, development and test. The reader learns on the training articles, the best epoch on development
is kept, the weights between retrieval and reader are chosen there; the test articles go untouched into
``heldout.parquet`` for ``qa_evaluate``. Needs questions of two articles at least.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.task import Skip, Task
from models.pretrained import korean_vectors
from models.qa import dense, serve
from models.qa.corpus import Question, largest, newest, paragraphs, questions, split, without_leaks
from models.qa.features import Arrays, Shape, pair, rows
from models.qa.paragraphs import key
from models.qa.reader import Example, batches, build, find
from models.qa.retrieve import Retriever, question_counts, retriever
from models.qa.settings import QaConfig
from models.qa.spans import by_character, f1
from models.qa.tokens import Lexicon, Tokens
from models.qa.tune import curve, tune
from models.runtime import KerasRuntime


def run(task: Task) -> None:
    """clean/documents and landing/questions -> models/qa."""
    config = task.settings.section("qa", QaConfig)
    table, documents = (
        task.table("landing/questions"),
        task.table("clean/documents", ["doc_id", "title", "text", "morphemes"]),
    )
    if table is None or documents is None:
        raise Skip("qa needs clean/documents and landing/questions")
    asked, dropped = questions(table)
    task.count("models/qa", len(table), dropped)
    if len({q.title for q in asked if q.answers}) < 2:
        raise Skip("qa needs answered questions on two articles at least, one to learn from and one to be judged on")
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
    history = learn(parts, corpus, found, Lexicon.of(vectors), config, folder, task)
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


class Examples:
    """Pairs of analysed questions and paragraphs, each text analysed once."""

    def __init__(self, lexicon: Lexicon, found: Retriever, shape: Shape) -> None:
        self.lexicon, self.retriever, self.shape = lexicon, found, shape
        self._known: dict[str, Tokens] = {}

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        missing = sorted({t for t in texts if t not in self._known})
        self._known.update(zip(missing, self.lexicon.tokenise(missing), strict=True))
        return [self._known[t] for t in texts]

    def of(self, asked: Sequence[Question]) -> list[list[Example]]:
        """The windows of each question's own paragraph, the answer marked in those that hold it."""
        contexts = self.tokens([q.context for q in asked])
        return [
            self._windows(question, context, q.spans[0] if q.spans else None)
            for q, question, context in zip(asked, self.tokens([q.text for q in asked]), contexts, strict=True)
        ]

    def wrong(self, asked: Sequence[Question], corpus: pa.Table, share: float, seed: int) -> list[Example]:
        """For a share of the questions, the best retrieved paragraph that holds none of its answers."""
        rng = np.random.default_rng(seed)
        chosen = [q for q in asked if q.answers and rng.random() < share]
        if not chosen or not len(corpus):
            return []
        _, numbers = self.retriever.best(question_counts([q.text for q in chosen]), 5)
        made: list[Example] = []
        for q, best in zip(chosen, numbers, strict=True):
            answers, own = [key(a) for a in q.answers], key(q.context)
            for text in (corpus["text"][int(n)].as_py() for n in best):
                plain = key(text)
                if plain != own and not any(a in plain for a in answers):
                    question, paragraph = self.tokens([q.text, text])
                    made += self._windows(question, paragraph, None)[:1]
                    break
        return made

    def _windows(self, question: Tokens, context: Tokens, span: tuple[int, int] | None) -> list[Example]:
        both, place = pair(question, context, self.retriever), context.cover(*span) if span else None
        made = []
        for window in self.shape.windows(len(context)):
            if place and window.start <= place[0] and place[1] < window.stop:
                made.append(Example(both, window, place[0] - window.start, place[1] - window.start))
            else:
                made.append(Example(both, window, -1, -1))
        return made


def learn(
    parts: dict[str, list[Question]],
    corpus: pa.Table,
    found: Retriever,
    lexicon: Lexicon,
    config: QaConfig,
    folder: Path,
    task: Task,
) -> dict[str, list[float]]:
    """Train the reader, keep the epoch that is best on development, save it with sample rows; returns its history."""
    import keras

    maker, shape = Examples(lexicon, found, config.shape), config.shape
    examples = [e for own in maker.of(parts["train"]) for e in own]
    examples += maker.wrong(parts["train"], corpus, config.negatives, config.seed)
    trial = [(q, own[0].pair) for q, own in zip(parts["development"], maker.of(parts["development"]), strict=True)]
    keras.utils.set_random_seed(config.seed)
    model = build(config.reader, lexicon.dim, None, shape.question)
    per_epoch = -(-len(examples) // config.batch)
    epochs = budget(per_epoch, config)
    compile_reader(model, config, min(epochs * per_epoch, config.max_steps))
    history: dict[str, list[float]] = {"loss": [], "development F1": []}
    kept = model.get_weights()
    for epoch in task.track(range(epochs), "epochs", epochs):
        steps = batches(examples, lexicon, shape, config.batch, config.seed + epoch)
        history["loss"].append(round(run_epoch(model, steps, config.max_steps), 4))
        if trial:
            history["development F1"].append(round(reading_f1(model, trial, lexicon, shape), 2))
            if history["development F1"][-1] >= max(history["development F1"]):
                kept = model.get_weights()
        task.log("epoch %d of %d: %s", epoch + 1, epochs, {k: v[-1] for k, v in history.items() if v})
        if trial and history["development F1"][-1] >= config.good_enough:
            break
    served = build(config.reader, lexicon.dim, shape.paragraph, shape.question)
    served.set_weights(kept if trial else model.get_weights())
    served.save(folder / "reader.keras")
    sample: dict[str, Any] = dict(rows([(e.pair, e.window) for e in examples[:32]], lexicon, shape))
    np.savez_compressed(folder / "reader_sample.npz", **sample)
    return {name: values for name, values in history.items() if values}


def run_epoch(model: Any, steps: Iterable[tuple[Arrays, Arrays]], most: int) -> float:
    """At most ``most`` steps; returns their mean loss."""
    model.reset_metrics()
    loss = 0.0
    for inputs, targets in itertools.islice(steps, most):
        loss = float(model.train_on_batch(inputs, targets, return_dict=True)["loss"])
    return loss


def budget(per_epoch: int, config: QaConfig) -> int:
    """The number of epochs: few questions are seen more often, many less."""
    wanted = max(config.epochs, -(-config.min_steps // max(per_epoch, 1)))
    return max(1, min(wanted, config.max_steps // max(per_epoch, 1)))


def compile_reader(model: Any, config: QaConfig, steps: int) -> None:
    """AdamW, warmed up over a twentieth of the steps and then down a cosine."""
    import keras

    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(steps, 2), alpha=0.02, warmup_target=config.rate, warmup_steps=max(steps // 20, 1)
    )
    loss = {name: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for name in ("start", "end")}
    model.compile(optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-2, clipnorm=1.0), loss=loss)


def reading_f1(model: Any, trial: Sequence[tuple[Question, Any]], lexicon: Lexicon, shape: Shape) -> float:
    """Mean F1 of the best spans of answerable questions on their own paragraphs."""
    trial = [(q, p) for q, p in trial if q.answers]

    def network(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        return {k: np.asarray(v) for k, v in model.predict_on_batch(inputs).items()}

    spans = find(network, [p for _, p in trial], lexicon, shape)
    scores = []
    for (q, p), span in zip(trial, spans, strict=True):
        text = p.paragraph.text[slice(*p.paragraph.span(span.first, span.last))] if span.first >= 0 else ""
        scores.append(f1(text, q.answers, by_character(q.text, q.answers)))
    return float(np.mean(scores)) if scores else 0.0


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
