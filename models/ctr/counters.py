"""What an impression may know of the past, as numbers: click rates and volumes under keys that look strictly backwards.

The keys of a row are everything, the user, the ad, the user with that ad, the user in this very situation (all columns
of the context at once), the user with each token of the ad's content, the user and the ad with each token of the
context, the ad with each trait of the user, and each token of the ad's content. Beside them stands how often the user
clicked lately: people come in moods, and a session is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.ctr import bags, memory
from models.ctr.memory import Memory

ALL, USER, AD, PAIR, TASTE, SITUATION, MOOD, PLACE, KIND, CROWD = (np.uint64(n) for n in range(11, 21))
FIXED = 5  # keys of a row before those of tokens: everything, the user, the ad, the pair, the user's situation
LATELY = (3, 10, 30)
Slices = list[tuple[int, int]]


@dataclass(frozen=True)
class Facts:
    """What makes up the keys of n rows: name hashes of ``users`` and ``ads`` (n,), ``content`` (n, t), ``context``
    (n, c) and ``traits`` (n, p) tokens, 0 = none, and a hash of the ``situation`` (n,); where one user asks for all
    ads, users, context, traits and situation may be one row."""

    users: np.ndarray
    ads: np.ndarray
    content: np.ndarray
    context: np.ndarray
    traits: np.ndarray
    situation: np.ndarray


def situation(tokens: np.ndarray, columns: Slices) -> np.ndarray:
    """One hash (n,) of some columns of the context tokens (n, c)."""
    found = np.full(len(tokens), SITUATION)
    for start, end in columns:
        for place in range(start, end):
            found = memory.mix(found, tokens[:, place].astype(np.uint64))
    return found


def keys_of(facts: Facts) -> np.ndarray:
    """Every key of each row: (n, FIXED + 2 * t + 2 * c + p) uint64, 0 where there is no such token."""

    content, context = bags.once(facts.content), bags.once(facts.context)

    def crossed(kind: np.uint64, names: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        mixed = memory.mix(memory.mix(kind, names)[:, None], tokens.astype(np.uint64))
        return np.where(tokens > 0, mixed, np.uint64(0))

    users, ads = facts.users, facts.ads
    pair, here = memory.mix(memory.mix(PAIR, users), ads), memory.mix(users, facts.situation)
    first = [np.full_like(users, ALL), user_keys(users), ad_keys(ads), pair, here]
    tastes, moods = crossed(TASTE, users, content), crossed(MOOD, users, context)
    places, crowds = crossed(PLACE, ads, context), crossed(CROWD, ads, facts.traits)
    kinds = np.where(content > 0, memory.mix(KIND, content.astype(np.uint64)), np.uint64(0))
    parts = [*(key[:, None] for key in first), tastes, moods, places, crowds, kinds]
    return np.concatenate([np.broadcast_to(part, (len(ads), part.shape[1])) for part in parts], axis=1)


def meeting(width: int, slices: Slices) -> Slices:
    """All columns of ``keys_of``, which is ``width`` wide, from those that ``columns`` tells."""
    told = slices[-1][1] if slices else 0
    own = width - FIXED - told
    kinds = [(a + told, b + told) for a, b in slices if b <= own]
    return [*((place, place + 1) for place in range(FIXED)), *((a + FIXED, b + FIXED) for a, b in [*slices, *kinds])]


def side_by_side(slices: Slices) -> Slices:
    """Columns one after the other, as wide as each of ``slices``."""
    ends = np.cumsum([b - a for a, b in slices]).tolist()
    return [(end - (b - a), end) for end, (a, b) in zip(ends, slices, strict=True)]


def fading(keys: np.ndarray, kinds: Slices) -> np.ndarray:
    """Those keys of ``keys_of`` whose shows fade: the user, and the user with each token of the columns ``kinds`` of
    the content, (n, 1 + tokens)."""
    return keys[:, [1, *(FIXED + place for start, end in kinds for place in range(start, end))]]


def user_keys(users: np.ndarray) -> np.ndarray:
    return memory.mix(USER, users)


def ad_keys(ads: np.ndarray) -> np.ndarray:
    return memory.mix(AD, ads)


def everything(state: Memory) -> float:
    """Clicks on all ads."""
    return float(state.look_up(np.array([ALL]))[1][0])


def clicks_of(state: Memory, ads: np.ndarray) -> np.ndarray:
    """Clicks of each ad (name hashes), any shape."""
    return state.look_up(ad_keys(ads))[1]


def columns(content: Slices, context: Slices, traits: Slices) -> Slices:
    """The columns of the token keys of ``keys_of`` but those of the content alone, which ``exposure`` reads; from those
    of the content, the context and the user's trait tokens."""
    found, end = [], 0
    for part in (content, context, context, traits):
        found += [(a + end, b + end) for a, b in part]
        end += part[-1][1] if part else 0
    return found


def lift(shows: np.ndarray, clicks: np.ndarray, prior: float) -> np.ndarray:
    """The log of a click rate over the base rate ``prior``, shrunk by two clicks' worth of shows."""
    return np.asarray(np.log((clicks + 2.0) / (shows + 2.0 / prior) / prior))


def volume(shows: np.ndarray) -> np.ndarray:
    return np.log1p(shows) / 5


def popularity(clicks: np.ndarray, every: np.ndarray, catalogue: int) -> np.ndarray:
    """The log of an ad's share of all clicks against an even share over ``catalogue`` ads."""
    return np.asarray(np.log((clicks + 1.0) / (every / max(1, catalogue) + 1.0)))


def lately(recent: np.ndarray, prior: float) -> np.ndarray:
    """The lift of each user's last LATELY rows, (n, len(LATELY)); ``recent`` as in ``Memory.lately``."""
    there = recent > 0
    parts = [lift(there[:, :n].sum(axis=1), (recent[:, :n] == 2).sum(axis=1), prior) for n in LATELY]
    return np.stack(parts, axis=1)


def user_numbers(shows: np.ndarray, clicks: np.ndarray, recent: np.ndarray, prior: float) -> np.ndarray:
    """(n, 2 + len(LATELY)) float32 for the user network; counts (n,)."""
    told = np.stack([lift(shows, clicks, prior), volume(shows)], axis=1)
    return np.concatenate([told, lately(recent, prior)], axis=1).astype(np.float32)


def ad_numbers(
    shows: np.ndarray, clicks: np.ndarray, every: np.ndarray | float, prior: float, catalogue: int
) -> np.ndarray:
    """(n, 2) float32 for the ad network; counts (n,), ``every`` = clicks on all ads."""
    told = [lift(shows, clicks, prior), popularity(clicks, np.asarray(every), catalogue)]
    return np.stack(told, axis=1).astype(np.float32)


def pair_numbers(
    shows: np.ndarray, clicks: np.ndarray, recent: np.ndarray, prior: float, slices: Slices, catalogue: int
) -> np.ndarray:
    """Counts (n, FIXED + tokens) under the keys of ``keys_of`` as numbers (n, ...) float32 for the classifier.

    ``slices`` cut the token part into columns, one after the other, over whose tokens the lift is averaged; ``recent``
    may be one row for all.
    """
    rate, many = lift(shows, clicks, prior), volume(shows)
    parts = [rate[:, 1:FIXED], many[:, 1:FIXED], popularity(clicks[:, 2], clicks[:, 0], catalogue)[:, None]]
    if slices:
        tokens, starts = slice(FIXED, FIXED + slices[-1][1]), [start for start, _ in slices]
        there = shows[:, tokens] > 0
        count = np.maximum(1, np.add.reduceat(there, starts, axis=1, dtype=np.int64))
        summed = [np.add.reduceat(part[:, tokens] * there, starts, axis=1) for part in (rate, many)]
        parts.append((np.stack(summed, axis=2) / count[:, :, None]).reshape(len(shows), -1))
    last = lately(recent, prior)
    parts.append(np.broadcast_to(last, (len(shows), last.shape[1])))
    return np.concatenate(parts, axis=1).astype(np.float32)


@dataclass(frozen=True)
class Recollection:
    """What rows may know of the past: numbers (n, ...) float32 for the user and the ad network and for the pair, and
    the ad keys of the user's latest clicks (n, length) and shows (n, SHOWN) uint64; the counts (n, keys) that the
    numbers were made of; the keys ``fading`` (n, f), and the shows under them, which fade."""

    user: np.ndarray
    ad: np.ndarray
    pair: np.ndarray
    history: np.ndarray
    exposure: np.ndarray
    shows: np.ndarray
    clicks: np.ndarray
    fading: np.ndarray
    faded: np.ndarray


def recollect(
    state: Memory,
    keys: np.ndarray,
    kinds: Slices,
    events: memory.Events,
    slices: Slices,
    catalogue: int,
    replay: bool = True,
) -> Recollection:
    """Everything that rows may know of what came before each of them, from their keys, the columns ``slices`` of those
    and the columns ``kinds`` of the content; with ``replay`` off what the memory tells at this moment, whenever the
    rows happened: they do not see each other then."""
    fresh = fading(keys, kinds)
    if replay:
        shows, clicks = memory.past(state, keys, events.times, events.clicks, meeting(keys.shape[1], slices))
        history, recent = memory.histories(state, events), memory.outcomes(state, events)
        exposure = memory.exposures(state, events)
        faded = memory.past_fading(state, fresh, events.times, side_by_side([(0, 1), *kinds]))
    else:
        shows, clicks = state.look_up(keys)
        history, recent = state.history(events.users), state.outcomes(events.users)
        exposure, faded = state.exposure(events.users), state.faded(fresh)
    return Recollection(
        user_numbers(shows[:, 1], clicks[:, 1], recent, state.prior),
        ad_numbers(shows[:, 2], clicks[:, 2], clicks[:, 0], state.prior, catalogue),
        pair_numbers(shows, clicks, recent, state.prior, slices, catalogue),
        history,
        exposure,
        shows,
        clicks,
        fresh,
        faded,
    )
