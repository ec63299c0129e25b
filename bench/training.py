"""How fast click prediction trains: one DeepFM, the same rows, batches and thread, by naru and by DeepCTR-Torch.

Seconds are those of the processor: with one thread they are the clock's where nothing else runs."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from bench import rivals
from bench.row import Row, figure

# Ten columns with as many values as the public context-aware log has.
SIZES = (957, 4082, 7, 7, 2, 3, 2, 9, 80, 233)
ROWS, HELD, BATCH, DIM, HIDDEN = 110_000, 10_000, 512, 16, (64, 32)
EPOCHS, TIMES = 4, 3


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="naru-bench-") as folder:
        file = Path(folder, "rows.npz")
        np.savez(file, allow_pickle=False, **log())
        own, other = [], []
        for _ in range(TIMES):
            own.append(rivals.run("own_deepfm.py", file, str(EPOCHS)))
            other.append(rivals.run("deepctr_deepfm.py", file, str(EPOCHS), apart="rivals_torch"))
    for name, found in (("naru", own), ("DeepCTR-Torch", other)):
        told = ", ".join(f"{s:.2f}" for run in found for s in run["seconds"])
        loss = found[0]["logloss"]
        print(f"  {name}: {told} CPU s an epoch, log loss {loss:.4f} (load {os.getloadavg()[0]:.1f})", file=sys.stderr)
    ours, theirs = ((ROWS - HELD) / median(s for run in found for s in run["seconds"]) for found in (own, other))
    yield figure("ads/deepfm_training", ours, "1/s", at_least=2 * theirs, rival=("DeepCTR-Torch", theirs))


def log(seed: int = 3) -> dict[str, np.ndarray]:
    """Rows whose columns each push the click, few values being frequent, and what the network is to be."""
    rng = np.random.default_rng(seed)
    values = [np.minimum((rng.pareto(1.0, ROWS) * size / 20).astype(np.int64), size - 1) for size in SIZES]
    push = sum(rng.normal(0, 0.7, size)[value] for size, value in zip(SIZES, values, strict=True))
    clicks = (rng.random(ROWS) < 1 / (1 + np.exp(0.7 - push))).astype(np.float32)
    whole = {"rows": np.stack(values, axis=1).astype(np.int32), "clicks": clicks, "sizes": np.array(SIZES)}
    told = {"held": HELD, "batch": BATCH, "dim": DIM, "hidden": HIDDEN}
    return {**whole, **{name: np.array(value) for name, value in told.items()}}
