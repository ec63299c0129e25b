"""A real PostgreSQL server of the machine, for one test: a throw-away cluster on a Unix socket."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SOUGHT = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/pgsql-*/bin", "/opt/homebrew/bin")


def program(name: str) -> str:
    """Debian keeps the server's programs out of the path."""
    homes = [str(p) for pattern in SOUGHT for p in sorted(Path("/").glob(pattern[1:]))]
    found = shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), *homes]))
    return found or pytest.skip(f"{name} of a PostgreSQL server is not installed")


@contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database; the server is gone afterwards."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    # pytest's own folders are closed to the account that the server asks for in place of root.
    folder = Path(tempfile.mkdtemp(prefix="naru-postgres-"))
    user = servant() if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def call(*command: str) -> None:
        done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        call(initdb, "-D", str(data), "-U", "naru", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        call(pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://naru@/postgres?host={folder}"
        finally:
            call(pg_ctl, "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def servant() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
