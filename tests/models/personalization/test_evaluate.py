import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from models.personalization import evaluate
from models.personalization.serve import load


def test_metrics_and_facts(trained):
    folder = trained[0].partition("metrics/personalization", "2026-11-01").local_folder()
    metrics = json.loads((folder / "metrics.json").read_text())
    for end in ("", "_entropy_low", "_entropy_mid", "_entropy_high", "_entity_ambiguous", "_seen_pair", "_unseen_pair"):
        assert {f"mrr{end}", f"p@1{end}", f"mrr_global{end}", f"mrr_pclick{end}"} <= set(metrics)
    assert metrics["mrr_pclick"] >= metrics["mrr_global"]
    assert metrics["coverage"] > 0.95
    facts = trained[1]["metrics"].outputs["metrics/personalization"].facts
    assert [f["metric"] for f in facts if f["primary"]] == ["mrr"]
    assert any(f["metric"] == "unharmed_low_entropy" for f in facts)


def test_nothing_after_a_search_changes_its_rank(server, world):
    """Prequential: the ranks of the first half are the same whether or not the second half is there."""
    log = world[0].filter(pc.is_in(world[0]["user_id"], value_set=pa.array([f"u{i:06d}" for i in range(40)])))
    empty = load(server.runtime, recent=False)
    empty = type(empty)(empty.runtime, empty.settings, empty.rows.slice(0, 0), empty.listed, empty.vectors)
    half = log.sort_by("ts").slice(0, log.num_rows // 2)
    end = pc.max(half["ts"])
    whole_memory, whole_rows = evaluate.prepared(empty, log)
    half_memory, half_rows = evaluate.prepared(empty, half)
    limit = end.as_py().timestamp() * 1000 - 3_600_000 * 3
    first = whole_rows[whole_memory.log.t[whole_rows] < limit]
    second = half_rows[half_memory.log.t[half_rows] < limit]
    whole, part = evaluate.ranked(empty, whole_memory, first), evaluate.ranked(empty, half_memory, second)
    assert len(first) == len(second) > 100
    np.testing.assert_array_equal(whole.globally, part.globally)
    np.testing.assert_array_equal(whole.pclick, part.pclick)
    np.testing.assert_array_equal(whole.ours, part.ours)


def test_a_file_of_strangers_and_an_empty_one_are_scored(server):
    rows = [("x", 1, "없던 말", "y1"), ("x", 2, "없던 말", "y1"), ("z", 3, "없던 말", "y2"), ("z", 4, "디오", None)]
    table = pa.table(
        {
            "user_id": [r[0] for r in rows],
            "ts": pa.array([1_900_000_000_000_000 + r[1] * 10**10 for r in rows], pa.timestamp("us", tz="UTC")),
            "query": [r[2] for r in rows],
            "clicked_doc_id": [r[3] for r in rows],
        }
    )
    found = evaluate.score(server, table)
    assert found["searches"] == 3 and found["mrr_global"] == pytest.approx(1 / 3, abs=1e-5)
    nothing = evaluate.score(server, table.slice(3))
    assert nothing["searches"] == 0 and nothing["mrr"] is None
    json.dumps(found)


def test_scoring_what_is_remembered_does_not_know_the_answer(server, world):
    """A log that the server was trained on gives no perfect score: each row is only known after its own time."""
    found = evaluate.score(server, world[0])
    assert found["mrr"] < 0.9


def test_same_figures_again(server, world):
    table = world[0].slice(0, 800)
    assert evaluate.score(server, table) == evaluate.score(server, table)


def test_global_order_and_pclick_on_a_log_small_enough_to_count():
    """Two users, one query: the rival ranks are those computed by hand."""
    ranks = evaluate.Ranks(*(np.array(v) for v in ([1, 2], [2, 2], [1, 0], [True, True], [True, False])))
    assert evaluate.reciprocal(ranks.pclick).tolist() == [1.0, 0.0]
    found = {"mrr": 0.75, "p@1": 0.5, "mrr_global": 0.5, "mrr_pclick": 0.5, "harmed_low_entropy": 0.0}
    floors = evaluate.floors(ranks, {**found, "searches_entropy_low": 2})
    assert floors[0][0] == "mrr" and floors[0][2] < 0.75 and floors[-1][2] is None
    floors = evaluate.floors(ranks, {**found, "searches_entropy_low": 10_000})
    assert floors[-1][0] == "unharmed_low_entropy" and 0.99 < floors[-1][2] < 0.995
