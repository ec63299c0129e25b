"""Masking of personal data against labelled lines: a span counts where its borders and its type are right."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.pii_lines import Line, read
from bench.row import Row, figure
from jobs.clean import pii

Counts = dict[str, Counter[str]]


def judge(lines: Sequence[Line]) -> Counts:
    """By type: ``right``, ``missed`` and ``wrong`` spans."""
    counts: Counts = {}
    for line in lines:
        found = {(start, end, token.strip("[]")) for start, end, token in pii.find(line.text)}
        labelled = set(line.spans)
        for name, spans in (("right", found & labelled), ("missed", labelled - found), ("wrong", found - labelled)):
            for _, _, kind in spans:
                counts.setdefault(kind, Counter())[name] += 1
    return counts


def recall(of: Counter[str]) -> float:
    return of["right"] / max(1, of["right"] + of["missed"])


def precision(of: Counter[str]) -> float:
    return of["right"] / max(1, of["right"] + of["wrong"])


def rows(_data: Path) -> Iterator[Row]:
    lines = read()
    counts = judge(lines)
    whole = sum(counts.values(), Counter[str]())
    yield figure("pii/lines", len(lines), "", at_least=2000)
    yield figure("pii/recall", recall(whole), "", at_least=0.99)
    yield figure("pii/precision", precision(whole), "", at_least=0.98)
    for kind in sorted(counts):
        yield figure(f"pii/recall_{kind.lower()}", recall(counts[kind]), "")
        yield figure(f"pii/precision_{kind.lower()}", precision(counts[kind]), "")
    began = time.process_time()
    for line in lines:
        pii.mask(line.text)
    yield figure("pii/lines_per_second", len(lines) / (time.process_time() - began), "1/s of one core")
