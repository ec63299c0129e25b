"""How far a day's distributions lie from those of the last partitions.

The distance is the population stability index, sum((p - q) ln(p / q)), for which 0.25 counts as a shift that needs
action (Siddiqi, Credit Risk Scorecards, 2006). A small day differs by chance: under no change the index is about
(1/n + 1/m) times a chi-square of k - 1 degrees of freedom (Yurdakul and Naranjo, Journal of Risk Model Validation 14,
2020), so its mean and three standard deviations are allowed on top; and a corpus that changes much from day to day may
go on as it did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Counts = Mapping[str, int]
SHOWN = 12
# Stands in for a count of zero, so that a value never seen before has a finite distance.
UNSEEN = 0.5


@dataclass(frozen=True)
class Drift:
    """One distribution of a day beside that of the days before; ``index`` may be ``allowed`` at most."""

    name: str
    index: float
    allowed: float
    why: str

    @property
    def column(self) -> str:
        """Its column in the frame that Great Expectations looks at."""
        return f"drift_of_{self.name.replace(' ', '_')}"


def drifts(
    today: Mapping[str, Counts], earlier: Sequence[Mapping[str, Counts]], bound: float, history: int
) -> list[Drift]:
    """Every distribution that today and at least ``history`` earlier days have."""
    found = []
    for name, counts in sorted(today.items()):
        before = [day[name] for day in earlier if sum(day.get(name, {}).values())]
        if len(before) < history or not sum(counts.values()):
            continue
        pooled = pool(before)
        usual = max(stability(day, pool([d for d in before if d is not day])) for day in before)
        allowed = max(bound, 1.5 * usual) + noise(counts, pooled)
        found.append(Drift(name, stability(counts, pooled), allowed, beside(name, counts, pooled, len(before))))
    return found


def pool(days: Sequence[Counts]) -> dict[str, int]:
    """The counts of several days together."""
    values = sorted({value for day in days for value in day})
    return {value: sum(day.get(value, 0) for day in days) for value in values}


def stability(one: Counts, other: Counts) -> float:
    """The population stability index of two sets of counts; 0 where they have the same shares."""
    values = set(one) | set(other)
    n, m = (sum(max(c.get(v, 0), UNSEEN) for v in values) for c in (one, other))
    shares = ((max(one.get(v, 0), UNSEEN) / n, max(other.get(v, 0), UNSEEN) / m) for v in values)
    return sum((p - q) * math.log(p / q) for p, q in shares)


def noise(one: Counts, other: Counts) -> float:
    """What chance alone adds to the index of counts this small: its mean and three standard deviations."""
    free = max(len(set(one) | set(other)) - 1, 1)
    each = 1 / sum(one.values()) + 1 / sum(other.values())
    return each * (free + 3 * math.sqrt(2 * free))


def beside(name: str, today: Counts, earlier: Counts, days: int) -> str:
    """Both distributions side by side, the values with the largest shares first."""
    n, m = sum(today.values()), sum(earlier.values())
    shares = {v: (today.get(v, 0) / n, earlier.get(v, 0) / m) for v in set(today) | set(earlier)}
    ordered = sorted(shares, key=lambda v: (-max(shares[v]), v))
    rows = [f"{v} {100 * shares[v][0]:.1f} % / {100 * shares[v][1]:.1f} %" for v in ordered[:SHOWN]]
    more = f", and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return f"{name}, this day ({n:,}) / the {days} days before ({m:,}): {', '.join(rows)}{more}"
