"""SQuAD JSON -> questions, and documents: one a distinct paragraph, titled by its article.

A paragraph is what a question is asked about and what retrieval has to find, so it is the document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobs.land import files, squad
from jobs.land.rows import BadRow, Rows, Source, as_text, batched, origin


def sources(path: Path) -> dict[str, Source]:
    files.check(path)
    _, remark = files.encoding(path)
    remarks = (remark,) if remark else ()
    return {
        "documents": Source(origin(path), (path,), lambda: documents(path), remarks=remarks),
        "questions": Source(origin(path), (path,), lambda: squad.questions(path), remarks=remarks),
    }


def documents(path: Path) -> Iterator[Rows]:
    """The rows of dataset ``documents``; ``lines`` count the paragraphs from 1."""
    return batched(("doc_id", "title", "body", "source"), _documents(path))


def _documents(path: Path) -> Iterator[tuple[int, tuple[Any, ...]] | BadRow]:
    for number, title, paragraph in squad.paragraphs(path):
        context = paragraph.get("context")
        if not isinstance(context, str):
            yield BadRow(number, "is a paragraph without context", "", as_text(paragraph))
        else:
            yield number, (doc_id(title, context), title, context, "squad")


def doc_id(title: str, context: str) -> str:
    """The same for the same paragraph in every file."""
    return "squad-" + hashlib.blake2b(f"{title}\n{context}".encode("utf-8", "replace"), digest_size=8).hexdigest()
