"""The labelled lines on which the masking of personal data is judged: ``python -m bench.pii_lines`` writes them anew.

Values are well formed and of nobody; they are made here with arithmetic of their own, apart from the code that is
judged. ``<phone>`` in a sentence is a value that has to be found, ``{order}`` one that has to stay.
"""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from config.settings import PROJECT

FILE = PROJECT / "tests" / "jobs" / "clean" / "pii_lines.tsv"
SEED = 20181012
EACH = 6
Make = Callable[[Random], str]


class Line(NamedTuple):
    """``spans`` are (start, end, type) of what has to be found."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def number(die: Random, width: int, first: str = "0123456789") -> str:
    return die.choice(first) + "".join(die.choice("0123456789") for _ in range(width - 1))


def groups(die: Random, *widths: int, mark: str = "-", first: str = "123456789") -> str:
    return mark.join(number(die, w, first if i == 0 else "0123456789") for i, w in enumerate(widths))


def with_luhn(digits: str) -> str:
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(digits))]
    return digits + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def without_luhn(die: Random) -> str:
    good = with_luhn("4" + number(die, 14))
    return good[:-1] + str((int(good[-1]) + die.randrange(1, 10)) % 10)


def birth(die: Random, first: int, last: int) -> str:
    return f"{die.randrange(first, last) % 100:02d}{die.randrange(1, 13):02d}{die.randrange(1, 29):02d}"


def checked(front: str, modulus: int) -> str:
    total = sum(int(d) * (2 + i % 8) for i, d in enumerate(front))
    return front + str((modulus - total % 11) % 10)


def citizen(die: Random) -> str:
    old = die.random() < 0.8
    front = birth(die, 1940, 2000) if old else birth(die, 2000, 2020)
    return checked(front + die.choice("12" if old else "34") + number(die, 5), 11)


def rrn(die: Random) -> str:
    kind = die.randrange(10)
    if kind == 0:
        whole = birth(die, 2021, 2026) + die.choice("34") + number(die, 6)
        return f"{whole[:6]}-{whole[6:]}"
    whole = checked(birth(die, 1950, 2000) + die.choice("56") + number(die, 5), 13) if kind == 1 else citizen(die)
    return f"{whole[:6]}{die.choice(('-', '-', '-', ' ', '', ' - '))}{whole[6:]}"


def alien(die: Random) -> str:
    return f"{birth(die, 1950, 2000)}-{die.choice('56')}{number(die, 6)}"


def mobile(die: Random) -> str:
    mark = die.choice(("-", "-", "-", "-", ".", " ", "", " - "))
    if die.random() < 0.12:
        return die.choice(("+82 10 {} {}", "+82-10-{}-{}", "+8210{}{}", "82-10-{}-{}", "+82 (0)10-{}-{}")).format(
            number(die, 4, "2345678"), number(die, 4)
        )
    if die.random() < 0.06:
        return (
            f"{die.choice(('011', '016', '017', '018', '019'))}{mark}{number(die, 3, '23456789')}{mark}{number(die, 4)}"
        )
    return f"010{mark}{number(die, 4, '2345678')}{mark}{number(die, 4)}"


AREAS = "02 031 032 033 041 042 043 044 051 052 053 054 055 061 062 063 064 070 080".split()


def landline(die: Random) -> str:
    area, middle, last = die.choice(AREAS), number(die, die.choice((3, 4)), "23456789"), number(die, 4)
    return (
        die.choice(("{}-{}-{}", "{}-{}-{}", "{})-{}-{}", "({}) {}-{}", "{}.{}.{}", "{} {} {}", "{}){}-{}"))
        .replace(")-", ")")
        .format(area, middle, last)
    )


def safe_number(die: Random) -> str:
    return f"050{die.choice('24578')}-{number(die, die.choice((3, 4)), '23456789')}-{number(die, 4)}"


def hotline(die: Random) -> str:
    return f"{die.choice('1522 1544 1566 1577 1588 1599 1600 1644 1661 1666 1670 1688 1800 1811 1833 1855 1877 1899'.split())}-{number(die, 4)}"


def abroad(die: Random) -> str:
    return die.choice(
        (
            "+1 415 555 {}",
            "+1-212-555-{}",
            "(415) 555-{}",
            "646-555-{}",
            "+81 3 5555 {}",
            "+44 20 7946 {}",
            "+86 138 0013 {}",
        )
    ).format(f"01{number(die, 2)}")


def email(die: Random) -> str:
    name = "".join(die.choice("abcdefghijklmnoprstuvwyz") for _ in range(die.randrange(3, 9)))
    extra = die.choice(
        (
            "",
            "",
            str(die.randrange(1, 2000)),
            f".{die.choice(('kim', 'lee', 'park'))}",
            f"_{die.randrange(99)}",
            "+news",
        )
    )
    host = die.choice(
        "naver.com daum.net gmail.com hanmail.net example.co.kr mail.example.org univ.ac.kr corp.example.com kakao.com dept.go.kr studio.io".split()
    )
    return f"{name}{extra}@{host}" if die.random() < 0.9 else f"{name}{extra}@{host}".upper()


def hidden_email(die: Random) -> str:
    return email(die).lower().replace("@", die.choice((" (at) ", "[at]", "(at)", " 골뱅이 ")))


def card(die: Random) -> str:
    if die.random() < 0.12:
        whole = with_luhn(die.choice(("34", "37")) + number(die, 12))
        mark = die.choice(("-", " ", ""))
        return f"{whole[:4]}{mark}{whole[4:10]}{mark}{whole[10:]}"
    start = die.choice(("4", "51", "52", "53", "54", "55", "3562", "62", "9410", "9490", "4579", "5409"))
    whole = with_luhn(start + number(die, 15 - len(start)))
    return die.choice(("-", "-", " ", "")).join(whole[i : i + 4] for i in range(0, 16, 4))


BANKS = "국민은행 신한은행 우리은행 하나은행 농협 기업은행 카카오뱅크 토스뱅크 케이뱅크 새마을금고 신협 우체국 수협 부산은행 대구은행 SC제일은행".split()


def account(die: Random) -> str:
    return die.choice(
        (
            groups(die, 6, 2, 6), groups(die, 3, 3, 6), groups(die, 4, 3, 6), groups(die, 3, 6, 2, 3), groups(die, 3, 4, 4, 2), groups(die, 4, 2, 7),
            groups(die, 3, 2, 6), groups(die, 6, 2, 6), number(die, 12, "123456789"), number(die, 13, "123456789"), number(die, 11, "123456789"), groups(die, 3, 6, 5),
        )
    )  # fmt: skip


def ip(die: Random) -> str:
    if die.random() < 0.12:
        return die.choice(("2001:db8:{:x}:{:x}::{:x}", "fe80::{:x}:{:x}:{:x}", "2001:db8:0:{:x}:0:0:{:x}:{:x}")).format(
            *(die.randrange(16, 65535) for _ in range(3))
        )
    return f"{die.choice((192, 172, 10, 203, 211, 61, 121, 8, 175, 58))}.{die.randrange(0, 256)}.{die.randrange(20, 256)}.{die.randrange(1, 255)}"


def plate(die: Random) -> str:
    use = die.choice("가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주하허호바사아자배")
    front = die.choice(
        (
            number(die, 2, "123456789"),
            number(die, 3, "123456789"),
            f"{die.choice(('서울', '경기', '부산', '인천'))}{number(die, 2, '123456789')}",
        )
    )
    return f"{front}{use}{die.choice(('', '', ' '))}{number(die, 4)}"


def joined_plate(die: Random) -> str:
    return plate(die).replace(" ", "")


ROADS = "세종대로 테헤란로 강남대로 을지로 퇴계로 한강대로 월드컵북로 판교역로 서초대로 통일로".split()
TOWNS = "서울특별시 중구|서울 강남구|경기도 성남시 분당구|부산광역시 해운대구|대전 유성구|강원도 춘천시|전주시 덕진구|제주시|수원시 팔달구|인천광역시 남동구|충남 천안시 서북구|경북 포항시 북구|광주 북구|세종시|울산 남구".split(
    "|"
)
LANES = "은행나무로|햇살로|무지개로|봉화산로|새터로|솔밭로|꽃마을로|느티나무길|별빛길|한밭대로|청사로|호수로|갈마로|온천로|봄내로|달빛로".split(
    "|"
)
DISTRICTS = "역삼동 삼성동 서교동 봉천동 둔산동 우동 효자동 신정동 화산리 송정리 남산동 노형동".split()


def door(die: Random) -> str:
    return f"{die.randrange(2, 400)}" + (f"-{die.randrange(1, 40)}" if die.random() < 0.35 else "")


def lot(die: Random) -> str:
    return (
        f"{die.choice(('', '', '산 '))}{die.randrange(2, 900)}"
        + (f"-{die.randrange(1, 60)}" if die.random() < 0.6 else "")
        + "번지"
    )


def bare_lot(die: Random) -> str:
    return f"{die.randrange(12, 900)}-{die.randrange(1, 60)}"


def flat(die: Random) -> str:
    return f"{die.randrange(101, 130)}동{die.choice((' ', ' ', ''))}{die.randrange(1, 25)}0{die.randrange(1, 9)}호"


def room(die: Random) -> str:
    return f"{die.randrange(1, 25)}0{die.randrange(1, 9)}호"


SECRETS: dict[str, tuple[str, Make]] = {
    "rrn": ("RRN", rrn), "alien": ("RRN", alien), "mobile": ("PHONE", mobile), "landline": ("PHONE", landline),
    "safe": ("PHONE", safe_number), "hotline": ("PHONE", hotline), "abroad": ("PHONE", abroad), "email": ("EMAIL", email),
    "hidden": ("EMAIL", hidden_email), "card": ("CARD", card), "account": ("ACCOUNT", account), "ip": ("IP", ip),
    "plate": ("PLATE", plate), "joined": ("PLATE", joined_plate), "door": ("ADDRESS", door), "lot": ("ADDRESS", lot),
    "barelot": ("ADDRESS", bare_lot), "flat": ("ADDRESS", flat), "room": ("ADDRESS", room),
}  # fmt: skip
WORDS: dict[str, Make] = {
    "bank": lambda d: d.choice(BANKS),
    "name": lambda d: (
        d.choice("김이박최정강조윤장임")
        + d.choice("서연 민준 하은 도윤 지우 예준 수아 주원 다은 시우 영희 철수".split())
    ),
    "road": lambda d: d.choice(ROADS),
    "lane": lambda d: d.choice(LANES),
    "town": lambda d: d.choice(TOWNS),
    "district": lambda d: d.choice(DISTRICTS),
    "block": lambda d: d.choice(("한솔아파트", "푸른마을", "햇빛빌라", "주공아파트", "현대아파트", "스카이오피스텔")),
    "car": lambda d: d.choice(
        ("흰색 소나타", "검정 그랜저", "은색 카니발", "파란 트럭", "노란 택시", "회색 아반떼", "SUV 차량")
    ),
}
STAYS: dict[str, Make] = {
    "order": lambda d: d.choice((f"2026{birth(d, 0, 1)[2:]}-{number(d, 7)}", f"2025{number(d, 4, '01')[:2]}1{number(d, 9)}", groups(d, 4, 4, 4), number(d, 13, "12"), groups(d, 3, 7, 7))),
    "parcel": lambda d: d.choice((number(d, 12, "123456"), groups(d, 4, 4, 4), number(d, 13, "6"), groups(d, 5, 4, 4))),
    "date": lambda d: d.choice(("{y}-{m:02d}-{t:02d}", "{y}.{m}.{t}", "{y}. {m}. {t}.", "{y}년 {m}월 {t}일", "{y}/{m:02d}/{t:02d}", "{y}{m:02d}{t:02d}")).format(y=d.randrange(1950, 2027), m=d.randrange(1, 13), t=d.randrange(1, 29)),
    "time": lambda d: d.choice(("{h:02d}:{m:02d}", "{h:02d}:{m:02d}:{s:02d}", "{h}시 {m}분", "{h:02d}:{m:02d}:{s:02d}.{s:03d}")).format(h=d.randrange(24), m=d.randrange(60), s=d.randrange(60)),
    "stamp": lambda d: f"2026-{d.randrange(1, 13):02d}-{d.randrange(1, 29):02d}T{d.randrange(24):02d}:{d.randrange(60):02d}:{d.randrange(60):02d}Z",
    "version": lambda d: d.choice(("{}.{}.{}", "v{}.{}.{}", "{}.{}.{}.1", "{}.{}", "{}.{}.{}-rc1")).format(d.randrange(1, 20), d.randrange(20), d.randrange(400)),
    "price": lambda d: d.choice((f"{d.randrange(1, 990)},{d.randrange(1000):03d}원", f"{d.randrange(1, 90)},{d.randrange(1000):03d},{d.randrange(1000):03d}원", f"{d.randrange(2, 999)}만 {d.randrange(1000, 9999)}원", f"${d.randrange(1, 99)}.{d.randrange(10, 99)}")),
    "place": lambda d: d.choice((f"{d.randrange(33, 39)}.{number(d, 6)}, {d.randrange(124, 132)}.{number(d, 6)}", f"북위 {d.randrange(33, 39)}도 {d.randrange(60)}분", f"{d.randrange(33, 39)}.{number(d, 4)}N {d.randrange(124, 132)}.{number(d, 4)}E")),
    "isbn": lambda d: d.choice((f"978-89-{number(d, 4)}-{number(d, 3)}-{number(d, 1)}", f"97911{number(d, 8)}", f"89-{number(d, 4)}-{number(d, 3)}-X")),
    "score": lambda d: d.choice((f"{d.randrange(10)}-{d.randrange(10)}", f"{d.randrange(130)}:{d.randrange(130)}", f"{d.randrange(10)} 대 {d.randrange(10)}", "25-23, 21-25, 15-12")),
    "model": lambda d: d.choice((f"{d.choice('KXQZ')}{number(d, 2)}-{number(d, 4)}", f"SM-{d.choice('AGS')}{number(d, 3)}N", f"RTX {number(d, 4, '345')}", f"{number(d, 2, '456')}UP{number(d, 4)}", f"MX-{number(d, 3)}0{d.choice('AB')}")),
    "law": lambda d: d.choice((f"제{d.randrange(1, 900)}조", f"제{d.randrange(1, 90)}조 제{d.randrange(1, 9)}항 제{d.randrange(1, 9)}호", f"제{d.randrange(1, 90)}조의{d.randrange(2, 9)}", f"법률 제{number(d, 5, '12')}호", f"제{d.randrange(1, 99)}호")),
    "chapter": lambda d: d.choice((f"{d.randrange(1, 9)}.{d.randrange(1, 20)}.{d.randrange(1, 9)}.{d.randrange(1, 9)}", f"제{d.randrange(1, 30)}장", f"{d.randrange(1, 9)}.{d.randrange(1, 20)}절", f"p.{d.randrange(1, 900)}-{d.randrange(1, 900)}")),
    "years": lambda d: f"{d.randrange(1500, 1900)}-{d.randrange(1900, 2026)}",
    "firm": lambda d: groups(d, 3, 2, 5),
    "badcard": lambda d: "-".join(re.findall("....", without_luhn(d))),
    "badrrn": lambda d: (lambda w: f"{w[:6]}-{w[6:12]}{(int(w[12]) + d.randrange(1, 10)) % 10}")(citizen(d)),
    "nodate": lambda d: f"{number(d, 2, '789')}{d.randrange(13, 99)}{d.randrange(32, 99)}-1{number(d, 6)}",
    "share": lambda d: f"{d.randrange(100)}.{number(d, d.choice((1, 2, 4)))}%",
    "count": lambda d: d.choice((f"{d.randrange(2, 99999)}명", f"{d.randrange(2, 999)}개", f"{d.randrange(2, 99)}km", f"{number(d, 5, '123')}대")),
    "pi": lambda d: f"{d.randrange(9)}.{number(d, d.choice((8, 12, 15)))}",
    "mac": lambda d: ":".join(f"{d.randrange(256):02x}" for _ in range(6)),
    "handle": lambda d: d.choice(("@naru_official", "@디오", "@kim_writes", "lodash@4.17.21", "@2x", "icon@2x.png", "react@18.2.0")),
    "hash": lambda d: f"{d.getrandbits(64):016x}",
    "patent": lambda d: f"10-20{number(d, 2, '012')}-{number(d, 7, '0')}",
    "case": lambda d: f"20{number(d, 2, '012')}{d.choice(('가합', '나', '다', '도', '고단', '구합'))}{number(d, 5, '123456')}",
    "bus": lambda d: d.choice((f"{number(d, 4, '123456789')}번 버스", f"{d.randrange(1, 9)}호선", f"{number(d, 3, '123')}번 출구")),
    "table": lambda d: f"{number(d, 2, '123')} {number(d, 4)} {number(d, 3)}",
    "big": lambda d: d.choice((f"{d.randrange(1, 99)}조{number(d, 4, '123')}억 원", f"{number(d, 3, '123')}만{number(d, 4, '123')}명", f"{d.randrange(10, 40)}도 {number(d, 4, '1')}hPa")),
    "room": lambda d: d.choice((f"{d.randrange(1, 30)}번 방", f"{d.randrange(1, 9)}층 회의실", f"{d.randrange(1, 40)}호선", f"누리호 {d.randrange(1, 9)}차", f"태풍 제{d.randrange(1, 30)}호")),
}  # fmt: skip
FOUND = (
    """
주민등록번호 <rrn> 확인 부탁드립니다|제 주민번호는 <rrn>이고 이름은 {name}입니다.|신청인 {name}(<rrn>)의 서류를 접수했다|RRN: <rrn>|본인 인증을 위해 <rrn> 입력했더니 오류가 나요
세대주 <rrn> 외 2명|등본에 <rrn> 이렇게 그대로 나오던데 괜찮나요?|외국인등록번호 <alien> 로 가입했습니다|외국인 등록증에 적힌 번호 <alien>|대리인: {name}, <rrn>|주민 <rrn> / 성명 {name}|피보험자 {name} <rrn> 보험 가입 요청
환자 {name}, 생년월일 및 번호 <rrn>, 내과 접수 완료|체류 자격 변경: 등록번호 <alien>|<rrn> 이 번호로 조회하면 됩니다
연락처는 <mobile>입니다.|문의: <mobile>|<mobile>로 문자 주세요|급하시면 <mobile> 전화 부탁드립니다 {name} 드림|010 번호 바뀌었어요 새 번호 <mobile> 저장해 주세요|휴대폰 <mobile> / 집 <landline>|H.P <mobile>|카톡 안 되면 <mobile> 요기로
분실하신 분은 <mobile>으로 연락 주시면 됩니다!|담당자 {name} 대리(<mobile>)에게 문의|tel.<landline>|대표전화 <landline> 팩스 <landline>|T. <landline> F. <landline>|매장 번호는 <landline> 이고 열 시에 문 열어요|예약은 <landline>에서 받습니다
고객센터 <hotline> (평일 9시~18시)|콜센터 <hotline>으로 전화했더니 30분 기다리래요|본사 <hotline>, 지점 <landline>|상담 전화 ☎ <hotline>|안심번호 <safe>로 전화해 주세요|배달 기사님 번호 <safe>|call me at <abroad> tomorrow|Phone: <abroad>
Contact our office (<abroad>) for details.|해외에서는 <abroad> 로 거세요|{name} <mobile> {name} <mobile> 두 사람에게 보냈어요|전화번호가 <mobile> 맞으시죠?|방 보러 오실 분 <mobile> 연락 주세요 월세 45만|중고 자전거 팝니다. <mobile>.
메일은 <email>로 보내 주세요|<email>|자료 요청: <email>, <email>|기사 제보 <email>|제 아이디가 <email>인데 로그인이 안 됩니다|이메일(<email>)과 전화(<mobile>) 중 편한 쪽으로|Send your resume to <email>.|From: {name} <<email>>
스팸 때문에 <hidden> 로 적어 둡니다|문의처 - <hidden>|{name} 기자 <email>|mailto:<email>|Reply-To: <email>|참조에 <email> 넣어 주시고 회신 바랍니다|계정 <email> 탈퇴 처리 부탁|reach me via <hidden> anytime
카드번호 <card> 유효기간 12/28|결제 카드는 <card>입니다|<card> 이 카드로 두 번 결제됐어요|신용카드 <card> 정지 신청합니다|card no. <card>|체크카드 <card> 분실했습니다|정기 결제 등록: <card>|법인카드(<card>) 사용 내역|My card <card> was charged twice.|VISA <card>
후원 카드 정보 <card> {name}|카드 앞면 숫자 <card> 확인했습니다
계좌번호: <account>|{bank} <account> {name}|입금 계좌는 {bank} <account> 예금주 {name}|{bank} <account>로 송금해 주세요|<account> {bank} {name}|회비는 <account> ({bank})로 이체 바랍니다|환불 계좌 {bank} <account>|모임 통장 {bank} <account> 입금 확인 부탁
예금주 {name}, {bank}, <account>|자동이체 계좌를 <account>로 바꿨어요|account number <account>, {bank}|무통장 입금: {bank} <account>|축의금 {bank} <account>|전세 보증금은 {bank} <account> 로 보냈습니다|월급 통장이 {bank} <account>인데 변경 되나요
접속 IP <ip>에서 로그인 시도|<ip> 서버가 응답하지 않습니다|아이피 <ip> 차단해 주세요|ping <ip> 했는데 timeout|작성자 아이피: <ip>|host <ip> port 22|공유기 주소가 <ip> 맞나요|ssh root@<ip>|Login from <ip> at midnight|방화벽에서 <ip> 허용|게이트웨이 <ip> DNS <ip>|[<ip>] 익명의 글입니다
로그: <ip> - GET /index.html|악성 접속 기록이 <ip>에 남아 있다|http://<ip>:8080/admin 에 접속하세요|프록시로 <ip> 쓰고 있어요
차량번호 <plate>|<plate> 차주분 차 좀 빼 주세요|{car} <plate> 뺑소니 목격자 찾습니다|번호판 <plate> 조회|주차장에 <plate> 차량 라이트 켜져 있어요|<joined> 운전자 신고합니다|어제 <joined> 이 앞에 세워져 있던데|택시 <joined> 기사님 감사합니다|블랙박스에 찍힌 {car} <plate>|등록 차량: <plate>, <plate>
견인된 차는 <plate>입니다|과태료 대상 <plate>|렌터카 <plate> 반납 완료|번호 <joined>인 {car}가 끼어들었다|제 차 <plate> 맞아요
주소: {town} {lane} <door>|{town} {lane} <door>, <flat>|{town} {road} <door>에 있습니다|회사는 {road} <door> 3층입니다|{road} <door>|배송지 {town} {lane} <door> ({district}, {block} <flat>)|{town} {lane} <door>로 보내 주세요|{town} {lane} 12길 <door>|집은 {block} <flat>예요
{block} <flat> 앞에 놓아 주세요|{town} {district} <lot>|본적 {town} {district} <lot> {name}|{district} <lot>에 사는 {name}입니다|등기상 소재지는 {town} {district} <lot>이다|사무실 위치: {town} {lane} <door> 2층 <room>|{town} {district} <barelot> 지하 1층|매장 주소 {town} {district} <barelot>
<flat> 층간소음 너무 심해요|택배는 {block} <flat> {name}에게|오시는 길: {town} {lane} <door>, 지하철역에서 5분|{road} <door>, {block} <room>|우편물은 {town} {lane} <door> {name} 앞|서울시 종로구 {lane} <door>으로 이사했어요|받는 곳 {town} {road} <door> 101호실 말고 정문|{district} <lot> 단독 주택 매매
고객님의 번호(<mobile>)로 인증번호를 보냈습니다|긴급 연락망: 반장 <mobile>, 부반장 <mobile>, 총무 <mobile>|A/S 접수는 <hotline> 누르시고 2번|실종자를 보신 분은 112 또는 <mobile>로|매물 문의 {name} 실장 <mobile> (부재 시 문자)|민원 콜 <hotline>|0번 누르고 상담원 연결, 번호는 <landline>
{block} 관리사무소 <landline>|☎<landline>|📞 <mobile>|전번 <mobile> 이에요 연락ㄱㄱ|폰 <mobile>|<mobile>(문자만)|연락처=<mobile>;이름={name}|"phone":"<mobile>"|\u200b전화<mobile>|번호교환해요 <mobile> ㅎㅎ|학부모 {name} <mobile>, 자녀 {name}|<mobile>번으로 송금 완료 문자가 왔어요|{name}<mobile>
Hi, my number is <mobile>, text me.|Fax: <landline>, Attn: {name}|For reservations dial <landline> or write to <email>|WhatsApp <abroad>|이메일주소는<email>이고요|<email>,<email>,<email> 세 분께 전달|아이디 <email> 비번 잊음|연락 메일:<email>)|[<email>] 구독 취소|Email me: <email>!|<email>님이 초대했습니다|보낸사람 "{name}" <<email>>
주민번호 뒷자리까지 다 적힌 <rrn> 사진이 돌아다녀요|보험 청구서에 <rrn> 기재|이름 {name} 주민등록번호 <rrn> 주소 {town} {lane} <door>|<rrn> {name} 1인 가구|성명/주민번호: {name}/<rrn>|My registration number is <rrn>|아이 주민번호 <rrn> 로 예방접종 조회|외국인 직원 등록번호: <alien>
카드 <card> CVC 뒷면 참고|<card>로 12개월 할부 결제해 주세요|결제수단 신용(<card>)|도난 카드: <card>, 신고자 <mobile>|카드번호가 <card>로 시작... 아니 전체가 <card>|pay with <card> exp 09/29|card=<card>
{bank} 통장 <account> ({name})|돈은 {bank} <account> 여기로!|{bank}:<account>|<account>({bank} {name})으로 입금 부탁드립니다|정산은 {name} {bank} <account>|관리비 납부 계좌 {bank} <account>|급여 계좌 [{bank}] <account>|후원: {bank} <account> 재단법인 나루|계좌 <account>로 {price} 보냈어요|bank account <account>
익명(<ip>) 님의 글|{time} <ip> 403 Forbidden|from <ip> port 5{count}|라우터 <ip>/24 설정|DB host=<ip>;port=3306|<ip>에서 비정상 접근 감지|Source <ip> -> Destination <ip>|작성 IP: <ip> 신고|VPN 주소 <ip> 로 접속이 안 돼요|내부망 <ip> 서버 점검
<joined> {car} 접촉 사고 목격하신 분|주차위반 <plate> {date} {time}|방문 차량 등록 <plate> {name} {block} <flat>|번호판이 <plate>였던 것 같아요|<plate> 이중 주차 제발|앞차 <joined> 깜빡이 안 켬|{car}(<joined>)를 팝니다|차종 및 번호: {car} / <joined>
반품 주소는 {town} {lane} <door> 물류센터|{town} {road} <door> ({district})|우리 집은 {district} <lot>이야|{lane} <door>에 사는 {name} 씨에게 배달|매장은 {road} <door> 1층에 있어요|본점: {town} {lane} <door>|지점 주소 - {town} {lane} <door> (지번 {district} <barelot>)|{block} <flat> {name} 부재 시 경비실|{block} <flat>로 와
현관 비번 누르고 <flat>|{town} {lane} <door> {block} <flat> {name} <mobile>|사고 장소는 {road} <door> 앞 교차로|투표소: {town} {lane} <door> 주민센터 2층|주소지가 {town} {district} <lot>으로 되어 있네요|건물 위치 {district} <barelot>|경기도 용인시 수지구 {lane} <door>|제주특별자치도 제주시 {lane} <door>|(04524) {town} {road} <door>
{name} / <mobile> / {town} {lane} <door>|주문자 {name} 연락처 <mobile> 배송지 {block} <flat>|이력서: {name}, <rrn>, <email>, <mobile>|사고 접수: {car} <plate>, 운전자 <mobile>|정산 요청합니다. {bank} <account>, 담당 <email>|서버 <ip> 관리자 <email>|신고자 <mobile>, 차량 <plate>, 위치 {road} <door>
주문번호 {order} 관련해서 <mobile>로 연락 바랍니다|운송장 {parcel}, 받는 분 전화 <mobile>|{date}에 <email>로 보낸 메일 확인하셨나요|{date} {time} <ip>에서 접속|버전 {version} 쓰는데 <email>로 로그가 안 와요|{price} 입금했어요 {bank} <account>|제{count} 중 한 명 <mobile>
""".strip()
    .replace("\n", "|")
    .split("|")
)
LOOKALIKES = (
    """
주문번호 {order} 배송이 언제 되나요|주문 {order} 취소해 주세요|order no. {order} has shipped|결제 완료 주문번호: {order}|주문번호는 {order}인데 은행 점검이라 확인이 안 된대요|예약번호 {order} 변경하고 싶어요|접수번호 {order}|고객번호 {order} 조회
운송장번호 {parcel}|송장 {parcel} 조회가 안 됩니다|택배 {parcel} 배달 완료|등기번호 {parcel} 우체국 도착|tracking number {parcel}|배송번호 {parcel} 확인
{date}에 태어났다|{date} ~ {date} 휴무|행사는 {date} {time}에 시작합니다|{date} 기준 가격 {price}|마지막 수정 {date} {time}|보도일 {date}|{stamp} INFO started|기한: {date}까지|{date}생 {name}|공연 날짜가 {date}에서 {date}로 바뀌었습니다
오늘 {time}에 봐요|기록은 {time}|버스는 {time}, {time}에 있어요|상영 시간 {time} / {time}|마라톤 완주 {time}|타이머를 {time}으로 맞췄다
버전 {version}으로 올린 뒤 느려졌어요|{version} 버전에서 고쳐졌습니다|Version {version} released on {date}|펌웨어 {version} 배포|파이썬 {version} 설치하기|npm install {handle}|드라이버 {version} 오류|업데이트 {version} 적용|pip install naru=={version}
가격은 {price}입니다|총 {price} 결제|{price}에서 {price}로 내렸다|매출 {big}|예산 {big} 편성|인구 {big}|환율 {price}, 어제보다 올랐다|보증금 {price} 월세 {price}|상금 {big}을 받았다
좌표 {place}|위치는 {place}|진앙은 {place}이다|GPS {place} 근처 바다|기압과 기온은 {big}
ISBN {isbn}|도서 {isbn} 품절|책 번호는 {isbn}|ISBN: {isbn} {price}
경기는 {score}로 끝났다|세트 스코어 {score}|후반에만 두 골, {score} 승리|{score}로 앞서던 팀이 졌다|오늘 결과 {score}
모델명 {model}|{model} 사용기 올립니다|그래픽 카드는 {model}|신형 {model} 발표|부품 {model} 호환되나요|{model} 배터리 교체 비용 {price}
민법 {law}에 따르면|{law}를 위반한 때에는|헌법 {law}|{law} 시행 {date}|시행령 {law} 참고|{case} 판결|사건번호 {case}|의안번호 22{table} 상정|특허 {patent}호|출원번호 {patent}
{chapter} 참고|{chapter} 요약|자세한 것은 {chapter}에 있다|목차 {chapter}|{chapter} 항목을 보라
{years} 왕조|작가({years})의 생애|{years}년 전쟁사|재위 {years}|세종 {years}
사업자등록번호 {firm}|대표 {name} 사업자 {firm}|법인 사업자번호 {firm} 통신판매업 신고|○○은행 사업자등록번호 {firm}|상호 나루 사업자등록번호: {firm}
카드 번호 예시 {badcard}는 유효하지 않습니다|{badcard}|테스트 번호 {badcard} 거절됨|쿠폰 번호 {badcard} 등록|기프트 코드 {badcard}
{badrrn} 은 검증에 실패했다|잘못된 번호 {badrrn}|{nodate}|형식만 같은 {nodate} 값|관리번호 {nodate} 폐기
지지율 {share}|이자율 {share}로 인상|정답률 {share}, 응시 {count}|참가자 {count} 중 {count} 완주|거리 {count}, 고도 1234m|생산량 {count} 돌파|원주율은 {pi}|소수 {pi}
MAC {mac}|장치 주소 {mac} 등록|commit {hash}|해시값 {hash} 불일치|팔로우 {handle}|{handle} 계정 개설|파일 이름 {handle}
{bus} 타고 오세요|{bus}에서 내려요|{room}에서 회의|{room} 북상|표의 값은 {table}|시리얼 {hash}|1인당 3-4개씩|2-3일 걸려요|10-20대 남성|5-10분 거리|3~4명이 모여
앞으로 5년 동안|결과로 10명이 뽑혔다|서로 3번 만났다|제멋대로 2시간을 떠들었다|예정대로 10시에 시작|그대로 30분 둔다|순서대로 1 2 3|을지로 3가에서 만나|종로 5가 약국 거리|바로 100미터 앞|차례대로 7 8 9를 누르세요|별로 1도 안 웃김
세종대로 2km 구간 통제|강남대로 10분 정체|골목길 3곳을 걸었다|올레길 7코스|고속도로 100km 지점|국도 7호선 산불|제2경인고속도로 12중 추돌|최대로 500까지|새로 12개를 샀다|주로 20대가 본다
주문하신 상품({order})이 출고되었습니다|영수증 번호 {order}, 승인 번호 {table}|거래 ID {hash} 처리 완료|상품 코드 {isbn}|바코드 880{parcel} 인식 불가|쿠폰 {hash} 만료|문서번호 제{years}호|공고 제{years}호|청구 번호 {order} 확인 중
{date}일자 신문 3면|발행일: {date} / 조회 {count}|입학년도 {years}|{date}({time}) 작성|{date}-{date} 전시|{stamp} {version} deployed|타임스탬프 1700{table} 무효|생일이 {date}인 사람|D-100, {date} 수능|{years} 시즌 성적|1588-1592 임진왜란 전후|1600-1650년 사이|조선 1800-1850 연표
v{version}에서 {version}(으)로 마이그레이션|리눅스 커널 {version} 릴리스|Chrome {version} 이상 필요|Node {version}, npm {version}|{chapter} 및 {chapter}을 비교하라|그림 {chapter}|표 {version}|release {version}: fixed {count}|iOS {version} 업데이트 후 배터리
{price} 할인해서 {price}|월 {price} 12개월|{big} 규모 시장|정원 {count} 중 {count} 지원|평균 {share}, 최고 {share}|기온 {big}|점수 {score}, 타율 0.345|4-3-3 전술로 {score} 승|4-2-3-1 포메이션|세트 {score} 역전승|혈압 120-80|시력 1.0-0.8|사이즈 90-60-90|나이 25-34세 여성
한글 맞춤법 {law}|「근로기준법」 {law}|{law}부터 {law}까지 삭제|조례 제1234호|대통령령 제{count}호|헌재 {case} 결정|{case} 사건의 판결문|제1회부터 제12회까지|제3차 12호 발행|시리즈 3호 특집|갤럭시 S24 울트라 {model}|{model} 대 {model} 비교|A4 용지 {count}|모델 {model} 펌웨어 {version}
그 길로 30분을 걸었다|집으로 3명이 왔다|학교로 2시까지 와|대체로 5점|동쪽으로 200m|위로 3칸 아래로 2칸|하루로 24시간|기본으로 10개|무료로 100장|따로 2개 주문|스스로 7년을 버텼다|그 뒤로 12년이 흘렀다|실제로 3배|차로 15분, 버스로 40분|도보로 5분|제로 100킬로|메로 3마리|진로 1병|가로 30 세로 40|평균으로 77|으로 시작하는 단어 3
서울로 7017 산책|종로 3가역 1번 출구|을지로 4가 골목|한강로 2가 재개발|명동 8길 맛집|강남역 11번 출구|경부고속도로 하행선 305km|국도 37호선|지방도 1026호 통제|순환로 3차로|왕복 8차로 확장|도로 12개 구간|도로 3-4차로|1동 2층 건물|동 1호점|가동 12일째|행동 3가지|운동 30분|활동 2-3회|감동 1-2화|이동 5-10분|노동 8시간
버스 {bus} 배차|{room} 발사 성공|나로호 3차 발사|아시아나 {table}편|KE{table} 편 탑승|무궁화 1호 위성|창간호 100호 기념|제{count}호 골|101호 강의실 말고 대강당이라네|이달의 시 12편|10주 연속 1234위|25주 3000명|{score}로 비긴 경기, 관중 {count}
주소 형식: 도로명과 건물번호를 적으세요|전화번호 형식은 지역번호부터|카드 혜택 {share} 적립|계좌 이체 수수료 {price}|IP 주소란 무엇인가|차량 {count} 등록|이메일은 @ 앞이 아이디|은행 영업시간 {time}-{time}|은행 창립 {date}, 지점 {count}|입금 {date} {price}|송금 수수료 {price}, 한도 {price}|계좌 잔액 {price}
단위는 10-3 mol|염기서열 5-3 방향|온도 -10~20도|x=1234567, y=7654321|SHA {hash}|UUID 123e4567-e89b-12d3-a456-426614174000|색상 #ff00aa|포트 8080-8090|0.0.0.0|1.2.3|255.255.255 마스크 일부|999.1.2.3 오류|12:34:56:78 타임코드|::|10::20 슬라이스|2001:연구
전화 0번|112 신고, 119 구급|국번 없이 120|#1234 문자|인증번호 482913|비밀번호 4자리 0000|OTP 123456|우편번호 04524|사번 20260123|학번 2019123456|수험번호 {table}|군번 18-7600{count}|좌석 A-12-34|방송 코드 E01-02|채널 070-1|내선 1234
방탄소년단 7 앨범 2020|아폴로 11호 달 착륙|무궁화호 1234열차|3호 태풍|101마리 강아지|1203년 원정|누적 관객 {count}|국보 제{count}|12월 2023년 회고|10주 2000원 적립|3수 1234번 수험생
std::vector a::b 문법|int a[10][20] = 0x7fff5694|RGB 255.255.0|RGB(192,168,10)|192.168 대역|C# 8.0.100-preview|크기 1920x1080x24|해상도 3840-2160|비율 16:9:4|dd if=/dev/zero bs=4096 count=1024
대회 번호표 1234 5678 참가|사전 투표율 {share} 총 {count}|로또 당첨 번호 3 11 15 29 35 44|전화 한 통이면 됩니다 {count}|은행 대출 금리 {share} {date} 기준|계좌 개설 {date}부터|카드 결제 {price} 승인 {time}|국민 {count} 참여|하나 {count}, 우리 {count}|문의는 게시판으로 {date}까지
""".strip()
    .replace("\n", "|")
    .split("|")
)
LEADS = ("", "", "", "", "안녕하세요. ", "[공지] ", "질문이요) ", "- ", "※ ", "참고로 ", "PS. ", "아 그리고 ", "1) ")
ENDS = ("", "", "", "", " 감사합니다.", " ㅠㅠ", " 수고하세요", "!", " (끝)", " ㅋㅋ", " 부탁드려요~", " thanks")
SLOT = re.compile(r"<(\w+)>|\{(\w+)\}")


def filled(template: str, die: Random) -> Line:
    """One line of a template, between words that say nothing."""
    text, spans, at = die.choice(LEADS), [], 0
    for slot in SLOT.finditer(template):
        text += template[at : slot.start()]
        if slot[1]:
            kind, make = SECRETS[slot[1]]
            value = make(die)
            spans.append((len(text), len(text) + len(value), kind))
        else:
            value = (WORDS.get(slot[2]) or STAYS[slot[2]])(die)
        text += value
        at = slot.end()
    return Line(text + template[at:] + die.choice(ENDS), tuple(spans))


def lines() -> Iterator[Line]:
    """All lines; a template without anything to vary stands once."""
    die = Random(SEED)
    for template in (*FOUND, *LOOKALIKES):
        for _ in range(EACH if SLOT.search(template) else 1):
            yield filled(template, die)


def read() -> list[Line]:
    """The lines as they were written to the file."""
    found = []
    for row in FILE.read_text(encoding="utf-8").splitlines():
        text, _, told = row.partition("\t")
        spans = (part.split(":") for part in told.split(";") if part)
        found.append(Line(text, tuple((int(start), int(end), kind) for start, end, kind in spans)))
    return found


if __name__ == "__main__":
    rows = (f"{line.text}\t{';'.join(f'{a}:{b}:{kind}' for a, b, kind in line.spans)}\n" for line in lines())
    FILE.write_text("".join(rows), encoding="utf-8")
