import faiss
import numpy as np
import pytest

from models import index
from models.index import IndexConfig

MANY, WIDE = 25_000, 16


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(4)
    return (rng.normal(size=(60, WIDE))[rng.integers(60, size=MANY)] + rng.normal(0, 0.5, (MANY, WIDE))).astype("f4")


@pytest.mark.parametrize("metric", ["ip", "l2"])
def test_a_large_table_is_searched_in_part_and_found_as_if_whole(vectors, metric):
    config, asked = IndexConfig(), vectors[::100] + 0.1
    found = index.build(vectors, metric, config, asked)
    assert found.nprobe < found.nlist and 64 * found.nlist <= MANY
    assert index.recall(found, vectors, metric, config, asked) >= 0.99
    whole = faiss.index_factory(WIDE, "Flat", index.metric(metric))
    whole.add(vectors)
    (own, _), (best, _) = (one.search(asked[:50], 10) for one in (found, whole))
    assert np.isclose(own, best, rtol=1e-4).mean() > 0.98


def test_a_small_table_is_searched_whole(vectors):
    assert isinstance(index.build(vectors[:500], "ip", IndexConfig()), faiss.IndexFlat)


def test_whoever_has_few_rows_cut_into_lists_gets_one(vectors):
    found = index.build(vectors[:50], "ip", IndexConfig(flat_below=10))
    assert found.nlist == 1 and sorted(found.search(vectors[:1], 50)[1][0].tolist()) == list(range(50))


def test_the_same_vectors_give_the_same_bytes(vectors):
    one, two = (faiss.serialize_index(index.build(vectors, "ip", IndexConfig())) for _ in range(2))
    np.testing.assert_array_equal(one, two)
