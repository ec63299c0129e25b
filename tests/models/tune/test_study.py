import dataclasses
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
import toy

from models.tune import results
from models.tune.journal import Journal
from models.tune.plan import Plan
from models.tune.sampling import view
from models.tune.storage import StudyError, open_storage
from models.tune.study import open_study, read_study
from models.tune.trial import Trial
from models.tune.worker import Worker

Make = Callable[..., Plan]


def begun(folder: Path, plan: Plan, url: str = "") -> list[Trial]:
    study = open_study(folder, toy.problem(), url)
    Worker(study, toy.problem(), plan, "w").run()
    return study.trials()


def test_another_process_reads_what_was_written(tmp_path: Path, plan: Make) -> None:
    written = begun(tmp_path, plan(trials=4))
    assert read_study(tmp_path).trials() == written


def test_a_database_by_its_url(tmp_path: Path, plan: Make) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    written = begun(tmp_path, plan(trials=4), url)
    assert [t.uid for t in read_study(tmp_path, url).trials()] == [t.uid for t in written]
    in_file = begun(tmp_path / "file", plan(trials=4))
    assert [t.scores for t in written] == [t.scores for t in in_file]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://naru:hidden@127.0.0.1:1/studies", "Connection refused"),
        ("mysql+pymysql://naru:hidden@host/studies", "its driver is not installed"),
        ("nosuch://naru:hidden@host/studies", "Can't load plugin"),
        ("no url", "is no URL of a database"),
    ],
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(tmp_path: Path, url: str, why: str) -> None:
    with pytest.raises(StudyError, match=why) as told:
        open_study(tmp_path, toy.problem(), url)
    assert "hidden" not in str(told.value)


def test_optuna_reads_the_study_as_its_own(tmp_path: Path, plan: Make) -> None:
    written = begun(tmp_path, plan(trials=5))
    known = optuna.load_study(study_name="toy", storage=open_storage(tmp_path))
    assert known.best_value == max(t.best for t in written if t.pool == "done")
    shown = view(written, toy.SPACE)
    states = {"done": "COMPLETE", "dead": "PRUNED"}
    assert [t.state.name for t in shown.trials] == [states[t.pool] for t in written]
    assert shown.trials[0].intermediate_values[1] == written[0].scores[0]


def test_a_study_of_another_version_is_refused_and_left_alone(tmp_path: Path, plan: Make) -> None:
    begun(tmp_path, plan(trials=2))
    study = optuna.load_study(study_name="toy", storage=open_storage(tmp_path))
    study.set_user_attr("naru", {**study.user_attrs["naru"], "schema": 7})
    before = (tmp_path / "journal.log").read_bytes()
    with pytest.raises(
        StudyError, match=r"made by another version \(schema 7\), this one reads schema 1; tune in a new"
    ):
        open_study(tmp_path, toy.problem())
    with pytest.raises(StudyError, match="schema 7"):
        results.table(tmp_path)
    assert (tmp_path / "journal.log").read_bytes() == before


def test_a_study_of_somebody_else_is_refused(tmp_path: Path) -> None:
    study = optuna.create_study(study_name="toy", storage=open_storage(tmp_path))
    study.set_user_attr("mine", 1)
    with pytest.raises(StudyError, match="'toy' was not begun by naru"):
        open_study(tmp_path, toy.problem())


def test_one_problem_a_folder(tmp_path: Path) -> None:
    open_study(tmp_path, toy.problem())
    with pytest.raises(StudyError, match="holds the study 'toy', not 'other'"):
        open_study(tmp_path, dataclasses.replace(toy.problem(), name="other"))
    with pytest.raises(StudyError, match="trains 9 epochs a trial, toy now 5"):
        open_study(tmp_path, dataclasses.replace(toy.problem(), epochs=5))


def test_no_study_and_no_journal(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="holds no study; run `naru tune` first"):
        read_study(tmp_path)
    (tmp_path / "journal.log").write_text("not a journal\n")
    with pytest.raises(StudyError, match="is no journal of a study"):
        read_study(tmp_path)


@pytest.mark.parametrize("torn", [b'{"op_code":8,"worker', b"{", b'{"op_code":8}'])
def test_a_line_cut_short_is_cut_off(tmp_path: Path, plan: Make, torn: bytes) -> None:
    written = begun(tmp_path, plan(trials=3))
    with (tmp_path / "journal.log").open("ab") as file:
        file.write(torn)
    assert read_study(tmp_path).trials() == written
    assert len(begun(tmp_path, plan(trials=5))) == 5
    assert read_study(tmp_path).trials()[:3] == [dataclasses.replace(t) for t in begun(tmp_path, plan(trials=5))[:3]]


def test_a_full_disk_leaves_the_journal_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "log")
    journal.append_logs([{"a": 1}])
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space"):
            journal.append_logs([{"b": 2}])
    journal.append_logs([{"c": 3}])
    assert list(journal.read_logs(0)) == [{"a": 1}, {"c": 3}]
