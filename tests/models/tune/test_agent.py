import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import postgres
import psutil
import pytest
import toy

from models.tune import agent
from models.tune.capacity import set_capacity
from models.tune.plan import Plan
from models.tune.session import Source
from models.tune.storage import StudyError
from models.tune.study import read_study


def wait_for(seen: Callable[[], bool], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture(params=["journal", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the study is kept."""
    if request.param == "journal":
        yield ""
        return
    with postgres.server() as database:
        yield database


def test_capacity_comes_and_goes_and_workers_are_killed(tmp_path: Path, url: str, plan: Callable[..., Plan]) -> None:
    """2 -> 0 -> 1 -> 2 live trials, one worker killed: no trial lost or run twice, each as if it had never stopped."""
    log = tmp_path / "epochs"
    set_capacity(tmp_path, 2)
    told: list[str] = []

    def live() -> list[str]:
        return [t.worker for t in read_study(tmp_path, url).trials() if t.pool == "live"]

    def trace() -> None:
        wait_for(lambda: log.exists() and len(log.read_text().splitlines()) > 4)
        victim = int(log.read_text().splitlines()[-1].split()[0])
        os.kill(victim, signal.SIGKILL)
        set_capacity(tmp_path, 0)
        wait_for(lambda: all(str(victim) == w for w in live()))
        before = len(log.read_text().splitlines())
        time.sleep(0.3)
        told.append(f"{len(log.read_text().splitlines()) - before} epochs without capacity")
        set_capacity(tmp_path, 1)
        wait_for(lambda: len(log.read_text().splitlines()) > before + 3)
        set_capacity(tmp_path, 2)

    thread = threading.Thread(target=trace)
    thread.start()
    study = agent.tune(Source("toy:problem", f"delay=0.05 log={log}"), tmp_path, plan(trials=6), 2, url)
    thread.join()
    trials = study.trials()
    assert [t.uid for t in trials] == [f"t{n:04d}" for n in range(6)]
    assert not [t for t in trials if t.pool not in ("done", "dead")]
    assert told == ["0 epochs without capacity"]
    for trial in trials:
        session = toy.problem().open(trial.values, 1)
        assert [session.advance()["score"] for _ in range(trial.epoch)] == list(trial.scores)
    rows = Counter(line.split(maxsplit=1)[1] for line in log.read_text().splitlines())
    assert len(rows) == sum(t.epoch for t in trials) and sum(rows.values()) <= len(rows) + 1


def test_bad_input_of_a_worker_comes_back_in_its_words(tmp_path: Path, plan: Callable[..., Plan]) -> None:
    (tmp_path / "journal.log").write_text("no journal\n")
    with pytest.raises(ValueError, match="is no journal of a study"):
        agent.tune(Source("toy:problem"), tmp_path, plan(trials=2), workers=1)
    assert not [p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline())]
    with pytest.raises(StudyError):
        read_study(tmp_path)
