"""Which ads may be shown: those that run and have budget left, and of them the kinds that a request asks for.

``ad_active`` and ``ad_budget`` of the listing are no features of an ad: they tell what may be shown and change by the
hour. An ad of which they say nothing runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr import features, memory
from models.ctr.features import Family
from models.ctr.rows import Catalogue

STOPPED = ("false", "no", "off", "0")


def running(known: Catalogue, ads: pa.Table) -> np.ndarray:
    """(n,) bool over the catalogue: False where the listing says that an ad has stopped (``ad_active`` is 0 or a word
    of STOPPED) or has nothing left to spend (``ad_budget`` is 0 or less)."""
    shut = np.zeros(len(ads), bool)
    if "ad_active" in ads.column_names:
        told = ads["ad_active"]
        if features.is_number(told.type):
            shut |= features.floats(told) == 0
        else:
            words = pc.utf8_lower(pc.utf8_trim_whitespace(told.cast(pa.string())))
            shut |= np.asarray(pc.is_in(words, pa.array(STOPPED)).to_numpy(zero_copy_only=False))
    if "ad_budget" in ads.column_names:
        shut |= features.floats(ads["ad_budget"]) <= 0
    places = known.row(memory.name_hashes(ads["ad_id"]))[shut]
    found = np.ones(len(known.key), bool)
    found[places[places >= 0]] = False
    return found


def allowed(runs: np.ndarray | None, known: Catalogue, family: Family, where: object) -> np.ndarray | None:
    """(n,) bool, which ads of the catalogue a request may show; None = all.

    ``where`` is None or names of ad columns, with or without ``ad_``, and the value that each must hold. Raises
    ValueError where it is no mapping, or the release knows no such column or value.
    """
    if where is None:
        return runs
    if not isinstance(where, Mapping):
        raise ValueError(f"where = {where!r}: expected names and values, e.g. {{'category': 'games'}}")
    found = np.ones(len(known.key), bool) if runs is None else runs.copy()
    for name, value in where.items():
        found &= holding(known, family, str(name), value)
    return found


def holding(known: Catalogue, family: Family, name: str, value: Any) -> np.ndarray:
    """(n,) bool, which ads hold a value in a column of text."""
    full = name if name.startswith("ad_") else f"ad_{name}"
    columns = dict(zip((c.name for c in family.categories), family.slices, strict=False))
    if full not in columns or full == "ad_id":
        told = ", ".join(n for n in columns if n != "ad_id") or "none"
        raise ValueError(f"where {name} = {value!r}: the release knows no text column {full} of ads; it has: {told}")
    category = next(c for c in family.categories if c.name == full)
    token = category.known.get(str(features.plain(value) if isinstance(value, (int, float)) else value))
    if token is None:
        told = ", ".join(category.values[:5]) or "none"
        raise ValueError(f"where {name} = {value!r}: too rare or unknown in training; frequent values: {told}")
    start, end = columns[full]
    return np.asarray((known.tokens[:, start:end] == token).any(axis=1))
