"""Stage ``qa_evaluate``, and the scoring of any labelled file: how well questions on unseen articles are answered.

``retrieval_*`` and ``sentence_accuracy`` lie in 0..1; ``*_em`` and ``*_f1`` are percent, as the literature has them
(the conventions stand in ``spans``). The file's own paragraphs are added to the corpus for the evaluation. ``reader_*``
reads the given paragraph, ``open_*`` retrieves first; both count unanswerable questions (right without an answer),
retrieval and sentences count the answerable ones. ``phrase_*`` are null until phrases are indexed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.task import BadInput, Task
from models.qa import serve
from models.qa.corpus import Question, questions
from models.qa.features import Pair
from models.qa.paragraphs import key, same
from models.qa.reader import Found
from models.qa.retrieve import question_counts
from models.qa.serve import Answering, Candidate, QaServer, best_sentence
from models.qa.settings import QaConfig
from models.qa.spans import by_character, exact_match, f1
from models.runtime import KerasRuntime

DEPTH = 20
Metrics = dict[str, float | int | None]


@dataclass(frozen=True)
class Read:
    """A question on its own paragraph, and over the corpus."""

    question: Question
    gold: Pair
    found: Found
    open: list[Candidate]


def run(task: Task) -> None:
    """models/qa -> metrics/qa, on the test articles that training put aside."""
    config = task.settings.section("qa", QaConfig)
    folder = task.input("models/qa").local_folder()
    metrics = score(serve.load(KerasRuntime(folder)), pq.read_table(folder / "heldout.parquet"))
    task.output("metrics/qa").write_json("metrics.json", metrics)
    floors = {"retrieval_r@1": config.floor_retrieval, "reader_f1": config.floor_reader_f1}
    for name, value in metrics.items():
        row = {"metric": name, "value": value, "slice": "all", "floor": floors.get(name), "primary": name in floors}
        task.fact("metrics/qa", **row)
    task.note("metrics/qa", metrics=metrics)
    task.log("%s", ", ".join(f"{k} {v:.3f}" for k, v in metrics.items() if isinstance(v, float)))


def score(server: QaServer, table: pa.Table) -> Metrics:
    """Score a server on rows of landing/questions; a flat object. Raises BadInput where no question is usable."""
    asked, dropped = questions(table)
    if not asked:
        raise BadInput(f"none of {len(table)} questions can be scored: {dropped or 'the file is empty'}")
    larger = widen(server, asked)
    reads = read_all(larger, asked)
    return {
        "questions": len(asked),
        "dropped": sum(dropped.values()),
        "paragraphs": len(larger.corpus),
        **retrieval(larger, [q for q in asked if q.answers]),
        **reading(reads, larger.answering),
        "phrase_em": None,
        "phrase_f1": None,
        **opened(reads, larger),
    }


def widen(server: QaServer, asked: Sequence[Question]) -> QaServer:
    """The server with the questions' paragraphs that its corpus lacks."""
    contexts = {key(q.context): (q.context, q.title) for q in reversed(asked)}
    known = {key(text.as_py()) for text in server.corpus["text"]}
    new = [pair for k, pair in sorted(contexts.items()) if k not in known]
    return server.with_paragraphs([c for c, _ in new], [t for _, t in new])


def read_all(server: QaServer, asked: Sequence[Question]) -> list[Read]:
    """Each question read on its own paragraph and over the corpus."""
    contexts = sorted({q.context for q in asked})
    analysed = dict(zip(contexts, server.lexicon.tokenise(contexts), strict=True))
    tokens = server.lexicon.tokenise([q.text for q in asked])
    pairs = [server.compare(t, analysed[q.context]) for q, t in zip(asked, tokens, strict=True)]
    opened_ = server.candidates([q.text for q in asked])
    return [Read(*parts) for parts in zip(asked, pairs, server.read(pairs), opened_, strict=True)]


def retrieval(server: QaServer, asked: Sequence[Question]) -> Metrics:
    """R@1, R@5 and R@20 of the paragraph that was asked about, by words; R@1 by LSA alone."""
    if not asked:
        return {"retrieval_r@1": None, "retrieval_r@5": None, "retrieval_r@20": None, "retrieval_lsa_r@1": None}
    judge = Judge(server)
    texts = [q.text for q in asked]
    _, numbers = server.retrieve(texts, DEPTH)
    hits = np.asarray([[judge.hit(q, int(n)) for n in row] for q, row in zip(asked, numbers, strict=True)])
    vectors, near = server.lsa.vectors(server.retriever.counts), []
    for at in range(0, len(texts), 64):
        near += (server.lsa.vectors(question_counts(texts[at : at + 64])) @ vectors.T).argmax(axis=1).tolist()
    by_meaning = [judge.hit(q, n) for q, n in zip(asked, near, strict=True)]
    depths = {f"retrieval_r@{k}": float(hits[:, :k].any(axis=1).mean()) for k in (1, 5, DEPTH)}
    return {**depths, "retrieval_lsa_r@1": float(np.mean(by_meaning))}


class Judge:
    """Whether a paragraph of the corpus is the one that was asked about.

    That is: the same text (the corpus's copy may be cleaned or cut), with an accepted answer in it.
    """

    def __init__(self, server: QaServer) -> None:
        self.server = server
        self._keys: dict[int, str] = {}
        self._same: dict[tuple[int, str], bool] = {}

    def hit(self, question: Question, paragraph: int) -> bool:
        if paragraph not in self._keys:
            self._keys[paragraph] = key(self.server.text(paragraph))
        mine = self._keys[paragraph]
        if not any(key(a) in mine for a in question.answers):
            return False
        if (paragraph, question.context) not in self._same:
            self._same[paragraph, question.context] = same(mine, key(question.context))
        return self._same[paragraph, question.context]


def reading(reads: Sequence[Read], answering: Answering) -> Metrics:
    """EM and F1 on the given paragraph, and the sentence rung.

    ``sentence_f1`` answers with that sentence (the baseline); ``reader_f1_answerable`` is the F1 on answerable
    questions where the reader may not be silent.
    """
    em, overlap, forced, sentence, whole = [], [], [], [], []
    for read in reads:
        q, tokens = read.question, read.gold.paragraph
        characters = by_character(q.text, q.answers)
        predicted = _text(read.gold, read.found) if read.found.nothing <= answering.nothing_gold else ""
        em.append(exact_match(predicted, q.answers, characters))
        overlap.append(f1(predicted, q.answers, characters))
        if q.spans and len(tokens):
            forced.append(f1(_text(read.gold, read.found), q.answers, characters))
            chosen = best_sentence(read.gold)
            rows = np.flatnonzero(tokens.sentence == chosen)
            text = tokens.text[slice(*tokens.span(int(rows[0]), int(rows[-1])))]
            places = [tokens.cover(*span) for span in q.spans]
            sentence.append(any(p is not None and tokens.sentence[p[0]] == chosen for p in places))
            whole.append(f1(text, q.answers, characters))
    return {
        "sentence_accuracy": float(np.mean(sentence)) if sentence else None,
        "sentence_f1": float(np.mean(whole)) if whole else None,
        "reader_em": float(np.mean(em)),
        "reader_f1": float(np.mean(overlap)),
        "reader_f1_answerable": float(np.mean(forced)) if forced else None,
    }


def opened(reads: Sequence[Read], server: QaServer) -> Metrics:
    """EM and F1 over the whole corpus."""
    em, overlap = [], []
    for read in reads:
        q, predicted = read.question, answer_of(read.open, server)
        characters = by_character(q.text, q.answers)
        em.append(exact_match(predicted, q.answers, characters))
        overlap.append(f1(predicted, q.answers, characters))
    return {"open_em": float(np.mean(em)), "open_f1": float(np.mean(overlap))}


def answer_of(candidates: Sequence[Candidate], server: QaServer) -> str:
    """The text that the server answers, "" where it says there is no answer."""
    ranked = server.ranked(candidates)
    if not ranked or ranked[0].found.nothing > server.answering.nothing_open:
        return ""
    return _text(ranked[0].pair, ranked[0].found)


def _text(item: Pair, found: Found) -> str:
    if found.first < 0:
        return ""
    return item.paragraph.text[slice(*item.paragraph.span(found.first, found.last))]
