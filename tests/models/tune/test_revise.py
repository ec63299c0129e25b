import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import toy

from models.tune import evidence, results
from models.tune.plan import Plan
from models.tune.revise import apply, expand, fix, follow_config, narrow
from models.tune.space import Parameter, Space, SpaceError
from models.tune.study import Study, open_study, read_study
from models.tune.trial import Trial
from models.tune.worker import Worker

Make = Callable[..., Plan]
DECAY = Parameter("decay", 0.0, low=0.0, high=0.1)


def search(folder: Path, plan: Plan, space: Space = toy.SPACE) -> Study:
    problem = dataclasses.replace(toy.problem(), space=space)
    study = open_study(folder, problem)
    Worker(study, problem, plan, "w").run()
    return study


def test_an_expanded_space_reuses_every_trial(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=8))
    before = study.trials()
    wider = dataclasses.replace(toy.SPACE[0], low=1e-5, high=10.0)
    with study.lock():
        head = apply(study, expand(study.head.space, DECAY, wider), "decay added, rate widened")
    assert (head.kept, head.earlier, head.number, head.parent) == (8, 8, 1, "toy")
    after = read_study(tmp_path).trials()
    assert [(t.uid, t.scores, t.cost, t.checkpoints) for t in after] == [
        (t.uid, t.scores, t.cost, t.checkpoints) for t in before
    ]
    assert all(t.values == {**b.values, "decay": 0.0} for t, b in zip(after, before, strict=True))
    more = search(tmp_path, plan(trials=12), space=head.space).trials()
    assert len(more) == 12 and len({t.values["decay"] for t in more[8:]}) > 1
    assert [r["change"] for r in results.revisions(read_study(tmp_path))] == ["begun", "decay added, rate widened"]


def test_a_shrunk_space_leaves_trials_behind_but_not_their_cost(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=10))
    before, spent = study.trials(), study.spent()
    with study.lock():
        apply(study, narrow(study.head.space, "width", low=8), "width at least 8")
    assert [t.uid for t in study.trials()] == [t.uid for t in before if t.values["width"] >= 8]
    assert 0 < len(study.trials()) < 10 and study.spent() == spent
    more = search(tmp_path, plan(trials=13), space=toy.SPACE)
    assert len({t.uid for t in more.trials()} | {t.uid for t in before}) == 13
    assert all(t.values["width"] >= 8 for t in more.trials())


def test_a_held_parameter_is_learnt_from_but_does_not_win(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=8))
    space, held = fix(study.head.space, "width", 3)
    with study.lock():
        head = apply(study, space, "width held", held)
    assert (head.kept, head.earlier) == (8, 8)
    assert not any(t.checkpoints for t in study.trials() if t.pool == "dead" and t.values["width"] != 3)
    more = search(tmp_path, plan(trials=12))
    assert all(t.values["width"] == 3 for t in more.trials()[8:])
    assert results.best(more)["values"]["width"] == 3


def test_a_space_edited_beside_its_config_is_a_revision(tmp_path: Path, plan: Make) -> None:
    search(tmp_path, plan(trials=4))
    study = open_study(tmp_path, toy.problem())
    follow_config(study, (*toy.SPACE[:2], DECAY))
    assert study.head.change.endswith("decay as declared; width not searched any more")
    assert study.head.held == {"width": 8} and study.head.kept == 4
    follow_config(study, (*toy.SPACE[:2], DECAY))
    assert study.head.number == 1


def test_killed_while_revising_nothing_changed(tmp_path: Path, plan: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    study = search(tmp_path, plan(trials=4))
    space = expand(study.head.space, DECAY)
    with monkeypatch.context() as patch:
        patch.setattr(type(study.storage), "set_study_user_attr", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt), study.lock():
            apply(study, space, "killed")
    assert read_study(tmp_path).head.number == 0 and len(read_study(tmp_path).trials()) == 4
    with study.lock():
        assert apply(study, space, "again").kept == 4
    assert read_study(tmp_path).head.change == "again"


def test_a_trial_in_training_goes_on_over_a_revision(tmp_path: Path, plan: Make) -> None:
    revised = []

    class Revising(toy.Toy):
        def advance(self) -> dict[str, float]:
            if self.epoch == 3 and not revised:
                other = read_study(tmp_path)
                with other.lock():
                    revised.append(apply(other, expand(other.head.space, DECAY), "meanwhile"))
            return super().advance()

    problem = dataclasses.replace(toy.problem(), open=lambda values, seed: Revising(values, seed))
    study = open_study(tmp_path, problem)
    Worker(study, problem, plan(trials=1, method="full"), "w").run()
    assert study.head.number == 1
    assert [(t.pool, t.epoch, t.claim) for t in study.trials()] == [("done", 9, 1)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: narrow(s, "speed", low=1), "unknown parameter 'speed'; the space has rate, momentum, width"),
        (lambda s: narrow(s, "width", low=9, high=4), "'width'.* 9 to 4 is not within|the range 9 to 4 is empty"),
        (lambda s: narrow(s, "width", high=40), "2 to 40 is not within 2 to 16; expand it instead"),
        (lambda s: expand(s, Parameter("width", 8, low=4, high=99, whole=True)), "4 to 99 does not contain 2 to 16"),
        (lambda s: fix(s, "width", 1), "'width': 1 lies outside 2 to 16"),
        (lambda s: expand(s, Parameter("decay", 2.0, low=0.0, high=0.1)), "the default 2.0 lies outside 0 to 0.1"),
    ],
)
def test_a_revision_that_cannot_be_is_refused(change: Callable[[Space], Space], words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        change(toy.SPACE)


def scored(values: list[tuple[float, float, int]], score: Callable[[float, float, int], float]) -> list[Trial]:
    return [
        Trial(f"t{n:04d}", {"rate": r, "momentum": m, "width": w}, pool="done", scores=(score(r, m, w),))
        for n, (r, m, w) in enumerate(values)
    ]


GRID = [(10 ** (-4 + k / 5), (k * 7 % 20) / 20.5, 2 + k * 11 % 15) for k in range(20)]


def test_evidence_narrows_and_holds_what_does_not_matter() -> None:
    trials = scored(GRID, lambda rate, momentum, width: -abs(width - 6) - 0.5 * momentum)
    space, held, said = evidence.evidence(trials, toy.SPACE, 1)
    assert set(held) == {"rate"} and any(s.startswith("rate held at") for s in said)
    width = next(p for p in space if p.name == "width")
    assert width.bounds[0] <= 6 <= width.bounds[1] < 16 and isinstance(width.bounds[1], int)


def test_evidence_widens_within_reach_where_the_best_crowd_at_an_edge() -> None:
    trials = scored(GRID, lambda rate, momentum, width: rate)
    assert evidence.evidence(trials, toy.SPACE, 1)[0][0].bounds[1] == 1.0
    reaching = (dataclasses.replace(toy.SPACE[0], high=0.5, reach=(1e-4, 1.0)), *toy.SPACE[1:])
    few = [t for t in trials if t.values["rate"] <= 0.5]
    few += [
        dataclasses.replace(few[-1], uid=f"t{n:04d}", values={**few[-1].values, "rate": 0.49}) for n in range(30, 36)
    ]
    assert evidence.evidence(few, reaching, 1)[0][0].bounds[1] == pytest.approx(1.0)


def test_the_space_is_revised_every_so_many_trials(tmp_path: Path, plan: Make) -> None:
    study = search(tmp_path, plan(trials=24, revise_every=10))
    assert study.head.number >= 1 and study.spent().epochs > 24
    assert results.best(study)["revision"] == study.head.number
