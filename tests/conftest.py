"""What several tests share: one Spark session for the whole run, and no trace of the user's own settings."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from command import java
from config.settings import Settings

# A worker of pytest-xdist has a main module without a name, which Spark takes for its own doctests and refuses; it is
# told what `python -m pytest` says, so that processes that tests spawn leave it alone as well.
if sys.modules["__main__"].__spec__ is None and not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__spec__ = importlib.util.find_spec("pytest.__main__")


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test sees neither the lake nor the settings of whoever runs it."""
    for name in ("NARU_ROOT", "NARU_ENV", "NARU_CONFIG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One Spark session of the project's own making, on two cores."""
    from jobs.session import session

    java.use_java()
    settings = Settings("memory://", "tiny", {"spark": {"master": "local[2]", "driver_memory": "1g"}})
    started = session(settings)
    yield started
    started.stop()
