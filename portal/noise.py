"""What a crawl holds beside articles: personal data and what looks like it, chatter, junk, other languages."""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from portal.facts import PLACES, coined, person
from portal.korean import Word

RRN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


@dataclass(frozen=True)
class Noise:
    """A text, its language, and for personal data the planted values as ``TYPE value``, look-alikes apart."""

    text: str
    language: str = "ko"
    pii: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()


# ---- personal data: well formed, but of nobody (births to come, exchanges and networks that are not given out) --------


def luhn_digit(digits: str) -> str:
    """The digit that makes ``digits`` pass the Luhn check."""
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def rrn_digit(digits: str) -> str:
    """The check digit behind the first twelve of a resident registration number."""
    return str((11 - sum(int(d) * w for d, w in zip(digits, RRN_WEIGHTS, strict=True)) % 11) % 10)


def resident(die: Random) -> str:
    front = f"{die.randrange(40, 100):02d}{die.randrange(1, 13):02d}{die.randrange(1, 29):02d}"
    back = f"{die.choice('34')}{die.randrange(100_000):05d}"
    return f"{front}-{back}{rrn_digit(front + back)}"


def mobile(die: Random) -> str:
    a, b = f"{die.choice('01')}{die.randrange(1000):03d}", f"{die.randrange(10_000):04d}"
    return die.choice(("010-{}-{}", "010-{}-{}", "010.{}.{}", "010 {} {}", "010{}{}", "+82-10-{}-{}")).format(a, b)


def landline(die: Random) -> str:
    return (
        f"{die.choice(('02', '031', '051', '053', '062', '064'))}-{die.randrange(100):03d}-{die.randrange(10_000):04d}"
    )


def email(die: Random) -> str:
    name = "".join(die.choice("abcdefghijkmnoprstuvwy") for _ in range(die.randrange(4, 9)))
    host = die.choice(("mail.example", "example.com", "example.org", "post.example.net"))
    return f"{name}{die.choice(('', '.', '_'))}{die.randrange(1, 999)}@{host}"


def card(die: Random) -> str:
    digits = f"400000{die.randrange(10**9):09d}"
    digits += luhn_digit(digits)
    return die.choice(("-", " ", "")).join(digits[i : i + 4] for i in range(0, 16, 4))


def account(die: Random) -> str:
    bank = die.choice(("국민은행", "신한은행", "우리은행", "하나은행", "농협", "카카오뱅크", "기업은행"))
    widths = die.choice(((6, 2, 6), (3, 3, 6), (4, 3, 6), (3, 4, 4, 2)))
    return f"{bank} " + "-".join("".join(die.choice("0123456789") for _ in range(width)) for width in widths)


def address(die: Random) -> str:
    return f"{die.choice(('192.0.2', '198.51.100', '203.0.113'))}.{die.randrange(1, 255)}"


def plate(die: Random) -> str:
    letter = die.choice("가나다라마거너더러머고노도로모구누두루무하허호")
    return f"{die.randrange(10, 400)}{letter} {die.randrange(1000, 10_000)}"


PERSONAL = {
    "rrn": (resident, "주민등록번호는 {v}입니다.|본인 확인용 주민번호 {v} 남깁니다.|신청서에 {v:이라}고 적었는데 맞나요?"),
    "phone": (mobile, "연락처는 {v}입니다.|문의는 {v:으로} 주세요.|전화 {v} 언제든 가능합니다.|문자는 {v} 번호로 부탁드려요."),
    "landline": (landline, "사무실 전화 {v:으로} 연락 바랍니다.|대표 번호 {v} 통화 중이면 다시 걸어 주세요."),
    "email": (email, "메일은 {v:으로} 보내 주세요.|자료가 필요하면 {v} 주소로 연락하세요.|{v}에 답장이 안 옵니다."),
    "card": (card, "결제한 카드 번호는 {v}입니다.|카드 {v:으로} 두 번 빠져나갔어요."),
    "account": (account, "입금 계좌는 {v}입니다.|환불은 {v:으로} 부탁합니다."),
    "ip": (address, "접속 기록에 {v:이} 남아 있습니다.|차단된 아이피는 {v}입니다."),
    "plate": (plate, "차량 번호는 {v}입니다.|주차장에 {v} 차주분 연락 주세요."),
}  # fmt: skip
LOOKALIKES = (
    (
        "order",
        lambda d: f"2026{d.randrange(1, 13):02d}{d.randrange(1, 29):02d}-{d.randrange(10**7):07d}",
        "주문번호 {v} 건입니다.",
    ),
    (
        "date",
        lambda d: f"{d.randrange(2015, 2027)}-{d.randrange(1, 13):02d}-{d.randrange(1, 29):02d}",
        "{v}에 구입했습니다.",
    ),
    (
        "version",
        lambda d: f"{d.randrange(1, 20)}.{d.randrange(20)}.{d.randrange(300, 999)}",
        "프로그램 버전은 {v}입니다.",
    ),
    ("parcel", lambda d: "9" + "".join(d.choice("0123456789") for _ in range(11)), "운송장 {v:으로} 조회됩니다."),
    ("price", lambda d: f"{d.randrange(10, 990)},{d.randrange(1000):03d}원", "금액은 {v:이었}습니다."),
    ("years", lambda d: f"{d.randrange(1960, 1999)}-{d.randrange(2000, 2026)}", "보증 기록은 {v} 사이에 있습니다."),
    ("model", lambda d: f"{d.choice('KXQZ')}{d.randrange(10, 99)}-{d.randrange(1000, 9999)}", "모델명은 {v}입니다."),
    ("rule", lambda d: f"제{d.randrange(44, 99)}-{d.randrange(1000, 9999)}호", "고시 {v}에 그렇게 적혀 있습니다."),
)
COMPLAINTS = (
    "{p}에 사는 {n}이라고 합니다.|지난주에 산 물건이 아직 오지 않았습니다.|상담원과 통화했지만 해결되지 않았어요.|빠른 처리 부탁드립니다.|"
    "같은 일이 벌써 두 번째라 글을 남깁니다.|중고로 내놓았던 물건이 방금 팔렸습니다.|아래 내용으로 다시 확인해 주시면 감사하겠습니다.|"
    "모임에 오실 분은 미리 알려 주세요.|이력서를 함께 보내 드립니다.|분실물을 찾습니다. {p} 근처에서 잃어버렸어요.|"
    "담당자 {n} 과장이 안내해 드립니다.|접수한 서류가 반려되었다는 연락을 받았습니다.|동호회 명단을 정리하는 중입니다."
).split("|")


def personal(die: Random) -> Noise:
    """A post with one to four pieces of personal data and up to three look-alikes."""
    sentences = [c.format(p=die.choice(PLACES), n=person(die)) for c in die.sample(COMPLAINTS, die.randrange(3, 6))]
    pii, lookalikes = [], []
    for kind in die.sample(list(PERSONAL), die.randrange(1, 5)):
        make, templates = PERSONAL[kind]
        value = make(die)
        pii.append(f"{kind} {value}")
        sentences.insert(die.randrange(len(sentences) + 1), die.choice(templates.split("|")).format(v=Word(value)))
    for kind, make, template in die.sample(LOOKALIKES, die.randrange(0, 4)):
        value = make(die)
        lookalikes.append(f"{kind} {value}")
        sentences.insert(die.randrange(len(sentences) + 1), template.format(v=Word(value)))
    return Noise(" ".join(sentences), pii=tuple(pii), lookalikes=tuple(lookalikes))


# ---- chatter, junk, other languages ------------------------------------------------------------------------------------

CHATTER = (
    "{e} 어제 봤는데 진짜 대박{l}|{l} 이거 나만 웃긴 거 아니지|아니 {e} 실화냐{c}|{p} 사는 사람 손{l} 날씨 왜 이래|오늘도 야근이다{c}|"
    "{e} 좋다는 사람 많던데 난 별로더라|와 가격 보고 깜짝 놀랐음{l}|다들 저녁 뭐 먹음? 난 라면{l}|{n} 씨 닮았다는 소리 들었다{c}|"
    "주말에 {p} 가는데 맛집 좀 추천해 주라|버스 놓쳐서 30분 걸었음{c}|이 글 보는 사람 오늘 운 좋음{l}|{e} 한정판 샀는데 후회 중{c}|"
    "잠이 안 와서 {e} 검색하다 여기까지 옴{l}|시험 망했다{c} 위로 좀|강아지가 내 양말 물어 감{l}|회사 앞 국밥집 없어졌더라{c}|"
    "{n} 누구냐 글 왜 이렇게 잘 써{l}|택배 왔다고 해서 뛰어나갔더니 옆집 거{l}|인정하기 싫지만 {e} 꽤 괜찮음"
).split("|")
SYMBOLS = "★☆◆◇■□▶▷●○♥♡※§#$%^&*~=+|<>@!?"
BOILERPLATE = (
    "로그인 후 이용해 주세요|이 게시물은 삭제되었습니다|더 보기|무단 전재 및 재배포 금지|장바구니 담기|클릭하면 이동합니다|지금 바로 확인하세요"
).split("|")


def chatter(die: Random) -> Noise:
    """Talk of a message board, with laughing and crying jamo."""
    lines = []
    for template in die.sample(CHATTER, die.randrange(4, 8)):
        laugh, cry = die.choice("ㅋㅋㅎ") * die.randrange(2, 14), die.choice("ㅠㅠㅜ") * die.randrange(2, 8)
        lines.append(template.format(e=coined(die), p=die.choice(PLACES), n=person(die), l=laugh, c=cry))
    return Noise("\n".join(lines))


def junk(die: Random) -> Noise:
    """Symbol soup, one line repeated, or too little to be a text."""
    form = die.randrange(4)
    if form == 0:
        return Noise("".join(die.choice(SYMBOLS) * die.randrange(1, 6) for _ in range(die.randrange(30, 90))))
    if form == 1:
        line = f"{die.choice(BOILERPLATE)} {coined(die)}"
        return Noise("\n".join([line] * die.randrange(8, 40)))
    if form == 2:
        return Noise(f"{coined(die)} {die.choice(SYMBOLS) * die.randrange(1, 4)}")
    return Noise(" ".join(f"{die.randrange(10**6)}{die.choice('|/;:')}" for _ in range(die.randrange(40, 120))))


ENGLISH = (
    "The committee approved the plan for the {x} bridge after a long debate.|Visitors to {x} rose by {k} percent last year.|"
    "Local farmers say the harvest around {x} was the best in {k} years.|A spokesman for {x} declined to comment on the report.|"
    "The museum of {x} holds {k} paintings, most of them never shown in public.|Researchers at {x} University studied {k} volunteers.|"
    "Ticket prices will not change, the company said on Monday.|The river near {x} flooded twice in {k} months.|"
    "Nobody in the village remembers who built the old mill.|It took {k} engineers and a great deal of patience.|"
    "Critics praised the second novel of the author from {x}.|The train from {x} arrives at {k} minutes past the hour.|"
    "She learned to play the violin at the age of {k}.|Shares of {x} Industries fell {k} percent in early trading."
).split("|")
JAPANESE = (
    "{x}の駅前に新しい図書館が開館しました。|昨年の来場者数は{k}万人でした。|祭りは毎年秋に{x}で行われます。|この料理には地元の野菜が欠かせません。|"
    "{x}行きの電車は{k}分おきに出発します。|彼は{k}歳のときに作家としてデビューした。|川沿いの道は散歩に最適です。|"
    "博物館には{k}点の作品が展示されています。|天気が良い日には遠くの山まで見えます。|{x}の人口は少しずつ減っている。"
).split("|")
CHINESE = (
    "{x}车站附近新开了一家图书馆。|去年参观人数达到{k}万人。|这种动物主要生活在南方的山林里。|从{x}出发大约需要{k}分钟。|"
    "博物馆收藏了{k}件珍贵的文物。|他在{k}岁时发表了第一部小说。|春天是游览{x}的最佳季节。|公司计划在{x}建设新的工厂。|"
    "当地居民每年都会举行盛大的节日活动。|专家认为这一发现具有重要意义。"
).split("|")
FOREIGN = {
    "en": (ENGLISH, " ", "Ashford Bellmere Corvale Dunwick Elsham Farrow Glenholt Harwick Ivybridge Keswold Lanmoor".split()),
    "ja": (JAPANESE, "", "青葉 白浜 月島 桜丘 若松 高原 水沢 緑町 朝日 港南".split()),
    "zh": (CHINESE, "", "青山 白河 东湖 新城 南岭 石桥 云溪 平安 龙泉 海宁".split()),
}  # fmt: skip


def foreign(die: Random) -> Noise:
    """A text that is not Korean: English mostly, some Japanese and Chinese."""
    language = die.choice(("en", "en", "en", "ja", "zh"))
    sentences, space, names = FOREIGN[language]
    chosen = die.sample(sentences, die.randrange(5, 10))
    return Noise(space.join(s.format(x=die.choice(names), k=die.randrange(3, 90)) for s in chosen), language)
