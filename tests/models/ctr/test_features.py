"""Any log's columns become token ids and numbers."""

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import features
from models.ctr.config import CtrConfig

CONFIG = CtrConfig(min_count=2, buckets=3, bag=3, bins=4)


def log(n=60, **more):
    return pa.table(
        {
            "user_id": pa.array([f"u{i % 7}" for i in range(n)]),
            "ad_id": pa.array([f"a{i % 11}" for i in range(n)]),
            "ts": pa.array([1_700_000_000_000_000 + i * 3_600_000_000 for i in range(n)], pa.timestamp("us", "UTC")),
            "click": pa.array([i % 2 for i in range(n)]),
            **more,
        }
    )


def test_the_required_columns_are_enough():
    schema = features.fit(log(), CONFIG)
    assert [c.name for c in schema.user.categories] == ["user_id"]
    assert [c.name for c in schema.context.categories] == ["context_hour", "context_weekday"]
    assert schema.situation == ("context_hour", "context_weekday")
    tokens, numbers = features.encode(schema.ad, log())
    assert tokens.shape == (60, 1)
    assert numbers.shape == (60, 0)
    assert tokens.min() > 0
    assert tokens.max() < schema.ad.tokens


def test_a_log_keeps_its_own_hour():
    table = log(context_hour=pa.array(["9"] * 60))
    assert features.with_time(table)["context_hour"].to_pylist() == ["9"] * 60
    assert features.fit(table, CONFIG).situation == ("context_hour",)


def test_strings_become_tokens_and_strangers_hash_buckets():
    table = log(ad_kind=pa.array(["food", "cars", None] * 20))
    kind = features.fit(table, CONFIG).ad.categories[1]
    assert set(kind.values) == {"food", "cars"}
    assert kind.tokens(None) == []
    assert kind.tokens("food") != kind.tokens("cars")
    strange = kind.tokens("never seen")[0]
    assert kind.offset <= strange < kind.offset + kind.buckets
    assert kind.tokens("never seen") == [strange]


def test_values_that_share_tokens_are_bags():
    words = ["red", "green", "blue", "dark", "light"]
    mixed = [" ".join(sorted({words[i % 5], words[i // 5 % 5], words[i // 25 % 5]})) for i in range(60)]
    schema = features.fit(log(ad_genre=pa.array(mixed)), CONFIG)
    genre = schema.ad.categories[1]
    assert genre.bag == 3
    assert set(genre.values) == set(words)
    tokens, _ = features.encode(schema.ad, pa.table({"ad_genre": ["blue red", "red", None]}))
    start, end = schema.ad.slices[1]
    assert (tokens[:, start:end] > 0).sum(axis=1).tolist() == [2, 1, 0]


def test_a_bar_parts_values_wherever_one_stands_and_repeats_are_kept():
    """Few rows, many kinds, and names of two words: nothing but the bar says that there are several."""
    held = [f"kind {n}|kind {n + 1}|kind {n}" for n in range(60)]
    schema = features.fit(log(ad_genre=pa.array(held)), CONFIG)
    genre = schema.ad.categories[1]
    assert (genre.separator, genre.bag) == ("|", 3)
    assert {"kind 1", "kind 2"} <= set(genre.values)
    one, two, three = genre.tokens("kind 1|kind 2 |kind 1|kind 9")
    assert one == three != two == genre.known["kind 2"]


def test_two_words_do_not_make_a_bag():
    cities = pa.array(["New York", "San Jose"] * 30)
    assert features.fit(log(user_city=cities), CONFIG).user.categories[1].values == (
        "New York",
        "San Jose",
    )


def test_numbers_are_ranked_and_missing_ones_are_zero():
    ages = pa.array([float(i) for i in range(59)] + [None])
    family = features.fit(log(user_age=ages), CONFIG).user
    tokens, numbers = features.encode(family, pa.table({"user_age": [0.0, 20.0, 1e9, None, float("nan")]}))
    assert numbers[:, 0].tolist() == pytest.approx([-1, -0.5 + 0.5 * 5.5 / 14.5, 1, 0, 0])
    assert tokens[3:, -1].tolist() == [0, 0]
    assert len({*tokens[:3, -1].tolist()}) == 3


def test_an_all_missing_column_is_left_out():
    table = log(ad_price=pa.nulls(60, pa.float64()), ad_kind=pa.nulls(60, pa.string()))
    schema = features.fit(table, CONFIG)
    assert [c.name for c in (*schema.ad.categories, *schema.ad.numbers)] == ["ad_id"]


def test_absent_and_retyped_columns_still_encode():
    table = log(context_place=pa.array(["1", "2"] * 30), user_age=pa.array([float(i) for i in range(60)]))
    schema = features.fit(table, CONFIG)
    given = features.encode(schema.context, pa.table({"context_place": ["1", "2"]}))[0]
    as_number = features.encode(schema.context, pa.table({"context_place": [1.0, 2.0]}))[0]
    np.testing.assert_array_equal(given, as_number)
    absent, _ = features.encode(schema.context, pa.table({"other": ["x"]}))
    assert not absent.any()
    as_text = features.encode(schema.user, pa.table({"user_age": ["30", "old"]}))
    assert as_text[0][:, -1].tolist()[1] == 0


def test_tokens_of_columns_do_not_overlap_and_schema_survives_json():
    table = log(ad_kind=pa.array(["a", "b", "c"] * 20), ad_price=pa.array([float(i) for i in range(60)]))
    schema = features.fit(table, CONFIG)
    tokens, _ = features.encode(schema.ad, table)
    seen = [set(tokens[:, start:end].ravel().tolist()) for start, end in schema.ad.slices]
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]
    assert features.Schema.from_json(schema.to_json()) == schema


def test_codes_have_a_bin_each_whatever_their_order_and_measures_do_not():
    codes = pa.array([float(i % 20) for i in range(60)])
    family = features.fit(log(context_place=codes, context_heat=pa.array([i / 7 for i in range(60)])), CONFIG).context
    assert [n.size for n in family.numbers] == [4, 20]
    tokens, _ = features.encode(family, pa.table({"context_place": list(range(20))}))
    assert len(set(tokens[:, -1].tolist())) == 20
