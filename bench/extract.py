"""Main text of help pages beside what a person marked as such: token F1 of the extractors, and pages a second.

The pages are those of Debian's ``libreoffice-help-ko``, which stay where the package puts them. ``main_text.tsv`` names
thirty of them with their hash, and of the lines of a plain rendering those that are main text: not the header, the
index, the lists of related topics and the footer.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from bench.row import Absent, Row, figure
from jobs.clean.extract import main_text

PAGES = Path("/usr/share/libreoffice/help/ko/text")
MARKED = Path(__file__).with_name("main_text.tsv")
INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "label", "mark", "q", "s")
)
INLINE |= frozenset(("small", "span", "strong", "sub", "sup", "tt", "u", "var"))
UNSEEN = frozenset(("script", "style", "template", "noscript", "head"))
Extract = Callable[[str], str]


class Lines(HTMLParser):
    """Every visible text of a page, a line a block; no judgement of what matters."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in UNSEEN
        self.parts.append("" if tag in INLINE else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in UNSEEN
        self.parts.append("" if tag in INLINE else "\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(" ".join(data.split("\n")))


def visible(page: str) -> list[str]:
    """The visible lines of a page, white space evened."""
    reader = Lines()
    reader.feed(page)
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return [line for line in lines if line]


def marked() -> list[tuple[str, str]]:
    """(page, its main text as marked); raises Absent where the package is not installed or another version of it is."""
    found = []
    for row in MARKED.read_text(encoding="utf-8").splitlines():
        name, digest, ranges = row.split("\t")
        path = PAGES / name
        if not path.is_file():
            raise Absent(f"{path}; install Debian's libreoffice-help-ko")
        page = path.read_bytes()
        if hashlib.sha256(page).hexdigest() != digest:
            raise Absent(f"{path} is of another version than the one that was marked")
        lines = visible(page.decode())
        kept = [line for a, b in (r.split("-") for r in ranges.split(",")) for line in lines[int(a) : int(b) + 1]]
        found.append((page.decode(), "\n".join(kept)))
    return found


def f1(text: str, truth: str) -> float:
    """F1 of the bags of white-space tokens."""
    one, other = Counter(text.split()), Counter(truth.split())
    shared = sum((one & other).values())
    return 2 * shared / (sum(one.values()) + sum(other.values())) if shared else 0.0


def measured(name: str, extract: Extract, pages: list[tuple[str, str]]) -> tuple[str, float, float]:
    """(name, mean F1, pages a second of one core)."""
    began = time.process_time()
    texts = [extract(page) for page, _ in pages]
    spent = time.process_time() - began
    return name, sum(f1(t, truth) for t, (_, truth) in zip(texts, pages, strict=True)) / len(pages), len(pages) / spent


def rivals() -> Iterator[tuple[str, Extract]]:
    """The defaults of the well-known extractors, where they are installed."""
    from resiliparse.extract.html2text import extract_plain_text

    yield "resiliparse", lambda page: extract_plain_text(page, main_content=True)
    try:
        import trafilatura
    except ImportError:
        return
    yield "trafilatura", lambda page: trafilatura.extract(page) or ""


def rows(_data: Path) -> Iterator[Row]:
    pages = marked()
    _, own, speed = measured("ours", lambda page: main_text(page)[0], pages)
    yield figure("extract/f1", own, "", at_least=0.95)
    yield figure("extract/pages_per_second", speed, "1/s of one core")
    for name, extract in rivals():
        _, score, pace = measured(name, extract, pages)
        yield figure(f"extract/f1_beside_{name}", own, "", at_least=score, rival=(name, score))
        yield figure(f"extract/pages_per_second_beside_{name}", speed, "1/s of one core", rival=(name, pace))
