import dataclasses
import errno
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import toy

from models.tune import checkpoint, results
from models.tune.capacity import capacity, set_capacity
from models.tune.cost import Budget
from models.tune.plan import Plan
from models.tune.session import Problem, Session, Source
from models.tune.space import Parameter
from models.tune.storage import StudyError
from models.tune.study import Study, open_study, read_study
from models.tune.trial import Trial
from models.tune.worker import Worker, work

Make = Callable[..., Plan]


def search(folder: Path, plan: Plan, problem: Problem | None = None, **given: Any) -> Study:
    problem = problem or toy.problem()
    study = open_study(folder, problem)
    Worker(study, problem, plan, given.pop("name", "w"), **given).run()
    return study


def scores_of(trial: Trial, problem: Problem) -> list[float]:
    """The scores of one that was never stopped."""
    session = problem.open(trial.values, problem.seed)
    return [session.advance()["score"] for _ in range(trial.epoch)]


@pytest.mark.parametrize("method", ["stop-and-go", "asha", "hyperband", "full"])
def test_every_method_spends_its_trials_once(tmp_path: Path, plan: Make, method: str) -> None:
    study = search(tmp_path, plan(trials=9, method=method))
    trials = study.trials()
    assert len(trials) == 9 and not any(t.pool == "live" for t in trials)
    assert sum(t.cost.epochs for t in trials) == sum(t.epoch for t in trials) == study.spent().epochs
    assert any(t.pool == "done" and t.epoch == 9 for t in trials)
    assert trials[0].origin == "default" and trials[0].values == {"rate": 0.02, "momentum": 0.5, "width": 8}


def test_stop_and_go_trains_less_and_takes_trials_up_again(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=18))
    trials = study.trials()
    assert sum(t.epoch for t in trials) < 18 * 9 / 2
    again = [t for t in trials if t.claim > 1]
    assert again and all(list(t.scores) == scores_of(t, toy.problem()) for t in again)


def test_sessions_that_stay_open_change_nothing_but_how_many_are_built(tmp_path: Path, plan: Make) -> None:
    found, built = [], []
    for kept in (0, 1, 99):
        opened: list[Mapping[str, Any]] = []

        def open_(values: Mapping[str, Any], seed: int, opened: list[Mapping[str, Any]] = opened) -> Session:
            opened.append(values)
            return toy.problem().open(values, seed)

        problem = dataclasses.replace(toy.problem(), open=open_)
        trials = search(tmp_path / str(kept), plan(trials=18, keep_open=kept), problem).trials()
        found.append([(t.values, t.scores, t.pool, t.claim) for t in trials])
        built.append(len(opened))
    assert found[0] == found[1] == found[2]
    assert built[0] == sum(t.claim for t in trials) > built[1] >= built[2] == 18


@pytest.mark.parametrize("method", ["stop-and-go", "full", "population"])
def test_no_more_epochs_than_the_budget(tmp_path: Path, plan: Make, method: str) -> None:
    for epochs in (5, 13, 20):
        study = search(tmp_path, plan(epochs=epochs, method=method))
        assert study.spent().epochs == epochs == sum(t.epoch - t.start for t in study.trials())


def test_no_more_seconds_than_the_budget(tmp_path: Path, plan: Make) -> None:
    slow = toy.problem("delay=0.05")
    study = search(tmp_path, dataclasses.replace(plan(trials=9, method="full"), budget=Budget(seconds=0.2)), slow)
    assert 3 <= study.spent().epochs <= 5 and study.trials()[0].pool == "stopped"


def test_stopped_at_every_epoch_it_ends_as_if_never_stopped(tmp_path: Path, plan: Make) -> None:
    study, problem = None, toy.problem()
    for _ in range(60):
        calls = iter([False, True, True])
        study = search(tmp_path, plan(trials=2, method="full"), stopping=lambda calls=calls: next(calls, True))
    assert study is not None
    trials = study.trials()
    assert [t.pool for t in trials] == ["done", "done"] and all(t.claim >= 5 for t in trials)
    assert all(list(t.scores) == scores_of(t, problem) for t in trials)


def dying(problem: Problem, at: int, error: BaseException) -> Problem:
    """The problem, its n-th epoch ending in an error."""
    left = [at]

    class Dying(toy.Toy):
        def advance(self) -> dict[str, float]:
            left[0] -= 1
            if left[0] == 0:
                raise error
            return super().advance()

    return dataclasses.replace(problem, open=lambda values, seed: Dying(values, seed))


def test_interrupted_in_an_epoch_nothing_is_lost_or_run_twice(tmp_path: Path, plan: Make) -> None:
    problem = toy.problem()
    for at in (1, 2, 5, 3):
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path, plan(trials=6), dying(problem, at, KeyboardInterrupt()))
        assert not [t for t in read_study(tmp_path).trials() if t.pool == "live"]
    study = search(tmp_path, plan(trials=6))
    assert [t.uid for t in study.trials()] == [f"t{n:04d}" for n in range(6)]
    assert all(list(t.scores) == scores_of(t, problem) for t in study.trials())


@pytest.mark.parametrize("method", ["stop-and-go", "full", "population"])
def test_interrupted_at_the_end_of_a_turn_it_is_taken_up(
    tmp_path: Path, plan: Make, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    save, saved = checkpoint.save, []

    def interrupted(session: Session, folder: Path, trial: Trial) -> Trial:
        saved.append(trial.uid)
        if len(saved) == 3 and trial.epoch == trial.until:
            raise KeyboardInterrupt
        return save(session, folder, trial)

    monkeypatch.setattr(checkpoint, "save", interrupted)
    wanted = plan(trials=6, method=method, save_s=99.0, members=3, interval=3)
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, wanted)
    trials = search(tmp_path, wanted, name="after").trials()
    assert not [t for t in trials if t.pool not in ("done", "dead")]
    assert method == "population" or all(list(t.scores) == scores_of(t, toy.problem()) for t in trials)


def test_the_trial_of_a_dead_worker_is_taken_up(tmp_path: Path, plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = toy.problem()
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "abandon", lambda self, trial: None)
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path, plan(trials=2, method="full"), dying(problem, 4, KeyboardInterrupt()), name="gone")
    left = read_study(tmp_path).trials()[0]
    assert (left.pool, left.worker, left.epoch) == ("live", "gone", 3)
    trial = search(tmp_path, plan(trials=2, method="full")).trials()[0]
    assert trial.pool == "done" and list(trial.scores) == scores_of(trial, problem)
    assert trial.cost.epochs == 9 and "worker gone ended at epoch 3" in trial.notes[0]


def test_a_trial_that_ends_its_workers_fails(tmp_path: Path, plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "abandon", lambda self, trial: None)
    for name in ("a", "b", "c"):
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path, plan(trials=1), dying(toy.problem(), 1, KeyboardInterrupt()), name=name)
    trial = search(tmp_path, plan(trials=1)).trials()[0]
    assert trial.pool == "failed" and "3 workers ended without a word after epoch 0" in trial.notes[-1]


def test_a_worker_that_was_taken_for_dead_writes_no_more(tmp_path: Path, plan: Make) -> None:
    problem, stolen = toy.problem(), []

    class Slow(toy.Toy):
        def advance(self) -> dict[str, float]:
            if self.epoch == 4 and not stolen:
                other = open_study(tmp_path, problem)
                with other.lock():
                    trial = other.trials()[0]
                    stolen.append(other.write(dataclasses.replace(trial, claim=trial.claim + 1, pool="stopped")))
            return super().advance()

    study = search(tmp_path, plan(trials=1, method="full"), dataclasses.replace(problem, open=lambda v, s: Slow(v, s)))
    trial = study.trials()[0]
    assert stolen[0].epoch == 4 and trial.claim == stolen[0].claim + 1
    assert list(trial.scores) == scores_of(trial, problem) and trial.cost.epochs == 9


def test_capacity_zero_holds_everything(tmp_path: Path, plan: Make) -> None:
    set_capacity(tmp_path, 0)
    asked = []

    def stopping() -> bool:
        asked.append(1)
        return len(asked) > 5

    assert not search(tmp_path, plan(trials=2), stopping=stopping).trials()
    (tmp_path / "capacity").write_text("many")
    with pytest.raises(StudyError, match=r"holds 'many'; write a whole number"):
        capacity(tmp_path)


def test_less_capacity_stops_the_less_advanced(tmp_path: Path, plan: Make) -> None:
    """Two live trials, room for one: the one behind is put away at its epoch and taken up when there is room."""
    problem = toy.problem()
    study = open_study(tmp_path, problem)
    ahead = dataclasses.replace(
        Trial("t0000", toy.problem().open({"width": 4, "rate": 0.1, "momentum": 0.1}, 1).values), worker="other"
    )
    study.add(dataclasses.replace(ahead, pool="live", claim=1, scores=(-1.0, -0.9, -0.8), until=9))
    worker = Worker(study, problem, plan(trials=2, method="full"), "w")
    behind = study.add(Trial("t0001", ahead.values, pool="live", worker="w", claim=1, until=9))
    set_capacity(tmp_path, 1)
    worker.train(behind)
    trial = study.trials()[1]
    assert (trial.pool, trial.epoch, trial.checkpoints) == ("stopped", 1, ("00001-1",))


def test_a_failing_trial_fails_alone(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=4), dying(toy.problem(), 3, ValueError("no such embedding")))
    failed = [t for t in study.trials() if t.pool == "failed"]
    assert len(failed) == 1 and failed[0].notes[-1].endswith("ValueError: no such embedding")
    assert results.best(study)["uid"] != failed[0].uid


def test_a_score_that_is_no_number_fails(tmp_path: Path, plan: Make) -> None:
    class Nan(toy.Toy):
        def advance(self) -> dict[str, float]:
            return {"score": float("nan") if self.values["width"] == 8 else super().advance()["score"]}

    problem = dataclasses.replace(toy.problem(), open=lambda values, seed: Nan(values, seed))
    trial = search(tmp_path, plan(trials=2), problem).trials()[0]
    assert trial.pool == "failed" and "the score is nan" in trial.notes[-1]


def test_when_all_fail_the_study_says_why(tmp_path: Path, plan: Make) -> None:
    def broken(values: Mapping[str, Any], seed: int) -> Session:
        raise ValueError("no data here")

    with pytest.raises(StudyError, match=r"the first 3 trials failed.*no data here"):
        search(tmp_path, plan(trials=9), dataclasses.replace(toy.problem(), open=broken))


def damage(folder: Path, name: str) -> None:
    path = folder / "checkpoints" / "t0000" / name / "toy.npz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")


@pytest.mark.parametrize(
    ("damaged", "words"), [(("00004-1",), "taken up from epoch 3"), (("00004-1", "00003-1"), "begun from scratch")]
)
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, plan: Make, damaged: tuple[str, ...], words: str) -> None:
    problem, one = toy.problem(), plan(trials=1, method="full")
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, one, dying(problem, 5, KeyboardInterrupt()))
    for name in damaged:
        damage(tmp_path, name)
    trial = search(tmp_path, one).trials()[0]
    assert "00004-1 is damaged (toy.npz does not match its hash)" in trial.notes[0]
    assert trial.notes[len(damaged) - 1].endswith(words)
    assert trial.pool == "done" and list(trial.scores) == scores_of(trial, problem)
    assert trial.cost.epochs > 9


def test_a_full_disk_leaves_the_study_as_it_was(tmp_path: Path, plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    problem, one = toy.problem(), plan(trials=1, method="full")
    full, save = [False], toy.Toy.save

    def no_space(self: toy.Toy, folder: Path) -> None:
        if full[0] and self.epoch >= 3:
            (folder / "toy.npz").write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, folder)

    monkeypatch.setattr(toy.Toy, "save", no_space)
    full[0] = True
    with pytest.raises(checkpoint.DiskFull, match=r"00003-1: the disk is full .*free space.*the same study again"):
        search(tmp_path, one, problem)
    trial = read_study(tmp_path).trials()[0]
    assert (trial.pool, trial.epoch, trial.checkpoints) == ("stopped", 2, ("00001-1", "00002-1"))
    assert sorted(p.name for p in (tmp_path / "checkpoints" / "t0000").iterdir()) == ["00001-1", "00002-1"]
    full[0] = False
    trial = search(tmp_path, one, problem).trials()[0]
    assert trial.pool == "done" and list(trial.scores) == scores_of(trial, problem)


def test_dead_checkpoints_keep_to_their_budget(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=9, keep_mib=0, revive=0))
    assert not any(t.checkpoints for t in study.trials() if t.pool == "dead")
    assert {p.name for p in (tmp_path / "checkpoints").iterdir() if any(p.iterdir())} == {
        t.uid for t in study.trials() if t.checkpoints
    }


def test_free_capacity_revives_the_most_promising(tmp_path: Path, plan: Make) -> None:
    before = search(tmp_path, plan(trials=2, revive=0))
    assert [t.pool for t in before.trials()] == ["dead", "dead"]
    after = search(tmp_path, plan(trials=2, revive=1))
    best = max(before.trials(), key=lambda t: t.best)
    assert [(t.pool, t.revived) for t in after.trials() if t.uid == best.uid] == [("done", 1)]


def test_it_begins_with_what_serves_now(tmp_path: Path, plan: Make) -> None:
    warm = {"rate": 0.3, "momentum": 0.1, "width": 16, "not_searched": 3}
    first, second = search(tmp_path, plan(trials=2, warm=(warm,))).trials()
    assert (first.origin, first.values) == ("incumbent", {"rate": 0.3, "momentum": 0.1, "width": 16})
    assert second.origin == "default"


def test_the_table_is_plain_and_shows_the_cost(tmp_path: Path, plan: Make) -> None:
    work(Source("toy:problem"), tmp_path, "w", plan(trials=3))
    rows = json.loads(json.dumps(results.table(tmp_path)))
    assert [r["uid"] for r in rows] == ["t0000", "t0001", "t0002"]
    assert all(r["epochs"] == r["epoch"] and r["wall_s"] > 0 and r["pool"] in ("done", "dead") for r in rows)


def test_the_winner_is_confirmed_on_several_seeds(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=12))
    winner = results.best(study)
    assert winner["score"] == max(t.best for t in study.trials())
    assert winner["schedule"] == [{"until": winner["epoch"], "values": winner["values"]}]
    told = results.confirm(toy.problem(), winner, {"rate": 0.0001, "momentum": 0.0, "width": 2})
    assert told["seeds"] == [11, 12, 13] and len(told["winner"]) == len(told["incumbent"]) == 3
    assert told["least"] > 0


def test_a_repeated_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a budget above 0"):
        Budget()


def test_a_parameter_of_one_choice_is_searched_too(tmp_path: Path, plan: Make) -> None:
    space = (*toy.SPACE, Parameter("kind", "only", choices=("only",)))
    study = search(tmp_path, plan(trials=3), dataclasses.replace(toy.problem(), space=space))
    assert all(t.values["kind"] == "only" for t in study.trials())
