"""What happens to each document on its own, in this order: decode, main text, normalise, PII, quality, language.

``clean`` is the whole of it for one document; ``batches`` runs it inside Spark's ``mapInArrow``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from config.settings import SettingsError
from jobs.clean import decode, extract, languages, minhash, pii, quality
from jobs.clean.minhash import Permutations
from jobs.clean.quality import QualityConfig
from language.normalise import normalise

EXCERPT = 200
SCHEMA = (
    "doc_id string, url string, title string, source string, fetched_at timestamp, text string, language string, "
    "pii bigint, reason string, excerpt string, bands array<bigint>"
)


@dataclass(frozen=True)
class CleanConfig(QualityConfig):
    """Section ``[clean_corpus]``, the quality rules among it; each step has its switch.

    ``languages`` are kept (``ko``, ``en``, ``other``); ``hangul_share`` of the letters makes a text Korean.
    ``max_broken`` is the share of replacement characters that a text may hold, ``max_body`` the characters that are
    read at all. ``near_bands`` x ``near_rows`` is the LSH; candidates are near duplicates from ``near_similarity``
    (Jaccard) on. ``near_days`` earlier days take part in the search for near duplicates, all days of the window in that
    for exact ones. ``driver_edges`` is how many pairs are resolved on the driver; more are resolved by Spark.
    """

    languages: tuple[str, ...] = ("ko", "en")
    hangul_share: float = 0.1
    max_broken: float = 0.02
    max_body: int = 5_000_000
    main_text: bool = True
    mask_pii: bool = True
    judge_quality: bool = True
    exact_duplicates: bool = True
    near_duplicates: bool = True
    near_bands: int = 20
    near_rows: int = 6
    near_similarity: float = 0.7
    near_days: int = 7
    driver_edges: int = 200_000
    morphemes: bool = True

    def __post_init__(self) -> None:
        unknown = set(self.languages) - {"ko", "en", "other"}
        if unknown or not self.languages:
            raise SettingsError(f"[clean_corpus] languages = {self.languages!r}: expected some of ko, en, other")
        for name in ("near_bands", "near_rows", "driver_edges"):
            if getattr(self, name) < 1:
                raise SettingsError(f"[clean_corpus] {name} = {getattr(self, name)!r}: expected at least 1")

    @property
    def permutations(self) -> Permutations:
        return Permutations(self.near_bands, self.near_rows)


@dataclass(frozen=True)
class Cleaned:
    """A document after its own steps; ``reason`` (``step:rule``) where it is dropped."""

    text: str
    title: str | None
    language: str = "other"
    pii: int = 0
    reason: str | None = None


def clean(body: str | None, title: str | None, config: CleanConfig) -> Cleaned:
    """Run the steps on one document; the first that objects gives the reason, with the text as it was then."""
    text = body or ""
    if len(text) > config.max_body:
        return Cleaned(text[: config.max_body], title, reason="decode:too_long")
    text = decode.repair(text)
    if decode.broken(text, config.max_broken):
        return Cleaned(text, title, reason="decode:broken")
    if config.main_text and extract.looks_like_html(text):
        try:
            text, own_title = extract.main_text(text)
        except extract.TooDeep:
            return Cleaned(text, title, reason="main_text:too_deep")
        title = title or own_title or None
        if not text.strip():
            return Cleaned(body or "", title, reason="extract:no_text")
    else:
        text = extract.plain_text(text)
    return judge(normalise(text), tidy(title), config)


def judge(text: str, title: str | None, config: CleanConfig) -> Cleaned:
    """PII, quality and language of a normalised text."""
    found = 0
    if config.mask_pii:
        text, in_text = pii.mask(text)
        title, in_title = pii.mask(title) if title else (title, {})
        found = sum(in_text.values()) + sum(in_title.values())
    if not text:
        return Cleaned(text, title, reason="extract:empty")
    fault = quality.fault(text, config) if config.judge_quality else None
    spoken = languages.language(text, config.hangul_share)
    reason = f"quality:{fault}" if fault else None if spoken in config.languages else f"language:{spoken}"
    return Cleaned(text, title, spoken, found, reason)


def tidy(title: str | None) -> str | None:
    """A title on one line, or None."""
    return " ".join(normalise(decode.repair(title)).split()) or None if title else None


def excerpt(text: str) -> str:
    """The head of a dropped text, with PII masked whatever step dropped it."""
    return pii.mask(normalise(text[: 2 * EXCERPT]))[0][:EXCERPT]


def batches(stream: Iterable[pa.RecordBatch], config: CleanConfig) -> Iterator[pa.RecordBatch]:
    """Arrow batches of (doc_id, url, title, body, source, fetched_at, repeat) -> batches of ``SCHEMA``.

    ``repeat`` numbers the rows of one doc_id from 1; all but the first are dropped as ``duplicate:id``.
    """
    for batch in stream:
        rows = batch.select(["body", "title", "repeat"]).to_pydict()
        done = [
            clean(body, title, config) if repeat == 1 else Cleaned(body or "", title, reason="duplicate:id")
            for body, title, repeat in zip(rows["body"], rows["title"], rows["repeat"], strict=True)
        ]
        keys = iter(minhash.bands([c.text for c in done if not c.reason], config.permutations))
        bands = [None if c.reason or not config.near_duplicates else next(keys) for c in done]
        columns = {
            "title": pa.array([c.title for c in done], pa.string()),
            "text": pa.array([None if c.reason else c.text for c in done], pa.string()),
            "language": pa.array([c.language for c in done], pa.string()),
            "pii": pa.array([c.pii for c in done], pa.int64()),
            "reason": pa.array([c.reason for c in done], pa.string()),
            "excerpt": pa.array([excerpt(c.text) for c in done], pa.string()),
            "bands": pa.array(bands, pa.list_(pa.int64())),
        }
        kept = {name: batch.column(name) for name in ("doc_id", "url", "source", "fetched_at")}
        columns |= kept
        order = [part.split()[0] for part in SCHEMA.split(", ")]
        yield pa.RecordBatch.from_pydict({name: columns[name] for name in order})
