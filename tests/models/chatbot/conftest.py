"""A small Korean chatbot, trained once for the tests of this folder."""

import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import Task

DS = "2026-11-01"
SMALL = {"dim": 16, "epochs": 3, "steps": 6, "meaning": 8, "batch": 32, "buckets": 512, "towers": 1}
THINGS = (
    "배송",
    "환불",
    "교환",
    "쿠폰",
    "포인트",
    "회원 가입",
    "비밀번호",
    "주소",
    "영수증",
    "예약",
    "결제",
    "상담",
    "선물 포장",
    "매장",
    "적립금",
)
FORMS = ("{} 어떻게 하나요?", "{} 방법 좀 알려주세요", "{} 하고 싶은데요", "{} 문의드립니다", "{}에 대해 궁금해요")


class Given:
    """Stands for a published partition: a table, or a folder of files."""

    def __init__(self, table: pa.Table | None = None, folder: Path | None = None) -> None:
        self.rows, self.folder = table, folder

    def table(self, columns: list[str] | None = None) -> pa.Table:
        return self.rows

    def local_folder(self) -> Path:
        return self.folder


def dialogues(rows: list[tuple[str, str, str | None]]) -> pa.Table:
    names = ("question", "answer", "scenario_id")
    return pa.table({n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)})


def faq() -> pa.Table:
    return dialogues(
        [(form.format(t), f"{t} 안내입니다.", f"s-{i:02}") for i, t in enumerate(THINGS) for form in FORMS]
    )


def night(root: Path, table: pa.Table, **settings: object) -> SimpleNamespace:
    """Run train and evaluate on ``table``."""
    from models.chatbot import evaluate, train

    lake = Lake(str(root))
    chosen = Settings(str(root), "test", {"chatbot": SMALL | settings})

    def stage(run, reads, given, writes):
        out = Staging(lake.partition(writes, DS))
        task = Task(run.__module__, DS, chosen, lake, {reads: [given]}, {writes: out}, "chatbot")
        run(task)
        return task, out.folder

    trained, model = stage(train.run, "landing/dialogues", Given(table), "models/chatbot")
    scored, metrics = stage(evaluate.run, "models/chatbot", Given(folder=model), "metrics/chatbot")
    flat = json.loads((metrics / "metrics.json").read_text(encoding="utf-8"))
    facts = scored.outputs["metrics/chatbot"].facts
    return SimpleNamespace(trained=trained, scored=scored, model=model, metrics=metrics, flat=flat, facts=facts)


@pytest.fixture(scope="session")
def korean(tmp_path_factory):
    return night(tmp_path_factory.mktemp("korean"), faq())


@pytest.fixture(scope="session")
def run_night():
    return night


@pytest.fixture(scope="session")
def table_of():
    return dialogues


@pytest.fixture(scope="session")
def faq_table():
    return faq()
