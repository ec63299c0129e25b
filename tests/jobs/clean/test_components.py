import random

import pyarrow as pa

from jobs.clean.components import label, union


def test_union_gives_the_smallest_node_of_each_component():
    assert union([(5, 3), (3, 9), (7, 8)]) == {3: 3, 5: 3, 9: 3, 7: 7, 8: 7}
    assert union([]) == {}


def test_driver_and_cluster_agree_on_chains_stars_and_noise(spark):
    random_ = random.Random(1)
    edges = [(i, i + 1) for i in range(40)] + [(100, 100 + i) for i in range(1, 20)]
    edges += [(random_.randrange(200, 400), random_.randrange(200, 400)) for _ in range(60)]
    random_.shuffle(edges)
    pairs = spark.createDataFrame(pa.table({"a": [a for a, _ in edges], "b": [b for _, b in edges]}))
    by_driver, by_cluster = (
        {row["node"]: row["label"] for row in label(pairs, most).toArrow().to_pylist()} for most in (10_000, 10)
    )
    assert by_driver == by_cluster == union(edges)
    assert len(set(by_driver.values())) < len(by_driver)
