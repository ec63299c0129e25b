"""Ask the release in service, and score it on a labelled file; neither needs Airflow, Spark or TensorFlow."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from config.lake import Lake
from config.task import BadInput

LABELLED = {"chatbot": "dialogues", "qa": "questions", "personalization": "searches", "ctr": "impressions"}


def in_service(lake: Lake, product: str) -> Path:
    """The folder of the release in service; raises BadInput where there is none."""
    from models.release import current

    folder = current(lake, product)
    if folder is None:
        raise BadInput(
            f"{product} has no release in service below {lake.root}; make one: naru run --products {product}"
        )
    return folder


def server(lake: Lake, product: str) -> Any:
    """The server of the release in service; raises BadInput where there is none."""
    return load(product, in_service(lake, product))


def load(product: str, folder: Path) -> Any:
    """The server of the release in ``folder``."""
    from models.runtime import ReleaseRuntime

    return importlib.import_module(f"models.{product}.serve").load(ReleaseRuntime(folder))


def ask(lake: Lake, product: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """One answer; a query that the server refuses is BadInput."""
    loaded = server(lake, product)
    try:
        return dict(loaded.answer(query))
    except ValueError as error:
        raise BadInput(f"{product}: {error}") from error


def questions(file: Path) -> tuple[list[tuple[int, str]], str]:
    """The lines of a text file that are not blank, each with its number from 1, and a remark on its encoding ("" for
    UTF-8). Raises BadInput where the file as a whole cannot be read."""
    from jobs.land import files

    def numbered(lines: Iterable[str]) -> list[tuple[int, str]]:
        return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]

    if file.is_fifo():  # can be read once, and so no encoding be looked for
        return numbered(file.read_text(encoding="utf-8-sig", errors="surrogateescape").split("\n")), ""
    files.check(file)
    codec, remark = files.encoding(file)
    with files.text(file, codec) as stream:
        return numbered(stream), remark


def ask_all(lake: Lake, product: str, lines: Iterable[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    """What is told to each numbered line, in order: ``line`` and the answer, or ``line``, ``text`` and ``error`` where
    the line is no text or the server refuses it."""
    loaded = server(lake, product)
    for number, line in lines:
        text = line.encode("utf-8", "backslashreplace").decode()
        try:
            if text != line:
                raise ValueError("the line is not UTF-8; save the file as UTF-8")
            said = {"line": number, **loaded.answer({"text": line})}
        except ValueError as error:
            said = {"line": number, "text": text, "error": str(error)}
        yield said


def evaluate(lake: Lake, product: str, file: Path) -> dict[str, Any]:
    """The metrics of the release in service on the rows of a labelled file, as one flat object; ``train_cpu_minutes``
    is what its training took, where that was measured."""
    if product not in LABELLED:
        raise BadInput(f"no product {product!r}; there are {', '.join(LABELLED)}")
    from jobs.land import read_rows

    table = read_rows(LABELLED[product], file)
    folder = in_service(lake, product)
    found = dict(importlib.import_module(f"models.{product}.evaluate").score(load(product, folder), table))
    return found | train_cost(product, folder)


def train_cost(product: str, folder: Path) -> dict[str, float]:
    """``train_cpu_minutes`` of the release in ``folder``; nothing where its training did not measure it."""
    lineage = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["lineage"]
    notes = [step["notes"] for step in lineage if step["dataset"] == f"models/{product}"]
    minutes = sum(own.get("cpu_minutes", 0.0) for own in notes)
    return {"train_cpu_minutes": minutes} if minutes else {}


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
