"""The simulated ad log: the same whoever delivers it, rarely clicked, and its truth explains the clicks."""

import numpy as np
import pytest

from portal import ads
from portal.world import World

WORLD = World("tiny", 5)
DS = "2026-11-20"


@pytest.fixture(scope="module")
def delivered():
    return ads.deliver(WORLD, DS, None)


def test_a_day_is_the_same_in_a_backlog_and_alone(delivered):
    impressions, _, truth = delivered
    alone, _, alone_truth = ads.deliver(WORLD, DS, "2026-11-19")
    assert alone.num_rows > 100
    assert impressions.slice(impressions.num_rows - alone.num_rows).equals(alone)
    assert truth.slice(truth.num_rows - alone.num_rows).equals(alone_truth)


def test_columns_are_those_of_landing(delivered):
    impressions, listed, truth = delivered
    assert impressions.column_names[:4] == ["user_id", "ad_id", "ts", "click"]
    assert all(c.startswith(("user_", "context_")) for c in impressions.column_names[4:])
    assert {"ad_category", "ad_advertiser", "ad_format", "ad_price", "title"} <= set(listed.column_names)
    assert len(set(listed["ad_id"].to_pylist())) == listed.num_rows
    assert set(impressions["ad_id"].to_pylist()) <= set(listed["ad_id"].to_pylist())
    assert truth.num_rows == impressions.num_rows


def test_rows_lie_within_their_days(delivered):
    days = {ts.date().isoformat() for ts in delivered[0]["ts"].to_pylist()}
    assert max(days) == DS
    assert len(days) == 14


def test_people_click_rarely_and_as_the_truth_says():
    impressions, _, truth = ads.deliver(World("default", 5), DS, "2026-11-16")
    click, chance = (np.asarray(c) for c in (impressions["click"], truth["probability"]))
    human = chance != ads.BOT_CLICKS
    assert 0.01 < click[human].mean() < 0.03
    assert click.mean() < 0.04
    assert abs(click[human].mean() - chance[human].mean()) < 0.002
    ranked = chance[human][np.argsort(chance[human])]
    assert ranked[-len(ranked) // 10 :].mean() > 4 * ranked[: len(ranked) // 2].mean()


def test_slots_matter(delivered):
    impressions, _, truth = ads.deliver(World("default", 5), DS, "2026-11-18")
    slot, chance = np.array(impressions["context_slot"].to_pylist()), np.asarray(truth["probability"])
    assert chance[slot == "top"].mean() > 1.5 * chance[slot == "bottom"].mean()


def test_some_rows_are_delivered_twice_and_machines_click(delivered):
    impressions, _, truth = delivered
    rows = list(zip(*(impressions[c].to_pylist() for c in ("user_id", "ad_id", "ts")), strict=True))
    assert 0 < len(rows) - len(set(rows)) < len(rows) * 0.02
    assert 0.01 < (np.asarray(truth["probability"]) == ads.BOT_CLICKS).mean() < 0.1


def test_ads_come_and_go():
    before, after = (
        set(ads.deliver(WORLD, ds, since)[1]["ad_id"].to_pylist())
        for ds, since in (("2026-11-01", "2026-10-31"), ("2026-11-20", "2026-11-19"))
    )
    assert after - before
    assert before - after
    assert len(after & before) >= WORLD.scale.ads // 2


def test_a_world_with_another_seed_is_another_world(delivered):
    other, _, _ = ads.deliver(World("tiny", 6), DS, "2026-11-19")
    assert not other.equals(ads.deliver(WORLD, DS, "2026-11-19")[0])
