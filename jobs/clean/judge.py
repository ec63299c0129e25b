"""Each document's own steps, its quality, and its keys for the duplicates, inside Spark's ``mapInArrow``.

Quality is judged at once, and a second time for the few documents that hold boilerplate lines, which are known
only when the lines of all documents are counted: so the texts cross to Python once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from jobs.clean import boilerplate, minhash, prepare, quality
from jobs.clean.boilerplate import Worn
from jobs.clean.characters import Look, looks
from jobs.clean.prepare import Prepared
from jobs.clean.settings import CleanConfig

SCHEMA = (
    "doc_id string, url string, title string, source string, fetched_at timestamp, text string, language string, "
    "hangul_share double, pii bigint, pii_kinds array<string>, lines array<bigint>, reason string, excerpt string, "
    "text_key bigint, bands array<bigint>"
)
COLUMNS = tuple(part.split()[0] for part in SCHEMA.split(", "))


class Verdict(NamedTuple):
    """The text as it goes on, None where a step before quality dropped it; the reason where it is dropped.

    ``excerpt`` is None where it is the head of the text.
    """

    text: str | None
    reason: str | None
    excerpt: str | None
    text_key: int | None = None


def verdicts(
    documents: Sequence[Prepared], sources: Sequence[str | None], config: CleanConfig, worn: Worn
) -> list[Verdict]:
    """What becomes of prepared documents, their boilerplate lines left out; a reason of an earlier step stands."""
    texts = [
        boilerplate.without(one.text, source, worn) if worn and not one.reason else one.text
        for one, source in zip(documents, sources, strict=True)
    ]
    seen = [one.seen if text is one.text else None for text, one in zip(texts, documents, strict=True)]
    unseen = [place for place, look in enumerate(seen) if not look and not documents[place].reason]
    for place, look in zip(unseen, looks([texts[place] for place in unseen]), strict=True):
        seen[place] = look
    return [verdict(text, one, look, config) for text, one, look in zip(texts, documents, seen, strict=True)]


def verdict(text: str, document: Prepared, seen: Look | None, config: CleanConfig) -> Verdict:
    """What becomes of one text; personal data in the excerpt is masked whether the step is on or not."""
    if document.reason:
        return Verdict(None, document.reason, prepare.excerpt(document.text))
    fault = quality.fault(text, config, document.language, seen) if config.quality else None
    head = None if config.pii else prepare.excerpt(text)
    key = minhash.text_key(text, seen) if text else None
    return Verdict(text, f"quality:{fault}" if fault else None, head, key)


def batches(stream: Iterable[pa.RecordBatch], config: CleanConfig) -> Iterator[pa.RecordBatch]:
    """Arrow batches of landed documents (``prepare.documents``) -> batches of ``SCHEMA``, judged with all their lines.

    A document that quality drops keeps its text, for it is judged again where boilerplate is found.
    """
    for batch in stream:
        done = prepare.documents(batch, config)
        told = verdicts(done, batch["source"].to_pylist(), config, frozenset())
        columns = {name: batch[name] for name in prepare.KEPT} | outcome(told, config)
        columns |= {
            "title": prepare.strings([d.title for d in done]),
            "language": pa.array([d.language for d in done], pa.string()),
            "hangul_share": pa.array([d.hangul_share for d in done], pa.float64()),
            "pii": pa.array([len(d.kinds) for d in done], pa.int64()),
            "pii_kinds": pa.array([d.kinds for d in done], pa.list_(pa.string())),
            "lines": pa.array([[] if d.reason else boilerplate.line_keys(d.text) for d in done], pa.list_(pa.int64())),
        }
        yield pa.RecordBatch.from_pydict({name: columns[name] for name in COLUMNS})


def again(stream: Iterable[pa.RecordBatch], config: CleanConfig, worn: Worn) -> Iterator[pa.RecordBatch]:
    """The batches of ``batches`` once boilerplate is known: documents that hold some of it are judged without it."""
    keys = {key for _, key in worn}
    for batch in stream:
        holds = pa.array([not keys.isdisjoint(lines) for lines in batch["lines"].to_pylist()], pa.bool_())
        part = batch.filter(holds)
        rows = zip(part["text"].to_pylist(), part["language"].to_pylist(), strict=True)
        done = [Prepared(text, None, language) for text, language in rows]
        told = verdicts(done, part["source"].to_pylist(), config, worn)
        columns = {name: part[name] for name in COLUMNS} | outcome(told, config)
        yield batch.filter(pc.invert(holds))
        yield pa.RecordBatch.from_pydict({name: columns[name] for name in COLUMNS})


def outcome(told: Sequence[Verdict], config: CleanConfig) -> dict[str, pa.Array]:
    """The columns that a verdict decides, the keys of the duplicates among them."""
    return {
        "text": prepare.strings([one.text for one in told]),
        "reason": pa.array([one.reason for one in told], pa.string()),
        "excerpt": prepare.strings([one.excerpt for one in told]),
        "text_key": pa.array([one.text_key for one in told], pa.int64()),
        "bands": bands([None if one.reason else one.text for one in told], config),
    }


def bands(texts: list[str | None], config: CleanConfig) -> pa.Array:
    """The LSH keys of each kept text; null for what is dropped, and where near duplicates are not looked for."""
    kept = [text for text in texts if text is not None]
    if not config.near_duplicates or not kept:
        return pa.nulls(len(texts), pa.list_(pa.int64()))
    places = iter(range(len(kept)))
    return minhash.bands(kept, config.permutations).take(
        pa.array([None if text is None else next(places) for text in texts], pa.int64())
    )
