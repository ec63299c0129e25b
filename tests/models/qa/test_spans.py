"""Scoring answers after the official conventions."""

import pytest

from models.qa.spans import by_character, exact_match, f1, locate


@pytest.mark.parametrize(
    ("predicted", "answers", "characters", "em", "overlap"),
    [
        ("《금수회의록》", ["금수회의록"], True, 100, 100),
        ("1894년", ["1894년 7월"], True, 0, 100 * 2 * (5 / 5) * (5 / 7) / (1 + 5 / 7)),
        ("The  Norman, dukes", ["norman dukes"], False, 100, 100),
        ("Norman dukes of France", ["the Norman kings", "dukes"], False, 0, 100 * 2 * (1 / 4 * 1) / (1 / 4 + 1)),
        ("", [], True, 100, 100),
        ("무엇", [], True, 0, 0),
        ("", ["무엇"], True, 0, 0),
        ("경주", ["서울"], True, 0, 0),
    ],
)
def test_em_and_f1(predicted, answers, characters, em, overlap) -> None:
    assert exact_match(predicted, answers, characters) == em
    assert f1(predicted, answers, characters) == pytest.approx(overlap)


def test_convention_follows_the_script() -> None:
    assert by_character("언제인가?", ["1989"])
    assert by_character("When?", ["東京"])
    assert not by_character("When?", ["1989"])


def test_locate_mends_a_wrong_offset() -> None:
    context = "서울 그리고 서울"
    assert locate(context, "서울", 7) == (7, 9)
    assert locate(context, "서울", 6) == (7, 9)
    assert locate(context, "서울", -5) == (0, 2)
    assert locate(context, "부산", 0) is None
    assert locate(context, " ", 2) is None
