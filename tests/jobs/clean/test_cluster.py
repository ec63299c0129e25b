"""The same bytes on one machine and on a standalone cluster of two workers, of which one dies in mid-job."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest

import pipeline
from command import java
from config.lake import Lake, Staging
from config.settings import PROJECT, Settings

DS = "2026-11-02"
OUTPUTS = ("clean/documents", "clean/dropped")
# On the cluster pairs are settled by Spark in rounds, on one machine by the driver.
SETTINGS = """
[spark]
master = "{master}"
driver_memory = "1g"
executor_memory = "600m"
shuffle_partitions = 3
[clean_corpus]
morphemes = false
driver_edges = 4
"""


def documents() -> pa.Table:
    """Texts of their own, of which some have an exact copy and some a near one."""
    chance = random.Random(4)
    words = ["".join(chr(0xAC00 + chance.randrange(11172)) for _ in range(3)) for _ in range(500)]
    texts = [" ".join(chance.choice(words) for _ in range(30)) + " 에 있습니다." for _ in range(160)]
    texts += texts[:20] + [f"{text} 끝." for text in texts[20:40]]
    return pa.table({"doc_id": [f"d{n:04d}" for n in range(200)], "body": texts, "source": ["web", "news"] * 100})


def landed(root: Path) -> Lake:
    lake = Lake(str(root))
    staging = Staging(lake.partition("landing/documents", DS))
    staging.write(documents())
    staging.seal({})
    lake.partition("landing/documents", DS).publish()
    return lake


def start(root: Path, master: str) -> subprocess.Popen[str]:
    """``naru stage clean_corpus`` on a lake of its own."""
    landed(root)
    own = root / "own.toml"
    own.write_text(SETTINGS.format(master=master), encoding="utf-8")
    env = {**os.environ, "NARU_ROOT": str(root), "NARU_CONFIG": str(own), "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, str(PROJECT / "naru.py"), "stage", "clean_corpus", "--ds", DS, "--source", "files"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True, cwd=root)


def contents(root: Path, process: subprocess.Popen[str]) -> list[str]:
    """The content hashes of both outputs, once the stage has ended well."""
    said, _ = process.communicate(timeout=400)
    assert process.returncode == 0, said[-4000:]
    lake = Lake(str(root))
    assert lake.partition("clean/documents", DS).manifest()["rows"] == 160
    assert not list(root.glob(".checkpoints/*"))
    return [lake.partition(name, DS).manifest()["content"] for name in OUTPUTS]


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


def kill(process: subprocess.Popen[Any]) -> None:
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
    found = 0
    for process in psutil.Process(member.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            found += "pyspark.daemon" in " ".join(process.cmdline())
    return found


@pytest.mark.slow
def test_a_cluster_writes_the_bytes_of_one_machine_though_a_worker_dies(spark, tmp_path):
    here = tmp_path / "here"
    landed(here)
    sections = {"spark": {"shuffle_partitions": 3}, "clean_corpus": {"morphemes": False}, "land": {"source": "files"}}
    pipeline.run_stage("clean_corpus", DS, Settings(str(here), "test", sections))
    expected = [Lake(str(here)).partition(name, DS).waiting.manifest()["content"] for name in OUTPUTS]
    with standalone(tmp_path, workers=2) as (master, members):
        process = start(tmp_path / "cluster", master)
        try:
            wait(lambda: process.poll() is not None or all(map(python_workers, members)), "tasks on both workers", 400)
            kill(members[0])
            assert contents(tmp_path / "cluster", process) == expected
        finally:
            kill(process)
    assert not any(map(psutil.pid_exists, (m.pid for m in members)))
