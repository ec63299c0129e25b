"""Scenario pairs as the chatbot holds them, and which of their questions are held out.

A scenario is a scenario_id; a pair without one belongs to the scenario of its answer. Questions of a scenario stand
together, in the order of the scenario names, so that the same pairs make the same files whatever their order was.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from models.chatbot.features import clean

TUNING = 300
MANY = 20
STRANGE = 20


@dataclass(frozen=True)
class Pairs:
    """``scenario`` holds each question's scenario number, ascending; ``names`` the scenario_id of each number."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    scenario: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.questions)

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each scenario's questions begin."""
        return np.flatnonzero(np.r_[True, np.diff(self.scenario) > 0]) if len(self) else np.zeros(0, np.int64)

    @cached_property
    def sizes(self) -> np.ndarray:
        return np.diff(np.r_[self.starts, len(self)])

    def keep(self, mask: np.ndarray) -> Pairs:
        """The pairs where ``mask`` holds; scenarios left without a question go, the others are numbered anew."""
        rows = np.flatnonzero(mask)
        left, numbers = np.unique(self.scenario[rows], return_inverse=True)
        return Pairs(
            tuple(self.questions[i] for i in rows),
            tuple(self.answers[i] for i in rows),
            numbers.astype(np.int64),
            tuple(self.names[i] for i in left),
        )


def answer_id(answer: str) -> str:
    """The scenario_id of an answer that came without one."""
    return "answer-" + hashlib.sha256(clean(answer).encode()).hexdigest()[:12]


def gather(table: pa.Table) -> tuple[Pairs, dict[str, int]]:
    """Pairs without empties and duplicates, and the number of rows dropped by reason."""
    columns = [table[name].to_pylist() for name in ("question", "answer", "scenario_id")]
    dropped: Counter[str] = Counter()
    owner = {clean(a): s for _, a, s in zip(*columns, strict=True) if a and s}
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for question, answer, scenario in zip(*columns, strict=True):
        asked, told = clean(question or ""), clean(answer or "")
        if not asked or not told:
            dropped["empty question" if not asked else "empty answer"] += 1
            continue
        key = (scenario or owner.get(told) or answer_id(answer), asked)
        if key in found:
            dropped["duplicate question of its scenario"] += 1
        else:
            found[key] = (question.strip(), answer.strip())
    keys = sorted(found)
    names = sorted({scenario for scenario, _ in keys})
    number = {name: i for i, name in enumerate(names)}
    texts = [found[key] for key in keys]
    return Pairs(
        tuple(q for q, _ in texts),
        tuple(a for _, a in texts),
        np.asarray([number[scenario] for scenario, _ in keys], np.int64),
        tuple(names),
    ), dict(dropped)


@dataclass(frozen=True)
class Split:
    """Row numbers of the questions that are held out of training: asked by evaluate (``test``), what weights are fitted
    on (``tuning``), and all questions of the scenarios that are taken out whole (``strangers``)."""

    test: np.ndarray
    tuning: np.ndarray
    strangers: np.ndarray

    @property
    def out(self) -> np.ndarray:
        return np.r_[self.test, self.tuning, self.strangers]


def hold_out(pairs: Pairs, limit: int, seed: int) -> Split:
    """A scenario lends to one of test and tuning, and keeps at least one question.

    Scenarios of three or more questions lend one, or two from six on; where fewer than forty such scenarios exist,
    those of two lend their second. Where the large ones fill less than ``TUNING`` questions, those of two fill up the
    tuning split. At most ``limit`` scenarios lend to each. No scenario of two questions: both empty. Where there are
    ``MANY`` scenarios, a twentieth of them, ``STRANGE`` at least but no more than a fifth, is taken out whole and
    lends none.
    """
    rng = np.random.default_rng(seed)
    rows: dict[int, list[int]] = defaultdict(list)
    for row, scenario in enumerate(pairs.scenario.tolist()):
        rows[scenario].append(row)
    strange = min(max(len(rows) // 20, min(STRANGE, len(rows) // 5)), limit) if len(rows) >= MANY else 0
    whole = set(rng.permutation(len(rows))[:strange].tolist())
    large = [s for s, own in rows.items() if len(own) >= 3 and s not in whole]
    small = [s for s, own in rows.items() if len(own) == 2 and s not in whole]
    if len(large) < 40:
        large, small = [*large, *small], []
    lent: tuple[list[int], list[int]] = ([], [])
    lenders = rng.permutation(np.asarray(large, np.int64))[: 2 * limit].tolist()
    for turn, scenario in enumerate(lenders):
        own = rng.permutation(rows[scenario]).tolist()
        lent[turn % 2].extend(own[: 2 if len(own) >= 6 else 1])
    more = rng.permutation(np.asarray(small, np.int64))[: max(0, TUNING - len(lent[1]))].tolist()
    lent[1].extend(rng.permutation(rows[scenario]).tolist()[0] for scenario in more)
    strangers = [row for scenario in whole for row in rows[scenario]]
    return Split(*(np.asarray(sorted(rows_), np.int64) for rows_ in (*lent, strangers)))
