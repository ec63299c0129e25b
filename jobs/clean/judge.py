"""Quality of each prepared document, once the boilerplate lines of its source are known; keys for the duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from jobs.clean import boilerplate, minhash, prepare, quality
from jobs.clean.boilerplate import Worn
from jobs.clean.settings import CleanConfig

SCHEMA = (
    "doc_id string, url string, title string, source string, fetched_at timestamp, text string, language string, "
    "hangul_share double, pii bigint, pii_kinds array<string>, reason string, excerpt string, "
    "text_key bigint, bands array<bigint>"
)


def judged(text: str, source: str | None, language: str, config: CleanConfig, worn: Worn) -> tuple[str, str | None]:
    """The text without boilerplate lines, and the reason where it is not good enough."""
    if not config.quality:
        return text, None
    kept = boilerplate.without(text, source, worn) if worn else text
    fault = quality.fault(kept, config, language)
    return kept, f"quality:{fault}" if fault else None


def batches(stream: Iterable[pa.RecordBatch], config: CleanConfig, worn: Worn) -> Iterator[pa.RecordBatch]:
    """Arrow batches of ``prepare.SCHEMA`` -> batches of ``SCHEMA``."""
    names = [part.split()[0] for part in SCHEMA.split(", ")]
    for batch in stream:
        rows = batch.select(["text", "source", "language", "reason", "excerpt"]).to_pydict().values()
        texts: list[str | None] = []
        reasons: list[str | None] = []
        excerpts: list[str | None] = []
        keys: list[int | None] = []
        for found, source, language, reason, excerpt in zip(*rows, strict=True):
            text = found or ""
            if not reason:
                text, reason = judged(text, source, language, config, worn)
            keys.append(minhash.text_key(text) if found else None)
            texts.append(None if reason else text)
            reasons.append(reason)
            excerpts.append(excerpt or (text[: prepare.EXCERPT] if config.pii else prepare.excerpt(text)))
        columns = {name: batch.column(name) for name in names if name not in ("bands", "text_key")}
        columns["text"] = pa.array(texts, pa.string())
        columns["reason"] = pa.array(reasons, pa.string())
        columns["excerpt"] = pa.array(excerpts, pa.string())
        columns["text_key"] = pa.array(keys, pa.int64())
        columns["bands"] = bands(texts, config)
        yield pa.RecordBatch.from_pydict({name: columns[name] for name in names})


def bands(texts: list[str | None], config: CleanConfig) -> pa.Array:
    """The LSH keys of each kept text; null for what is dropped, and where near duplicates are not looked for."""
    kept = [text for text in texts if text is not None]
    if not config.near_duplicates or not kept:
        return pa.nulls(len(texts), pa.list_(pa.int64()))
    places = iter(range(len(kept)))
    return minhash.bands(kept, config.permutations).take(
        pa.array([None if text is None else next(places) for text in texts], pa.int64())
    )
