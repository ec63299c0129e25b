"""Automatic evaluation without labels, on three axes, and the proof that it may be trusted.

For every asked question and the scenario that was found for it: do they want the same (intent: verbs and common nouns),
of the same thing (topic: all names), and is the answer one that questions nearby get (answer)? Each axis is
the cosine to the scenario's cluster, less the mean squared error to its centre. A configuration's score is the mean
over questions and axes.

The score is validated on many configurations whose truth is known: rank correlation with held-out hit@1. Under
``floor`` nothing may be chosen by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from models.chatbot.features import Reading, Token
from models.chatbot.rank import RETRIEVERS, Ranker
from models.chatbot.sparse import Retriever, build_vocabulary, count, pool, unit_rows

AXES = ("intent", "topic", "answer")
TERMS = 50_000
NEIGHBOURS = 10
CONFIGURATIONS = 60


def wants(token: Token) -> bool:
    return token.tag.startswith(("VV", "VA", "MAG", "NNG", "W"))


def names_thing(token: Token) -> bool:
    return token.tag.startswith(("NN", "NP", "SL", "SN", "XR", "W"))


@dataclass(frozen=True)
class Space:
    """Unit rows of the asked questions, and centres of the scenarios, on one axis (sparse, same columns)."""

    asked: sparse.csr_matrix
    centres: sparse.csr_matrix

    def gain(self, rows: np.ndarray, picked: np.ndarray) -> np.ndarray:
        """Cosine less mean squared error of each question and the centre of the scenario picked for it."""
        one, other = self.asked[rows], self.centres[picked]
        product = np.asarray(one.multiply(other).sum(axis=1)).ravel()
        lengths = [np.asarray(m.multiply(m).sum(axis=1)).ravel() for m in (one, other)]
        error = (lengths[0] + lengths[1] - 2 * product) / 2
        cosine = product / np.sqrt(np.maximum(lengths[0] * lengths[1], 1e-12))
        found: np.ndarray = cosine - error
        return found


def weighted(terms: Sequence[Sequence[str]], known: Sequence[Sequence[str]]) -> sparse.csr_matrix:
    """Unit TF-IDF rows of ``terms`` in the vocabulary of ``known``."""
    vocabulary = build_vocabulary(known, TERMS)
    counts = count(known, {t: i for i, t in enumerate(vocabulary)})[0]
    retriever = Retriever(vocabulary, counts, "tfidf")
    found, _ = count(terms, retriever.ids)
    return unit_rows(found.multiply(retriever.idf[None, :]).tocsr())


def centre(rows: sparse.csr_matrix, starts: np.ndarray) -> sparse.csr_matrix:
    """Mean rows of each scenario."""
    sizes = np.diff(np.r_[starts, rows.shape[0]])
    owner = np.repeat(np.arange(len(starts)), sizes)
    share = sparse.csr_matrix((1 / sizes[owner], (owner, np.arange(len(owner)))), shape=(len(starts), len(owner)))
    return share @ rows


def build_spaces(
    asked: Sequence[Reading], known: Sequence[Reading], answers: Sequence[Reading], starts: np.ndarray, near: np.ndarray
) -> dict[str, Space]:
    """The three axes; ``near`` (asked, scenarios) is how near each question lies to each cluster of question vectors.

    What a question should be answered is the mean answer of its ``NEIGHBOURS`` nearest clusters.
    """
    spaces = {}
    for axis, chosen in (("intent", wants), ("topic", names_thing)):
        terms = [[[t.term for t in r.tokens if chosen(t)] for r in side] for side in (asked, known)]
        spaces[axis] = Space(weighted(terms[0], terms[1]), centre(weighted(terms[1], terms[1]), starts))
    told = [[t.term for t in r.tokens] for r in answers]
    rows = weighted(told, told)
    depth = min(NEIGHBOURS, near.shape[1])
    first = np.argpartition(-near, depth - 1, axis=1)[:, :depth]
    share = np.maximum(np.take_along_axis(near, first, axis=1), 1e-6) ** 4
    share /= share.sum(axis=1, keepdims=True)
    line = np.repeat(np.arange(len(first)), depth)
    mean = sparse.csr_matrix((share.ravel(), (line, first.ravel())), shape=near.shape) @ rows
    spaces["answer"] = Space(mean, rows)
    return spaces


@dataclass(frozen=True)
class Judged:
    """One configuration: the weights of the retrievers, its automatic score by axis and whole, and its truth."""

    weights: dict[str, float]
    axes: dict[str, float]
    score: float
    truth: float


def configurations(seed: int) -> list[dict[str, float]]:
    """Weights of ``CONFIGURATIONS`` ensembles: every retriever alone, then some together by chance."""
    rng = np.random.default_rng(seed)
    found = [{name: 1.0} for name in RETRIEVERS]
    while len(found) < CONFIGURATIONS:
        chosen = rng.permutation(len(RETRIEVERS))[: rng.integers(1, len(RETRIEVERS) + 1)]
        found.append(
            {RETRIEVERS[i]: float(w) for i, w in zip(chosen, rng.dirichlet(np.ones(len(chosen))), strict=True)}
        )
    return found


def judge_all(
    ranker: Ranker,
    asked: Sequence[Reading],
    truth: Sequence[int],
    known: Sequence[Reading],
    answers: Sequence[Reading],
    seed: int,
) -> list[Judged]:
    """Every configuration, judged automatically and by the truth, on the same questions."""
    plans = configurations(seed)
    picks = np.zeros((len(plans), len(asked)), np.int64)
    near = np.zeros((len(asked), len(ranker.starts)), np.float32)
    for part, similarities in ranker.chunks(asked):
        pooled = ranker.pooled(similarities)
        near[part] = sum(pool(similarities[name], ranker.starts, 16.0) for name in ("meaning", "chars", "encoder"))
        for place, weights in enumerate(plans):
            picks[place, part] = sum(w * pooled[name] for name, w in weights.items()).argmax(axis=1)  # type: ignore[union-attr]
    spaces = build_spaces(asked, known, answers, ranker.starts, near)
    rows, right = np.arange(len(asked)), np.asarray(truth)
    judged = []
    for weights, picked in zip(plans, picks, strict=True):
        axes = {axis: float(space.gain(rows, picked).mean()) for axis, space in spaces.items()}
        judged.append(Judged(weights, axes, sum(axes.values()) / len(AXES), float((picked == right).mean())))
    return judged


def spearman(judged: Sequence[Judged]) -> float:
    """Rank correlation of the automatic score with the truth; 0 where one of them never varies."""
    from scipy.stats import rankdata

    ranks = [rankdata([getattr(j, name) for j in judged]) for name in ("score", "truth")]
    spread = [float(r.std()) for r in ranks]
    return float(np.corrcoef(*ranks)[0, 1]) if min(spread, default=0.0) > 0 else 0.0


def draw(folder: Path, judged: Sequence[Judged], correlation: float, floor: float) -> str:
    """Truth against automatic score, as SVG; returns its path below ``folder``."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "naru"
    from matplotlib import pyplot

    figure, plot = pyplot.subplots(figsize=(5, 4))
    plot.scatter([j.score for j in judged], [j.truth for j in judged], color="#48a", s=18)
    verdict = "trusted" if correlation >= floor else f"under {floor:g}: nothing is chosen by it"
    plot.set(xlabel="automatic score", ylabel="held-out hit@1", title=f"Spearman {correlation:.3f} ({verdict})")
    figure.tight_layout()
    (folder / "figures").mkdir(exist_ok=True)
    figure.savefig(folder / "figures" / "evaluator.svg", metadata={"Date": None})
    pyplot.close(figure)
    return "figures/evaluator.svg"
