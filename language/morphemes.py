"""Kiwi morphemes with POS and character offsets, for whoever reads Korean text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

ENDINGS = frozenset({"EP", "EF", "EC", "ETN", "ETM"})
CONTENT = ("NN", "NP", "NR", "VV", "VA", "VX", "XR", "MAG", "SL", "SH", "SN", "IC", "MM")
SURROGATE = re.compile(r"[\ud800-\udfff]")
CHAT_JAMO = re.compile(r"[\u3131-\u318e]")
_loaded: list[Any] = []


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


def kiwi(workers: int = 1) -> Any:
    """The analyser, once a process (1-4 s and 300-500 MB); the first call decides its number of threads."""
    if not _loaded:
        from kiwipiepy import Kiwi

        _loaded.append(Kiwi(num_workers=workers))
    return _loaded[0]


def analyse(texts: Iterable[str], workers: int = 1) -> Iterator[list[Morpheme]]:
    """Morphemes of each text, in order, read as the texts come.

    Irregular tags (VV-I) are cut to their base (VV); words of any foreign script are SL, as Kiwi has it for Latin.
    Syllables that share a character (했 = 하 + 었) share its offsets.
    """
    for tokens in kiwi(workers).tokenize(map(readable, texts)):
        yield [Morpheme(t.form, tag_of(t.form, t.tag), t.start, t.end) for t in tokens]


def tagged(texts: Iterable[str], workers: int = 1) -> Iterator[list[str]]:
    """``form/TAG`` of each morpheme of each text, in order: what ``analyse`` says, without its offsets."""
    for tokens in kiwi(workers).tokenize(map(readable, texts)):
        yield [f"{t.form}/{tag_of(t.form, t.tag)}" for t in tokens]


def tag_in(term: str) -> str:
    """The tag of a ``form/TAG``."""
    return term.rpartition("/")[2]


def readable(text: str) -> str:
    """The text with lone surrogates, which Kiwi cannot read, replaced one for one, so that offsets hold."""
    return SURROGATE.sub("\ufffd", text)


def tag_of(form: str, tag: str) -> str:
    """The tag without Kiwi's regularity mark; foreign words that Kiwi calls symbols become SL."""
    if tag == "SW" and any(map(str.isalpha, form)) and not CHAT_JAMO.match(form):
        return "SL"
    return tag.split("-", 1)[0]
