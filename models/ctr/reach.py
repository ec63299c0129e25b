"""Where the candidates of a release come from, chosen on the validation rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from models.ctr import candidates, counters, evaluate, exhaustive, memory, rows, serve
from models.ctr.config import CtrConfig
from models.ctr.fit import CtrModel
from models.runtime import KerasRuntime

LEANINGS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
SHOWS = (0.0, 0.25, 0.5, 1.0, 2.0)
AGAIN = (0, 10, 25, 50, 75, 100)
MOST_ASKED = 4096


def distilled(folder: Path, valid: pa.Table, before: memory.Memory, config: CtrConfig) -> serve.Server:
    """Learn the distilled space of an artifact, as it stands, from requests of the rows ``valid``, and add it; returns
    the server as it would have been with what was known ``before`` them."""
    now = serve.load(KerasRuntime(folder))
    learnt, asked = candidates.learn(now, valid, config.seed)
    learnt.save(folder / "distilled.npz")
    np.save(folder / "ranked_asked.npy", asked)
    np.save(folder / "ranked.npy", candidates.coordinates(now, learnt))
    return candidates.as_of(now, before, valid, config.seed)


def choose(model: CtrModel, state: memory.Memory, valid: np.ndarray) -> dict[str, Any]:
    """Where candidates come from, by recall on the validation rows; of equals the least: ``leaning`` on what everybody
    likes (with few clicks the space knows little of people, and popularity is hard to beat), and how many ads that the
    user clicked before are candidates ``again`` (people come back to an app, not to a film)."""
    clicked = valid[model.rows.clicks[valid] > 0]
    clicked = np.random.default_rng(model.config.seed).permutation(clicked)[:MOST_ASKED]
    if not len(clicked):
        return {"leaning": 0.0, "again": 0, "recall": 0.0}
    plain = rows.embed_ads(model.embed_ads, model.known, state)["vector"]
    requests, own = rows.reach(model.requests(clicked)), model.rows.ad_row[clicked]
    liked = counters.clicks_of(state, model.known.key)
    before = state.clicked(model.rows.users[clicked], max(AGAIN))
    before = np.where(before > 0, model.known.row(before), -1)

    def found(leaning: float, again: int) -> float:
        return evaluate.recall(requests, rows.lean(plain, liked, leaning), own, before[:, :again]) or 0.0

    again = max(AGAIN, key=lambda n: (found(0.0, n), -n))
    leaning = max(LEANINGS, key=lambda w: (found(w, again), -w))
    return {"leaning": leaning, "again": again, "recall": found(leaning, again)}


def by_rank(then: serve.Server, valid: pa.Table) -> tuple[float, float]:
    """How much the ranker's order should lean on how often ads are shown, and the recall of the clicked ads of
    ``valid`` where candidates stand in that order; of equals the least, 0 where nothing is clicked."""
    found = exhaustive.hits(then, valid, SHOWS)
    if not len(found):
        return 0.0, 0.0
    recall = found.mean(axis=0)
    return SHOWS[int(np.argmax(recall))], float(recall.max())
