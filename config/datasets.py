"""Every dataset of the lake: its name, its columns, its key. Only ``Dataset.path`` builds a path.

A dataset is named ``layer/name``. A *table* is Parquet with a schema; an *artifact* is a set of files (a model, an
engine, an index) whose checked facts stand in its manifest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Type = Literal["string", "bytes", "int", "float", "timestamp", "strings", "ints"]
DS_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")


class BadDate(ValueError):
    """A ds that is no calendar date written as YYYY-MM-DD."""


def parse_ds(ds: str) -> date:
    """The batch date of ``ds``; raises BadDate for anything but YYYY-MM-DD (so a ds never leaves the root)."""
    if not isinstance(ds, str) or not DS_PATTERN.fullmatch(ds):
        raise BadDate(f"ds {ds!r} is no date; write it as YYYY-MM-DD, e.g. 2026-11-01")
    try:
        return date.fromisoformat(ds)
    except ValueError as error:
        raise BadDate(f"ds {ds!r} is no date: {error}; write it as YYYY-MM-DD, e.g. 2026-11-01") from error


@dataclass(frozen=True)
class Column:
    """One column; ``nullable`` ones may be absent from a delivered file (they are filled with null)."""

    name: str
    type: Type
    nullable: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Dataset:
    """One dataset of the lake.

    ``prefixes`` names families of open columns (``user_*``), string = categorical and float = numeric.
    ``key`` holds the columns that identify a row, () where rows may repeat.
    """

    layer: str
    name: str
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    doc: str = ""

    @property
    def id(self) -> str:
        return f"{self.layer}/{self.name}"

    @property
    def artifact(self) -> bool:
        """Whether it is a set of files rather than a table."""
        return not self.columns

    def path(self, ds: str) -> str:
        """The partition's path below the root."""
        return f"{self.layer}/{self.name}/ds={parse_ds(ds).isoformat()}"


def _landing(name: str, columns: tuple[Column, ...], **more: object) -> Dataset:
    return Dataset("landing", name, columns, **more)  # type: ignore[arg-type]


LANDING = (
    _landing(
        "documents",
        (
            Column("doc_id", "string", doc="unique in the delivery"),
            Column("url", "string", nullable=True),
            Column("title", "string", nullable=True),
            Column("body", "bytes", doc="plain text or HTML, as text or as the bytes that were crawled"),
            Column("content_type", "string", nullable=True, doc="header of the response, or the charset's name"),
            Column("source", "string", nullable=True, doc="where it was crawled"),
            Column("fetched_at", "timestamp", nullable=True, doc="UTC"),
        ),
        key=("doc_id",),
        doc="Pages and texts as crawled",
    ),
    _landing(
        "dialogues",
        (
            Column("question", "string"),
            Column("answer", "string"),
            Column("scenario_id", "string", nullable=True, doc="the answer's identity when absent"),
        ),
        doc="Question-answer pairs of the chatbot's scenarios",
    ),
    _landing(
        "questions",
        (
            Column("question_id", "string"),
            Column("question", "string"),
            Column("context", "string", doc="the paragraph that was asked about"),
            Column("title", "string", doc="the article; splits keep an article whole"),
            Column("answers", "strings", doc="accepted answers; empty = not answerable"),
            Column("answer_starts", "ints", doc="character offset of each answer in context"),
        ),
        key=("question_id",),
        doc="Reading comprehension, from SQuAD 1.1 / 2.0 JSON",
    ),
    _landing(
        "searches",
        (
            Column("user_id", "string"),
            Column("ts", "timestamp", doc="UTC"),
            Column("query", "string"),
            Column("clicked_doc_id", "string", nullable=True, doc="null = no click"),
            Column("position", "int", nullable=True, doc="rank of the click, from 1"),
            Column("dwell_s", "float", nullable=True, doc="seconds on the clicked page"),
            Column("session_id", "string", nullable=True),
            Column("shown_doc_ids", "strings", nullable=True, doc="what was shown, in order"),
        ),
        doc="Search log, a row a click or a query without one",
    ),
    _landing(
        "search_catalog",
        (
            Column("doc_id", "string"),
            Column("entity", "string", nullable=True),
            Column("property", "string", nullable=True),
            Column("title", "string"),
        ),
        key=("doc_id",),
        doc="What can be clicked, with entity and property where known",
    ),
    _landing(
        "impressions",
        (
            Column("user_id", "string"),
            Column("ad_id", "string"),
            Column("ts", "timestamp", doc="UTC"),
            Column("click", "int", doc="0 or 1"),
        ),
        prefixes=("user_", "context_", "ad_", "propensity"),
        doc="Ads shown, clicked or not, with the features of the three networks; propensity is the chance with which "
        "the policy that chose showed this ad, for off-policy estimates",
    ),
    _landing(
        "ads",
        (Column("ad_id", "string"), Column("title", "string", nullable=True)),
        key=("ad_id",),
        prefixes=("ad_",),
        doc="The ads that can be shown; one whose ad_active is 0 or false, or whose ad_budget is 0, is not shown",
    ),
)

CLEAN = (
    Dataset(
        "clean",
        "documents",
        (
            Column("doc_id", "string"),
            Column("url", "string", nullable=True),
            Column("title", "string", nullable=True),
            Column("text", "string", doc="main text, normalised, PII masked"),
            Column("source", "string", nullable=True),
            Column("language", "string", doc="ko, en or other"),
            Column("hangul_share", "float", nullable=True, doc="of the letters; a mixed text has little"),
            Column("sentences", "strings", doc="text cut into sentences"),
            Column("morphemes", "strings", doc="Kiwi form/TAG in running order"),
            Column("endings", "strings", nullable=True, doc="of these the endings (EP, EF, EC, ETN, ETM)"),
            Column("pii", "int", doc="number of masked spans"),
            Column("pii_kinds", "strings", nullable=True, doc="their tokens, one a span"),
            Column("text_key", "int", nullable=True, doc="hash of the text, for exact duplicates of later days"),
            Column("bands", "ints", nullable=True, doc="LSH keys, for near duplicates of later days"),
        ),
        key=("doc_id",),
        doc="The corpus, cleaned and without duplicates",
    ),
    Dataset(
        "clean",
        "dropped",
        (
            Column("doc_id", "string"),
            Column("source", "string", nullable=True),
            Column("reason", "string", doc="the step and rule that dropped it"),
            Column("duplicate_of", "string", nullable=True, doc="the kept document, for duplicates"),
            Column("similarity", "float", nullable=True, doc="to the kept document, for duplicates"),
            Column("kept_for", "string", nullable=True, doc="why that one is kept, see jobs/clean/duplicates.py"),
            Column("excerpt", "string", nullable=True, doc="first 200 characters"),
        ),
        doc="Every document that did not reach clean/documents, and why",
    ),
    Dataset(
        "clean",
        "terms",
        (
            Column("term_id", "int", doc="hash of the term: the same on every day and machine"),
            Column("term", "string", doc="content morpheme, form/TAG"),
            Column("documents", "int", doc="of the day's corpus that hold it"),
            Column("occurrences", "int", doc="in all of them"),
        ),
        key=("term_id",),
        doc="The vocabulary of the day's corpus with its document frequencies",
    ),
    Dataset(
        "clean",
        "counts",
        (
            Column("doc_id", "string"),
            Column("term_ids", "ints", doc="ascending; no term twice"),
            Column("counts", "ints", doc="how often each of them stands in the document"),
        ),
        key=("doc_id",),
        doc="The term counts of each document: a row of a sparse matrix, for LSA",
    ),
)

FEATURES = (
    Dataset(
        "features",
        "searches",
        (
            Column("user_id", "string"),
            Column("session_id", "string"),
            Column("ts", "timestamp"),
            Column("query", "string", doc="normalised"),
            Column("clicked_doc_id", "string", nullable=True),
            Column("position", "int", nullable=True),
            Column("dwell_s", "float", nullable=True),
            Column("shown_doc_ids", "strings", nullable=True),
            Column("entity", "string", nullable=True, doc="of the clicked document"),
            Column("property", "string", nullable=True, doc="of the clicked document"),
            Column("satisfied", "int", doc="1: last click of its query or a long dwell"),
        ),
        doc="Search log without bots and repeats, in sessions",
    ),
    Dataset(
        "features",
        "queries",
        (
            Column("query", "string"),
            Column("searches", "int"),
            Column("clicks", "int"),
            Column("users", "int", doc="distinct users with a click"),
            Column("click_entropy", "float", doc="bits, over documents"),
            Column("entity_entropy", "float", doc="bits, over entities"),
            Column("property_entropy", "float", doc="bits, over (entity, property)"),
        ),
        key=("query",),
        doc="Click entropy of the day's queries at the three levels of ambiguity",
    ),
    Dataset(
        "features",
        "impressions",
        (
            Column("user_id", "string"),
            Column("ad_id", "string"),
            Column("ts", "timestamp"),
            Column("click", "int"),
        ),
        prefixes=("user_", "context_", "ad_", "propensity", "weight"),
        doc="Impressions without bots and repeats, ad features joined; weight is how many rows one stands for where "
        "those without a click were thinned out",
    ),
    Dataset(
        "features",
        "counters",
        (
            Column("kind", "string", doc="what is counted: ad, a category, user, or user with one of them"),
            Column("key", "int", doc="hash of kind and values"),
            Column("owner", "int", nullable=True, doc="key of the user, for kinds of one"),
            Column("name", "string", nullable=True, doc="the value; none for pairs"),
            Column("day", "timestamp", doc="of the events, UTC"),
            Column("shows", "int"),
            Column("clicks", "int"),
        ),
        doc="What one delivery adds to the counters; sums over partitions are the state of later days",
    ),
    Dataset(
        "features",
        "history",
        (
            Column("user_id", "string"),
            Column("ad_id", "string"),
            Column("ts", "timestamp"),
            Column("click", "int"),
        ),
        prefixes=("past_",),
        doc="Shows and smoothed click rates of user, ad, categories and pairs strictly before each impression",
    ),
    Dataset(
        "features",
        "ads",
        (
            Column("ad_id", "string"),
            Column("title", "string", nullable=True),
            Column("impressions", "int"),
            Column("clicks", "int"),
        ),
        key=("ad_id",),
        prefixes=("ad_",),
        doc="Every ad that can be shown, with its counts of the day",
    ),
)

PRODUCTS = ("chatbot", "qa", "personalization", "ctr")
ARTIFACTS = tuple(
    Dataset(layer, product, doc=doc.format(product))
    for product in PRODUCTS
    for layer, doc in (
        ("tuned", "The config that tuning found for {}, and the study behind it"),
        ("models", "Trained networks, vocabulary and held-out rows of {}"),
        ("metrics", "Held-out metrics of {}"),
        ("engines", "ONNX and compiled engines of {}"),
        ("indexes", "Faiss indexes of {}"),
        ("releases", "Release candidate of {}"),
        ("probes", "Answers of a fresh process that loaded the release of {}"),
    )
)
DATASETS = {d.id: d for d in (*LANDING, *CLEAN, *FEATURES, *ARTIFACTS)}


def dataset(name: str) -> Dataset:
    """The dataset called ``layer/name``; raises KeyError with the known names."""
    if name not in DATASETS:
        raise KeyError(f"no dataset {name!r}; there are {', '.join(DATASETS)}")
    return DATASETS[name]
