"""Where to personalise, and how much: fully where the query is ambiguous, one confident document where it is not.

The network tells how likely a query is to be plain (to turn out with little click entropy). One that surely is not
is ordered by the network. In the others at most one document is moved, to the top, and only when the network is sure
of it; without that the global order stays. Both bounds are chosen by training so that plain queries are not harmed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.runtime import Arrays

PLAIN = 1.0
CHANCES = (0.0, 0.003, 0.006, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)
ENOUGH = 4.0
SURE = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 2.0)


@dataclass(frozen=True)
class Switch:
    """``plain`` is the chance of being plain up to which a query is ordered by the network; ``sure`` the probability
    that one document is rather wanted than any of those it would pass."""

    plain: float = 0.0
    sure: float = 2.0


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax of each row."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def decide(out: Arrays, switch: Switch) -> tuple[np.ndarray, np.ndarray]:
    """(fully (n,) bool, one (n,) bool): searches ordered by score, and those where one document moves to the top;
    ``out`` are the network's "scores" (n, c) and "plain" (n, 1)."""
    fully = out["plain"][:, 0] <= switch.plain
    return fully, ~fully & (confidence(out["scores"]) >= switch.sure)


def confidence(scores: np.ndarray) -> np.ndarray:
    """Probability (n,) of the best document against those above it in the global order; 0 where it leads already."""
    odds, best = probabilities(scores), scores.argmax(axis=1)
    top = odds[np.arange(len(best)), best]
    passed = np.where(np.arange(scores.shape[1]) < best[:, None], odds, 0.0).sum(axis=1)
    return np.where(best > 0, top / (top + passed), 0.0)


def order(docs: np.ndarray, out: Arrays, switch: Switch) -> np.ndarray:
    """Candidate columns (n, c) from first to last; ``docs`` (n, c) are -1 after the last candidate."""
    fully, one = decide(out, switch)
    scores = out["scores"]
    kept = -np.arange(scores.shape[1], dtype=np.float64)[None, :] - 1e6 * (docs < 0)
    top = np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, None]
    moved = np.where(one[:, None] & top, 1.0, kept)
    return np.argsort(-np.where(fully[:, None], scores, moved), axis=1, kind="stable")


def rank(ordered: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Rank (n,) from 1 of the column ``place`` in each row of ``order``."""
    return np.asarray((ordered == place[:, None]).argmax(axis=1) + 1)


def choose(docs: np.ndarray, place: np.ndarray, out: Arrays, bits: np.ndarray, harm: float) -> Switch:
    """The bounds with the best mean reciprocal rank that harm at most ``allowed`` of the plain searches.

    Plain is what turns out to have little entropy (``bits`` (n,)), not what seems to at the time.
    """
    plain = bits < PLAIN
    most = allowed(int(plain.sum()), harm)
    best, value = Switch(), -1.0
    for switch in (Switch(n, s) for n in CHANCES for s in SURE):
        ranks = rank(order(docs, out, switch), place)
        if (ranks > place + 1)[plain].sum() <= most and (1.0 / ranks).mean() > value:
            best, value = switch, float((1.0 / ranks).mean())
    return best


def allowed(plain: int, harm: float) -> float:
    """How many of ``plain`` searches may be made worse where a share of ``harm`` is tolerable: a quarter of it, so that
    what was chosen on these searches holds on others; none where they are too few to tell a share so small."""
    expected = harm * plain
    return expected / 4 if expected >= ENOUGH else 0.0
