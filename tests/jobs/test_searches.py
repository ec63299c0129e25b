import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import BadInput, Task
from jobs import searches
from portal.searches import CATALOG, LOG

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
FULL = [f.name for f in LOG]


def event(user="u1", second=0.0, query="디오", doc="d1", position=1, dwell=60.0, session="s1"):
    clicked = doc is not None
    return {
        "user_id": user,
        "ts": START + timedelta(seconds=second),
        "query": query,
        "clicked_doc_id": doc,
        "position": position if clicked else None,
        "dwell_s": dwell if clicked else None,
        "session_id": session,
        "shown_doc_ids": ["d1", "d2"],
    }


def run(root: Path, rows: list[dict], columns=FULL, catalog: tuple | list = ()) -> tuple[pa.Table, pa.Table, Task]:
    """The stage on a log of its own; the given columns alone are delivered."""
    settings = Settings(str(root), "test", {"spark": {"master": "local[2]", "driver_memory": "1g"}})
    lake = Lake(str(root))
    publish(lake, "landing/searches", pa.Table.from_pylist(rows, schema=LOG).select(columns))
    inputs = {"landing/searches": [lake.partition("landing/searches", "2026-11-01")], "landing/search_catalog": []}
    if catalog:
        listed = [dict(zip(CATALOG.names, row, strict=True)) for row in catalog]
        publish(lake, "landing/search_catalog", pa.Table.from_pylist(listed, schema=CATALOG))
        inputs["landing/search_catalog"] = [lake.partition("landing/search_catalog", "2026-11-01")]
    names = ("features/searches", "features/queries")
    outputs = {n: Staging(lake.partition(n, "2026-11-01")) for n in names}
    task = Task("aggregate_searches", "2026-11-01", settings, lake, inputs, outputs)
    searches.run(task)
    return (*(read(outputs[n]) for n in names), task)


def publish(lake: Lake, name: str, table: pa.Table) -> None:
    staging = Staging(lake.partition(name, "2026-11-01"))
    staging.write(table)
    staging.seal({})
    lake.partition(name, "2026-11-01").publish()


def read(staging: Staging) -> pa.Table:
    return pa.concat_tables(pq.read_table(p) for p in sorted((staging.folder / "spark").glob("*.parquet")))


def test_queries_repeats_bots_and_reasons(tmp_path):
    rows = [event(), event(), event(query=" 디오　"), event(user="u2", query="ＡＢＣ")]
    rows.append(event(user="u3", query="\u200b"))
    rows += [event(user="fast", second=i, doc=None) for i in range(31)]
    rows += [event(user="stubborn", second=i * 40, doc=None, session=None) for i in range(90)]
    features, queries, task = run(tmp_path, rows)
    assert sorted(features["query"].to_pylist()) == ["abc", "디오"]
    counts = task.counts["features/searches"]
    assert counts == {"rows_in": 126, "dropped": {"repeat": 2, "empty_query": 1, "bot_speed": 31, "bot_repeats": 90}}
    assert features.num_rows == counts["rows_in"] - sum(counts["dropped"].values())
    assert queries.num_rows == 2
    json.dumps(task.counts)


def test_sessions_satisfaction_and_entropy(tmp_path):
    catalog = [("d1", "가수", "photo", "-"), ("d2", "가수", "photo", "-"), ("d3", "회사", "news", "-")]
    rows = [event(user=f"u{i}", second=i, doc=d, session=f"s{i}") for i, d in enumerate(["d1", "d2", "d3", "d3", None])]
    rows.append(event(user="u0", second=99, doc="unlisted", query="그밖", session="s9"))
    rows += [event(user="gap", second=s, query="틈", session=None) for s in (0, 60, 100 + 1801)]
    rows.append(event(user="gap", second=100, query="틈", session="given"))
    rows += [
        event(user="one", second=0, query="셋", doc="d1", dwell=40.0),
        event(user="one", second=5, query="셋", doc="d2", position=2, dwell=2.0),
        event(user="one", second=9, query="셋", doc="d3", position=3, dwell=3.0),
        event(user="one", second=50, query="펜타곤", doc=None),
        event(user="one", second=60, query="셋", doc="d1", dwell=1.0),
    ]
    features, queries, _ = run(tmp_path, rows, catalog=catalog)
    found = {r["query"]: r for r in queries.to_pylist()}
    assert found["디오"]["searches"] == 5 and found["디오"]["clicks"] == 4 and found["디오"]["users"] == 4
    assert math.isclose(found["디오"]["click_entropy"], 1.5)
    assert math.isclose(found["디오"]["entity_entropy"], 1.0) and math.isclose(found["디오"]["property_entropy"], 1.0)
    assert found["그밖"]["entity_entropy"] == 0.0 and found["펜타곤"]["clicks"] == 0
    assert found["셋"]["searches"] == 2
    ordered = sorted(features.to_pylist(), key=lambda r: r["ts"])
    assert {r["entity"] for r in ordered} == {"가수", "회사", None}
    assert [r["satisfied"] for r in ordered if r["user_id"] == "one"] == [1, 0, 1, 0, 1]
    gap = [r["session_id"] for r in ordered if r["user_id"] == "gap"]
    assert gap[0] == gap[1] and gap[2] == "given" and gap[3] not in gap[:3]


def test_only_user_time_query_and_click_need_be_there(tmp_path):
    rows = [event(second=s) for s in (0, 50)]
    features, queries, _ = run(tmp_path, rows, columns=["user_id", "ts", "query", "clicked_doc_id"])
    assert features.column_names == list(searches.FEATURES)
    assert features["position"].null_count == 2 and features["entity"].null_count == 2
    assert queries["searches"].to_pylist() == [1]


def test_the_same_bytes_again(tmp_path):
    rows = [event(user=f"u{i % 7}", second=i * 3, doc=f"d{i % 3}", session=None) for i in range(200)]
    outcomes = []
    for place, order in (("a", rows), ("b", rows[::-1])):
        _, _, task = run(tmp_path / place, order)
        outcomes.append([task.outputs[n].seal({})["content"] for n in task.outputs])
    assert outcomes[0] == outcomes[1]


def test_a_log_of_machines_alone_stops(tmp_path):
    with pytest.raises(BadInput, match="bot_speed"):
        run(tmp_path, [event(second=i / 10) for i in range(100)])
