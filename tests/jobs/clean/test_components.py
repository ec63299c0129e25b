import random

import pyarrow as pa

from jobs.clean import components, rounds

LATE = 9


def by_driver(edges, members):
    return components.verdicts(edges, members)


def by_spark(spark, edges, members, most):
    names = ("a", "b", "similarity")
    pairs = spark.createDataFrame(pa.table(dict(zip(names, map(list, zip(*edges, strict=True)), strict=True))))
    known = {"node": list(members)}
    known |= dict(
        zip(("today", "length", "fetched", "doc_id"), map(list, zip(*members.values(), strict=True)), strict=True)
    )
    found = rounds.verdicts(pairs, spark.createDataFrame(pa.table(known)), most).toArrow()
    return sorted(tuple(row.values()) for row in found.to_pylist())


def member(node, today=1, length=100, fetched=LATE):
    return (today, length, fetched, f"d{node:06d}")


def test_the_hub_stays_and_a_chain_drops_nobody_for_a_stranger():
    hub = [(1, 2, 0.8), (1, 3, 0.8), (1, 4, 0.9)]
    found = by_driver(hub, {n: member(n, length=100 + n) for n in range(1, 5)})
    assert [(who, kept, why) for who, kept, _, why in found] == [
        (f"d00000{n}", "d000001", "most_alike") for n in (2, 3, 4)
    ]
    chain = [(1, 2, 0.8), (2, 3, 0.8), (3, 4, 0.8), (4, 5, 0.8)]
    kept_of = {who: kept for who, kept, _, _ in by_driver(chain, {n: member(n, length=100 - n) for n in range(1, 6)})}
    assert all(tuple(sorted((int(a[1:]), int(b[1:])))) in {e[:2] for e in chain} for a, b in kept_of.items())
    assert len(kept_of) == 3


def test_what_tells_two_alike_documents_apart():
    def why(one, other):
        ((who, _, _, reason),) = by_driver([(1, 2, 0.9)], {1: one, 2: other})
        return who, reason

    assert why(member(1, today=0), member(2, length=999)) == ("d000002", "earlier_day")
    assert why(member(1), member(2, length=101)) == ("d000001", "longest")
    assert why(member(1), member(2, fetched=1)) == ("d000001", "fetched_first")
    assert why(member(1), member(2)) == ("d000002", "smallest_id")


def test_each_names_the_kept_one_that_it_is_most_alike_to():
    edges = [(1, 3, 0.75), (2, 3, 0.95)]
    members = {1: member(1, today=0), 2: member(2, today=0), 3: member(3)}
    assert by_driver(edges, members) == [("d000003", "d000002", 0.95, "earlier_day")]


def test_driver_and_spark_keep_the_same_on_both_sides_of_the_guard(spark):
    mixed = random.Random(1)
    edges = {(i, i + 1) for i in range(300)} | {(400, 400 + i) for i in range(1, 150)}
    edges |= {tuple(sorted(mixed.sample(range(600, 800), 2))) for _ in range(200)}
    rows = [(a, b, mixed.choice((0.75, 0.8, 0.9))) for a, b in sorted(edges)]
    nodes = {n for a, b, _ in rows for n in (a, b)}
    members = {n: member(n, mixed.choice((0, 1, 1)), mixed.randrange(50), mixed.randrange(5)) for n in nodes}
    apart = [r for r in rows if members[r[0]][0] or members[r[1]][0]]
    held = len(rounds.persistent(spark))
    assert by_spark(spark, apart, members, most=40) == by_driver(apart, members)
    spark.catalog.clearCache()
    assert len(rounds.persistent(spark)) <= held + 1, "the rounds free what they held"


def test_a_long_chain_takes_few_rounds(spark, monkeypatch):
    taken = []
    settle = rounds.settle
    monkeypatch.setattr(rounds, "settle", lambda undecided: taken.append(1) or settle(undecided))
    mixed = random.Random(2)
    members = {n: member(n, length=mixed.randrange(10_000)) for n in range(3_001)}
    chain = [(n, n + 1, 0.8) for n in range(3_000)]
    assert by_spark(spark, chain, members, most=100) == by_driver(chain, members)
    assert len(taken) <= 5
    spark.catalog.clearCache()
