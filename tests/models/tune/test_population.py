import dataclasses
from collections.abc import Callable
from pathlib import Path

import toy

from models.tune import population, results
from models.tune.plan import Plan
from models.tune.rungs import promotable, rungs
from models.tune.study import open_study
from models.tune.trial import Trial
from models.tune.worker import Worker


def member(place: int, score: float, epoch: int = 3, **changed: object) -> Trial:
    fresh = Trial(f"t{place:04d}", {"rate": 0.1, "momentum": 0.5, "width": 8}, member=place, until=epoch)
    return dataclasses.replace(fresh, scores=(score,) * epoch, checkpoints=(f"{epoch:05d}-1",), **changed)


def test_the_worst_quarter_copies_the_best() -> None:
    all_of_them = {n: member(n, float(n)) for n in range(8)}
    copied = [population.exploit(all_of_them[n], all_of_them, seed=1) for n in range(8)]
    assert [c is not None for c in copied] == [True, True] + [False] * 6
    assert {c.member for c in copied if c} <= {6, 7}


def test_whoever_is_behind_comes_next() -> None:
    waiting = {0: member(0, 1.0, 5), 1: member(1, 1.0, 3), 2: member(2, 1.0, 1, pool="live")}
    turn = population.behind(waiting, 9)
    assert turn is not None and turn.member == 1
    assert population.behind({0: member(0, 1.0, 9)}, 9) is None


def test_explore_moves_only_what_is_live() -> None:
    parent = {"rate": 0.1, "momentum": 0.5, "width": 8, "held": "x"}
    drawn = [population.explore(parent, toy.SPACE, seed) for seed in range(40)]
    assert {v["width"] for v in drawn} == {8} and {v["held"] for v in drawn} == {"x"}
    assert all(toy.SPACE[0].holds(v["rate"]) and toy.SPACE[1].holds(v["momentum"]) for v in drawn)
    assert len({v["rate"] for v in drawn}) > 3


def test_the_tree_grows_from_checkpoints(tmp_path: Path, plan: Callable[..., Plan]) -> None:
    problem = toy.problem()
    study = open_study(tmp_path, problem)
    Worker(study, problem, plan(epochs=60, method="population", members=6, revive=0), "w").run()
    trials = study.trials()
    tree = {row["uid"]: row for row in population.tree(trials)}
    children = [row for row in tree.values() if row["parent"]]
    assert children and all(row["start"] > 0 for row in children)
    assert all(row["values"]["width"] == tree[row["parent"]]["values"]["width"] for row in children)
    assert sum(t.cost.epochs for t in trials) == sum(len(t.scores) for t in trials) == study.spent().epochs
    assert {t.pool for t in trials if t.notes and "replaced by" in t.notes[-1]} == {"dead"}


def test_a_winner_of_a_population_is_trained_again_step_by_step(tmp_path: Path, plan: Callable[..., Plan]) -> None:
    problem = toy.problem()
    study = open_study(tmp_path, problem)
    Worker(study, problem, plan(epochs=60, method="population", members=6, revive=0), "w").run()
    trials = study.trials()
    late = max((t for t in trials if t.parent and t.scores), key=lambda t: len(results.forebears(t, trials)))
    steps = results.schedule(late, trials)
    assert len(steps) > 1
    assert results.retrain(problem, steps, problem.seed)["score"] >= late.best


def test_rungs_end_with_the_last_epoch() -> None:
    assert rungs(1, 3, 27) == (1, 3, 9, 27)
    assert rungs(2, 4, 5) == (2, 5) and rungs(4, 2, 3) == (3,)


def test_a_trial_is_taken_up_when_others_fall_short() -> None:
    def dead(place: int, *scores: float) -> Trial:
        return Trial(f"t{place:04d}", {}, pool="dead", scores=scores, checkpoints=("00001-1",))

    assert promotable([dead(0, 0.5), dead(1, 0.4)], (1, 3, 9), 3) is None
    known = [dead(0, 0.5), dead(1, 0.4), dead(2, 0.1)]
    assert promotable(known, (1, 3, 9), 3) == (known[0], 3)
    known = [dead(0, 0.5, 0.6, 0.7), dead(1, 0.4), dead(2, 0.1)]
    assert promotable(known, (1, 3, 9), 3) is None
    known += [dead(3, 0.2), dead(4, 0.2), dead(5, 0.2)]
    assert promotable(known, (1, 3, 9), 3) == (known[1], 3)
