"""Ranking scenarios for a question: every retriever's similarities, pooled over scenarios, weighted and summed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from models.chatbot.features import STREAMS, Reading
from models.chatbot.sparse import Retriever, Scheme, count, pool, ridge

Search = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]
Encode = Callable[[Sequence[Reading]], dict[str, np.ndarray]]
Scores = dict[str, np.ndarray]

SCHEMES: dict[str, Scheme] = {"": "tfidf", "_bm25": "bm25"}
SPARSE: dict[str, tuple[str, Scheme]] = {
    stream + suffix: (stream, scheme) for stream in STREAMS for suffix, scheme in SCHEMES.items()
}
LINEAR = "linear"
LINEAR_OF = ("joined", "jamo", "content")
DENSE = {"encoder": "vector", "meaning": "meaning", "answer": "vector"}
POOLED = (*SPARSE, *DENSE)
RETRIEVERS = (*SPARSE, LINEAR, *DENSE)
LEARNED = (LINEAR, "encoder", "answer")
COMPANY = "company"
WEIGHED = (*RETRIEVERS, COMPANY)
DEPTH = 4096
CELLS = 4_000_000


@dataclass
class Ranker:
    """Scores of scenarios; ``starts`` is where each scenario's questions begin among the indexed ones.

    ``ridge`` is the linear classifier over the mean of the ``LINEAR_OF`` similarities (without entries: none).
    ``encode`` gives the vectors that ``DENSE`` names of readings, ``search`` of each of these retrievers the nearest
    indexed questions (of ``answer``: the questions with the nearest answers) by inner product.
    """

    starts: np.ndarray
    questions: int
    sparse: Mapping[str, Retriever]
    ridge: csr_matrix
    encode: Encode
    search: Mapping[str, Search]
    pools: Mapping[str, float]
    weights: Mapping[str, float]

    def similarities(self, readings: Sequence[Reading], only: Collection[str] = POOLED) -> Scores:
        """float32 (len(readings), indexed questions) of ``only``; dense retrievers find ``DEPTH`` of them."""
        found: Scores = {}
        for stream, terms_of in STREAMS.items():
            if own := [name for name, (of, _) in SPARSE.items() if of == stream and name in only]:
                counted = count([terms_of(r) for r in readings], self.sparse[own[0]].ids)
                found |= {name: self.sparse[name].similarities(*counted) for name in own}
        dense = [name for name in DENSE if name in only]
        vectors = self.encode(readings) if dense else {}
        return found | {name: self._nearest(name, vectors[DENSE[name]]) for name in dense}

    def _nearest(self, name: str, asked: np.ndarray) -> np.ndarray:
        values, rows = self.search[name](asked, min(DEPTH, self.questions))
        found = np.zeros((len(asked), self.questions), np.float32)
        line, column = np.nonzero(rows >= 0)
        found[line, rows[line, column]] = values[line, column]
        return np.maximum(found, 0)

    def pooled(self, similarities: Scores, linear: bool = True) -> Scores:
        """(n, scenarios) of each retriever whose similarities are there; ``linear`` where those it is made of are."""
        scores = {name: pool(found, self.starts, self.pools[name]) for name, found in similarities.items()}
        if not linear or not set(LINEAR_OF) <= set(similarities):
            return scores
        mean = sum(similarities[name] for name in LINEAR_OF) / len(LINEAR_OF)
        return {**scores, LINEAR: np.maximum(mean @ self.ridge, 0)}

    @cached_property
    def sizes(self) -> np.ndarray:
        """Of how many questions each scenario is, (scenarios,)."""
        return np.diff(np.r_[self.starts, self.questions])

    @cached_property
    def company(self) -> np.ndarray:
        """``company`` of the indexed questions, float32 (scenarios,)."""
        return company(self.sizes).astype(np.float32)

    def places(self, scenarios: Iterable[int]) -> list[slice]:
        """Where the questions of each scenario stand among the indexed ones."""
        ends = np.r_[self.starts[1:], self.questions]
        return [slice(int(self.starts[s]), int(ends[s])) for s in scenarios]

    def ensemble(self, pooled: Scores) -> np.ndarray:
        """(n, scenarios): the weighted sum; 0 for what no retriever of weight finds.

        Scenarios of many questions are ahead of lone ones by a weight of their own: what was asked often is likelier
        asked again.
        """
        total = np.zeros_like(next(iter(pooled.values())))
        for name in RETRIEVERS:
            if weight := self.weights.get(name, 0.0):
                total += np.float32(weight) * pooled[name]
        ahead = np.float32(self.weights.get(COMPANY, 0.0))
        return np.where(total > 0, total + ahead * self.company, 0) if ahead else total

    def finds(self, readings: Sequence[Reading], truth: Sequence[int]) -> np.ndarray:
        """Whether the right scenario of each question is first, (n,) bool."""
        found = np.zeros(len(readings), bool)
        for part, similarities in self.chunks(readings):
            total = self.ensemble(self.pooled(similarities))
            found[part] = (total.argmax(axis=1) == truth[part]) & (total.max(axis=1) > 0)
        return found

    def chunks(self, readings: Sequence[Reading], only: Collection[str] = POOLED) -> Iterator[tuple[slice, Scores]]:
        """Similarities a few questions at a time, so that large corpora fit into memory."""
        step = max(1, CELLS // max(self.questions, 1))
        for start in range(0, len(readings), step):
            part = slice(start, min(start + step, len(readings)))
            yield part, self.similarities(readings[part], only)


def company(sizes: np.ndarray) -> np.ndarray:
    """How much company a scenario's question has, by how many there are: 0 alone, 1/2 of two, towards 1."""
    found: np.ndarray = 1 - 1 / sizes
    return found


def fit_ridge(sparse: Mapping[str, Retriever], starts: np.ndarray, wanted: bool) -> csr_matrix:
    """The linear classifier; without entries where it is not ``wanted`` (its cost is the cube of the questions)."""
    rows = sparse[LINEAR_OF[0]].table.shape[1]
    if not wanted:
        return csr_matrix((rows, len(starts)), dtype=np.float32)
    kernel = np.zeros((rows, rows), np.float32)
    for name in LINEAR_OF:
        table = sparse[name].table
        kernel += (table.T @ table).toarray() / len(LINEAR_OF)
    return ridge(kernel, starts)


def exact_search(vectors: np.ndarray) -> Search:
    """Nearest rows of ``vectors`` by inner product, best first."""

    def search(asked: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        scores = asked @ vectors.T
        rows = np.sort(np.argpartition(-scores, min(k, len(vectors)) - 1, axis=1)[:, :k], axis=1)
        order = np.argsort(-np.take_along_axis(scores, rows, axis=1), axis=1, kind="stable")
        rows = np.take_along_axis(rows, order, axis=1)
        return np.take_along_axis(scores, rows, axis=1), rows

    return search


def best_rank(scores: np.ndarray, accepted: Sequence[int]) -> float:
    """Rank, from 1, of the best of the ``accepted`` scenarios (ties by number); inf where none has a score."""
    right = [s for s in accepted if scores[s] > 0]
    if not right:
        return float("inf")
    top = max(right, key=lambda s: (scores[s], -s))
    return 1.0 + int((scores > scores[top]).sum()) + int((scores[:top] == scores[top]).sum())


def retrieval_metrics(ranks: np.ndarray) -> dict[str, float]:
    """hit@1, hit@10 and MRR of ranks that count from 1 (inf = not found)."""
    if not len(ranks):
        return {"hit@1": 0.0, "hit@10": 0.0, "mrr": 0.0}
    return {
        "hit@1": float((ranks <= 1).mean()),
        "hit@10": float((ranks <= 10).mean()),
        "mrr": float((1 / ranks).mean()),
    }
