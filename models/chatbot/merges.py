"""What an operator should look at: scenarios that are the same thing twice.

Each question is asked of the others, by the mean of the linear classifier's streams. Where the questions of two
scenarios find each other more readily than their own, the two are proposed for merging.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from models.chatbot.corpus import Pairs
from models.chatbot.rank import LINEAR_OF
from models.chatbot.sparse import Retriever

CONFUSED = 0.5
CLOSE = 0.85
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


def merge_list(pairs: Pairs, own: np.ndarray, other: np.ndarray, where: np.ndarray) -> list[dict[str, Any]]:
    """Pairs of scenarios, most alike first: who they are, how often they are confused, two questions of them.

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
    listed: list[dict[str, Any]] = []
    for (one, two), times in met.items():
        share = times / int(pairs.sizes[one] + pairs.sizes[two])
        alike, row = example[one, two]
        if share >= CONFUSED and alike >= CLOSE:
            listed.append(
                {
                    "scenarios": [pairs.names[one], pairs.names[two]],
                    "confused": round(share, 3),
                    "similarity": round(alike, 3),
                    "questions": [pairs.questions[row], pairs.questions[int(where[row])]],
                    "answers": [pairs.answers[row], pairs.answers[int(where[row])]],
                }
            )
    return sorted(listed, key=lambda m: (1 - m["confused"], 1 - m["similarity"], m["scenarios"]))[:LISTED]
