"""The portal's ads: who is shown what, where and when, and who clicks.

A click is a coin whose probability is known: person (interests of the day, age, gender) meets ad (category, price,
quality) in a context (hour, weekday, device, page, slot). Advertisers reach people partly by their interests and
partly by budget alone. Ads come and go every day, so do people; a few machines click far too much, and the transport
delivers some rows twice. The impressions bring no ad columns: those are in the ads table. They tell what the person
looked at last (``portal.reads``), which says more of the interests of the day than any click.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa

from portal.entities import INTERESTS
from portal.people import People, people
from portal.reads import lately
from portal.world import World, rng

GOODS = {
    "music": ("콘서트 예매", "블루투스 이어폰", "음원 이용권", "기타 레슨", "LP 턴테이블"),
    "drama": ("드라마 몰아보기", "OTT 한 달 이용권", "촬영지 여행", "대본집"),
    "movies": ("심야 영화 할인권", "가정용 빔프로젝터", "영화제 입장권", "팝콘 세트"),
    "comics": ("웹툰 정주행 쿠폰", "만화책 전집", "캐릭터 피규어", "웹소설 무료 회차"),
    "books": ("베스트셀러 할인", "전자책 단말기", "독서대", "중고책 매입"),
    "games": ("신작 모바일 게임", "게이밍 마우스", "고사양 그래픽카드", "사전 예약 보상"),
    "sports": ("러닝화", "프로야구 시즌권", "축구 유니폼", "홈트레이닝 기구", "등산 배낭"),
    "stocks": ("비대면 증권 계좌", "배당주 강의", "연금 저축 상담", "해외 주식 이벤트"),
    "travel": ("제주 항공권", "바다 전망 호텔", "유럽 패키지 여행", "렌터카 예약", "캠핑장 예약"),
    "food": ("오늘의 도시락", "치킨 반값 쿠폰", "산지 직송 과일", "커피 원두 구독", "밀키트 모음"),
    "cars": ("전기차 시승", "자동차 보험 비교", "중고차 직거래", "타이어 교체", "블랙박스"),
    "tech": ("무선 충전기", "노트북 특가", "스마트워치", "클라우드 저장 공간", "공유기"),
    "education": ("영어 회화 첫 달", "코딩 강의", "수능 인강", "자격증 대비반", "어린이 학습지"),
    "health": ("종합 비타민", "건강 검진 예약", "홍삼 선물", "허리 편한 의자", "수면 베개"),
    "pets": ("강아지 간식", "고양이 모래", "반려동물 보험", "자동 급식기"),
    "fashion": ("여름 원피스", "가죽 운동화", "겨울 코트", "천연 화장품", "명품 가방 대여"),
    "daily": ("세탁 세제", "정수기 대여", "이사 견적", "두루마리 휴지", "침구 모음전"),
}
HOOKS = (
    "오늘만 특가",
    "첫 구매 할인",
    "무료 배송",
    "지금 시작하세요",
    "후기 1위",
    "한정 수량",
    "신규 회원 혜택",
    "주말 한정",
)
PRICE = {"cars": 4.6, "travel": 4.9, "tech": 4.7, "stocks": 3.9, "education": 3.9, "fashion": 4.1, "health": 3.7}
FORMATS = ("banner", "native", "video", "text")
DEVICES = ("mobile", "pc", "tablet")
PAGES = ("home", "news", "search", "shopping", "blog")
SLOTS = ("top", "middle", "side", "bottom")
SLOT_EFFECT = np.array([0.55, 0.15, -0.35, -0.6])
# device x format: moving pictures work on the phone, banners on the wide screen.
FIT = np.array([[-0.25, 0.25, 0.35, -0.2], [0.3, 0.0, -0.35, 0.15], [0.1, 0.1, 0.2, -0.3]])
# Hours (local) at which a category is wanted, and on the weekend.
HOURS = {"food": (11, 12, 17, 18), "games": (20, 21, 22, 23), "stocks": (8, 9, 10, 15), "education": (19, 20, 21)}
WEEKEND = {"travel": 0.5, "sports": 0.4, "movies": 0.4, "stocks": -0.6, "education": -0.3}
# Categories that a page is about.
ABOUT = {
    "news": ("stocks", "cars"),
    "search": ("tech", "education"),
    "shopping": ("fashion", "daily"),
    "blog": ("food", "pets"),
}
LAUNCH_DAYS = 28
UTC_OFFSET_H = 9
REPEATED = 0.005  # share of the rows that the transport delivers twice
BOT_SHOWS, BOT_CLICKS = 0.04, 0.25  # the machines' share of the impressions, and how often they click
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Ads:
    """Ads by row: ``ids``, ``category`` (index into INTERESTS), ``maker``, ``form``, ``price``, and the hidden
    ``quality`` (added to the click's log-odds) and ``budget`` (how often it is shown)."""

    ids: np.ndarray
    category: np.ndarray
    maker: np.ndarray
    form: np.ndarray
    price: np.ndarray
    titles: np.ndarray
    quality: np.ndarray
    budget: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def join(parts: list[Ads]) -> Ads:
    return Ads(*(np.concatenate([getattr(p, name) for p in parts]) for name in Ads.__dataclass_fields__))


def launched(world: World, name: str, count: int, draw: np.random.Generator) -> Ads:
    """``count`` new ads, called ``{name}-{i}``."""
    category = draw.integers(len(INTERESTS), size=count)
    maker = draw.integers(12, size=count)
    names = [INTERESTS[c] for c in category]
    goods = [GOODS[n][int(g * len(GOODS[n]))] for n, g in zip(names, draw.random(count), strict=True)]
    hooks = draw.choice(HOOKS, count)
    return Ads(
        ids=np.array([f"{name}-{i}" for i in range(count)]),
        category=category,
        maker=np.array([f"{n}-{m}" for n, m in zip(names, maker, strict=True)]),
        form=draw.integers(len(FORMATS), size=count),
        price=np.round(np.exp(np.array([PRICE.get(n, 3.0) for n in names]) + 0.6 * draw.standard_normal(count)), 1),
        titles=np.array([f"{g}, {h}" for g, h in zip(goods, hooks, strict=True)]),
        quality=0.45 * draw.standard_normal(count),
        budget=draw.pareto(1.3, count) + 0.2,
    )


@lru_cache(maxsize=64)
def launches(world: World, day: date) -> Ads:
    """The ads that start on a day."""
    count = max(1, int(world.scale.ads * 0.4) // LAUNCH_DAYS)
    return launched(world, f"ad{day:%y%m%d}", count, rng(world, "ads", day.isoformat()))


def running(world: World, day: date) -> Ads:
    """The ads that may be shown on ``day``: a lasting core, and those launched in the last LAUNCH_DAYS days."""
    core = launched(world, "ad", int(world.scale.ads * 0.6), rng(world, "ads", "core"))
    return join([core, *(launches(world, day - timedelta(days=back)) for back in range(LAUNCH_DAYS))])


@dataclass(frozen=True)
class Shown:
    """Impressions by row: places of person and ad, and the context."""

    person: np.ndarray
    ad: np.ndarray
    second: np.ndarray
    device: np.ndarray
    page: np.ndarray
    slot: np.ndarray

    @property
    def hour(self) -> np.ndarray:
        """The hour on the clock of the reader."""
        return np.asarray((self.second // 3600 + UTC_OFFSET_H) % 24)


def show(
    world: World, day: date, crowd: People, bots: np.ndarray, ads: Ads, draw: np.random.Generator, days: int
) -> Shown:
    """Who sees which ad on a day: people by their activity, machines their own share, ads by interest and budget."""
    rows = int(draw.poisson(world.scale.impressions / days))
    weight = crowd.activity * ~bots
    weight = np.where(bots, BOT_SHOWS / bots.sum(), (1 - BOT_SHOWS) * weight / weight.sum())
    person = draw.choice(len(crowd), rows, p=weight)
    local = np.clip(draw.normal(np.where(draw.random(rows) < 0.5, 12.5, 20.5), 3.0), 0, 23.99)
    second = (((local - UTC_OFFSET_H) % 24) * 3600).astype(np.int64)
    by_age = crowd.age[person] / 100
    device = (draw.random(rows)[:, None] > np.stack([0.9 - by_age * 0.7, 0.97 - by_age * 0.1], axis=1)).sum(axis=1)
    page = draw.choice(len(PAGES), rows, p=(0.35, 0.25, 0.2, 0.1, 0.1))
    slot = draw.choice(len(SLOTS), rows, p=(0.3, 0.3, 0.2, 0.2))
    return Shown(person, choose(crowd, ads, person, draw), second, device, page, slot)


def choose(crowd: People, ads: Ads, person: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """An ad for each impression: half of them from a category that the person cares for now, all by budget."""
    order = np.argsort(ads.category, kind="stable")
    ends = np.cumsum(ads.budget[order])
    last = np.searchsorted(ads.category[order], np.arange(len(INTERESTS)), side="right") - 1
    high = np.where(last >= 0, ends[np.maximum(last, 0)], 0.0)
    low = np.r_[0.0, high[:-1]]
    wanted = np.cumsum(crowd.current[person], axis=1)
    category = np.minimum((draw.random(len(person))[:, None] > wanted).sum(axis=1), len(INTERESTS) - 1)
    targeted = (draw.random(len(person)) < 0.5) & (high[category] > low[category])
    start, end = np.where(targeted, low[category], 0.0), np.where(targeted, high[category], ends[-1])
    return np.asarray(
        order[np.minimum(np.searchsorted(ends, start + draw.random(len(person)) * (end - start)), len(ads) - 1)]
    )


def odds(crowd: People, ads: Ads, shown: Shown, day: date) -> np.ndarray:
    """The log-odds of a click of a person (not of a machine)."""
    person, category, hour = shown.person, ads.category[shown.ad], shown.hour
    wanted = np.zeros((24, len(INTERESTS)))
    for name, hours in HOURS.items():
        wanted[list(hours), INTERESTS.index(name)] = 0.6
    weekend = np.array([WEEKEND.get(name, 0.0) for name in INTERESTS]) * (day.weekday() >= 5)
    about = np.array([[0.4 * (name in ABOUT.get(page, ())) for name in INTERESTS] for page in PAGES])
    age = (crowd.age[person] - 38) / 16
    dear = (np.log(ads.price[shown.ad]) - 3.6) / 1.0
    return np.asarray(
        -5.55
        + 4.2 * crowd.current[person, category]
        + 0.3 * age * dear
        + ads.quality[shown.ad]
        + wanted[hour, category]
        + weekend[category]
        + about[shown.page, category]
        + SLOT_EFFECT[shown.slot]
        + FIT[shown.device, ads.form[shown.ad]]
    )


def day_of(world: World, day: date, days: int) -> tuple[pa.Table, pa.Table]:
    """(impressions, truth) of one calendar day, in order of time."""
    draw = rng(world, "impressions", day.isoformat())
    crowd, ads = people(world, day), running(world, day)
    bots = crowd.bot if crowd.bot.any() else np.arange(len(crowd)) == 0
    shown = show(world, day, crowd, bots, ads, draw, days)
    chance = 1 / (1 + np.exp(-odds(crowd, ads, shown, day)))
    chance = np.where(bots[shown.person], BOT_CLICKS, chance)
    click = (draw.random(len(chance)) < chance).astype(np.int64)
    midnight = (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY_US
    time = midnight + shown.second * 1_000_000 + draw.integers(1_000_000, size=len(click))
    order = np.argsort(time, kind="stable")
    # Delivered at least once: some rows come again, right behind themselves.
    order = np.repeat(order, 1 + (draw.random(len(order)) < REPEATED))
    told = columns(crowd, ads, shown, time, click, day)
    told["user_recent"] = lately(world, day, crowd, shown.person, shown.second)
    table = pa.table(told).take(pa.array(order))
    truth = pa.table({**{n: table[n] for n in ("user_id", "ad_id", "ts")}, "probability": pa.array(chance[order])})
    return table, truth


def columns(
    crowd: People, ads: Ads, shown: Shown, time: np.ndarray, click: np.ndarray, day: date
) -> dict[str, pa.Array]:
    """The columns of landing/impressions. Newcomers have not told their interest."""
    person = shown.person
    favourite = np.array(INTERESTS)[crowd.lasting.argmax(axis=1)]
    told = np.char.startswith(crowd.ids, "u")
    return {
        "user_id": pa.array(crowd.ids[person]),
        "ad_id": pa.array(ads.ids[shown.ad]),
        "ts": pa.array(time, pa.timestamp("us", "UTC")),
        "click": pa.array(click),
        "user_age": pa.array(crowd.age[person].astype(np.float64)),
        "user_gender": pa.array(crowd.gender[person]),
        "user_region": pa.array(crowd.region[person]),
        "user_interest": pa.array(favourite[person], mask=~told[person]),
        "context_hour": pa.array(shown.hour.astype(np.str_)),
        "context_weekday": pa.array(np.full(len(person), str(day.weekday()))),
        "context_device": pa.array(np.array(DEVICES)[shown.device]),
        "context_page": pa.array(np.array(PAGES)[shown.page]),
        "context_slot": pa.array(np.array(SLOTS)[shown.slot]),
    }


def ads_table(ads: Ads) -> pa.Table:
    """Ads as landing/ads tells them."""
    return pa.table(
        {
            "ad_id": pa.array(ads.ids),
            "title": pa.array(ads.titles),
            "ad_category": pa.array(np.array(INTERESTS)[ads.category]),
            "ad_advertiser": pa.array(ads.maker),
            "ad_format": pa.array(np.array(FORMATS)[ads.form]),
            "ad_price": pa.array(ads.price),
        }
    )


def deliver(
    world: World, ds: str, since: str | None = None, backlog_days: int = 14
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """(impressions, ads, truth) of the days after ``since`` up to ``ds``; ``backlog_days`` days where there is none.

    ``ads`` are those that ran on any of the days; ``truth`` holds the true click probability of each impression.
    """
    last = date.fromisoformat(ds)
    first = last - timedelta(days=backlog_days - 1) if since is None else date.fromisoformat(since) + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    made = [day_of(world, day, backlog_days) for day in days]
    ran = pa.concat_tables([ads_table(running(world, day)) for day in days])
    _, rows = np.unique(ran["ad_id"].to_numpy(zero_copy_only=False).astype(np.str_), return_index=True)
    return pa.concat_tables([m[0] for m in made]), ran.take(pa.array(rows)), pa.concat_tables([m[1] for m in made])
