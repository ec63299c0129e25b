"""Scenarios that are the same twice."""

import pyarrow as pa

from models.chatbot import merges
from models.chatbot.corpus import gather
from models.chatbot.features import STREAMS, read
from models.chatbot.rank import LINEAR_OF
from models.chatbot.sparse import Retriever, build_vocabulary, count

THINGS = ("parcel", "refund", "coupon", "password", "receipt", "booking", "parking", "garden")
FORMS = ("where is my {}", "my {} please", "i want the {} now", "{} how does it work")


def overlap(rows):
    names = ("question", "answer", "scenario_id")
    pairs = gather(pa.table({n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)}))[0]
    readings, retrievers = read(pairs.questions, "words"), {}
    for name in LINEAR_OF:
        terms = [STREAMS[name](r) for r in readings]
        vocabulary = build_vocabulary(terms, 10_000)
        counts = count(terms, {t: i for i, t in enumerate(vocabulary)})[0]
        retrievers[name] = Retriever(vocabulary, counts, "tfidf")
    return pairs, *merges.nearest_others(pairs, retrievers)


def faq():
    return [(form.format(thing), f"{thing}!", thing) for thing in THINGS for form in FORMS]


def test_the_same_scenario_twice_is_listed_and_nothing_else():
    rows = faq() + [(f"{form.format('parcel')}?", "Here.", "parcel-2") for form in FORMS]
    pairs, own, other, where = overlap(rows)
    (found,) = merges.merge_list(pairs, own, other, where)
    assert found["scenarios"] == ["parcel", "parcel-2"]
    assert found["confused"] == 1.0
    assert set(found["answers"]) == {"parcel!", "Here."}


def test_lone_questions_that_differ_are_not_listed():
    pairs, own, other, where = overlap([("where is it", "a", "s1"), ("good morning", "b", "s2")])
    assert merges.merge_list(pairs, own, other, where) == []
