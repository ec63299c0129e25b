"""What people read and search beside the ads: a portal knows the kinds of the last few things that a person looked at,
and logs them with each impression.

A person looks at more things the more often they come, each of a kind that they care for on that day. Things are known
for some days and no longer, so that who was not here lately has none; machines look at nothing.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from portal.entities import INTERESTS
from portal.people import CORE, DRIFTS, People, drifting_interest, uniform
from portal.world import World

KEPT_DAYS = 2  # for which the portal knows a thing, today included
MOST_A_DAY = 2.4  # times what a person of middling activity does
DAY_S, AWAKE_FROM_S = 86_400, 79_200  # who gets up at seven in Korea does so at 22 UTC


def lately(world: World, day: date, crowd: People, person: np.ndarray, second: np.ndarray) -> pa.Array:
    """The kinds of the last things that the people ``person`` (n,) looked at before a ``second`` (n,) of a day, latest
    first, ``|``-separated; null where there is none."""
    reader, at, kind = things(world, day, crowd)
    place = (reader + 1) * (KEPT_DAYS + 1) * DAY_S + at
    end = np.searchsorted(place, (person + 1) * (KEPT_DAYS + 1) * DAY_S + second)
    begin = np.searchsorted(reader, person)
    names = np.array(INTERESTS)[kind].tolist()
    last = world.scale.recent
    told = ["|".join(names[max(a, b - last) : b][::-1]) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
    return pa.array([one or None for one in told], pa.string())


def things(world: World, day: date, crowd: People) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(place of the person, second after the midnight of ``day``, kind) of all that people looked at on the last
    KEPT_DAYS days, by person and time."""
    number = crowd.number[:, None]
    slots = np.arange(round(MOST_A_DAY * world.scale.reads))[None, :]
    often = np.where(crowd.bot, 0.0, np.minimum(1.0, crowd.activity / MOST_A_DAY))[:, None]
    always = np.cumsum(crowd.lasting, axis=1)
    found = []
    for back in range(KEPT_DAYS):
        then = np.int64(day.toordinal() - back)
        here = (crowd.number >= CORE) | (crowd.number // 1_000_000 <= then)
        who, slot = np.nonzero((uniform(world, "reads", number, then, slots) < often) & here[:, None])
        who_number = crowd.number[who]
        drawn = uniform(world, "read of", who_number, then, slot)
        lasting = (drawn[:, None] > always[who]).sum(axis=1)
        drifts = uniform(world, "read drifts", who_number, then, slot) < DRIFTS
        kind = np.where(drifts, drifting_interest(world, who_number, then), np.minimum(lasting, len(INTERESTS) - 1))
        awake = (AWAKE_FROM_S + uniform(world, "read at", who_number, then, slot) * 17 * 3600).astype(np.int64)
        found.append((who, awake % DAY_S - back * DAY_S, kind))
    reader, at, kind = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((at, reader))
    return reader[order], at[order], kind[order]
