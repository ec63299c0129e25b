"""Impressions without repeats and machines, ads joined and counted; every dropped row has its reason."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import Task
from jobs import impressions
from jobs.impressions import machines
from jobs.impressions.settings import ImpressionsConfig

DS = "2026-11-01"
SECTIONS: dict[str, dict[str, object]] = {}
START = datetime(2026, 11, 1, 9, tzinfo=UTC)
SCHEMA = pa.schema(
    [("user_id", pa.string()), ("ad_id", pa.string()), ("ts", pa.timestamp("us", "UTC")), ("click", pa.int64())]
)


def shown(user="u1", ad="a1", minute=0.0, click=0, **more):
    return {"user_id": user, "ad_id": ad, "ts": START + timedelta(minutes=minute), "click": click, **more}


def landed(rows, **types):
    schema = SCHEMA
    for name, kind in types.items():
        schema = schema.append(pa.field(name, kind))
    return pa.Table.from_pylist(rows, schema=schema)


def publish(lake, name, table, ds=DS):
    staging = Staging(lake.partition(name, ds))
    staging.write(table)
    staging.seal({})
    lake.partition(name, ds).publish()
    return lake.partition(name, ds)


@pytest.fixture
def run(spark, tmp_path):
    """The stage on a log and listings (oldest first) of its own -> (features/impressions, features/ads, task)."""

    def stage(table, *listings):
        lake = Lake(str(tmp_path))
        days = [f"2026-10-{30 - len(listings) + n}" for n in range(len(listings))]
        given = {
            "landing/impressions": [publish(lake, "landing/impressions", table)],
            "landing/ads": [publish(lake, "landing/ads", t, ds) for t, ds in zip(listings, days, strict=True)],
        }
        names = ("features/impressions", "features/ads", "features/counters", "features/history")
        outputs = {n: Staging(lake.partition(n, DS)) for n in names}
        task = Task("aggregate_impressions", DS, Settings(str(tmp_path), "test", SECTIONS), lake, given, outputs)
        impressions.run(task)
        return (*(read(outputs[n]) for n in names[:2]), task)

    return stage


def read(staging):
    parts = sorted((staging.folder / "spark").glob("*.parquet"))
    return pa.concat_tables([pq.ParquetFile(p).read() for p in parts]).sort_by(
        [(n, "ascending") for n in ("ts", "ad_id") if n in pq.read_schema(parts[0]).names]
    )


def people(count=40, shows=25):
    """An honest log: everybody clicks once in 25."""
    return [shown(f"u{n}", f"a{i % 5}", n * 7 + i, int(i == n % shows)) for n in range(count) for i in range(shows)]


def test_the_required_columns_are_enough(run):
    found, ads, task = run(landed(people(2)))
    assert found.column_names == ["user_id", "ad_id", "ts", "click"]
    assert found.schema.field("ts").type == pa.timestamp("us", "UTC")
    assert found.num_rows == 50
    assert ads.column_names == ["ad_id", "title", "impressions", "clicks"]
    assert ads["impressions"].to_pylist() == [10] * 5
    assert sum(ads["clicks"].to_pylist()) == 2
    assert task.counts["features/impressions"] == {"rows_in": 50, "dropped": {}}


def test_exact_repeats_go_and_near_repeats_stay(run):
    rows = [shown(), shown(), shown(click=1), shown(minute=1), shown(minute=1, ad="a2")]
    found, _, task = run(landed(rows))
    assert found.num_rows == 4
    assert task.counts["features/impressions"]["dropped"] == {"repeat": 1}


def test_machines_go_with_their_reason(run):
    clicker = [shown("bot", f"a{i % 5}", i, int(i % 3 == 0)) for i in range(60)]
    racer = [shown("racer", f"a{i}", i / 2000) for i in range(400)]
    found, _, task = run(landed([*people(), *clicker, *racer]))
    assert set(found["user_id"].to_pylist()) == {f"u{n}" for n in range(40)}
    assert task.counts["features/impressions"]["dropped"] == {"bot_clicks": 60, "bot_speed": 400}


def test_nobody_is_too_fast_in_a_log_whose_times_are_days_or_none(spark):
    from pyspark.sql import functions as f

    def too_fast(minute):
        log = spark.range(0, 400 * 15, 1, 1).select(
            f.lit("u1").alias("user_id"), f.timestamp_seconds(minute * 60).alias("minute"), f.lit(0).alias("click")
        )
        return machines.judge(log, ImpressionsConfig()).count()

    by_turns = f.col("id") % 15
    assert [too_fast(f.lit(7)), too_fast(by_turns * 24 * 60), too_fast(by_turns)] == [0, 0, 1]


def test_a_log_of_eager_people_keeps_them(run):
    rows = [shown(f"u{n}", f"a{i}", i, int((i + n) % 4 != 0)) for n in range(6) for i in range(40)]
    found, _, task = run(landed(rows))
    assert found.num_rows == 240
    assert not task.counts["features/impressions"]["dropped"]


def test_rare_clicks_make_no_machine(spark):
    """Where one row in a thousand is clicked, one click in twenty rows lies six deviations above that; where one in a
    hundred is, so do twelve in three hundred."""
    from pyspark.sql import functions as f

    def machines_of(user, clicked, rows):
        log = spark.range(0, rows, 1, 1).select(
            user.cast("string").alias("user_id"),
            f.timestamp_seconds(f.col("id") * 60).alias("minute"),
            clicked.cast("int").alias("click"),
        )
        return [row["user_id"] for row in machines.judge(log, ImpressionsConfig()).collect()]

    row, one = f.col("id"), f.floor(f.col("id") / 20)
    assert machines_of(one, row % 1000 == 7, 2000) == []
    fan = f.when(row < 300, 0).otherwise(one)
    assert machines_of(fan, f.when(row < 300, row % 25 == 0).otherwise(row % 200 == 7), 4300) == []
    assert machines_of(fan, f.when(row < 300, row % 5 == 0).otherwise(row % 200 == 7), 4300) == ["0"]


def test_ads_are_joined_from_the_newest_listing(run):
    old = pa.table({"ad_id": ["a1", "a2"], "title": ["옛 제목", "둘"], "ad_kind": ["food", "cars"]})
    titles, kinds = ["새 제목", "셋"], ["games", "books"]
    new = pa.table({"ad_id": ["a1", "a3"], "title": titles, "ad_kind": kinds, "ad_price": [3, 4]})
    rows = [shown(), shown(ad="a2", minute=1), shown(ad="a9", minute=2)]
    found, ads, _ = run(landed([{**r, "user_age": 30} for r in rows], user_age=pa.int64()), old, new)
    assert found.column_names == ["user_id", "ad_id", "ts", "click", "ad_kind", "ad_price", "user_age"]
    assert found["ad_kind"].to_pylist() == ["games", "cars", None]
    assert found["ad_price"].to_pylist() == [3.0, None, None]
    assert found.schema.field("user_age").type == pa.float64()
    table = {row["ad_id"]: row for row in ads.to_pylist()}
    assert set(table) == {"a1", "a2", "a3", "a9"}
    assert table["a1"]["title"] == "새 제목"
    assert (table["a3"]["impressions"], table["a3"]["ad_kind"]) == (0, "books")
    assert (table["a9"]["impressions"], table["a9"]["title"]) == (1, None)


def test_columns_of_the_impressions_come_before_the_listing(run):
    listing = pa.table({"ad_id": ["a1", "a2"], "ad_kind": ["food", "cars"], "ad_size": ["big", "small"]})
    rows = [shown(ad_kind="own", ad_size=1.0), shown(ad="a2", minute=1, ad_kind=None, ad_size=2.0)]
    found, ads, _ = run(landed(rows, ad_kind=pa.string(), ad_size=pa.float64()), listing)
    assert found["ad_kind"].to_pylist() == ["own", "cars"]
    assert found["ad_size"].to_pylist() == [1.0, 2.0]
    assert ads["ad_size"].to_pylist() == [1.0, 2.0]


def test_a_rerun_gives_the_same_bytes(run):
    table = landed([*people(), shown(), shown()])
    _, _, first = run(table)
    files = sorted((first.output("features/impressions").folder / "spark").glob("*.parquet"))
    before = [f.read_bytes() for f in files]
    _, _, second = run(table.take(pa.array(range(table.num_rows - 1, -1, -1))))
    files = sorted((second.output("features/impressions").folder / "spark").glob("*.parquet"))
    assert [f.read_bytes() for f in files] == before


def test_what_was_known_before_each_row(run):
    rows = [shown(minute=m, click=int(m == 0), ad_genre="a|b" if m < 10 else "b") for m in (0, 5, 5, 90)]
    rows[2] = {**rows[2], "user_id": "u2"}
    _, _, task = run(landed([*rows, shown("u3", "a2", 91)], ad_genre=pa.string()))
    known = read(task.output("features/history")).to_pylist()
    assert [r["past_ad_shows_7d"] for r in known] == [0, 1, 1, 3, 0]
    assert [r["past_ad_genre_shows_1d"] for r in known] == [0, 2, 2, 3, 0], "both values of a row count"
    assert [r["past_user_ad_shows_1d"] for r in known if r["user_id"] == "u1"] == [0, 1, 2]
    assert known[0]["past_ad_rate_1d"] == pytest.approx(0.02) and known[1]["past_ad_rate_1d"] == pytest.approx(1.4 / 21)
    counters = pq.read_table(task.output("features/counters").folder / "spark").to_pylist()
    told = {(c["kind"], c["name"]): (c["shows"], c["clicks"]) for c in counters if c["name"]}
    assert told["ad", "a1"] == (4, 1) and told["ad_genre", "a"] == (3, 1) and told["ad_genre", "b"] == (4, 1)
    assert told["user", "u1"] == (3, 1)


def test_thinned_rows_carry_weights_and_counters_know_all(run, monkeypatch):
    monkeypatch.setitem(SECTIONS, "aggregate_impressions", {"keep_negatives": 0.25})
    found, ads, task = run(landed(people(20)))
    kept = found.num_rows
    assert 20 < kept < 500 and task.counts["features/impressions"]["dropped"] == {"thinned": 500 - kept}
    assert {(r["click"], r["weight"]) for r in found.to_pylist()} == {(0, 4.0), (1, 1.0)}
    assert sum(found["click"].to_pylist()) == 20 and sum(ads["impressions"].to_pylist()) == 500
    assert read(task.output("features/history")).num_rows == kept


def test_a_day_without_a_click_and_numbers_that_are_none(run):
    rows = [shown(minute=m, ad="ghost", user_age=v) for m, v in enumerate((30.0, float("nan"), float("inf"), None))]
    found, ads, _ = run(landed(rows, user_age=pa.float64()), pa.table({"ad_id": ["a1"], "ad_kind": ["food"]}))
    assert found["user_age"].to_pylist() == [30.0, None, None, None] and found["ad_kind"].null_count == 4
    assert {r["ad_id"]: r["impressions"] for r in ads.to_pylist()} == {"a1": 0, "ghost": 4}
