"""``clean_corpus`` itself, several times in one warm process, each time with force on the day that is landed.

    python own_job.py TIMES DAY      (NARU_ROOT and NARU_CONFIG name the lake and the settings)

Prints the seconds of each time as JSON; Spark's start stands before the first.
"""

from __future__ import annotations

import json
import sys
import time

import pipeline
from command import java
from config.settings import load
from jobs.session import session


def main(times: int, ds: str) -> None:
    java.use_java()
    settings = load()
    session(settings).range(1).count()
    seconds = []
    for _ in range(times):
        start = time.monotonic()
        pipeline.run_stage("clean_corpus", ds, settings, force=True)
        seconds.append(time.monotonic() - start)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
