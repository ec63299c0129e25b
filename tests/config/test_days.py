"""A column that changes its type between days is read as the newest day has it, or the day and value are named."""

import pyarrow as pa
import pytest

from config import days


def test_the_newest_day_decides():
    told = days.concat([("a/ds=1", pa.table({"x": [9.0, 1.5, None]})), ("a/ds=2", pa.table({"x": ["9", "b"]}))])
    assert told["x"].to_pylist() == ["9", "1.5", None, "9", "b"]
    told = days.concat([("a/ds=1", pa.table({"x": ["9", " 1.5", ""]})), ("a/ds=2", pa.table({"x": [3]}))])
    assert told["x"].to_pylist() == [9.0, 1.5, None, 3.0]


def test_days_of_one_type_and_gone_columns_stay():
    told = days.concat([("a/ds=1", pa.table({"x": [1], "y": ["u"]})), ("a/ds=2", pa.table({"x": [2.5]}))])
    assert told.to_pydict() == {"x": [1.0, 2.5], "y": ["u", None]}


def test_text_that_is_no_number_is_named():
    with pytest.raises(days.TypeConflict, match=r"a/ds=1: x holds text .*old.* where a/ds=2 holds numbers"):
        days.concat([("a/ds=1", pa.table({"x": ["old"]})), ("a/ds=2", pa.table({"x": [3.0]}))])
