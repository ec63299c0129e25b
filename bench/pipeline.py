"""The main job: how long a night takes on the default world, how much memory, and what an unchanged rerun costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.lakes import naru, scratch
from bench.row import Row, figure

DS = "2026-11-01"


def rows(_data: Path) -> Iterator[Row]:
    with scratch() as lake:
        first = naru(lake, "run", "--ds", DS)
        yield figure("pipeline/run", first.seconds, "s", at_most=360)
        yield figure("pipeline/run_peak_memory", first.peak_gib, "GiB", at_most=8)
        again = naru(lake, "run", "--ds", DS)
        yield figure("pipeline/unchanged_rerun", again.seconds, "s", at_most=60, rival=("the first run", first.seconds))
