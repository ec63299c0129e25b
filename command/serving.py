"""Ask the release in service, and score it on a labelled file; neither needs Airflow, Spark or TensorFlow."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config.lake import Lake
from config.task import BadInput

LABELLED = {"chatbot": "dialogues", "qa": "questions", "personalization": "searches", "ctr": "impressions"}


def server(lake: Lake, product: str) -> Any:
    """The server of the release in service; raises BadInput where there is none."""
    from models.release import current
    from models.runtime import ReleaseRuntime

    folder = current(lake, product)
    if folder is None:
        raise BadInput(
            f"{product} has no release in service below {lake.root}; make one: naru run --products {product}"
        )
    return importlib.import_module(f"models.{product}.serve").load(ReleaseRuntime(folder))


def ask(lake: Lake, product: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """One answer; a query that the server refuses is BadInput."""
    loaded = server(lake, product)
    try:
        return dict(loaded.answer(query))
    except ValueError as error:
        raise BadInput(f"{product}: {error}") from error


def ask_all(lake: Lake, product: str, file: Path) -> Iterator[dict[str, Any]]:
    """The answer to each line of a text file, in order; empty lines are left out.

    Raises BadInput where the file cannot be read or the server refuses a line; the message names it.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}; give a UTF-8 text file with a question a line") from error
    loaded = server(lake, product)
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield dict(loaded.answer({"text": line.strip()}))
            except ValueError as error:
                raise BadInput(f"{file}, line {number}: {error}") from error


def evaluate(lake: Lake, product: str, file: Path) -> dict[str, Any]:
    """The metrics of the release in service on the rows of a labelled file, as one flat object."""
    if product not in LABELLED:
        raise BadInput(f"no product {product!r}; there are {', '.join(LABELLED)}")
    from jobs.land import read_rows

    table = read_rows(LABELLED[product], file)
    return dict(importlib.import_module(f"models.{product}.evaluate").score(server(lake, product), table))


def pairs(words: list[str]) -> dict[str, str | float]:
    """``["hour=9", "device=phone"]`` as columns and values: numbers as floats, all else as text."""
    context: dict[str, str | float] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise BadInput(f"{word!r}: write it as key=value, e.g. --context hour=9")
        if key in context:
            raise BadInput(f"{word!r}: {key} has a value already, {context[key]!r}; give it once")
        try:
            context[key] = float(value)
        except ValueError:
            context[key] = value
    return context
