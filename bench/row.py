"""One measured figure."""

from __future__ import annotations

from dataclasses import dataclass


class Absent(Exception):
    """What an area needs is not on this machine; the message names it."""


@dataclass(frozen=True)
class Row:
    """``name`` is area/what; ``ratio`` is value over the rival's; ``met`` is None where there is no target."""

    name: str
    value: float
    unit: str
    rival: str | None = None
    rival_value: float | None = None
    ratio: float | None = None
    target: str | None = None
    met: bool | None = None


def figure(
    name: str,
    value: float,
    unit: str,
    at_least: float | None = None,
    at_most: float | None = None,
    rival: tuple[str, float] | None = None,
) -> Row:
    """A row with its ratio and verdict; ``rival`` is its name and value. Bounds are on ``value``."""
    bounds = [f">= {at_least:g}" if at_least is not None else "", f"<= {at_most:g}" if at_most is not None else ""]
    target = " and ".join(b for b in bounds if b) or None
    met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most) if target else None
    ratio = value / rival[1] if rival and rival[1] else None
    return Row(name, value, unit, rival[0] if rival else None, rival[1] if rival else None, ratio, target, met)
