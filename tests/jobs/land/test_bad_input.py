"""Every kind of bad input: a clear error that names file, row and value, or quarantine with the reason."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.datasets import BadDate
from config.lake import Lake
from config.settings import Settings
from config.task import BadInput
from jobs.land import deliver

DS = "2026-11-01"
Rows = Callable[..., list[dict[str, Any]]]
Publish = Callable[[str, str], None]


@pytest.fixture
def land(settings: Settings, publish: Publish, tmp_path: Path) -> Callable[..., Any]:
    """Write a file and deliver it."""

    def call(dataset: str, content: str | bytes, name: str = "log.csv") -> Any:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return deliver(settings, dataset, file, DS, publish)

    return call


def csv(*rows: str) -> str:
    return "\n".join(("user_id,ad_id,ts,click,user_age", *rows)) + "\n"


GOOD = "u{0},a1,2026-11-01T0{0}:00:00,0,30"
ZIPPED = gzip.compress(csv(GOOD.format(1)).encode(), mtime=0)


@pytest.mark.parametrize(
    ("dataset", "content", "name", "message"),
    [
        ("impressions", "user_id,ad_id,ts\nu,a,2026-11-01\n", "x.csv", r"column click is missing; it has user_id"),
        ("impressions", "", "x.csv", r"is empty \(0 bytes\)"),
        ("impressions", csv(), "x.csv", r"has columns but no rows"),
        (
            "impressions",
            csv("u,a,never,0,1", "u,a,noon,1,1"),
            "x.csv",
            r"column ts is wrong in every row; line 2: .*never",
        ),
        ("impressions", csv("u,a,2026-11-02,0,1", "u,a,2027-01-01,1,1"), "x.csv", r"ts .* later than .*--ds"),
        ("impressions", csv("u,a,2026-11-01,2,1"), "x.csv", r"click is not 0 or 1: 2; write click as int \(0 or 1\)"),
        ("impressions", "user_id,ad_id,ts,click,user_a b\nu,a,2026-11-01,0,1\n", "x.csv", r"'user_a b' is no word"),
        ("impressions", "user_id,USER_ID,ad_id,ts,click\nu,u,a,2026-11-01,0\n", "x.csv", r"user_id stands twice"),
        ("impressions", b"PK\x03\x04", "x.zip", r"format '.zip' is not known"),
        ("impressions", b"nothing", "x.parquet", r"no Parquet file"),
        ("impressions", ZIPPED[:-8], "x.csv.gz", r"truncated or damaged gzip"),
        ("impressions", "{\nnot\njson", "x.jsonl", r"none of 3 rows can land \(is no JSON: 3;"),
        ("impressions", '{"user_id": 1}\n', "x.jsonl", r"column ad_id, ts, click is missing"),
        ("questions", "[]", "x.json", r"no SQuAD JSON: expected data"),
        ("questions", '{"data": [', "x.json", r"is no JSON"),
        ("questions", '{"data": []}', "x.json", r"no rows"),
        ("dialogues", 'question,answer\na,"b\n', "x.csv", r"line 2: a quote is opened"),
        ("no_such", "a\n1\n", "x.csv", r"no dataset 'no_such' can land; there are documents"),
        ("../ads", "a\n1\n", "x.csv", r"no dataset '../ads'"),
    ],
)
def test_a_file_that_is_refused(
    land: Callable[..., Any], settings: Settings, dataset: str, content: str | bytes, name: str, message: str
) -> None:
    with pytest.raises(BadInput, match=message) as error:
        land(dataset, content, name)
    assert name in str(error.value) or "can land" in str(error.value)
    lake = Path(settings.root)
    assert not [p for p in lake.rglob("*") if p.is_file() and ".locks" not in p.parts], "nothing stays behind"


def test_missing_file_and_folder(settings: Settings, publish: Publish, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        deliver(settings, "ads", tmp_path / "none.csv", DS, publish)
    with pytest.raises(BadInput, match="is a folder"):
        deliver(settings, "ads", tmp_path, DS, publish)


@pytest.mark.parametrize("ds", ["today", "../../2026-11-01", "2026-02-30", "2026-11-01/../x", ""])
def test_a_ds_that_is_no_date(settings: Settings, publish: Publish, tmp_path: Path, ds: str) -> None:
    (tmp_path / "a.csv").write_text("ad_id\n1\n")
    with pytest.raises(BadDate, match="write it as YYYY-MM-DD"):
        deliver(settings, "ads", tmp_path / "a.csv", ds, publish)
    assert not Path(settings.root).exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u,a,2026-11-02T00:00:00Z,1,30", f"ts is later than the end of {DS} (UTC)"),
        ("u,a,2026-11-01,2,30", "click is not 0 or 1: 2"),
        ("u,a,2026-11-01,yes,30", "click is no whole number: yes"),
        ("u,a,2026-11-01,,30", "click is empty"),
        ("u,a,2026-11-01,nan,30", "click is empty"),
        ("u,a,soon,0,30", "ts is no time (ISO 8601 or an epoch): soon"),
        (",a,2026-11-01,0,30", "user_id is empty"),
        ("u,a,2026-11-01,0,inf", "user_age is not finite: inf"),
        ("u,a,2026-11-01,0", "has not the 5 columns of the header: 4"),
        ("u,a,2026-11-01,99999999999999999999,1", "click does not fit into 64 bits"),
    ],
)
def test_a_row_that_goes_to_quarantine(
    land: Callable[..., Any], landed: Rows, rejected: Rows, row: str, reason: str
) -> None:
    done = land("impressions", csv(GOOD.format(1), row, GOOD.format(2)))
    assert (done.rows_in, done.rows, sum(done.quarantined.values())) == (3, 2, 1)
    assert [r["user_id"] for r in landed("impressions")] == ["u1", "u2"]
    (bad,) = rejected("impressions")
    assert bad["reason"].startswith(reason)
    assert (bad["file"], bad["line"]) == ("log.csv", 3)
    assert row.split(",")[1] in str(bad["row"])


def test_a_propensity_is_a_chance(land: Callable[..., Any], landed: Rows, rejected: Rows) -> None:
    rows = [
        f"u{n},a,2026-11-01,0,{value}" for n, value in enumerate(("0.25", "", "1", "0", "1.5", "-0.1", "0.1", "0.2"))
    ]
    land("impressions", "user_id,ad_id,ts,click,propensity\n" + "\n".join(rows) + "\n")
    assert [r["propensity"] for r in landed("impressions")] == [0.25, None, 1.0, 0.1, 0.2]
    assert {r["reason"] for r in rejected("impressions")} == {
        f"propensity is not above 0 and at most 1: {value}" for value in ("0.0", "1.5", "-0.1")
    }


def test_duplicate_keys_keep_the_first(land: Callable[..., Any], landed: Rows, rejected: Rows) -> None:
    land("ads", "ad_id,title\n1,first\n2,x\n1,again\n")
    assert {r["ad_id"]: r["title"] for r in landed("ads")} == {"1": "first", "2": "x"}
    assert rejected("ads")[0]["reason"] == "duplicate ad_id, already landed from log.csv: 1"
    assert rejected("ads")[0]["row"] == {"ad_id": "1", "title": "again"}


def test_answers_that_do_not_stand_there(land: Callable[..., Any], landed: Rows, rejected: Rows) -> None:
    def qa(name: str, answer: str, start: object) -> dict[str, Any]:
        return {"id": name, "question": "누구?", "answers": [{"text": answer, "answer_start": start}]}

    told = [qa("good", "세종", 0), qa("off", "세종", 1), qa("late", "세종", 99), qa("odd", "세종", "x")]
    told += [{"id": "none", "question": "왜?", "answers": [], "is_impossible": True}, {"question": "누구?"}]
    data = {"data": [{"title": "왕", "paragraphs": [{"context": "세종은 왕이다", "qas": told}]}]}
    done = land("questions", json.dumps(data), "squad.json")
    assert {r["question_id"]: r["answers"] for r in landed("questions")} == {"good": ["세종"], "none": []}
    assert done.rows_in == 6 and done.quarantined == {
        "answers does not stand at answer_start": 2,
        "answer_starts holds an item that is no whole number": 1,
        "is no SQuAD question": 1,
    }
    assert {r["line"] for r in rejected("questions")} == {2, 3, 4, 6}


def test_lines_that_are_no_json(land: Callable[..., Any], rejected: Rows) -> None:
    row = {"question": "q", "answer": "a"}
    text = "\n".join(
        [json.dumps(row), "{broken", json.dumps([1]), json.dumps({"question": "q"}), '{"question": {"x": 1}}']
    )
    assert land("dialogues", text, "d.jsonl").rows == 1
    assert [r["line"] for r in rejected("dialogues")] == [2, 3, 4, 5]
    reasons = [r["reason"].split(":")[0] for r in rejected("dialogues")]
    assert reasons == ["is no JSON", "is no JSON object", "answer is empty", "question is no text"]


def test_cp949_is_read_and_said(land: Callable[..., Any], landed: Rows) -> None:
    done = land("dialogues", "question,answer\n안녕,반가워\n".encode("cp949"))
    assert landed("dialogues")[0]["answer"] == "반가워"
    assert done.remarks == ("read as CP949, since it is not UTF-8",)


def test_lines_that_are_not_utf8(land: Callable[..., Any], landed: Rows, rejected: Rows) -> None:
    good = [f"질문 {i},답 {i}".encode() for i in range(5)]
    land("dialogues", b"\n".join([b"question,answer", *good, b"\xb1\xe2,\xff\xfe", "또,하나".encode()]))
    assert [r["question"] for r in landed("dialogues")] == [f"질문 {i}" for i in range(5)] + ["또"]
    assert rejected("dialogues")[0]["reason"] == "question is not UTF-8: \\udcb1\\udce2"


def test_unknown_columns_are_ignored_and_said(land: Callable[..., Any], landed: Rows) -> None:
    done = land("dialogues", "question,answer,label\na,b,1\n")
    assert done.remarks == ("ignored the unknown columns label",)
    assert set(landed("dialogues")[0]) == {"question", "answer", "scenario_id"}


def test_too_many_bad_rows_refuse_the_file(land: Callable[..., Any], landed: Rows) -> None:
    rows = [f"u{i},a,2026-11-01,0,30" for i in range(150)]
    land("impressions", csv(*rows, *["u,a,2026-11-01,7,30"] * 16))
    assert len(landed("impressions")) == 150
    with pytest.raises(
        BadInput, match=r"30 of 180 rows are wrong \(click is not 0 or 1: 30\), more than 10%; line 152"
    ):
        land("impressions", csv(*rows, *["u,a,2026-11-01,7,30"] * 30))
    assert len(landed("impressions")) == 150, "the earlier delivery still serves"


def test_parquet_of_other_types(land: Callable[..., Any], landed: Rows, rejected: Rows, tmp_path: Path) -> None:
    table = pa.table(
        {
            "user_id": pa.array([1, 2, 3], pa.int32()),
            "ad_id": pa.array(["a", "b", "c"]).dictionary_encode(),
            "ts": pa.array([1_793_491_200_000_000_001] * 3, pa.timestamp("ns")),
            "click": pa.array([True, False, None]),
            "user_age": pa.array([30, None, 20], pa.int16()),
            "context_device": pa.array(["pc", None, "tv"], pa.large_string()),
            "ad_price": pa.array([float("nan"), 2.0, 3.0], pa.float32()),
        }
    )
    pq.write_table(table, tmp_path / "made.parquet")
    land("impressions", (tmp_path / "made.parquet").read_bytes(), "log.parquet")
    first, second = landed("impressions")
    assert (first["user_id"], first["click"], first["user_age"], first["ad_price"]) == ("1", 1, 30.0, None)
    assert first["ts"].isoformat() == "2026-11-01T00:00:00+00:00"
    assert (second["click"], second["context_device"], second["ad_price"]) == (0, None, 2.0)
    assert rejected("impressions")[0]["reason"] == "click is empty"


def test_parquet_text_that_is_not_utf8(land: Callable[..., Any], rejected: Rows, tmp_path: Path) -> None:
    raw = pa.array([b"ok", b"\xff\xfe"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    pq.write_table(pa.table({"question": text, "answer": ["a", "b"]}), tmp_path / "made.parquet")
    assert land("dialogues", (tmp_path / "made.parquet").read_bytes(), "d.parquet").rows == 1
    assert rejected("dialogues")[0]["reason"].startswith("question is not UTF-8")


def test_an_open_column_keeps_the_type_it_landed_with(
    settings: Settings, publish: Publish, tmp_path: Path, land: Callable[..., Any]
) -> None:
    land("ads", "ad_id,ad_price,ad_kind\n1,10,x\n2,20,y\n")
    file = tmp_path / "next.csv"
    file.write_text("ad_id,ad_price,ad_kind\n1,10,1\n2,20,2\n")
    deliver(settings, "ads", file, "2026-11-02", publish)
    schema = Lake(settings.root).partition("landing/ads", "2026-11-02").table().schema
    assert (str(schema.field("ad_price").type), str(schema.field("ad_kind").type)) == ("double", "string")
    file.write_text("ad_id,ad_price,ad_kind\n1,cheap,x\n2,dear,y\n")
    with pytest.raises(BadInput, match=r"ad_price is wrong in every row; .*cheap; it is numeric in what landed before"):
        deliver(settings, "ads", file, "2026-11-03", publish)
    pq.write_table(pa.table({"ad_id": ["1"], "ad_kind": [0.5]}), tmp_path / "next.parquet")
    with pytest.raises(BadInput, match=r"ad_kind is no text: 0.5; it is text in what landed before"):
        deliver(settings, "ads", tmp_path / "next.parquet", "2026-11-03", publish)


def test_an_open_column_without_a_value_has_no_type_yet(
    settings: Settings, publish: Publish, tmp_path: Path, land: Callable[..., Any]
) -> None:
    land("ads", '{"ad_id": "1", "ad_price": null, "ad_kind": "x"}\n', "a.jsonl")
    file = tmp_path / "next.jsonl"
    file.write_text('{"ad_id": "1", "ad_price": 2.5, "ad_kind": "x"}\n')
    deliver(settings, "ads", file, "2026-11-02", publish)
    schema = Lake(settings.root).partition("landing/ads", "2026-11-02").table().schema
    assert str(schema.field("ad_price").type) == "double"
