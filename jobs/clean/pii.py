"""Personal data masked by typed tokens: resident number, e-mail, card, phone, bank account, IP address, plate.

Each rule is a pattern and a check of what it found, so that look-alikes (dates, order numbers, versions, sums of money)
stay. Rules run from the most certain to the least, on what the ones before have left. Resident numbers: the birth date
has to exist and the check digit to fit (numbers given since October 2020 have none). Cards: Luhn. Accounts have no
check digit: they need a word of banking near them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

Found = re.Match[str]
NEAR = 24
BANKING = re.compile(
    r"계좌|은행|입금|송금|이체|예금주|농협|신협|국민|신한|우리|하나|기업|수협|새마을|우체국|뱅크|토스|account|bank|deposit",
    re.I,
)
VEHICLE = re.compile(r"차량|번호판|자동차|승용차|트럭|택시|차\s?번호|plate|vehicle", re.I)
VERSION = re.compile(r"(?:버전|버젼|version|ver\.?|v|release|펌웨어|빌드|build)\s*:?\s*$", re.I)
NETWORK = re.compile(r"\bip\b|아이피|서버|주소|address|host|접속", re.I)
PLATE_USES = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배하허호"
REGIONS = "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주"
WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
FREE_DIGITS_SINCE = date(2020, 10, 1)


class Rule(NamedTuple):
    """``check`` sees the match and decides whether it is what it looks like."""

    token: str
    pattern: re.Pattern[str]
    check: Callable[[Found], bool]


def always(_: Found) -> bool:
    return True


def digits(found: Found) -> str:
    return re.sub(r"\D", "", found[0])


def near(found: Found, words: re.Pattern[str], after: int = NEAR) -> bool:
    """Whether one of ``words`` stands within ``NEAR`` characters before the match or ``after`` behind it."""
    text = found.string
    return bool(words.search(text[max(0, found.start() - NEAR) : found.start()])) or bool(
        words.search(text[found.end() : found.end() + after])
    )


def resident(found: Found) -> bool:
    """Birth date that exists, and the check digit: (11 - sum) mod 10 for citizens, (13 - sum) mod 10 for foreigners."""
    number = digits(found)
    century = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}[number[6]]
    try:
        born = date(century + int(number[:2]), int(number[2:4]), int(number[4:6]))
    except ValueError:
        return False
    if born >= FREE_DIGITS_SINCE:
        return "-" in found[0]
    total = sum(w * int(d) for w, d in zip(WEIGHTS, number[:12], strict=True))
    base = 13 if number[6] in "5678" else 11
    return (base - total % 11) % 10 == int(number[12])


def card(found: Found) -> bool:
    """Luhn's check digit; all digits alike is no card."""
    number = digits(found)
    odd = sum(int(d) for d in number[-1::-2])
    even = sum(sum(divmod(2 * int(d), 10)) for d in number[-2::-2])
    return len(set(number)) > 1 and (odd + even) % 10 == 0


def account(found: Found) -> bool:
    return 10 <= len(digits(found)) <= 14 and near(found, BANKING)


def address(found: Found) -> bool:
    """Four octets; small ones alone (1.2.3.4) are a version or a heading unless the text speaks of a network."""
    octets = [int(part) for part in found[0].split(".")]
    if max(octets) > 255 or octets[0] == 0 or VERSION.search(found.string[max(0, found.start() - 12) : found.start()]):
        return False
    return max(octets) >= 10 or near(found, NETWORK)


def plate(found: Found) -> bool:
    """12가3456, with a space only where a region stands before it or the text speaks of a vehicle."""
    return " " not in found[0] or bool(re.match(REGIONS, found[0])) or near(found, VEHICLE)


RULES = (
    Rule("[EMAIL]", re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.A), always),
    Rule("[RRN]", re.compile(r"(?<![\d-])\d{6}\s?-?\s?[1-8]\d{6}(?![\d-])"), resident),
    Rule(
        "[CARD]",
        re.compile(r"(?<![\d-])(?:[2-69]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -]?)\d{6}\2\d{5})(?![\d-])"),
        card,
    ),
    Rule(
        "[PHONE]",
        re.compile(
            r"(?<![\d.-])(?:"
            r"(?:\+?82[ -]?(?:\(0\))?|0)1[016789][ .-]?\d{3,4}[ .-]?\d{4}"
            r"|(?:\+82[ -]?|\(?0)(?:2|[3-6][1-5]|70|50\d?)(?:\)\s?|[ .-])\d{3,4}[ .-]\d{4}"
            r"|(?:\+1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}"
            r"|\+\d{1,3}(?:[ -]\d{2,4}){3,4}"
            r")(?![\d-])"
        ),
        always,
    ),
    Rule(
        "[ACCOUNT]",
        re.compile(r"(?<![\d-])\d{2,6}(?:-\d{2,7}){1,3}(?![\d-])|(?<![\d.,-])\d{11,14}(?![\d.,-])"),
        account,
    ),
    Rule("[IP]", re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.A), address),
    Rule(
        "[PLATE]",
        re.compile(
            rf"(?<![\d가-힣])(?:(?:{REGIONS})\s?\d{{1,2}}|\d{{2,3}})\s?[{PLATE_USES}]\s?\d{{4}}(?!\d|\s?[억만천원명개년월점])"
        ),
        plate,
    ),
)
MAYBE = re.compile(r"\d{4}|@|\d\.\d{1,3}\.")


def mask(text: str) -> tuple[str, Counter[str]]:
    """The text with every span replaced by its token, and how many of each token."""
    counts: Counter[str] = Counter()
    if not MAYBE.search(text):
        return text, counts
    for rule in RULES:

        def replace(found: Found, rule: Rule = rule) -> str:
            if not rule.check(found):
                return found[0]
            counts[rule.token] += 1
            return rule.token

        text = rule.pattern.sub(replace, text)
    return text, counts
