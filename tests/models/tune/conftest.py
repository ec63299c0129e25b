"""The toy problem, for tests and for the processes that they start."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.tune.cost import Budget
from models.tune.plan import Plan

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def plan() -> Callable[..., Plan]:
    """A plan that reports and saves after every epoch, so that faults at any epoch are seen."""

    def make(trials: int = 0, epochs: int = 0, **changed: Any) -> Plan:
        fixed: dict[str, Any] = {"report_s": 0.0, "save_s": 0.0, "poll_s": 0.02, **changed}
        return Plan(budget=Budget(trials, epochs), **fixed)

    return make
