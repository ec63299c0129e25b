"""The same value on both sides: what a user likes, or looked at lately, may be what an ad is about.

Wherever a column of the request and one of the ad have values in common, it is told how many of the request's are the
ad's, and what share of them. Nothing has to be learnt of each value, so that it holds for those never seen together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.ctr.features import Arrays, Category, Family, Schema

EACH = 2  # numbers of a pair of columns


@dataclass(frozen=True)
class Both:
    """A column of the request (``family``, tokens ``start`` to ``end``) and one of the ad (``ad_start`` to ``ad_end``);
    ``theirs`` tells the ad's token of each token of the family, 0 = none."""

    family: str
    start: int
    end: int
    ad_start: int
    ad_end: int
    theirs: np.ndarray


@lru_cache(maxsize=8)
def columns(schema: Schema) -> tuple[Both, ...]:
    """The pairs of columns that have values in common."""
    found = []
    for asking, name in schema.common:
        family, _, _ = asking.partition("_")
        own, part = column(schema.family(family), asking)
        ads, ad_part = column(schema.ad, name)
        shared = [value for value in own.values if value in ads.known]
        theirs = np.zeros(schema.family(family).tokens, np.int32)
        theirs[[own.known[value] for value in shared]] = [ads.known[value] for value in shared]
        found.append(Both(family, *part, *ad_part, theirs))
    return tuple(found)


def column(family: Family, name: str) -> tuple[Category, tuple[int, int]]:
    """A column by name, and its slice of the family's tokens."""
    place = family.names.index(name)
    return family.categories[place], family.slices[place]


def numbers(schema: Schema, arrays: Arrays) -> np.ndarray:
    """(n, pairs of columns * EACH) float32 of encoded rows; the request may be one row for all ads."""
    ads = arrays["ad_tokens"]
    found = [np.zeros((len(ads), 0), np.float32)]
    for both in columns(schema):
        own = arrays[f"{both.family}_tokens"][:, both.start : both.end]
        theirs = both.theirs.take(own)
        there = (theirs[:, :, None] == ads[:, None, both.ad_start : both.ad_end]).any(axis=2) & (theirs > 0)
        many = there.sum(axis=1)
        share = many / np.maximum(1, (own > 0).sum(axis=1))
        found.append(np.stack([np.log1p(many), share], axis=1).astype(np.float32))
    return np.concatenate(found, axis=1)
