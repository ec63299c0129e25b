"""Corpus cleaning: against other tools on one input, near duplicates by true similarity, and all film reviews."""

from __future__ import annotations

import gzip
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench import crowd, duplicates, rivals
from bench.lakes import naru, need, scratch
from bench.planted import Planted, planted, sentences
from bench.row import Row, figure
from config.lake import Lake

DS = "2026-11-01"
SIZE, TIMES, SHARE = 200_000, 3, 8
PLAIN = "[clean_corpus]\nmorphemes = false\n"
ANALYSED = "[clean_corpus]\nstatistics = false\n"
RIVALLED = "[clean_corpus]\nsentences = false\nmorphemes = false\n"
FILES = ("--ds", DS, "--source", "files")
REPEATS = 23_896


def rows(data: Path) -> Iterator[Row]:
    with scratch() as lake:
        naru(lake, "stage", "land_corpus", "--ds", DS)
        spent = naru(lake, "stage", "clean_corpus", "--ds", DS)
        counts = lake.partition("clean/documents", DS).manifest()["counts"]
        yield figure("corpus/portal_documents_per_second", counts["rows_in"] / spent.seconds, "1/s")
    with scratch() as lake:
        yield from beside_others(lake, planted(sentences(data), SIZE))
    with scratch() as lake:
        yield from crowd.rows(lake, DS, " ".join(sentences(data)[:8]), PLAIN)
    yield from reviews(need(data / "reviews" / "nsmc_raw.tsv.gz"))


def beside_others(lake: Lake, made: Planted) -> Iterator[Row]:
    """Documents a second of the job without sentences and morphemes, which no rival has; then the planted pairs."""
    source, table = written(lake, made)
    naru(lake, "land", "documents", str(Path(lake.base, "planted.jsonl")), "--ds", DS)
    ours = SIZE / warm(lake, RIVALLED)
    others = {
        "datatrove": repeated("datatrove_job.py", lake, source, apart="rivals"),
        "PySpark, a function a row": repeated("udf_job.py", lake, table),
        "polars": repeated("polars_job.py", lake, table),
    }
    for name, rival in others.items():
        at_least = 4 * rival if name == "datatrove" else None
        said = name.split(",")[0].lower()
        yield figure(f"corpus/documents_per_second_beside_{said}", ours, "1/s", at_least, rival=(name, rival))
    naru(lake, "stage", "clean_corpus", *FILES, "--force", config=PLAIN)
    yield from duplicates.rows(lake, DS, made)


def written(lake: Lake, made: Planted) -> tuple[Path, Path]:
    """The input for all: a folder of two JSONL files of (id, text), a Parquet file, and a delivery of documents."""
    folder, table = Path(lake.base, "input"), Path(lake.base, "input.parquet")
    folder.mkdir()
    lines = [json.dumps({"id": k, "text": v}, ensure_ascii=False) for k, v in made.texts.items()]
    for part in (0, 1):
        (folder / f"{part}.jsonl").write_text("\n".join(lines[part::2]) + "\n", encoding="utf-8")
    pq.write_table(pa.table({"id": list(made.texts), "text": list(made.texts.values())}), table)
    with Path(lake.base, "planted.jsonl").open("w", encoding="utf-8") as file:
        for name, text in made.texts.items():
            file.write(json.dumps({"doc_id": name, "body": text}, ensure_ascii=False) + "\n")
    return folder, table


def repeated(script: str, lake: Lake, source: Path, apart: str | None = None) -> float:
    """Documents a second of a rival, the median of several runs, each with a folder of its own."""
    places = (Path(lake.base, f"{script}-{number}") for number in range(TIMES))
    return SIZE / middle(script, [rivals.run(script, source, place, apart=apart)["seconds"] for place in places])


def middle(name: str, seconds: Sequence[float]) -> float:
    """The median; all of them and the load are told."""
    told = ", ".join(f"{s:.1f}" for s in seconds)
    print(f"  {name}: {told} s (load {os.getloadavg()[0]:.1f})", file=sys.stderr)
    return statistics.median(seconds)


def reviews(file: Path) -> Iterator[Row]:
    """All film reviews and parts of them: time, growth, exact duplicates; then the share of the morphemes."""
    lines = gzip.decompress(file.read_bytes()).decode("utf-8").removesuffix("\n").split("\n")
    head, lines = lines[0], lines[1:]
    seconds: dict[float, float] = {}
    for part in (SHARE, 4, 2, 1):
        with scratch() as lake:
            own = Path(lake.base, "reviews.tsv")
            own.write_text("\n".join([head, *lines[: len(lines) // part]]) + "\n", encoding="utf-8")
            naru(lake, "import", "reviews-tsv", str(own), "--ds", DS)
            spent = naru(lake, "stage", "clean_corpus", *FILES, config=PLAIN)
            seconds[1 / part] = spent.seconds
            yield figure(f"corpus/reviews_seconds_1_of_{part}", spent.seconds, "s")
            if part == SHARE:
                yield from morphemes(lake)
            if part == 1:
                yield from whole(lake, spent.seconds, spent.peak_gib)
    growth = math.log(seconds[1.0] / seconds[1 / SHARE]) / math.log(SHARE)
    yield figure("corpus/reviews_growth_exponent", growth, "", at_most=1.0)


def whole(lake: Lake, seconds: float, peak: float) -> Iterator[Row]:
    """Figures of all reviews; the drop table is printed."""
    counts = lake.partition("clean/documents", DS).manifest()["counts"]
    for reason, number in sorted(counts["dropped"].items(), key=lambda item: -item[1]):
        print(f"    {reason} {number:,}", file=sys.stderr)
    yield figure("corpus/reviews_rows_per_second", counts["rows_in"] / seconds, "1/s")
    yield figure("corpus/reviews_peak_memory", peak, "GiB", at_most=8)
    dropped = lake.partition("clean/dropped", DS).table(["duplicate_of", "similarity"]).to_pylist()
    found = sum(row["duplicate_of"] is not None and row["similarity"] == 1.0 for row in dropped)
    yield figure("corpus/reviews_exact_duplicates", found, "", at_least=REPEATS)


def morphemes(lake: Lake) -> Iterator[Row]:
    """What Kiwi takes of the whole job, warm, and its sentences a second there beside Kiwi alone in two processes.

    What the job takes longer with morphemes is Kiwi's; the statistics that count them are off for it.
    """
    without, spent, whole = warm(lake, PLAIN), warm(lake, ANALYSED), warm(lake, "[clean_corpus]\nstatistics = true\n")
    table = lake.partition("clean/documents", DS).table(["text", "sentences"])
    many = sum(map(len, table["sentences"].to_pylist()))
    yield figure("corpus/share_of_time_in_kiwi", (spent - without) / whole, "")
    alone = kiwi_alone(table["text"].to_pylist()[:40_000]) * many / len(table)
    inside = many / (spent - without)
    yield figure("corpus/sentences_per_second", inside, "1/s", 0.9 * alone, rival=("Kiwi alone, two workers", alone))


def warm(lake: Lake, config: str) -> float:
    """Median seconds of the job in one process, with a configuration of its own."""
    own = Path(lake.base, "bench.toml")
    own.write_text(config, encoding="utf-8")
    settings = {"NARU_ROOT": lake.root, "NARU_CONFIG": str(own)}
    return middle(config.split("\n")[1], rivals.run("own_job.py", str(TIMES), DS, environment=settings)["seconds"])


def kiwi_alone(texts: list[str]) -> float:
    """Texts a second of Kiwi in two processes that have loaded it."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(analysed, [texts[:50], texts[50:100]]))
        start = time.monotonic()
        done = sum(pool.map(analysed, [texts[at : at + 2_000] for at in range(0, len(texts), 2_000)]))
        return done / (time.monotonic() - start)


def analysed(texts: list[str]) -> int:
    """Analyse in a process of the pool; returns how many texts."""
    from language.morphemes import analyse

    return len(list(analyse(texts)))
