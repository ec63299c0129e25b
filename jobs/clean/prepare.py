"""What happens to each document on its own, before the lines of all documents are compared.

In this order: decode, main text, normalise, language, PII. Each step is a switch of ``[clean_corpus]``; one that is
off changes nothing and drops nothing. What looks at single characters is done for many documents at once. Quality
follows in ``jobs.clean.judge``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa

from jobs.clean import decode, extract, languages, pii
from jobs.clean.characters import Look, looks
from jobs.clean.settings import CleanConfig
from language.normalise import normalise, normalise_all

EXCERPT = 200
# Columns that pass through all steps as they came.
KEPT = ("doc_id", "url", "source", "fetched_at")


class Landed(NamedTuple):
    """A document as it came; ``repeat`` numbers the rows of one doc_id from 1."""

    body: bytes
    content_type: str | None = None
    title: str | None = None
    repeat: int = 1


class Prepared(NamedTuple):
    """A document after its own steps; ``reason`` (``step:rule``) where it is dropped.

    ``kinds`` are the tokens of the masked spans, those of the title after those of the text. ``seen`` is the look of
    the text, None where nobody took it or the text has changed since.
    """

    text: str
    title: str | None
    language: str = "other"
    hangul_share: float | None = None
    kinds: tuple[str, ...] = ()
    reason: str | None = None
    seen: Look | None = None


def prepared(landed: Iterable[Landed], config: CleanConfig) -> list[Prepared]:
    """Run the steps on documents; the first that objects gives the reason, with the text as it was then."""
    found = normalised([opened(one, config) for one in landed], config)
    seen = looks([one.text for one in found]) if config.language or config.pii else [None] * len(found)
    return [one if one.reason else read(one, look, config) for one, look in zip(found, seen, strict=True)]


def opened(landed: Landed, config: CleanConfig) -> Prepared:
    """Bytes to the main text."""
    if landed.repeat > 1:
        text = landed.body[: 8 * EXCERPT].decode("utf-8", "replace")
        return Prepared(text, landed.title, reason="duplicate:id")
    found = decoded(landed.body, landed.content_type, landed.title, config)
    return found if found.reason or not config.main_text else main_text(found)


def decoded(body: bytes, content_type: str | None, title: str | None, config: CleanConfig) -> Prepared:
    """Bytes to text; with the step off, as UTF-8."""
    if not config.decode:
        return Prepared(body.decode("utf-8", "replace"), title)
    if len(body) > config.max_body:
        return Prepared(body[: 8 * EXCERPT].decode("utf-8", "replace"), title, reason="decode:too_long")
    text, fault = decode.decode(body, content_type, config.max_broken)
    return Prepared(text, decode.repair(title) if title else title, reason=f"decode:{fault}" if fault else None)


def main_text(document: Prepared) -> Prepared:
    """The main text of pages; entities resolved in plain text."""
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


def normalised(documents: Sequence[Prepared], config: CleanConfig) -> list[Prepared]:
    """NFKC without control characters; titles on one line."""
    if not config.normalise:
        return list(documents)
    good = [place for place, one in enumerate(documents) if not one.reason]
    found = list(documents)
    for place, text in zip(good, normalise_all([documents[place].text for place in good]), strict=True):
        title = documents[place].title
        title = " ".join(normalise(title).split()) or None if title else None
        found[place] = Prepared(text, title, reason=None if text else "normalise:nothing_visible")
    return found


def read(document: Prepared, seen: Look | None, config: CleanConfig) -> Prepared:
    """The language and the share of Hangul among the letters; personal data of text and title behind tokens."""
    text, title, language, share, reason = document.text, document.title, "other", None, None
    if config.language:
        language, share = languages.language(text, config.hangul_share, seen)
        # A text without letters is no matter of language; quality judges it.
        reason = None if language in config.languages or share is None else f"language:{language}"
    if reason or not config.pii:
        return Prepared(text, title, language, share, reason=reason, seen=seen)
    masked, in_text = pii.mask(text, seen)
    if not title and not in_text:
        return Prepared(text, title, language, share, seen=seen)
    title, in_title = pii.mask(title) if title else (title, Counter[str]())
    kinds = tuple(kind for counts in (in_text, in_title) for kind in sorted(counts.elements()))
    return Prepared(masked, title, language, share, kinds, seen=None if in_text else seen)


def excerpt(text: str) -> str:
    """The head of a dropped text, with PII masked whatever step dropped it."""
    return pii.mask(normalise(text[: 2 * EXCERPT]))[0][:EXCERPT]


def documents(batch: pa.RecordBatch, config: CleanConfig) -> list[Prepared]:
    """The documents of an Arrow batch with the columns of ``Landed``; all but the first of a doc_id are dropped."""
    rows = batch.select(Landed._fields).to_pydict()
    return prepared(map(Landed._make, zip(*rows.values(), strict=True)), config)


def strings(values: list[str | None]) -> pa.Array:
    """Strings without lone surrogates, which Arrow cannot hold (normalise takes them out where it is on)."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([v.encode("utf-8", "replace").decode() if v else v for v in values], pa.string())
