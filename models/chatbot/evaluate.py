"""Score the chatbot on labelled questions: the held-out ones every night, any file by hand.

The night's figures are those of the model in ``held``, whose tables and vectors lack the held-out questions and whose
encoder and weights were fitted without them.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.task import Task
from models.chatbot import serve
from models.chatbot.confidence import auroc
from models.chatbot.corpus import scenario_id
from models.chatbot.features import clean
from models.chatbot.rank import RETRIEVERS, SPARSE, best_rank, retrieval_metrics
from models.runtime import KerasRuntime

log = logging.getLogger("naru")
OUT = "metrics/chatbot"
ENSEMBLE = "ensemble"
OTHERS = 99


def accepted_scenarios(server: serve.Chatbot, table: pa.Table) -> list[list[int]]:
    """For each row the numbers of the scenarios that are right.

    The row's scenario_id where the chatbot knows it, otherwise every scenario that has the row's answer.
    """
    pairs = server.bot.pairs
    number = {name: i for i, name in enumerate(pairs.names)}
    by_answer: dict[str, set[int]] = defaultdict(set)
    for answer, scenario in zip(pairs.answers, pairs.scenario.tolist(), strict=True):
        by_answer[clean(answer)].add(scenario)
    answers = table["answer"].to_pylist() if "answer" in table.column_names else [None] * table.num_rows
    ids = table["scenario_id"].to_pylist() if "scenario_id" in table.column_names else [None] * table.num_rows
    ids = [scenario_id(name) for name in ids]
    return [
        [number[own]] if own in number else sorted(by_answer.get(clean(answer or ""), ()))
        for own, answer in zip(ids, answers, strict=True)
    ]


def all_ranks(server: serve.Chatbot, table: pa.Table) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """(rank of the right scenario of each retriever and of the ensemble, ``first_of_hundred``, how sure the chatbot is
    of its first answer) of each row.

    Ranks are inf where it is not found or not known.
    """
    accepted = accepted_scenarios(server, table)
    ranks = {name: np.full(table.num_rows, np.inf) for name in (*RETRIEVERS, ENSEMBLE)}
    first, sure = np.zeros(table.num_rows), np.zeros(table.num_rows)
    readings = server.read([question or "" for question in table["question"].to_pylist()])
    for part, similarities in server.ranker.chunks(readings):
        pooled = server.ranker.pooled(similarities)
        total = server.ranker.ensemble(pooled)
        sure[part] = np.where(total.max(axis=1) > 0, server.sure(readings[part], similarities, total)[0], 0)
        for name, scores in {**pooled, ENSEMBLE: total}.items():
            ranks[name][part] = [best_rank(s, right) for s, right in zip(scores, accepted[part], strict=True)]
        first[part] = [first_of_hundred(s, right) for s, right in zip(total, accepted[part], strict=True)]
    return ranks, first, sure


def first_of_hundred(scores: np.ndarray, right: Sequence[int]) -> float:
    """The chance that the best of the ``right`` scenarios is ahead of ``OTHERS`` others that are drawn from ``scores``
    (scenarios,): of all draws at once (hypergeometric), so that no luck is in it."""
    best = max((scores[s] for s in right), default=0.0)
    if best <= 0:
        return 0.0
    others = np.delete(scores, right)
    ahead = np.arange(int((others >= best).sum()))
    left = len(others) - min(OTHERS, len(others))
    return float(np.prod(np.maximum(left - ahead, 0) / (len(others) - ahead)))


def score(server: serve.Chatbot, table: pa.Table) -> dict[str, float]:
    """hit@1, hit@10, mrr and 1-of-100 of dialogue rows (question, answer, scenario_id may be absent or null).

    ``known`` is the share of rows that the chatbot has a scenario for: no other can be found, and all of them count.
    ``told`` is the share that gets an answer, not the fallback, and ``precision`` how many of these are right. Where
    some rows are known and others are not, ``auroc`` says how well the confidence parts them. Where none is known, a
    warning says what was looked for.
    """
    ranks, first, sure = all_ranks(server, table)
    known = np.asarray([bool(right) for right in accepted_scenarios(server, table)], bool)
    if not known.any() and table.num_rows:
        given = {name: table[name][0].as_py() for name in ("scenario_id", "answer") if name in table.column_names}
        log.warning("the chatbot has a scenario for none of the %d rows: it knows neither of %s", table.num_rows, given)
    told = sure >= server.bot.confidence.threshold
    shares = {name: float(of.sum() / max(len(of), 1)) for name, of in (("known", known), ("told", told))}
    found = {**overall(ranks[ENSEMBLE], first), **shares}
    if told.any():
        found["precision"] = float((ranks[ENSEMBLE] <= 1)[told].mean())
    if known.any() and not known.all():
        found["auroc"] = auroc(sure[known], sure[~known])
    return found


def overall(ranks: np.ndarray, first: np.ndarray) -> dict[str, float]:
    return {**retrieval_metrics(ranks), "1-of-100": float(first.mean()) if len(first) else 0.0}


def run(task: Task) -> None:
    """Stage ``chatbot_evaluate``."""
    folder = task.input("models/chatbot").local_folder()
    table = pq.read_table(folder / "heldout.parquet")
    kind = table["kind"][0].as_py()
    server = serve.load(KerasRuntime(folder / "held"))
    ranks, first, _ = all_ranks(server, table)
    by_name = {name: retrieval_metrics(of) for name, of in ranks.items()}
    best = max(SPARSE, key=lambda name: by_name[name]["hit@1"])
    floor = lowest(by_name[best]["hit@1"], table.num_rows) if kind == "paraphrase" else None
    whole = overall(ranks[ENSEMBLE], first)
    for metric, value in whole.items():
        own = metric == "hit@1"
        task.fact(OUT, metric=metric, value=value, slice="all", floor=floor if own else None, primary=own)
    for name, metrics in by_name.items():
        task.fact(OUT, metric="hit@1", value=metrics["hit@1"], slice=name, floor=None, primary=False)
    flat: dict[str, Any] = {**whole, "heldout": kind, "questions": table.num_rows, "best_sparse": best}
    flat |= {f"{name}_hit@1": metrics["hit@1"] for name, metrics in by_name.items()}
    out = task.output(OUT)
    out.write_json("metrics.json", flat)
    figure = draw_hits(out.folder, {name: m["hit@1"] for name, m in by_name.items()}, kind)
    note = "" if kind == "paraphrase" else "no scenario has two questions: noised copies of indexed ones were asked"
    figures = {figure: f"Held-out hit@1 by retriever ({kind})"}
    task.note(OUT, figures=figures, heldout=kind, remark=note, best_sparse=best)


def lowest(best: float, questions: int) -> float:
    """What the ensemble must reach: the best single sparse retriever's hit@1 less two of its own standard errors.

    The best of several is chosen on the very questions that it is compared on, so that chance is on its side. Two hits
    and two misses are added (Agresti and Coull 1998): among a handful of questions, all of them found prove little.
    """
    share = (best * questions + 2) / (questions + 4)
    return share - 2 * float(np.sqrt(share * (1 - share) / (questions + 4)))


def draw_hits(folder: Path, hits: dict[str, float], kind: str) -> str:
    """Bars of hit@1 by retriever, as SVG; returns its path below ``folder``."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "naru"
    from matplotlib import pyplot

    names: Sequence[str] = sorted(hits, key=lambda name: hits[name])
    figure, axes = pyplot.subplots(figsize=(7, 0.4 * len(names) + 1))
    axes.barh(names, [hits[name] for name in names], color=["#c44" if n == ENSEMBLE else "#48a" for n in names])
    for place, name in enumerate(names):
        axes.text(hits[name], place, f" {hits[name]:.3f}", va="center")
    axes.set(xlim=(0, 1.1), xlabel=f"hit@1 on held-out questions ({kind})")
    figure.tight_layout()
    (folder / "figures").mkdir(exist_ok=True)
    figure.savefig(folder / "figures" / "hits.svg", metadata={"Date": None})
    pyplot.close(figure)
    return "figures/hits.svg"
