"""Questions on articles: offsets, coverage by documents, answerability."""

from collections import Counter

import pyarrow as pa
import pytest

from config.datasets import dataset
from portal import documents
from portal.questions import asked, deliver
from portal.world import World

WORLD = World("tiny", 7)
DS = "2026-11-01"


@pytest.fixture(scope="module")
def delivered() -> tuple[list[dict], list[dict]]:
    landing, truth = deliver(WORLD, DS)
    return landing.to_pylist(), truth.to_pylist()


def test_columns_are_the_declared_ones() -> None:
    types = {"string": pa.string(), "strings": pa.list_(pa.string()), "ints": pa.list_(pa.int64())}
    declared = [(c.name, types[c.type]) for c in dataset("landing/questions").columns]
    assert [(f.name, f.type) for f in deliver(WORLD, DS)[0].schema] == declared


def test_answers_stand_where_the_offsets_say(delivered: tuple[list[dict], list[dict]]) -> None:
    landing, truth = delivered
    assert len(landing) == WORLD.scale.questions == len({row["question_id"] for row in landing})
    for row, told in zip(landing, truth, strict=True):
        assert bool(row["answers"]) == told["answerable"]
        for answer, start in zip(row["answers"], row["answer_starts"], strict=True):
            assert row["context"][start : start + len(answer)] == answer


def test_some_are_not_answerable_and_are_not_answered_by_the_article() -> None:
    world = World("default", 7)
    share = sum(q.start is None for q in asked(world, DS)) / world.scale.questions
    assert 0.03 < share < 0.15
    for q in asked(World("tiny", 7), DS):
        told = {t.fact.relation.key for t in q.paragraph.told}
        assert (q.fact.relation.key in told) == (q.start is not None)


def test_contexts_stand_in_the_documents_of_the_day(delivered: tuple[list[dict], list[dict]]) -> None:
    page = documents.deliver(WORLD, DS)
    body = dict(zip(page[0]["doc_id"].to_pylist(), page[0]["body"].to_pylist(), strict=True))
    for row, told in zip(*delivered, strict=True):
        assert row["context"] in body[told["doc_id"]]


def test_variety() -> None:
    rows = deliver(World("default", 7), DS)
    assert len(set(rows[1]["relation"].to_pylist())) > 60
    assert len(set(rows[0]["title"].to_pylist())) > 300
    values = Counter(a[0] for a in rows[0]["answers"].to_pylist() if a)
    assert len(values) > 1_200 and values.most_common(1)[0][1] < 60


def test_same_day_same_questions_other_day_others() -> None:
    assert deliver(WORLD, DS)[0].equals(deliver(WORLD, DS)[0])
    assert not deliver(WORLD, DS)[0]["question"].equals(deliver(WORLD, "2026-11-02")[0]["question"])
