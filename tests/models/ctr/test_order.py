"""Rows in order of time, and of lot where there is none."""

import numpy as np
import pyarrow as pa

from models.ctr import order


def log(times):
    many = len(times)
    return pa.table(
        {
            "user_id": [f"u{n // 10:03d}" for n in range(many)],
            "ad_id": [f"a{n % 10}" for n in range(many)],
            "ts": pa.array(times, pa.timestamp("us", "UTC")),
            "click": [n % 2 for n in range(many)],
        }
    )


def test_rows_of_one_instant_stand_in_the_order_of_a_lot():
    days = np.repeat(np.arange(20) * 86_400_000_000, 50)
    found = order.by_time(log(days))
    assert found["ts"].cast("int64").to_pylist() == days.tolist()
    assert found["user_id"].to_pylist() != sorted(found["user_id"].to_pylist())
    assert len(set(found["user_id"].slice(900, 25).to_pylist())) > 3


def test_a_log_without_times_is_given_an_order_in_which_nothing_is_lost():
    table = log([1_790_000_000_000_000] * 1000)
    found = order.by_time(table)
    times = found["ts"].cast("int64").to_numpy()
    np.testing.assert_array_equal(times, 1_790_000_000_000_000 + np.arange(1000))
    assert sorted(found.drop_columns("ts").to_pylist(), key=str) == sorted(
        table.drop_columns("ts").to_pylist(), key=str
    )
    assert len(set(found["user_id"].slice(900).to_pylist())) > 40
    assert order.by_time(table).equals(found)


def test_instants_that_are_there_keep_their_order():
    found = order.by_time(log([5, 1, 5, 1, 9, 9] * 20))["ts"].cast("int64").to_numpy()
    assert (np.diff(found) >= 0).all()
    assert order.by_time(log(range(100)))["ts"].cast("int64").to_pylist() == list(range(100))
