import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.task import BadInput
from jobs.land import files
from jobs.land.rows import ROWS, BadRow, batched


def whole(path: Path) -> dict[str, list[object]]:
    """All rows of a CSV file by column."""
    columns: dict[str, list[object]] = {}
    for rows in files.csv_rows(path, files.encoding(path)[0]):
        for name, values in rows.columns.items():
            columns.setdefault(name, []).extend(values)
    return columns


def test_quotes_and_line_feeds_inside_a_field(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b'a,b\r\n"one\r\ntwo","say ""hi"", x"\r\n\r\n3,4\r\n')
    assert whole(file) == {"a": ["one\r\ntwo", "3"], "b": ['say "hi", x', "4"]}
    lines = [line for rows in files.csv_rows(file, "utf-8") for line in rows.lines]
    assert lines == [2, 5]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp949"])
def test_encodings(tmp_path: Path, codec: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("제목,b\n안녕하세요 반갑습니다,뷁\n".encode(codec))
    assert whole(file) == {"제목": ["안녕하세요 반갑습니다"], "b": ["뷁"]}


def test_a_remark_tells_the_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("a\n안녕\n".encode("cp949"))
    assert files.encoding(file) == ("cp949", "read as CP949, since it is not UTF-8")


def test_mostly_utf8_is_not_taken_for_cp949(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("a\n안녕\n반가워\n".encode() + "깨진".encode("cp949") + b"\n")
    assert files.encoding(file) == ("utf-8", "1 lines are not UTF-8")


def test_gzip_is_told_by_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "named_plain.csv"
    file.write_bytes(gzip.compress(b"a\n1\n"))
    assert whole(file) == {"a": ["1"]}


def test_a_row_of_other_width_is_a_bad_row(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('a,b\n1,2\n1,2,3\n"x"y,2\n5,6\n')
    rows = next(files.csv_rows(file, "utf-8"))
    assert rows.columns == {"a": ("1", "5"), "b": ("2", "6")}
    assert [(b.line, b.reason) for b in rows.bad] == [(3, "has not the 2 columns of the header"), (4, "broken CSV")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,b\n1,2\n"open,3\n4,5\n', r"line 3: a quote is opened and never closed"),
        (b"a,b,a\n1,2,3\n", r"names a twice"),
        (b"\n\n", r"no header"),
        ("a\n안녕\n".encode("utf-16-le"), r"NUL bytes"),
        (gzip.compress(b"a\n" + bytes(range(48, 58)) * 9_999, mtime=0)[:-9], r"truncated or damaged gzip"),
    ],
)
def test_files_that_are_wrong_as_a_whole(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=message) as error:
        whole(file)
    assert str(file) in str(error.value)


def test_jsonl_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": 1}\n\nnonsense\n[1]\n{"b": "x\u2028y"}\n', encoding="utf-8")
    rows = list(files.jsonl_rows(file, "utf-8"))
    assert rows[0].columns == {"a": [1, None], "b": [None, "x\u2028y"]}
    assert list(rows[0].lines) == [1, 5]
    assert [(b.line, b.reason) for b in rows[0].bad] == [(3, "is no JSON"), (4, "is no JSON object")]


@pytest.mark.parametrize("content", ['[{"a": 1}]', '[\n{"a": 1}\n]'])
def test_a_json_array_is_no_jsonl(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(content)
    with pytest.raises(BadInput, match="one JSON array"):
        list(files.jsonl_rows(file, "utf-8"))


def test_corrupt_parquet(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": list(range(10_000))}), file)
    good = file.read_bytes()
    for bad in (good[: len(good) // 2], good[:40] + b"\xff" * 400 + good[440:]):
        file.write_bytes(bad)
        with pytest.raises(BadInput, match=r"no sound Parquet|cannot be read"):
            list(files.parquet_rows(file))


def test_batches_are_bounded_and_lose_nothing() -> None:
    items = [BadRow(i, "bad", "", "") if i % 7 == 0 else (i, (str(i),)) for i in range(ROWS * 2 + 5)]
    found = list(batched(["a"], items))
    assert max(len(b.lines) + len(b.bad) for b in found) <= ROWS
    assert sorted([n for b in found for n in b.lines] + [r.line for b in found for r in b.bad]) == list(
        range(len(items))
    )
    assert len(list(batched(["a"], ((i, ("x" * 5_000_000,)) for i in range(4))))) == 2
