"""The chatbot on question-answer pairs of real users, and on simulated paraphrases, against its best sparse retriever.

Pairs: one question of every answer with three or more is kept back, the rest is landed and trained on. Paraphrases: of
1,000 simulated scenarios seven questions are landed and three asked, beside questions of scenarios that are not there.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.lakes import metrics, naru, need, scratch, stages
from bench.row import Row, figure
from models.chatbot.confidence import auroc
from models.chatbot.evaluate import score
from models.chatbot.serve import Chatbot, load
from models.runtime import KerasRuntime

DS, SEEDS = "2026-11-01", (1, 2, 3)
SCENARIOS, STRANGE, LANDED = 1000, 200, 7
Pair = tuple[str, str, str]


def rows(data: Path) -> Iterator[Row]:
    yield from simulated()
    with need(data / "dialogues" / "chatbot_pairs.csv").open(encoding="utf-8", newline="") as source:
        pairs = [(row["question"], row["answer"], "") for row in csv.DictReader(source)]
    found = [measure(*keep_back(pairs, seed), [], seed) for seed in SEEDS]
    yield figure("chatbot/pairs_hit@1", middle(found, "hit@1"), "share", rival=("best sparse", middle(found, "sparse")))
    yield figure("chatbot/pairs_1-of-100", middle(found, "1-of-100"), "share")
    yield figure("chatbot/pairs_train", middle(found, "cpu_minutes"), "CPU min", at_most=15.0)


def simulated() -> Iterator[Row]:
    found = [measure(*paraphrases(seed), seed) for seed in SEEDS]
    yield figure(
        "chatbot/paraphrases_hit@1",
        middle(found, "hit@1"),
        "share",
        at_least=0.98,
        rival=("best sparse", middle(found, "sparse")),
    )
    yield figure("chatbot/paraphrases_mrr", middle(found, "mrr"), "share", at_least=0.985)
    yield figure("chatbot/out_of_scope_auroc", middle(found, "auroc"), "share", at_least=0.95)
    yield figure("chatbot/clusters_over_truth", middle(found, "k"), "ratio", at_least=0.8, at_most=1.2)
    yield figure("chatbot/evaluator_spearman", middle(found, "spearman"), "rank correlation", at_least=0.9)
    yield figure("chatbot/paraphrases_train", middle(found, "cpu_minutes"), "CPU min", at_most=15.0)


def keep_back(pairs: Sequence[Pair], seed: int) -> tuple[list[Pair], list[Pair]]:
    """(landed, asked): one question of every answer with three or more is asked."""
    rng, own = np.random.default_rng(seed), defaultdict(list)
    for row, (_, answer, _) in enumerate(pairs):
        own[answer].append(row)
    out = {int(rng.choice(found)) for found in own.values() if len(found) >= 3}
    return [p for i, p in enumerate(pairs) if i not in out], [pairs[i] for i in sorted(out)]


def paraphrases(seed: int) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """(landed, asked, asked out of scope) of a simulated portal's FAQ."""
    from portal.dialogues import asked
    from portal.world import World

    rng, every = np.random.default_rng(seed), asked(World("large", 20261101 + seed))
    landed, held, strange = [], [], []
    for turn, place in enumerate(rng.permutation(len(every))[: SCENARIOS + STRANGE].tolist()):
        scenario, questions = every[place]
        own = [(questions[i], scenario.answer, scenario.key) for i in rng.permutation(len(questions))[:10].tolist()]
        if turn < SCENARIOS:
            landed += own[:LANDED]
            held += own[LANDED:]
        else:
            strange.append(own[0])
    return landed, held, strange


def measure(landed: Sequence[Pair], asked: Sequence[Pair], strange: Sequence[Pair], seed: int) -> dict[str, float]:
    """Land, train and evaluate in a lake of its own; the trained model is asked what it has not seen."""
    with scratch() as lake:
        file = write(Path(lake.base, "landed.jsonl"), landed)
        naru(lake, "land", "dialogues", str(file), "--ds", DS)
        stages(lake, ("chatbot_train", "chatbot_evaluate"), DS, f"[chatbot]\nseed = {seed}\n")
        night, notes = metrics(lake, "chatbot", DS), lake.partition("models/chatbot", DS).manifest()["notes"]
        bot = load(KerasRuntime(lake.partition("models/chatbot", DS).local_folder()))
        found = score(bot, table(asked)) | {"sparse": night[f"{night['best_sparse']}_hit@1"]}
        found |= {"cpu_minutes": notes["cpu_minutes"], "spearman": notes["evaluator"]["spearman"]}
        found["k"] = notes["clusters"]["k"] / notes["clusters"]["scenarios"]
        if strange:
            found["auroc"] = auroc(sure(bot, asked[:: max(1, len(asked) // 500)]), sure(bot, strange))
    return found


def write(path: Path, pairs: Sequence[Pair]) -> Path:
    lines = [
        json.dumps({"question": q, "answer": a, "scenario_id": s or None}, ensure_ascii=False) for q, a, s in pairs
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def table(pairs: Sequence[Pair]) -> Any:
    import pyarrow as pa

    columns = zip(("question", "answer", "scenario_id"), zip(*pairs, strict=True), strict=True)
    return pa.table({name: pa.array([v or None for v in values], pa.string()) for name, values in columns})


def sure(bot: Chatbot, pairs: Sequence[Pair]) -> np.ndarray:
    return np.asarray([bot.answer({"text": question})["confidence"] for question, _, _ in pairs])


def middle(found: Sequence[dict[str, float]], name: str) -> float:
    return median(row[name] for row in found)
