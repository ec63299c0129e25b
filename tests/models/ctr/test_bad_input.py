"""Logs with gaps and surprises train and are scored, or are refused with words that help."""

import json

import numpy as np
import pyarrow as pa
import pytest

from config.task import BadInput
from models.ctr import evaluate

LITTLE = {"epochs": 1, "trees": 5}


def scores(run):
    return json.loads((run.metrics.folder / "metrics.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def odd(tmp_path_factory, build, make_log, make_listing):
    """Trained on a log where the last fifth has a new category and no device, some ages are NaN, one day has no
    click, and one ad is in no listing."""
    table = make_log(2000, rate=0.2)
    late = np.arange(2000) >= 1600
    kind = np.where(late & (np.arange(2000) % 3 == 0), "space", table["ad_kind"].to_numpy(zero_copy_only=False))
    age = np.where(np.arange(2000) % 5 == 0, np.nan, table["user_age"].to_numpy())
    device = pa.array([None if gone else d for gone, d in zip(late, table["context_device"].to_pylist(), strict=True)])
    clicks = table["click"].to_numpy().copy()
    clicks[200:700] = 0
    ads = ["a-unlisted" if n % 50 == 0 else ad for n, ad in enumerate(table["ad_id"].to_pylist())]
    for name, values in (("ad_kind", kind), ("user_age", age), ("context_device", device), ("click", clicks)):
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    table = table.set_column(1, "ad_id", pa.array(ads))
    return build(tmp_path_factory.mktemp("odd"), table, make_listing(), **LITTLE)


def test_surprises_in_the_log_do_not_stop_training(odd):
    found = scores(odd)
    assert np.isfinite(found["logloss"])
    assert found["ads"] == 45
    assert np.isfinite(np.load(odd.model / "ads.npy")).all()


def test_an_ad_of_no_listing_can_be_shown(odd):
    from models.ctr import serve
    from models.runtime import KerasRuntime

    ads = serve.load(KerasRuntime(odd.model)).answer({"user": "u1", "k": 60})["ads"]
    assert "a-unlisted" in {ad["ad_id"] for ad in ads}
    assert all(np.isfinite(ad["p_click"]) for ad in ads)


def test_rows_of_one_repeated_impression_are_scored_alike(server, make_log):
    one = make_log(1, seed=5, start_hours=60)
    scored = evaluate.predict(server, pa.concat_tables([one] * 4))
    assert len(set(np.round(scored["chance"], 6).tolist())) == 1


def test_a_column_of_another_type_is_read_as_it_was(server, make_log):
    table = make_log(60, seed=5, start_hours=60)
    text = table.set_column(5, "user_age", pa.array([str(v) for v in table["user_age"].to_pylist()]))
    plain, spelled = (evaluate.predict(server, t)["chance"] for t in (table, text))
    np.testing.assert_allclose(plain, spelled, atol=1e-6)


def test_a_new_ad_gets_a_vector_from_its_content(server, make_log):
    """Ads that nobody has seen rank as the ads of their kind do: people of group g like kind g."""
    rows = []
    for user in range(40):
        for kind in range(4):
            rows.append((f"u{user}", f"new-{kind}", kind, user % 4))
    users, ads, kinds, groups = zip(*rows, strict=True)
    start = make_log(1, seed=5, start_hours=60)["ts"][0].as_py()
    table = pa.table(
        {
            "user_id": users,
            "ad_id": ads,
            "ts": pa.array([start] * len(rows), pa.timestamp("us", "UTC")),
            "click": pa.array([int(k == g) for k, g in zip(kinds, groups, strict=True)]),
            "user_group": [f"g{g}" for g in groups],
            "context_device": ["pc"] * len(rows),
            "ad_kind": [("food", "cars", "games", "books")[k] for k in kinds],
        }
    )
    scored = evaluate.predict(server, table)
    assert scored["new_ad"].all()
    assert evaluate.summary(scored)["auc"] > 0.7
    near = (scored["request"] * scored["vectors"][scored["ad"]]).sum(axis=1)
    liked = scored["clicks"] > 0
    assert near[liked].mean() > near[~liked].mean()


def test_a_number_that_became_words_is_named(server, make_log):
    table = make_log(20, seed=5, start_hours=60)
    words = table.set_column(5, "user_age", pa.array(["old"] * 20))
    with pytest.raises(BadInput, match="user_age is a number in the release and 'old'"):
        evaluate.predict(server, words)
    some = table.set_column(5, "user_age", pa.array(["old", *["31"] * 19]))
    assert np.isfinite(evaluate.predict(server, some)["chance"]).all()


def test_features_without_a_number_are_missing(server, make_log):
    table = make_log(20, seed=5, start_hours=60)
    holes = table.set_column(5, "user_age", pa.array([float("nan")] * 20))
    gone = table.drop_columns(["user_age"])
    np.testing.assert_allclose(*(evaluate.predict(server, t)["chance"] for t in (holes, gone)), atol=1e-6)
