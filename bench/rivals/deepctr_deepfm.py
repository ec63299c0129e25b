"""DeepFM as DeepCTR-Torch trains it, on one thread; in an environment of its own.

    python deepctr_deepfm.py ROWS.npz EPOCHS

ROWS.npz is what ``bench.training`` writes. Prints, as JSON, the CPU seconds of every epoch but the first, which warms
up, and the log loss of the rows that were not trained on.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import torch
from deepctr_torch.inputs import SparseFeat
from deepctr_torch.models import DeepFM


def main(file: Path, epochs: int) -> None:
    torch.set_num_threads(1)
    data = np.load(file, allow_pickle=False)
    held, dim, batch = int(data["held"]), int(data["dim"]), int(data["batch"])
    columns = [SparseFeat(str(i), int(size), embedding_dim=dim) for i, size in enumerate(data["sizes"])]
    model = DeepFM(columns, columns, dnn_hidden_units=tuple(map(int, data["hidden"])), l2_reg_linear=1e-5)
    model.compile(torch.optim.Adam(model.parameters(), 1e-3), "binary_crossentropy", metrics=[])
    clicks, seconds = data["clicks"], []

    def inputs(part: slice) -> dict[str, np.ndarray]:
        return {str(i): data["rows"][part, i] for i in range(len(columns))}

    for _ in range(epochs):
        train = inputs(slice(held, None))
        start = time.process_time()
        model.fit(train, clicks[held:], batch_size=batch, epochs=1, verbose=0)
        seconds.append(time.process_time() - start)
    chance = np.clip(model.predict(inputs(slice(0, held)), 4096)[:, 0], 1e-7, 1 - 1e-7)
    loss = -np.mean(np.where(clicks[:held] > 0, np.log(chance), np.log(1 - chance)))
    print(json.dumps({"seconds": seconds[1:], "logloss": float(loss)}), file=sys.__stdout__)


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        main(Path(sys.argv[1]), int(sys.argv[2]))
