from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import BadInput, Task
from jobs.land import deliver, run
from jobs.land.stage import exact

CORPUS = ("landing/documents", "landing/dialogues", "landing/questions")
CLICKS = ("landing/searches", "landing/search_catalog", "landing/impressions", "landing/ads")
Night = Callable[..., Task]


@pytest.fixture
def night(settings: Settings) -> Night:
    """Run a landing stage for a day and publish what it filled."""

    def call(ds: str, outputs: Sequence[str], **land: str) -> Task:
        lake = Lake(settings.root)
        own = Settings(settings.root, "default", {**settings.sections, "land": land})
        task = Task("land", ds, own, lake, {}, {n: Staging(lake.partition(n, ds)) for n in outputs})
        run(task)
        for name, staging in task.outputs.items():
            if not staging.empty:
                staging.seal({"notes": task.notes[name], "counts": task.counts[name]})
                lake.partition(name, ds).publish()
        return task

    return call


def table(settings: Settings, name: str, ds: str) -> pa.Table:
    return Lake(settings.root).partition(name, ds).table()


def test_the_portal_delivers_every_dataset_and_its_truth(night: Night, settings: Settings) -> None:
    task = night("2026-11-01", CORPUS + CLICKS)
    for name in CORPUS + CLICKS:
        rows = table(settings, name, "2026-11-01")
        assert rows.num_rows == task.counts[name]["rows_in"] > 0
        assert exact(rows, task.outputs[name].partition.dataset).schema == rows.schema
        assert task.notes[name] == {"source": "sim"}
    for name in ("documents", "dialogues", "questions", "searches", "impressions"):
        truth = pq.read_table(Path(settings.root, "truth", name, "ds=2026-11-01", "part-0000.parquet"))
        assert truth.num_rows > 0


def test_a_backlog_once_then_day_by_day_the_same_rows(night: Night, settings: Settings) -> None:
    names = ("landing/searches", "landing/search_catalog", "landing/impressions", "landing/ads")
    night("2026-11-01", names)
    night("2026-11-03", names)

    def days(name: str, ds: str) -> list[str]:
        return sorted({str(t.date()) for t in table(settings, name, ds)["ts"].to_pylist()})

    for name in ("landing/searches", "landing/impressions"):
        assert len(days(name, "2026-11-01")) == 14
        assert days(name, "2026-11-03") == ["2026-11-02", "2026-11-03"]
    fresh = Settings(f"{settings.root}-2", "default", settings.sections)
    lake = Lake(fresh.root)
    task = Task("land", "2026-11-03", fresh, lake, {}, {n: Staging(lake.partition(n, "2026-11-03")) for n in names})
    run(task)
    backlog = pq.read_table(task.outputs["landing/searches"].folder).to_pylist()
    late = [r for r in backlog if str(r["ts"].date()) >= "2026-11-02"]
    assert late == table(settings, "landing/searches", "2026-11-03").to_pylist()


def test_the_portal_replaces_itself_but_no_file(
    night: Night, settings: Settings, publish: Callable[[str, str], None], tmp_path: Path
) -> None:
    night("2026-11-01", CORPUS)
    content = Lake(settings.root).partition("landing/documents", "2026-11-01").manifest()["content"]
    night("2026-11-01", CORPUS)
    assert Lake(settings.root).partition("landing/documents", "2026-11-01").manifest()["content"] == content
    (tmp_path / "mine.csv").write_text("question,answer\na,b\n")
    deliver(settings, "dialogues", tmp_path / "mine.csv", "2026-11-01", publish)
    with pytest.raises(BadInput, match=r"landing/dialogues/ds=2026-11-01 holds files \(mine.csv\).*--source files"):
        night("2026-11-01", CORPUS)
    assert table(settings, "landing/dialogues", "2026-11-01").num_rows == 1


def test_files_stay_as_they_landed(
    night: Night, settings: Settings, publish: Callable[[str, str], None], tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("question,answer\na,b\n")
    deliver(settings, "dialogues", tmp_path / "mine.csv", "2026-11-01", publish)
    task = night("2026-11-01", CORPUS, source="files")
    assert all(staging.empty for staging in task.outputs.values())
    assert table(settings, "landing/dialogues", "2026-11-01").num_rows == 1


def test_the_inbox_is_joined_to_what_landed(
    night: Night, settings: Settings, publish: Callable[[str, str], None], tmp_path: Path, landed: Callable[..., Any]
) -> None:
    (tmp_path / "mine.csv").write_text("question,answer\na,b\n")
    deliver(settings, "dialogues", tmp_path / "mine.csv", "2026-11-01", publish)
    inbox = Path(settings.root, "inbox", "dialogues", "ds=2026-11-01")
    inbox.mkdir(parents=True)
    (inbox / "new.csv").write_text("question,answer\nc,d\n,e\n")
    (inbox / ".hidden.csv").write_text("nothing")
    task = night("2026-11-01", CORPUS, source="files")
    assert [r["question"] for r in landed("dialogues")] == ["a", "c"]
    assert task.counts["landing/dialogues"] == {"rows_in": 3, "dropped": {"question is empty": 1}}
    assert night("2026-11-01", CORPUS, source="files").outputs["landing/dialogues"].empty, "nothing new"
    (inbox / "new.csv").write_text("question,answer\nc,D\n")
    night("2026-11-01", CORPUS, source="files", inbox=str(Path(settings.root, "inbox")))
    assert [r["answer"] for r in landed("dialogues")] == ["b", "D"]


def test_a_source_that_is_not_known(night: Night) -> None:
    with pytest.raises(BadInput, match=r"source = 'web'; choose 'sim'"):
        night("2026-11-01", CORPUS, source="web")
