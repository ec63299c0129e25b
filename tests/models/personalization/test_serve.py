import pytest


def known(server):
    log = server.memory.log
    clicked = [i for i in range(len(log)) if log.target[i] >= 0]
    user, query = log.user[clicked[-1]], log.query[clicked[-1]]
    return list(log.users)[user], list(log.queries)[query]


def test_an_answer_tells_documents_and_what_moved_them(server):
    user, query = known(server)
    found = server.answer({"user": user, "query": query, "k": 3})
    assert 1 <= len(found["results"]) <= 3
    for result in found["results"]:
        assert set(result) == {"doc_id", "title", "entity", "property", "score", "moved_by", "memories"}
        assert result["moved_by"] in {"global", "immediate", "working", "long-term", "neighbours"}
    assert len({r["doc_id"] for r in found["results"]}) == len(found["results"])


def test_strangers_are_answered(server):
    _, query = known(server)
    assert server.answer({"user": "nobody", "query": query})["results"]
    assert server.answer({"query": query})["results"]
    assert server.answer({"user": "nobody", "query": "아무도 모르는 말 ???"})["results"]
    assert server.answer({"query": query, "session": ["모르는 말", "no-such-document"], "ts": "2026-11-02T00:00:00Z"})


def test_an_unknown_query_finds_the_entity_it_names(server):
    entity = next(e for e in server.memory.catalog.entities if "(" not in e)
    found = server.answer({"query": f"{entity} 모르는꼬리말"})["results"]
    assert entity.split()[0] in found[0]["title"]


def test_the_session_is_heard(server):
    """What the session was about changes what the network is told."""
    log, catalog = server.memory.log, server.memory.catalog
    from models.personalization.features import BLOCKS, evidence
    from models.personalization.serve import one

    query = list(log.queries)[log.query[log.target >= 0][-1]]
    doc = catalog.names[log.target[log.target >= 0][-1]]
    begin = len(BLOCKS["global"]) + len(BLOCKS["immediate"])
    plain, told = (
        evidence(server.memory, one(server.memory, {"session": s}, query), 30).columns[0, :, begin].max()
        for s in ([], [doc])
    )
    assert plain == 0.0 and told > 0.0


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"query": " "},
        {"query": 5},
        {"query": "디오", "k": 0},
        {"query": "디오", "session": "x"},
        {"query": "디오", "ts": "soon"},
    ],
)
def test_a_wrong_field_is_named(server, bad):
    server.answer({"query": "디오"})
    with pytest.raises(ValueError, match=r"query|k = |session|ts"):
        found = server.answer(bad)
        if found["results"] and "ts" in bad:
            raise AssertionError("ts was not read")
