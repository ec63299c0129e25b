"""Estimates of another policy from a log whose truth is known: made up, and Open Bandit's two policies."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pytest

from config.task import BadInput
from models.ctr import bootstrap, offpolicy

SAMPLE = Path(__file__).resolve().parents[3] / "var" / "data" / "obp" / "dataset" / "obd"
CHANCE = np.array([0.02, 0.05, 0.1, 0.3])
LOGGER = np.array([0.1, 0.2, 0.3, 0.4])


def log(rows=20_000, seed=0):
    """Four ads, the better ones shown more often."""
    rng = np.random.default_rng(seed)
    ad = rng.choice(4, rows, p=LOGGER)
    return pa.table(
        {
            "user_id": [f"u{n % 5000}" for n in range(rows)],
            "ad_id": [f"a{n}" for n in ad],
            "click": (rng.random(rows) < CHANCE[ad]).astype(np.int64),
            "propensity": LOGGER[ad],
        }
    )


def test_a_known_policy_is_estimated_within_its_interval():
    found = [offpolicy.estimate(log(seed=n), offpolicy.uniform(log(seed=n))) for n in range(10)]
    truth = CHANCE.mean()
    assert sum(truth in f.snips for f in found) >= 8 and sum(truth in f.ips for f in found) >= 8
    assert np.mean([f.snips.value for f in found]) == pytest.approx(truth, abs=0.002)
    assert not any(truth in f.logged for f in found), "the log's own click rate is another figure"
    assert found[0].snips.high - found[0].snips.low < 0.02
    assert found[0].effective_rows == pytest.approx(20_000 / np.mean((0.25 / LOGGER) ** 2 @ LOGGER), rel=0.02)


def test_the_same_policy_gives_the_log_back():
    table = log()
    found = offpolicy.estimate(table, table["propensity"].to_numpy())
    assert {i.value for i in (found.ips, found.snips, found.clipped)} == {found.logged.value}
    assert found.effective_rows == pytest.approx(20_000)


def test_rows_of_a_thinned_log_count_for_as_many_as_they_stand_for():
    table = log()
    whole = offpolicy.estimate(table, offpolicy.uniform(table))
    clicks = table["click"].to_numpy()
    kept = (clicks > 0) | (np.arange(len(clicks)) % 5 == 0)
    thin = table.append_column("weight", pa.array(np.where(clicks > 0, 1.0, 5.0))).filter(pa.array(kept))
    found = offpolicy.estimate(thin, offpolicy.uniform(table)[kept])
    for name in ("logged", "ips", "snips"):
        assert getattr(found, name).value == pytest.approx(getattr(whole, name).value, rel=0.05)


def test_a_log_whose_propensities_are_all_empty_says_so():
    table = log(20).set_column(3, "propensity", pa.nulls(20, pa.string()))
    with pytest.raises(BadInput, match="empty in all 20"):
        offpolicy.usable(table)


def test_rare_propensities_are_clipped():
    table = log(2000)
    odd = pa.table({**{n: table[n] for n in table.column_names}, "propensity": [1e-6, *[0.25] * 1999]})
    found = offpolicy.estimate(odd, np.full(2000, 0.25))
    assert found.largest_weight == pytest.approx(250_000) and found.effective_rows < 1.1
    assert found.clipped.value == pytest.approx(found.logged.value, abs=0.01)


def test_pools_have_their_own_uniform_chance():
    table = pa.table({"ad_id": ["a", "b", "c", "c"], "ad_campaign": ["x", "x", "y", "y"]})
    assert offpolicy.uniform(table).tolist() == pytest.approx([1 / 3] * 4)
    assert offpolicy.uniform(table, "ad_campaign").tolist() == [0.5, 0.5, 1.0, 1.0]
    with pytest.raises(BadInput, match="no column 'shop'"):
        offpolicy.uniform(table, "shop")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (None, "have no column propensity"),
        (["0.5"] * 4, "holds text"),
        ([None, None, float("nan"), None], "is empty in all 4"),
        ([0.5, 0.5, 0.0, 0.5], "user u2 and ad a is 0.0"),
        ([0.5, 1.5, 0.1, 0.5], "user u1 and ad a is 1.5"),
    ],
)
def test_a_log_that_cannot_be_used_says_why(column, message):
    table = pa.table({"user_id": ["u0", "u1", "u2", "u3"], "ad_id": ["a"] * 4, "click": [0, 1, 0, 1]})
    table = table if column is None else table.append_column("propensity", pa.array(column))
    with pytest.raises(BadInput, match=message):
        offpolicy.usable(table)


def test_rows_without_propensity_are_left_out():
    table = log(10).set_column(3, "propensity", pa.array([None, float("nan"), *[0.5] * 8]))
    assert len(offpolicy.usable(table)) == 8


def test_the_best_ad_of_a_release_is_found(server, make_log):
    table = make_log(16, seed=5)
    chance = offpolicy.greedy(server, table, explore=0.4)
    ads = len(set(table["ad_id"].to_pylist()))
    assert set(chance.round(6)) <= {round(0.4 / ads, 6), round(0.6 + 0.4 / ads, 6)}
    row = table.slice(3, 1).to_pylist()[0]
    asked = {"user": row["user_id"], "context": {"device": row["context_device"]}, "k": 44}
    traits = {"user_features": {"group": row["user_group"], "age": row["user_age"]}}
    known = set(table["ad_id"].to_pylist())
    best = next(a["ad_id"] for a in server.answer({**asked, **traits})["ads"] if a["ad_id"] in known)
    assert (chance[3] > 0.5) == (best == row["ad_id"])


def test_intervals_draw_people_not_rows():
    people = np.repeat(np.arange(50), 40)
    clicks = np.repeat(np.random.default_rng(0).random(50) < 0.5, 40).astype(float)
    pair = [(clicks, np.ones(2000))]
    (whole,), (alone,) = (bootstrap.ratios(pair, p) for p in (people, np.arange(2000)))
    normal = 2 * 1.96 * np.sqrt(whole.value * (1 - whole.value) / 50)
    assert whole.high - whole.low == pytest.approx(normal, rel=0.1)
    assert whole.high - whole.low > 4 * (alone.high - alone.low)
    assert bootstrap.rowwise(lambda w: float((w * clicks).sum() / w.sum()), people, 500).value == whole.value


def bandit(policy, campaign):
    file = SAMPLE / policy / campaign / f"{campaign}.csv"
    if not file.exists():
        pytest.skip(f"{campaign}.csv of {policy} is not below {SAMPLE.parents[1]}; `make data` brings it")
    found = pc.read_csv(
        file, convert_options=pc.ConvertOptions(include_columns=["item_id", "click", "propensity_score"])
    )
    users = [f"{campaign}-{n}" for n in range(len(found))]
    ads = [f"{campaign}-{n}" for n in found["item_id"].to_pylist()]
    columns = {"click": found["click"], "propensity": found["propensity_score"], "ad_campaign": [campaign] * len(found)}
    return pa.table({"user_id": users, "ad_id": ads, **columns})


def test_open_bandit_tells_what_its_uniform_policy_earned():
    campaigns = ("all", "men", "women")
    truths, logs = ([bandit(policy, c) for c in campaigns] for policy in ("random", "bts"))
    for truth, table in zip(truths, logs, strict=True):
        own = offpolicy.estimate(truth, offpolicy.uniform(truth))
        assert own.ips.value == pytest.approx(own.logged.value), "the truth is the uniform policy's own log"
        found = offpolicy.estimate(table, offpolicy.uniform(table))
        assert own.logged.value in found.ips and found.clipped.value in own.logged
    truth, table = pa.concat_tables(truths), pa.concat_tables(logs)
    found = offpolicy.estimate(table, offpolicy.uniform(table, "ad_campaign"))
    assert found.ips.value in offpolicy.estimate(truth, offpolicy.uniform(truth, "ad_campaign")).logged
