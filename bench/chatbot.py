"""The chatbot on question-answer pairs of real users, and on simulated paraphrases, against its best sparse retriever.

Pairs: one question of every answer with three or more is kept back, the rest is landed and trained on; once more with
one question fewer of each of these answers, which tells what a further phrasing is worth. The questions of this file
come in twos that say nearly the same (2,582 answers have exactly two, 259 three), and of each answer with three or more
one had been taken out before: where three are left, one is without its like, and asked at random it is a third of the
time what nothing here resembles. So a second split asks, of exactly three, one of the two most alike. The nearest
question by characters is right .34 of the time on the first, .44 on the second and .41 on the questions taken out
before: these lie between the two, nearer to the second. Paraphrases: of 1,000
simulated scenarios seven questions are landed and three asked, beside questions of scenarios that are not there; the
same with fewer scenarios for K and the evaluator. Sentences of the same meaning: most scenarios have one question
alone, so that nothing of how people rephrase can be learnt. Then what a loop of a minute still finds, what the encoder
loses without pretrained vectors, and how fast a fresh process answers from the release.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import rephrased
from bench.lakes import naru, need, scratch, stages
from bench.row import Row, figure
from config.lake import Lake
from config.settings import PROJECT
from models.chatbot.confidence import auroc
from models.chatbot.evaluate import ENSEMBLE, accepted_scenarios, all_ranks, overall
from models.chatbot.features import Reading, joined
from models.chatbot.rank import SPARSE
from models.chatbot.serve import Chatbot, load
from models.runtime import KerasRuntime

DS, SEEDS, WORLDS = "2026-11-01", (1, 2, 3), (1, 2)
SCENARIOS, SMALLER, LANDED = 1000, (100, 300), 7
STRANGERS = 100
MINUTE, EPOCHS = 60, 6
Pair = tuple[str, str, str]


def rows(data: Path) -> Iterator[Row]:
    yield from simulated()
    with need(data / "dialogues" / "chatbot_pairs.csv").open(encoding="utf-8", newline="") as source:
        pairs = [(row["question"], row["answer"], "") for row in csv.DictReader(source)]
    found = []
    for turn, seed in enumerate(SEEDS):
        with scratch() as lake:
            landed, asked = keep_back(pairs, seed)
            found.append(measure_in(lake, landed, asked, [], seed))
            if not turn:
                yield from served(lake, asked, "pairs_")
    yield from answered("pairs", found)
    found = [measure(*keep_back(pairs, seed, with_its_like=True), [], seed) for seed in SEEDS]
    yield from answered("pairs_with_their_like", found)
    fewer = measure(*keep_back(pairs, 1, 1), [], 1)
    yield figure(
        "chatbot/pairs_one_question_fewer_hit@1", fewer["hit@1"], "share", rival=("best sparse", fewer["sparse"])
    )
    yield figure("chatbot/pairs_one_question_fewer_1-of-100", fewer["1-of-100"], "share")
    hasty = measure(*keep_back(pairs, 1), [], 1, f"seconds = {MINUTE}")
    yield figure(
        "chatbot/pairs_minute_hit@1",
        hasty["hit@1"],
        "share",
        at_least=hasty["sparse"],
        rival=("best sparse", hasty["sparse"]),
    )
    yield figure("chatbot/pairs_minute_train", 60 * hasty["cpu_minutes"], "CPU s", at_most=MINUTE)
    for name, sentences in (("question_pairs", rephrased.question_pairs), ("korsts", rephrased.korsts)):
        own = measure(*rephrased.split(rephrased.scenarios(sentences(data)), 1), [], 1)
        yield figure(f"chatbot/{name}_hit@1", own["hit@1"], "share", rival=("best sparse", own["sparse"]))
    with_, without = (encoder_alone(pairs, known) for known in (True, False))
    yield figure("chatbot/encoder_pretrained_mrr", with_, "share", rival=("random start", without))


def answered(name: str, found: Sequence[dict[str, float]]) -> Iterator[Row]:
    """Medians of a split of the pairs."""
    sparse = ("best sparse", middle(found, "sparse"))
    yield figure(f"chatbot/{name}_hit@1", middle(found, "hit@1"), "share", at_least=0.52, rival=sparse)
    yield figure(f"chatbot/{name}_1-of-100", middle(found, "1-of-100"), "share", at_least=0.86)
    yield figure(f"chatbot/{name}_nearest_by_characters", middle(found, "nearest"), "share")
    yield figure(f"chatbot/{name}_train", middle(found, "cpu_minutes"), "CPU min", at_most=15.0)


def simulated() -> Iterator[Row]:
    found = []
    for turn, seed in enumerate(WORLDS):
        with scratch() as lake:
            asked = paraphrases(seed, SCENARIOS)
            found.append(measure_in(lake, *asked, seed))
            if not turn:
                yield from served(lake, asked[1])
    sparse = ("best sparse", middle(found, "sparse"))
    yield figure("chatbot/paraphrases_hit@1", middle(found, "hit@1"), "share", at_least=0.98, rival=sparse)
    yield figure("chatbot/paraphrases_mrr", middle(found, "mrr"), "share", at_least=0.985)
    yield figure("chatbot/out_of_scope_auroc", middle(found, "auroc"), "share", at_least=0.95)
    yield figure("chatbot/paraphrases_train", middle(found, "cpu_minutes"), "CPU min", at_most=15.0)
    for size in (*SMALLER, SCENARIOS):
        own = found if size == SCENARIOS else [measure(*paraphrases(1, size), 1)]
        yield figure(f"chatbot/{size}_clusters_over_truth", middle(own, "k"), "ratio", at_least=0.8, at_most=1.2)
        yield figure(f"chatbot/{size}_evaluator", middle(own, "spearman"), "rank correlation", at_least=0.9)
        if size != SCENARIOS:
            yield figure(f"chatbot/{size}_out_of_scope_auroc", middle(own, "auroc"), "share", at_least=0.95)


def served(lake: Lake, asked: Sequence[Pair], of: str = "") -> Iterator[Row]:
    """A fresh process on one core answers from the release."""
    stages(lake, ("chatbot_engine", "chatbot_index", "chatbot_release"), DS)
    questions = Path(lake.base, "questions.json")
    questions.write_text(json.dumps([question for question, _, _ in asked[:300]]), encoding="utf-8")
    folder = lake.partition("releases/chatbot", DS).local_folder()
    command = [sys.executable, "-m", "bench.chatbot_answers", str(folder), str(questions)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout
    told = json.loads(said.splitlines()[-1])
    yield figure(f"chatbot/{of}cold_start_without_kiwi", told["cold_s"], "s", at_most=2.0)
    yield figure(f"chatbot/{of}answer_p50", told["p50_ms"], "ms", at_most=10.0)


def encoder_alone(pairs: Sequence[Pair], pretrained: bool) -> float:
    """Best MRR of the encoder on the tuning questions, its words begun from pretrained vectors or from nothing."""
    from models.chatbot import train
    from models.chatbot.config import ChatbotConfig
    from models.chatbot.corpus import gather
    from models.chatbot.material import Corpus
    from models.tune.training import best_score

    config = ChatbotConfig(seed=1, pretrained=pretrained)
    corpus = Corpus(gather(table(pairs))[0], "kiwi", config)
    return best_score(
        train.session_of(corpus, train.build(corpus, config, 1), config, corpus.kept, slice(None)), EPOCHS
    )


def keep_back(
    pairs: Sequence[Pair], seed: int, fewer: int = 0, with_its_like: bool = False
) -> tuple[list[Pair], list[Pair]]:
    """(landed, asked): one question of every answer with three or more is asked, ``fewer`` others of them are lost.

    ``with_its_like``: of exactly three, it is one of the two that are most alike.
    """
    rng, own = np.random.default_rng(seed), defaultdict(list)
    for row, (_, answer, _) in enumerate(pairs):
        own[answer].append(row)
    many = [found for found in own.values() if len(found) >= 3]
    lenders = [most_alike(pairs, found) if with_its_like and len(found) == 3 else found for found in many]
    out = {int(rng.choice(found)) for found in lenders}
    lost = {i for found in many for i in rng.permutation([i for i in found if i not in out])[:fewer].tolist()}
    return [p for i, p in enumerate(pairs) if i not in out | lost], [pairs[i] for i in sorted(out)]


def most_alike(pairs: Sequence[Pair], rows_: Sequence[int]) -> tuple[int, int]:
    """The two of ``rows_`` whose questions share most of their 1- to 3-grams of characters (Jaccard)."""
    held = {row: set(joined(Reading(pairs[row][0], ()))) for row in rows_}
    return max(
        combinations(rows_, 2), key=lambda two: len(held[two[0]] & held[two[1]]) / len(held[two[0]] | held[two[1]])
    )


def paraphrases(seed: int, scenarios: int) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """(landed, asked, asked out of scope) of a simulated portal's FAQ.

    A fifth as many scenarios, ``STRANGERS`` at least, are strangers': most of them ask something else of a thing that
    is indexed.
    """
    from portal.dialogues import asked
    from portal.world import World

    rng, every = np.random.default_rng(seed), asked(World("large", 20261101 + seed))
    landed, held, strange = [], [], []
    for turn, place in enumerate(rng.permutation(len(every))[: scenarios + max(scenarios // 5, STRANGERS)].tolist()):
        scenario, questions = every[place]
        own = [(questions[i], scenario.answer, scenario.key) for i in rng.permutation(len(questions))[:10].tolist()]
        if turn < scenarios:
            landed += own[:LANDED]
            held += own[LANDED:]
        else:
            strange.append(own[0])
    return landed, held, strange


def measure(
    landed: Sequence[Pair], asked: Sequence[Pair], strange: Sequence[Pair], seed: int, more: str = ""
) -> dict[str, float]:
    with scratch() as lake:
        return measure_in(lake, landed, asked, strange, seed, more)


def measure_in(
    lake: Lake, landed: Sequence[Pair], asked: Sequence[Pair], strange: Sequence[Pair], seed: int, more: str = ""
) -> dict[str, float]:
    """Land, train and evaluate; the trained model is asked what it has not seen. ``more`` is TOML of [chatbot]."""
    file = write(Path(lake.base, "landed.jsonl"), landed)
    naru(lake, "land", "dialogues", str(file), "--ds", DS)
    stages(lake, ("chatbot_train", "chatbot_evaluate"), DS, f"[chatbot]\nseed = {seed}\n{more}\n")
    notes = lake.partition("models/chatbot", DS).manifest()["notes"]
    bot = load(KerasRuntime(lake.partition("models/chatbot", DS).local_folder()))
    ranks, first, _ = all_ranks(bot, table(asked))
    found = overall(ranks[ENSEMBLE], first) | {"sparse": max(float((ranks[name] <= 1).mean()) for name in SPARSE)}
    found |= {
        "nearest": nearest(bot, asked),
        "cpu_minutes": notes["cpu_minutes"],
        "spearman": notes["evaluator"]["spearman"],
    }
    found["k"] = notes["clusters"]["k"] / notes["clusters"]["scenarios"]
    if strange:
        found["auroc"] = auroc(sure(bot, asked[:: max(1, len(asked) // 500)]), sure(bot, strange))
    return found


def nearest(bot: Chatbot, asked: Sequence[Pair]) -> float:
    """How often the one nearest question, by n-grams of characters, is of the right scenario."""
    right, hits = accepted_scenarios(bot, table(asked)), 0
    for part, similarities in bot.ranker.chunks(bot.read([question for question, _, _ in asked]), ("chars",)):
        first = bot.bot.pairs.scenario[similarities["chars"].argmax(axis=1)]
        hits += sum(scenario in accepted for scenario, accepted in zip(first, right[part], strict=True))
    return hits / len(asked)


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
