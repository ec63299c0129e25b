"""TensorRT and TensorRT for RTX: one builder for both, since their Python APIs agree where we call them.

TensorRT 11 networks are strongly typed: the precision is that of the ONNX graph, no builder flag changes it.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

WIDER = 4  # the largest free axis that a profile allows, as a multiple of the sample's


class BuildError(RuntimeError):
    """TensorRT refused a network; the message holds the parser's or the builder's words."""


@dataclass(frozen=True)
class Builder:
    """An importable TensorRT module and the targets that it compiles for on this machine."""

    name: str
    module: Any
    targets: tuple[str, ...]
    suffix: str


def builders(rtx_targets: tuple[str, ...]) -> list[Builder]:
    """What can compile here: RTX wherever it is installed, TensorRT where it is installed and sees a GPU."""
    found = []
    if importlib.util.find_spec("tensorrt_rtx"):
        found.append(Builder("tensorrt-rtx", importlib.import_module("tensorrt_rtx"), rtx_targets, "rtx"))
    if importlib.util.find_spec("tensorrt") and gpu():
        found.append(Builder("tensorrt", importlib.import_module("tensorrt"), ("CURRENT",), "plan"))
    return found


def gpu() -> bool:
    """Whether TensorFlow sees a GPU."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def build(module: Any, onnx: bytes, sample: Mapping[str, np.ndarray], target: str) -> bytes:
    """ONNX -> serialised engine (steps 2 to 4 of the seven: parser, inputs and outputs, optimise and build).

    Free axes get an optimisation profile from 1 over the sample's size to four times that. Raises BuildError.
    """
    builder = module.Builder(module.Logger(module.Logger.ERROR))
    network = builder.create_network(0)
    parser = module.OnnxParser(network, module.Logger(module.Logger.ERROR))
    if not parser.parse(onnx):
        raise BuildError("; ".join(str(parser.get_error(i)) for i in range(parser.num_errors)))
    config = builder.create_builder_config()
    profile = builder.create_optimization_profile()
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        fixed, seen = tuple(tensor.shape), sample[tensor.name].shape
        low = tuple(1 if f < 0 else f for f in fixed)
        high = tuple(s * WIDER if f < 0 else f for f, s in zip(fixed, seen, strict=True))
        profile.set_shape(tensor.name, low, tuple(seen), high)
    config.add_optimization_profile(profile)
    if target != "CURRENT":
        config.num_compute_capabilities = 1
        config.set_compute_capability(getattr(module.ComputeCapability, target), 0)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise BuildError(f"no engine for {target}: the builder gave none (see its log above)")
    return bytes(engine)
