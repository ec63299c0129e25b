"""Ads for one person, here and now: candidates by nearest neighbours, then the classifier on those alone.

The three rules of serving: the ads' vectors are computed when the release is made; candidates come from an index
search by inner product; the request (user and context) is computed once, not once per ad. Whoever is new is read by
the features that come with the request, or as the unknown user.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from config.task import BadInput
from models.ctr import candidates, counters, explore, features, filters, memory, rows
from models.ctr.alike import Alike
from models.ctr.candidates import Space
from models.ctr.crosses import Crosses
from models.ctr.ensemble import blend
from models.ctr.explore import Exploration
from models.ctr.features import Family, Schema
from models.ctr.measure import Calibration
from models.ctr.memory import Memory
from models.ctr.request import Asked, Request
from models.ctr.rows import Catalogue
from models.ctr.trees import Trees
from models.runtime import Arrays, Runtime

BEFORE = "_before"  # ends the names of files of a model artifact that do not know its held-out rows
EXPLORED = 200  # the best of the candidates, from which a release that explores may draw
CARRY = (
    "vocabulary.json",
    "memory.npz",
    "catalogue.npz",
    "users.npz",
    "ads.npy",
    "ad_fields.npy",
    "calibration.json",
    "candidates.json",
    "distilled.npz",
    "ranked.npy",
    "ranked_asked.npy",
    "trees.npz",
    "crosses.npz",
    "alike.npz",
    "policy.json",
    "runs.npy",
)


@dataclass(frozen=True)
class Users:
    """The newest encoded features of every known user, sorted by ``key`` (uint64 hash of user_id)."""

    key: np.ndarray
    tokens: np.ndarray
    numbers: np.ndarray

    @staticmethod
    def load(path: Path) -> Users:
        with np.load(path, allow_pickle=False) as file:
            return Users(file["key"], file["tokens"], file["numbers"])


@dataclass
class Server:
    """A release in memory; ``vectors`` (ads, dim) and ``fields`` (ads, columns * embedding) are what the ad network
    made of the ads, in the catalogue's order; ``leaning`` is how much the nearest ads lean on what everybody likes;
    ``again`` and ``ranked`` (how much the ranker's order leans on shows, None = the order of the common space) say in
    which order candidates are counted, see ``models.ctr.evaluate``; the ``trees`` have a weight of ``trees_share``
    beside the classifier and the ``crosses``, which have one of ``crosses_share`` beside the classifier; ``people``
    tells who is alike; ``runs`` (ads,) tells which may be shown, None = all."""

    runtime: Runtime
    schema: Schema
    memory: Memory
    catalogue: Catalogue
    users: Users
    vectors: np.ndarray
    fields: np.ndarray
    calibration: Calibration
    trees: Trees
    trees_share: float
    crosses: Crosses
    crosses_share: float
    people: Alike
    exploration: Exploration
    leaning: float
    again: int
    ranked: float | None = None
    space: Space | None = None
    runs: np.ndarray | None = None

    def answer(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """``{"user", "context", "user_features", "where", "k", "request"}`` -> the k ads that are likeliest to be
        clicked, or where the release explores others; each with its ``propensity``, the probability that it is among
        the k. ``request`` is an id from which the draws of exploration follow: the same id, the same ads.

        Ads that have stopped or spent their budget are not shown; ``where`` names further columns of ads and the value
        that each must hold. Context and feature names stand with or without their prefix; those that the release does
        not know are told under ``ignored``. Raises ValueError naming a field that is missing or wrong.
        """
        user, count = checked(query)
        context, odd_context = named(query.get("context"), "context", self.schema.context)
        traits, odd_traits = named(query.get("user_features"), "user", self.schema.user)
        key = memory.name_hashes(pa.array([user]))
        request = Request(self, key, self.embed_user(user, key, traits).with_(self.embed_context(context)))
        allowed = filters.allowed(self.runs, self.catalogue, self.schema.ad, query.get("where"))
        found, logits = candidates.find(request, max(EXPLORED, count), allowed)
        chance, score = self.calibration(logits), request.near(found)
        order = np.lexsort((-score, -chance))[: max(EXPLORED, count)]
        shown, propensity = self.explore(found[order], chance[order], count, query.get("request"))
        ads = [
            self.tell(int(found[order[i]]), float(chance[order[i]]), float(score[order[i]]), float(propensity[i]))
            for i in shown
        ]
        answer = {"user": user, "known_user": bool((self.users.key == key).any()), "ads": ads}
        return {**answer, "ignored": odd_context + odd_traits} if odd_context or odd_traits else answer

    def asked(self, row: Mapping[str, Any]) -> Request:
        """The request of a row of a log: user_id and the columns ``user_*`` and ``context_*``."""
        key = memory.name_hashes(pa.array([str(row["user_id"])]))
        told = {
            name: {n: row[n] for n in self.schema.family(name).names if row.get(n) is not None and n != f"{name}_id"}
            for name in ("user", "context")
        }
        user = self.embed_user(str(row["user_id"]), key, told["user"])
        return Request(self, key, user.with_(self.embed_context(told["context"])))

    def over(self, catalogue: Catalogue, vectors: np.ndarray, fields: np.ndarray) -> Server:
        """The same release over other ads."""
        return replace(self, catalogue=catalogue, vectors=vectors, fields=fields, space=None, runs=None)

    def explore(
        self, candidates: np.ndarray, chance: np.ndarray, count: int, request: object
    ) -> tuple[np.ndarray, np.ndarray]:
        """(places of the ads to show, propensity of each candidate), of candidates in order of rank."""
        shows, _ = self.memory.look_up(counters.ad_keys(self.catalogue.key[candidates]))
        seed = None if request is None else zlib.crc32(str(request).encode())
        rng = np.random.default_rng(seed)
        return explore.choose(chance, shows + 2 / self.memory.prior, count, self.exploration, rng)

    def tell(self, row: int, chance: float, score: float, propensity: float) -> dict[str, Any]:
        title = str(self.catalogue.titles[row]) or None
        return {
            "ad_id": str(self.catalogue.ids[row]),
            "title": title,
            "p_click": round(chance, 6),
            "score": round(score, 4),
            "propensity": round(propensity, 6),
        }

    def embed_user(self, user: str, key: np.ndarray, traits: Mapping[str, Any]) -> Asked:
        """The user's side of a request: stored features, overridden by those of the request, what is remembered, and
        the factors ``alike`` (1, WIDE) that the clicks so far give."""
        family = self.schema.user
        tokens, numbers = features.encode(family, features.one_row({**traits, "user_id": user}, ["user_id", *traits]))
        stored = memory.find(self.users.key, key)[0]
        if stored >= 0:
            tokens, numbers = features.overlay(
                family, traits, (self.users.tokens[stored], self.users.numbers[stored]), (tokens, numbers)
            )
        people = self.people.people(self.memory.clicked(key, memory.LIKED))
        return self.embed_users(key, tokens, numbers).with_(Asked({"alike": people}, {}))

    def user_vectors(self, keys: np.ndarray) -> np.ndarray:
        """The vectors (n, dim) of known users, by the hashes of their ids."""
        places = memory.find(self.users.key, keys)
        return self.embed_users(keys, self.users.tokens[places], self.users.numbers[places]).embedded["user"]

    def embed_users(self, users: np.ndarray, tokens: np.ndarray, numbers: np.ndarray) -> Asked:
        """Encoded features and what the memory holds of each user."""
        counts = self.memory.look_up(counters.user_keys(users))
        past = counters.user_numbers(*counts, self.memory.outcomes(users), self.memory.prior)
        history = self.memory.history(users)
        seen = np.where(history > 0, self.catalogue.row(history), -1)
        arrays = {"user_tokens": tokens, "user_numbers": np.concatenate([numbers, past], axis=1)}
        found = self.runtime.network("user")(**arrays, history_tokens=rows.history_tokens(self.catalogue, seen))
        return Asked(arrays, {"user": found["vector"], "user_fields": found["fields"]})

    def embed_context(self, context: Mapping[str, Any]) -> Asked:
        """The context's side of a request."""
        tokens, numbers = features.encode(self.schema.context, features.one_row(context, context or ["ts"]))
        arrays = {"context_tokens": tokens, "context_numbers": rows.pad(numbers)}
        found = self.runtime.network("context")(**arrays)
        return Asked(arrays, {"context": found["vector"], "context_fields": found["fields"]})

    @property
    def shares(self) -> dict[str, float]:
        """What the logit of a member counts beside all before it; the networks come first."""
        return {"crosses": self.crosses_share, "trees": self.trees_share}

    @property
    def heard(self) -> list[str]:
        """The members that count, in order."""
        found = ["network"]
        for name, share in self.shares.items():
            if share:
                found = [name] if share == 1 else [*found, name]
        return found

    def blended(self, told: Arrays) -> np.ndarray:
        """The logits (n,) of the members together, of those ``told`` by name; only those ``heard`` are needed."""
        first, *more = self.heard
        logit = told[first]
        for name in more:
            logit = blend(logit, told[name], self.shares[name])
        return logit


def load(runtime: Runtime, mark: str = "") -> Server:
    """The server of a release, or of a model artifact; of the latter as it was before the held-out rows, where ``mark``
    is BEFORE.

    Raises BadInput where another version of the code made it.
    """
    folder = runtime.folder

    def read(name: str) -> Any:
        return json.loads((folder / name).read_text(encoding="utf-8"))

    policy = read("policy.json")
    if (made := policy.get("inputs")) != rows.INPUTS:
        raise BadInput(
            f"{folder}: policy.json has inputs = {made}, so another version made it (this one needs "
            f"{rows.INPUTS}); train ctr again with --force, or serve the release with the version that made it"
        )
    if not (folder / f"crosses{mark}.npz").exists():
        raise BadInput(
            f"{folder}: there is no crosses{mark}.npz, so another version made it; train ctr again with --force"
        )
    runs = np.load(folder / "runs.npy", allow_pickle=False)
    state, ads = Memory.load(folder / f"memory{mark}.npz"), Catalogue.load(folder / "catalogue.npz")
    return Server(
        runtime,
        Schema.from_json(read("vocabulary.json")),
        state,
        ads,
        Users.load(folder / "users.npz"),
        np.load(folder / "ads.npy", allow_pickle=False)[:, :-1],
        np.load(folder / "ad_fields.npy", allow_pickle=False, mmap_mode="r"),
        Calibration(**read("calibration.json")),
        Trees.load(folder / f"trees{mark}.npz"),
        policy["trees_share"],
        Crosses.load(folder / f"crosses{mark}.npz"),
        policy["crosses_share"],
        Alike.load(folder / "alike.npz"),
        Exploration(**policy["exploration"]),
        **read("candidates.json"),
        space=candidates.load(folder, ads, state),
        runs=None if runs.all() else runs,
    )


def checked(query: Mapping[str, Any]) -> tuple[str, int]:
    """(user, k) of a query; raises ValueError naming what is wrong."""
    user, count = query.get("user"), query.get("k", 5)
    if isinstance(user, bool) or not isinstance(user, (str, int)) or user == "":
        raise ValueError(f"user = {user!r}: expected the id of a user, known or not")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"k = {count!r}: expected a whole number of ads from 1")
    return str(user), count


def named(values: Any, prefix: str, family: Family) -> tuple[dict[str, Any], list[str]]:
    """(known values under their full names, names that the release does not know) of a part of the query.

    Raises ValueError where the part is no mapping, or a number is expected and the value is none.
    """
    if values is None:
        return {}, []
    if not isinstance(values, Mapping):
        raise ValueError(f"{prefix} = {values!r}: expected names and values, e.g. {{'hour': '9'}}")
    full = {name if str(name).startswith(f"{prefix}_") else f"{prefix}_{name}": v for name, v in values.items()}
    numbers = {n.name for n in family.numbers}
    known = {c.name for c in family.categories if c.name != f"{prefix}_id"} | numbers
    for name, value in full.items():
        if name in numbers and value is not None and not np.isfinite(features.as_float(value)):
            raise ValueError(f"{name} = {value!r}: expected a number")
        if name in known and value is not None and not isinstance(value, (str, int, float)):
            raise ValueError(f"{name} = {value!r}: expected one value, text or a number")
    return {n: v for n, v in full.items() if n in known}, sorted(n for n in full if n not in known)
