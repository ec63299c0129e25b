"""Scenarios out of rows, and what is held out of them."""

import numpy as np
import pyarrow as pa
import pytest

from models.chatbot.corpus import gather, hold_out, join


def dialogues(rows):
    names = ("question", "answer", "scenario_id")
    return pa.table({n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)})


def test_answers_stand_for_missing_scenarios():
    pairs, dropped = gather(
        dialogues(
            [
                ("q1", "Hello!", None),
                ("q2", " hello! ", None),
                ("q3", "Bye", "s-bye"),
                ("q4", "bye", None),
                ("Q3", "Bye", "s-bye"),
                ("  ", "x", None),
                ("q5", None, None),
            ]
        )
    )
    assert [pairs.names[s] for s in pairs.scenario] == [pairs.names[0]] * 2 + ["s-bye"] * 2
    assert pairs.names[0].startswith("answer-")
    assert dropped == {"duplicate question of its scenario": 1, "empty question": 1, "empty answer": 1}
    assert pairs.starts.tolist() == [0, 2]
    assert pairs.sizes.tolist() == [2, 2]


def test_the_order_of_rows_does_not_matter():
    rows = [(f"question {i}", f"answer {i % 7}", None) for i in range(40)]
    # An answer that two scenarios have, and a question that has two answers.
    rows += [
        ("q a", "both", "s1"),
        ("q b", "both", "s2"),
        ("q c", "both", None),
        ("q d", "one", "s3"),
        ("q D", "two", "s3"),
    ]
    (one, dropped), (other, again) = gather(dialogues(rows)), gather(dialogues(rows[::-1]))
    assert (one.questions, one.answers, one.names) == (other.questions, other.answers, other.names)
    assert one.scenario.tolist() == other.scenario.tolist()
    assert dropped == again == {"another answer to a question of its scenario": 1}


def test_a_scenario_is_the_same_however_its_name_is_written():
    pairs = gather(
        dialogues([("q1", "a", "배송"), ("q2", "b", " \u1107\u1162\u1109\u1169\u11bc "), ("q3", "c", "  ")])
    )[0]
    assert pairs.names[1] == "배송" and pairs.sizes.tolist() == [1, 2]
    assert pairs.unlabelled.tolist() == [True, False, False]


def test_a_name_of_ones_own_is_a_label_though_it_begins_with_answer():
    pairs = gather(dialogues([("q1", "a", "answer-1"), ("q2", "b", "answer-0123456789ab")]))[0]
    assert not pairs.unlabelled.any()


def test_loose_questions_take_no_part_until_they_join_a_scenario():
    rows = [(f"q {s} {i}", f"a {s}", f"s{s:02}") for s in range(50) for i in range(5)]
    pairs = gather(dialogues([*rows, *((f"loose {s}", f"other {s}", None) for s in range(50))]))[0]
    assert pairs.loose.sum() == 50
    split = hold_out(pairs, 1000, 3)
    assert split.loose.tolist() == np.flatnonzero(pairs.loose).tolist()
    assert not np.intersect1d(split.loose, np.r_[split.test, split.tuning, split.strangers]).size
    first = split.loose[:2].tolist()
    found = join(pairs, first, ["s07", "s07"])
    assert len(found) == len(pairs)
    assert found.sizes[found.names.index("s07")] == 7
    assert {found.answers[i] for i in np.flatnonzero(found.scenario == found.names.index("s07"))} >= {
        pairs.answers[i] for i in first
    }
    alone = gather(dialogues([("q1", "a", "s1"), ("q2", "b", None), ("q3", "c", None)]))[0]
    assert not alone.loose.any(), "where most have none, an answer is a scenario"


def test_where_a_quarter_has_a_scenario_those_may_join_whose_answer_is_theirs_alone():
    labelled = [(f"q {s} {i}", f"a {s}", f"s{s:02}") for s in range(20) for i in range(3)]
    shared = [(f"same {s} {i}", f"shared {s}", None) for s in range(20) for i in range(2)]
    lone = [(f"loose {s}", f"other {s}", None) for s in range(100)]
    pairs = gather(dialogues([*labelled, *shared, *lone]))[0]
    assert not pairs.loose.any(), "they are trained on as scenarios of their own"
    assert {pairs.questions[i] for i in np.flatnonzero(pairs.joinable)} == {question for question, _, _ in lone}
    assert not gather(dialogues([*labelled[::2], *shared, *lone]))[0].joinable.any(), "less than a quarter"
    assert not gather(dialogues([*labelled[::3], *labelled[:6], *shared[:8], *lone[:20]]))[0].joinable.any()
    few = gather(dialogues([*labelled, *lone[:20]]))[0]
    assert (few.joinable == few.loose).all() and few.loose.sum() == 20


@pytest.mark.parametrize("size", [2, 3, 8])
def test_held_out_questions_are_disjoint_and_leave_every_scenario_one(size):
    pairs, _ = gather(dialogues([(f"q {s} {i}", f"a {s}", f"s{s:02}") for s in range(50) for i in range(size)]))
    split = hold_out(pairs, 1000, 3)
    assert len(split.test) == len(split.tuning) == 20 * (2 if size >= 6 else 1)
    assert len(split.strangers) == 10 * size
    parts = [set(pairs.scenario[rows]) for rows in (split.test, split.tuning, split.strangers)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 50
    left = pairs.keep(~np.isin(np.arange(len(pairs)), split.out))
    assert set(left.names) == {pairs.names[s] for s in parts[0] | parts[1]}
    assert hold_out(pairs, 1000, 3).out.tolist() == split.out.tolist() != hold_out(pairs, 1000, 4).out.tolist()
    assert len(hold_out(pairs, 5, 3).out) <= 20 + 5 * size


def test_scenarios_of_two_fill_up_a_small_tuning_split():
    rows = [(f"q {s} {i}", f"a {s}", f"s{s:03}") for s in range(150) for i in range(3 if s < 60 else 2)]
    pairs, _ = gather(dialogues(rows))
    split = hold_out(pairs, 1000, 3)
    assert (pairs.sizes[pairs.scenario[split.test]] == 3).all()
    assert {2, 3} == set(pairs.sizes[pairs.scenario[split.tuning]].tolist())


def test_nothing_is_held_out_of_single_questions():
    pairs, _ = gather(dialogues([(f"q{i}", f"a{i}", None) for i in range(5)]))
    assert not len(hold_out(pairs, 10, 0).out)


def test_keep_numbers_the_scenarios_that_are_left():
    pairs, _ = gather(dialogues([("q1", "a", "s1"), ("q2", "b", "s2"), ("q3", "c", "s3")]))
    left = pairs.keep(np.array([True, False, True]))
    assert left.names == ("s1", "s3")
    assert left.scenario.tolist() == [0, 1]


def test_a_small_corpus_lends_strangers_too():
    pairs = gather(dialogues([(f"question {i} of {s}", "x", f"s{s:02}") for s in range(24) for i in range(5)]))[0]
    split = hold_out(pairs, 1000, 7)
    whole = {pairs.scenario[row] for row in split.strangers}
    assert len(whole) == 4 and len(split.strangers) == 4 * 5
    assert whole.isdisjoint(pairs.scenario[np.r_[split.test, split.tuning]].tolist())
