"""``naru up``: Airflow's UI, scheduler, DAG processor and triggerer on this machine only, started and stopped as one.

Each part runs in a session of its own, so that nothing is left behind when this process is stopped.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from rich.console import Console

from command import home
from config.settings import Settings

# The UI reads task logs from the files: the log servers, which would listen to the network, stay off.
PARTS = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "dag-processor": (),
    "triggerer": ("--skip-serve-logs",),
}
HOST = "127.0.0.1"
PATIENCE = 20.0
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(Exception):
    """A signal asked this process to end."""


def up(settings: Settings, port: int = 8080, console: Console | None = None) -> int:
    """Start all parts and wait for Ctrl-C or SIGTERM; returns the exit status (1 where a part died by itself)."""
    console = console or Console()
    folder = home.home(settings, "up")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port(port)
    env = os.environ | home.environment(settings, "up") | addresses(port) | keys(folder)
    subprocess.run([sys.executable, "-c", MIGRATE, settings.root], env=env, check=True, stdout=subprocess.DEVNULL)
    for number in STOPPING:
        signal.signal(number, stop)
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in PARTS:
            parts[name] = start(name, folder, env)
        with console.status("Airflow is starting …"):
            wait_healthy(port, parts)
        console.print(f"Airflow is up: [bold]http://{HOST}:{port}[/bold]   {login(folder)}")
        console.print(f"Lake: {settings.root}\nLogs: {folder}\nCtrl-C stops all of it.")
        while not (dead := [name for name, part in parts.items() if part.poll() is not None]):
            time.sleep(1)
        console.print(f"[red]{dead[0]} ended by itself[/red]; its log: {folder / dead[0]}.log")
        return 1
    except Stopped:
        return 0
    finally:
        for number in STOPPING:  # a second Ctrl-C does not cut this short
            signal.signal(number, signal.SIG_IGN)
        with console.status("Airflow is stopping, a running task too …"):
            stop_all(parts)
        console.print("Airflow is stopped.")


MIGRATE = """
import sys
from command import home
from config.settings import load
home.enter(load(sys.argv[1]), "up")
"""


def addresses(port: int) -> dict[str, str]:
    """Everything listens on this machine only, on the one port."""
    return {
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://{HOST}:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{port}/execution/",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
    }


def keys(folder: Path) -> dict[str, str]:
    """The secrets that all parts share, made once a home and readable by its owner alone.

    Left to itself each part that starts before the first airflow.cfg stands makes up its own, and the API then refuses
    every task of the scheduler.
    """
    file = folder / "keys.json"
    if not file.exists():
        made = {
            name: secrets.token_urlsafe(48) for name in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY")
        }
        aside = folder / f".keys-{os.getpid()}"
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(made), encoding="utf-8")
        aside.replace(file)
    return dict(json.loads(file.read_text(encoding="utf-8")))


def free_port(wanted: int) -> int:
    """``wanted``, or the next free one; 0 lets the system choose."""
    for port in (*range(wanted, wanted + 50), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {HOST}")


def start(name: str, folder: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """One part of Airflow, in its own session, its output in ``<part>.log``."""
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "airflow", name, *PARTS[name]]
        return subprocess.Popen(command, env=dict(env), stdout=log, stderr=log, start_new_session=True)


def wait_healthy(port: int, parts: Mapping[str, subprocess.Popen[bytes]], patience: float = 180.0) -> None:
    """Until the UI answers and scheduler and DAG processor have sent a heartbeat, or a part died."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if any(part.poll() is not None for part in parts.values()) or healthy(port):
            return
        time.sleep(0.5)


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/api/v2/monitor/health", timeout=2) as answer:
            state = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return all((state.get(part) or {}).get("status") == "healthy" for part in ("scheduler", "dag_processor"))


def login(folder: Path) -> str:
    """The user and password that Airflow made for this home."""
    file = folder / "simple_auth_manager_passwords.json.generated"
    if not file.exists():
        return ""
    return "   ".join(f"user {user}  password {password}" for user, password in json.loads(file.read_text()).items())


def stop(number: int, frame: object) -> None:
    raise Stopped


def stop_all(parts: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """End what is in the parts' sessions, a running task too: asked first, killed where it does not listen."""
    own = {part.pid for part in parts.values()}
    for process in members(own):
        end(process, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and members(own):
        time.sleep(0.2)
    for process in members(own):
        end(process, signal.SIGKILL)
    for part in parts.values():
        part.wait()


def members(sessions: Collection[int]) -> list[psutil.Process]:
    """The processes of some sessions. A task that Airflow runs has a process group of its own in the scheduler's."""
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
