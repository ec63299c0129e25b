import json

import numpy as np
import pyarrow as pa
import pytest

from config.task import BadInput
from models.personalization import combiner
from models.personalization.features import COLUMNS, QUERY_COLUMNS
from models.personalization.serve import load
from models.runtime import KerasRuntime


def test_the_artifact_keeps_the_contract(model):
    folder = model
    artifact = json.loads((folder / "artifact.json").read_text())
    for file in (*artifact["carry"], artifact["tables"]["users"]["file"], artifact["networks"]["combiner"]["file"]):
        assert (folder / file).is_file()
    users = np.load(folder / "users.npy")
    assert users.dtype == np.float32 and np.isfinite(users).all()
    with np.load(folder / "combiner_sample.npz") as sample:
        out = KerasRuntime(folder).network("combiner")(**{k: sample[k] for k in sample.files})
        assert out["scores"].shape == sample["mask"].shape and out["plain"].shape == (len(sample["mask"]), 1)
    assert json.loads((folder / "probes.json").read_text())


def test_training_learns_and_tells_its_curve(trained):
    history = trained[1]["models"].notes["models/personalization"]["history"]
    assert history["loss"][-1] < history["loss"][0]


def test_more_evidence_never_moves_a_document_down():
    model = combiner.build(width=4, hidden=8)
    rng = np.random.default_rng(1)
    given = {
        "columns": rng.random((3, 4, COLUMNS), dtype=np.float32),
        "query": rng.random((3, QUERY_COLUMNS), dtype=np.float32),
        "mask": np.ones((3, 4), dtype=np.float32),
    }
    before = model.predict(given, verbose=0)["scores"]
    for column in range(COLUMNS):
        more = {**given, "columns": given["columns"].copy()}
        more["columns"][:, 0, column] += 1
        after = model.predict(more, verbose=0)["scores"]
        assert (after[:, 0] >= before[:, 0]).all()
        np.testing.assert_allclose(after[:, 1:], before[:, 1:], atol=1e-5)


def test_a_bare_log_of_any_language_trains(tmp_path, run_stages):
    """User, time, query and clicked document alone: no catalogue, no sessions, no shown documents."""
    rng = np.random.default_rng(5)
    start, n = 1_700_000_000_000_000, 600
    rows = pa.table(
        {
            "user_id": [f"user {u}" for u in rng.integers(0, 12, n)],
            "ts": pa.array(np.sort(start + rng.integers(0, 9e11, n)), pa.timestamp("us", tz="UTC")),
            "query": [f"query {q}" for q in rng.integers(0, 9, n)],
            "clicked_doc_id": [f"doc {d}" if d < 6 else None for d in rng.integers(0, 7, n)],
        }
    )
    lake, tasks = run_stages(tmp_path, rows, None)
    metrics = json.loads(
        (lake.partition("metrics/personalization", "2026-11-01").local_folder() / "metrics.json").read_text()
    )
    assert metrics["searches"] > 50 and 0 < metrics["mrr"] <= 1
    assert tasks["metrics"].outputs["metrics/personalization"].facts
    server = load(KerasRuntime(lake.partition("models/personalization", "2026-11-01").local_folder()))
    assert server.answer({"user": "user 1", "query": "QUERY  3"})["results"]


def test_too_short_a_log_stops_with_what_to_do(tmp_path, world, run_stages):
    with pytest.raises(BadInput, match="searches with a click"):
        run_stages(tmp_path, world[0].slice(0, 20), world[1])
