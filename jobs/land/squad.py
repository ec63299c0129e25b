"""SQuAD JSON (1.1, KorQuAD 1.0, 2.0) as rows: one a question, with its paragraph and article."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.task import BadInput
from jobs.land import files
from jobs.land.rows import BadRow, Rows, as_text, batched

COLUMNS = ("question_id", "question", "context", "title", "answers", "answer_starts")


def articles(path: Path) -> list[dict[str, Any]]:
    """The list below ``data``; raises BadInput for JSON of another shape."""
    codec, _ = files.encoding(path)
    with files.text(path, codec) as stream:
        try:
            found = json.load(stream)
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInput(f"{path} is no JSON ({error}); deliver SQuAD JSON with a list 'data', or JSONL") from error
    data: Any = found.get("data") if isinstance(found, dict) else None
    shaped = isinstance(data, list) and all(isinstance(a, dict) and isinstance(a.get("paragraphs"), list) for a in data)
    if not shaped:
        raise BadInput(f"{path} is no SQuAD JSON: expected data[].paragraphs[].qas[]; see the landing formats")
    return list(data)


def paragraphs(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(running number from 1, article title, paragraph); an article without a title is named by its place."""
    number = 0
    for place, article in enumerate(articles(path), 1):
        title = article.get("title") or f"{path.stem} {place}"
        for paragraph in article["paragraphs"]:
            number += 1
            if not isinstance(paragraph, dict):
                raise BadInput(f"{path}: paragraph {number} ({title}) is {paragraph!r:.60}, expected an object")
            yield number, title, paragraph


def questions(path: Path) -> Iterator[Rows]:
    """The rows of dataset ``questions``; ``lines`` count the questions from 1."""
    return batched(COLUMNS, _questions(path))


def _questions(path: Path) -> Iterator[tuple[int, tuple[Any, ...]] | BadRow]:
    number = 0
    for _, title, paragraph in paragraphs(path):
        for qa in paragraph.get("qas") or ():
            number += 1
            try:
                yield number, (qa["id"], qa["question"], paragraph.get("context"), title, *answers(qa))
            except (KeyError, TypeError, ValueError) as error:
                yield BadRow(number, "is no SQuAD question", f"{type(error).__name__}: {error}", as_text(qa))


def answers(qa: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Texts and offsets of the accepted answers; none where the question is marked impossible."""
    given = [] if qa.get("is_impossible") else qa.get("answers") or []
    return [a["text"] for a in given], [a["answer_start"] for a in given]
