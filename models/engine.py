"""Engines: every trained network as ONNX, run by onnxruntime, and compiled by TensorRT where one is installed.

The seven steps of the talk (convert, parser, inputs and outputs, optimise and build, save, read back, infer) are
``export`` (1) and ``models.tensorrt.build`` (2-5); reading back and inferring happens in ``models.runtime``. ONNX
through onnxruntime is always there; a TensorRT-RTX engine is built ahead of time for the GPU generations of the
setting when the ``rtx`` extra is installed (no GPU is needed to build one); TensorRT itself builds for the GPU at
hand. What was not compiled is said to be not compiled: no file stands in for it.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from config.task import BadInput, Task
from models import tensorrt
from models.runtime import Arrays, KerasRuntime, Network, onnx_network


@dataclass(frozen=True)
class EngineConfig:
    """``parity`` is the largest absolute difference to Keras that the gate lets pass; ``targets`` are the compute
    capabilities that TensorRT-RTX compiles for; ``opset`` is ONNX's (17 or 18)."""

    opset: int = 18
    parity: float = 1e-4
    targets: tuple[str, ...] = ("SM86", "SM89")
    latency_calls: int = 50


@dataclass(frozen=True)
class Engine:
    """One engine file and what was measured on it (``executed`` is False until a device has run it)."""

    network: str
    backend: str
    version: str
    target: str
    precision: str
    file: str
    bytes: int
    sha256: str
    executed: bool
    parity: float | None = None
    latency_ms: float | None = None


def run(task: Task) -> None:
    """Stage ``<product>_engine``: models/<product> -> engines/<product>."""
    config = task.settings.section("engine", EngineConfig)
    name = f"engines/{task.product}"
    runtime = KerasRuntime(task.input(f"models/{task.product}").local_folder())
    folder = task.output(name).folder
    engines: list[Engine] = []
    for network in task.track(sorted(runtime.artifact["networks"]), "networks"):
        sample = load_sample(runtime, network)
        path = folder / f"{network}.onnx"
        export(runtime, network, sample, path, config.opset)
        engines.append(measure(network, path, runtime.network(network), sample, config))
        engines.extend(compile_engines(network, path, sample, config))
    backends = {e.backend for e in engines}
    missing = [b for b in ("tensorrt", "tensorrt-rtx") if b not in backends]
    task.output(name).write_json("engines.json", {"engines": [asdict(e) for e in engines], "not_compiled": missing})
    for engine in engines:
        task.fact(name, **asdict(engine), allowed=config.parity)
    task.note(name, engines=[asdict(e) for e in engines], not_compiled=missing)
    task.log("%d engines; not compiled (module or device absent): %s", len(engines), ", ".join(missing) or "none")


def load_sample(runtime: KerasRuntime, network: str) -> Arrays:
    """The rows that parity and latency are measured on; raises BadInput where training left none."""
    path = runtime.folder / runtime.artifact["networks"][network]["sample"]
    with np.load(path, allow_pickle=False) as arrays:
        sample = {k: arrays[k] for k in arrays.files}
    if not sample or min(len(v) for v in sample.values()) == 0:
        raise BadInput(f"{path.name}: network {network!r} came without sample rows; train the product again")
    return sample


def export(runtime: KerasRuntime, network: str, sample: Arrays, path: Path, opset: int) -> None:
    """Step 1: Keras -> ONNX with dynamic axes and names that do not depend on what was exported before."""
    import keras
    import onnx

    model = runtime.model(network)
    shapes = {i.name: tuple(i.shape) for i in model.inputs}
    unknown = sorted(set(sample) ^ set(shapes))
    if unknown:
        raise BadInput(f"network {network!r}: sample and inputs differ in {', '.join(unknown)}")
    signature = [{n: keras.InputSpec(shape=s, dtype=str(sample[n].dtype), name=n) for n, s in shapes.items()}]
    model({n: v[:1] for n, v in sample.items()})
    model.export(path, format="onnx", verbose=False, input_signature=signature, opset_version=opset)
    proto = canonical(onnx.load(path))
    onnx.checker.check_model(proto, full_check=False)
    path.write_bytes(proto.SerializeToString(deterministic=True))


def canonical(proto: Any) -> Any:
    """Order nodes as the outputs need them and rename nodes, inner values and free axes by that order, so that equal
    networks have equal bytes, however the exporter came by them."""
    fixed = {v.name for v in (*proto.graph.input, *proto.graph.output)}
    names: dict[str, str] = {}

    def rename(name: str) -> str:
        if not name or name in fixed:
            return name
        return names.setdefault(name, f"v{len(names)}")

    def walk(graph: Any, prefix: str) -> None:
        graph.name = prefix
        graph.doc_string = ""
        for index, node in enumerate(graph.node):
            node.name = f"{prefix}.{index}"
            node.doc_string = ""
            node.input[:] = [rename(n) for n in node.input]
            node.output[:] = [rename(n) for n in node.output]
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    walk(attribute.g, f"{node.name}.{attribute.name}")
        # Constants come sorted by the exporter's own counters; they are put in the order of their use.
        for value in (*graph.initializer, *graph.input, *graph.output, *graph.value_info):
            value.name = rename(value.name)
        refill(graph.initializer, sorted(graph.initializer, key=lambda c: (len(c.name), c.name)))

    by_need(proto.graph)
    walk(proto.graph, "network")
    del proto.graph.value_info[:]
    for value in (*proto.graph.input, *proto.graph.output):
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if not dim.HasField("dim_value"):
                dim.dim_param = "batch" if axis == 0 else f"{value.name}_{axis}"
    return proto


def by_need(graph: Any) -> None:
    """Put the nodes of a graph, and of the graphs within it, in the order in which its outputs need them.

    From output to output, a node comes after what it reads, in the order of its inputs: an order that depends on the
    network alone, not on names nor on the order so far. What no output needs is left out.
    """
    for node in graph.node:
        refill(node.attribute, sorted(node.attribute, key=lambda a: a.name))
        for attribute in node.attribute:
            if attribute.HasField("g"):
                by_need(attribute.g)
    makers = {name: place for place, node in enumerate(graph.node) for name in node.output if name}
    order: dict[int, None] = {}
    waiting = [makers[v.name] for v in reversed(graph.output) if v.name in makers]
    while waiting:
        needed = (makers[name] for name in reads(graph.node[waiting[-1]]) if name in makers)
        missing = next((place for place in needed if place not in order), None)
        if missing is None:
            order.setdefault(waiting.pop())
        else:
            waiting.append(missing)
    refill(graph.node, [graph.node[place] for place in order])
    used = {name for node in graph.node for name in reads(node)} | {v.name for v in graph.output}
    refill(graph.initializer, [c for c in graph.initializer if c.name in used])


def reads(node: Any) -> list[str]:
    """The names that a node reads, those that the graphs within it read among them, in order."""
    names = list(node.input)
    for attribute in node.attribute:
        if attribute.HasField("g"):
            names += [name for inner in attribute.g.node for name in reads(inner)]
            names += [v.name for v in attribute.g.output]
    return names


def refill(field: Any, values: list[Any]) -> None:
    """Replace what a repeated field of a message holds."""
    del field[:]
    field.extend(values)


def measure(network: str, path: Path, reference: Network, sample: Arrays, config: EngineConfig) -> Engine:
    """Parity with Keras on the sample, and the median latency of one row on one thread, in milliseconds."""
    import onnxruntime

    engine = onnx_network(path)
    want, got = reference(**sample), engine(**sample)
    parity = max(float(np.abs(want[k].astype(np.float64) - got[k]).max(initial=0.0)) for k in want)
    one = {k: v[:1] for k, v in sample.items()}
    times = []
    for _ in range(config.latency_calls):
        start = time.perf_counter()
        engine(**one)
        times.append((time.perf_counter() - start) * 1e3)
    return Engine(
        network,
        "onnxruntime",
        onnxruntime.__version__,
        "cpu",
        "float32",
        path.name,
        path.stat().st_size,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        executed=True,
        parity=parity,
        latency_ms=round(float(np.median(times)), 4),
    )


def compile_engines(network: str, path: Path, sample: Arrays, config: EngineConfig) -> list[Engine]:
    """TensorRT engines of one network, for every builder that is installed and usable here."""
    made = []
    for builder in tensorrt.builders(config.targets):
        for target in builder.targets:
            data = tensorrt.build(builder.module, path.read_bytes(), sample, target)
            file = path.with_name(f"{network}.{target.lower()}.{builder.suffix}")
            file.write_bytes(data)
            digest = hashlib.sha256(data).hexdigest()
            version = builder.module.__version__
            made.append(
                Engine(network, builder.name, version, target, "float32", file.name, len(data), digest, executed=False)
            )
    return made


def triton_config(network: str, proto_path: Path) -> str:
    """The ``config.pbtxt`` of a Triton model repository for an ONNX network (batch axis free)."""
    import onnx

    kinds = {1: "TYPE_FP32", 6: "TYPE_INT32", 7: "TYPE_INT64", 9: "TYPE_BOOL", 10: "TYPE_FP16", 11: "TYPE_FP64"}
    graph = onnx.load(proto_path).graph

    def tensor(value: Any) -> str:
        shape = value.type.tensor_type
        dims = ", ".join(str(d.dim_value) if d.HasField("dim_value") else "-1" for d in shape.shape.dim)
        return f"  {{ name: {json.dumps(value.name)} data_type: {kinds[shape.elem_type]} dims: [ {dims} ] }}"

    inputs = ",\n".join(tensor(v) for v in graph.input)
    outputs = ",\n".join(tensor(v) for v in graph.output)
    head = f'name: {json.dumps(network)}\nplatform: "onnxruntime_onnx"\nmax_batch_size: 0'
    return f"{head}\ninput [\n{inputs}\n]\noutput [\n{outputs}\n]\n"
