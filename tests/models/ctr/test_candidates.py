"""Candidates: the ads that the ranker would put on top, without scoring every ad."""

import numpy as np
import pyarrow as pa
import pytest

from models.ctr import candidates, exhaustive, memory, reach, rows
from models.ctr.rows import Catalogue, embed_ads

MANY = 3000
ROW = {"user_id": "u3", "context_device": "mobile"}


@pytest.fixture(scope="module")
def crowded(server):
    """The small release with its ads and many of the same content that nobody has seen."""
    rng, known = np.random.default_rng(2), server.catalogue
    drawn = rng.integers(len(known.key), size=MANY)
    tokens = known.tokens[drawn].copy()
    tokens[:, 0] = server.schema.ad.categories[0].offset
    key = np.r_[known.key, rng.integers(1, 2**63, size=MANY, dtype=np.uint64)]
    order = np.argsort(key)
    parts = ((known.ids, np.array([f"n{i}" for i in range(MANY)])), (known.titles, np.full(MANY, "")))
    ids, titles = (np.concatenate(p)[order] for p in parts)
    whole = Catalogue(
        key[order], ids, titles, np.r_[known.tokens, tokens][order], np.r_[known.numbers, known.numbers[drawn]][order]
    )
    made = embed_ads(server.runtime.network("ad"), whole, server.memory)
    return candidates.placed(server.over(whole, made["vector"], made["fields"]), server.space.distilled)


def test_two_stages_find_what_scoring_every_ad_finds(crowded, make_log):
    told = exhaustive.agreement(crowded, make_log(200, seed=4, start_hours=60))
    assert told["most_pairs_scored"] <= candidates.PAIRS < MANY
    assert told["top10_as_exhaustive"] >= 0.95


def test_ads_clicked_before_are_scored(crowded):
    request = crowded.asked(ROW)
    found, logits = candidates.find(request, 10)
    assert len(found) == len(set(found.tolist())) == len(logits)
    liked = crowded.memory.clicked(request.key, 50)
    assert set(crowded.catalogue.row(liked[liked > 0])) <= set(found.tolist())


def test_as_many_ads_as_are_asked_for(crowded):
    assert len(candidates.find(crowded.asked(ROW), 2000)[0]) >= 2000
    assert len(crowded.answer({"user": "u3", "k": 2000})["ads"]) == 2000


def test_a_small_catalogue_is_scored_whole(server):
    found, _ = candidates.find(server.asked(ROW), 10)
    assert len(found) == 44


def test_the_past_of_a_release_has_no_later_clicks(server, make_log):
    then = candidates.as_of(server, memory.empty(4, 0.1), make_log(30, seed=4, start_hours=60), 7)
    assert len(candidates.clicked(then, memory.name_hashes(pa.array(["u3"])))) == 0
    assert not np.allclose(then.vectors, server.vectors)
    assert not np.array_equal(then.space.distilled.projection, server.space.distilled.projection)


def test_hits_are_clicked_rows_among_the_best(crowded, make_log):
    table = make_log(30, seed=4, start_hours=60)
    best = exhaustive.hits(crowded, table, most=1)
    assert best.shape == (np.sum(table["click"].to_numpy()), 1)
    assert best.mean() < 0.5
    assert exhaustive.hits(crowded, table, most=MANY + 44).all()


def test_what_is_never_shown_is_not_clicked_in_a_log(crowded, make_log):
    """Among hundreds of newcomers of the same kinds those that are shown are found by leaning on it."""
    table = make_log(300, seed=4, start_hours=60)
    plain, leaning = exhaustive.hits(crowded, table, (0.0, 4.0), most=44).mean(axis=0)
    assert leaning > 0.95 > plain
    assert reach.by_rank(crowded, table)[0] > 0
    nobody = table.set_column(3, "click", pa.array(np.zeros(300, np.int64)))
    assert reach.by_rank(crowded, nobody) == (0.0, 0.0)


def test_newcomers_take_each_column_from_some_ad(server):
    places = np.arange(len(server.catalogue.key))
    tokens, numbers = candidates.crossed(server, places, np.random.default_rng(1))
    assert set(tokens[:, 0]) == {server.schema.ad.categories[0].offset}
    assert np.isin(tokens[:, 1:], server.catalogue.tokens[:, 1:]).all()
    assert (tokens[:, 1:] != server.catalogue.tokens[:, 1:]).any()
    assert numbers.shape == server.catalogue.numbers.shape


def test_ads_of_one_kind_bear_one_mark(server):
    tokens = server.catalogue.tokens
    marks = rows.marks(server.schema, tokens)
    kind = tokens[:, server.schema.ad.slices[1][0]]
    assert set(marks.sum(axis=1)) == {len(rows.kinds(server.schema))}
    assert ((marks[:, None] == marks[None]).all(axis=2) == (kind[:, None] == kind[None])).all()
