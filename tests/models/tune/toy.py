"""A tiny problem that other processes can import: regression by stochastic gradient descent in NumPy, a session of ours
without Keras. The argument is ``key=value`` pairs: ``delay`` seconds an epoch, ``epochs`` a trial, ``log`` a file that
every epoch adds a line to (process, learning rate, momentum, epoch)."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.tune.session import Problem
from models.tune.space import Parameter

SPACE = (
    Parameter("rate", 0.02, low=1e-4, high=1.0, scale="log", live=True),
    Parameter("momentum", 0.5, low=0.0, high=0.99, live=True),
    Parameter("width", 8, low=2, high=16, whole=True),
)
DATA = np.random.default_rng(0)
X = DATA.normal(size=(96, 16)).astype(np.float32)
Y = (X @ DATA.normal(size=16) + 0.1 * DATA.normal(size=96)).astype(np.float32)


class Toy:
    def __init__(self, values: Mapping[str, Any], seed: int, delay: float = 0.0, log: str = "") -> None:
        self.values, self.delay, self.log = values, delay, log
        self.epoch = 0
        self.rng = np.random.default_rng(seed)
        self.weights = self.rng.normal(size=int(values["width"])).astype(np.float32)
        self.speed = np.zeros_like(self.weights)

    def advance(self) -> dict[str, float]:
        time.sleep(self.delay)
        width = len(self.weights)
        for row in np.array_split(self.rng.permutation(64), 8):
            error = X[row, :width] @ self.weights - Y[row]
            gradient = X[row, :width].T @ error / len(row)
            self.speed = np.clip(self.values["momentum"] * self.speed - self.values["rate"] * gradient, -9, 9)
            self.weights = np.clip(self.weights + self.speed, -9, 9)
        self.epoch += 1
        if self.log:
            with Path(self.log).open("a") as file:
                file.write(f"{os.getpid()} {self.values['rate']!r} {self.values['momentum']!r} {self.epoch}\n")
        held_out = X[64:, :width] @ self.weights - Y[64:]
        return {"score": -float(np.mean(held_out**2)), "size": float(np.abs(self.weights).sum())}

    def save(self, folder: Path) -> None:
        np.savez(folder / "toy.npz", weights=self.weights, speed=self.speed)
        (folder / "toy.json").write_text(json.dumps({"epoch": self.epoch, "rng": self.rng.bit_generator.state}))

    def load(self, folder: Path) -> None:
        with np.load(folder / "toy.npz") as kept:
            self.weights, self.speed = kept["weights"], kept["speed"]
        state = json.loads((folder / "toy.json").read_text())
        self.epoch, self.rng.bit_generator.state = state["epoch"], state["rng"]


def problem(argument: str = "") -> Problem:
    given = dict(pair.split("=") for pair in argument.split() if pair)
    delay, log = float(given.get("delay", 0)), given.get("log", "")
    return Problem("toy", SPACE, lambda values, seed: Toy(values, seed, delay, log), int(given.get("epochs", 9)))
