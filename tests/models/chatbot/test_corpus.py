"""Scenarios out of rows, and what is held out of them."""

import numpy as np
import pyarrow as pa
import pytest

from models.chatbot.corpus import gather, hold_out


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
    one, other = gather(dialogues(rows))[0], gather(dialogues(rows[::-1]))[0]
    assert one.questions == other.questions
    assert one.names == other.names


@pytest.mark.parametrize("size", [2, 3, 8])
def test_held_out_questions_are_disjoint_and_leave_every_scenario_one(size):
    pairs, _ = gather(dialogues([(f"q {s} {i}", f"a {s}", f"s{s:02}") for s in range(50) for i in range(size)]))
    test, tuning = hold_out(pairs, 1000, 3)
    assert len(test) == len(tuning) == 25 * (2 if size >= 6 else 1)
    assert set(pairs.scenario[test]).isdisjoint(pairs.scenario[tuning])
    left = pairs.keep(~np.isin(np.arange(len(pairs)), np.r_[test, tuning]))
    assert left.names == pairs.names
    assert [a.tolist() for a in hold_out(pairs, 1000, 3)] == [test.tolist(), tuning.tolist()]
    assert test.tolist() != hold_out(pairs, 1000, 4)[0].tolist()
    assert sum(len(a) for a in hold_out(pairs, 5, 3)) <= 20


def test_nothing_is_held_out_of_single_questions():
    pairs, _ = gather(dialogues([(f"q{i}", f"a{i}", None) for i in range(5)]))
    assert [len(a) for a in hold_out(pairs, 10, 0)] == [0, 0]


def test_keep_numbers_the_scenarios_that_are_left():
    pairs, _ = gather(dialogues([("q1", "a", "s1"), ("q2", "b", "s2"), ("q3", "c", "s3")]))
    left = pairs.keep(np.array([True, False, True]))
    assert left.names == ("s1", "s3")
    assert left.scenario.tolist() == [0, 1]
