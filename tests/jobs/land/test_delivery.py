import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.datasets import LANDING
from config.lake import Lake, Partition
from config.settings import Settings
from config.task import BadInput
from jobs.land import Delivery, deliver, formats_table, read_rows
from validation import gate

DS = "2026-11-01"
Publish = Callable[[str, str], None]
Rows = Callable[..., list[dict[str, Any]]]
Land = Callable[..., Delivery]


@pytest.fixture
def land(settings: Settings, publish: Publish, tmp_path: Path) -> Land:
    def call(dataset: str, name: str, text: str, gate: Publish = publish, ds: str = DS) -> Delivery:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return deliver(settings, dataset, tmp_path / name, ds, gate)

    return call


@pytest.fixture
def documents(settings: Settings) -> Partition:
    return Lake(settings.root).partition("landing/documents", DS)


def test_a_partition_is_the_union_of_its_files(land: Land, landed: Rows, documents: Partition) -> None:
    land("documents", "b.csv", "doc_id,body\n1,one\n2,two\n")
    land("documents", "a.jsonl", '{"doc_id": "3", "body": "three", "fetched_at": "2026-11-01"}\n')
    assert [r["doc_id"] for r in landed("documents")] == ["3", "1", "2"]
    told = documents.manifest()["notes"]["origins"]
    assert [(o["name"], o["rows"], o["part"]) for o in told] == [
        ("a.jsonl", 1, "part-0000.parquet"),
        ("b.csv", 2, "part-0001.parquet"),
    ]
    assert told[1]["sha256"] == hashlib.sha256(b"doc_id,body\n1,one\n2,two\n").hexdigest()
    assert documents.manifest()["counts"] == {"rows_in": 3, "dropped": {}}


def test_a_file_replaces_its_own_part_alone(land: Land, landed: Rows) -> None:
    land("documents", "b.csv", "doc_id,body\n1,one\n2,two\n")
    land("documents", "a.csv", "doc_id,body\n3,three\n")
    land("documents", "b.csv", "doc_id,body\n2,TWO\n")
    assert {r["doc_id"]: r["body"] for r in landed("documents")} == {"2": b"TWO", "3": b"three"}


def test_a_key_of_another_file_is_a_duplicate(land: Land, landed: Rows, rejected: Rows) -> None:
    land("documents", "b.csv", "doc_id,body\n1,one\n")
    done = land("documents", "a.csv", "doc_id,body\n1,other\n3,three\n")
    assert done.quarantined == {"duplicate doc_id, already landed from b.csv": 1}
    assert {r["doc_id"]: r["body"] for r in landed("documents")} == {"1": b"one", "3": b"three"}
    assert land("documents", "c.csv", "doc_id,body\n1,same\n").rows == 0, "nothing new is no fault"


def test_delivering_again_changes_no_byte(land: Land, documents: Partition) -> None:
    land("documents", "b.csv", "doc_id,body\n1,one\n1,dup\n")
    land("documents", "a.csv", "doc_id,body\n3,three\n")
    before = documents.manifest()
    land("documents", "b.csv", "doc_id,body\n1,one\n1,dup\n")
    assert documents.manifest()["content"] == before["content"]
    assert documents.damaged() == []


def test_the_order_of_deliveries_does_not_matter(land: Land, documents: Partition) -> None:
    files = {"a.csv": "doc_id,body\n1,one\n", "b.csv": "doc_id,body\n2,two\n"}
    contents = []
    for order in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        for name in order:
            land("documents", name, files[name])
        contents.append(documents.manifest()["content"])
        documents.lake.fs.rm(documents.folder, recursive=True)
    assert contents[0] == contents[1]


def test_open_columns_of_all_parts_share_one_schema(land: Land, documents: Partition) -> None:
    land("ads", "b.csv", "ad_id,ad_price\n1,5\n")
    land("ads", "a.csv", "ad_id,ad_kind\n2,x\n")
    partition = documents.lake.partition("landing/ads", DS)
    schemas = [pq.read_schema(p) for p in partition.paths().values()]
    assert schemas[0] == schemas[1]
    assert schemas[0].names == ["ad_id", "title", "ad_kind", "ad_price"]
    assert partition.table().to_pylist()[1] == {"ad_id": "1", "title": None, "ad_kind": None, "ad_price": 5.0}


def test_columns_unlike_those_of_the_day_before_are_told(land: Land) -> None:
    land("ads", "a.csv", "ad_id,ad_price,ad_kind,ad_maker\n1,5,x,me\n", ds="2026-10-30")
    land("ads", "a.csv", "ad_id,ad_price,ad_kind\n1,5,x\n", ds="2026-10-31")
    done = land("ads", "a.csv", "ad_id,ad_kind,ad_price\n1,7,\n2,8,\n")
    assert done.rows == 2
    assert done.remarks == (
        "without a value in this file, unlike the day before: ad_price",
        "text on the day before and mostly numbers in this file, landed as text: ad_kind",
    ), "ad_maker was gone on the day before already"
    done = land("ads", "a.csv", "ad_id,ad_price\n1,5\n", ds="2026-10-31")
    assert done.remarks == ("the day before has ad_kind, ad_maker, this file has not: its rows land without",)


def test_a_gate_that_fails_leaves_what_was_published(land: Land, landed: Rows, documents: Partition) -> None:
    land("documents", "a.csv", "doc_id,body\n1,one\n")

    def closed(dataset: str, ds: str) -> None:
        assert documents.waiting.manifest()["rows"] == 2
        raise ValueError("gate of landing/documents is closed")

    with pytest.raises(ValueError, match="closed"):
        land("documents", "b.csv", "doc_id,body\n2,two\n", closed)
    assert [r["doc_id"] for r in landed("documents")] == ["1"]
    assert not documents.waiting.exists, "a later run must not publish what the gate refused"


def test_a_crash_while_writing_leaves_what_was_published(
    land: Land, landed: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("documents", "a.csv", "doc_id,body\n1,one\n")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("config.lake.Staging.seal", crash)
        land("documents", "b.csv", "doc_id,body\n2,two\n")
    assert [r["doc_id"] for r in landed("documents")] == ["1"]
    land("documents", "b.csv", "doc_id,body\n2,two\n")
    assert [r["doc_id"] for r in landed("documents")] == ["1", "2"]


def test_a_bad_delivery_leaves_the_good_one(land: Land, landed: Rows) -> None:
    land("documents", "a.csv", "doc_id,body\n1,one\n")
    with pytest.raises(BadInput, match="body is missing"):
        land("documents", "a.csv", "doc_id,text\n1,one\n")
    assert [r["body"] for r in landed("documents")] == [b"one"]


def test_a_refused_delivery_leaves_no_folder(land: Land, documents: Partition) -> None:
    with pytest.raises(BadInput, match="body is missing"):
        land("documents", "a.csv", "doc_id,text\n1,one\n")
    assert not Path(documents.folder).exists()


def test_files_replace_what_was_simulated(land: Land, landed: Rows, documents: Partition) -> None:
    table = pa.table({"doc_id": ["s"], "body": ["simulated"]})
    from config.lake import Staging

    staging = Staging(documents)
    staging.write(table)
    staging.seal({"notes": {"source": "sim"}})
    documents.publish()
    land("documents", "a.csv", "doc_id,body\n1,one\n")
    assert [r["doc_id"] for r in landed("documents")] == ["1"]


def test_parquet_csv_and_jsonl_land_the_same(land: Land, landed: Rows, settings: Settings, publish: Publish) -> None:
    land(
        "searches",
        "a.jsonl",
        '{"user_id": "u", "ts": 1793491200, "query": "q", "shown_doc_ids": ["x", "y"], "position": 2}\n',
    )
    first = landed("searches")
    pq.write_table(Lake(settings.root).partition("landing/searches", DS).table(), Path(settings.root, "b.parquet"))
    line = 'user_id,ts,query,shown_doc_ids,position\nu,2026-11-01T00:00:00Z,q,"[""x"", ""y""]",2\n'
    land("searches", "c.csv", line)
    deliver(settings, "searches", Path(settings.root, "b.parquet"), DS, publish)
    assert landed("searches") == first * 3
    assert first[0]["shown_doc_ids"] == ["x", "y"] and first[0]["clicked_doc_id"] is None


def test_a_large_file_crosses_batches_without_losing_a_row(land: Land, landed: Rows, rejected: Rows) -> None:
    rows = [f"{i},body {i}" if i % 100 else f"{i}," for i in range(20_000)]
    done = land("documents", "large.csv", "\n".join(["doc_id,body", *rows]))
    assert done.rows_in == 20_000 == done.rows + sum(done.quarantined.values())
    assert len(landed("documents")) == 19_800 and len(rejected("documents")) == 200


def test_read_rows_for_an_evaluation(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "impressions.csv"
    file.write_text("user_id,ad_id,ts,click,user_age,context_device\nu,a,2030-01-01,1,30,pc\nu,a,2030-01-01,5,30,pc\n")
    table = read_rows("impressions", file)
    assert table.num_rows == 1 and table.schema.field("ts").type == pa.timestamp("us", "UTC")
    assert table.schema.names[-2:] == ["context_device", "user_age"]
    assert "left out 1 of 2 rows (click is not 0 or 1: 1; line 3: click is not 0 or 1: 5)" in caplog.text
    with pytest.raises(BadInput, match="column question, answer is missing"):
        read_rows("dialogues", file)


def test_the_table_of_formats_names_every_column() -> None:
    table = formats_table()
    lines = {line.split("`")[1]: line for line in table.splitlines()[2:]}
    assert set(lines) == {d.name for d in LANDING}
    for dataset in LANDING:
        assert all(c.name in lines[dataset.name] for c in dataset.columns)
    assert "`user_*`, `context_*`, `ad_*`" in lines["impressions"]
    assert "*scenario_id*" in lines["dialogues"] and "*question*" not in lines["dialogues"]


def test_what_the_gate_takes_is_told_and_bytes_read_as_text(settings: Settings, tmp_path: Path) -> None:
    def publish(dataset: str, ds: str) -> object:
        return gate.run(Lake(settings.root).partition(dataset, ds), settings)

    ads, log = tmp_path / "ads.csv", tmp_path / "log.parquet"
    ads.write_text("ad_id\na0\na1\na2\na3\n")
    rows = [{"user_id": "u", "ad_id": f"a{n % 5}", "ts": f"{DS}T00:00:{n}", "click": 0} for n in range(10, 30)]
    pq.write_table(pa.Table.from_pylist([{**row, "click": "no" if n == 1 else "0"} for n, row in enumerate(rows)]), log)
    deliver(settings, "ads", ads, DS, publish)
    done = deliver(settings, "impressions", log, DS, publish)
    assert done.quarantined == {"click is no whole number": 1, "ad_id is in no catalog that landed": 4}
    assert (done.rows_in, done.rows) == (20, 15)
    written = Path(settings.root, "quarantine", "impressions", f"ds={DS}", "log.parquet.parquet")
    assert pq.read_table(written)["reason"].to_pylist() == ["click is no whole number: no"]
