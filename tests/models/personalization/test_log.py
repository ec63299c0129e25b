from datetime import UTC, datetime, timedelta

import pyarrow as pa

from models.personalization.log import build, catalog_of, rows_of

START = datetime(2026, 11, 1, tzinfo=UTC)


def table(rows, **more):
    names = ("user_id", "ts", "query", "clicked_doc_id")
    columns = {n: [r[i] for r in rows] for i, n in enumerate(names)}
    columns["ts"] = pa.array([START + timedelta(seconds=s) for s in columns["ts"]], pa.timestamp("us", tz="UTC"))
    return pa.table({**columns, **more})


def made(rows, **more):
    found = rows_of(table(rows, **more))
    catalog = catalog_of(None, found)
    return build(found, catalog), catalog


def test_rows_of_one_query_are_one_search_at_the_time_of_the_first():
    log, catalog = made(
        [("u", 0, "디오", "a"), ("v", 1, "디오", None), ("u", 5, " 디오 ", "b"), ("u", 60, "펜타곤", "a")]
    )
    assert len(log) == 3
    assert [catalog.names[d] if d >= 0 else None for d in log.target] == ["b", None, "a"]
    assert (log.t - log.t[0]).tolist() == [0, 1000, 60_000]
    assert (log.click_t - log.t[log.click_search]).tolist() == [0, 5000, 0]


def test_the_satisfied_click_is_the_target_where_the_log_tells():
    rows = [("u", 0, "디오", "a"), ("u", 5, "디오", "b")]
    log, catalog = made(rows, satisfied=[1, 0])
    assert catalog.names[log.target[0]] == "a"


def test_sessions_are_derived_from_gaps():
    log, _ = made([("u", 0, "a", None), ("u", 60, "b", None), ("u", 60 + 1801, "c", None), ("v", 61, "d", None)])
    by_time = log.session.tolist()
    assert by_time[0] == by_time[1] and len(set(by_time)) == 3


def test_catalogue_entities_and_documents_outside_it():
    found = rows_of(table([("u", 0, "q", "known"), ("u", 9, "r", "stranger")]))
    listed = pa.table(
        {"doc_id": ["known", "bare"], "title": ["t", None], "entity": ["e", None], "property": ["p", None]}
    )
    catalog = catalog_of(listed, found)
    assert catalog.names == ["known", "bare", "stranger"] and catalog.titles == ["t", "bare", "stranger"]
    assert catalog.entity.tolist() == [0, 2, 3] and catalog.prop.tolist() == [0, -1, -1]


def test_an_empty_log_builds():
    log, _ = made([])
    assert len(log) == 0 and len(log.click_t) == 0
