"""Only ads that run and that the request asks for are shown."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import candidates, filters, memory

CASES = [
    ("ad_active", pa.array(["true", " False", None, "no"]), [True, False, True, False]),
    ("ad_active", pa.array([1.0, 0.0, float("nan"), None]), [True, False, True, True]),
    ("ad_active", pa.array([True, False, None, True]), [True, False, True, True]),
    ("ad_budget", pa.array([3.5, 0.0, None, -1.0]), [True, False, True, False]),
]


@pytest.mark.parametrize(("name", "values", "expected"), CASES)
def test_the_listing_tells_which_ads_run(server, name, values, expected):
    ids = ["a1", "a2", "a3", "a4"]
    found = filters.running(server.catalogue, pa.table({"ad_id": ids, name: values}))
    assert found[server.catalogue.row(memory.name_hashes(pa.array(ids)))].tolist() == expected
    assert found.sum() == len(found) - expected.count(False)


def test_state_of_an_ad_is_no_feature(tmp_path_factory, build, make_log, make_listing):
    log, ads = make_log(1200, rate=0.2), make_listing()
    ads = ads.append_column("ad_budget", pa.array([0.0 if n in (1, 2) else 5.0 for n in range(len(ads))]))
    made = build(tmp_path_factory.mktemp("spent"), log, ads, epochs=1, trees=0)
    from models.ctr import serve
    from models.runtime import KerasRuntime

    spent = serve.load(KerasRuntime(made.model))
    assert "ad_budget" not in spent.schema.ad.names
    shown = {ad["ad_id"] for ad in spent.answer({"user": "u1", "k": 50})["ads"]}
    assert shown == set(ads["ad_id"].to_pylist()) - {"a1", "a2"}


def test_a_request_names_the_kind_it_wants(server):
    ads = server.answer({"user": "u3", "where": {"kind": "games"}, "k": 50})["ads"]
    assert ads and all(int(ad["ad_id"][1:]) % 4 == 2 for ad in ads)
    assert len(ads) == 11


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("games", "expected names and values"),
        ({"colour": "red"}, "no text column ad_colour of ads; it has: ad_kind"),
        ({"kind": "space"}, "frequent values: "),
    ],
)
def test_a_filter_that_the_release_does_not_know_is_refused(server, where, message):
    with pytest.raises(ValueError, match=message):
        server.answer({"user": "u3", "where": where})


def test_nothing_is_shown_where_nothing_runs(server):
    none = replace(server, runs=np.zeros(len(server.catalogue.key), bool))
    assert none.answer({"user": "u3"})["ads"] == []


@pytest.mark.parametrize("share", [0.15, 0.6])
def test_filtered_candidates_are_the_best_of_those_allowed(server, monkeypatch, share):
    """Few are walked through, many are searched past."""
    for name, value in (("PAIRS", 12), ("SPREAD", 2), ("NEAREST", 3), ("ROUNDS", ((2, 0.7), (3, 3.0)))):
        monkeypatch.setattr(candidates, name, value)
    allowed = np.random.default_rng(3).permutation(44) < 44 * share
    wanted = 3 if share < 0.3 else 5
    monkeypatch.setattr(candidates, "PAIRS", 4)
    request = server.asked({"user_id": "u3", "context_device": "mobile"})
    found, logits = candidates.find(request, wanted, allowed)
    assert allowed[found].all() and len(found) == len(set(found.tolist())) == len(logits) >= wanted
    every = np.flatnonzero(allowed)
    assert logits.max() >= np.sort(request.logits(every))[-2] - 1e-6
