"""Sentences and Kiwi morphemes of the kept documents, inside Spark's ``mapInArrow``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from language.morphemes import analyse
from language.sentences import cut

COLUMNS = ("doc_id", "url", "title", "text", "source", "language", "sentences", "morphemes", "pii", "text_key", "bands")
SCHEMA = (
    "doc_id string, url string, title string, text string, source string, language string, "
    "sentences array<string>, morphemes array<string>, pii bigint, text_key bigint, bands array<bigint>"
)


def tagged(texts: list[str]) -> list[list[str]]:
    """``form/TAG`` of each morpheme of each text."""
    return [[f"{m.form}/{m.tag}" for m in found] for found in analyse(texts)]


def batches(stream: Iterable[pa.RecordBatch], morphemes: bool) -> Iterator[pa.RecordBatch]:
    """Arrow batches of the cleaned columns -> batches of ``SCHEMA``; no morphemes (empty lists) where switched off."""
    strings = pa.list_(pa.string())
    for batch in stream:
        texts = batch["text"].to_pylist()
        columns = {
            "sentences": pa.array([cut(text) for text in texts], strings),
            "morphemes": pa.array(tagged(texts) if morphemes else [[] for _ in texts], strings),
        }
        columns |= {name: batch.column(name) for name in COLUMNS if name not in columns}
        yield pa.RecordBatch.from_pydict({name: columns[name] for name in COLUMNS})
