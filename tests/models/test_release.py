"""From trained networks to service: parity, recall, release, a fresh process, one atomic step, and back."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.lake import Lake, LakeError, Partition, Staging
from config.settings import Settings
from config.task import BadInput, Task
from models import engine, index, probe, release
from models.runtime import KerasRuntime, ReleaseRuntime, onnx_network

DS = "2026-11-01"


def network() -> Any:
    import keras

    keras.utils.set_random_seed(3)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    size = keras.Input((1,), dtype="float32", name="size")
    pooled = keras.ops.mean(keras.layers.Embedding(20, 6)(tokens), axis=1)
    joined = keras.layers.Concatenate()([pooled, size])
    outputs = {"vector": keras.layers.Dense(4)(joined), "score": keras.layers.Dense(1, activation="sigmoid")(joined)}
    return keras.Model({"tokens": tokens, "size": size}, outputs)


def trained(lake: Lake, ds: str = DS) -> Partition:
    """A published model artifact of the smallest kind."""
    staging = Staging(lake.partition("models/ctr", ds))
    rng = np.random.default_rng(0)
    network().save(staging.folder / "ad.keras")
    sample = {"tokens": rng.integers(0, 20, (6, 5)).astype(np.int32), "size": rng.random((6, 1)).astype(np.float32)}
    np.savez(staging.folder / "ad_sample.npz", **sample)
    np.save(staging.folder / "ads.npy", rng.standard_normal((50, 4)).astype(np.float32))
    artifact = {
        "product": "ctr",
        "networks": {"ad": {"file": "ad.keras", "sample": "ad_sample.npz"}},
        "tables": {"ads": {"file": "ads.npy", "metric": "ip"}},
        "carry": ["vocabulary.json"],
    }
    staging.write_json("artifact.json", artifact)
    staging.write_json("vocabulary.json", {"a": 1})
    staging.write_json("probes.json", [{"user": "u"}])
    return publish(staging)


def publish(staging: Staging, inputs: list[Partition] | None = None) -> Partition:
    read = [{"dataset": p.dataset.id, "ds": p.ds, "content": p.manifest()["content"]} for p in inputs or []]
    staging.seal({"inputs": read, "fingerprint": "f", "stage": "s"})
    staging.partition.publish(gate={"success": True})
    return staging.partition


def run(function: Any, lake: Lake, layer: str, reads: list[str], ds: str = DS) -> Partition:
    """One generic stage, without the runner."""
    inputs = {f"{r}/ctr": [lake.partition(f"{r}/ctr", ds)] for r in reads}
    outputs = {f"{layer}/ctr": Staging(lake.partition(f"{layer}/ctr", ds))} if layer else {}
    task = Task(layer, ds, Settings(lake.root, "test", {}), lake, inputs, outputs, product="ctr")
    function(task)
    for staging in outputs.values():
        return publish(staging, [p for group in inputs.values() for p in group])
    return lake.partition("releases/ctr", ds)


def released(lake: Lake, ds: str = DS) -> Partition:
    trained(lake, ds)
    run(engine.run, lake, "engines", ["models"], ds)
    run(index.run, lake, "indexes", ["models"], ds)
    metrics = Staging(lake.partition("metrics/ctr", ds))
    metrics.write_json("metrics.json", {"auc": 0.7})
    publish(metrics, [lake.partition("models/ctr", ds)])
    return run(release.run, lake, "releases", ["models", "metrics", "engines", "indexes"], ds)


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    found = Lake(str(tmp_path_factory.mktemp("lake")))
    released(found)
    return found


def test_the_engine_answers_as_keras_does(lake: Lake) -> None:
    facts = lake.partition("engines/ctr", DS).manifest()["facts"]
    assert facts[0]["backend"] == "onnxruntime"
    assert facts[0]["executed"] is True
    assert 0 <= facts[0]["parity"] <= 1e-4
    folder = lake.partition("releases/ctr", DS).local_folder()
    other = {"tokens": np.arange(9, dtype=np.int32).reshape(3, 3), "size": np.ones((3, 1), np.float32)}
    want = KerasRuntime(lake.partition("models/ctr", DS).local_folder()).network("ad")(**other)
    got = ReleaseRuntime(folder).network("ad")(**other)
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, atol=1e-5)


def test_equal_networks_have_equal_onnx_bytes(lake: Lake, tmp_path: Path) -> None:
    runtime = KerasRuntime(lake.partition("models/ctr", DS).local_folder())
    sample = engine.load_sample(runtime, "ad")
    for count in range(12):  # the exporter's own counters pass from one number of digits to the next
        engine.export(runtime, "ad", sample, tmp_path / f"{count}.onnx", opset=18)
    assert len({path.read_bytes() for path in tmp_path.glob("*.onnx")}) == 1
    assert set(onnx_network(tmp_path / "0.onnx")(**sample)) == {"vector", "score"}


def drawn(rng: np.random.Generator, plus: str = "Add") -> Any:
    """One graph as an exporter may write it: names and the order of nodes and constants are drawn, a node in a branch
    reads from outside, and some of it no output needs."""
    from onnx import TensorProto, helper, numpy_helper

    names = {n: f"n{rng.integers(1 << 40)}" for n in ("left", "right", "sum", "high", "then", "else", "same", "lost")}
    one, two, unused = (f"c{rng.integers(1 << 40)}" for _ in range(3))

    def node(kind: str, reads: list[str], makes: str, **more: Any) -> Any:
        told = [names.get(n, n) for n in reads]
        made = helper.make_node(kind, told, [names.get(makes, makes)], name=str(rng.integers(1 << 40)), **more)
        attributes = [made.attribute[i] for i in rng.permutation(len(made.attribute))]
        del made.attribute[:]
        made.attribute.extend(attributes)
        return made

    def branch(kind: str, makes: str) -> Any:
        nodes = [node(kind, ["left", one], "same"), node("Identity", ["same"], makes)]
        out = helper.make_tensor_value_info(names[makes], TensorProto.FLOAT, None)
        return helper.make_graph(nodes, str(rng.integers(99)), [], [out])

    nodes = [
        node("Mul", ["x", one], "left"),
        node("Mul", ["x", two], "right"),
        node(plus, ["left", "right"], "sum"),
        node("Greater", ["first", two], "high"),
        node("If", ["high"], "y", then_branch=branch("Add", "then"), else_branch=branch("Sub", "else")),
        node("Gemm", ["sum", "sum"], "z", alpha=2.0, transB=1),
        node("Neg", ["sum"], "lost"),
    ]
    values = {one: [1.0], two: [2.0], unused: [3.0]}
    constants = [numpy_helper.from_array(np.array(v, np.float32), n) for n, v in values.items()]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])]
    inputs += [helper.make_tensor_value_info("first", TensorProto.FLOAT, [1])]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [None, None]) for n in ("y", "z")]
    placed: list[Any] = []
    while nodes:  # any order in which a node comes after what it reads
        able = [n for n in nodes if set(engine.reads(n)) & {m.output[0] for m in nodes} == set()]
        placed.append(able[rng.integers(len(able))])
        nodes.remove(placed[-1])
    shuffled = [constants[i] for i in rng.permutation(3)]
    graph = helper.make_graph(placed, "g", inputs, outputs, shuffled)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def test_a_network_has_one_order_whatever_the_exporter_gave(tmp_path: Path) -> None:
    import onnx

    given = [drawn(np.random.default_rng(seed)) for seed in range(20)]
    assert len({tuple(n.op_type for n in proto.graph.node) for proto in given}) > 3
    asked = {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "first": np.ones(1, np.float32)}
    (tmp_path / "given.onnx").write_bytes(given[0].SerializeToString())
    want = onnx_network(tmp_path / "given.onnx")(**asked)
    told = [engine.canonical(proto) for proto in given]
    onnx.checker.check_model(told[0])
    assert len({proto.SerializeToString(deterministic=True) for proto in told}) == 1
    assert "Neg" not in {n.op_type for n in told[0].graph.node} and len(told[0].graph.initializer) == 2
    other = engine.canonical(drawn(np.random.default_rng(0), plus="Sub"))
    assert other.SerializeToString(deterministic=True) != told[0].SerializeToString(deterministic=True)
    (tmp_path / "told.onnx").write_bytes(told[0].SerializeToString())
    got = onnx_network(tmp_path / "told.onnx")(**asked)
    for name in ("y", "z"):
        np.testing.assert_array_equal(got[name], want[name])


def test_a_wrong_engine_is_measured_as_wrong(lake: Lake, tmp_path: Path) -> None:
    runtime = KerasRuntime(lake.partition("models/ctr", DS).local_folder())
    sample = engine.load_sample(runtime, "ad")
    engine.export(runtime, "ad", sample, tmp_path / "ad.onnx", opset=18)

    def shifted(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        return {k: v + 0.5 for k, v in runtime.network("ad")(**inputs).items()}

    measured = engine.measure("ad", tmp_path / "ad.onnx", shifted, sample, engine.EngineConfig(latency_calls=1))
    assert measured.parity == pytest.approx(0.5, abs=1e-4)


def test_a_network_without_sample_rows_is_named(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "artifact.json").write_text(json.dumps({"networks": {"ad": {"file": "ad.keras", "sample": "s.npz"}}}))
    np.savez(tmp_path / "s.npz", tokens=np.zeros((0, 3)))
    with pytest.raises(BadInput, match="'ad'"):
        engine.load_sample(KerasRuntime(tmp_path), "ad")


@pytest.mark.parametrize("metric", ["ip", "l2"])
def test_a_large_table_becomes_ivf_and_keeps_its_recall(metric: str) -> None:
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((40, 16))
    vectors = (centres[rng.integers(0, 40, 4000)] + 0.3 * rng.standard_normal((4000, 16))).astype(np.float32)
    config = index.IndexConfig(flat_below=1000, queries=100)
    built = index.build(vectors, metric, config)
    assert type(built).__name__ == "IndexIVFFlat"
    assert index.measure(built, vectors, {"metric": metric}, config)["recall@10"] >= 0.95
    built.nprobe = 1
    assert index.recall(built, vectors, metric, config) < 1.0


def test_cells_of_inner_products_hold_for_rows_of_any_length() -> None:
    """Queries that no row looks like, and rows a hundred times as long as others: half of the cells will do."""
    rng = np.random.default_rng(3)
    vectors = (rng.standard_normal((8000, 8)) * np.exp(rng.standard_normal((8000, 1)))).astype(np.float32)
    asked = np.c_[np.ones(50), rng.standard_normal((50, 7)) * 3].astype(np.float32)
    config = index.IndexConfig(flat_below=1000)
    built = index.build(vectors, "ip", config, asked)
    assert index.recall(built, vectors, "ip", config, asked) >= 0.995
    built.nprobe = built.nlist // 2
    assert index.recall(built, vectors, "ip", config, asked) >= 0.95


def test_vectors_that_are_not_finite_are_refused(lake: Lake, tmp_path: Path) -> None:
    own = Lake(str(tmp_path))
    folder = Path(trained(own).paths()["ads.npy"])
    np.save(folder, np.full((5, 4), np.nan, np.float32))
    with pytest.raises(BadInput, match=r"ads\.npy"):
        run(index.run, own, "indexes", ["models"])


def test_a_release_holds_everything_and_its_whole_lineage(lake: Lake) -> None:
    partition = lake.partition("releases/ctr", DS)
    names = set(partition.manifest()["files"])
    assert names >= {
        "release.json",
        "manifest.json",
        "metrics.json",
        "probes.json",
        "vocabulary.json",
        "model/ad.keras",
        "model_repository/ad/1/model.onnx",
        "model_repository/ad/config.pbtxt",
        "engines/engines.json",
        "indexes/ads.faiss",
    }
    lineage = json.loads((partition.local_folder() / "manifest.json").read_text())["lineage"]
    assert {e["dataset"] for e in lineage} == {"models/ctr", "metrics/ctr", "engines/ctr", "indexes/ctr"}
    assert all(e["content"] and e["files"] for e in lineage)


def test_the_triton_configuration_names_inputs_and_outputs(lake: Lake) -> None:
    text = (lake.partition("releases/ctr", DS).local_folder() / "model_repository/ad/config.pbtxt").read_text()
    assert 'name: "tokens" data_type: TYPE_INT32 dims: [ -1, -1 ]' in text
    assert 'name: "vector" data_type: TYPE_FP32 dims: [ -1, 4 ]' in text


SERVER = """
class Server:
    def __init__(self, runtime):
        self.runtime = runtime
    def answer(self, query):
        scores, ids = self.runtime.index("ads").search(__import__("numpy").ones((1, 4), "float32"), 3)
        return {"ads": ids[0].tolist(), "user": query["user"]}
def load(runtime):
    return Server(runtime)
"""


def fake_product(monkeypatch, tmp_path: Path, source: str) -> None:
    """A product of its own for the fresh process: the real one's networks are not at hand here."""
    package = tmp_path / "product" / "models"
    (package / "ctr").mkdir(parents=True)
    for name in ("probe.py", "runtime.py"):
        (package / name).write_text((Path(probe.__file__).parent / name).read_text())
    (package / "__init__.py").write_text("")
    (package / "ctr" / "__init__.py").write_text("")
    (package / "ctr" / "serve.py").write_text(source)
    project = tmp_path / "product"
    for name in ("config", "language"):
        (project / name).symlink_to(Path(probe.__file__).parents[1] / name)
    monkeypatch.setattr(probe, "PROJECT", project)


def test_a_fresh_process_answers_the_probes(lake: Lake, monkeypatch, tmp_path: Path) -> None:
    fake_product(monkeypatch, tmp_path, SERVER)
    ours = np.ones(1 << 27)
    seen = probe.ask_fresh(lake.partition("releases/ctr", DS).local_folder(), "ctr", 60)
    assert 20 < seen["peak_mib"] < ours.nbytes >> 20, "its own memory, not that of the process that asks"
    assert len(json.loads(seen["answers"][0]["answer"])["ads"]) == 3
    assert seen["answers"][0]["answered"] == 1


def test_a_release_that_does_not_load_says_why(lake: Lake, monkeypatch, tmp_path: Path) -> None:
    fake_product(monkeypatch, tmp_path, SERVER.replace('["user"]', '["nobody"]'))
    with pytest.raises(probe.ProbeFailed, match="KeyError: 'nobody'"):
        probe.ask_fresh(lake.partition("releases/ctr", DS).local_folder(), "ctr", 60)


def promote(lake: Lake, ds: str) -> None:
    run(release.promote, lake, "", ["releases"], ds)


def test_promote_moves_service_and_rollback_moves_it_back(tmp_path: Path) -> None:
    own, next_day = Lake(str(tmp_path)), "2026-11-02"
    assert release.current(own, "ctr") is None
    with pytest.raises(LakeError, match="no earlier release"):
        release.rollback(own, "ctr")
    for ds in (DS, next_day):
        released(own, ds)
        promote(own, ds)
    assert release.status(own)[0]["ds"] == next_day
    assert release.status(own)[0]["metrics"] == {"auc": 0.7}
    assert release.rollback(own, "ctr")["current"] == f"ds={DS}/v1"
    promote(own, next_day)
    assert release.status(own)[0]["ds"] == DS, "what was rolled back stays out of service"
    released(own, next_day)
    promote(own, next_day)
    assert release.read_pointer(own, "ctr")["current"] == f"ds={next_day}/v2"


def test_a_release_that_changed_since_its_gate_is_not_promoted(tmp_path: Path) -> None:
    own = Lake(str(tmp_path))
    partition = released(own)
    Path(partition.paths()["metrics.json"]).write_text("{}")
    with pytest.raises(LakeError, match=r"metrics\.json"):
        promote(own, DS)
    assert release.current(own, "ctr") is None
