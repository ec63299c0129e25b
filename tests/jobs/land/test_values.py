from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from jobs.land.values import CONVERT, integer, moment, number, text

NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-11-01T09:00:00",
        "2026-11-01 09:00:00",
        "2026-11-01T09:00:00Z",
        "2026-11-01T18:00:00+09:00",
        "2026-11-01 09:00:00.000 UTC",
        "20261101090000",
        NINE.timestamp(),
        int(NINE.timestamp()),
        str(int(NINE.timestamp())),
        int(NINE.timestamp() * 1e3),
        int(NINE.timestamp() * 1e6),
        int(NINE.timestamp()) * 10**9,
        Decimal(int(NINE.timestamp())),
        NINE,
        NINE.replace(tzinfo=None),
        NINE.astimezone(timezone(timedelta(hours=9))),
        b"2026-11-01T09:00:00",
    ],
)
def test_times_of_every_spelling(raw: object) -> None:
    assert moment(raw) == NINE


def test_dates_are_midnight() -> None:
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    assert moment("2026-11-01") == moment("20261101") == moment(date(2026, 11, 1)) == midnight


@pytest.mark.parametrize(
    "raw", ["yesterday", "2026-13-01", "11/01/2026", True, [1], 1e40, "9" * 40, "0001-01-01T00:00+23:00"]
)
def test_no_times(raw: object) -> None:
    with pytest.raises(ValueError):
        moment(raw)


@pytest.mark.parametrize("raw", [None, "", "  ", float("nan"), "NaN"])
def test_absent_numbers(raw: object) -> None:
    assert number(raw) is None
    assert integer(raw) is None


@pytest.mark.parametrize("raw", ["1_000", "abc", "1,5", "inf", float("inf"), "-Infinity", "0x10", [1.0], "１２a"])
def test_no_numbers(raw: object) -> None:
    with pytest.raises(ValueError, match=r"number|finite"):
        number(raw)


def test_whole_numbers() -> None:
    assert [integer(v) for v in ("3", "3.0", 3.0, True, "-7", b"4")] == [3, 3, 3, 1, -7, 4]
    for raw in ("3.5", 0.1, "x", 1 << 63, "9" * 30):
        with pytest.raises(ValueError):
            integer(raw)


def test_text_keeps_what_is_there() -> None:
    assert [text(v) for v in (" a ", 3, 3.0, True, "가", "가".encode())] == [" a ", "3", "3", "true", "가", "가"]
    assert text("\u3000 \t") is None
    for raw in ({"a": 1}, ["x"], 3.5, "a\0b", "\udc80", "\ud800", b"\xff"):
        with pytest.raises(ValueError, match=r"text|UTF-8|NUL"):
            text(raw)


def test_lists_from_json_text_and_lists() -> None:
    assert CONVERT["strings"]('["a", "b"]') == CONVERT["strings"](("a", "b")) == ["a", "b"]
    assert CONVERT["ints"]([1, 2.0]) == [1, 2]
    assert CONVERT["strings"]([]) == []
    assert CONVERT["strings"]("") is None
    for raw in ("a b", "{", ["a", None], [""], 3, "[" * 100_000):
        with pytest.raises(ValueError):
            CONVERT["strings"](raw)


def test_bytes_land_as_they_came_and_text_in_utf_8():
    assert CONVERT["bytes"](b"\xb3\xaa\x00\xff") == b"\xb3\xaa\x00\xff"
    assert CONVERT["bytes"]("나루") == "나루".encode()
    assert CONVERT["bytes"](b"") is CONVERT["bytes"](" ") is None
