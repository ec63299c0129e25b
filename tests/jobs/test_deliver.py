from collections import Counter
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.deliver import deliver


def doubled(stream, by):
    for batch in stream:
        longer = pa.array([name * by for name in batch["name"].to_pylist()], pa.string())
        yield pa.RecordBatch.from_pydict({"name": longer, "n": batch["n"]})


def by_name(batch):
    return Counter((name,) for name in batch["name"].to_pylist())


def frame(spark, rows, parts=3):
    table = pa.table({"name": pa.array([f"x{i % 2}" for i in rows], pa.string()), "n": pa.array(rows, pa.int64())})
    return spark.createDataFrame(table).repartition(parts, "n").sortWithinPartitions("n")


def test_rows_are_written_counted_and_finished(spark, tmp_path):
    counts = deliver(frame(spark, list(range(50))), tmp_path.as_uri() + "/a", by_name, partial(doubled, by=2))
    assert counts == {("x0x0",): 25, ("x1x1",): 25}
    files = sorted((tmp_path / "a").iterdir())
    assert [f.name for f in files] == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    assert sorted(pa.concat_tables(map(pq.read_table, files))["n"].to_pylist()) == list(range(50))


def test_the_same_rows_in_another_order_give_the_same_bytes(spark, tmp_path):
    for name, rows in (("a", list(range(50))), ("b", list(range(49, -1, -1)))):
        deliver(frame(spark, rows), tmp_path.as_uri() + f"/{name}")
    a, b = ([f.read_bytes() for f in sorted((tmp_path / name).iterdir())] for name in "ab")
    assert a == b


def test_no_row_gives_one_empty_file_with_the_columns(spark, tmp_path):
    assert not deliver(frame(spark, [1]).where("n > 1"), tmp_path.as_uri() + "/a", by_name, partial(doubled, by=1))
    (file,) = (tmp_path / "a").iterdir()
    assert pq.read_schema(file).names == ["name", "n"]
    assert pq.read_metadata(file).num_rows == 0
