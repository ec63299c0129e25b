"""Yesterday's networks with a grown vocabulary."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import evaluate, features, rows, serve, train, warm
from models.ctr.config import CtrConfig
from models.runtime import KerasRuntime

SMALL = {"batch": 128, "hidden": 16, "vector": 8, "embedding": 4, "history": 4}


@pytest.fixture(scope="module")
def grown(trained, make_log, make_listing):
    """(today's log, yesterday's server, today's material and model, what was carried); today has newcomers."""
    log = make_log(3000, seed=8, start_hours=50)
    kind = np.where(np.arange(3000) % 7 == 0, "space", log["ad_kind"].to_numpy(zero_copy_only=False))
    user = np.where(np.arange(3000) % 11 == 0, "u-new", log["user_id"].to_numpy(zero_copy_only=False))
    log = log.set_column(0, "user_id", pa.array(user)).set_column(7, "ad_kind", pa.array(kind))
    config = CtrConfig(**SMALL)
    material = train.prepare(log, make_listing(), config, 2400, trained.model)
    model = material.model(config, 99)
    told = warm.start(model.networks, model.schema, trained.model)
    return log, serve.load(KerasRuntime(trained.model)), model, told


def test_rows_of_yesterday_score_the_same_before_any_step(grown, make_log, make_listing):
    _, server, model, told = grown
    assert told["anew"] == 0
    assert told["new_tokens"] > 0
    log = make_log(300, seed=3, start_hours=60)
    logits, pair = [], None
    for schema in (server.schema, model.schema):
        known = rows.catalogue(schema, log, make_listing())
        built = rows.build(schema, log, known, server.memory, server.people)
        networks = {n: getattr(model.networks, n) for n in ("user", "context", "ad", "classifier")}
        runtime = server.runtime if schema is server.schema else Given(networks)
        none = replace(server.crosses, blocks=server.crosses.blocks[:0])  # its tables are of the old tokens
        one = replace(server, schema=schema, runtime=runtime, crosses=none, crosses_share=0.0)
        # What is counted by token is hashed by its number: the numbers of yesterday are given to both.
        pair = built.arrays["pair"] if pair is None else pair
        built.arrays["pair"] = pair
        logits.append(evaluate.forward(one, built, known, slice(0, 300))["network"])
    np.testing.assert_allclose(logits[1], logits[0], atol=1e-5)


class Given:
    """Networks in memory as a runtime."""

    def __init__(self, networks: dict[str, object]) -> None:
        self.networks = networks

    def network(self, name: str) -> object:
        return lambda **inputs: self.networks[name].predict(inputs, verbose=0)


def test_new_tokens_stand_behind_the_old_and_mean_themselves(grown):
    _, server, model, _ = grown
    old, new = server.schema.ad.categories[1], model.schema.ad.categories[1]
    assert new.values[: len(old.values)] == old.values
    assert "space" in new.values
    assert "u-new" in model.schema.user.categories[0].values
    places = warm.sources(server.schema.ad, model.schema.ad)
    assert places[new.known["space"]] == old.unknown("space")
    assert places[new.known["food"]] == old.known["food"]
    assert features.Schema.from_json(model.schema.to_json()) == model.schema


def test_a_column_that_comes_to_have_many_values_keeps_its_layers(trained, make_log, make_listing):
    """Places and advertisers grow from day to day: no layer begins anew on the day on which there are too many."""
    log = make_log(3000, seed=8, start_hours=50)
    kind = [f"k{n % 150}" if n % 2 else old for n, old in enumerate(log["ad_kind"].to_pylist())]
    log = log.set_column(7, "ad_kind", pa.array(kind))
    config = CtrConfig(**SMALL)
    assert "ad_kind" not in features.fit(log, config).kinds
    material = train.prepare(log, make_listing(), config, 2400, trained.model)
    model = material.model(config, 99)
    assert "ad_kind" in model.schema.kinds
    assert warm.start(model.networks, model.schema, trained.model)["anew"] == 0


def test_columns_of_both_days_keep_what_they_have_in_common():
    """What yesterday held beside each other is held so today, though today's values would not say so; new columns are
    judged by today."""
    old, new = (
        features.fit(table(likes, tags, **more), CtrConfig(min_count=1))
        for likes, tags, more in (
            (["a", "b", "c"], ["a", "b", "z"], {}),
            (["q", "r", "s"], ["a", "b", "z"], {"user_wants": ["a", "b", "y"]}),
        )
    )
    assert (old.common, new.common) == ((("user_likes", "ad_tags"),), (("user_wants", "ad_tags"),))
    assert warm.grown(old, new, CtrConfig()).common == (("user_likes", "ad_tags"), ("user_wants", "ad_tags"))


def table(likes, tags, **more):
    ids = {"user_id": ["u", "v", "w"], "ad_id": ["x", "y", "z"], "ts": pa.array([1, 2, 3], pa.timestamp("us", "UTC"))}
    return pa.table({**ids, "click": [0, 1, 0], "user_likes": likes, "ad_tags": tags, **more})


def test_a_layer_whose_shape_changed_begins_anew(grown, trained, make_listing):
    log = grown[0].append_column("user_mood", pa.array([f"m{n % 3}" for n in range(3000)]))
    config = CtrConfig(**SMALL)
    material = train.prepare(log, make_listing(), config, 2400, trained.model)
    model = material.model(config, 99)
    told = warm.start(model.networks, model.schema, trained.model)
    assert told["anew"] > 0
    assert told["layers"] > 0


def test_what_another_version_made_is_not_begun_from(trained, tmp_path):
    assert warm.readable(trained.model)
    assert not warm.readable(tmp_path)
    (tmp_path / "policy.json").write_text('{"inputs": 2, "trees_share": 0.5}')
    assert not warm.readable(tmp_path)
