"""What the loop finds out about its own corpus and its own judgement, for the artifact and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from config.task import Task
from models.chatbot import axes, clusters, merges
from models.chatbot.config import ChatbotConfig
from models.chatbot.corpus import Pairs
from models.chatbot.features import Reading, clean
from models.chatbot.material import Corpus
from models.chatbot.rank import Ranker
from models.chatbot.sparse import Retriever

SHOWN = 20
NOISY = 0.7
SHARED = 0.3
FLOOR = 0.8


def report_overlap(task: Task, out: str, corpus: Corpus, retrievers: Mapping[str, Retriever]) -> None:
    """``merges.json``: scenarios that look like one."""
    found = merges.merge_list(corpus.pairs, *merges.nearest_others(corpus.pairs, retrievers))
    task.output(out).write_json("merges.json", found)
    first = " and ".join(found[0]["scenarios"]) if found else ""
    told = f"scenarios that look like one: {len(found)} times two, first {first}; see merges.json" if found else ""
    task.note(out, merges=found[:SHOWN], merges_found=len(found), merging=told)


def findable(held_out: np.ndarray, indexed: np.ndarray) -> float:
    """Which share of the questions find their own scenario, by whether each ``held_out`` one does through the whole
    ensemble, and each ``indexed`` one, as if it were not there, through what learns nothing from the labels.

    The better of the two: words alone miss what the encoder finds where scenarios share their words, and a few held-out
    questions prove little: to these two hits and two misses are added (Agresti and Coull 1998). 1 where there is none.
    """
    shares = [float(indexed.mean())] if len(indexed) else []
    if len(held_out):
        shares.append(float(held_out.sum() + 2) / (len(held_out) + 4))
    return max(shares, default=1.0)


def doubt(hits: float, pairs: Pairs) -> str:
    """What the operator is told of labels that contradict each other, or of a lone scenario; else nothing.

    Either questions do not find their own scenario, or the same question stands in several.
    """
    if len(pairs.names) == 1:
        return f"there is one scenario alone, {pairs.names[0]}: no question can be told from those of another"
    met = Counter(clean(question) for question in pairs.questions)
    shared = sum(times for times in met.values() if times > 1) / len(pairs)
    told = []
    if hits < NOISY:
        told.append(
            f"only {hits:.0%} of the questions find their own scenario by its others: many labels are wrong, many "
            "answers fit, or the questions of a scenario have little in common; check their answer or scenario_id"
        )
    if shared > SHARED:
        told.append(f"{shared:.0%} of the questions stand in several scenarios, word for word: look at merges.json")
    return "; ".join(told)


def spared(curves: Sequence[Mapping[str, Sequence[float]]], config: ChatbotConfig) -> str:
    """Why fewer encoders were trained than wanted, by the learning curves of those that were; else nothing."""
    left, best = config.towers - len(curves), max(curves[-1]["mrr"])
    if left and best >= config.good_enough:
        return (
            f"{left} of {config.towers} encoders are spared: one alone has an MRR of {best:.4f} on the tuning "
            f"questions, and good_enough = {config.good_enough:g}"
        )
    if left:
        return f"{left} of {config.towers} encoders are left out: {config.seconds:g} CPU seconds have no room for them"
    return ""


def judge_itself(task: Task, out: str, ranker: Ranker, corpus: Corpus, known: Sequence[Reading]) -> float:
    """Validate the automatic evaluation on held-out questions: its rank correlation with the truth.

    ``evaluator.json`` holds every configuration with its automatic score and its truth.
    """
    judged = axes.judge_all(ranker, *corpus.judged, known, corpus.answers, corpus.config.seed)
    correlation = axes.spearman(judged)
    trusted = correlation >= FLOOR
    rows = [{"weights": j.weights, **j.axes, "score": j.score, "hit@1": j.truth} for j in judged]
    told = {"spearman": correlation, "floor": FLOOR, "trusted": trusted, "configurations": rows}
    task.output(out).write_json("evaluator.json", told)
    figure = axes.draw(task.output(out).folder, judged, correlation, FLOOR)
    copies = max(0, len(corpus.asked[1]) - len(corpus.tuning[1]))
    of = f"; {copies} of the {len(corpus.judged[1])} questions are noised copies of indexed ones" if copies else ""
    caption = f"Automatic score against held-out hit@1, {len(judged)} configurations{of}"
    task.note(out, evaluator={n: told[n] for n in ("spearman", "floor", "trusted")}, figures={figure: caption})
    if not trusted:
        task.log("the automatic score (Spearman %.2f, floor %.2f) chooses nothing", correlation, FLOOR)
    return correlation


def report_clusters(
    task: Task,
    out: str,
    pairs: Pairs,
    vectors: np.ndarray,
    correlation: float,
    placed: Sequence[Mapping[str, Any]],
    config: ChatbotConfig,
    going: Callable[[], bool],
) -> None:
    """``clusters.json``: K, every round that led to it, and where the pairs without a scenario belong: as they were
    ``placed`` among the scenarios of others, else to a cluster."""
    found = clusters.describe(pairs, vectors, correlation >= FLOOR, config.seed, going)
    found["assigned"] = placed or found["assigned"]
    task.output(out).write_json("clusters.json", found)
    task.note(out, clusters={"k": found["k"], "scenarios": len(pairs.names), "assigned": len(found["assigned"])})
    task.note(out, choosing=chosen(found, len(pairs.names), correlation), joining=settled(placed, config.precision))


def chosen(found: Mapping[str, Any], scenarios: int, correlation: float) -> str:
    """How K was chosen, or why not."""
    score = f"the automatic score ranks configurations as held-out questions do by {correlation:.2f} (Spearman)"
    if correlation < FLOOR:
        return f"{score}, less than {FLOOR:g}: it chooses nothing, and K is the number of scenarios, {scenarios}"
    if not found["rounds"]:
        return f"{score}; too few scenarios have two questions, or there was no time, to look for K: it is {scenarios}"
    return f"{score}; K = {found['k']} is its choice, {scenarios} scenarios there are"


def settled(placed: Sequence[Mapping[str, Any]], precision: float) -> str:
    """What became of the questions without a scenario_id where others have one."""
    if not placed:
        return ""
    sure, joined = sum(where["confidence"] >= precision for where in placed), sum(where["joined"] for where in placed)
    return (
        f"{len(placed)} questions have no scenario_id; {sure} of them surely belong to a scenario, and {joined} have "
        "joined it; see clusters.json"
    )


def confiding(auroc: float | None, threshold: float, minutes: float) -> str:
    """What the confidence is worth, and what all of it cost."""
    apart = (
        "" if auroc is None else f"; it parts known questions from those of scenarios taken out by AUROC {auroc:.3f}"
    )
    return f"answers are told from a confidence of {threshold:.2f} on{apart}; {minutes:.1f} CPU minutes of training"


def overdrawn(spent: float, seconds: float) -> str:
    """That the loop took longer than it was given: what is always done, on this corpus, does; else nothing."""
    if not seconds or spent <= seconds:
        return ""
    return f"the loop took {spent:.0f} CPU seconds where {seconds:g} are wanted: its least takes as long on this corpus"
