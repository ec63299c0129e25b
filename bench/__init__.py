"""``naru bench``: every area measured in one go, each figure beside its rival and its target; writes var/bench.json.

An area is a module with ``rows(data) -> Iterator[Row]``. Areas that need public data look below ``NARU_DATA`` (default:
``shared/data`` beside the project) and ``var/data``; what is absent is said and left out, never estimated.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.row import Absent, Row
from config.settings import PROJECT
from config.task import BadInput

AREAS = (
    *("pipeline", "corpus", "pii", "extract", "chatbot", "qa", "personalization", "impressions", "ads", "engines"),
    *("tune", "tune_products"),
)
OUT = PROJECT / "var" / "bench.json"


def run(areas: Sequence[str] = AREAS) -> list[dict[str, Any]]:
    """Measure some areas; figures of areas that were not asked for stay in the file as they were."""
    if unknown := sorted(set(areas) - set(AREAS)):
        raise BadInput(f"no area {', '.join(unknown)} to measure; there are {', '.join(AREAS)}")
    data = Path(os.environ.get("NARU_DATA", PROJECT.parent / "shared" / "data"))
    measured: list[Row] = []
    for area in AREAS:
        if area not in areas:
            continue
        print(f"bench: {area} (load {os.getloadavg()[0]:.1f})", file=sys.stderr)
        try:
            for row in importlib.import_module(f"bench.{area}").rows(data):
                print(f"  {row.name} = {row.value:.4g} {row.unit}", file=sys.stderr)
                measured.append(row)
        except Absent as absent:
            print(f"  left out: {absent}", file=sys.stderr)
    return save(measured, areas)


def save(measured: Sequence[Row], areas: Sequence[str]) -> list[dict[str, Any]]:
    """Replace the measured areas in var/bench.json, in one step."""
    kept = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else []
    kept = [r for r in kept if r["name"].split("/")[0] not in areas]
    rows = [*kept, *(asdict(r) for r in measured)]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    aside = OUT.with_suffix(".aside")
    aside.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    aside.replace(OUT)
    return rows
