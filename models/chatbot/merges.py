"""What an operator should look at: scenarios that are the same thing twice.

Each question is asked of the others, by the mean of the linear classifier's streams. Where the questions of two
scenarios find each other more readily than their own, and are nearly the same or are answered alike, the two are
proposed for merging. So are two that give the same answer or nearly so, whatever is asked. Answers are alike by what
few others of the corpus say: what all of them begin and end with says nothing of one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from models.chatbot.corpus import Pairs
from models.chatbot.features import Reading, clean, joined
from models.chatbot.rank import LINEAR_OF
from models.chatbot.sparse import Retriever, build_vocabulary, count, unit_rows

# Which share of the questions are confused, and how near two of them are; less of them where the answers are as near.
CONFUSED, SOMETIMES = 0.5, 0.3
CLOSE, ANSWERED = 0.85, 0.85
# How near two answers are that differ in next to nothing.
NEARLY = 0.9
TERMS, LONGEST, FEW = 200_000, 2000, 100
LISTED = 200
BLOCK = 500


def nearest_others(pairs: Pairs, retrievers: Mapping[str, Retriever]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(nearest question of the own scenario, nearest of another, that one's row) of each question.

    Similarities are 0 and the row is the question itself where there is none.
    """
    rows = len(pairs)
    own, other, where = np.zeros(rows), np.zeros(rows), np.arange(rows)
    tables = [retrievers[name].table for name in LINEAR_OF]
    for start in range(0, rows, BLOCK):
        part = np.arange(start, min(start + BLOCK, rows))
        found = sum((table[:, part].T @ table).toarray() for table in tables) / len(tables)
        found[np.arange(len(part)), part] = 0
        same = pairs.scenario[part][:, None] == pairs.scenario[None, :]
        own[part] = np.where(same, found, 0).max(axis=1)
        away = np.where(same, 0, found)
        other[part] = away.max(axis=1)
        where[part] = np.where(other[part] > 0, away.argmax(axis=1), part)
    return own, other, where


def answer_rows(pairs: Pairs) -> tuple[csr_matrix, np.ndarray]:
    """(unit rows of the different answers by their character n-grams, which of them each question has).

    An n-gram weighs log((1 + answers) / those that have it). Of a very long answer the beginning is read.
    """
    texts = [clean(answer) for answer in pairs.answers]
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    terms = [sorted(set(joined(Reading(text[:LONGEST], ())))) for text in place]
    counts, _ = count(terms, {term: i for i, term in enumerate(build_vocabulary(terms, TERMS))})
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    counts.data = np.log((1 + len(place)) / held)[counts.indices].astype(np.float32)
    return unit_rows(counts), np.asarray([place[text] for text in texts])


def one_answer(pairs: Pairs, of: np.ndarray) -> dict[int, list[int]]:
    """The scenarios that have one answer each, by its number; ``of`` are those of the questions."""
    given: defaultdict[int, set[int]] = defaultdict(set)
    for scenario, answer in zip(pairs.scenario.tolist(), of.tolist(), strict=True):
        given[scenario].add(answer)
    owners: defaultdict[int, list[int]] = defaultdict(list)
    for scenario, answers in given.items():
        if len(answers) == 1:
            owners[min(answers)].append(scenario)
    return owners


def same_answer(owners: Mapping[int, Sequence[int]]) -> list[tuple[int, int]]:
    """Scenarios, two by two, that have one answer each and the same one."""
    return [two for own in owners.values() for two in pairwise(own)]


def near_answer(owners: Mapping[int, Sequence[int]], rows: csr_matrix) -> list[tuple[int, int]]:
    """Scenarios, two by two, that have one answer each, which differ in next to nothing.

    They are looked for by the n-grams of few answers: those of many make each answer meet all others.
    """
    few = max(FEW, rows.shape[0] // 20)
    telling = rows[:, np.bincount(rows.indices, minlength=rows.shape[1]) <= few]
    found: list[tuple[int, int]] = []
    for start in range(0, rows.shape[0], BLOCK):
        met = (telling[start : start + BLOCK] @ telling.T).tocoo()
        one, two = met.row + start, met.col
        likely = (met.data >= NEARLY / 2) & (one < two)
        one, two = one[likely], two[likely]
        near = np.asarray(rows[one].multiply(rows[two]).sum(axis=1)).ravel() >= NEARLY
        for left, right in zip(one[near].tolist(), two[near].tolist(), strict=True):
            if left in owners and right in owners:
                low, high = sorted((owners[left][0], owners[right][0]))
                found.append((low, high))
    return found


def merge_list(pairs: Pairs, own: np.ndarray, other: np.ndarray, where: np.ndarray) -> list[dict[str, Any]]:
    """Pairs of scenarios, most alike first: who they are, whether their answer is the same, how often they are
    confused, two questions of them.

    A question is confused where it is nearer to another scenario than to its own, a lone one where it is ``CLOSE``.
    """
    lone = pairs.sizes[pairs.scenario] == 1
    confused = np.where(lone, other >= CLOSE, other > own)
    met: Counter[tuple[int, int]] = Counter()
    example: dict[tuple[int, int], tuple[float, int]] = {}
    for row in np.flatnonzero(confused).tolist():
        one, two = sorted((int(pairs.scenario[row]), int(pairs.scenario[where[row]])))
        met[one, two] += 1
        example[one, two] = max(example.get((one, two), (0.0, row)), (float(other[row]), row))
    answers, of = answer_rows(pairs)
    owners = one_answer(pairs, of)
    same = set(same_answer(owners))
    near = same | set(near_answer(owners, answers))
    listed: list[dict[str, Any]] = []
    for one, two in sorted(near | set(met)):
        share = met[one, two] / int(pairs.sizes[one] + pairs.sizes[two])
        alike, row = example.get((one, two), (0.0, int(pairs.starts[one])))
        twin = int(where[row]) if alike else int(pairs.starts[two])
        asked_alike = share >= CONFUSED and alike >= CLOSE
        told_alike = share >= SOMETIMES and answers[of[row]].multiply(answers[of[twin]]).sum() >= ANSWERED
        if (one, two) in near or asked_alike or told_alike:
            listed.append(
                {
                    "scenarios": [pairs.names[one], pairs.names[two]],
                    "same_answer": (one, two) in same,
                    "confused": round(share, 3),
                    "similarity": round(alike, 3),
                    "questions": [pairs.questions[row], pairs.questions[twin]],
                    "answers": [pairs.answers[row], pairs.answers[twin]],
                }
            )
    return sorted(listed, key=lambda m: (not m["same_answer"], 1 - m["confused"], 1 - m["similarity"], m["scenarios"]))[
        :LISTED
    ]
