"""Boosted trees as arrays, a linear model on their leaves, and how they are heard beside the networks."""

from dataclasses import replace

import numpy as np
import pytest

from models.ctr import ensemble, evaluate, measure, trees
from models.ctr.config import CtrConfig

CONFIG = CtrConfig(trees=12, tree_depth=4, tree_rate=0.3)


@pytest.fixture(scope="module")
def planted():
    """(x, clicks): the first two columns matter together, neither alone."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(6000, 4)).astype(np.float32)
    return x, (rng.random(6000) < np.where(x[:, 0] * x[:, 1] > 0, 0.8, 0.2)).astype(float)


def test_the_arrays_give_what_the_library_gives(planted):
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, clicks = planted
    library = HistGradientBoostingClassifier(max_iter=5, max_depth=4, early_stopping=False, random_state=1)
    library.fit(x, clicks > 0)
    parts = [trees.complete(p[0].nodes, 4) for p in library._predictors]
    column, threshold, weight = (np.stack(p) for p in zip(*parts, strict=True))
    own = trees.Trees(column, threshold, weight, float(np.ravel(library._baseline_prediction)[0]))
    np.testing.assert_allclose(own.logits(x), library.decision_function(x), atol=1e-5)


def test_interplay_is_found_and_leaves_survive_the_file(planted, tmp_path):
    x, clicks = planted
    grown = trees.fit(x[:4000], clicks[:4000], CONFIG)
    assert measure.auc(clicks[4000:], grown.logits(x[4000:])) > 0.75
    grown.save(tmp_path / "trees.npz")
    np.testing.assert_array_equal(trees.Trees.load(tmp_path / "trees.npz").logits(x), grown.logits(x))
    assert (trees.fit(x[:4000], clicks[:4000], CONFIG).weight == grown.weight).all()


def test_the_linear_model_fits_the_fresh_rows_better_than_boosting_alone(planted):
    x, clicks = planted
    grown = trees.fit(x[:3000], clicks[:3000], replace(CONFIG, trees=2))
    weighed = trees.reweigh(grown, x[3000:], clicks[3000:], 1.0)
    before, after = (measure.logloss(clicks[3000:], measure.sigmoid(t.logits(x[3000:]))) for t in (grown, weighed))
    assert after < before
    far = trees.reweigh(grown, x[3000:], clicks[3000:], 1e9)
    np.testing.assert_allclose(far.weight, grown.weight, atol=1e-4)
    assert trees.reweigh(grown, x, clicks, float("inf")) is grown


def test_thresholds_part_float32_as_they_part_float64():
    for threshold in (0.1, 1 / 3, -2.7, 1e-9):
        near = trees.below(threshold)
        assert float(near) <= threshold < float(np.nextafter(near, np.float32(np.inf)))


def test_no_trees_are_no_member(planted):
    x, clicks = planted
    none = trees.fit(x, clicks, replace(CONFIG, trees=0))
    assert not none.logits(x).any()
    assert trees.reweigh(none, x, clicks, 1.0) is none


def test_a_member_that_gains_nothing_is_left_out(planted):
    x, clicks = planted
    rng = np.random.default_rng(2)
    good = np.log(np.where(x[:, 0] * x[:, 1] > 0, 4.0, 0.25))
    share = ensemble.choose(good, rng.normal(size=len(x)) * 3, clicks, 1.0)
    assert share == 0
    swapped = ensemble.choose(rng.normal(size=len(x)) * 3, good, clicks, 1.0)
    assert swapped > 0.8


def test_all_members_are_told_and_the_release_scores_as_they_were_blended(trained, server, make_log):
    told = trained.train.notes["models/ctr"]["ensemble"]
    assert set(told["validation_logloss"]) == {"networks", "crosses", "trees", "ensemble"}
    assert (told["trees_share"], told["crosses_share"]) == (server.trees_share, server.crosses_share)
    scored = evaluate.predict(server, make_log(200, seed=3, start_hours=60))
    paired = ensemble.blend(scored["network"], scored["crosses"], server.crosses_share)
    whole = ensemble.blend(paired, scored["trees"], server.trees_share)
    np.testing.assert_allclose(scored["chance"], server.calibration(whole))


def test_an_answer_has_the_chance_that_evaluation_gives(server, make_log):
    """The release ranks by the members as they are evaluated: the request's side and the ad's side agree."""
    hearing = replace(server, trees_share=0.5, crosses_share=0.5)
    log = make_log(40, seed=4).sort_by([("ts", "ascending"), ("user_id", "ascending"), ("ad_id", "ascending")])
    scored = evaluate.predict(hearing, log)
    for row, chance in list(zip(log.to_pylist(), scored["chance"], strict=True))[:8]:
        traits = {n: row[n] for n in ("user_group", "user_age")}
        query = {"user": row["user_id"], "context": {"device": row["context_device"]}, "user_features": traits, "k": 44}
        hour = {"hour": str(row["ts"].hour), "weekday": str((row["ts"].weekday()) % 7)}
        query["context"] = {**query["context"], **hour}
        found = {ad["ad_id"]: ad["p_click"] for ad in hearing.answer(query)["ads"]}
        assert found[row["ad_id"]] == pytest.approx(chance, abs=2e-5)
