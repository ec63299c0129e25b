"""The two stages against scoring every ad, and the clicked ads among the candidates of the ranker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.ctr import candidates, counters, features, memory, offpolicy

if TYPE_CHECKING:
    from models.ctr.request import Request
    from models.ctr.serve import Server

ASKED = 1500  # with 500, chance alone decided between two orders that lie three points apart
TOP = 10
PAIRS = 400_000  # scored for the comparison, at most
CHUNK = 20_000
SLACK = 1e-6


def hits(server: Server, table: pa.Table, leanings: Sequence[float] = (0.0,), most: int = 100) -> np.ndarray:
    """Is the ad of each of some clicked rows among the ``most`` ads that the two stages put on top, where their order
    leans on how often an ad is shown, (m, leanings) bool: what is clicked in a log has to be shown first."""
    clicked = features.with_time(offpolicy.sample(table.filter(pc.greater(table["click"], 0)), ASKED))
    own = server.catalogue.row(memory.name_hashes(clicked["ad_id"]))
    shown = np.log1p(server.memory.look_up(counters.ad_keys(server.catalogue.key))[0])
    out = np.zeros((len(clicked), len(leanings)), bool)
    for place, row in enumerate(clicked.to_pylist()):
        found, logits = candidates.find(server.asked(row), most)
        for column, leaning in enumerate(leanings):
            order = np.argsort(-(logits + leaning * shown[found]), kind="stable")
            out[place, column] = own[place] in found[order[:most]]
    return out


def agreement(server: Server, table: pa.Table) -> dict[str, Any]:
    """The mean of ``agreed`` over some rows of a log; and how many ads were scored for a request, at most."""
    asked = features.with_time(offpolicy.sample(table, max(1, min(20, PAIRS // len(server.catalogue.key)))))
    shares, scored = zip(*(agreed(server.asked(row)) for row in asked.to_pylist()), strict=True)
    return {"top10_as_exhaustive": float(np.mean(shares)), "most_pairs_scored": max(scored)}


def agreed(request: Request) -> tuple[float, int]:
    """(share of the ten ads that the two stages put on top that are as good as the tenth best of all ads, how many ads
    they scored); equal ads may stand for each other."""
    found, logits = candidates.find(request, TOP)
    ads = len(request.server.catalogue.key)
    every = np.array_split(np.arange(ads), -(-ads // CHUNK))
    whole = np.concatenate([request.logits(part) for part in every])
    worst = np.sort(whole)[-TOP:][0]
    return float(np.mean(np.sort(logits)[-TOP:] >= worst - SLACK)), len(found)
