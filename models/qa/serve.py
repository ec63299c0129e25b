"""Answer questions from a release: retrieve paragraphs, read the best of them, point at the answer.

``load`` needs numpy, scipy, pyarrow, Kiwi and what the runtime brings, no TensorFlow. The corpus comes as text: Kiwi
analyses the paragraphs that are read when they are read (about 2 ms each, the last ones are kept), so that a corpus
of a hundred thousand paragraphs needs neither their tokens on disk nor their time at the start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from language.sentences import sentences
from models.pretrained import Vectors
from models.qa.dense import Lsa
from models.qa.features import Pair, Shape, pair
from models.qa.paragraphs import cut
from models.qa.reader import Found, find
from models.qa.retrieve import Retriever, count, morpheme_strings, question_counts, retriever
from models.qa.tokens import Lexicon, Tokens
from models.runtime import Runtime

CARRY = ("paragraphs.parquet", "counts.npz", "lsa.npz", "vectors.npz", "qa.json")
MOST_K = 100
KEPT_TOKENS = 4096


@dataclass(frozen=True)
class Answering:
    """How candidates are weighed; learned on development questions.

    ``paragraphs`` are read; ``retrieval`` is the weight of a paragraph's relative BM25 beside the reader's log
    probability; a question counts as unanswerable where the log odds of "no answer" exceed ``nothing_open`` (on
    retrieved paragraphs) or ``nothing_gold`` (on a given paragraph).
    """

    paragraphs: int = 5
    retrieval: float = 5.0
    nothing_open: float = 1e9
    nothing_gold: float = 1e9


@dataclass(frozen=True)
class Candidate:
    """One retrieved paragraph and what the reader found there."""

    paragraph: int
    relative: float
    pair: Pair
    found: Found

    def score(self, weight: float) -> float:
        return self.found.score + weight * self.relative


@dataclass
class QaServer:
    """A corpus, its retriever and the reader. ``texts``, ``titles``, ``doc_ids``, ``starts`` are Arrow columns."""

    corpus: pa.Table
    retriever: Retriever
    rarity: Retriever
    lexicon: Lexicon
    shape: Shape
    answering: Answering
    paragraph_chars: int
    network: Any
    lsa: Lsa
    dense: Any
    _tokens: dict[int, Tokens] = field(default_factory=dict)

    def text(self, paragraph: int) -> str:
        return str(self.corpus["text"][paragraph].as_py())

    def tokens(self, paragraphs: Sequence[int]) -> list[Tokens]:
        """Analysed paragraphs; what was analysed lately is kept."""
        missing = sorted({p for p in paragraphs if p not in self._tokens})
        if len(self._tokens) + len(missing) > KEPT_TOKENS:
            self._tokens = {p: self._tokens[p] for p in paragraphs if p in self._tokens}
        self._tokens.update(zip(missing, self.lexicon.tokenise([self.text(p) for p in missing]), strict=True))
        return [self._tokens[p] for p in paragraphs]

    def retrieve(self, questions: Sequence[str], k: int) -> tuple[np.ndarray, np.ndarray]:
        """(BM25 scores, paragraph numbers), both (q, min(k, n)), best first.

        Where no word of a question stands in any paragraph, the nearest LSA vectors take its row, with score 0.
        """
        asked = question_counts(questions)
        scores, numbers = self.retriever.best(asked, k)
        lost = np.flatnonzero(scores[:, 0] <= 0) if scores.shape[1] else np.zeros(0, np.int64)
        if len(lost) and self.dense is not None:
            _, near = self.dense.search(self.lsa.vectors(asked[lost]), scores.shape[1])
            numbers[lost] = np.where(near >= 0, near, numbers[lost])
        return scores, numbers

    def compare(self, question: Tokens, paragraph: Tokens) -> Pair:
        return pair(question, paragraph, self.rarity)

    def read(self, pairs: Sequence[Pair]) -> list[Found]:
        """The best span of each pair."""
        return find(self.network, pairs, self.lexicon, self.shape)

    def candidates(self, questions: Sequence[str], k: int | None = None) -> list[list[Candidate]]:
        """Retrieve for each question, read what was retrieved; in the order of retrieval."""
        scores, numbers = self.retrieve(questions, k or self.answering.paragraphs)
        asked = self.lexicon.tokenise(questions)
        pairs = [[self.compare(q, p) for p in self.tokens(row.tolist())] for q, row in zip(asked, numbers, strict=True)]
        found = iter(self.read([p for row in pairs for p in row]))
        relative = scores / np.maximum(scores[:, :1], 1e-9) - 1 if scores.size else scores
        return [
            [Candidate(int(n), float(r), p, next(found)) for n, r, p in zip(*columns, strict=True)]
            for columns in zip(numbers, relative, pairs, strict=True)
        ]

    def ranked(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates with a span, best answer first."""
        kept = [c for c in candidates if c.found.first >= 0]
        return sorted(kept, key=lambda c: -c.score(self.answering.retrieval))

    def with_paragraphs(self, texts: Sequence[str], titles: Sequence[str]) -> QaServer:
        """The same server over a larger corpus: ``texts`` are cut as documents are, and stand behind the others."""
        cells = [(t, i, a, b) for i, t in enumerate(texts) for a, b in cut(t, self.paragraph_chars)]
        pieces = [t[a:b] for t, _, a, b in cells]
        morphemes = pa.array(morpheme_strings(pieces), pa.list_(pa.string()))
        added = corpus_table(
            [f"added-{i}" for _, i, _, _ in cells],
            [titles[i] for _, i, _, _ in cells],
            [a for *_, a, _ in cells],
            pieces,
        )
        larger = self.retriever.extended(count(pieces, morphemes)) if pieces else self.retriever
        return replace(self, corpus=pa.concat_tables([self.corpus, added]), retriever=larger, dense=None, _tokens={})

    def answer(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``{"text": question, "k": 3}``; raises ValueError naming a field that is missing or wrong.

        Returns ``answers`` best first (text, score in 0..1, its sentence, where it stands), ``answerable`` and
        ``no_answer_score`` (0..1).
        """
        question, k = _checked(query)
        ranked = self.ranked(self.candidates([question], max(self.answering.paragraphs, min(k, 10)))[0])
        if not ranked:
            return {"question": question, "answerable": False, "no_answer_score": 1.0, "answers": []}
        best = ranked[0]
        weights = np.exp([c.score(self.answering.retrieval) - best.score(self.answering.retrieval) for c in ranked])
        share = weights / weights.sum()
        return {
            "question": question,
            "answerable": best.found.nothing <= self.answering.nothing_open,
            "no_answer_score": float(1 / (1 + np.exp(-np.clip(best.found.nothing, -50, 50)))),
            "answers": [self._told(c, float(s)) for c, s in zip(ranked[:k], share, strict=False)],
        }

    def _told(self, candidate: Candidate, score: float) -> dict[str, Any]:
        tokens = candidate.pair.paragraph
        start, end = tokens.span(candidate.found.first, candidate.found.last)
        row = self.corpus.slice(candidate.paragraph, 1).to_pylist()[0]
        around = [s for s in sentences(tokens.text) if s[0] < end and s[1] > start] or [(start, end)]
        return {
            "text": tokens.text[start:end],
            "score": score,
            "sentence": tokens.text[around[0][0] : around[-1][1]],
            "title": row["title"],
            "doc_id": row["doc_id"],
            "start": row["start"] + start,
            "end": row["start"] + end,
        }


def best_sentence(item: Pair) -> int:
    """The number of the sentence that covers most of the question, by rarity of the shared words."""
    covered = item.matched[:, 8].astype(np.float64)
    return int(item.paragraph.sentence[int(covered.argmax())]) if len(covered) else 0


def _checked(query: Mapping[str, Any]) -> tuple[str, int]:
    text, k = query.get("text"), query.get("k", 3)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"text = {text!r}: write the question as a non-empty string")
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_K:
        raise ValueError(f"k = {k!r}: expected a whole number from 1 to {MOST_K}")
    return text.strip(), k


def corpus_table(
    doc_ids: Sequence[str], titles: Sequence[str | None], starts: Sequence[int], texts: Sequence[str]
) -> pa.Table:
    """Paragraphs: which document they are from, where they begin there, their text."""
    return pa.table(
        {
            "doc_id": pa.array(doc_ids, pa.string()),
            "title": pa.array(titles, pa.string()),
            "start": pa.array(starts, pa.int64()),
            "text": pa.array(texts, pa.string()),
        }
    )


def save(folder: Path, corpus: pa.Table, counts: sparse.csr_matrix, lsa: Lsa, vectors: Vectors) -> None:
    """Write what a release carries beside the network (``qa.json`` comes last, see ``save_settings``)."""
    pq.write_table(corpus, folder / "paragraphs.parquet", compression="zstd")
    shape = np.asarray(counts.shape)
    np.savez_compressed(
        folder / "counts.npz", data=counts.data, indices=counts.indices, lengths=np.diff(counts.indptr), shape=shape
    )
    np.savez_compressed(folder / "lsa.npz", columns=lsa.columns, weight=lsa.weight, basis=lsa.basis)
    np.savez_compressed(folder / "vectors.npz", keys=np.asarray(vectors.keys, np.str_), matrix=vectors.matrix)


def save_settings(folder: Path, shape: Shape, answering: Answering, paragraph_chars: int) -> None:
    """Write ``qa.json``."""
    values = {"shape": vars(shape), "answering": vars(answering), "paragraph_chars": paragraph_chars}
    (folder / "qa.json").write_text(json.dumps(values, indent=1), encoding="utf-8")


def load_lexicon(folder: Path) -> Lexicon:
    """The words' vectors of a release."""
    with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
        return Lexicon.of(Vectors(arrays["keys"].tolist(), arrays["matrix"]))


def load(runtime: Runtime) -> QaServer:
    """The server of a model artifact or a release."""
    folder = runtime.folder
    values = json.loads((folder / "qa.json").read_text(encoding="utf-8"))
    with np.load(folder / "counts.npz", allow_pickle=False) as a:
        indptr = np.concatenate([[0], np.cumsum(a["lengths"], dtype=np.int64)])
        counts = sparse.csr_matrix((a["data"], a["indices"], indptr), shape=tuple(a["shape"]))
    with np.load(folder / "lsa.npz", allow_pickle=False) as a:
        lsa = Lsa(a["columns"], a["weight"], a["basis"])
    made = retriever(counts)
    corpus = pq.read_table(folder / "paragraphs.parquet")
    shape, answering = Shape(**values["shape"]), Answering(**values["answering"])
    limit, network, dense = values["paragraph_chars"], runtime.network("reader"), runtime.index("paragraphs")
    return QaServer(corpus, made, made, load_lexicon(folder), shape, answering, limit, network, lsa, dense)
