"""Start from yesterday's networks: the vocabulary grows, known tokens keep their embeddings, and new ones get rows that
begin as the unknown, which is what they were yesterday.

Columns and quantile edges that both days have stay as they were, so that before the first step a row has the score that
yesterday's networks gave it. A layer whose shape changed, because a column came or went, begins anew.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.ctr import rows
from models.ctr.config import CtrConfig
from models.ctr.features import FAMILIES, Category, Family, Number, Schema
from models.ctr.networks import Bags, History, Networks
from models.runtime import KerasRuntime


def readable(folder: Path) -> bool:
    """Was a model artifact made by this version? The networks of another one were told something else of a row."""
    policy = folder / "policy.json"
    return policy.is_file() and json.loads(policy.read_text(encoding="utf-8")).get("inputs") == rows.INPUTS


def yesterday(folder: Path) -> Schema:
    """The columns of a model artifact."""
    return Schema.from_json(json.loads((folder / "vocabulary.json").read_text(encoding="utf-8")))


def grown(old: Schema, new: Schema, config: CtrConfig) -> Schema:
    """The columns of ``new`` with the values of ``old`` first and its edges kept; which columns are kinds, and which
    have values in common, stays as it was among those that both days have."""
    user, context, ad = (grown_family(old.family(name), new.family(name), config) for name in FAMILIES)
    before = {column for name in FAMILIES for column in old.family(name).names}
    kinds = tuple(name for name in ad.names if name in (old if name in before else new).kinds)
    pairs = ((one.name, ads.name) for family in (user, context) for one in family.categories for ads in ad.categories)
    common = tuple(pair for pair in pairs if pair in (old if before.issuperset(pair) else new).common)
    return Schema(user, context, ad, new.situation, kinds, common)


def named(family: Family) -> dict[str, Category | Number]:
    columns: list[Category | Number] = [*family.categories, *family.numbers]
    return {column.name: column for column in columns}


def grown_family(old: Family, new: Family, config: CtrConfig) -> Family:
    before = named(old)
    offset, categories, numbers = 1, [], []
    for category in new.categories:
        known = before.get(category.name)
        if isinstance(known, Category) and (known.separator, known.buckets) == (category.separator, category.buckets):
            values = tuple(dict.fromkeys([*known.values, *category.values]))[: config.max_values]
            category = replace(category, values=values)
        categories.append(replace(category, offset=offset))
        offset += categories[-1].size
    for number in new.numbers:
        known = before.get(number.name)
        known = known if isinstance(known, Number) else number
        numbers.append(replace(known, offset=offset))
        offset += numbers[-1].size
    return Family(tuple(categories), tuple(numbers))


def sources(old: Family, new: Family) -> np.ndarray:
    """For each token of ``new`` the token that ``old`` read it as, -1 where its column or edges are new."""
    found = np.full(new.tokens, -1)
    found[0] = 0
    before = named(old)
    for category in new.categories:
        known = before.get(category.name)
        if isinstance(known, Category) and known.buckets == category.buckets:
            buckets = np.arange(category.buckets)
            found[category.offset + buckets] = known.offset + buckets
            for value, place in category.known.items():
                found[place] = known.known.get(value) or known.unknown(value)
    for number in new.numbers:
        known = before.get(number.name)
        if isinstance(known, Number) and known.edges == number.edges:
            found[number.offset : number.offset + number.size] = known.offset + np.arange(known.size)
    return found


def start(networks: Networks, schema: Schema, folder: Path) -> dict[str, int]:
    """Give networks the weights of the model artifact in ``folder``; tells how many tokens there are, how many are
    new, how many layers were carried and how many begin anew."""
    old, runtime = yesterday(folder), KerasRuntime(folder)
    told = {"tokens": 0, "new_tokens": 0, "layers": 0, "anew": 0}
    for name in (*FAMILIES, "classifier"):
        earlier = {layer.name: layer for layer in runtime.model(name).layers}
        for layer in getattr(networks, name).layers:
            if not layer.weights:
                continue
            before = earlier.get(layer.name)
            if isinstance(layer, Bags) and isinstance(before, Bags) and layer.dim == before.dim:
                family = "ad" if isinstance(layer, History) else name
                places = sources(old.family(family), schema.family(family))
                carry(layer.table, before.table, places)
                told["tokens"] += len(places)
                told["new_tokens"] += len(places) - len(np.unique(places[places >= 0]))
                told["layers"] += 1
            elif before is not None and shapes(before) == shapes(layer):
                layer.set_weights(before.get_weights())
                told["layers"] += 1
            else:
                told["anew"] += 1
    return told


def shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]


def carry(table: Any, before: Any, places: np.ndarray) -> None:
    """Rows of an embedding from another one, ``places`` (tokens,), -1 = the row stays as it is."""
    rows, old = table.get_weights()[0], before.get_weights()[0]
    rows[places >= 0] = old[places[places >= 0]]
    table.set_weights([rows])
