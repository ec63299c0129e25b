"""A small world of places and people: documents, questions about them, and a server trained on them once."""

from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from config.lake import Lake, Staging
from config.settings import Settings
from config.task import Task
from models.qa.retrieve import morpheme_strings

DS = "2026-11-01"
SMALL = {
    "epochs": 2,
    "min_steps": 8,
    "width": 16,
    "lsa_dim": 8,
    "vector_dim": 8,
    "window_tokens": 48,
    "question_tokens": 12,
    "batch": 16,
}
PLACES = ("가람시", "나루시", "다온시", "라온시", "마루시", "바다시", "사랑시", "아람시", "자작시", "차돌시")
YEARS = (1901, 1912, 1923, 1934, 1945, 1956, 1967, 1978, 1989, 1990)
FOODS = ("냉면", "국밥", "비빔밥", "만두", "칼국수", "전골", "육회", "떡국", "순대", "김밥")


class Given:
    """Stands for a published partition: a table, or a folder of files."""

    def __init__(self, table: pa.Table | None = None, folder: Path | None = None) -> None:
        self.rows, self.folder = table, folder

    def table(self, columns: list[str] | None = None) -> pa.Table:
        return self.rows.select(columns) if columns else self.rows

    def local_folder(self) -> Path:
        return self.folder


def text_of(number: int) -> str:
    return (
        f"{PLACES[number]}는 강가에 자리한 도시이다. {PLACES[number]}는 {YEARS[number]}년에 세워졌다. "
        f"{PLACES[number]} 주민들이 가장 좋아하는 음식은 {FOODS[number]}이다."
    )


def documents(texts: dict[str, str]) -> pa.Table:
    bodies = list(texts.values())
    return pa.table(
        {
            "doc_id": pa.array(list(texts), pa.string()),
            "title": pa.array([f"제목 {k}" for k in texts], pa.string()),
            "text": pa.array(bodies, pa.string()),
            "morphemes": pa.array(morpheme_strings(bodies), pa.list_(pa.string())),
        }
    )


def question(id_: str, asked: str, context: str, title: str, *answers: str) -> dict:
    starts = [context.index(a) for a in answers]
    return {
        "question_id": id_,
        "question": asked,
        "context": context,
        "title": title,
        "answers": list(answers),
        "answer_starts": starts,
    }


def landed(rows: list[dict]) -> pa.Table:
    schema = pa.schema(
        [(n, pa.string()) for n in ("question_id", "question", "context", "title")]
        + [("answers", pa.list_(pa.string())), ("answer_starts", pa.list_(pa.int64()))]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def town_questions() -> list[dict]:
    rows = []
    for n, place in enumerate(PLACES):
        text = text_of(n)
        rows.append(question(f"{n}-a", f"{place}는 언제 세워졌는가?", text, place, f"{YEARS[n]}년"))
        rows.append(question(f"{n}-b", f"{place} 주민들이 좋아하는 음식은 무엇인가?", text, place, FOODS[n]))
        rows.append(question(f"{n}-c", f"{place}의 시장은 누구인가?", text, place))
    return rows


def train(root: Path, docs: pa.Table, rows: pa.Table, **settings: object) -> Task:
    """Run the stage on given tables; its output stays staged in ``root``."""
    from models.qa import train as stage

    lake = Lake(str(root))
    merged = Settings(str(root), "test", {"qa": {**SMALL, **settings}})
    inputs = {"clean/documents": [Given(docs)], "landing/questions": [Given(rows)]}
    task = Task("qa_train", DS, merged, lake, inputs, {"models/qa": Staging(lake.partition("models/qa", DS))}, "qa")
    stage.run(task)
    return task


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The trained artifact of the small world, its server and its task."""
    from models.qa import serve
    from models.runtime import KerasRuntime

    root = tmp_path_factory.mktemp("qa")
    docs = documents({f"doc-{n}": text_of(n) for n in range(len(PLACES))})
    task = train(root, docs, landed(town_questions()))
    folder = task.output("models/qa").folder
    return SimpleNamespace(task=task, folder=folder, server=serve.load(KerasRuntime(folder)))


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """What builds the small world, for tests that build another."""
    return SimpleNamespace(
        ds=DS,
        settings=SMALL,
        places=PLACES,
        given=Given,
        text_of=text_of,
        documents=documents,
        question=question,
        landed=landed,
        town_questions=town_questions,
        train=train,
    )
