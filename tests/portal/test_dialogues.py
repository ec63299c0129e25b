"""Scenarios and their paraphrases."""

from collections import defaultdict
from random import Random

import pyarrow as pa
import pytest

from config.datasets import dataset
from portal.dialogues import asked, deliver, phrase_it, scenarios, slip
from portal.scenarios import INTENTS, THINGS
from portal.world import SIZES, World

WORLD = World("tiny", 7)
DS = "2026-11-01"


def test_columns_are_the_declared_ones() -> None:
    declared = [c.name for c in dataset("landing/dialogues").columns]
    landing, truth = deliver(WORLD, DS)
    assert landing.schema.names == declared and set(landing.schema.types) == {pa.string()}
    assert landing["question"].equals(truth["question"])


def test_the_day_changes_the_content_and_the_usual_questions_stay() -> None:
    first, second = (set(deliver(WORLD, ds)[0]["question"].to_pylist()) for ds in (DS, "2026-11-02"))
    assert deliver(WORLD, DS)[0].equals(deliver(WORLD, DS)[0])
    assert first != second
    assert len(first & second) >= 300


@pytest.mark.parametrize("size", list(SIZES))
def test_as_many_scenarios_as_asked_and_no_question_under_two(size: str) -> None:
    world = World(size, 7)
    owner: dict[str, str] = {}
    for scenario, questions in asked(world):
        assert len(questions) >= SIZES[size].paraphrases
        for question in questions:
            bare = "".join(c for c in question if c.isalnum())
            assert owner.setdefault(bare, scenario.key) == scenario.key
    assert len(scenarios(world)) == SIZES[size].scenarios == len({s.key for s in scenarios(world)})
    assert len({s.answer for s in scenarios(world)}) == SIZES[size].scenarios


def test_things_do_not_share_names() -> None:
    names = [name for thing in THINGS for name in thing.names]
    assert len(set(names)) == len(names)


def test_return_and_exchange_are_different_wishes_of_the_same_things() -> None:
    groups = {intent.key: set(intent.groups) for intent in INTENTS}
    assert groups["return"] & groups["exchange"]


def test_phrases_are_conjugated() -> None:
    thing = next(t for t in THINGS if t.names[0] == "운동화")
    said = defaultdict(set)
    for seed in range(400):
        said["바꾸"].add(phrase_it(("do", "{o:을} 다른 것으로 바꾸"), thing, Random(seed)))
        said["들"].add(phrase_it(("state", "{o}에 돈이 얼마나 들"), thing, Random(seed)))
        said["오"].add(phrase_it(("trouble", "{o:이} 안 오"), thing, Random(seed)))
    assert "운동화를 다른 것으로 바꾸고 싶어요" in said["바꾸"]
    assert "신발을 다른 것으로 바꾸고 싶어요" in said["바꾸"] or "신발을 다른 것으로 바꾸려면" in said["바꾸"]
    assert "운동화에 돈이 얼마나 드나요?" in said["들"]
    assert "운동화에 돈이 얼마나 들까요?" in said["들"]
    assert "운동화가 안 와요" in said["오"]
    assert all("<" not in q and "{" not in q for questions in said.values() for q in questions)


def test_slips() -> None:
    assert slip("안 돼요", Random(1)) == "안 되요"
    slipped = {slip("배송지", Random(seed)) for seed in range(30)}
    assert "베송지" in slipped and "배송지" not in slipped
