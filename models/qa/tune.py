"""What is chosen on development questions once the reader is trained, and the picture of how it learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.qa.corpus import Question
from models.qa.evaluate import Read, opened, read_all, reading, widen
from models.qa.serve import Answering, QaServer

WEIGHTS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
ANSWERED = 0.98


def tune(server: QaServer, asked: Sequence[Question]) -> Answering:
    """Choose the weight of retrieval, then when to say that there is no answer, on development questions.

    Where no development question is unanswerable, nothing tells when to be silent on a given paragraph: the reader then
    always answers there, and over the corpus it is silent beyond the doubt that 98 % of its own paragraphs stay within.
    """
    if not asked:
        return server.answering
    larger = widen(server, asked)
    reads = read_all(larger, asked)
    answerable = [r for r in reads if r.question.answers]
    weighed = [(open_f1(larger, answerable, replace(server.answering, retrieval=w)), w) for w in WEIGHTS]
    chosen = replace(server.answering, retrieval=max(weighed, key=lambda pair: pair[0])[1])
    if len(answerable) == len(reads):
        odds = sorted(r.found.nothing for r in answerable)
        return replace(chosen, nothing_open=max(odds[int(ANSWERED * (len(odds) - 1))], 0.0))
    tops = [larger.ranked(r.open) for r in reads]
    gold = best(
        lambda limit: float(reading(reads, replace(chosen, nothing_gold=limit))["reader_f1"] or 0.0),
        [r.found.nothing for r in reads],
    )
    over_all = best(
        lambda limit: open_f1(larger, reads, replace(chosen, nothing_open=limit)),
        [t[0].found.nothing for t in tops if t] or [0.0],
    )
    return replace(chosen, nothing_gold=gold, nothing_open=over_all)


def open_f1(server: QaServer, reads: Sequence[Read], answering: Answering) -> float:
    """F1 over the corpus under other settings; 0 where there is nothing to read."""
    return float(opened(reads, replace(server, answering=answering))["open_f1"] or 0.0) if reads else 0.0


def best(value: Callable[[float], float], odds: Sequence[float]) -> float:
    """The quantile of ``odds`` with the highest value, the first of equals."""
    return max((float(q) for q in np.quantile(odds, np.linspace(0, 1, 21))), key=value)


def curve(history: dict[str, list[float]], path: Path) -> None:
    """Draw the learning curves, one panel a quantity."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "naru"}):
        figure = Figure(figsize=(3.4 * max(len(history), 1), 2.6), layout="constrained")
        for number, (name, values) in enumerate(history.items()):
            axis = figure.add_subplot(1, len(history), number + 1)
            axis.plot(range(1, len(values) + 1), values, marker="o")
            axis.set_title(name)
            axis.set_xlabel("epoch")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
