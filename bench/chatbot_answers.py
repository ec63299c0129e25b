"""A fresh process on one core: how long a chatbot's release takes to its first answer, and to the others.

``python -m bench.chatbot_answers RELEASE QUESTIONS.json`` prints JSON: ``kiwi_s`` of loading the analyser alone,
``cold_s`` of imports, files and the first answer beside it, ``p50_ms`` of the answers after it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main(folder: Path, questions: list[str]) -> dict[str, float]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    began = time.perf_counter()
    from language.morphemes import analyse

    list(analyse(["안녕하세요"]))
    kiwi = time.perf_counter() - began
    from models.chatbot.serve import load
    from models.runtime import ReleaseRuntime

    bot = load(ReleaseRuntime(folder))
    bot.answer({"text": questions[0]})
    cold = time.perf_counter() - began - kiwi
    times = []
    for question in questions[1:]:
        start = time.perf_counter()
        bot.answer({"text": question})
        times.append(time.perf_counter() - start)
    return {"kiwi_s": kiwi, "cold_s": cold, "p50_ms": 1e3 * sorted(times)[len(times) // 2]}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
