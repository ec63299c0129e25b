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
    (found,) = merges.merge_list(*overlap(rows))
    assert found["scenarios"] == ["parcel", "parcel-2"]
    assert (found["confused"], found["same_answer"]) == (1.0, False)
    assert set(found["answers"]) == {"parcel!", "Here."}


def test_lone_questions_that_differ_are_not_listed():
    assert merges.merge_list(*overlap([("where is it", "a", "s1"), ("good morning", "b", "s2")])) == []


def test_long_answers_that_end_otherwise_are_not_the_same():
    beginning = " ".join(f"word{i}" for i in range(400))
    rows = [(f"{thing} {i}", f"{beginning} {thing}", thing) for thing in THINGS for i in range(2)]
    found = merges.merge_list(*overlap(rows))
    assert found and not any(m["same_answer"] for m in found)


def test_two_scenarios_with_one_answer_are_listed_however_they_are_asked():
    rows = [
        (form.format(thing), f"{thing} is here", f"{thing}-{i % 2}") for thing in THINGS for i, form in enumerate(FORMS)
    ]
    found = merges.merge_list(*overlap(rows))
    assert {tuple(m["scenarios"]) for m in found} == {(f"{thing}-0", f"{thing}-1") for thing in THINGS}
    assert all(m["same_answer"] for m in found)


def test_two_scenarios_whose_answers_differ_by_a_word_are_listed_where_their_questions_are_confused():
    told = ("About your {}: ask the {} desk.", "About your {}: ask the {} desk!")
    forms = (*FORMS, "where is my {} please", "i want my {} now")
    rows = [
        (form.format(thing), told[i % 2].format(thing, thing[::-1] * 4), f"{thing}-{i % 2}")
        for thing in THINGS
        for i, form in enumerate(forms)
    ]
    found = merges.merge_list(*overlap(rows))
    assert len(found) >= len(THINGS) - 1
    assert all(m["scenarios"][0].split("-")[0] == m["scenarios"][1].split("-")[0] for m in found)


def test_answers_from_one_mould_are_not_alike_for_it_though_their_questions_are_confused():
    mould = "{} of the {}: please ask the desk on the second floor between nine and six, by the rules for it."
    wants, things = ("cost", "location", "papers", "hours"), ("swimming", "library", "scholarship", "dormitory")
    rows = [
        (form.format(want, thing), mould.format(want, thing), f"{want} {thing}")
        for want in wants
        for thing in things
        for form in ("what is the {} for {}", "{} of it please, {}")
    ]
    pairs, own, other, where = overlap(rows)
    assert (other > own).mean() > 0.5
    assert merges.merge_list(pairs, own, other, where) == []


def test_two_scenarios_whose_answers_differ_in_next_to_nothing_are_listed_however_they_are_asked():
    mould = "Please ask the desk on the second floor: {}"
    told = {thing: " ".join(f"{thing} {form.format(thing)}" for form in FORMS) for thing in THINGS}
    rows = [(form.format(thing), mould.format(told[thing]), thing) for thing in THINGS for form in FORMS]
    again = [(f"number {i}?", f"{mould.format(told[thing])} Thanks.", f"{thing}-2") for i, thing in enumerate(THINGS)]
    found = merges.merge_list(*overlap(rows + again))
    assert {tuple(m["scenarios"]) for m in found} == {(thing, f"{thing}-2") for thing in THINGS}
    assert not any(m["same_answer"] for m in found)
