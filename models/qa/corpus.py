"""From tables to what is searched and what is learned: paragraphs with their counts, questions with their spans."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from models.qa.paragraphs import cut, key
from models.qa.retrieve import count, morpheme_strings
from models.qa.serve import corpus_table
from models.qa.spans import locate

log = logging.getLogger("naru")
BLOCK = 20_000


@dataclass(frozen=True)
class Question:
    """One supervised question; ``spans`` are the accepted answers in ``context``, () where it has none."""

    id: str
    text: str
    context: str
    title: str
    answers: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def questions(table: pa.Table) -> tuple[list[Question], dict[str, int]]:
    """The questions of landing rows, the newest of each question_id, and the number of dropped rows by reason."""
    found: dict[str, Question] = {}
    dropped: Counter[str] = Counter()
    for row in table.to_pylist():
        text, context = (row["question"] or "").strip(), row["context"] or ""
        answers = [a for a in row["answers"] or [] if a]
        starts = [*(row["answer_starts"] or []), *[0] * len(answers)]
        spans = [locate(context, a, s) for a, s in zip(answers, starts, strict=False)]
        if not text or not context.strip():
            dropped["empty question or context"] += 1
        elif answers and not any(spans):
            dropped["answer not in context"] += 1
        else:
            dropped["repeated question_id"] += row["question_id"] in found
            kept = tuple(s for s in spans if s)
            found[row["question_id"]] = Question(
                row["question_id"], text, context, row["title"] or "", tuple(answers), kept
            )
    return [found[k] for k in sorted(found)], {k: n for k, n in dropped.items() if n}


def split(items: Iterable[Question], share: float, seed: int) -> tuple[set[str], set[str]]:
    """(test, development) titles: articles in the order of their seeded hash; every article is whole in one part.

    At least one article is left to train on; development takes half the share, none where fewer than four are left.
    """
    titles = {q.title for q in items}
    ordered = sorted(titles, key=lambda t: hashlib.sha256(f"{seed}:{t}".encode()).hexdigest())
    test = min(max(1, round(share * len(ordered))), len(ordered) - 1)
    rest = len(ordered) - test
    development = max(1, round(share / 2 * len(ordered))) if rest >= 4 else 0
    return set(ordered[:test]), set(ordered[test : test + development])


def without_leaks(items: Iterable[Question], held: Iterable[Question]) -> list[Question]:
    """The questions whose context no held-out question shares under another title."""
    seen = {key(c) for c in {q.context for q in held}}
    return [q for q in items if key(q.context) not in seen]


def newest(table: pa.Table) -> pa.Table:
    """The last row of each doc_id, in the order of doc_id."""
    numbered = table.append_column("row", pa.array(np.arange(len(table))))
    rows = numbered.group_by("doc_id").aggregate([("row", "max")]).sort_by("doc_id")["row_max"]
    return table.take(rows)


def largest(table: pa.Table, limit: int) -> pa.Table:
    """At most ``limit`` documents: the longest, as short ones (reviews, remarks) answer least; order kept."""
    if len(table) <= limit:
        return table
    lengths = pc.utf8_length(table["text"]).to_numpy()
    rows = np.sort(np.argsort(-lengths, kind="stable")[:limit])
    log.info(
        "qa: %d of %d documents are searched, the longest (max_documents); the shortest of them has %d characters",
        limit,
        len(table),
        int(lengths[rows].min()),
    )
    return table.take(pa.array(rows))


def paragraphs(table: pa.Table, limit: int) -> tuple[pa.Table, sparse.csr_matrix]:
    """Documents cut into paragraphs of at most ``limit`` characters, and the counts of their features.

    A document that stays whole keeps the morphemes it came with; Kiwi analyses the pieces of the others, and whatever
    came without. Works block by block, so that memory holds the counts and one block of texts.
    """
    tables, counts = [], []
    for at in range(0, max(len(table), 1), BLOCK):
        block, matrix = _block(table.slice(at, BLOCK), limit)
        tables.append(block)
        counts.append(matrix)
    return pa.concat_tables(tables), sparse.vstack(counts, format="csr")


def _block(table: pa.Table, limit: int) -> tuple[pa.Table, sparse.csr_matrix]:
    ids, titles, starts, texts, whole = [], [], [], [], []
    columns = (table[c].to_pylist() for c in ("doc_id", "title", "text"))
    for row, (doc_id, title, text) in enumerate(zip(*columns, strict=True)):
        spans = list(cut(text or "", limit))
        for start, end in spans:
            ids.append(doc_id)
            titles.append(title)
            starts.append(start)
            texts.append(text[start:end])
            whole.append(row if len(spans) == 1 else -1)
    given = table["morphemes"].combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(given), 0).to_numpy(zero_copy_only=False) if len(table) else np.zeros(0)
    bare = [i for i, row in enumerate(whole) if row < 0 or not lengths[row]]
    made = dict(zip(bare, morpheme_strings([texts[i] for i in bare]), strict=True))
    if not made:
        return corpus_table(ids, titles, starts, texts), count(texts, given.take(pa.array(whole, pa.int64())))
    morphemes = pa.array(
        [made[i] if i in made else given[row].as_py() for i, row in enumerate(whole)], pa.list_(pa.string())
    )
    return corpus_table(ids, titles, starts, texts), count(texts, morphemes)
