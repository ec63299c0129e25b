"""Dates and paths: a ds is a calendar date and never leaves the root."""

import pytest

from config.datasets import DATASETS, BadDate, dataset, parse_ds


@pytest.mark.parametrize(
    "ds", ["../../etc", "2026-1-1", "2026-13-01", "2026-02-30", "", "2026-11-01/..", "20261101", "٢٠٢٦-11-01"]
)
def test_what_is_no_date_is_refused_by_value(ds: str) -> None:
    with pytest.raises(BadDate, match="YYYY-MM-DD"):
        parse_ds(ds)
    with pytest.raises(BadDate):
        dataset("landing/ads").path(ds)


def test_a_path_names_layer_dataset_and_day() -> None:
    assert dataset("landing/ads").path("2026-11-01") == "landing/ads/ds=2026-11-01"


def test_an_unknown_dataset_is_told_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="landing/documents"):
        dataset("landing/nothing")


def test_keys_are_columns() -> None:
    for d in DATASETS.values():
        assert set(d.key) <= {c.name for c in d.columns}
