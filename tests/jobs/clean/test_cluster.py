"""The same bytes on one core, on two, and on a standalone cluster of two workers of which one dies in mid-job."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from command import java
from config.lake import Lake, Staging
from config.settings import PROJECT

DS = "2026-11-02"
SENTENCES = (
    "강가에 선 건물에는 해마다 많은 사람이 찾아온다.",
    "지난봄에는 작은 마을에서 공연이 열렸고 표가 하루 만에 팔렸다.",
    "문의는 010-1234-5678 로 해 주시면 됩니다.",
    "도서관은 월요일에 쉬고 다른 날에는 저녁 아홉 시까지 연다.",
    "새로 놓인 다리는 두 섬을 이어 주며 걸어서 건널 수 있다.",
    "그 가수는 영화에도 자주 나왔고 첫 역할은 말이 없는 학생이었다.",
)
SETTINGS = """
[spark]
master = "{master}"
driver_memory = "1g"
executor_memory = "600m"
shuffle_partitions = {partitions}
[clean_corpus]
morphemes = false
driver_edges = 30
"""


def documents() -> pa.Table:
    """Texts of three sentences, each with an exact copy or a near one here and there."""
    texts = []
    for n in range(240):
        body = " ".join(SENTENCES[(n * step + step) % 6] for step in (1, 2, 3)) + f" 번호는 {n // 4} 이다." * 3
        texts.append(body + " 끝." * (n % 2))
    ids = [f"d{n:04d}" for n in range(len(texts))]
    return pa.table({"doc_id": ids, "body": texts, "source": ["web", "news"] * (len(texts) // 2)})


def landed(root: Path) -> Lake:
    lake = Lake(str(root))
    staging = Staging(lake.partition("landing/documents", DS))
    staging.write(documents())
    staging.seal({})
    lake.partition("landing/documents", DS).publish()
    return lake


def start(root: Path, master: str, partitions: int = 3) -> subprocess.Popen[str]:
    """``naru stage clean_corpus`` on a lake of its own."""
    root.mkdir()
    landed(root)
    own = root / "own.toml"
    own.write_text(SETTINGS.format(master=master, partitions=partitions), encoding="utf-8")
    env = {**os.environ, "NARU_ROOT": str(root), "NARU_CONFIG": str(own), "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, str(PROJECT / "naru.py"), "stage", "clean_corpus", "--ds", DS, "--source", "files"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True, cwd=root)


def contents(root: Path, process: subprocess.Popen[str]) -> list[str]:
    """The content hashes of both outputs, once the stage has ended well."""
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 0, said[-4000:]
    lake = Lake(str(root))
    assert not list(root.glob(".checkpoints/*"))
    return [lake.partition(name, DS).manifest()["content"] for name in ("clean/documents", "clean/dropped")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def standalone(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Spark standalone cluster on 127.0.0.1: (master's URL, worker processes); all of it is gone afterwards."""
    import pyspark

    java.use_java()
    spark_class = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    port = free_port()
    url = f"spark://127.0.0.1:{port}"
    env = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder), "SPARK_DAEMON_MEMORY": "256m"}
    started: list[subprocess.Popen[bytes]] = []

    def launch(role: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = (folder / f"{role}{len(started)}.log").open("wb")
        command = [spark_class, f"org.apache.spark.deploy.{role.lower()}.{role}", "--host", "127.0.0.1", *arguments]
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True, cwd=folder)
        started.append(process)
        return process

    try:
        launch("Master", "--port", str(port), "--webui-port", str(free_port()))
        own = ("--cores", "1", "--memory", "700m", "--webui-port", "0")
        members = [launch("Worker", *own, "--work-dir", str(folder / f"work{n}"), url) for n in range(workers)]
        wait(lambda: (folder / "Master0.log").read_text().count("Registering worker") == workers, "workers to register")
        yield url, members
    finally:
        for process in started:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a process and of all that it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in (*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
    process.wait()


def wait(until, what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def python_workers(member: subprocess.Popen[bytes]) -> int:
    """How many Python processes work below a worker: tasks of ours are running there."""
    below = psutil.Process(member.pid).children(recursive=True)
    return sum("pyspark.daemon" in " ".join(p.cmdline()) for p in below if p.is_running())


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_cores_or_on_a_worker_that_dies(tmp_path):
    one = start(tmp_path / "one", "local[1]")
    on_one_core = contents(tmp_path / "one", one)
    with standalone(tmp_path, workers=2) as (master, members):
        process = start(tmp_path / "cluster", master)
        wait(lambda: process.poll() is not None or all(map(python_workers, members)), "tasks on both workers")
        kill(members[0])
        assert contents(tmp_path / "cluster", process) == on_one_core
    assert not any(map(psutil.pid_exists, (m.pid for m in members)))
