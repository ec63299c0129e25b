"""How a product's networks and indexes are called: from a release (onnxruntime, Faiss) or from training (Keras, exact).

A product's ``serve.load(runtime)`` works on either, so that the code which is evaluated is the code which serves.

A model artifact (``models/<product>``) holds ``artifact.json``::

    {"product": "ctr",
     "networks": {"user": {"file": "user.keras", "sample": "user_sample.npz"}},
     "tables": {"ads": {"file": "ads.npy", "metric": "ip", "queries": "asked.npy"}},
     "carry": ["vocabulary.json"]}

``sample`` holds one array per input of the network (same first axis), real rows that parity and latency are measured
on; a ``table`` is a float32 matrix whose row number is the id that an index returns, its ``queries`` (optional) are
vectors as they will be asked, for the index to be measured with; ``carry`` are the files that go into the release as
they are. ``"layers": "models.ctr.networks"`` names the module that registers layers of the
product's own, where it has any. ``probes.json`` is a list of queries that ``answer`` takes.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]
BATCH = 1024  # rows of a network's call before it is compiled


class Server(Protocol):
    """What ``serve.load(runtime)`` returns."""

    def answer(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one query of the product; raises ValueError naming a field that is missing or wrong."""
        ...


class Network(Protocol):
    def __call__(self, **inputs: np.ndarray) -> Arrays: ...


class Index(Protocol):
    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(scores, row numbers), both (n, k), best first; row -1 where fewer than k rows exist."""
        ...


class Runtime(Protocol):
    @property
    def folder(self) -> Path: ...

    def network(self, name: str) -> Network: ...

    def index(self, table: str) -> Index: ...


class KerasRuntime:
    """A model artifact before it is compiled: Keras networks, exact search."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._networks: dict[str, Network] = {}

    @cached_property
    def artifact(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "artifact.json").read_text(encoding="utf-8")))

    def network(self, name: str) -> Network:
        if name not in self._networks:
            self._networks[name] = self._load(name)
        return self._networks[name]

    def model(self, name: str) -> Any:
        """The Keras model of a network, in whichever process: layers of the product's own are registered first."""
        import keras

        if layers := self.artifact.get("layers"):
            importlib.import_module(layers)
        return keras.saving.load_model(self.folder / self.artifact["networks"][name]["file"], compile=False)

    def _load(self, name: str) -> Network:
        import tensorflow as tf

        model = self.model(name)
        traced: dict[Any, Any] = {}

        def batch(inputs: Arrays) -> Any:
            """A batch of any size, traced once for each shape of its rows; ``predict`` takes tens of milliseconds
            before it begins."""
            shape = tuple((n, v.shape[1:], v.dtype.str) for n, v in sorted(inputs.items()))
            if shape not in traced:
                kinds = {n: tf.TensorSpec((None, *v.shape[1:]), v.dtype) for n, v in inputs.items()}
                whole = tf.function(lambda told: model(told, training=False), input_signature=[kinds])
                traced[shape] = whole.get_concrete_function()  # TensorFlow warns of many functions of one place
            return traced[shape](inputs)

        def run(**inputs: np.ndarray) -> Arrays:
            starts = range(0, max(1, len(next(iter(inputs.values())))), BATCH)
            parts = [batch({n: v[start : start + BATCH] for n, v in inputs.items()}) for start in starts]
            return {k: np.concatenate([part[k].numpy() for part in parts]) for k in parts[0]}

        return run

    def index(self, table: str) -> Index:
        import faiss

        entry = self.artifact["tables"][table]
        vectors = np.load(self.folder / entry["file"])
        flat = faiss.IndexFlatIP(vectors.shape[1]) if entry["metric"] == "ip" else faiss.IndexFlatL2(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return flat  # type: ignore[no-any-return]


class ReleaseRuntime:
    """A release folder: ONNX networks through onnxruntime, Faiss indexes as built."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.folder, self.threads = folder, threads
        self._networks: dict[str, Network] = {}
        self._indexes: dict[str, Index] = {}

    @cached_property
    def release(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "release.json").read_text(encoding="utf-8")))

    def network(self, name: str) -> Network:
        if name not in self._networks:
            self._networks[name] = onnx_network(self.folder / self.release["networks"][name], self.threads)
        return self._networks[name]

    def index(self, table: str) -> Index:
        if table not in self._indexes:
            import faiss

            self._indexes[table] = faiss.read_index(str(self.folder / self.release["indexes"][table]))
        return self._indexes[table]


@dataclass(frozen=True)
class Reindexed:
    """A release or an artifact with indexes of other tables."""

    runtime: Runtime
    indexes: Mapping[str, Index]

    @property
    def folder(self) -> Path:
        return self.runtime.folder

    def network(self, name: str) -> Network:
        return self.runtime.network(name)

    def index(self, table: str) -> Index:
        return self.indexes[table]


def onnx_network(path: Path, threads: int = 1) -> Network:
    """An ONNX file as a function from named arrays to named arrays."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=onnxruntime.get_available_providers())
    names = [o.name for o in session.get_outputs()]

    def run(**inputs: np.ndarray) -> Arrays:
        return dict(zip(names, session.run(names, inputs), strict=True))

    return run
