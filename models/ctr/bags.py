"""Values that hold several, as ``comedy|drama``: what parts them, and how often each stands there.

A bar parts the values of every column in which one stands. Commas and spaces do where the same words recur in many
different values. A kind that stands twice, as in the last things that somebody looked at, counts twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

BAR, LOOSE = "|", r"[,;\s]+"


def separator(values: Iterable[str]) -> str:
    """What parts the distinct values of a column, "" = nothing."""
    held = list(values)
    if any(BAR in value for value in held):
        return BAR
    words = {part for value in held for part in split(value, LOOSE)}
    return LOOSE if len(words) * 2 < len(held) else ""


def split(value: str, by: str) -> list[str]:
    """The parts of a value, in order; the value itself where nothing parts it."""
    if not by:
        return [value]
    parts = value.split(BAR) if by == BAR else re.split(by, value)
    return [part.strip() for part in parts if part.strip()]


def once(tokens: np.ndarray) -> np.ndarray:
    """Tokens (n, w) of which each stands in a row once, 0 in place of the others."""
    found = tokens.copy()
    for place in range(1, tokens.shape[1]):
        found[(tokens[:, :place] == tokens[:, place : place + 1]).any(axis=1), place] = 0
    return found


def counted(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct codes (n, d) of each row of codes (n, w) and how often each stands there, 0 = none; d is as small as
    the rows allow."""
    if codes.shape[1] == 1:
        return codes, (codes > 0).astype(np.int64)
    ordered = np.sort(codes, axis=1)[:, ::-1]
    first = (ordered > 0) & np.concatenate([ordered[:, :1] > 0, ordered[:, 1:] != ordered[:, :-1]], axis=1)
    run = np.cumsum(first, axis=1) - 1
    wide = max(1, int(run.max(initial=0)) + 1)
    found, times = np.zeros((len(codes), wide), codes.dtype), np.zeros((len(codes), wide), np.int64)
    row, place = np.nonzero(first)
    found[row, run[row, place]] = ordered[row, place]
    row, place = np.nonzero(ordered)
    np.add.at(times, (row, run[row, place]), 1)
    return found, times
