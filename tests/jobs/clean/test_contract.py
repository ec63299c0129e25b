"""Every row of a delivery ends in exactly one place: kept, dropped with a reason, or in the quarantine of a gate."""

import gzip
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import Task
from jobs.clean import corpus
from jobs.land import deliver
from validation import gate

DS = "2026-11-02"
OUTPUTS = ("clean/documents", "clean/dropped", "clean/terms", "clean/counts")
TEXT = "나루는 밤마다 글을 읽고 아침이면 그 글을 이웃에게 들려준다. 이웃은 늘 고개를 끄덕인다."
HEAD = "<html><head><meta charset='euc-kr'><title>글</title></head>"
PAGE = f"{HEAD}<body><nav>홈</nav><p>{TEXT} 둘째 글.</p></body></html>"
NASTY: list[tuple[str | None, bytes | None, str | None]] = [
    ("good", TEXT.encode(), None),
    ("euc", PAGE.encode("cp949"), "text/html; charset=euc-kr"),
    ("wrong", (TEXT + " 셋째 글이다.").encode("cp949"), "iso-8859-1"),
    ("cut", (TEXT + " 넷째 글은 여기서 끊긴다").encode()[:-1], "utf-8"),
    ("null", None, None),
    (None, TEXT.encode(), None),
    ("", TEXT.encode(), None),
    ("empty", b"", None),
    ("blank", b" \n\t ", None),
    ("same", b"one thing and the other", None),
    ("same", b"another thing that came later", None),
    ("png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png"),
    ("gzip", gzip.compress(b"x" * 999, mtime=0), None),
    ("noise", bytes((i * 7919) % 251 for i in range(5000)), "text/html"),
    ("nul", b"a\x00b" * 50, None),
    ("emoji", "😀👩‍👩‍👧‍👦🇰🇷".encode(), None),
    ("jamo", ("ㅋ" * 5000).encode(), None),
    ("invisible", "\u200b\u2060\ufeff".encode(), None),
    ("surrogate", b"\xed\xa0\x80\xed\xb0\x80" * 20, "utf-8"),
    ("deep", b"<html>" + b"<div>" * 50_000, "text/html"),
    ("huge", TEXT.encode() * 90_000, None),
    ("line", b"x" * 300_000, None),
    ("unclosed", b"<html><body><p>" + TEXT[::-1].encode() + b" <a href='", "text/html"),
    ("script", b"<html><script>var a = '<p>1</p>'", "text/html"),
    ("spaces in id \u3000", TEXT.encode() + b"!", "no-such-charset"),
]  # fmt: skip


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory) -> Lake:
    root = tmp_path_factory.mktemp("contract")
    ids, bodies, types = zip(*NASTY, strict=True)
    schema = pa.schema([("doc_id", pa.string()), ("body", pa.binary()), ("content_type", pa.string())])
    pq.write_table(pa.table([list(ids), list(bodies), list(types)], schema=schema), root / "crawl.parquet")
    sections = {"spark": {"master": "local[2]", "driver_memory": "1g", "shuffle_partitions": 2}}
    sections["clean_corpus"] = {"near_duplicates": False}
    settings, lake = Settings(str(root / "lake"), "test", sections), Lake(str(root / "lake"))
    deliver(
        settings, "documents", root / "crawl.parquet", DS, lambda name, ds: gate.run(lake.partition(name, ds), settings)
    )
    inputs = {"landing/documents": lake.window("landing/documents", DS), "clean/documents": []}
    outputs = {name: Staging(lake.partition(name, DS)) for name in OUTPUTS}
    corpus.run(Task("clean_corpus", DS, settings, lake, inputs, outputs))
    for name, staging in outputs.items():
        staging.seal({"inputs": [], "notes": {}, "counts": {}})
        gate.run(lake.partition(name, DS), settings)
    return lake


def quarantined(lake: Lake, dataset: str) -> int:
    return sum(pq.read_metadata(path).num_rows for path in lake.fs.glob(f"{lake.base}/quarantine/{dataset}/ds={DS}/*"))


def test_the_sum_of_all_places_is_what_was_delivered(lake):
    kept, dropped = (lake.partition(name, DS).table(["doc_id"]) for name in OUTPUTS[:2])
    assert kept.num_rows + dropped.num_rows + quarantined(lake, "documents") == len(NASTY)
    known = Counter(kept["doc_id"].to_pylist() + dropped["doc_id"].to_pylist())
    assert set(known.values()) == {1}
    assert {"good", "euc", "wrong", "cut", "unclosed"} <= set(kept["doc_id"].to_pylist())


def test_each_place_is_the_right_one(lake):
    reasons = {r["doc_id"]: r["reason"] for r in lake.partition("clean/dropped", DS).table().to_pylist()}
    assert reasons["png"] == reasons["gzip"] == reasons["noise"] == reasons["nul"] == "decode:binary"
    assert reasons["huge"] == "decode:too_long"
    assert reasons["surrogate"] == "decode:broken"
    assert reasons["deep"] == "main_text:too_deep"
    assert reasons["blank"] == "main_text:empty"
    assert reasons["script"] == "main_text:no_text"
    assert reasons["invisible"] == "normalise:nothing_visible"
    assert reasons["jamo"] == reasons["emoji"] == "quality:too_short"
    texts = {r["doc_id"]: r["text"] for r in lake.partition("clean/documents", DS).table().to_pylist()}
    assert texts["euc"] == f"{TEXT} 둘째 글."
    assert texts["wrong"] == f"{TEXT} 셋째 글이다."
