"""Columns of any log as arrays: what the user, the context and the ad network read.

A string column becomes token ids (bags of tokens where its values hold several, see ``models.ctr.bags``), a number
becomes its quantile bin and its rank in [-1, 1]. Every family (user, context, ad) has one matrix of token ids, int32,
where 0 means "nothing here", and one matrix of numbers, float32. The ids themselves (user_id, ad_id) are columns like
any other, their rare values one shared token, so that whoever is new is told by content.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr import bags
from models.ctr.config import CtrConfig

FAMILIES = ("user", "context", "ad")
FEW = 64  # values of a column that parts the ads into kinds
LEAST = 2  # values that two columns have in common
FIXED = {"user_id", "ad_id", "ts", "click", "title", "ad_active", "ad_budget"}
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Category:
    """A string column: ``bag`` tokens a row, which ``separator`` parts ("" = nothing does); token ids begin at
    ``offset``, hash buckets first, then ``values``."""

    name: str
    values: tuple[str, ...]
    buckets: int
    bag: int
    offset: int
    separator: str = ""

    @property
    def size(self) -> int:
        return self.buckets + len(self.values)

    @cached_property
    def known(self) -> dict[str, int]:
        first = self.offset + self.buckets
        return {value: first + i for i, value in enumerate(self.values)}

    def tokens(self, value: Any) -> list[int]:
        """The token ids of one value, [] for a missing one."""
        if value is None:
            return []
        return [self.known.get(p) or self.unknown(p) for p in bags.split(str(value), self.separator)[: self.bag]]

    def unknown(self, part: str) -> int:
        """The token that a value without one of its own shares with others."""
        return self.offset + zlib.crc32(part.encode()) % self.buckets


@dataclass(frozen=True)
class Number:
    """A numeric column: its least and greatest value, and the inner ``edges`` of its quantile bins, whose tokens begin
    at ``offset``."""

    name: str
    least: float
    greatest: float
    edges: tuple[float, ...]
    offset: int

    @property
    def size(self) -> int:
        return len(self.edges) + 1


@dataclass(frozen=True)
class Family:
    """The columns of one network: token matrix = bags of ``categories``, then one bin a number."""

    categories: tuple[Category, ...]
    numbers: tuple[Number, ...]

    @property
    def tokens(self) -> int:
        """How many token ids there are, the empty one (0) included."""
        return 1 + sum(c.size for c in self.categories) + sum(n.size for n in self.numbers)

    @property
    def names(self) -> list[str]:
        """The columns, in the order of ``slices``."""
        return [c.name for c in self.categories] + [n.name for n in self.numbers]

    @cached_property
    def slices(self) -> list[tuple[int, int]]:
        """The columns of the token matrix that belong to each category and number."""
        widths = [c.bag for c in self.categories] + [1 for _ in self.numbers]
        ends = np.cumsum(widths).tolist()
        return [(end - width, end) for end, width in zip(ends, widths, strict=True)]

    @property
    def width(self) -> int:
        return self.slices[-1][1] if self.slices else 0


@dataclass(frozen=True)
class Schema:
    """The columns that were trained on, by family; rebuilt from JSON.

    ``situation`` names the columns of the context that make up a situation: the log's own, or the time of the row where
    it has none. ``kinds`` are the ad's columns of few values, ``common`` the pairs of a column of the user or the
    context and one of the ad that have values in common. A column may come to have many values from day to day: what
    was found when the networks began is kept by those that start from them.
    """

    user: Family
    context: Family
    ad: Family
    situation: tuple[str, ...]
    kinds: tuple[str, ...]
    common: tuple[tuple[str, str], ...]

    def family(self, name: str) -> Family:
        return {"user": self.user, "context": self.context, "ad": self.ad}[name]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Schema:
        def family(entry: Mapping[str, Any]) -> Family:
            categories = tuple(Category(**{**c, "values": tuple(c["values"])}) for c in entry["categories"])
            return Family(categories, tuple(Number(**{**n, "edges": tuple(n["edges"])}) for n in entry["numbers"]))

        return Schema(
            **{name: family(value[name]) for name in FAMILIES},
            situation=tuple(value["situation"]),
            kinds=tuple(value["kinds"]),
            common=tuple((own, ads) for own, ads in value["common"]),
        )


def with_time(table: pa.Table) -> pa.Table:
    """Add the hour and weekday of ``ts`` (UTC) as context columns, where the log does not bring such columns itself."""
    for name, part in (("context_hour", pc.hour), ("context_weekday", pc.day_of_week)):
        if name not in table.column_names:
            table = table.append_column(name, pc.cast(part(table["ts"]), pa.string()))
    return table


def is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


def fit(table: pa.Table, config: CtrConfig) -> Schema:
    """Learn the vocabularies and quantiles of every ``user_*``, ``context_*`` and ``ad_*`` column of a log."""
    brought = [c for c in table.column_names if c.startswith("context_")]
    table = with_time(table)
    families = {}
    for name in FAMILIES:
        own = [c for c in sorted(table.column_names) if c.startswith(f"{name}_") and c not in FIXED]
        ids = [f"{name}_id"] if name != "context" else []
        categories: list[Category] = []
        numbers: list[Number] = []
        offset = 1
        for column in ids + [c for c in own if not is_number(table.schema.field(c).type)]:
            made = fit_category(column, table[column], config, offset, is_id=column in ids)
            if made is not None:
                categories.append(made)
                offset += made.size
        for column in (c for c in own if is_number(table.schema.field(c).type)):
            number = fit_number(column, table[column], config, offset)
            if number is not None:
                numbers.append(number)
                offset += number.size
        families[name] = Family(tuple(categories), tuple(numbers))
    known = families["context"].names
    return Schema(
        **families,
        situation=tuple(c for c in known if c in brought) or tuple(known),
        kinds=kinds(families["ad"]),
        common=common(families["user"], families["ad"]) + common(families["context"], families["ad"]),
    )


def kinds(ad: Family) -> tuple[str, ...]:
    """The columns that part the ads into few kinds."""
    columns: list[Category | Number] = [*ad.categories, *ad.numbers]
    return tuple(column.name for column in columns if column.size <= FEW and column.name != "ad_id")


def common(asking: Family, ad: Family) -> tuple[tuple[str, str], ...]:
    """The pairs of a column of each that have values in common, ids apart."""
    return tuple(
        (own.name, ads.name)
        for own in asking.categories
        for ads in ad.categories
        if own.name != "user_id" and ads.name != "ad_id" and len(set(own.values) & set(ads.values)) >= LEAST
    )


def fit_category(name: str, column: pa.ChunkedArray, config: CtrConfig, offset: int, is_id: bool) -> Category | None:
    """The vocabulary of a string column, most frequent first; None where it says nothing."""
    counts = Counter(
        {str(e["values"]): e["counts"] for e in column.value_counts().to_pylist() if e["values"] is not None}
    )
    if not counts:
        return None
    separator = "" if is_id else bags.separator(counts)
    kept, longest = Counter[str](), 1
    for value, n in counts.items():
        parts = bags.split(value, separator)
        kept.update(dict.fromkeys(parts, n))
        longest = max(longest, len(parts))
    ranked = sorted((v for v, n in kept.items() if n >= config.min_count), key=lambda v: (-kept[v], v))
    buckets, bag = 1 if is_id else config.buckets, min(longest, config.bag)
    return Category(name, tuple(ranked[: config.max_values]), buckets, bag, offset, separator)


def fit_number(name: str, column: pa.ChunkedArray, config: CtrConfig, offset: int) -> Number | None:
    """Edges of a numeric column; None where every value is missing.

    They are quantiles; whole numbers of few values, which may be the codes of a category, have a bin each.
    """
    values = floats(column)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    distinct = np.unique(values)
    codes = len(distinct) <= min(config.codes, len(values) // config.min_count) and (distinct % 1 == 0).all()
    # A value that is an edge lies in the bin above it.
    edges = distinct[1:] if codes else np.unique(np.quantile(values, np.linspace(0, 1, config.bins + 1)[1:-1]))
    return Number(name, float(distinct[0]), float(distinct[-1]), tuple(float(e) for e in edges), offset)


def floats(column: pa.ChunkedArray) -> np.ndarray:
    """A column as float64, NaN where it is missing or no number (text that spells a number is read)."""
    if not is_number(column.type):
        return np.array([as_float(v) for v in column.to_pylist()], dtype=np.float64)
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def as_float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def encode(family: Family, table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """(tokens (n, family.width) int32, numbers (n, len(family.numbers)) float32); an absent column is missing."""
    rows = table.num_rows
    tokens = np.zeros((rows, family.width), np.int32)
    numbers = np.zeros((rows, len(family.numbers)), np.float32)
    slices = iter(family.slices)
    for category in family.categories:
        start, end = next(slices)
        if category.name in table.column_names:
            tokens[:, start:end] = encode_category(category, table[category.name])
    for place, number in enumerate(family.numbers):
        start, _ = next(slices)
        if number.name in table.column_names:
            tokens[:, start], numbers[:, place] = encode_number(number, floats(table[number.name]))
    return tokens, numbers


def unreadable(schema: Schema, table: pa.Table) -> str | None:
    """What is wrong with a log where a number of the model holds text that never spells one; None where nothing is."""
    for name in FAMILIES:
        for number in schema.family(name).numbers:
            if number.name in table.column_names and not is_number(table.schema.field(number.name).type):
                told = table[number.name].drop_null()
                if len(told) and not np.isfinite(floats(told)).any():
                    return f"{number.name} is a number in the release and {told[0].as_py()!r} in the log"
    return None


def encode_category(category: Category, column: pa.ChunkedArray) -> np.ndarray:
    """Token ids (n, bag), 0 where there are fewer; each distinct value is looked up once."""
    if is_number(column.type):
        column = pa.chunked_array([pa.array([plain(v) for v in column.to_pylist()], pa.string())])
    coded = column.combine_chunks().dictionary_encode()
    found = np.zeros((len(coded.dictionary) + 1, category.bag), np.int32)
    for row, value in enumerate(coded.dictionary.to_pylist()):
        ids = category.tokens(value)
        found[row, : len(ids)] = ids
    codes = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
    return found[codes]


def plain(value: Any) -> str | None:
    """A number as people write it (9.0 -> "9"), so that a delivery that turned strings into numbers still matches."""
    if value is None:
        return None
    return str(int(value)) if float(value).is_integer() else str(value)


def encode_number(number: Number, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(bin token, rank in [-1, 1]) of each value, (0, 0) where it is missing.

    The rank is straight between the edges: what two numbers make together, as a ratio, is lost in steps.
    """
    there = np.isfinite(values)
    values = np.where(there, values, 0.0)
    bins = np.searchsorted(number.edges, values, side="right")
    ends = [number.least, *number.edges, number.greatest]
    rank = np.interp(values, ends, np.linspace(-1, 1, len(ends)))
    return np.where(there, number.offset + bins, 0).astype(np.int32), np.where(there, rank, 0).astype(np.float32)


def one_row(values: Mapping[str, Any], names: Iterable[str]) -> pa.Table:
    """A request as a table of one row with the columns ``names``, each missing, a number or a string."""
    columns = {}
    for name in names:
        value = values.get(name)
        if isinstance(value, bool):
            value = str(value).lower()
        columns[name] = pa.array([value], pa.float64() if isinstance(value, (int, float)) else pa.string())
    return pa.table(columns)


def overlay(
    family: Family, traits: Mapping[str, Any], old: tuple[np.ndarray, np.ndarray], new: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Stored features (w,), (m,) with those of the request (1, w), (1, m) in their place."""
    tokens, numbers = old[0][None].copy(), old[1][None].copy()
    for name, (start, end) in zip(family.names, family.slices, strict=True):
        if name in traits:
            tokens[:, start:end] = new[0][:, start:end]
    for place, number in enumerate(family.numbers):
        if number.name in traits:
            numbers[:, place] = new[1][:, place]
    return tokens, numbers
