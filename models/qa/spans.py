"""Answers as character spans, and how a predicted one is scored against the accepted ones.

Exact match and F1 follow the official scripts: KorQuAD's where the question or an accepted answer is written in Hangul,
kana or Han (F1 over characters), SQuAD's otherwise (F1 over words, articles removed). Both in percent. An unanswerable
question is answered right by no answer alone.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

WITHOUT_SPACES = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")
BRACKETS = re.compile(r"['\"《》<>〈〉()‘’“”「」『』]")
ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)


def by_character(question: str, answers: Sequence[str]) -> bool:
    """Whether KorQuAD's convention applies."""
    return any(WITHOUT_SPACES.search(text) for text in (question, *answers))


def normal(text: str, characters: bool) -> str:
    """The text as it is compared."""
    text = BRACKETS.sub(" ", text) if characters else text
    text = text.lower().translate(PUNCTUATION)
    return " ".join((text if characters else ARTICLES.sub(" ", text)).split())


def exact_match(predicted: str, answers: Sequence[str], characters: bool) -> float:
    """100 where the prediction is one of the accepted answers ([] = no answer), else 0."""
    if not answers or not predicted:
        return 100.0 * (not answers and not predicted)
    return 100.0 * any(normal(predicted, characters) == normal(a, characters) for a in answers)


def f1(predicted: str, answers: Sequence[str], characters: bool) -> float:
    """The best overlap with an accepted answer, in percent."""
    if not answers or not predicted:
        return 100.0 * (not answers and not predicted)
    return max(_overlap(normal(predicted, characters), normal(a, characters), characters) for a in answers)


def _overlap(one: str, other: str, characters: bool) -> float:
    a, b = (Counter("".join(t.split())) if characters else Counter(t.split()) for t in (one, other))
    shared = sum((a & b).values())
    if not shared:
        return 100.0 * (one == other)
    precision, recall = shared / sum(a.values()), shared / sum(b.values())
    return 200 * precision * recall / (precision + recall)


def locate(context: str, answer: str, start: int) -> tuple[int, int] | None:
    """(start, end) of an answer; searched for nearby where ``start`` is off, None where the context has it nowhere."""
    if not answer.strip():
        return None
    if context[start : start + len(answer)] == answer and start >= 0:
        return start, start + len(answer)
    places = [m.start() for m in re.finditer(re.escape(answer), context)]
    if not places:
        return None
    nearest = min(places, key=lambda p: abs(p - start))
    return nearest, nearest + len(answer)
