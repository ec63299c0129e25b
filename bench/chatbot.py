"""The chatbot on question-answer pairs of real users, against its own best sparse retriever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.lakes import metrics, naru, need, scratch, stages
from bench.row import Row, figure

DS, SEEDS = "2026-11-01", (1, 2, 3)


def rows(data: Path) -> Iterator[Row]:
    file = need(data / "dialogues" / "chatbot_pairs.csv")
    hits, best, seconds = [], [], []
    with scratch() as lake:
        naru(lake, "import", "dialogues-csv", str(file), "--ds", DS)
        for seed in SEEDS:
            config = f"[chatbot]\nseed = {seed}\n"
            seconds.append(stages(lake, ("chatbot_train", "chatbot_evaluate"), DS, config))
            found = metrics(lake, "chatbot", DS)
            hits.append(found["hit@1"])
            best.append(found[f"{found['best_sparse']}_hit@1"])
    worst = min(h - b for h, b in zip(hits, best, strict=True))
    yield figure("chatbot/pairs_hit@1", median(hits), "share", rival=("best single sparse retriever", median(best)))
    yield figure("chatbot/pairs_lift_over_best_sparse_worst_seed", worst, "share", at_least=0.0)
    yield figure("chatbot/pairs_train_and_evaluate", median(seconds), "s")
