"""Opening what people bring: compression, encoding, CSV, JSONL and Parquet, as batches of raw rows with line numbers.

Every fault of a file as a whole raises BadInput, naming the file and what to do. A line that cannot be cut into columns
becomes a BadRow, and reading goes on.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from config.task import BadInput
from jobs.land.rows import CHARACTERS, ROWS, BadRow, Rows, as_text, batched

LARGEST_FIELD = 1 << 27
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BLOCK = 1 << 20


def check(path: Path) -> None:
    """Raises BadInput for a path that is no readable file with something in it."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name one file")
    if not path.is_file():
        raise BadInput(f"{path} does not exist; check the path")
    if path.stat().st_size == 0:
        raise BadInput(f"{path} is empty (0 bytes); deliver a file with rows")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system and zlib say about a damaged file into BadInput."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"{path} is a truncated or damaged gzip ({error}); copy it again") from error
    except UnicodeError as error:
        raise BadInput(f"{path} cannot be decoded ({error}); save it as UTF-8") from error
    except pa.ArrowException as error:
        raise BadInput(f"{path} is no sound Parquet file ({error}); write it again") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error}); copy it again") from error


def magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def binary(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked where it is gzip (whatever its name says)."""
    if magic(path)[:2] == b"\x1f\x8b":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def encoding(path: Path, other: str = "cp949") -> tuple[str, str]:
    """The codec of a whole text file and a remark on it ("" for UTF-8).

    A file whose non-ASCII lines are mostly not UTF-8 is read as ``other`` if all of it decodes so. Otherwise it counts
    as UTF-8 with some bad lines, which the reader passes on undecoded (as surrogates) for the checks to find.
    """
    with reading(path), binary(path) as file:
        head = file.read(BLOCK)
        file.seek(0)
        for mark, codec in MARKS:
            if head.startswith(mark):
                return codec, "" if codec == "utf-8-sig" else f"read as {codec.upper()}"
        if head.count(0) * 100 > len(head):
            raise BadInput(f"{path} holds NUL bytes: it is no text, or UTF-16 without its mark; save it as UTF-8")
        wide = bad = 0
        for line in file:
            if not line.isascii():
                wide += 1
                bad += not decodes(line)
    if not bad:
        return "utf-8", ""
    if bad * 2 > wide and whole(path, other):
        return other, f"read as {other.upper()}, since it is not UTF-8"
    return "utf-8", f"{bad} lines are not UTF-8"


def decodes(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def whole(path: Path, codec: str) -> bool:
    """Whether all of a file decodes."""
    decoder = codecs.getincrementaldecoder(codec)()
    with binary(path) as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


@contextlib.contextmanager
def text(path: Path, codec: str, newline: str = "\n") -> Iterator[IO[str]]:
    """A file as a stream of text; in UTF-8 undecodable bytes become surrogates, elsewhere they raise."""
    errors = "surrogateescape" if codec.startswith("utf-8") else "strict"
    with reading(path), io.TextIOWrapper(binary(path), codec, errors=errors, newline=newline) as stream:
        yield stream


def delimited(path: Path, codec: str, delimiter: str) -> Iterator[tuple[int, list[str]] | BadRow]:
    """The records of a CSV file with the line each begins on, the header first; blank lines are passed over.

    Quotes follow RFC 4180. A record that breaks them is a BadRow; a quote that is never closed swallows the rest of
    the file, and raises.
    """
    csv.field_size_limit(LARGEST_FIELD)
    with text(path, codec, newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise BadInput(f"{path} line {line}: a quote is opened and never closed; close it") from error
                yield BadRow(line, "broken CSV", str(error), "")
                continue
            if record:
                yield line, record


def header_of(path: Path, codec: str, delimiter: str) -> list[str]:
    """The first record of a CSV file, names trimmed; raises BadInput where a name is missing or stands twice."""
    first = next(delimited(path, codec, delimiter), None)
    if first is None or isinstance(first, BadRow):
        raise BadInput(f"{path} has no header; write the column names on its first line")
    names = [name.strip() for name in first[1]]
    twice = sorted({n for n in names if n and names.count(n) > 1})
    if twice:
        raise BadInput(f"{path} line 1: the header names {as_text(', '.join(twice))} twice; rename one")
    return names


def pick_delimiter(path: Path, codec: str, known: Sequence[str]) -> str:
    """Of comma, tab and semicolon the one that finds most of the known columns in the header."""

    def found(delimiter: str) -> int:
        first = next(delimited(path, codec, delimiter), None)
        names = [] if first is None or isinstance(first, BadRow) else first[1]
        return len({n.strip().lower() for n in names} & set(known))

    return max(",\t;", key=found)


def csv_rows(path: Path, codec: str, delimiter: str = ",") -> Iterator[Rows]:
    """The rows of a CSV file with a header; every value is text."""
    names = header_of(path, codec, delimiter)
    width = len(names)

    def records() -> Iterator[tuple[int, list[str]] | BadRow]:
        stream = delimited(path, codec, delimiter)
        next(stream)
        for item in stream:
            if isinstance(item, BadRow) or len(item[1]) == width:
                yield item
            else:
                line, record = item
                yield BadRow(line, f"has not the {width} columns of the header", str(len(record)), as_line(record))

    return batched(names, records())


def as_line(record: Sequence[str]) -> str:
    """A record as JSON text."""
    return as_text(list(record))


def jsonl_rows(path: Path, codec: str) -> Iterator[Rows]:
    """The rows of a file with one JSON object a line; a batch has the columns that its rows have."""
    objects: list[dict[str, Any]] = []
    lines: list[int] = []
    bad: list[BadRow] = []
    size = 0
    with text(path, codec) as stream:
        for line, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            size += len(raw)
            value = parsed(path, line, raw)
            if isinstance(value, BadRow):
                bad.append(value)
            else:
                objects.append(value)
                lines.append(line)
            if len(objects) + len(bad) >= ROWS or size >= CHARACTERS:
                yield Rows(columns_of(objects), lines, bad)
                objects, lines, bad, size = [], [], [], 0
    if objects or bad:
        yield Rows(columns_of(objects), lines, bad)


def parsed(path: Path, line: int, raw: str) -> dict[str, Any] | BadRow:
    """One line of JSONL."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        if line == 1 and raw.lstrip().startswith("["):
            raise BadInput(f"{path} is one JSON array; write one JSON object a line (JSONL)") from error
        return BadRow(line, "is no JSON", str(error), raw.rstrip("\n"))
    if isinstance(value, list) and line == 1:
        raise BadInput(f"{path} is one JSON array; write one JSON object a line (JSONL)")
    if not isinstance(value, dict):
        return BadRow(line, "is no JSON object", type(value).__name__, raw.rstrip("\n"))
    return value


def columns_of(objects: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Objects turned into columns; a name that an object lacks is null there."""
    names = dict.fromkeys(name for o in objects for name in o)
    return {name: [o.get(name) for o in objects] for name in names}


def parquet_rows(path: Path) -> Iterator[Rows]:
    """The rows of a Parquet file; ``lines`` are row numbers from 1."""
    with reading(path), pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise BadInput(f"{path} has {', '.join(twice)} twice; rename one")
        row = 1
        for batch in file.iter_batches(batch_size=ROWS):
            columns = dict(zip(names, batch.columns, strict=True))
            yield Rows(columns, range(row, row + batch.num_rows))
            row += batch.num_rows
