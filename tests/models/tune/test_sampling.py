import warnings

import pytest
import toy

from config.task import BadInput
from models.tune.sampling import comparable, sample
from models.tune.space import Parameter, inside
from models.tune.trial import Trial

SPACE = (*toy.SPACE, Parameter("kind", "a", choices=("a", "b", "c")))


def known(count: int) -> list[Trial]:
    """Trials whose score is higher the nearer momentum is to .8 and width to 12."""
    found = []
    for n in range(count):
        values = sample("random", (), SPACE, 3, n)
        score = -abs(float(values["momentum"]) - 0.8) - abs(int(values["width"]) - 12) / 10
        found.append(Trial(f"t{n:04d}", values, pool="done", scores=(score,)))
    return found


@pytest.mark.parametrize("name", ["tpe", "random", "cmaes"])
def test_draws_are_in_the_space_and_the_same_anywhere(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = [sample(name, known(20), SPACE, 1, n) for n in range(6)]
    assert drawn == [sample(name, known(20), SPACE, 1, n) for n in range(6)]
    assert all(inside(SPACE, values) for values in drawn) and len({v["rate"] for v in drawn}) == 6


@pytest.mark.parametrize("name", ["tpe", "cmaes"])
def test_it_learns(name: str) -> None:
    def off(values: dict) -> float:
        return abs(values["momentum"] - 0.8) + abs(values["width"] - 12) / 10

    trials = known(40)
    blind = sum(off(sample("random", (), SPACE, 1, n)) for n in range(12))
    assert sum(off(sample(name, trials, SPACE, 1, n)) for n in range(12)) < 0.6 * blind


def test_scores_of_one_epoch_are_compared() -> None:
    short = [Trial(f"t{n:04d}", {}, pool="dead", scores=(0.1 * n,)) for n in range(12)]
    long = [Trial(f"t{n:04d}", {}, pool="done", scores=(0.0, 0.5, 0.9)) for n in range(12, 17)]
    seen = comparable([*short, *long])
    assert {t.epoch for t in seen} == {1} and all(t.pool == "done" for t in seen)
    seen = comparable([*short, *long, *long])
    assert {t.epoch for t in seen if t.pool == "done"} == {3}


def test_a_sampler_that_is_not_there() -> None:
    with pytest.raises(BadInput, match="no sampler 'gp'; there are tpe, random, cmaes"):
        sample("gp", (), SPACE, 1, 0)
