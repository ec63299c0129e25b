from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import alike, crosses, features, measure, rows
from models.ctr.config import CtrConfig
from models.ctr.memory import empty


def encoded(table):
    """(schema, encoded rows) of a log."""
    schema = features.fit(table, CtrConfig())
    known = rows.catalogue(schema, table)
    return schema, rows.build(schema, table, known, empty(20, 0.1), alike.nothing())


def log_of(clicks, start=0, **columns):
    """A log of these clicks, a row a minute: many people, few ads, and what decides nothing beside the columns."""
    many, rng = len(clicks), np.random.default_rng(5)
    ts = pa.array(1_790_000_000_000_000 + 60_000_000 * (start + np.arange(many)), pa.timestamp("us", "UTC"))
    told = {"user_id": [f"u{n}" for n in rng.integers(3000, size=many)], "ad_id": [f"a{n % 50}" for n in range(many)]}
    noise = {"context_colour": [f"c{n}" for n in rng.integers(8, size=many)], "user_height": rng.normal(size=many)}
    return pa.table({**told, "ts": ts, "click": np.asarray(clicks, np.int64), **noise, **columns})


@pytest.fixture(scope="module")
def tastes():
    """Whether an ad is clicked is decided by a table of age and kind: (schema, rows, chances)."""
    rng = np.random.default_rng(1)
    age, kind = rng.integers(6, size=8000), np.arange(8000) % 50 % 10
    chance = measure.sigmoid(rng.normal(0, 1.2, (6, 10))[age, kind] - 1.5)
    log = log_of(rng.random(8000) < chance, user_age=[f"g{n}" for n in age], ad_kind=[f"k{n}" for n in kind])
    return (*encoded(log), chance)


def test_pairs_of_values_are_learnt_and_what_says_nothing_fades(tastes):
    schema, built, chance = tastes
    found = crosses.fit(schema, built.arrays, built.clicks, np.arange(6000))
    later = {name: values[6000:] for name, values in built.arrays.items()}
    logits = found.logits(later)
    best = measure.auc(built.clicks[6000:], chance[6000:])
    assert measure.auc(built.clicks[6000:], logits) > best - 0.02
    quiet = {**later, "context_tokens": np.zeros_like(later["context_tokens"])}
    assert np.abs(found.logits(quiet) - logits).mean() < 0.15 * logits.std()
    assert measure.ece(built.clicks[6000:], measure.sigmoid(logits)) < 0.03


def test_the_same_rows_give_the_same_bytes_and_a_file_gives_the_same_logits(tastes, tmp_path):
    schema, built, _ = tastes
    made = [crosses.fit(schema, built.arrays, built.clicks, np.arange(2000)) for _ in range(2)]
    for name, one in zip(("one", "two"), made, strict=True):
        one.save(tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    again = crosses.Crosses.load(tmp_path / "one.npz")
    np.testing.assert_array_equal(again.logits(built.arrays), made[0].logits(built.arrays))


def test_of_ads_is_what_their_own_values_add(tastes):
    schema, built, _ = tastes
    found = crosses.fit(schema, built.arrays, built.clicks, np.arange(6000))
    ads = built.arrays["ad_tokens"][:50]
    request = {name: np.zeros_like(values[:50]) for name, values in built.arrays.items()}
    added = found.logits({**request, "ad_tokens": ads}) - found.logits(request)
    alone = found.of_ads(ads)
    assert alone.shape == (50, 1)
    np.testing.assert_allclose(alone[:, 0], added, atol=1e-5)


def test_tables_are_looked_up_for_every_value_as_often_as_it_stands_there():
    """A column of up to three values, one of the context and one of the ad; one request for all ads, and row by row."""
    rng = np.random.default_rng(8)
    columns = np.array([[0, 0, 3, 1, 4], [1, 0, 1, 5, 3], [2, 0, 1, 8, 6]])
    blocks = np.array([[0, 0], [1, 1], [2, 2], [0, 1], [0, 2], [1, 2]])
    width = [5, 4, 7, 5 * 4, 5 * 7, 4 * 7]
    tables = [np.r_[0, rng.normal(size=w - 1)].astype(np.float32) for w in width]  # nothing weighs nothing
    none = np.zeros(0)
    found = crosses.Crosses(columns, blocks, np.concatenate(tables), none, np.zeros(3, np.int64), 0.5)

    def by_hand(user, context, ad):
        codes = [[t for t in user if t], [context - 4] if context else [], [ad - 7] if ad else []]
        total = 0.5
        for (a, b), table in zip(blocks.tolist(), tables, strict=True):
            size = columns[b, -1] + 1
            places = codes[a] if a == b else [one * size + other for one in codes[a] for other in codes[b]]
            total += sum(float(table[place]) for place in places)
        return total

    for users in ([[2, 2, 0]], [[0, 0, 0]], [[1, 2, 2], [4, 0, 4], [3, 3, 3]]):
        contexts, ads = [[6], [0], [7]][: len(users)], np.array([[8], [0], [13]])
        told = {"user_tokens": np.array(users), "context_tokens": np.array(contexts), "ad_tokens": ads}
        told |= {f"{name}_numbers": np.zeros((3, 0)) for name in ("user", "context", "ad")} | {"pair": np.zeros((3, 0))}
        expected = [
            by_hand(users[i % len(users)], contexts[i % len(users)][0], int(ads[i, 0])) for i in range(len(ads))
        ]
        np.testing.assert_allclose(found.logits(told), expected, atol=1e-6)


def test_the_same_value_on_both_sides_counts_where_it_was_never_seen_on_both():
    rng = np.random.default_rng(2)
    likes, about = rng.integers(20, size=(2, 9000))
    likes = np.where((likes == 0) & (about == 0), 1, likes)  # nobody who likes 0 saw an ad about 0
    clicks = rng.random(9000) < np.where(likes == about, 0.5, 0.1)
    schema, built = encoded(log_of(clicks, user_likes=[f"t{n}" for n in likes], ad_about=[f"t{n}" for n in about]))
    found = crosses.fit(schema, built.arrays, built.clicks, np.arange(9000))
    asked = log_of([0, 0], user_likes=["t0", "t0"], ad_about=["t0", "t1"])
    known = rows.catalogue(schema, asked)
    same, other = found.logits(rows.build(schema, asked, known, empty(20, 0.1), alike.nothing()).arrays)
    assert same > other + 1


def test_of_a_log_that_is_too_wide_pairs_that_tell_nothing_make_room_for_older_rows(tastes, monkeypatch):
    schema, built, chance = tastes
    _, blocks = crosses.layout(schema)
    monkeypatch.setattr(crosses, "MOST", 2000 * len(blocks))
    few = crosses.fit(schema, built.arrays, built.clicks, np.arange(8000))
    monkeypatch.setattr(crosses, "MOST", 10**9)
    fresh = crosses.fit(schema, built.arrays, built.clicks, np.arange(6000, 8000))
    names = [c.name for f in (schema.user, schema.context, schema.ad) for c in (*f.categories, *f.numbers)]
    names.remove("user_id")
    assert [names.index("user_age"), names.index("ad_kind")] in few.blocks.tolist()
    assert len(few.blocks) < len(blocks)
    told = [np.corrcoef(found.logits(built.arrays), np.log(chance / (1 - chance)))[0, 1] for found in (few, fresh)]
    assert told[0] > told[1] + 0.01


def test_ids_are_in_no_pair_nor_are_two_columns_of_the_ad_or_huge_ones(tastes, monkeypatch):
    schema, _, _ = tastes
    columns, blocks = crosses.layout(schema)
    user, ad = (
        [i for i, c in enumerate(columns) if (c.family, c.start, c.end) == (place, *family.slices[0])]
        for place, family in ((0, schema.user), (2, schema.ad))
    )
    assert not user
    assert [block for block in blocks.tolist() if ad[0] in block] == [ad * 2]
    assert not [1 for a, b in blocks if a != b and columns[a].family == columns[b].family == 2]
    monkeypatch.setattr(crosses, "LARGEST", 0)
    assert all(a == b for a, b in crosses.layout(schema)[1])


def test_a_number_of_the_user_times_one_of_the_ad_is_learnt():
    """The young click the dear ads and the old the cheap ones, at prices that only few rows each bear."""
    rng = np.random.default_rng(4)
    age, price = rng.uniform(15, 70, 6000), rng.uniform(1, 9, 50)[np.arange(6000) % 50]
    chance = measure.sigmoid(0.08 * (40 - age) * (price - 5) - 1.5)
    schema, built = encoded(log_of(rng.random(6000) < chance, user_age=age, ad_price=price))
    found = crosses.fit(schema, built.arrays, built.clicks, np.arange(3000))
    later = {name: values[3000:] for name, values in built.arrays.items()}
    best = measure.auc(built.clicks[3000:], chance[3000:])
    assert measure.auc(built.clicks[3000:], found.logits(later)) > best - 0.015


def test_products_of_too_many_numbers_are_left_out(tastes, monkeypatch):
    _, built, _ = tastes
    own = np.array([1, 0, 1])
    wide = crosses.dense(built.arrays, own).shape[1]
    monkeypatch.setattr(crosses, "PRODUCTS", 0)
    assert crosses.dense(built.arrays, own).shape[1] == wide - 1


def test_a_value_that_stands_twice_counts_twice(tastes):
    """The more often a kind is among the last things looked at, the likelier a click."""
    rng = np.random.default_rng(6)
    many = rng.integers(6, size=6000)
    looked = ["|".join(["games"] * n + ["books"] * (6 - n)) for n in many]
    chance = measure.sigmoid(0.8 * many - 4)
    schema, built = encoded(log_of(rng.random(6000) < chance, user_recent=looked, ad_kind=["k"] * 6000))
    found = crosses.fit(schema, built.arrays, built.clicks, np.arange(4000))
    later = {name: values[4000:] for name, values in built.arrays.items()}
    assert (
        measure.auc(built.clicks[4000:], found.logits(later)) > measure.auc(built.clicks[4000:], chance[4000:]) - 0.01
    )


def test_a_request_is_added_up_once_for_all_ads(tastes):
    """Columns of one value and of several, of user, context and ad; numbers; factors."""
    rng = np.random.default_rng(3)
    several = ["|".join(f"t{n}" for n in rng.integers(6, size=rng.integers(1, 4))) for _ in range(600)]
    about = ["|".join(f"s{n}" for n in rng.integers(5, size=rng.integers(1, 3))) for _ in range(600)]
    kinds = [f"k{n}" for n in rng.integers(4, size=600)]
    log = log_of(rng.random(600) < 0.3, user_read=several, ad_about=about, ad_kind=kinds, ad_price=rng.normal(size=600))
    schema, built = encoded(log)
    fitted = crosses.fit(schema, built.arrays, built.clicks, np.arange(600))
    factors = [rng.normal(size=(60, 3)).astype(np.float32) for _ in range(2)]
    for known in (fitted, replace(fitted, people=factors[0], ads=factors[1])):
        for row in (0, 7):
            mine = [n for n in built.arrays if n.startswith(("user", "context"))]
            asked = {**built.arrays, **{n: built.arrays[n][row : row + 1] for n in mine}}
            short = known.of_request({n: asked[n] for n in mine})
            assert len(short.columns) < len(known.columns) and np.ptp(known.logits(asked)) > 0.1
            np.testing.assert_allclose(short.logits(asked), known.logits(asked), atol=1e-6)
