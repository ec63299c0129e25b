"""The reader's training: windows of questions and paragraphs to learn from, and the session that learns them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from models.qa.corpus import Question
from models.qa.features import Arrays, Shape, pair
from models.qa.paragraphs import key
from models.qa.reader import Example, batches, build, find
from models.qa.retrieve import Retriever, question_counts
from models.qa.settings import QaConfig
from models.qa.spans import by_character, f1
from models.qa.tokens import Lexicon, Tokens
from models.tune.keras_session import KerasSession

Trial = list[tuple[Question, Any]]
"""Questions with the pairs that the reader is tried on."""


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

    def lesson(self, asked: Sequence[Question], corpus: pa.Table, config: QaConfig) -> list[Example]:
        """What is learnt: the windows of the questions, and wrong paragraphs for a share of them."""
        own = [e for windows in self.of(asked) for e in windows]
        return own + self.wrong(asked, corpus, config.negatives, config.seed)

    def trial(self, asked: Sequence[Question]) -> Trial:
        """What the reader is tried on."""
        return [(q, own[0].pair) for q, own in zip(asked, self.of(asked), strict=True)]

    def _windows(self, question: Tokens, context: Tokens, span: tuple[int, int] | None) -> list[Example]:
        both, place = pair(question, context, self.retriever), context.cover(*span) if span else None
        made = []
        for window in self.shape.windows(len(context)):
            if place and window.start <= place[0] and place[1] < window.stop:
                made.append(Example(both, window, place[0] - window.start, place[1] - window.start))
            else:
                made.append(Example(both, window, -1, -1))
        return made


def session(
    examples: Sequence[Example], trial: Trial, lexicon: Lexicon, config: QaConfig, epochs: int, seed: int
) -> KerasSession:
    """The training of a reader over ``epochs`` epochs, scored by its F1 on ``trial`` (0 throughout without one)."""
    import keras

    keras.utils.set_random_seed(seed)
    shape = config.shape
    model = build(config.reader, lexicon.dim, None, shape.question)
    compile_reader(model, config, min(epochs * steps_of(len(examples), config), config.max_steps))

    def epoch(rng: np.random.Generator) -> dict[str, float]:
        steps = batches(examples, lexicon, shape, config.batch, seed + made.epoch)
        return {"loss": round(run_epoch(model, steps, config.max_steps), 4)}

    def score() -> dict[str, float]:
        if not trial:
            return {"score": 0.0}
        found = round(reading_f1(model, trial, lexicon, shape), 2)
        return {"score": found, "development F1": found}

    made = KerasSession(model, epoch, score, seed)
    return made


def steps_of(examples: int, config: QaConfig) -> int:
    """Batches an epoch."""
    return -(-examples // config.batch)


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
