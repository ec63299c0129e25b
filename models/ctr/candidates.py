"""The ads that one request is ranked over: what the ranker would put on top, found without scoring every ad.

Scored first are ads spread over the catalogue, ads that the user clicked before, and the nearest in the common space.
Their scores tell the request's vector in the distilled space (``models.ctr.distil``), whose nearest are scored next;
what is then known corrects the vector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.ctr import counters, distil, memory, rows
from models.ctr.distil import Distilled
from models.ctr.memory import Memory
from models.ctr.rows import Catalogue
from models.index import IndexConfig, build
from models.runtime import Reindexed

if TYPE_CHECKING:
    from models.ctr.request import Request
    from models.ctr.serve import Server

SPREAD, CLICKED, NEAREST = 150, 250, 100
FEW = 0.3  # a filter that leaves fewer of the ads than this is faster to walk through than to search past
# Ads that each round adds, and how much the best so far count in telling where the next are: what holds for all ads
# finds the region, what holds for the best finds the best.
ROUNDS = ((200, 0.7), (300, 3.0))
PAIRS = SPREAD + CLICKED + NEAREST + sum(count for count, _ in ROUNDS)
REQUESTS, MOST_ADS, CHUNK = 256, 1000, 1 << 16


@dataclass(frozen=True)
class Space:
    """The distilled space over a catalogue: ``table`` (ads, 1 + directions), and the rows ``spread`` over it that every
    request scores."""

    distilled: Distilled
    table: np.ndarray
    spread: np.ndarray


def spread(catalogue: Catalogue, state: Memory, most: int = SPREAD, seed: int = 7) -> np.ndarray:
    """Rows of the catalogue: up to half of ``most`` from the ads that were shown before, the rest from all."""
    rng = np.random.default_rng(seed)
    shown = np.flatnonzero(state.look_up(counters.ad_keys(catalogue.key))[0] > 0)
    known = rng.choice(shown, min(len(shown), most // 2), replace=False)
    rest = rng.choice(len(catalogue.key), min(len(catalogue.key), most - len(known)), replace=False)
    return np.unique(np.r_[known, rest])


def load(folder: Path, ads: Catalogue, state: Memory) -> Space | None:
    """The space of a release; None for a model that is still being made."""
    if not (folder / "distilled.npz").is_file():
        return None
    table = np.load(folder / "ranked.npy", allow_pickle=False, mmap_mode="r")
    return Space(Distilled.load(folder / "distilled.npz"), table, spread(ads, state))


def traits(server: Server, places: np.ndarray) -> np.ndarray:
    """What the space is made from, (n, p), of some rows of the catalogue."""
    known = server.catalogue
    marks = rows.marks(server.schema, known.tokens[places])
    numbers = known.numbers[places]
    if server.crosses_share:
        numbers = np.concatenate([numbers, server.crosses.of_ads(known.tokens[places])], axis=1)
    numbers = np.concatenate([numbers, server.people.of(known.key[places])], axis=1)
    own = server.vectors[places], server.fields[places], numbers
    return distil.traits(*own, marks, known.key[places], server.memory)


def coordinates(server: Server, distilled: Distilled) -> np.ndarray:
    """Every ad of the catalogue in a distilled space, (ads, 1 + directions)."""
    every = np.arange(len(server.catalogue.key))
    parts = np.array_split(every, max(1, -(-len(every) // CHUNK)))
    return np.concatenate([distilled.table(traits(server, places)) for places in parts])


def placed(server: Server, distilled: Distilled, asked: np.ndarray | None = None) -> Server:
    """The server with a distilled space and both indexes over its ads as they stand in its memory; ``asked`` are
    requests in that space."""
    known = server.catalogue
    table = coordinates(server, distilled)
    leaning = rows.lean(server.vectors, counters.clicks_of(server.memory, known.key), server.leaning)
    config = IndexConfig()
    indexes = {"ads": build(leaning, "ip", config), "ranked": build(table, "ip", config, asked)}
    space = Space(distilled, table, spread(known, server.memory))
    return replace(server, space=space, runtime=Reindexed(server.runtime, indexes))


def as_of(server: Server, state: Memory, asked: pa.Table, seed: int) -> Server:
    """The release as it would have been made with another memory: the ads' vectors tell their counts of then, and the
    distilled space is learnt of what users and contexts of the log ``asked`` got then."""
    then = rows.embed_ads(server.runtime.network("ad"), server.catalogue, state)
    server = replace(server, memory=state, vectors=then["vector"], fields=then["fields"])
    return placed(server, *learn(server, asked, seed))


def find(request: Request, most: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(rows of the catalogue, logits) of every ad that was scored, at least ``most`` where there are so many.

    At most PAIRS are scored where fewer are wanted, and only ads that are ``allowed`` (n,), None = all.
    """
    server = request.server
    ads, space = len(server.catalogue.key), server.space
    total = ads if allowed is None else int(allowed.sum())
    if total <= max(PAIRS, most):
        every = np.arange(ads) if allowed is None else np.flatnonzero(allowed)
        return every, request.logits(every) if total else np.zeros(0)
    if space is None:
        raise RuntimeError(f"{total} ads stand in no distilled space yet: candidates.placed puts them there")
    known = clicked(server, request.key)
    known = known if allowed is None else known[allowed[known]]
    spread = space.spread
    if allowed is not None:
        spread = np.flatnonzero(allowed)[np.linspace(0, total - 1, SPREAD).astype(int)]
    chosen = np.unique(np.r_[spread, nearest(request, NEAREST, allowed), known])
    logits, there = request.logits(chosen), np.zeros(ads, bool)
    there[chosen] = True
    for count, sharp in ROUNDS:
        query = space.distilled.query(space.table[chosen], logits, sharp)
        wanted = max(count, most - len(chosen)) if sharp == ROUNDS[-1][1] else count
        found = ranked(server, space, query, min(total, wanted + len(chosen)), allowed)
        more = found[~there[found]][:wanted]
        if len(more):
            there[more] = True
            chosen, logits = np.r_[chosen, more], np.r_[logits, request.logits(more)]
    return chosen, logits


def nearest(request: Request, most: int, allowed: np.ndarray | None = None) -> np.ndarray:
    """The nearest ads in the common space of request and ad."""
    if allowed is not None and allowed.mean() < FEW:
        every = np.flatnonzero(allowed)
        return every[best(request.near(every), most)]
    return searched(request.server, "ads", request.vector, most, allowed)


def ranked(server: Server, space: Space, query: np.ndarray, most: int, allowed: np.ndarray | None) -> np.ndarray:
    """The nearest ads of a query in the distilled space."""
    if allowed is not None and allowed.mean() < FEW:
        every = np.flatnonzero(allowed)
        return every[best(space.table[every] @ query[0], most)]
    return searched(server, "ranked", query, most, allowed)


def searched(server: Server, table: str, query: np.ndarray, most: int, allowed: np.ndarray | None) -> np.ndarray:
    """What an index finds; under a filter it is asked for as many more as the filter takes away."""
    wider = most if allowed is None else int(most / allowed.mean() * 1.2) + NEAREST
    found = server.runtime.index(table).search(query, min(wider, len(server.catalogue.key)))[1][0]
    found = found[found >= 0]
    return np.asarray(found if allowed is None else found[allowed[found]][:most])


def best(scores: np.ndarray, most: int) -> np.ndarray:
    """The places of the ``most`` highest of some scores (n,), highest first."""
    return np.argsort(-scores, kind="stable")[:most]


def clicked(server: Server, key: np.ndarray) -> np.ndarray:
    """The ads that the user clicked last."""
    before = server.memory.clicked(key, CLICKED)
    found = server.catalogue.row(before[before > 0])
    return np.asarray(found[found >= 0])


def learn(server: Server, table: pa.Table, seed: int) -> tuple[Distilled, np.ndarray]:
    """The distilled space of a server without one, and vectors of requests in it, from users and contexts of a log.

    Ads are scored as they stand, and as newcomers, so that the space knows both.
    """
    rng = np.random.default_rng(seed)
    known = server.catalogue
    places = np.sort(rng.choice(len(known.key), min(len(known.key), MOST_ADS), replace=False))
    cold, numbers = crossed(server, places, rng)
    keys = memory.mix(known.key[places], np.uint64(1))
    content = [np.concatenate([known.tokens[places], cold]), np.concatenate([known.numbers[places], numbers])]
    nobody = np.full(len(places), "")
    order = np.argsort(np.r_[known.key[places], keys])
    both = Catalogue(
        np.r_[known.key[places], keys][order],
        np.r_[known.ids[places], nobody][order],
        np.r_[nobody, nobody],
        content[0][order],
        content[1][order],
    )
    embedded = rows.embed_ads(server.runtime.network("ad"), both, server.memory)
    wider = server.over(both, embedded["vector"], embedded["fields"])
    asked = table.take(pa.array(np.sort(rng.choice(len(table), min(len(table), REQUESTS), replace=False))))
    every = np.arange(len(both.key))
    logits = [wider.asked(row).logits(every) for row in asked.to_pylist()]
    return distil.learn(traits(wider, every), np.stack(logits))


def crossed(server: Server, places: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(tokens, numbers) of newcomers, each column of whose content is that of some ad: where every maker has its own
    kind and price, nothing else tells what of the three a request likes."""
    known, family = server.catalogue, server.schema.ad
    tokens, numbers = known.tokens[places].copy(), known.numbers[places].copy()
    tokens[:, 0] = family.categories[0].offset
    first_number = len(family.categories)
    for column, (start, end) in enumerate(family.slices[1:], start=1):
        drawn = rng.choice(places, len(places))
        tokens[:, start:end] = known.tokens[drawn, start:end]
        if column >= first_number:
            numbers[:, column - first_number] = known.numbers[drawn, column - first_number]
    return tokens, numbers
