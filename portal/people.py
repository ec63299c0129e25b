"""Who uses the portal: age, gender, region, what they care for always, and what they care for this week.

A person is a number; every trait is a hash of (world seed, trait, person), so the same person is the same on every
day and in every part of the world, and nobody needs a list of everybody. The core population is always there;
``scale.users / 100`` people arrive every day and stay for three weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from portal.entities import INTERESTS
from portal.world import World, rng

GENDERS = ("f", "m")
REGIONS = ("서울", "경기", "부산", "대구", "인천", "광주", "대전", "강원", "제주")
REGION_SHARES = (0.28, 0.26, 0.12, 0.08, 0.08, 0.06, 0.06, 0.04, 0.02)
STAY_DAYS = 21
CORE = 1 << 40
BOT_SHARE = 0.01
DRIFTS = 0.4  # how much of what somebody cares for is the interest of these days
LEANINGS = {
    "music": (-18, 0.5), "drama": (0, 0.8), "movies": (-4, 0.0), "comics": (-16, -0.2), "books": (4, 0.4),
    "games": (-16, -1.0), "sports": (2, -1.0), "stocks": (12, -0.5), "travel": (4, 0.3), "food": (2, 0.4),
    "cars": (8, -1.0), "tech": (-6, -0.8), "education": (-14, 0.1), "health": (18, 0.2), "pets": (-2, 0.3),
    "fashion": (-8, 1.0), "daily": (10, 0.0),
}  # fmt: skip


@dataclass(frozen=True)
class People:
    """Everybody of one day; row i of every field is one person.

    ``number`` int64 (who it is), ``age`` int64, ``lasting`` and ``current`` float64 (n, len(INTERESTS)) with
    rows that sum to 1: what they care for always, and on this day (a drifting interest mixed in). ``activity`` is
    the relative number of visits (mean about 1), ``bot`` marks machines.
    """

    number: np.ndarray
    ids: np.ndarray
    age: np.ndarray
    gender: np.ndarray
    region: np.ndarray
    activity: np.ndarray
    bot: np.ndarray
    lasting: np.ndarray
    current: np.ndarray

    def __len__(self) -> int:
        return len(self.number)


def mix(values: np.ndarray) -> np.ndarray:
    """The splitmix64 finaliser: uint64 -> well-spread uint64 (Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        z = values + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


@lru_cache(maxsize=256)
def salt(world: World, name: str) -> int:
    """A number for one trait of one world."""
    return int(rng(world, "salt", name).integers(1 << 62))


def uniform(world: World, name: str, *keys: np.ndarray | np.int64) -> np.ndarray:
    """A uniform number in [0, 1) for each row of the integer ``keys`` (broadcast), the same for the same keys."""
    state: np.ndarray | np.uint64 = np.uint64(salt(world, name))
    for key in keys:
        state = mix(np.asarray(key).astype(np.uint64) ^ mix(np.asarray(state, dtype=np.uint64)))
    return np.asarray(state >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def population(world: World, day: date) -> np.ndarray:
    """Numbers of the people who may be seen on ``day``: the core, then those who arrived in the last STAY_DAYS
    days."""
    users = world.scale.users
    arrivals = max(1, users // 100)
    days = np.arange(day.toordinal() - STAY_DAYS + 1, day.toordinal() + 1)
    fresh = (days[:, None] * 1_000_000 + np.arange(arrivals)).ravel()
    return np.concatenate([CORE + np.arange(users), fresh])


@lru_cache(maxsize=4)
def people(world: World, day: date) -> People:
    """Everybody who may be seen on ``day``."""
    number = population(world, day)
    gender = (uniform(world, "gender", number) < 0.5).astype(np.int64)
    age = np.clip(14 + 56 * uniform(world, "age", number) ** 1.3, 14, 70).astype(np.int64)
    region = np.searchsorted(np.cumsum(REGION_SHARES[:-1]), uniform(world, "region", number), side="right")
    bot = (uniform(world, "bot", number) < BOT_SHARE) & (number >= CORE)
    activity = 0.44 / (1.0 - 0.97 * uniform(world, "activity", number)) ** 0.7
    lasting = lasting_interests(world, number, age, gender)
    drift = drifting_interest(world, number, day.toordinal())
    current = (1 - DRIFTS) * lasting + DRIFTS * np.eye(len(INTERESTS))[drift]
    return People(
        number=number,
        ids=np.array([person_id(n) for n in number.tolist()]),
        age=age,
        gender=np.array(GENDERS)[gender],
        region=np.array(REGIONS)[region],
        activity=activity,
        bot=bot,
        lasting=lasting,
        current=current,
    )


def person_id(number: int) -> str:
    """The user_id in the logs: u000123 of the core, n739000-12 of a newcomer."""
    if number >= CORE:
        return f"u{number - CORE:06d}"
    return f"n{number // 1_000_000}-{number % 1_000_000}"


def lasting_interests(world: World, number: np.ndarray, age: np.ndarray, gender: np.ndarray) -> np.ndarray:
    """Three or so interests a person (n, len(INTERESTS)), drawn by age and gender; rows sum to 1."""
    columns = np.arange(len(INTERESTS))
    centre = np.array([LEANINGS.get(name, (0, 0.0))[0] for name in INTERESTS]) + 36
    womanly = np.array([LEANINGS.get(name, (0, 0.0))[1] for name in INTERESTS])
    fit = -(((age[:, None] - centre) / 22.0) ** 2) + womanly * np.where(gender[:, None] == 0, 0.8, -0.8)
    noise = -np.log(-np.log(uniform(world, "lasting", number[:, None], columns[None, :]) + 1e-12))
    score = fit + 1.2 * noise
    third = np.sort(score, axis=1)[:, -3][:, None]
    weight = np.where(score >= third, np.exp(0.5 * (score - third)) + 0.3, 0.01)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def drifting_interest(world: World, number: np.ndarray, day: int | np.int64) -> np.ndarray:
    """The interest that holds a person for five to nine days, then gives way to another: an index into INTERESTS."""
    length = 5 + (uniform(world, "drift length", number) * 5).astype(np.int64)
    phase = (uniform(world, "drift phase", number) * 9).astype(np.int64)
    spell = (day + phase) // length
    return np.asarray((uniform(world, "drift", number, spell) * len(INTERESTS)).astype(np.int64))
