"""Corpus cleaning: documents a second on the simulated portal and on film reviews, with Spark's start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.lakes import naru, need, scratch
from bench.row import Row, figure

DS = "2026-11-01"


def rows(data: Path) -> Iterator[Row]:
    with scratch() as lake:
        naru(lake, "stage", "land_corpus", "--ds", DS)
        spent = naru(lake, "stage", "clean_corpus", "--ds", DS)
        counts = lake.partition("clean/documents", DS).manifest()["counts"]
        yield figure("corpus/portal_documents_per_second", counts["rows_in"] / spent.seconds, "1/s")
    file = need(data / "reviews" / "nsmc_raw.tsv.gz")
    with scratch() as lake:
        brought = naru(lake, "import", "reviews-tsv", str(file), "--ds", DS)
        yield figure("corpus/reviews_import", brought.seconds, "s")
        spent = naru(lake, "stage", "clean_corpus", "--ds", DS, "--source", "files")
        counts = lake.partition("clean/documents", DS).manifest()["counts"]
        yield figure("corpus/reviews_rows_per_second", counts["rows_in"] / spent.seconds, "1/s")
        yield figure("corpus/reviews_peak_memory", spent.peak_gib, "GiB", at_most=8)
