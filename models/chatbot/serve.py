"""Answers of the chatbot: ``answer({"text": "배송언제와요", "k": 3})``.

Needs numpy, scipy, the runtime's encoder and index, and Kiwi for Korean corpora; nothing of training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.chatbot import store
from models.chatbot.confidence import PROOF, evidence, namesakes
from models.chatbot.features import Reading, clean, read
from models.chatbot.rank import LINEAR, LINEAR_OF, POOLED, Ranker, Scores, Search
from models.runtime import Index, Runtime

LONGEST = 2000
FALLBACK = {
    "kiwi": "잘 이해하지 못했어요. 다른 말로 다시 물어봐 주세요.",
    "words": "I did not understand that. Please ask in other words.",
}


class Chatbot:
    """A loaded chatbot. ``bot`` is what was stored, ``ranker`` scores scenarios with it."""

    def __init__(self, runtime: Runtime) -> None:
        self.bot = store.load(runtime.folder)
        network = runtime.network("encoder")

        def encode(readings: Sequence[Reading]) -> dict[str, np.ndarray]:
            return network(**self.bot.reader(readings))

        def search_in(index: Index) -> Search:
            return lambda vectors, k: index.search(np.ascontiguousarray(vectors, np.float32), k)

        search = {name: search_in(runtime.index(Path(file).stem)) for name, file in store.TABLES.items()}

        pairs = self.bot.pairs
        linear = LINEAR_OF if self.bot.weights[LINEAR] else ()
        self.used = {name for name in POOLED if self.bot.weights[name]} | {*linear, *PROOF}
        retrievers = self.bot.tables.retrievers()
        self.ranker = Ranker(
            pairs.starts, len(pairs), retrievers, self.bot.ridge, encode, search, self.bot.pools, self.bot.weights
        )

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Texts as the features see them, cut to ``LONGEST`` characters."""
        return read([text[:LONGEST] for text in texts], self.bot.analyser)

    def sure(
        self, readings: Sequence[Reading], similarities: Scores, scores: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How likely the first scenario of each row of ``scores`` is the right one (n,), and which are as likely
        (n, scenarios)."""
        told = self.bot.confidence(evidence(self.ranker, readings, similarities, scores))
        same = namesakes(self.ranker, similarities, scores)
        return told / same.sum(axis=1), same

    def answer(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """The ``k`` likeliest scenarios of ``text``, and the ``answer`` to tell.

        ``fallback`` says that none is sure enough to be told: ``answer`` then asks for other words.

        Raises ValueError where ``text`` is no text with a character in it or ``k`` no whole number from 1 on.
        """
        text, k = query.get("text"), query.get("k", 3)
        if not isinstance(text, str) or not clean(text):
            raise ValueError(f"text = {text!r}: give the question as a string that is not empty")
        if not isinstance(k, int) or isinstance(k, bool) or k < 1:
            raise ValueError(f"k = {k!r}: give a whole number from 1 on")
        readings = self.read([text])
        similarities = self.ranker.similarities(readings, self.used)
        pooled = self.ranker.pooled(similarities)
        scores = self.ranker.ensemble(pooled)
        (sure,), (same,) = self.sure(readings, similarities, scores)
        first = best(scores[0], k)
        shares = np.where(same[first], sure, sure * scores[0, first] / max(float(scores[0].max()), 1e-9))
        # The others are less sure the lower they score, and all together no surer than the first ones leave room for.
        others = np.flatnonzero(~same[first])
        shares[others] *= min(1.0, max(0.0, 1 - sure * int(same.sum())) / max(float(shares[others].sum()), 1e-9))
        answers = [
            self._describe(int(s), similarities, pooled, share, k)
            for s, share in zip(first, shares.tolist(), strict=True)
        ]
        fallback = not answers or sure < self.bot.confidence.threshold
        return {
            "text": text,
            "answer": (self.bot.fallback or FALLBACK[self.bot.analyser]) if fallback else answers[0]["answer"],
            "answers": answers,
            "confidence": float(sure) if answers else 0.0,
            "fallback": bool(fallback),
        }

    def _describe(self, scenario: int, similarities: Scores, pooled: Scores, sure: float, k: int) -> dict[str, Any]:
        pairs, weights = self.bot.pairs, self.bot.weights
        start = int(pairs.starts[scenario])
        own = slice(start, start + int(pairs.sizes[scenario]))
        near = sum(max(weights[name], 1e-3) * found[0, own] for name, found in similarities.items())
        row = start + int(np.argmax(near))
        shares = {name: weights[name] * float(found[0, scenario]) for name, found in pooled.items()}
        found = [n for n, of in pooled.items() if of[0, scenario] > 0 and (of[0] > of[0, scenario]).sum() < k]
        return {
            "answer": pairs.answers[row],
            "scenario_id": pairs.names[scenario],
            "confidence": sure,
            "question": pairs.questions[row],
            "retriever": max(shares, key=lambda name: shares[name]),
            "retrievers": found,
        }


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """The ``k`` highest of the scores above 0, best first, those of equals that come first (as a stable sort has it,
    without sorting all)."""
    least = np.partition(scores, -k)[-k] if k < len(scores) else 0.0
    found = np.flatnonzero((scores >= least) & (scores > 0))
    return found[np.argsort(-scores[found], kind="stable")[:k]]


def load(runtime: Runtime) -> Chatbot:
    """The chatbot of a model artifact or a release."""
    return Chatbot(runtime)
