"""Documents cut into paragraphs of bounded length, and when two paragraphs are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from language.sentences import sentences

Span = tuple[int, int]
MARKS = re.compile(r"[\W_]+")


def cut(text: str, limit: int) -> Iterator[Span]:
    """(start, end) of paragraphs of at most ``limit`` characters: the whole text if it fits, else sentences packed."""
    if len(text) <= limit:
        if text.strip():
            yield 0, len(text)
        return
    start, end = 0, 0
    for first, last in sentences(text):
        if end > start and last - start > limit:
            yield start, end
            start = first
        if end <= start:
            start = first
        while last - start > limit:
            yield start, start + limit
            start += limit
        end = last
    if end > start:
        yield start, end


def key(text: str) -> str:
    """What two copies of a paragraph share: letters and digits, without case, spaces and marks."""
    return MARKS.sub("", unicodedata.normalize("NFKC", text).casefold())


def same(one: str, other: str, size: int = 8, share: float = 0.8) -> bool:
    """Whether most of the shorter of two keys stands in the other (runs of ``size`` characters)."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < size:
        return False
    runs = {short[i : i + size] for i in range(len(short) - size + 1)}
    return sum(run in long for run in runs) >= share * len(runs)
