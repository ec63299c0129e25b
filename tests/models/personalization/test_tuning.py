"""The tune stage on the simulated searches: from the search through the gate into training."""

import numpy as np

import pipeline
from config.settings import Settings
from models.personalization.train import problem
from models.tune.session import Session

DS = "2026-11-01"


def weights(session: Session) -> list[np.ndarray]:
    return session.model.get_weights()


def test_a_session_put_away_and_taken_up_is_the_one_that_was_not(trained, tmp_path):
    settings = Settings(trained[0].root, "test", {"personalization": {"epochs": 3}})
    found = problem(pipeline.open_task("personalization_tune", DS, settings))
    values = {"hidden": 8, "rate": 0.02}
    straight, first, second = (found.open(values, 5) for _ in range(3))
    told = [straight.advance() for _ in range(2)]
    assert first.advance() == told[0]
    first.save(tmp_path)
    second.load(tmp_path)
    assert second.advance() == told[1]
    assert all(np.array_equal(a, b) for a, b in zip(weights(straight), weights(second), strict=True))


def test_what_the_search_finds_goes_through_the_gate_into_training(trained):
    lake = trained[0]
    tune = {"enabled": True, "trials": 2, "seconds": 0.0, "seeds": 2}
    settings = Settings(lake.root, "test", {"tune": tune, "personalization": {"rate": 1e-7, "epochs": 1}})
    assert pipeline.run_stage("personalization_tune", DS, settings) == "ran"
    pipeline.run_gate("tuned/personalization", DS, settings)
    notes = lake.partition("tuned/personalization", DS).manifest()["notes"]
    assert notes["chosen"] == "tuned", "a learning rate of 1e-7 is easily beaten"
    assert pipeline.run_stage("personalization_train", DS, settings, force=True) == "ran"
    staged = lake.partition("models/personalization", DS).waiting.manifest()
    assert staged["notes"]["config"]["values"] == notes["values"]
    assert any(i["dataset"] == "tuned/personalization" for i in staged["inputs"]), "the lineage leads to the study"
    assert pipeline.run_stage("personalization_train", DS, settings) == "skipped"
