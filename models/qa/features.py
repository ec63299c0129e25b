"""What the reader sees of a question and a paragraph: arrays of fixed width a token.

The match features tell where the question's words stand in the paragraph: word by word, smoothed to both sides, and by
sentence. They belong to a reader that sees both; an encoder of documents alone must not use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.qa.retrieve import Retriever
from models.qa.tokens import Lexicon, Tokens

FORMS = 8192
MATCHES = 17
ASKED = 4
DECAYS = (0.6, 0.9)
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Shape:
    """``paragraph`` and ``question`` tokens a row of the network holds; windows of long paragraphs overlap."""

    paragraph: int = 320
    question: int = 32
    overlap: int = 96

    def windows(self, count: int) -> list[slice]:
        """The windows that cover ``count`` tokens."""
        if count <= self.paragraph:
            return [slice(0, count)]
        step = self.paragraph - self.overlap
        starts = [*range(0, count - self.paragraph, step), count - self.paragraph]
        return [slice(s, s + self.paragraph) for s in starts]


@dataclass(frozen=True)
class Pair:
    """One question beside one paragraph, with the match features of every token of both."""

    question: Tokens
    paragraph: Tokens
    asked: np.ndarray
    matched: np.ndarray


def pair(question: Tokens, paragraph: Tokens, retriever: Retriever) -> Pair:
    """Compare two analysed texts; ``retriever`` tells how rare their words are."""
    weight = _weights(question, retriever)
    exact = paragraph.form[:, None] == question.form[None, :]
    prefix = (paragraph.prefix[:, None] == question.prefix[None, :]) & (question.prefix >= 0)[None, :]
    soft = np.maximum(exact, 0.5 * prefix) * weight[None, :]
    best = soft.max(axis=1, initial=0.0)
    columns = [
        (exact & question.content[None, :]).any(axis=1),
        exact.any(axis=1),
        prefix.any(axis=1),
        best,
        *(_smooth(best, decay, back) for decay in DECAYS for back in (False, True)),
        *_by_sentence(soft, paragraph.sentence, weight),
        *_nearby(exact & question.content[None, :]),
        paragraph.after_space,
        paragraph.content,
        _rarity(paragraph, retriever),
        np.arange(len(paragraph)) / max(len(paragraph), 1),
        np.minimum(paragraph.end - paragraph.start, 8) / 8,
    ]
    found = (exact | prefix).any(axis=0)
    place = np.arange(len(question)) / max(len(question), 1)
    asked = np.stack([weight, question.content, found, place], axis=1)
    return Pair(question, paragraph, asked.astype(np.float32), np.stack(columns, axis=1).astype(np.float32))


def _weights(question: Tokens, retriever: Retriever) -> np.ndarray:
    """How much each question token tells: its rarity where it is a content word, else 0."""
    return np.asarray(np.where(question.content, retriever.idf(question.column), 0.0))


def _rarity(tokens: Tokens, retriever: Retriever) -> np.ndarray:
    return np.asarray(np.where(tokens.content, retriever.idf(tokens.column), 0.0))


def _smooth(signal: np.ndarray, decay: float, back: bool) -> np.ndarray:
    """Exponentially fading sum over what stands before (or behind) each token."""
    from scipy.signal import lfilter

    turned = signal[::-1] if back else signal
    out = lfilter([0.0, decay], [1.0, -decay], turned) * (1 - decay)
    return np.asarray(out[::-1] if back else out)


def _by_sentence(soft: np.ndarray, sentence: np.ndarray, weight: np.ndarray) -> list[np.ndarray]:
    """Share of the question that each token's sentence covers, and whether no other covers more."""
    if not len(sentence):
        return [np.zeros(0), np.zeros(0)]
    covered = np.zeros((int(sentence.max()) + 1, soft.shape[1]))
    np.maximum.at(covered, sentence, soft)
    share = covered.sum(axis=1) / max(float(weight.sum()), 1e-6)
    return [share[sentence], (share == share.max())[sentence]]


def _nearby(match: np.ndarray) -> list[np.ndarray]:
    """Number of distinct question words within 5 and within 15 tokens, over the number of question words."""
    out = []
    total = max(int(match.any(axis=0).sum()), 1)
    running = np.concatenate([np.zeros((1, match.shape[1])), np.cumsum(match, axis=0)])
    index = np.arange(len(match))
    for reach in (5, 15):
        low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, len(match))
        out.append((running[high] - running[low] > 0).sum(axis=1) / total)
    return out


def rows(pairs: Sequence[tuple[Pair, slice]], lexicon: Lexicon, shape: Shape, width: int | None = None) -> Arrays:
    """The network's inputs for windows of pairs, padded to ``width`` tokens (the shape's paragraph without one)."""
    n, p, q = len(pairs), width or shape.paragraph, shape.question
    made: Arrays = {
        "p_vector": np.zeros((n, p, lexicon.dim), np.float32),
        "p_match": np.zeros((n, p, MATCHES), np.float32),
        "p_tag": np.zeros((n, p), np.int32),
        "p_form": np.zeros((n, p), np.int32),
        "q_vector": np.zeros((n, q, lexicon.dim), np.float32),
        "q_match": np.zeros((n, q, ASKED), np.float32),
        "q_tag": np.zeros((n, q), np.int32),
        "q_form": np.zeros((n, q), np.int32),
    }
    for row, (item, window) in enumerate(pairs):
        for side, tokens, match, part in (
            ("p", item.paragraph, item.matched, window),
            ("q", item.question, item.asked, slice(max(0, len(item.question) - q), len(item.question))),
        ):
            size = part.stop - part.start
            made[f"{side}_vector"][row, :size] = lexicon.vectors(tokens, part)
            made[f"{side}_match"][row, :size] = match[part]
            made[f"{side}_tag"][row, :size] = tokens.tag[part]
            made[f"{side}_form"][row, :size] = 1 + tokens.form[part] % (FORMS - 1)
    return made
