"""How much of a question the scenario that was found for it explains.

A stranger often shares a name with what is indexed (교통 카드 결제 오류, 교통 카드 사용처): every retriever finds it
near, but no question of the scenario says what is asked of it. Several questions of a scenario explain together what
none of them does alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.chatbot.features import SPACE, Reading, Token, grams, is_content
from models.chatbot.sparse import Retriever

WIDE = 3


def cover(sparse: Mapping[str, Retriever], readings: Sequence[Reading], places: Sequence[slice]) -> np.ndarray:
    """(n, 2), 0 to 1: the share of each question's content that the indexed questions at its place explain, weighted
    by inverse frequency; and how far what is left unexplained is from the rarest of words, at its rarest.

    A word is explained where one of them has it, or has its letters (spaces and tags are often wrong). A question
    without content words is taken by all its words.
    """
    found = np.zeros((len(readings), 2))
    content, spelled = sparse["content"], sparse["joined"]
    for row, (reading, place) in enumerate(zip(readings, places, strict=True)):
        tokens = dict.fromkeys(t for t in reading.tokens if is_content(t)) or dict.fromkeys(reading.tokens)
        if not tokens:
            continue
        weight = np.asarray([_rarity(content, t) for t in tokens])
        explained = np.asarray([held(content, t.term, place) or _spelled(spelled, t, place) for t in tokens])
        found[row] = weight[explained].sum() / weight.sum(), 1 - weight[~explained].max(initial=0) / content.rarest
    return found


def held(retriever: Retriever, term: str, place: slice) -> bool:
    """Whether one of the indexed questions at ``place`` has the term."""
    row = retriever.ids.get(term)
    if row is None:
        return False
    table = retriever.table
    where = table.indices[table.indptr[row] : table.indptr[row + 1]]
    low, high = np.searchsorted(where, (place.start, place.stop))
    return bool(low < high)


def _rarity(content: Retriever, token: Token) -> float:
    row = content.ids.get(token.term)
    return content.rarest if row is None else float(content.idf[row])


def _spelled(joined: Retriever, token: Token, place: slice) -> bool:
    """By n-grams of characters without spaces: exact up to ``WIDE`` characters."""
    form = SPACE.sub("", token.form)
    return all(held(joined, gram, place) for gram in (grams(form, WIDE, WIDE) or [form]))
