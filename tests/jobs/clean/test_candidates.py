import itertools
import random

import pyarrow as pa

from jobs.clean.candidates import CROWD, WINDOW, candidates, pair_batches, shared


def keyed(rows):
    key, node, today = map(list, zip(*rows, strict=True))
    return pa.table({"key": key, "node": node, "today": today})


def pairs(rows, batch):
    """All pairs that a stream of (key, node, today) gives, cut into batches of ``batch`` rows."""
    rows = sorted(rows, key=lambda row: (row[0], row[2], row[1]))
    names = ("key", "node", "today")
    cut = [rows[i : i + batch] for i in range(0, len(rows), batch)]
    stream = [
        pa.RecordBatch.from_pydict(dict(zip(names, map(list, zip(*part, strict=True)), strict=True))) for part in cut
    ]
    found = [batch.to_pylist() for batch in pair_batches(stream)]
    return {(row["a"], row["b"]) for row in itertools.chain(*found)}


def test_a_small_bucket_gives_all_its_pairs_wherever_batches_end():
    rows = [(7, node, 1) for node in range(WINDOW + 1)] + [(8, 100, 1), (9, 101, 1), (9, 102, 1)]
    every = set(itertools.combinations(range(WINDOW + 1), 2)) | {(101, 102)}
    assert all(pairs(rows, batch) == every for batch in (1, 3, 5, 1000))


def test_what_shares_its_key_is_left_wherever_batches_end():
    keys = [1, 2, 2, 3, 4, 4, 4, 5, 6, 6]
    for size in (1, 2, 3, 4, 100):
        cut = [keys[at : at + size] for at in range(0, len(keys), size)]
        left = shared(pa.RecordBatch.from_pydict({"key": pa.array(part, pa.int64())}) for part in ([], *cut, []))
        assert [row["key"] for batch in left for row in batch.to_pylist()] == [2, 2, 4, 4, 4, 6, 6], size
    assert not [*shared(iter([]))]


def test_a_crowd_gives_a_star_and_not_its_square():
    size = 50_000
    for batch in (777, 60_000):
        found = pairs([(1, node, 1) for node in range(size)], batch)
        assert {(0, node) for node in range(1, size)} <= found
        assert len(found) < size + CROWD * WINDOW


def test_earlier_days_come_first_and_are_not_paired_among_themselves():
    found = pairs([(1, 5, 1), (1, 90, 0), (1, 80, 0), (1, ~5, 0)], 2)
    assert found == {(80, 5), (90, 5)}, "nor is a page with its own older self"


def test_spark_gives_each_pair_once(spark):
    mixed = random.Random(3)
    rows = sorted({(mixed.randrange(40), mixed.randrange(300), 1) for _ in range(600)})
    keys = spark.createDataFrame(
        pa.table(dict(zip(("key", "node", "today"), map(list, zip(*rows, strict=True)), strict=True)))
    )
    found = [(row["a"], row["b"]) for row in candidates(keys).toArrow().to_pylist()]
    assert len(found) == len(set(found))
    assert set(found) == pairs(rows, 100)
