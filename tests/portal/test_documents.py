"""The simulated crawl: repeatable, declared, and true to its own truth."""

import re
from collections import Counter
from datetime import date
from random import Random

import pyarrow as pa
import pytest

from config.datasets import dataset
from portal import documents
from portal.documents import counts, deliver, jaccard
from portal.noise import luhn_digit, mobile, personal, resident, rrn_digit
from portal.world import World

WORLD = World("tiny", 7)
DS = "2026-11-01"


@pytest.fixture(scope="module")
def delivered() -> tuple[list[dict], list[dict]]:
    landing, truth = deliver(WORLD, DS)
    return landing.to_pylist(), truth.to_pylist()


def test_columns_are_the_declared_ones() -> None:
    types = {"string": pa.string(), "bytes": pa.string(), "timestamp": pa.timestamp("us", "UTC")}
    declared = [(c.name, types[c.type]) for c in dataset("landing/documents").columns]
    assert [(f.name, f.type) for f in deliver(WORLD, DS)[0].schema] == declared


def test_same_day_same_bytes_other_day_other_content() -> None:
    documents.article.cache_clear()
    first = deliver(WORLD, DS)
    documents.article.cache_clear()
    assert deliver(WORLD, DS)[0].equals(first[0])
    other = deliver(WORLD, "2026-11-02")[0]
    assert not set(other["doc_id"].to_pylist()) & set(first[0]["doc_id"].to_pylist())
    shared = set(other["body"].to_pylist()) & set(first[0]["body"].to_pylist())
    assert len(shared) <= 2
    assert not deliver(World("tiny", 8), DS)[0]["body"].equals(first[0]["body"])


def test_every_kind_is_there_as_often_as_planned(delivered: tuple[list[dict], list[dict]]) -> None:
    landing, truth = delivered
    assert len(landing) == WORLD.scale.documents
    assert Counter(t["kind"] for t in truth) == Counter(counts(WORLD))
    assert {t["language"] for t in truth} >= {"ko", "en"}
    assert {row["fetched_at"].date() for row in landing} == {date(2026, 11, 1)}
    assert len({row["doc_id"] for row in landing}) == len(landing)


def test_duplicates_are_as_near_as_the_truth_says(delivered: tuple[list[dict], list[dict]]) -> None:
    landing, truth = delivered
    body = {row["doc_id"]: row["body"] for row in landing}
    told = {t["doc_id"]: t for t in truth}
    copies = [t for t in truth if t["duplicate_of"]]
    assert len(copies) == counts(WORLD)["exact_duplicate"] + counts(WORLD)["near_duplicate"]
    for copy in copies:
        first = told[copy["duplicate_of"]]
        assert first["kind"] == "article"
        if copy["kind"] == "exact_duplicate":
            assert body[copy["doc_id"]] == body[first["doc_id"]]
        left, right = (" ".join(t["text"].split()) for t in (copy, first))
        a, b = ({text[i : i + 5] for i in range(len(text) - 4)} for text in (left, right))
        assert copy["jaccard"] == pytest.approx(len(a & b) / len(a | b))


def test_unrelated_documents_are_not_near() -> None:
    texts = [t["text"] for t in deliver(WORLD, DS)[1].to_pylist() if t["kind"] == "article"][:60]
    assert max(jaccard(a, b) for i, a in enumerate(texts) for b in texts[:i]) < 0.7


def test_pages_hold_their_text_and_more(delivered: tuple[list[dict], list[dict]]) -> None:
    landing, truth = delivered
    pages = [(row["body"], t["text"]) for row, t in zip(landing, truth, strict=True) if t["kind"] == "article"]
    html = [(body, text) for body, text in pages if body.startswith("<!DOCTYPE html>")]
    assert 0.5 < len(html) / len(pages) < 0.95
    for body, text in html:
        assert "<script>" in body and ("댓글" in body or "footer" in body)
        assert all(line in body for line in text.split("\n"))
    assert all(body == text for body, text in pages if not body.startswith("<!DOCTYPE"))


def test_personal_data_is_well_formed_and_stands_in_the_text() -> None:
    die = Random(3)
    kinds = set()
    for _ in range(200):
        post = personal(die)
        for planted in (*post.pii, *post.lookalikes):
            kind, value = planted.split(" ", 1)
            kinds.add(kind)
            assert value in post.text
    assert kinds >= {"rrn", "phone", "landline", "email", "card", "account", "ip", "plate", "order", "version", "date"}


def test_check_digits() -> None:
    assert luhn_digit("7992739871") == "3"
    assert rrn_digit("123456123456") == "3"
    die = Random(1)
    for _ in range(50):
        digits = resident(die).replace("-", "")
        weighted = sum(int(d) * w for d, w in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
        assert (11 - weighted % 11) % 10 == int(digits[12])
        assert re.fullmatch(r"(\+82-10|010)\D?\d{4}\D?\d{4}", mobile(die))
