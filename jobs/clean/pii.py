"""Personal data -> typed tokens (``[PHONE]``), with checks so that what only looks alike (orders, dates, money) stays.

Rules run from the most certain to the least, each on what the ones before have left. A rule is a pattern and a check of
``jobs.clean.evidence``: check digits where a number has them, elsewhere the words around it. Of an address only the
numbers that lead to a door are masked; the street stays.
"""

# ruff: noqa: E501 - a Korean letter counts as two columns

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from jobs.clean import characters, evidence
from jobs.clean.characters import SPOKEN, Look
from jobs.clean.evidence import Found, always

PLATE_USES = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배하허호"
REGIONS = "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주"
DASH = r"[-\u2010-\u2015\u2212\uff0d]"
# Between the groups of a number: one mark, with or without a space at either side.
GAP = rf"(?: ?{DASH} ?| ?[./·_~] ?| )"
AREA = r"(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|60|50[2-9]?)"
UNITS = "년|월|일|시간|시|분|초|명|개|원|점|위|회|번|층|미터|킬로|대|가|세|살|호선|퍼센트|주|단계|장|권|편|인|평|배|곳|건|차|조|억|만|천|백|등|쪽|달|박|도|여|류"
FILES = r"png|jpe?g|gif|webp|svg|bmp|ico|pdf|html?|php|jsp|js|css|py|java|zip|exe|mp[34]|txt|md"


# Quick looks at a text: without what one of these finds no match of a rule can stand in it, and most texts have none.
# The signs of its characters come first, for they are there already.
SEVEN_DIGITS = re.compile(r"\d(?:[\W_]{0,6}\d){6}")
DIALLED = re.compile(rf"\d(?:[\W_]{{0,6}}\d){{6}}|[{SPOKEN}]{{3}}|[oO]1")
WRITTEN_AT = re.compile(r"골뱅이|＠|[(\[]at[)\]]", re.I)
FOUR_OCTETS = re.compile(r"\d\.\d{1,3}\.\d")
COLONS = re.compile(":[0-9A-Fa-f:]*:")
DOOR = re.compile(r"[로길]\s?(?:지하 ?)?\d")
DIALS = re.compile("[0oO]1|82|일[공영]")


def at(text: str, signs: int) -> bool:
    return signs & characters.AT != 0


def written_at(text: str, signs: int) -> bool:
    some = characters.AT | characters.OWL | characters.BRACKET_A
    return signs & some != 0 and bool(WRITTEN_AT.search(text))


def seven_digits(text: str, signs: int) -> bool:
    return signs & characters.SEVEN_NEAR != 0 and bool(SEVEN_DIGITS.search(text))


def dialled(text: str, signs: int) -> bool:
    some = characters.SEVEN_NEAR | characters.SPOKEN_RUN | characters.O_ONE
    return signs & some != 0 and bool(DIALS.search(text)) and bool(DIALLED.search(text))


def octets(text: str, signs: int) -> bool:
    return signs & characters.DECIMAL != 0 and bool(FOUR_OCTETS.search(text))


def colons(text: str, signs: int) -> bool:
    return signs & characters.COLON != 0 and bool(COLONS.search(text))


def plated(text: str, signs: int) -> bool:
    return signs & characters.PLATED != 0


def door(text: str, signs: int) -> bool:
    return signs & characters.ON_ROAD != 0 and bool(DOOR.search(text))


def numbered_lot(text: str, signs: int) -> bool:
    return signs & characters.LOT != 0 and "번지" in text


def dashed(text: str, signs: int) -> bool:
    return signs & characters.DASHED != 0


def flat(text: str, signs: int) -> bool:
    return signs & characters.FLAT != 0


class Rule(NamedTuple):
    """``check`` sees the match and decides whether it is what it looks like; a group ``v`` is all that is masked.

    ``hint`` (of a text and the signs of its look) holds of every text that ``pattern`` matches in.
    """

    token: str
    hint: Callable[[str, int], bool]
    pattern: re.Pattern[str]
    check: Callable[[Found], bool] = always


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of a text are personal data of the kind of ``token``."""

    start: int
    end: int
    token: str


RULES = (
    Rule(
        "[EMAIL]",
        at,
        re.compile(
            rf"(?<![\w.+-])[A-Za-z0-9][\w.+-]*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?!(?:{FILES})\b)"
            r"[A-Za-z]{2,18}(?![\w-]|\.\d|:[\w/])",
            re.A,
        ),
    ),
    Rule(
        "[EMAIL]",
        written_at,
        re.compile(
            r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*\s?(?:\(at\)|\[at\]|\(골뱅이\)|골뱅이|＠)\s?(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,18}\b",
            re.A | re.I,
        ),
    ),
    Rule(
        "[RRN]",
        seven_digits,
        re.compile(rf"(?<![\d-])\d{{6}}(?:\s?{DASH}?\s?)[1-8]\d{{6}}(?![\d-])"),
        evidence.resident,
    ),
    Rule(
        "[CARD]",
        seven_digits,
        re.compile(
            rf"(?<![\d.-])(?:(?:[45]\d{{3}}|6[0-9]\d\d|9\d{{3}}|35[2-8]\d|2[2-7]\d\d)(?P<s>\s?{DASH}\s?| |\.|)"
            rf"\d{{4}}(?P=s)\d{{4}}(?P=s)\d{{4}}"
            rf"|3[47]\d\d(?P<t>{DASH}| |)\d{{6}}(?P=t)\d{{5}}|3(?:0[0-5]|[68]\d)\d(?P<u>{DASH}| |)\d{{6}}(?P=u)\d{{4}})(?![\d-])"
        ),
        evidence.card,
    ),
    Rule(
        "[PHONE]",
        dialled,
        re.compile(
            rf"(?<![\d-])(?<!\d\.)(?:(?:\+|00)?82{GAP}?(?:\(0\) ?|0)?1[016789]|\([0oO]1[016789oO]\)|[0oO]1[016789oO]\)?|[공영]일[공영])"
            rf"{GAP}?(?:\d{{3,4}}|[{SPOKEN}]{{3,4}}){GAP}?(?:\d{{4}}|[{SPOKEN}]{{4}})(?![\d-])"
        ),
    ),
    Rule(
        "[PHONE]",
        seven_digits,
        re.compile(
            rf"(?<![\d-])(?<!\d\.)(?:(?:\+|00)82{GAP}?(?:\(0\) ?|0)?{AREA}{GAP}|\(0{AREA}\) ?{DASH}?|0{AREA}(?:\) ?{DASH}?|{GAP}))"
            rf"\d{{3,4}}{GAP}\d{{4}}(?![\d-])"
        ),
    ),
    Rule(
        "[PHONE]",
        seven_digits,
        re.compile(
            r"(?<![\d.,-])0(?:2\d{7,8}|(?:3[1-3]|4[1-4]|5[1-5]|6[1-4])\d{7,8}|[78]0\d{7,8}|50\d{8,9})(?![\d,-])"
        ),
        evidence.bare_landline,
    ),
    Rule(
        "[PHONE]",
        seven_digits,
        re.compile(
            rf"(?<![\d.-])(?:(?:\+1{GAP})?(?:\(\d{{3}}\) ?|[2-9]\d\d[.-])\d{{3}}[.-]\d{{4}}"
            rf"|\+\d{{1,3}}{GAP}?\(?\d{{1,4}}\)?(?:{GAP}?\d{{2,4}}){{2,4}})(?![\d-])"
        ),
        evidence.abroad,
    ),
    Rule(
        "[PHONE]",
        seven_digits,
        re.compile(rf"(?<![\d.,/:-])1[568]\d\d(?:{DASH}| |)\d{{4}}(?![\d-]|\s?[년원명개점억만])"),
        evidence.nationwide,
    ),
    Rule("[PHONE]", seven_digits, re.compile(rf"(?<![\d.,-])[2-9]\d{{2,3}}{DASH}\d{{4}}(?![\d-])"), evidence.local),
    Rule(
        "[ACCOUNT]",
        seven_digits,
        re.compile(
            rf"(?<![\d.,-])\d{{2,7}}(?:(?: {DASH} |{DASH})\d{{1,8}}){{1,4}}(?![\d-])|(?<![\d.,-])\d{{10,14}}(?![\d.,-]\d|\d)"
            r"|(?<![\d.,-])\d{3,6} \d{2,6} \d{4,8}(?: \d{1,3})?(?![\d.,-])"
        ),
        evidence.account,
    ),
    Rule("[IP]", octets, re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.A), evidence.address_v4),
    Rule("[IP]", colons, re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{6,39}(?![\w:])", re.A), evidence.address_v6),
    Rule(
        "[PLATE]",
        plated,
        re.compile(
            rf"(?<![\d가-힣])(?:(?P<region>{REGIONS})\s?\d{{1,2}}|\d{{2,3}})\s?(?P<use>[{PLATE_USES}])\s?\d{{4}}"
            r"(?!\d|[.,]\d|\s?[억만천%]|\s?(?:[원명개년월점권번호대위회건장m]|km|kg)(?![가-힣]))"
        ),
        evidence.plate,
    ),
    Rule(
        "[ADDRESS]",
        door,
        re.compile(
            r"(?<![가-힣\d])(?P<road>[가-힣]{1,8}\d{0,3}(?:대로|로|길)(?:\s?\d{1,4}(?:번길|가길|길))?) ?"
            r"(?P<v>(?:지하 ?)?\d{1,4}(?:-\d{1,4})?(?:번지)?)"
            rf"(?![\d.:%A-Za-z~+=]|-\d|,\d{{3}}|(?:{UNITS})| (?:{UNITS}|km|m|kg|cm|mm|GB|MB)(?![가-힣\w]))"
        ),
        evidence.road,
    ),
    Rule(
        "[ADDRESS]",
        numbered_lot,
        re.compile(r"(?<![\d.,-])(?P<v>(?:산\s?)?\d{1,5}(?:-\d{1,4})?\s?번지)"),
        evidence.numbered_lot,
    ),
    Rule(
        "[ADDRESS]",
        dashed,
        re.compile(
            r"(?<=[동리가]) ?(?P<v>(?:산 ?)?\d{1,4}-\d{1,4})(?![\d.:%]|-\d|\s?(?:년|월|일|시|분|명|개|원|점|회|번|층|대|세|승|패|로|무))"
        ),
        evidence.lot,
    ),
    Rule(
        "[ADDRESS]",
        flat,
        re.compile(
            r"(?<![\d가-힣제-])(?P<v>(?P<block>(?:\d{1,4}|[가-하A-Za-z])동\s?)?(?:지하\s?|[Bb])?\d{1,4}호)"
            r"(?![선기차실적부\d])"
        ),
        evidence.flat,
    ),
)
HINTS = tuple(dict.fromkeys(rule.hint for rule in RULES))
# No text without one of these holds personal data.
SIGNS = (
    characters.AT | characters.OWL | characters.BRACKET_A | characters.SEVEN_NEAR | characters.SPOKEN_RUN
    | characters.O_ONE | characters.DECIMAL | characters.COLON | characters.PLATED | characters.ON_ROAD
    | characters.LOT | characters.DASHED | characters.FLAT
)  # fmt: skip


def find(text: str, known: Look | None = None) -> list[Span]:
    """Every span of personal data, in order; spans do not overlap. ``known`` is the text's look, where it is known."""
    signs = (known or characters.look(text)).signs
    if not signs & SIGNS:
        return []
    spans: list[Span] = []
    left = text
    hinted = {hint: hint(text, signs) for hint in HINTS}
    for rule in RULES:
        if not hinted[rule.hint]:
            continue
        part = "v" if "v" in rule.pattern.groupindex else 0
        found = [Span(*match.span(part), rule.token) for match in rule.pattern.finditer(left) if rule.check(match)]
        for start, end, _ in found:
            left = f"{left[:start]}{']' * (end - start)}{left[end:]}"
        spans += found
    return sorted(spans)


def mask(text: str, known: Look | None = None) -> tuple[str, Counter[str]]:
    """The text with every span replaced by its token, and how many of each token."""
    spans = find(text, known)
    if not spans:
        return text, Counter()
    parts, at = [], 0
    for start, end, token in spans:
        parts += [text[at:start], token]
        at = end
    return "".join((*parts, text[at:])), Counter(span.token for span in spans)
