"""Training a session for good: all its epochs, or until the score no longer rises; the best epoch is what stays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from models.tune.keras_session import KerasSession

Track = Callable[[Iterable[int]], Iterable[int]]


def train(
    session: KerasSession, epochs: int, patience: int, track: Track, enough: float = math.inf
) -> dict[str, list[float]]:
    """Advance a session for ``epochs`` epochs, until ``patience`` of them brought no higher score or one is ``enough``.

    The model is left with the weights of its best epoch, the last of equals. ``track`` wraps the epochs to show how
    far it is. Returns the learning curves: whatever the session tells beside ``score``, an entry an epoch.
    """
    curves: dict[str, list[float]] = {}
    best, waited, weights = float("-inf"), 0, None
    for _ in track(range(epochs)):
        told = dict(session.advance())
        score = told.pop("score")
        for name, value in told.items():
            curves.setdefault(name, []).append(float(value))
        waited += 1
        if score > best:
            waited = 0
        if score >= best:
            best, weights = score, session.model.get_weights()
        if waited >= patience or score >= enough:
            break
    if weights is not None:
        session.model.set_weights(weights)
    return curves


def best_score(session: Any, epochs: int) -> float:
    """The highest score that a session reaches within so many epochs."""
    return max(session.advance()["score"] for _ in range(epochs))
