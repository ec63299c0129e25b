"""Impressions as the arrays that the networks read: encoded columns, what was known before each row, the ad
catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr import alike, counters, exposure, features, match, memory
from models.ctr.alike import Alike
from models.ctr.features import Arrays, Category, Number, Schema
from models.ctr.memory import Events, Memory
from models.runtime import Network

CHUNK = 4096
TOKENS = tuple(f"{name}_tokens" for name in features.FAMILIES)
MARKED = 256  # values of a column that the distilled space tells apart
# Raised when the networks are told something else of a row, so that no release is asked what it never learnt.
INPUTS = 5


@dataclass(frozen=True)
class Catalogue:
    """The ads that can be shown, sorted by ``key`` (uint64 hash of ad_id, (n,)): ids, titles ("" = none) and
    content."""

    key: np.ndarray
    ids: np.ndarray
    titles: np.ndarray
    tokens: np.ndarray
    numbers: np.ndarray

    def row(self, keys: np.ndarray) -> np.ndarray:
        """The row of each ad key, -1 where it is not in the catalogue; any shape."""
        return memory.find(self.key, keys)

    def content(self, keys: np.ndarray) -> np.ndarray:
        """The content tokens (..., t) of ads by key, 0 where one is not in the catalogue."""
        found = self.row(keys)
        return np.where((found >= 0)[..., None], content(self.tokens)[found], 0)

    def save(self, path: Path) -> None:
        np.savez(path, allow_pickle=False, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @staticmethod
    def load(path: Path) -> Catalogue:
        with np.load(path, allow_pickle=False) as file:
            return Catalogue(**{name: file[name] for name in file.files})


def catalogue(schema: Schema, *tables: pa.Table | None) -> Catalogue:
    """The ads of the tables, each with its newest non-missing content; later tables and rows are newer."""
    names = schema.ad.names
    parts = []
    for table in tables:
        if table is not None:
            keep = [n for n in dict.fromkeys(["ad_id", "title", *names]) if n in table.column_names]
            parts.append(table.select(keep))
    every = pa.concat_tables(parts, promote_options="permissive")
    newest = every.group_by("ad_id", use_threads=False).aggregate(
        [(n, "last") for n in every.column_names if n != "ad_id"]
    )
    newest = newest.rename_columns([n.removesuffix("_last") for n in newest.column_names])
    keys = memory.name_hashes(newest["ad_id"])
    order = np.argsort(keys)
    newest = newest.take(pa.array(order))
    tokens, numbers = features.encode(schema.ad, newest)
    titles = newest["title"] if "title" in newest.column_names else pa.nulls(len(newest), pa.string())
    text = np.array(pc.fill_null(titles.cast(pa.string()), "").to_pylist(), dtype=np.str_)
    return Catalogue(keys[order], np.array(newest["ad_id"].to_pylist(), dtype=np.str_), text, tokens, numbers)


def merge(known: Catalogue, more: Catalogue) -> Catalogue:
    """``known`` and the ads of ``more`` that it does not have."""
    new = known.row(more.key) < 0
    order = np.argsort(np.r_[known.key, more.key[new]])
    return Catalogue(
        *(np.concatenate([getattr(known, f), getattr(more, f)[new]])[order] for f in known.__dataclass_fields__)
    )


@dataclass(frozen=True)
class Rows:
    """Impressions in the order of the table: ``arrays`` for the networks (first axis n), history as catalogue rows."""

    arrays: Arrays
    history: np.ndarray
    ad_row: np.ndarray
    events: Events
    keys: np.ndarray
    fading: np.ndarray

    @property
    def clicks(self) -> np.ndarray:
        return self.events.clicks

    @property
    def users(self) -> np.ndarray:
        return self.events.users

    def __len__(self) -> int:
        return len(self.ad_row)


def content(tokens: np.ndarray) -> np.ndarray:
    """The ad's tokens without its own id, which is the first column."""
    return tokens[:, 1:]


def columns(schema: Schema) -> counters.Slices:
    """The columns of the token keys of a row."""
    people = range(len(trait_places(schema)))
    return counters.columns(traits(schema), schema.context.slices, [(place, place + 1) for place in people])


def traits(schema: Schema) -> counters.Slices:
    """The columns of an ad's content."""
    return [(start - 1, end - 1) for start, end in schema.ad.slices[1:]]


def trait_places(schema: Schema) -> list[int]:
    """The columns of the user's tokens that are counted with each ad: those of one value, the id apart."""
    return [start for start, end in schema.user.slices[1:] if end - start == 1]


def facts(schema: Schema, users: np.ndarray, ads: np.ndarray, arrays: Arrays) -> counters.Facts:
    """What the keys of encoded rows of ``users`` and ``ads`` (n,) are made of; of one user the request may be one
    row."""
    context, people = arrays["context_tokens"], arrays["user_tokens"][:, trait_places(schema)]
    own = content(arrays["ad_tokens"])
    return counters.Facts(users, ads, own, context, people, situation(schema, context))


def kinds(schema: Schema) -> counters.Slices:
    """Those of them that part the ads into few kinds: of a kind that is one of very many, a user was shown too little
    to say anything."""
    parts = zip(schema.ad.names[1:], traits(schema), strict=True)
    return [part for name, part in parts if name in schema.kinds]


def exposed(schema: Schema) -> int:
    """How many of the pair's numbers, its last ones, are of ``models.ctr.exposure``."""
    return len(kinds(schema)) * exposure.EACH


def marks(schema: Schema, tokens: np.ndarray) -> np.ndarray:
    """(n, values) float32, one where an ad with tokens (n, 1 + t) has a value of a column of at most MARKED."""
    own = content(tokens)
    found = [np.zeros((len(own), 0), np.float32)]
    columns: list[Category | Number] = [*schema.ad.categories[1:], *schema.ad.numbers]
    for column, (start, end) in zip(columns, traits(schema), strict=True):
        if column.size > MARKED:
            continue
        part = np.zeros((len(own), column.size), np.float32)
        row, place = np.nonzero(own[:, start:end])
        part[row, own[row, start + place] - column.offset] = 1
        found.append(part)
    return np.concatenate(found, axis=1)


def situation(schema: Schema, tokens: np.ndarray) -> np.ndarray:
    """A hash (n,) of the columns that make up a situation, from context tokens (n, c)."""
    own = zip(schema.context.names, schema.context.slices, strict=True)
    return counters.situation(tokens, [part for name, part in own if name in schema.situation])


def microseconds(table: pa.Table) -> np.ndarray:
    return np.asarray(pc.cast(table["ts"].cast(pa.timestamp("us", "UTC")), pa.int64()).to_numpy(zero_copy_only=False))


def build(
    schema: Schema,
    table: pa.Table,
    known: Catalogue,
    state: Memory,
    people: Alike,
    replay: bool = True,
    taught_by: int = 0,
) -> Rows:
    """Encode impressions and recollect what came before each; ``known`` must hold every ad of the table.

    With ``replay`` off each row is told what the memory holds as it stands, whatever the row's time. The first
    ``taught_by`` rows are those that taught ``people``.
    """
    table = features.with_time(table)
    users, ads = memory.name_hashes(table["user_id"]), memory.name_hashes(table["ad_id"])
    times = microseconds(table)
    clicks = np.asarray(table["click"].to_numpy(zero_copy_only=False), np.float64)
    arrays: Arrays = {}
    for name in features.FAMILIES:
        arrays[f"{name}_tokens"], arrays[f"{name}_numbers"] = features.encode(schema.family(name), table)
    ad_row = known.row(ads)
    missing = arrays["ad_tokens"] == 0
    arrays["ad_tokens"] = np.where(missing, known.tokens[ad_row], arrays["ad_tokens"])
    told = facts(schema, users, ads, arrays)
    keys, events = counters.keys_of(told), Events(users, ads, times, clicks)
    seen = counters.recollect(state, keys, kinds(schema), events, columns(schema), len(known.key), replay)
    arrays["user_numbers"] = np.concatenate([arrays["user_numbers"], seen.user], axis=1)
    arrays["ad_numbers"] = np.concatenate([arrays["ad_numbers"], seen.ad], axis=1)
    arrays["context_numbers"] = pad(arrays["context_numbers"])
    parts = np.array_split(np.arange(len(table)), max(1, -(-len(table) // CHUNK)))
    near = [
        exposure.numbers(
            told.content[p],
            known.content(seen.exposure[p]),
            seen.shows[p],
            seen.clicks[p],
            seen.faded[p],
            kinds(schema),
        )
        for p in parts
    ]
    same = [match.numbers(schema, {name: arrays[name][p] for name in TOKENS}) for p in parts]
    if replay:
        liked = alike.told(people, state, events, taught_by)
    else:
        liked = alike.numbers(people.people(state.clicked(users, memory.LIKED)), people.of(ads))
    arrays["pair"] = np.concatenate([seen.pair, np.concatenate(same), liked, np.concatenate(near)], axis=1)
    history = np.where(seen.history > 0, known.row(seen.history), -1)
    return Rows(arrays, history, ad_row, events, keys, seen.fading)


def pad(numbers: np.ndarray) -> np.ndarray:
    """A network needs at least one number: a column of zeros where there is none."""
    return numbers if numbers.shape[1] else np.zeros((len(numbers), 1), np.float32)


def history_tokens(known: Catalogue, history: np.ndarray) -> np.ndarray:
    """Catalogue rows (n, length), -1 = none -> the tokens of those ads (n, length * width)."""
    return np.where((history >= 0)[:, :, None], known.tokens[history], 0).reshape(len(history), -1)


def embed_ads(network: Network, known: Catalogue, state: Memory, places: np.ndarray | None = None) -> Arrays:
    """vector (n, dim) and fields (n, columns * embedding) float32 of catalogue rows (all of them by default), as they
    stand with a memory."""
    chosen = np.arange(len(known.key)) if places is None else places
    shows, clicks = state.look_up(counters.ad_keys(known.key[chosen]))
    counted = counters.ad_numbers(shows, clicks, counters.everything(state), state.prior, len(known.key))
    numbers = np.concatenate([known.numbers[chosen], counted], axis=1)
    found = network(ad_tokens=known.tokens[chosen], ad_numbers=numbers)
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def lean(vectors: np.ndarray, clicks: np.ndarray, weight: float) -> np.ndarray:
    """The table of the index, (n, dim + 1): an ad's vector, and ``weight`` times the log of its clicks so far.

    A request is widened by a one, so that its inner product adds what is liked by everybody to what suits this person.
    """
    liked = weight * np.log(np.asarray(clicks, np.float64) + 0.5)
    return np.concatenate([vectors, liked[:, None].astype(np.float32)], axis=1)


def reach(request: np.ndarray) -> np.ndarray:
    """Requests (n, dim) as the index takes them, (n, dim + 1)."""
    return np.concatenate([request, np.ones((len(request), 1), np.float32)], axis=1)
