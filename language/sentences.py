"""Sentences by rule: fast, offsets kept, Korean and English.

A sentence ends at a line break, after a closing mark and white space, after a Korean final ending and its mark even
where the space is missing (했다.그리고), and after a polite ending without any mark (합니다 그리고), as in reviews. It
does not end after abbreviations, initials, list numbers and dates (2018. 3. 4.).
"""

from __future__ import annotations

import re

BOUNDARY = re.compile(
    r"""
    (?=[\s.!?。！？ㅋㅎㅠㅜ~^습함합됩입랍갑봅둡옵답납어아해에예네군세거잖])  # no end begins otherwise
    (?:
    \s*\n\s*
    | [.!?。！？]+[)\]'"’”」』]*\s+
    | (?<=[다요죠음함임까])[.!?]+(?=[가-힣])
    | (?<=[다요죠음함임까네])(?:[ㅋㅎㅠㅜ~]|\^\^)+\s+
    | (?:습니다|[함합됩입랍갑봅둡옵답납]니다|[어아해에예네군세]요|거든요|잖아요)\s+(?=[^\s.!?~)])
    )
    """,
    re.VERBOSE,
)
ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'.])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|No|Fig|Inc|Ltd|Co|Corp|Gen|Col|Lt|Rev|Hon|Gov|Sen|Rep|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|approx|cf|ca)$"
)
DATE = re.compile(r"\d\.\s?\d{1,2}$")
LIST_NUMBER = re.compile(r"\(?\d{1,3}$")


def sentences(text: str) -> list[tuple[int, int]]:
    """The (start, end) of each sentence in characters, in order, white space around them left out."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in BOUNDARY.finditer(text):
        mark = match[0].strip()
        if mark[:1] == "." and "\n" not in match[0] and goes_on(text, start, match.start(), match.end()):
            continue
        end = match.start() + len(match[0].rstrip())
        add(spans, text, start, end)
        start = match.end()
    add(spans, text, start, len(text))
    return spans


def goes_on(text: str, start: int, dot: int, after: int) -> bool:
    """Whether the full stop at ``dot`` is no end: abbreviation, list number, date, or a small letter follows."""
    before, next_ = text[max(start, dot - 12) : dot], text[after : after + 1]
    if LIST_NUMBER.fullmatch(text[start:dot].lstrip()):
        return True
    if before[-1:].isdigit() and (next_.isdigit() or DATE.search(before)):
        return True
    return bool(ABBREVIATION.search(before)) or ("a" <= next_ <= "z" and before[-1:].isascii())


def add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Append the span without the white space around it, if anything is left."""
    part = text[start:end]
    inner = part.strip()
    if inner:
        left = start + len(part) - len(part.lstrip())
        spans.append((left, left + len(inner)))


def cut(text: str) -> list[str]:
    """The sentences themselves."""
    return [text[start:end] for start, end in sentences(text)]
