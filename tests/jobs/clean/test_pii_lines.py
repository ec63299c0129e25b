"""The labelled lines as they stand in the file, and the floors that masking has to keep on them."""

from collections import Counter

import pytest

from bench.pii import judge, precision, recall
from bench.pii_lines import read

LINES = read()
COUNTS = judge(LINES)


def test_the_lines_are_many_and_half_of_them_look_alikes():
    assert len(LINES) >= 2000
    assert sum(not line.spans for line in LINES) >= 0.4 * len(LINES)
    assert set(COUNTS) == {"RRN", "PHONE", "EMAIL", "CARD", "ACCOUNT", "IP", "PLATE", "ADDRESS"}


def test_recall_and_precision_of_all_spans():
    whole = sum(COUNTS.values(), Counter())
    assert recall(whole) >= 0.99
    assert precision(whole) >= 0.98


@pytest.mark.parametrize("kind", sorted(COUNTS))
def test_no_type_falls_behind(kind):
    assert recall(COUNTS[kind]) >= 0.97
    assert precision(COUNTS[kind]) >= 0.97
