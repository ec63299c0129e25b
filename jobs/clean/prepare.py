"""What happens to each document on its own, before the lines of all documents are compared.

In this order: decode, main text, normalise, language, PII. Each step is a switch of ``[clean_corpus]``; one that is
off changes nothing and drops nothing. ``prepared`` is all of it for one document, ``documents`` for an Arrow batch;
quality follows in ``jobs.clean.judge``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa

from jobs.clean import decode, extract, languages, pii
from jobs.clean.settings import CleanConfig
from language.normalise import normalise

EXCERPT = 200
# Columns that pass through all steps as they came.
KEPT = ("doc_id", "url", "source", "fetched_at")


class Prepared(NamedTuple):
    """A document after its own steps; ``reason`` (``step:rule``) where it is dropped.

    ``kinds`` are the tokens of the masked spans, those of the title after those of the text.
    """

    text: str
    title: str | None
    language: str = "other"
    hangul_share: float | None = None
    kinds: tuple[str, ...] = ()
    reason: str | None = None


def prepared(body: bytes, content_type: str | None, title: str | None, config: CleanConfig) -> Prepared:
    """Run the steps on one document; the first that objects gives the reason, with the text as it was then."""
    found = decoded(body, content_type, title, config)
    for step in (main_text, normalised, spoken, masked):
        if found.reason:
            break
        found = step(found, config)
    return found


def decoded(body: bytes, content_type: str | None, title: str | None, config: CleanConfig) -> Prepared:
    """Bytes to text; with the step off, as UTF-8."""
    if not config.decode:
        return Prepared(body.decode("utf-8", "replace"), title)
    if len(body) > config.max_body:
        return Prepared(body[: 8 * EXCERPT].decode("utf-8", "replace"), title, reason="decode:too_long")
    text, fault = decode.decode(body, content_type, config.max_broken)
    return Prepared(text, decode.repair(title) if title else title, reason=f"decode:{fault}" if fault else None)


def main_text(document: Prepared, config: CleanConfig) -> Prepared:
    """The main text of pages; entities resolved in plain text."""
    if not config.main_text:
        return document
    if not extract.looks_like_html(document.text):
        text = extract.plain_text(document.text)
        if text is document.text and text and not text.isspace():
            return document
        return document._replace(text=text, reason=None if text.strip() else "main_text:empty")
    try:
        text, title = extract.main_text(document.text)
    except extract.TooDeep:
        return document._replace(reason="main_text:too_deep")
    if not text.strip():
        return document._replace(reason="main_text:no_text")
    return document._replace(text=text, title=document.title or title or None)


def normalised(document: Prepared, config: CleanConfig) -> Prepared:
    """NFKC without control characters; the title on one line."""
    if not config.normalise:
        return document
    title = " ".join(normalise(document.title).split()) or None if document.title else None
    text = normalise(document.text)
    return document._replace(text=text, title=title, reason=None if text else "normalise:nothing_visible")


def spoken(document: Prepared, config: CleanConfig) -> Prepared:
    """The language, and the share of Hangul among the letters."""
    if not config.language:
        return document
    language, share = languages.language(document.text, config.hangul_share)
    # A text without letters is no matter of language; quality judges it.
    reason = None if language in config.languages or share is None else f"language:{language}"
    return document._replace(language=language, hangul_share=share, reason=reason)


def masked(document: Prepared, config: CleanConfig) -> Prepared:
    """Personal data of text and title behind tokens."""
    if not config.pii:
        return document
    text, in_text = pii.mask(document.text)
    title, in_title = pii.mask(document.title) if document.title else (document.title, Counter[str]())
    if not in_text and not in_title:
        return document
    kinds = [kind for counts in (in_text, in_title) for kind in sorted(counts.elements())]
    return document._replace(text=text, title=title, kinds=tuple(kinds))


def excerpt(text: str) -> str:
    """The head of a dropped text, with PII masked whatever step dropped it."""
    return pii.mask(normalise(text[: 2 * EXCERPT]))[0][:EXCERPT]


def documents(batch: pa.RecordBatch, config: CleanConfig) -> Iterator[Prepared]:
    """The documents of an Arrow batch of (doc_id, url, title, body, content_type, source, fetched_at, repeat).

    ``repeat`` numbers the rows of one doc_id from 1; all but the first are dropped as ``duplicate:id``.
    """
    rows = batch.select(["body", "content_type", "title", "repeat"]).to_pydict()
    for body, content_type, title, repeat in zip(*rows.values(), strict=True):
        if repeat == 1:
            yield prepared(body, content_type, title, config)
        else:
            yield Prepared(body[: 8 * EXCERPT].decode("utf-8", "replace"), title, reason="duplicate:id")


def strings(values: list[str | None]) -> pa.Array:
    """Strings without lone surrogates, which Arrow cannot hold (normalise takes them out where it is on)."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([v.encode("utf-8", "replace").decode() if v else v for v in values], pa.string())
