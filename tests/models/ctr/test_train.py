"""The train and evaluate stages on a small log with a known pattern."""

import json
import shutil

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.settings import SettingsError
from config.task import BadInput
from models.ctr import classifiers, evaluate, fit, networks, serve
from models.ctr.config import CtrConfig
from models.network_file import save_network
from models.runtime import KerasRuntime


def metrics(run):
    return json.loads((run.metrics.folder / "metrics.json").read_text(encoding="utf-8"))


def test_the_pattern_is_learnt(trained):
    found = metrics(trained)
    assert found["auc"] > 0.65
    assert found["ece"] < 0.1
    assert {"auc", "logloss", "ece", "recall@100", "popularity_recall@100", "base_rate"} <= set(found)
    assert found["recall@100"] == 1.0  # there are only 44 ads


def test_facts_tell_the_floor_and_one_primary_metric(trained):
    facts = trained.metrics.facts
    assert [f["metric"] for f in facts if f["primary"]] == ["auc"]
    assert next(f for f in facts if f["metric"] == "auc")["floor"] == 0.5


def test_the_held_out_rows_are_the_last_by_time(trained):
    held = pq.read_table(trained.model / "heldout.parquet")
    assert held.num_rows == 400
    with np.load(trained.model / "memory_before.npz") as before:
        assert int(before["as_of"]) <= held["ts"].cast(pa.int64()).to_numpy().min()


def test_an_artifact_that_cannot_be_measured_is_refused_by_name(trained, tmp_path):
    folder = tmp_path / "older"
    shutil.copytree(trained.model, folder)
    (folder / "crosses_before.npz").unlink()
    serve.load(KerasRuntime(folder))
    with pytest.raises(BadInput, match=r"older: there is no crosses_before\.npz.*train ctr again with --force"):
        serve.load(KerasRuntime(folder), serve.BEFORE)


def test_artifact_names_files_that_exist(trained):
    artifact = json.loads((trained.model / "artifact.json").read_text(encoding="utf-8"))
    assert set(artifact["networks"]) == {"user", "context", "ad", "classifier"}
    files = [*artifact["carry"], artifact["tables"]["ads"]["file"], "probes.json"]
    files += [f for n in artifact["networks"].values() for f in (n["file"], n["sample"])]
    assert all((trained.model / f).is_file() for f in files)
    assert all((trained.model / f).is_file() for f in trained.train.notes["models/ctr"]["figures"])
    assert len(np.load(trained.model / "ads.npy")) == 44


def test_samples_feed_the_networks(trained):
    runtime = KerasRuntime(trained.model)
    for name, output in (("user", "vector"), ("context", "vector"), ("ad", "vector"), ("classifier", "logit")):
        with np.load(trained.model / f"{name}_sample.npz") as sample:
            out = runtime.network(name)(**{k: sample[k] for k in sample.files})
        assert np.isfinite(out[output]).all()


def test_the_same_input_gives_the_same_bytes(trained, tmp_path, build, make_log, make_listing):
    other = build(tmp_path, make_log(), make_listing())
    assert metrics(other) == metrics(trained)
    for name in ("ads.npy", "memory.npz", "users.npz", "vocabulary.json", "calibration.json", "catalogue.npz"):
        assert (other.model / name).read_bytes() == (trained.model / name).read_bytes(), name


def test_a_log_without_clicks_says_so(tmp_path, build, make_log, make_listing):
    table = make_log(300)
    table = table.set_column(3, "click", pa.array([0] * 300))
    with pytest.raises(BadInput, match="0 clicks in the first 240 rows"):
        build(tmp_path, table, make_listing())


@pytest.mark.parametrize(("part", "what"), [(slice(240, 270), "chosen"), (slice(270, 300), "measured")])
def test_days_without_a_click_by_which_a_model_is_chosen_or_measured_say_so(
    tmp_path, build, make_log, make_listing, part, what
):
    table = make_log(300, rate=0.5)
    clicks = table["click"].to_numpy().copy()
    clicks[part] = 0
    with pytest.raises(BadInput, match=rf"no click from .*by which a model is {what}"):
        build(tmp_path, table.set_column(3, "click", pa.array(clicks)), make_listing())


def test_only_the_required_columns(tmp_path, build, make_log):
    table = make_log(1500, rate=0.2).select(["user_id", "ad_id", "ts", "click"])
    ads = pa.table({"ad_id": [f"a{n}" for n in range(40)]})
    run = build(tmp_path, table, ads, epochs=1)
    assert metrics(run)["rows"] == 150
    found = serve.load(KerasRuntime(run.model)).answer({"user": "u1", "context": {}, "k": 3})
    assert len(found["ads"]) == 3
    assert found["ads"][0]["title"] is None


def test_scoring_new_rows(server, make_log):
    found = evaluate.score(server, make_log(800, seed=9, start_hours=60))
    assert found["auc"] > 0.6
    assert found["rows"] == 800


def test_scoring_one_class_gives_null(server, make_log):
    table = make_log(200, seed=9, start_hours=60)
    none = evaluate.score(server, table.set_column(3, "click", pa.array([0] * 200)))
    assert none["auc"] is None
    assert none["recall@100"] is None
    every = evaluate.score(server, table.set_column(3, "click", pa.array([1] * 200)))
    assert every["auc"] is None
    assert every["recall@100"] is not None
    with pytest.raises(BadInput, match="no rows"):
        evaluate.score(server, table.slice(0, 0))


def test_scoring_rows_of_strangers_with_other_columns(server, make_log):
    table = make_log(100, seed=9, start_hours=60).drop_columns(["user_age", "context_device"])
    table = table.set_column(1, "ad_id", pa.array([f"new{n % 9}" for n in range(100)]))
    table = table.append_column("user_mood", pa.array(["fine"] * 100))
    found = evaluate.score(server, table)
    assert found["ads"] == 44 + 9
    assert np.isfinite(found["logloss"])


def test_the_labels_of_a_scored_file_of_past_days_are_not_read(server, make_log):
    """The log that was trained on, scored again, is answered from the memory alone."""
    table = make_log()
    known = evaluate.predict(server, table)
    turned = table.set_column(3, "click", pa.array(1 - table["click"].to_numpy()))
    first = table.slice(0, 1)
    assert evaluate.predict(server, first)["chance"][0] == pytest.approx(known["chance"][0], abs=1e-5)
    assert evaluate.predict(server, turned)["chance"][0] == pytest.approx(known["chance"][0], abs=1e-5)


@pytest.mark.parametrize("kind", ["fm", "deepfm", "cross", "two_streams"])
def test_every_classifier_takes_the_same_inputs_and_survives_saving(kind, tmp_path):
    config = CtrConfig(classifier=kind, embedding=4, vector=8, hidden=16)
    network = networks.classifier({"user": 2, "context": 1, "ad": 2}, 3, config)
    rng = np.random.default_rng(0)
    inputs = {n: rng.normal(size=(6, *t.shape[1:])).astype(np.float32) for n, t in network.input.items()}
    logit = network.predict(inputs, verbose=0)["logit"]
    save_network(network, tmp_path / "classifier.keras")
    again = keras.models.load_model(tmp_path / "classifier.keras").predict(inputs, verbose=0)["logit"]
    assert logit.shape == (6, 1)
    np.testing.assert_array_equal(logit, again)
    moved = network.predict({**inputs, "ad_fields": -inputs["ad_fields"]}, verbose=0)["logit"]
    assert not np.allclose(logit, moved)


def test_the_pairwise_term_is_the_sum_of_all_inner_products():
    fields = np.random.default_rng(1).normal(size=(3, 5, 4)).astype(np.float32)
    plain = [sum(row[i] @ row[j] for i in range(5) for j in range(i)) for row in fields]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(classifiers.pairwise(fields))[:, 0], plain, rtol=1e-4)


def test_an_unknown_classifier_is_named():
    with pytest.raises(SettingsError, match="classifier = 'magic'"):
        CtrConfig(classifier="magic")


def test_batches_are_smaller_in_a_small_log():
    config = CtrConfig(batch=512)
    assert [fit.size(rows, config) for rows in (100, 64 * 100, 1_000_000)] == [32, 100, 512]


def test_what_is_measured_has_learnt_of_the_validation_rows_and_what_is_served_of_the_held_out_ones_too(
    tmp_path, build, make_log, make_listing, monkeypatch
):
    from models.ctr import crosses, ensemble

    taught, made = [], []
    fit = crosses.fit

    def watched(schema, arrays, clicks, chosen, given=None):
        taught.append(set(chosen.tolist()))
        made.append(fit(schema, arrays, clicks, chosen, given))
        return made[-1]

    monkeypatch.setattr(crosses, "fit", watched)
    monkeypatch.setattr(ensemble, "choose", lambda *_: 0.5)
    run = build(tmp_path, make_log(1000, rate=0.2), make_listing(), epochs=1, trees=3)
    *first, measured, served = taught
    assert all(max(rows) < 800 for rows in first)
    assert max(measured) < 900 <= max(served)
    assert first[0] < measured < served
    for name, known in (("crosses_before.npz", made[-2]), ("crosses.npz", made[-1])):
        np.testing.assert_array_equal(crosses.Crosses.load(run.model / name).weights, known.weights)
