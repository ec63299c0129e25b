from dataclasses import dataclass

import pytest

from config.task import BadInput
from models.tune.space import Parameter, SpaceError, check, check_values, from_json


@dataclass(frozen=True)
class Config:
    rate: float = 0.1
    width: int = 8
    kind: str = "a"


RATE = Parameter("rate", 0.1, low=1e-3, high=1.0, scale="log", live=True)
WIDTH = Parameter("width", 8, low=2, high=16, whole=True)
KIND = Parameter("kind", "a", choices=("a", "b"))


def test_a_sound_space_comes_back_from_json() -> None:
    space = check((RATE, WIDTH, KIND), Config)
    assert from_json([p.to_json() for p in space]) == space


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ((Parameter("speed", 1.0, low=0, high=2),), "unknown parameter 'speed'.*no such field.*kind, rate, width"),
        ((Parameter("rate", 0.5, low=2.0, high=1.0),), "'rate': the range 2.0 to 1.0 is empty"),
        ((Parameter("rate", 0.5, low=float("nan"), high=1.0),), "'rate': the range nan to 1.0 is empty"),
        ((Parameter("rate", 5.0, low=0.0, high=1.0),), "'rate': the default 5.0 lies outside 0 to 1; widen it"),
        ((Parameter("kind", "c", choices=("a", "b")),), "'kind': the default 'c' lies outside one of 'a', 'b'"),
        ((Parameter("rate", 0.5),), "'rate' has neither choices nor both"),
        ((Parameter("rate", 0.5, low=0.0, high=1.0, scale="log"),), "'rate': a log scale needs low above 0"),
        ((Parameter("width", 3, low=1.5, high=4, whole=True),), "'width' is whole"),
        ((Parameter("kind", "a", choices=("a", "a")),), "'kind' has a choice twice"),
        ((RATE, RATE), "'rate' stands 2 times"),
        ((), "the search space is empty"),
    ],
)
def test_what_cannot_be_searched_is_named(space: tuple[Parameter, ...], words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        check(space, Config)


def test_space_error_is_bad_input() -> None:
    assert issubclass(SpaceError, BadInput)


def test_values_are_filled_and_checked() -> None:
    assert check_values((RATE, WIDTH), {"width": 4.0}) == {"rate": 0.1, "width": 4}
    with pytest.raises(SpaceError, match="'width': 99 lies outside 2 to 16"):
        check_values((RATE, WIDTH), {"width": 99})
    with pytest.raises(SpaceError, match="unknown parameter 'depth'"):
        check_values((RATE, WIDTH), {"depth": 2})


def test_a_truth_value_is_no_number() -> None:
    assert not WIDTH.holds(True)
    assert not Parameter("kind", 1, choices=(1, 2)).holds(True)
