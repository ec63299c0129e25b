"""A lake of its own for every test, and a gate that lets everything pass."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from config.lake import Lake
from config.settings import Settings

DS = "2026-11-01"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "lake"), "default", {"portal": {"size": "tiny"}})


@pytest.fixture
def publish(settings: Settings) -> Callable[[str, str], None]:
    def gate(dataset: str, ds: str) -> None:
        Lake(settings.root).partition(dataset, ds).publish(gate={"success": True})

    return gate


@pytest.fixture
def landed(settings: Settings) -> Callable[..., list[dict[str, Any]]]:
    """The published rows of a dataset."""

    def rows(dataset: str, ds: str = DS) -> list[dict[str, Any]]:
        return Lake(settings.root).partition(f"landing/{dataset}", ds).table().to_pylist()

    return rows


@pytest.fixture
def rejected(settings: Settings) -> Callable[..., list[dict[str, Any]]]:
    """The quarantined rows of a dataset, ``row`` parsed where it is JSON."""

    def rows(dataset: str, ds: str = DS) -> list[dict[str, Any]]:
        folder = Path(settings.root, "quarantine", dataset, f"ds={ds}")
        found = [r for f in sorted(folder.glob("*.parquet")) for r in pq.read_table(f).to_pylist()]
        for row in found:
            with contextlib.suppress(json.JSONDecodeError):
                row["row"] = json.loads(row["row"])
        return found

    return rows
