"""One request to a release: the person and the situation are encoded once, then ads are scored, however often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.ctr import alike, counters, exposure, match, rows, trees
from models.ctr.crosses import Crosses
from models.runtime import Arrays

if TYPE_CHECKING:
    from models.ctr.serve import Server


@dataclass(frozen=True)
class Asked:
    """What asks, or a side of it: its encoded ``arrays``, and what the networks made of them, ``embedded``."""

    arrays: Arrays
    embedded: Arrays

    def with_(self, other: Asked) -> Asked:
        return Asked({**self.arrays, **other.arrays}, {**self.embedded, **other.embedded})


@dataclass(frozen=True)
class Request:
    """What the user with the hash ``key`` (1,) ``asked`` a server; both sides of it hold one row."""

    server: Server
    key: np.ndarray
    asked: Asked

    @cached_property
    def vector(self) -> np.ndarray:
        """In the common space of request and ad, (1, dim + 1)."""
        return rows.reach(self.asked.embedded["user"] + self.asked.embedded["context"])

    @cached_property
    def crosses(self) -> Crosses:
        return self.server.crosses.of_request(self.asked.arrays)

    @cached_property
    def outcomes(self) -> np.ndarray:
        """What came of the user's latest rows, as ``Memory.outcomes``."""
        return self.server.memory.outcomes(self.key)

    @cached_property
    def lately(self) -> np.ndarray:
        """The content (1, shows, t) of the ads that the user was shown last."""
        return self.server.catalogue.content(self.server.memory.exposure(self.key))

    def near(self, ads: np.ndarray) -> np.ndarray:
        """The scores (n,) of ads, rows of the catalogue, in the common space."""
        clicks = counters.clicks_of(self.server.memory, self.server.catalogue.key[ads])
        leant = rows.lean(self.server.vectors[ads], clicks, self.server.leaning)
        return np.asarray((self.vector @ leant.T)[0])

    def logits(self, ads: np.ndarray) -> np.ndarray:
        """The logit of a click of each ad (n,), by the members that are heard."""
        server, tokens = self.server, self.server.catalogue.tokens[ads]
        counted, pair = self.counted(ads, tokens)
        numbers = np.concatenate([server.catalogue.numbers[ads], counted], axis=1)
        arrays = {**self.asked.arrays, "ad_tokens": tokens, "ad_numbers": numbers, "pair": pair}
        members = {
            "network": lambda: self.classified(ads, pair),
            "crosses": lambda: self.crosses.logits(arrays),
            "trees": lambda: server.trees.logits(trees.inputs(server.schema, arrays)),
        }
        return server.blended({name: members[name]() for name in server.heard})

    def classified(self, ads: np.ndarray, pair: np.ndarray) -> np.ndarray:
        """The logits (n,) of the classifier, the online part of the networks."""
        inputs: Arrays = {name: np.repeat(values, len(ads), axis=0) for name, values in self.asked.embedded.items()}
        inputs |= {"ad": self.server.vectors[ads], "ad_fields": self.server.fields[ads], "pair": pair}
        return self.server.runtime.network("classifier")(**inputs)["logit"][:, 0]

    def counted(self, ads: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is counted of each ad with ``tokens`` (n, t), (n, ad), and for the user with it in this context, (n,
        pair)."""
        server, memory = self.server, self.server.memory
        arrays = {**self.asked.arrays, "ad_tokens": tokens}
        facts = rows.facts(server.schema, self.key, server.catalogue.key[ads], arrays)
        keys = counters.keys_of(facts)
        shows, clicks = (np.repeat(one, len(ads), axis=0) for one in memory.look_up(keys[:1]))
        # Most keys are of the user and the context, the same for every ad.
        own = (keys != keys[:1]).any(axis=0)
        shows[:, own], clicks[:, own] = memory.look_up(keys[:, own])
        every, prior, kinds = len(server.catalogue.key), memory.prior, rows.kinds(server.schema)
        ad = counters.ad_numbers(shows[:, 2], clicks[:, 2], clicks[:, 0], prior, every)
        columns = rows.columns(server.schema)
        pair = counters.pair_numbers(shows, clicks, self.outcomes, prior, columns, every)
        faded = memory.faded(counters.fading(keys, kinds))
        near = exposure.numbers(facts.content, self.lately, shows, clicks, faded, kinds)
        like = alike.numbers(self.asked.arrays["alike"], server.people.of(facts.ads))
        return ad, np.concatenate([pair, match.numbers(server.schema, arrays), like, near], axis=1)
