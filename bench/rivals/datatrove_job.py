"""The corpus job as datatrove offers it: Gopher's filters, PII, MinHash in four steps; in an environment of its own.

    python datatrove_job.py INPUT_FOLDER WORK_FOLDER

INPUT_FOLDER holds JSONL files of (id, text), one a task. Words are cut at white space, which is the cheapest cut there
is and kinder to Korean than the English default. Its language filter downloads a model, so it is left out. Prints
seconds, documents in and documents out as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.word_tokenizers import WordTokenizer

WORKERS = 2
CONFIG = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)


class Spaces(WordTokenizer):
    """Words are what stands between white space."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [(0, len(text))]


def run(pipeline: list, work: Path, name: str, tasks: int) -> None:
    logs = str(work / "logs" / name)
    LocalPipelineExecutor(pipeline, tasks=tasks, workers=WORKERS, logging_dir=logs, start_method="fork").run()


def main(source: Path, work: Path) -> None:
    words = Spaces()
    clean, found = str(work / "clean"), {n: str(work / n) for n in ("signatures", "buckets", "removed", "out")}
    quality = GopherQualityFilter(min_doc_words=1, min_avg_word_length=1, min_stop_words=0, language=words)
    start = time.monotonic()
    filters = [GopherRepetitionFilter(language=words), quality, PIIFormatter(), JsonlWriter(clean, compression=None)]
    run([JsonlReader(str(source)), *filters], work, "clean", WORKERS)
    signatures = MinhashDedupSignature(found["signatures"], CONFIG, language=words)
    run([JsonlReader(clean), signatures], work, "signatures", WORKERS)
    run(
        [MinhashDedupBuckets(found["signatures"], found["buckets"], config=CONFIG)], work, "buckets", CONFIG.num_buckets
    )
    run([MinhashDedupCluster(found["buckets"], found["removed"], config=CONFIG)], work, "cluster", 1)
    kept = [MinhashDedupFilter(found["removed"]), JsonlWriter(found["out"], compression=None)]
    run([JsonlReader(clean), *kept], work, "filter", WORKERS)
    seconds = time.monotonic() - start
    out = sum(file.read_bytes().count(b"\n") for file in Path(found["out"]).glob("*.jsonl"))
    rows = sum(file.read_bytes().count(b"\n") for file in source.glob("*.jsonl"))
    print(json.dumps({"seconds": seconds, "rows_in": rows, "rows_out": out}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
