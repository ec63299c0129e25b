"""Question answering on KorQuAD articles, split 80/20 by article."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.lakes import metrics, naru, need, scratch, stages
from bench.row import Row, figure

DS, SEEDS = "2026-11-01", (1, 2, 3)


def rows(data: Path) -> Iterator[Row]:
    file = need(data / "qa" / "korquad_v1_100_articles.json")
    found, seconds = [], []
    with scratch() as lake:
        naru(lake, "import", "squad", str(file), "--ds", DS)
        stages(lake, ("clean_corpus",), DS)
        for seed in SEEDS:
            seconds.append(stages(lake, ("qa_train", "qa_evaluate"), DS, f"[qa]\nseed = {seed}\n"))
            found.append(metrics(lake, "qa", DS))
    yield figure("qa/korquad_retrieval_r@1_worst_seed", min(f["retrieval_r@1"] for f in found), "share", at_least=0.85)
    yield figure("qa/korquad_reader_f1_worst_seed", min(f["reader_f1"] for f in found), "%", at_least=40)
    for name, unit in (("reader_em", "%"), ("open_f1", "%"), ("sentence_accuracy", "share")):
        yield figure(f"qa/korquad_{name}", median(f[name] for f in found), unit)
    yield figure("qa/korquad_train_and_evaluate", median(seconds), "s")
