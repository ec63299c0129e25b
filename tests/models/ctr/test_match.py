"""What a user likes may be what an ad is about."""

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import features, match
from models.ctr.config import CtrConfig

LIKES = ["games|games|books|food", "books", None, "cars|boats"]


@pytest.fixture(scope="module")
def encoded():
    n = 40
    table = pa.table(
        {
            "user_id": [f"u{i}" for i in range(n)],
            "ad_id": [f"a{i % 5}" for i in range(n)],
            "ts": pa.array(range(n), pa.timestamp("us", "UTC")),
            "click": [i % 2 for i in range(n)],
            "user_likes": [LIKES[i % 4] for i in range(n)],
            "context_page": [("news", "games")[i % 2] for i in range(n)],
            "ad_tags": [("games|food", "books", "games", "tents")[i // 4 % 4] for i in range(n)],
            "ad_colour": [("red", "blue")[i % 2] for i in range(n)],
        }
    )
    schema = features.fit(table, CtrConfig(min_count=2))
    arrays = {f"{n}_tokens": features.encode(schema.family(n), table)[0] for n in features.FAMILIES}
    return schema, table, arrays


def test_columns_that_share_two_values_or_more_are_held_beside_each_other(encoded):
    schema, _, _ = encoded
    (both,) = match.columns(schema)  # the page has one value in common with the tags, and that says little
    assert both.family == "user"
    assert (both.end - both.start, both.ad_end - both.ad_start) == (4, 2)


def test_it_is_told_how_many_and_what_share_of_the_request_is_of_the_ad(encoded):
    schema, table, arrays = encoded
    found = match.numbers(schema, arrays)
    for row in range(len(table)):
        likes = (LIKES[row % 4] or "").split("|")
        tags = table["ad_tags"][row].as_py().split("|")
        many = sum(one in tags for one in likes)
        np.testing.assert_allclose(found[row], [np.log1p(many), many / len(likes)], rtol=1e-6)


def test_one_request_stands_for_all_ads(encoded):
    schema, _, arrays = encoded
    one = {name: (part if name == "ad_tokens" else part[:1]) for name, part in arrays.items()}
    many = {name: (part if name == "ad_tokens" else np.repeat(part[:1], 40, axis=0)) for name, part in arrays.items()}
    np.testing.assert_array_equal(match.numbers(schema, one), match.numbers(schema, many))
