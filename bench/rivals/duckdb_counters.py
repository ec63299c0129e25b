"""Every output of aggregate_impressions worked out again by DuckDB, in SQL of its own, and compared row by row.

    python duckdb_counters.py FILES

FILES names on each line ``dataset@day=path,path``. Prints the seconds and how many rows differ by output, as JSON. The
definitions are those of the settings' defaults: windows of 1, 7 and 30 days, twenty shows of the prior .02.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

WINDOWS, SMOOTHING, PRIOR = (1, 7, 30), 20, 0.02
KINDS = {
    "ad": "ad_id",
    "ad_category": "ad_category",
    "user": "user_id",
    "user_ad": "user_id || chr(31) || ad_id",
    "user_ad_category": "user_id || chr(31) || ad_category",
}
BEFORE = "order by t range between unbounded preceding and 1 preceding"


def main(listed: str) -> None:
    files = dict(line.split("=", 1) for line in Path(listed).read_text(encoding="utf-8").splitlines())
    days = sorted({name.split("@")[1] for name in files if "@" in name})
    base = duckdb.connect(str(Path(listed).with_suffix(".duckdb")))
    base.execute("set threads = 2; set memory_limit = '6GB'; set preserve_insertion_order = false")
    for name, paths in files.items():
        place = name.replace("/", "_").replace("@", "_").replace("-", "")
        quoted = ", ".join(f"'{path}'" for path in paths.split(","))
        base.execute(f"create view {place} as select * from read_parquet([{quoted}], union_by_name = true)")
    start = time.monotonic()
    wrong = {}
    for day in days:
        people(base, day.replace("-", ""))
    last = days[-1].replace("-", "")
    wrong["impressions"] = impressions(base, last)
    wrong["ads"] = ads(base, last)
    priors(base, [day.replace("-", "") for day in days])
    for name, key in KINDS.items():
        wrong[f"counters_{name}"], wrong[f"history_{name}"] = counted(base, name, key, last)
    print(json.dumps({"seconds": time.monotonic() - start, "wrong": wrong}))


def number(base: duckdb.DuckDBPyConnection, query: str) -> int:
    found = base.execute(query).fetchone()
    return int(found[0] or 0) if found else 0


def people(base: duckdb.DuckDBPyConnection, day: str) -> None:
    """Table ``people_<day>``: each row once, without machines, with what the listing tells of its ad."""
    base.execute(
        f"""
        create table once as select distinct * from landing_impressions_{day};
        create table machines as
        with rate as (select avg(click) as base from once),
        minutes as (
            select user_id, date_trunc('minute', ts) as minute, count(*) as shows, sum(click) as clicks
            from once group by all
        ),
        users as (
            select user_id, sum(shows) as shows, sum(clicks) as clicks, max(shows) as fastest
            from minutes group by user_id
        )
        select user_id from users, rate where fastest > 300 or (
            shows >= 20 and clicks >= greatest(10, 0.1 * shows) and clicks >= 5 * shows * base
            and clicks - shows * base > 6 * sqrt(shows * base * (1 - base))
        );
        create table people_{day} as
        select once.*, listed.ad_category, listed.ad_price, epoch_us(ts) as t,
            epoch_us(ts) // 86400000000 as day, epoch_us(ts) // 3600000000 as hour
        from once left join landing_ads as listed using (ad_id) where user_id not in (from machines);
        drop table once; drop table machines;
        """
    )


def impressions(base: duckdb.DuckDBPyConnection, day: str) -> int:
    """Rows that stand in one of the two alone."""
    names = "user_id, ad_id, ts, click, ad_category, ad_price, context_device, context_position, user_age, user_gender"
    ours, theirs = (f"select {names} from {table}_{day}" for table in ("features_impressions", "people"))
    either = f"(({ours} except all {theirs}) union all ({theirs} except all {ours}))"
    return number(base, f"select count(*) from {either}")


def ads(base: duckdb.DuckDBPyConnection, day: str) -> int:
    return number(
        base,
        f"""
        with theirs as (
            select ad_id, count(click) as shows, coalesce(sum(click), 0) as clicks
            from landing_ads left join people_{day} using (ad_id) group by ad_id
        )
        select count(*) from theirs full join features_ads_{day} as ours using (ad_id)
        where ours.impressions is distinct from shows or ours.clicks is distinct from theirs.clicks
        """,
    )


def priors(base: duckdb.DuckDBPyConnection, days: list[str]) -> None:
    """Table ``prior``: the click rate of everything before each hour of the last day."""
    union = " union all ".join(f"select day, hour, click from people_{day}" for day in days)
    base.execute(
        f"""
        create table all_hours as select day, hour, count(*) as shows, sum(click) as clicks from ({union}) group by all;
        create table prior as
        select mine.hour, (coalesce(sum(past.clicks), 0) + {SMOOTHING * PRIOR})
            / (coalesce(sum(past.shows), 0) + {SMOOTHING}) as prior
        from (select distinct day, hour from people_{days[-1]}) as mine
        left join all_hours as past on past.hour < mine.hour and past.day > mine.day - {max(WINDOWS)}
        group by mine.hour
        """
    )


def counted(base: duckdb.DuckDBPyConnection, name: str, key: str, day: str) -> tuple[int, int]:
    """Rows of the counters and of the history of one kind that differ."""
    days = [f"select *, '{view}' as of from people_{view}" for view in sorted(tables(base))]
    base.execute(
        f"""
        create table daily as select {key} as key, of, day, count(*) as shows, sum(click) as clicks
        from ({" union all ".join(days)}) where {key} is not null group by all;
        create table own as select user_id, ad_id, ts, click, t, day, hour, {key} as key,
            count(*) over earlier as shows, coalesce(sum(click) over earlier, 0) as clicks
        from people_{day} window earlier as (partition by {key}, day {BEFORE});
        """
    )
    shape = "day::date as day, shows, clicks"
    called = "null" if name.startswith("user_") else "key"
    named = f"select {called} as key, date '1970-01-01' + day::int as day, shows, clicks"
    ours = f"select name as key, {shape} from features_counters_{day} where kind = '{name}'"
    theirs = f"{named} from daily where of = '{day}'"
    unlike = number(base, f"select count(*) from (({ours} except all {theirs}) union all ({theirs} except all {ours}))")
    sums = ", ".join(
        f"coalesce(sum(past.{what}) filter (past.day > mine.day - {n}), 0) as {what}_{n}"
        for n in WINDOWS
        for what in ("shows", "clicks")
    )
    checks = " or ".join(
        f"ours.past_{name}_shows_{n}d is distinct from own.shows + coalesce(shows_{n}, 0) or "
        f"not abs(ours.past_{name}_rate_{n}d - (own.clicks + coalesce(clicks_{n}, 0) + {SMOOTHING} * prior)"
        f" / (own.shows + coalesce(shows_{n}, 0) + {SMOOTHING})) < 1e-6"
        for n in WINDOWS
    )
    lost = number(
        base,
        f"""
        create table sums as select mine.key, mine.day, {sums}
        from (select distinct key, day from own where key is not null) as mine
        join daily as past on past.key = mine.key and past.day < mine.day group by all;
        create table ours as select distinct user_id, ad_id, ts, click,
            {", ".join(f"past_{name}_{what}_{n}d" for n in WINDOWS for what in ("shows", "rate"))}
        from features_history_{day};
        select count(*) from own join prior using (hour) left join sums using (key, day)
        left join ours on (ours.user_id, ours.ad_id, ours.ts, ours.click) = (own.user_id, own.ad_id, own.ts, own.click)
        where ours.user_id is null or {checks}
        """,
    )
    base.execute("drop table daily; drop table own; drop table sums; drop table ours")
    return unlike, lost


def tables(base: duckdb.DuckDBPyConnection) -> list[str]:
    """The days that ``people`` made tables of."""
    found = base.execute("select table_name from duckdb_tables() where table_name like 'people_%'").fetchall()
    return [row[0].removeprefix("people_") for row in found]


if __name__ == "__main__":
    main(sys.argv[1])
