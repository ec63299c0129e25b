"""The simulated portal's shared core: how large the world is, and how its random parts stay independent.

Every part of every day draws from its own generator, seeded by a hash of the world's seed and the part's names. A day
is therefore made alone, in any order, on any machine, and comes out the same; nothing here looks at a clock.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

import numpy as np

from config.settings import SettingsError


@dataclass(frozen=True)
class PortalConfig:
    """Section ``portal``. ``backlog_days`` of logs come with a lake's first delivery."""

    size: str = "default"
    seed: int = 20261101
    backlog_days: int = 14


@dataclass(frozen=True)
class Scale:
    """How much of everything one size of the world holds."""

    entities: int  # invented ones that people search for, beside the hand-written ones
    topics: int  # invented ones that articles tell of; the first of them are the searched ones
    documents: int  # delivered on a day
    questions: int  # delivered on a day
    scenarios: int  # of the chatbot, in the whole world
    paraphrases: int  # about this many a scenario
    users: int
    searches_per_user_day: float
    reads: int  # things that a person looks at on a day
    recent: int  # of them, at most, an impression tells
    ads: int
    impressions: int  # in the first delivery, backlog included


SIZES = {
    "tiny": Scale(80, 120, 150, 120, 30, 10, 60, 3.0, 30, 40, 60, 6_000),
    "default": Scale(1_500, 3_000, 4_000, 2_500, 300, 10, 1_500, 2.0, 30, 40, 800, 150_000),
    # Few people who see hundreds of ads a day, and look at half as many things: their interests can be known.
    "dense": Scale(1_500, 3_000, 4_000, 2_500, 300, 10, 300, 2.0, 140, 100, 160, 1_200_000),
    "large": Scale(30_000, 100_000, 200_000, 50_000, 2_000, 10, 50_000, 2.0, 30, 40, 20_000, 5_000_000),
}


@dataclass(frozen=True)
class World:
    """One simulated portal: everything in it follows from these two values."""

    size: str
    seed: int

    @property
    def scale(self) -> Scale:
        """Raises SettingsError for a size that SIZES does not hold."""
        if self.size not in SIZES:
            raise SettingsError(f"[portal] size = {self.size!r}; there are {', '.join(SIZES)}")
        return SIZES[self.size]


def rng(world: World, *names: object) -> np.random.Generator:
    """The generator of one part of the world, e.g. ``rng(world, "documents", ds)``."""
    text = "\x1f".join(str(part) for part in (world.seed, *names))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))


def dice(world: World, *names: object) -> random.Random:
    """Like ``rng``, for text: single draws from it cost a tenth of a numpy generator's."""
    text = "\x1f".join(str(part) for part in (world.seed, *names))
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))
