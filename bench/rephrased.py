"""Real sentences of the same meaning, as scenarios of which most have a single question.

Question pairs (daily talk) and KorSTS: sentences that people judged alike are one scenario, all others one each. Seven
of ten sentences of a scenario are landed, one at least, up to three of the others are asked.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.lakes import need

Alike = tuple[str, str, bool]
ALIKE, UNLIKE = 4.4, 3.0  # of KorSTS' scores 0 to 5; what lies between is left out
LANDED, ASKED = 0.7, 3


def question_pairs(data: Path) -> Iterator[Alike]:
    """In these files 0 says that the two mean the same."""
    for name in ("question_pair_train.tsv", "question_pair_validation.tsv"):
        for row in rows_of(need(data / "paraphrase" / name)):
            yield row["question1"].strip(), row["question2"].strip(), row["is_duplicate"].strip() == "0"


def korsts(data: Path) -> Iterator[Alike]:
    for name in ("korsts_train.tsv", "korsts_dev.tsv"):
        for row in rows_of(need(data / "paraphrase" / name)):
            score = float(row["score"])
            if score >= ALIKE or score < UNLIKE:
                yield row["sentence1"].strip(), row["sentence2"].strip(), score >= ALIKE


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)


def scenarios(pairs: Iterator[Alike]) -> list[list[str]]:
    """Groups of sentences that are alike, directly or by way of others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    place: dict[str, int] = {}
    edges = []
    for one, two, alike in pairs:
        ends = [place.setdefault(text, len(place)) for text in (one, two)]
        if alike:
            edges.append(ends)
    start, end = np.asarray(edges).T
    _, owner = connected_components(coo_matrix((np.ones(len(edges)), (start, end)), (len(place), len(place))), False)
    groups: dict[int, list[str]] = defaultdict(list)
    for text, number in zip(place, owner.tolist(), strict=True):
        groups[number].append(text)
    return list(groups.values())


def split(groups: list[list[str]], seed: int) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """(landed, asked), each (question, answer, scenario)."""
    rng, landed, asked = np.random.default_rng(seed), [], []
    for number, group in enumerate(groups):
        own = [(group[i], f"answer {number}", f"s{number}") for i in rng.permutation(len(group)).tolist()]
        kept = max(1, int(len(own) * LANDED))
        landed += own[:kept]
        asked += own[kept : kept + ASKED]
    return landed, asked
