"""Sentences and Kiwi morphemes of the kept documents, inside Spark's ``mapInArrow``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from language.morphemes import ENDINGS, tag_in, tagged
from language.sentences import cut

SCHEMA = (
    "doc_id string, url string, title string, text string, source string, language string, hangul_share double, "
    "sentences array<string>, morphemes array<string>, endings array<string>, pii bigint, pii_kinds array<string>, "
    "text_key bigint, bands array<bigint>"
)
COLUMNS = tuple(part.split()[0] for part in SCHEMA.split(", "))


def batches(stream: Iterable[pa.RecordBatch], sentences: bool, morphemes: bool) -> Iterator[pa.RecordBatch]:
    """Arrow batches of the cleaned columns -> batches of ``SCHEMA``; empty lists where a step is switched off."""
    strings = pa.list_(pa.string())
    for batch in stream:
        texts = batch["text"].to_pylist() if sentences or morphemes else [""] * batch.num_rows
        found = list(tagged(texts)) if morphemes else [[] for _ in texts]
        endings = [[term for term in terms if tag_in(term) in ENDINGS] for terms in found]
        columns = {
            "sentences": pa.array([cut(text) if sentences else [] for text in texts], strings),
            "morphemes": pa.array(found, strings),
            "endings": pa.array(endings, strings),
        }
        columns |= {name: batch.column(name) for name in COLUMNS if name not in columns}
        yield pa.RecordBatch.from_pydict({name: columns[name] for name in COLUMNS})
