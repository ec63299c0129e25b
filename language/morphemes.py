"""Kiwi morphemes with POS and character offsets, for whoever reads Korean text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

ENDINGS = frozenset({"EP", "EF", "EC", "ETN", "ETM"})
CONTENT = ("NN", "NP", "NR", "VV", "VA", "VX", "XR", "MAG", "SL", "SH", "SN", "IC", "MM")


class Morpheme(NamedTuple):
    """``start`` and ``end`` are character offsets into the text that was analysed."""

    form: str
    tag: str
    start: int
    end: int

    @property
    def ending(self) -> bool:
        return self.tag in ENDINGS

    @property
    def content(self) -> bool:
        return self.tag.startswith(CONTENT)


@lru_cache(maxsize=1)
def kiwi(workers: int = 1) -> Any:
    """The analyser, once a process (2-4 s and about 500 MB)."""
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=workers)


def analyse(texts: Iterable[str], workers: int = 1) -> Iterator[list[Morpheme]]:
    """Morphemes of each text, in order. Irregular tags (VV-I) are cut to their base (VV)."""
    for tokens in kiwi(workers).tokenize(texts):
        yield [Morpheme(t.form, t.tag.split("-")[0], t.start, t.end) for t in tokens]
