"""What a user was shown and clicked of an ad's kind, against how much of that kind everybody is shown.

Whoever chooses the ads knows something of the user: a kind that fills more of a user's last shows than of everybody's
is one that the user is thought to care for, and the last shows tell it for these days. For each column of the ad's
content that has few values this is the user's share less everybody's, shrunk towards none: of the last shows, of shows
that fade, of all shows, and of all clicks. Differences, not logarithms of ratios: whoever shows ads of a kind in
proportion to the interest in it makes the share a straight line in the interest.
"""

from __future__ import annotations

import numpy as np

from models.ctr.counters import FIXED, Slices
from models.ctr.decay import HALF_LIVES

SPANS = (10, 25, 50)  # of the last shows
SHRINK, EVEN = 5.0, 20.0  # shows that a share is worth before any were seen; kinds that a column is thought to have
EACH = len(SPANS) + len(HALF_LIVES) + 2  # numbers of a column
UNIT = 1 / 3  # a difference of shares of this size is one: about as far as they spread


def numbers(
    content: np.ndarray,
    lately: np.ndarray,
    shows: np.ndarray,
    clicks: np.ndarray,
    faded: np.ndarray,
    slices: Slices,
) -> np.ndarray:
    """(n, columns * EACH) float32 of rows with ``content`` tokens (n, t), cut into columns by ``slices``.

    ``lately`` (n, shows, t), or (1, shows, t) for one user, are the tokens of the ads shown last, latest first, 0 where
    there is none; ``shows`` and ``clicks`` (n, keys) are counts under ``counters.keys_of``, ``faded`` (n, 1 + tokens,
    len(HALF_LIVES)) shows under ``counters.fading``.
    """
    found = [np.zeros((len(content), 0), np.float32)]
    first_kind, first_faded = shows.shape[1] - content.shape[1], 1
    spans = (np.arange(lately.shape[1])[:, None] < np.array(SPANS)).astype(np.float32)
    for start, end in slices:
        own, before = content[:, start:end], lately[:, :, start:end]
        taste, kind = slice(FIXED + start, FIXED + end), slice(first_kind + start, first_kind + end)
        usual, clicked = ((counts[:, kind] + 1) / (counts[:, :1] + EVEN) for counts in (shows, clicks))
        match = np.zeros((len(own), before.shape[1], end - start), bool)
        for place in range(end - start):
            match |= before[:, :, place, None] == own[:, None, :]
        last = np.tensordot(match.astype(np.float32), spans, (1, 0))  # (n, tokens, spans)
        filled = np.any(before > 0, axis=2) @ spans
        fresh = faded[:, first_faded : first_faded + end - start]
        first_faded += end - start
        of = np.concatenate([last, fresh, shows[:, taste, None], clicks[:, taste, None]], axis=2)
        filled = np.broadcast_to(filled, (len(own), len(SPANS)))
        every = np.concatenate([filled, faded[:, 0], shows[:, 1:2], clicks[:, 1:2]], axis=1)[:, None, :]
        usual = np.concatenate([np.repeat(usual[:, :, None], EACH - 1, axis=2), clicked[:, :, None]], axis=2)
        there = own > 0
        many = np.maximum(1, there.sum(axis=1))
        told = (surplus(of, every, usual) * there[:, :, None]).sum(axis=1)
        found.append((told / many[:, None]).astype(np.float32))
    return np.concatenate(found, axis=1)


def surplus(of: np.ndarray, every: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The share ``of`` / ``every``, shrunk towards the ``usual`` share, less that."""
    return np.asarray(((of + SHRINK * usual) / (every + SHRINK) - usual) / UNIT)
