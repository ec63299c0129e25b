"""The whole stage, on a corpus that holds one of everything."""

from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.datasets import dataset
from config.lake import Lake, Staging
from config.settings import Settings
from config.task import BadInput, Task
from jobs.clean import corpus
from language.morphemes import CONTENT, ENDINGS

OUTPUTS = ("clean/documents", "clean/dropped", "clean/terms", "clean/counts")
DAY, DAY_BEFORE = "2026-11-02", "2026-11-01"
SCHEMA = pa.schema(
    [(n, pa.string()) for n in ("doc_id", "url", "title", "body", "source")]
    + [("fetched_at", pa.timestamp("us", tz="UTC"))]
)
LONG = (
    "디오는 서울에서 자란 가수이며 여러 해 동안 무대에서 노래했다. 그의 목소리는 낮고 부드러워 많은 사람이 듣는다. "
    "그는 영화에도 자주 나왔고 처음 맡은 역할은 말이 없는 학생이었다. 지난봄에는 작은 마을에서 공연을 열었으며 표는 "
    "하루 만에 모두 팔렸다고 한다. 공연이 끝난 뒤 그는 관객과 오래 이야기를 나누었다."
)
OLD = "펜타곤은 다섯 모서리를 가진 건물이며 강가에 서 있다. 해마다 많은 사람이 그 앞에서 사진을 찍는다."
PAGE = (
    "<html><head><title>디오</title></head><body><nav><a href='/'>홈</a></nav>"
    f"<article><p>{OLD}</p></article></body></html>"
)
AT = datetime(2026, 11, 2, 3, tzinfo=UTC)
DOCUMENTS = {
    "long": LONG,
    "near": LONG.replace("오래 이야기를", "잠시 이야기를"),
    "exact": LONG.replace(". ", ".  ") + " ",
    "review": "최고의 영화였다ㅋㅋㅋㅋ",
    "short": "굿",
    "empty": "",
    "none": "<html><body><script>x()</script></body></html>",
    "english": "The Normans were the people who gave their name to Normandy, a region in France.",
    "japanese": "これは日本語の文章です。とても面白い映画でした。",
    "personal": "문의는 010-1234-5678 또는 dio@example.kr 로 해 주세요.",
    "junk": "\ufffd\ufffd\ufffd\ufffd깨진 글",
    "weird": "😀 \u0000\u200b가나다라 마바사\u202e 아자차카 \U0010ffff e\u0301",
    "again": PAGE,
    "mojibake": "나루는 밤마다 글을 읽는다".encode().decode("latin-1"),
}


def table(documents: dict[str, str | None]) -> pa.Table:
    rows = [
        {"doc_id": k, "body": v, "source": "web" if k[0] < "n" else None, "fetched_at": AT}
        for k, v in documents.items()
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def publish(lake: Lake, name: str, ds: str, rows: pa.Table) -> None:
    staging = Staging(lake.partition(name, ds))
    staging.write(rows)
    staging.seal({})
    lake.partition(name, ds).publish()


def clean(root, landed: pa.Table, **settings) -> tuple[pa.Table, pa.Table, Task, list[str]]:
    """Both outputs, the task and the content hashes of both."""
    lake = Lake(str(root))
    publish(lake, "landing/documents", DAY, landed)
    sections = {
        "spark": {"master": "local[2]", "driver_memory": "1g", "shuffle_partitions": 2},
        "clean_corpus": settings,
    }
    inputs = {
        "landing/documents": lake.window("landing/documents", DAY),
        "clean/documents": lake.window("clean/documents", DAY, days=30, lag=1),
    }
    outputs = {n: Staging(lake.partition(n, DAY)) for n in OUTPUTS}
    task = Task("clean_corpus", DAY, Settings(str(root), "test", sections), lake, inputs, outputs)
    corpus.run(task)
    counted = settings.get("morphemes", True) and settings.get("statistics", True)
    written = OUTPUTS if counted else OUTPUTS[:2]
    hashes = [outputs[name].seal({})["content"] for name in written]
    tables = [lake.partition(name, DAY).waiting.table() for name in OUTPUTS[:2]]
    return tables[0], tables[1], task, hashes


@pytest.fixture(scope="module")
def cleaned(spark, tmp_path_factory):
    root = tmp_path_factory.mktemp("lake")
    empty = {c.name: [] for c in dataset("clean/documents").columns}
    earlier = {**empty, "doc_id": ["old"], "text": [OLD]}
    publish(Lake(str(root)), "clean/documents", DAY_BEFORE, pa.table({k: v for k, v in earlier.items() if v}))
    landed = pa.concat_tables([table(DOCUMENTS), table({"review": "다른 글이 같은 이름으로 왔다"})])
    return root, landed, clean(root, landed)


def test_every_row_ends_in_exactly_one_place(cleaned):
    _, landed, (kept, dropped, task, _) = cleaned
    assert Counter(kept["doc_id"].to_pylist() + dropped["doc_id"].to_pylist()) == Counter(landed["doc_id"].to_pylist())
    counts = task.counts["clean/documents"]
    assert counts["rows_in"] == landed.num_rows == kept.num_rows + sum(counts["dropped"].values())
    assert task.counts["clean/dropped"] == {"rows_in": landed.num_rows, "dropped": {}}
    assert sum(sum(by.values()) for by in task.notes["clean/dropped"]["dropped_by_source"].values()) == dropped.num_rows


def test_each_drop_has_its_reason(cleaned):
    _, _, (_, dropped, _, _) = cleaned
    rows = {(r["doc_id"], r["reason"]): r["duplicate_of"] for r in dropped.to_pylist()}
    assert rows == {
        ("near", "duplicate:near"): "exact",
        ("long", "duplicate:exact"): "exact",
        ("review", "duplicate:id"): "review",
        ("again", "duplicate:earlier_day"): "old",
        ("short", "quality:too_short"): None,
        ("empty", "main_text:empty"): None,
        ("none", "main_text:no_text"): None,
        ("japanese", "language:other"): None,
        ("junk", "decode:broken"): None,
    }


def test_what_stays_is_clean_and_complete(cleaned):
    _, _, (kept, _, task, _) = cleaned
    assert kept.column_names == [c.name for c in dataset("clean/documents").columns]
    rows = {r["doc_id"]: r for r in kept.to_pylist()}
    assert rows["personal"]["text"] == "문의는 [PHONE] 또는 [EMAIL] 로 해 주세요."
    assert rows["personal"]["pii"] == task.notes["clean/documents"]["masked"] == 2
    assert rows["mojibake"]["text"] == "나루는 밤마다 글을 읽는다"
    assert rows["english"]["language"] == "en"
    assert "Normans/SL" in rows["english"]["morphemes"]
    assert rows["exact"]["language"] == "ko"
    assert len(rows["exact"]["sentences"]) == 5
    assert rows["mojibake"]["morphemes"][:2] == ["나루/NNG", "는/JX"]


def test_a_rerun_gives_the_same_bytes(cleaned):
    root, landed, (_, _, _, hashes) = cleaned
    backwards = landed.take(list(reversed(range(landed.num_rows))))
    # Where one pair is too many for the driver, pairs are settled and duplicates left out another way.
    assert clean(root, backwards, driver_edges=1)[3] == hashes


def test_terms_are_counted_once_a_document(cleaned):
    root, _, (kept, _, _, _) = cleaned
    lake = Lake(str(root))
    terms = {r["term_id"]: r for r in lake.partition("clean/terms", DAY).waiting.table().to_pylist()}
    counts = {r["doc_id"]: r for r in lake.partition("clean/counts", DAY).waiting.table().to_pylist()}
    truth = {
        row["doc_id"]: Counter(m for m in row["morphemes"] if m.rpartition("/")[2].startswith(CONTENT))
        for row in kept.to_pylist()
    }
    assert {
        name: {terms[i]["term"]: n for i, n in zip(row["term_ids"], row["counts"], strict=True)}
        for name, row in counts.items()
    } == truth
    assert {t["term"]: t["occurrences"] for t in terms.values()} == sum(truth.values(), Counter())
    assert {t["term"]: t["documents"] for t in terms.values()} == Counter(t for c in truth.values() for t in c)
    assert all(row["term_ids"] == sorted(set(row["term_ids"])) for row in counts.values())


def test_endings_stand_apart(cleaned):
    _, _, (kept, _, _, _) = cleaned
    endings = {r["doc_id"]: r["endings"] for r in kept.to_pylist()}
    assert endings["mojibake"] == ["는다/EF"] or endings["mojibake"][-1].endswith("/EF")
    assert all(e.rpartition("/")[2] in ENDINGS for row in endings.values() for e in row)


def test_steps_can_be_switched_off_and_languages_chosen(spark, tmp_path):
    chosen = {"morphemes": False, "near_duplicates": False, "pii": False, "languages": ["ko", "en", "other"]}
    kept, _, _, _ = clean(tmp_path, table(DOCUMENTS), **chosen)
    rows = {r["doc_id"]: r for r in kept.to_pylist()}
    assert {"japanese", "near"} <= set(rows)
    assert "010-1234-5678" in rows["personal"]["text"]
    assert not any(r["morphemes"] for r in rows.values())


def test_the_last_steps_can_be_switched_off_alone(spark, tmp_path):
    off = {"exact_duplicates": False, "near_duplicates": False, "sentences": False, "statistics": False}
    kept, _, task, _ = clean(tmp_path, table(DOCUMENTS), **off)
    rows = {r["doc_id"]: r for r in kept.to_pylist()}
    assert {"long", "near", "exact"} <= set(rows)
    assert not any(r["sentences"] for r in rows.values())
    assert rows["long"]["morphemes"]
    assert all(task.outputs[name].empty for name in OUTPUTS[2:])


def test_a_corpus_with_nothing_left_is_bad_input(spark, tmp_path):
    with pytest.raises(BadInput, match=r"none of 2 documents.*quality:too_short"):
        clean(tmp_path, table({"a": "굿", "b": "ㅋㅋ"}))


def test_no_drop_at_all_writes_an_empty_file_with_the_columns(spark, tmp_path):
    _, dropped, _, _ = clean(tmp_path, table({"a": LONG}))
    assert dropped.num_rows == 0
    assert dropped.column_names == [c.name for c in dataset("clean/dropped").columns]
    assert dropped.schema.field("duplicate_of").type == pa.string()
    assert pq.read_metadata(next(tmp_path.rglob("clean/dropped/**/*.parquet"))).num_columns == 7


def test_tasks_follow_what_the_bodies_are_unpacked(spark, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "BYTES_A_TASK", 10_000)
    monkeypatch.setattr(corpus, "ROWS_A_TASK", 30)
    pq.write_table(pa.table({"body": [b"x" * 1_000] * 80}), tmp_path / "copies.parquet")  # a few hundred bytes of file
    pq.write_table(pa.table({"body": [b"x"] * 90}), tmp_path / "many.parquet")
    assert corpus.partitions(spark.read.parquet(str(tmp_path / "copies.parquet")), 4) == 8
    assert corpus.partitions(spark.read.parquet(str(tmp_path / "many.parquet")), 2) == 3
    assert corpus.partitions(spark.read.parquet(str(tmp_path / "many.parquet")), 4) == 4
    assert corpus.partitions(spark.read.parquet(str(tmp_path / "many.parquet")).limit(0), 4) == 4
