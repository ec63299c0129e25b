"""Scenario pairs as the chatbot holds them, and which of their questions are held out.

A scenario is a scenario_id; a pair without one belongs to the scenario of its answer. Questions of a scenario stand
together, in the order of the scenario names, so that the same pairs make the same files whatever their order was.

Where most pairs have a scenario_id, those without are loose: they are no scenarios of their own, and nothing is fitted
to them. Where less than half have one, those without are scenarios by their answers. Once there is an encoder, each
loose one joins the scenario that it surely belongs to (models.chatbot.clusters), and so does each whose answer is its
own alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from language.normalise import normalise
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

    @cached_property
    def unlabelled(self) -> np.ndarray:
        """Which questions (bool) stand in a scenario that is an answer without a scenario_id."""
        first = self.starts.tolist()
        own = [name == answer_id(self.answers[row]) for name, row in zip(self.names, first, strict=True)]
        return np.asarray(own, bool)[self.scenario]

    @cached_property
    def loose(self) -> np.ndarray:
        """Which questions (bool) have no scenario_id where most have one."""
        return self.unlabelled & (2 * self.unlabelled.sum() <= len(self))

    @cached_property
    def joinable(self) -> np.ndarray:
        """Which questions (bool) may join the scenario of others: loose ones, and where a quarter has a scenario_id and
        most of these stand beside others of theirs, those whose answer no other question has."""
        company, labelled = (self.sizes > 1)[self.scenario], ~self.unlabelled
        told = 4 * labelled.sum() >= len(self) and 2 * (labelled & company).sum() > labelled.sum()
        return self.loose | (self.unlabelled & ~company & told)

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


def scenario_id(name: str | None) -> str:
    """A scenario's name as it is compared: "" where there is none."""
    return normalise(name or "")


def gather(table: pa.Table) -> tuple[Pairs, dict[str, int]]:
    """Pairs without empties and duplicates, and the number of rows dropped by reason."""
    columns = [table[name].to_pylist() for name in ("question", "answer", "scenario_id")]
    dropped: Counter[str] = Counter()
    owner: dict[str, str] = {}
    for _, answer, scenario in zip(*columns, strict=True):
        if answer and (name := scenario_id(scenario)):
            owner[clean(answer)] = min(name, owner.get(clean(answer), name))
    rows = []
    for question, answer, scenario in zip(*columns, strict=True):
        asked, told = clean(question or ""), clean(answer or "")
        if asked and told:
            rows.append((scenario_id(scenario) or owner.get(told) or answer_id(answer), question, answer))
        else:
            dropped["empty question" if not asked else "empty answer"] += 1
    pairs, again = group(rows)
    return pairs, dict(dropped + again)


def group(rows: Iterable[tuple[str, str, str]]) -> tuple[Pairs, Counter[str]]:
    """Pairs of (scenario_id, question, answer), and why others were dropped: of the same question of a scenario, told
    twice, the first by the alphabet is kept, whatever the order of the rows."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    dropped: Counter[str] = Counter()
    for scenario, question, answer in sorted(rows):
        key, text = (scenario, clean(question)), (question.strip(), answer.strip())
        if key not in found:
            found[key] = text
        elif clean(found[key][1]) == clean(answer):
            dropped["duplicate question of its scenario"] += 1
        else:
            dropped["another answer to a question of its scenario"] += 1
    keys = sorted(found)
    names = sorted({scenario for scenario, _ in keys})
    number = {name: i for i, name in enumerate(names)}
    texts = [found[key] for key in keys]
    return Pairs(
        tuple(q for q, _ in texts),
        tuple(a for _, a in texts),
        np.asarray([number[scenario] for scenario, _ in keys], np.int64),
        tuple(names),
    ), dropped


def join(pairs: Pairs, rows: Sequence[int], names: Sequence[str]) -> Pairs:
    """The pairs with the questions ``rows`` in the scenarios ``names``; none is told twice in a scenario."""
    owner = [pairs.names[s] for s in pairs.scenario.tolist()]
    away = dict(zip(rows, names, strict=True))
    told = {(owner[i], clean(q)) for i, q in enumerate(pairs.questions) if i not in away}
    texts = zip(owner, pairs.questions, pairs.answers, strict=True)
    moved = [(away.get(i, own), question, answer) for i, (own, question, answer) in enumerate(texts)]
    return group(row for i, row in enumerate(moved) if i not in away or (row[0], clean(row[1])) not in told)[0]


@dataclass(frozen=True)
class Split:
    """Row numbers of the questions that are held out of training: asked by evaluate (``test``), what weights are fitted
    on (``tuning``), all questions of the scenarios that are taken out whole (``strangers``), and those that are of no
    scenario yet (``loose``)."""

    test: np.ndarray
    tuning: np.ndarray
    strangers: np.ndarray
    loose: np.ndarray

    @property
    def out(self) -> np.ndarray:
        return np.r_[self.test, self.tuning, self.strangers, self.loose]


def hold_out(pairs: Pairs, limit: int, seed: int) -> Split:
    """A scenario lends to one of test and tuning, and keeps at least one question.

    Scenarios of three or more questions lend one, or two from six on; where fewer than forty such scenarios exist,
    those of two lend their second. Where the large ones fill less than ``TUNING`` questions, those of two fill up the
    tuning split. At most ``limit`` scenarios lend to each. No scenario of two questions: both empty. Where there are
    ``MANY`` scenarios, a twentieth of them, ``STRANGE`` at least but no more than a fifth, is taken out whole and
    lends none. Loose questions take no part.
    """
    rng = np.random.default_rng(seed)
    rows: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(~pairs.loose).tolist():
        rows[int(pairs.scenario[row])].append(row)
    strange = min(max(len(rows) // 20, min(STRANGE, len(rows) // 5)), limit) if len(rows) >= MANY else 0
    whole = set(rng.permutation(np.asarray(list(rows), np.int64))[:strange].tolist())
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
    parts = (*lent, strangers, np.flatnonzero(pairs.loose).tolist())
    return Split(*(np.asarray(sorted(part), np.int64) for part in parts))
