"""What is chosen on development questions once the reader is trained, and the picture of how it learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.qa.corpus import Question
from models.qa.evaluate import opened, read_all, reading, widen
from models.qa.serve import Answering, QaServer

WEIGHTS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


def tune(server: QaServer, asked: Sequence[Question]) -> Answering:
    """Choose the weight of retrieval, then the thresholds of "no answer", by F1 on development questions.

    Where no development question is unanswerable, nothing tells when to be silent on a given paragraph: the reader then
    always answers there, and over the corpus it is silent where it would be on the worst of its right paragraphs.
    """
    if not asked:
        return server.answering
    larger = widen(server, asked)
    reads = read_all(larger, asked)
    answerable = [r for r in reads if r.question.answers]

    def open_f1(weight: float) -> float:
        changed = replace(larger, answering=replace(server.answering, retrieval=weight))
        return float(opened(answerable, changed)["open_f1"] or 0.0) if answerable else 0.0

    chosen = replace(server.answering, retrieval=max(WEIGHTS, key=open_f1))
    if len(answerable) == len(reads):
        odds = sorted(r.found.nothing for r in answerable)
        return replace(chosen, nothing_open=max(odds[int(0.98 * (len(odds) - 1))], 0.0))

    def threshold(name: str, odds: list[float]) -> float:
        def value(limit: float) -> float:
            tried = replace(chosen, **{name: limit})
            if name == "nothing_gold":
                return float(reading(reads, tried)["reader_f1"] or 0.0)
            return float(opened(reads, replace(larger, answering=tried))["open_f1"] or 0.0)

        return max(np.quantile(odds, np.linspace(0, 1, 21)).tolist(), key=value)

    gold = threshold("nothing_gold", [r.found.nothing for r in reads])
    tops = [larger.ranked(r.open) for r in reads]
    return replace(
        chosen,
        nothing_gold=gold,
        nothing_open=threshold("nothing_open", [t[0].found.nothing for t in tops if t] or [0.0]),
    )


def curve(history: dict[str, list[float]], path: Path) -> None:
    """Draw the learning curves, one panel a quantity."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.4 * max(len(history), 1), 2.6), layout="constrained")
    for number, (name, values) in enumerate(history.items()):
        axis = figure.add_subplot(1, len(history), number + 1)
        axis.plot(range(1, len(values) + 1), values, marker="o")
        axis.set_title(name)
        axis.set_xlabel("epoch")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
