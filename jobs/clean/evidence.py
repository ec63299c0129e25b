"""Whether a number is what it looks like: check digits, dates of birth, and the words around it."""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of numbers stand as text

from __future__ import annotations

import ipaddress
import re
from datetime import date

Found = re.Match[str]
NEAR = 24
BEFORE = 16
BANKING = re.compile(
    r"계좌|은행|입금|송금|이체|예금주|무통장|농협|신협|수협|새마을금고|우체국|[가-힣]뱅크|뱅킹|카뱅|환불|account|\bbank|deposit|wire|"
    r"\b(?:KB|NH|IBK|SC|KEB|KDB)\b",
    re.I,
)
BANK_BEFORE = re.compile(
    r"(?:국민|신한|우리|하나|기업|토스|제일|씨티|부산|대구|경남|광주|전북|제주|산업|케이|카카오|농협|신협|수협|우체국)\s*[:)]?\s*$"
)
VEHICLE = re.compile(
    r"차량|번호판|자동차|승용차|승합차|화물차|트럭|택시|버스|렌터카|렌트카|차\s?번호|차주|주차|견인|뺑소니|과태료|블랙박스|운전|차가|차를|차는|차종|"
    r"차\b|흰색|검정|검은색|은색|세단|소나타|쏘나타|아반떼|그랜저|카니발|쏘렌토|스포티지|모닝|레이|투싼|싼타페|plate|vehicle|\bcar\b",
    re.I,
)
TELEPHONE = re.compile(
    r"전화|센터|연락|문의|상담|예약|팩스|휴대|핸드폰|폰|문자|콜|☎|☏|📞|\btel|\bfax|phone|call|mobile|contact|hp\b|h\.p",
    re.I,
)
DIALLED = re.compile(r"(?:전화|번호|팩스|☎|☏|📞|tel|fax|phone|call)(?:번호)?\s*[.:)\]]*\s*(?:는|은)?\s*$", re.I)
# Labels of numbers that are no one's: the last label before a number names it.
OTHER_NUMBER = re.compile(
    r"주문|운송장|송장|배송\s?번호|등기|접수\s?(?:번호|[:no])|사업자|법인|예약\s?번호|고객\s?번호|회원\s?번호|관리\s?번호|문서|승인|일련|시리얼|제품|모델|품번|바코드|쿠폰|"
    r"특허|출원|ISBN|ISSN|DOI|사건|의안|공고|증권|통신판매|신고\s?번호|추적|택배|order|tracking|invoice|serial|model|ticket|"
    r"part\s?no|sku|ref|id\b|버전|version|build|빌드",
    re.I,
)
LABEL = re.compile(r"계좌|전화|카드|연락처|휴대폰|입금|account|card|phone|tel", re.I)
VERSION = re.compile(
    r"(?:파이썬|python|자바|java|node|노드|리눅스|linux|커널|kernel|윈도우|windows|안드로이드|ios|크롬|chrome|==|버전|버젼|version|ver\.?|v|release|릴리스|펌웨어|빌드|build|드라이버|패치|업데이트|제|§|section)\s*:?\s*$",
    re.I,
)
CHAPTER = re.compile(r"\s?(?:절|항|장|조|버전|버젼|판|릴리스|빌드|업데이트|패치|version|release)", re.I)
NETWORK = re.compile(
    r"\bip\b|ip주소|아이피|서버|주소|address|host|접속|게이트웨이|gateway|dns|ping|핑|로그|차단|방화벽|프록시|ssh|네트워크|log",
    re.I,
)
WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
FREE_DIGITS_SINCE = date(2020, 10, 1)
FOREIGNER = re.compile(r"외국인|거소|등록번호|체류|alien|registration", re.I)
# The prefixes that are given out for nationwide numbers without an area code.
NATIONWIDE = frozenset(
    "1522 1533 1544 1551 1555 1566 1577 1588 1599 1600 1611 1644 1655 1660 1661 1666 1668 1670 1688 1800 1811 1833 1844 1855 "
    "1877 1899".split()
)


def digits(found: Found) -> str:
    return re.sub(r"\D", "", found[0])


def near(found: Found, words: re.Pattern[str], after: int = NEAR) -> bool:
    """Whether one of ``words`` stands within ``NEAR`` characters before the match or ``after`` behind it."""
    text = found.string
    return bool(words.search(text[max(0, found.start() - NEAR) : found.start()])) or bool(
        words.search(text[found.end() : found.end() + after])
    )


def before(found: Found, length: int = BEFORE) -> str:
    """The characters just before a match, of the same line."""
    return found.string[max(0, found.start() - length) : found.start()].rpartition("\n")[2]


def otherwise_labelled(found: Found) -> bool:
    """Whether the last label before the number names it an order, a parcel, a serial number or the like."""
    text = before(found, NEAR)
    last = [match.end() for match in OTHER_NUMBER.finditer(text)][-1:]
    return bool(last) and not LABEL.search(text, last[0])


def always(_: Found) -> bool:
    return True


def resident(found: Found) -> bool:
    """Birth date that exists, and the check digit: (11 - sum) mod 10 for citizens, (13 - sum) mod 10 for foreigners.

    Numbers given since October 2020 have no check digit: those of children born since, and of foreigners of any age,
    who are taken where the text speaks of their registration.
    """
    number = digits(found)
    century = 1900 if number[6] in "1256" else 2000
    try:
        born = date(century + int(number[:2]), int(number[2:4]), int(number[4:6]))
    except ValueError:
        return False
    foreign = number[6] in "5678"
    apart = len(found[0]) > len(number)
    if apart and (born >= FREE_DIGITS_SINCE or (foreign and near(found, FOREIGNER))):
        return True
    total = sum(w * int(d) for w, d in zip(WEIGHTS, number[:12], strict=True))
    fits = ((13 if foreign else 11) - total % 11) % 10 == int(number[12])
    return fits and (apart or not otherwise_labelled(found))


def card(found: Found) -> bool:
    """Luhn's check digit; all digits alike is no card, nor is what is labelled as another number."""
    number = digits(found)
    odd = sum(int(d) for d in number[-1::-2])
    even = sum(sum(divmod(2 * int(d), 10)) for d in number[-2::-2])
    return len(set(number)) > 1 and (odd + even) % 10 == 0 and not otherwise_labelled(found)


def account(found: Found) -> bool:
    """10 to 14 digits where the text speaks of banking, or right behind the name of a bank."""
    number = digits(found)
    if not 10 <= len(number) <= 14 or len(set(number)) == 1 or otherwise_labelled(found):
        return False
    return bool(BANK_BEFORE.search(before(found))) or near(found, BANKING)


def bare_landline(found: Found) -> bool:
    """A land line written in one piece is one where the text speaks of a telephone."""
    return near(found, TELEPHONE, 8) and not otherwise_labelled(found)


def nationwide(found: Found) -> bool:
    """1588-1234: a prefix that is given out; years (1588-1592) are none, nor is what has a unit."""
    number = digits(found)
    first, second = int(number[:4]), int(number[4:])
    if number[:4] not in NATIONWIDE:
        return False
    if near(found, TELEPHONE, 12) or DIALLED.search(before(found)):
        return True
    return not otherwise_labelled(found) and "-" in found[0] and not first < second <= 2100


def abroad(found: Found) -> bool:
    """A number with the code of a country: in groups, or long enough to be nothing else."""
    number = digits(found)
    return 9 <= len(number) <= 15 and (len(found[0]) > len(number) + 1 or len(number) > 10)


def local(found: Found) -> bool:
    """345-6789 right behind a word that says it is dialled."""
    return bool(DIALLED.search(before(found)))


def address_v4(found: Found) -> bool:
    """Four octets; small ones alone (1.2.3.4) are a version or a heading unless the text speaks of a network."""
    octets = [int(part) for part in found[0].split(".")]
    if max(octets) > 255 or octets[0] == 0 or any(len(part) > 1 and part[0] == "0" for part in found[0].split(".")):
        return False
    text = found.string
    if VERSION.search(text[max(0, found.start() - 12) : found.start()]) or CHAPTER.match(text, found.end()):
        return False
    return near(found, NETWORK) or (
        max(octets) >= 20
        and (octets[0] >= 10 or sum(octet > 30 for octet in octets) > 1)
        and not near(found, OTHER_NUMBER, 0)
    )


def address_v6(found: Found) -> bool:
    """What the standard library reads as one; short ones (``a::b``) are code unless they are of a network in use."""
    try:
        ipaddress.IPv6Address(found[0])
    except ValueError:
        return False
    parts = [part for part in found[0].split(":") if part]
    return len(parts) >= 4 or found[0].lower().startswith(("fe80:", "2001:", "fd", "2400:", "2600:", "2a"))


def plate(found: Found) -> bool:
    """12가3456; apart (12가 3456) where the text speaks of a vehicle, or the letter is no particle and no counter."""
    if found["region"] or near(found, VEHICLE):
        return True
    return " " not in found[0] or found["use"] in "거너더러머버저허라마누두루노소"


REGION = re.compile(
    r"(?:특별자치시|특별시|광역시|특별자치도|서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|제주|[가-힣]{1,4}[시군구])\s+"
    r"(?:[가-힣]{1,5}(?:구|읍|면|동|리)\s+)*$"
)
DISTRICT = re.compile(r"[가-힣](?:시|군|구|읍|면|도) ?[가-힣]{1,5}\d{0,2}[동리가]$")
PLACE = re.compile(
    r"주소|배송지|도로명|지번|위치|소재|본사|거주|사는|삽니다|살고|이사|오시는 길|찾아오|배달|보내|우편|방문|집은|사무실|매장|본점|지점|자택|건물|"
    r"빌라|아파트|오피스텔|address",
    re.I,
)
# Words that end in what also ends the names of roads: with a particle, and nouns of their own.
NO_ROAD = re.compile(
    r"(?:으로|대체로|별로|서로|새로|실제로|제대로|그대로|이대로|저대로|음대로|멋대로|순서대로|차례대로|예정대로|계획대로|뜻대로|따로|스스로|홀로|함부로|"
    r"억지로|정말로|진짜로|참으로|때로|마디로|기본적으로|갈림길|지름길|오솔길|골목길|기찻길|산책길|둘레길|올레길|출근길|퇴근길|귀갓길|하굣길|등굣길|"
    r"결과로|이유로|추가로|최대로|최소로|평균로|나이로|번호로|자리로|단계로|하나로|순위로|코스로|역대로|전대로)$"
    r"|^(?:바로|주로|날로|도로|이로|그로|고로|절로|위로|아래로|뒤로|그 길|경로|진로|통로|회로|선로|수로|활로|원로|피로|종로|손길|발길|눈길|제로|가로|세로)$"
)
WELL_KNOWN = re.compile(
    r"(?:세종대로|테헤란로|강남대로|종로|을지로|퇴계로|충무로|올림픽로|여의대로|국제금융로|판교역로|판교로|분당로|중앙로|중앙대로|한강대로|양화로|"
    r"월드컵로|월드컵북로|서초대로|반포대로|영동대로|봉은사로|도산대로|논현로|언주로|선릉로|삼성로|천호대로|왕십리로|성수이로|동일로|도봉로|"
    r"통일로|신촌로|마포대로|경인로|시흥대로|남부순환로|해운대로|광안해변로|달구벌대로|동성로|첨단과기로|대학로)$"
)


def road(found: Found) -> bool:
    """세종대로 110: a road by its own form (12길, 번길, 대로), by the district before it, or by talk of a place."""
    name = found["road"]
    if NO_ROAD.search(name):
        return name == "종로" and near(found, PLACE)
    if WELL_KNOWN.search(name) or re.search(r"\d(?:번|가)?길$", name):
        return True
    return bool(REGION.search(before(found))) or near(found, PLACE)


def numbered_lot(found: Found) -> bool:
    """123번지: behind the name of a district or a road, or of two numbers, or where the text speaks of a place."""
    text = before(found)
    return "-" in found[0] or bool(re.search(r"[동리가길로읍면]\d?가?\s?(?:산\s?)?$", text)) or near(found, PLACE)


def lot(found: Found) -> bool:
    """역삼동 123-4: behind the name of a district, where the text speaks of a place."""
    return near(found, PLACE) or bool(DISTRICT.search(before(found)))


def flat(found: Found) -> bool:
    """101동 1203호 always; a room alone (1203호) where the text speaks of a place."""
    return bool(found["block"]) or near(found, PLACE) or bool(re.search(r"[\]층]\s?,?\s?$", before(found)))
