"""Where to personalise at all: only queries whose click entropy is high enough, so that plain ones keep their order."""

from __future__ import annotations

import numpy as np

from models.personalization.features import Evidence

GRID = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0)
PLAIN = 1.0
UNKNOWN_CLICKS, UNKNOWN_BITS = 4.0, 1.5


def need(found: Evidence) -> np.ndarray:
    """Bits (n,) of a search's query: its click entropy so far, drawn towards UNKNOWN_BITS while few clicks are known.

    A query with a single candidate, or whose clicks all are of the asking user, needs nothing and no reordering.
    """
    clicks = np.expm1(found.query[:, 1])
    return np.asarray((clicks * found.entropy + UNKNOWN_CLICKS * UNKNOWN_BITS) / (clicks + UNKNOWN_CLICKS))


def order(found: Evidence, scores: np.ndarray, floor: float) -> np.ndarray:
    """Candidate columns (n, c) from first to last: by score where the query needs it, else as the whole portal has it."""
    on = need(found) >= floor
    globally = -np.arange(scores.shape[1], dtype=np.float64)[None, :] - 1e6 * (found.docs < 0)
    return np.argsort(-np.where(on[:, None], scores, globally), axis=1, kind="stable")


def rank(ordered: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Rank (n,) from 1 of the column ``place`` in each row of ``order``."""
    return np.asarray((ordered == place[:, None]).argmax(axis=1) + 1)


def harmed(ranks: np.ndarray, plain: np.ndarray, place: np.ndarray) -> float:
    """Share of plain searches whose wanted document stands lower than in the global order."""
    return float((ranks > place + 1)[plain].mean()) if plain.any() else 0.0


def choose(found: Evidence, place: np.ndarray, scores: np.ndarray, harm: float) -> float:
    """The lowest entropy from which on personalising harms at most ``harm`` of the plain searches.

    Plain is what turns out to have little entropy in all the given searches, not what seems to at the time.
    """
    plain = found.entropy < PLAIN
    for floor in GRID:
        if harmed(rank(order(found, scores, floor), place), plain, place) <= harm:
            return floor
    return GRID[-1]
