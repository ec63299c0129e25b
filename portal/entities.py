"""What people search for: query words and the senses behind them.

The hand-written words are real ones, so that searches read true; the world tells no facts of them. The invented ones are
as many as the size asks for, and the articles and questions of the portal are about them.
"""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from portal.world import World, rng


@dataclass(frozen=True)
class Kind:
    """What sort of thing an entity is; ``tails`` end the names of invented ones ("" = the bare word)."""

    label: str
    interest: str
    properties: tuple[str, ...]
    tails: tuple[str, ...] = ("",)
    person: bool = False


PROPERTIES = ("photo", "video", "news", "web", "shopping")
STAR, WORK, PLACE = ("photo", "video", "news", "web"), ("video", "photo", "web", "news"), ("photo", "web", "video")
GOODS, FIRM, SERVICE = ("shopping", "photo", "video", "web"), ("news", "web", "photo"), ("web", "news", "video")

KINDS = {
    "singer": Kind("가수", "music", STAR, person=True),
    "group": Kind("아이돌 그룹", "music", STAR, ("", "", "즈", "걸스")),
    "song": Kind("노래", "music", ("video", "web")),
    "actor": Kind("배우", "drama", STAR, person=True),
    "drama": Kind("드라마", "drama", WORK, ("", "의 계절", "의 비밀", "의 아침", "행 열차")),
    "movie": Kind("영화", "movies", WORK, ("", "", "의 겨울", "에서 온 편지", " 작전")),
    "webtoon": Kind("웹툰", "comics", ("web", "photo", "video"), ("", " 탐정단", " 일기", " 연대기")),
    "novel": Kind("소설", "books", ("shopping", "web", "photo"), ("", "의 정원", "의 밤", "에게")),
    "writer": Kind("작가", "books", ("web", "photo", "news"), person=True),
    "game": Kind("게임", "games", ("video", "web", "photo", "news"), ("", " 온라인", " 워즈", " 사가", " 레전드")),
    "athlete": Kind("선수", "sports", STAR, person=True),
    "team": Kind(
        "구단", "sports", ("news", "video", "web", "photo"), (" 타이거샤크", " 위너스", " 유나이티드", " 베어스타")
    ),
    "company": Kind(
        "기업",
        "stocks",
        FIRM,
        ("", "전자", "제약", "테크", "바이오", "에너지", "식품", "화학", "물류", "소프트", "건설"),
    ),
    "building": Kind("건물", "travel", PLACE, ("타워", "빌딩", "센터", "스퀘어", "플라자")),
    "island": Kind("섬", "travel", PLACE, ("도",)),
    "mountain": Kind("산", "travel", PLACE, ("산", "봉")),
    "museum": Kind("박물관", "travel", PLACE, ("박물관", "미술관", "기념관")),
    "festival": Kind("축제", "travel", PLACE, ("축제", " 페스티벌", "문화제")),
    "hotel": Kind("호텔", "travel", ("photo", "web", "shopping"), ("호텔", " 리조트")),
    "restaurant": Kind("식당", "food", ("photo", "web", "video"), ("식당", "국수", "면옥", "제과점", "분식")),
    "dish": Kind("음식", "food", ("photo", "video", "web", "shopping")),
    "car": Kind("자동차", "cars", GOODS, ("", " GT", " EV", " 투어러", " S")),
    "phone": Kind("스마트폰", "tech", GOODS, ("폰", "폰 프로", " 노트", " 플립")),
    "app": Kind("앱", "tech", SERVICE, ("", "톡", "노트", "맵", "캘린더")),
    "service": Kind("서비스", "tech", SERVICE, ("", "페이", "클라우드")),
    "scientist": Kind("과학자", "education", ("web", "news", "photo"), person=True),
    "university": Kind("대학교", "education", FIRM, ("대학교",)),
    "hospital": Kind("병원", "health", ("web", "news"), ("병원", "의원", "의료원")),
    "medicine": Kind("의약품", "health", ("web", "shopping", "news"), ("정", "캡슐", "시럽")),
    "animal": Kind("동물", "pets", ("photo", "video", "web")),
    "brand": Kind("브랜드", "fashion", ("shopping", "photo", "news"), ("", "", "웨어", "어패럴")),
}


@dataclass(frozen=True)
class Entity:
    """One sense of a query word. ``properties`` are in the order in which people mostly want them."""

    query_word: str
    sense_id: str
    name: str
    kind: str
    interest: str
    properties: tuple[str, ...]
    invented: bool = False


NAMED_AFTER_PEOPLE = (
    "singer",
    "actor",
    "writer",
    "athlete",
    "scientist",
    "song",
    "drama",
    "brand",
    "museum",
    "hospital",
)

# query word: "kind name" of each sense; a word with one sense is not ambiguous
WRITTEN = """
디오: singer 디오 | company 디오
펜타곤: building 펜타곤 청사 | group 펜타곤
김비서가 왜 그럴까: webtoon 김비서가 왜 그럴까 | drama 김비서가 왜 그럴까
그랜저: car 그랜저 | game 그랜저 레이싱
비: singer 비 | web 오늘 비 소식
배: dish 배 | ship 배 승선권 | body 배 통증
사과: dish 사과 | letter 사과문 쓰는 법
아이유: singer 아이유 | brand 아이유 티켓 굿즈
이태원 클라쓰: webtoon 이태원 클라쓰 | drama 이태원 클라쓰
미생: webtoon 미생 | drama 미생
신과함께: webtoon 신과함께 | movie 신과함께
카카오: company 카카오 | dish 카카오 열매
라인: app 라인 메신저 | fashionline 라인 원피스
재규어: car 재규어 | animal 재규어
폴로: car 폴로 | brand 폴로 | sport 폴로 경기
머스탱: car 머스탱 | phone 머스탱 이어폰
골프: sport 골프 | car 골프
오로라: travelspot 오로라 | company 오로라 인형
파리: city 파리 | animal 파리 퇴치
나이키: brand 나이키 | company 나이키 주가
샤인: singer 샤인 | dish 샤인머스캣
에이핑크: group 에이핑크 | brand 에이핑크 굿즈
소녀시대: group 소녀시대 | movie 나의 소녀시대
하데스: game 하데스 | novel 하데스 신화
아바타: movie 아바타 | app 아바타 만들기
라이언: app 라이언 캐릭터 | movie 라이언 일병 구하기 | athlete 라이언
삼성: company 삼성전자 | team 삼성 라이온즈 | hospital 삼성서울병원
한화: company 한화 | team 한화 이글스
두산: company 두산 | team 두산 베어스
롯데: team 롯데 자이언츠 | company 롯데 쇼핑 | hotel 롯데호텔
제네시스: car 제네시스 | game 제네시스 공략 | book 제네시스 찬송
토마토: dish 토마토 | service 토마토 증권방송
용산: city 용산 | movie 용산 영화관
맥북: laptop 맥북 | dish 맥북 수제버거
포르투: city 포르투 | team 포르투
테슬라: company 테슬라 | car 테슬라 | scientist 테슬라
오딘: game 오딘 | novel 오딘 신화
마블: movie 마블 | game 마블 퓨처
스윙: dance 스윙댄스 | app 스윙 킥보드
무궁화: plant 무궁화 | train 무궁화호
구글: service 구글
네이버 지도: service 네이버 지도
유튜브: service 유튜브
날씨: web 날씨
환율: finance 환율
로또 당첨번호: web 로또 당첨번호
쿠팡: shop 쿠팡
인스타그램: app 인스타그램
카카오톡: app 카카오톡
정부24: public 정부24
홈택스: public 홈택스
코레일: train 코레일
티켓링크: ticket 티켓링크
지마켓: shop 지마켓
번역기: service 번역기
배달의민족: app 배달의민족
넷플릭스: service 넷플릭스
멜론차트: musicchart 멜론차트
코스피: finance 코스피
비트코인 시세: finance 비트코인 시세
아이폰: phone 아이폰
갤럭시: phone 갤럭시
쏘나타: car 쏘나타
팰리세이드: car 팰리세이드
손흥민: athlete 손흥민
프로야구 순위: sport 프로야구 순위
월드컵: sport 월드컵
제주도: city 제주도
에버랜드: travelspot 에버랜드
경복궁: travelspot 경복궁
김치찌개: dish 김치찌개
떡볶이: dish 떡볶이
리그오브레전드: game 리그오브레전드
메이플스토리: game 메이플스토리
토익: exam 토익
수능: exam 수능
비타민D: medicine 비타민D
타이레놀: medicine 타이레놀
유니클로: brand 유니클로
골든리트리버: animal 골든리트리버
"""

# senses of the hand-written words that are no kind of invented entity: interest and properties
OTHER = {
    "web": ("daily", ("web",)),
    "finance": ("stocks", ("web", "news")),
    "ship": ("travel", ("web", "photo", "shopping")),
    "body": ("health", ("web", "video", "news")),
    "letter": ("education", ("web", "video")),
    "fashionline": ("fashion", ("shopping", "photo")),
    "sport": ("sports", ("video", "news", "web")),
    "travelspot": ("travel", ("photo", "web", "video")),
    "city": ("travel", ("photo", "web", "video", "news")),
    "book": ("books", ("web", "shopping", "video")),
    "laptop": ("tech", GOODS),
    "dance": ("music", ("video", "web", "photo")),
    "plant": ("pets", ("photo", "web")),
    "train": ("travel", ("web", "news")),
    "shop": ("fashion", ("web", "shopping")),
    "public": ("daily", ("web",)),
    "ticket": ("music", ("web", "shopping")),
    "musicchart": ("music", ("web", "video")),
    "exam": ("education", ("web", "news", "video")),
}

INTERESTS = tuple(sorted({k.interest for k in KINDS.values()} | {interest for interest, _ in OTHER.values()}))

SYLLABLES = (
    "가 나 다 라 마 바 사 아 자 카 타 하 노 도 로 모 보 소 오 조 코 토 호 누 두 루 무 부 수 우 주 미 비 시 이 지 키 티 "
    "리 니 디 레 네 메 베 세 제 테 새 해 별 온 솔 은 한 달 린 란 벨 델 젤 론 본 윤 연 선 산 담 람 늘 들 울 슬 빛 결 찬"
).split()
SURNAMES = (
    "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍 전 고 문 양 손 배 백 허 유 남 심 노 하 곽 성 차 주 우 "
    "구 민 진 나 지 엄 채 원 천 방 공 현 함 변 염 여 추 도 소 석 선 설 마 길 연 위 표 명 기 반"
).split()
GIVEN_FIRST = (
    "가 건 경 규 기 나 다 도 동 라 명 미 민 병 보 상 서 석 선 성 세 소 수 승 시 아 연 영 예 용 우 원 유 윤 은 의 인 재 "
    "정 제 종 주 준 지 진 찬 창 채 태 하 한 해 현 혜 호 효 희"
).split()
GIVEN_LAST = (
    "건 경 관 교 규 근 기 나 남 란 린 림 미 민 범 별 비 빈 상 서 석 선 섭 성 솔 수 숙 순 식 아 안 연 열 영 완 우 욱 운 "
    "원 윤 율 은 인 일 자 재 정 제 주 준 진 찬 철 춘 태 하 한 혁 현 형 혜 호 환 훈 휘 희"
).split()


@lru_cache(maxsize=1)
def written() -> tuple[Entity, ...]:
    """The hand-written senses."""
    found = []
    for line in WRITTEN.strip().splitlines():
        word, senses = line.split(": ")
        for number, sense in enumerate(senses.split(" | ")):
            kind, name = sense.split(" ", 1)
            interest, properties = OTHER[kind] if kind in OTHER else (KINDS[kind].interest, KINDS[kind].properties)
            found.append(Entity(word, f"{word.replace(' ', '')}-{number}", name, kind, interest, properties))
    return tuple(found)


@lru_cache(maxsize=4)
def entities(world: World) -> tuple[Entity, ...]:
    """Every entity of the world: the hand-written ones, then the invented ones."""
    return (*written(), *invented(world))


def invented(world: World) -> tuple[Entity, ...]:
    """The ``scale.entities`` invented entities that people search for."""
    return topics(world)[: world.scale.entities]


@lru_cache(maxsize=4)
def topics(world: World) -> tuple[Entity, ...]:
    """The ``scale.topics`` invented entities that articles tell of; about a fifth of their words have two or three senses."""
    generator = rng(world, "entities")
    taken = {e.query_word for e in written()} | {e.name for e in written()}
    found: list[Entity] = []
    while len(found) < world.scale.topics:
        senses = int(generator.choice([1, 2, 3], p=[0.84, 0.12, 0.04]))
        picked = pick_kinds(generator, senses)
        word = person_name(generator) if KINDS[picked[0]].person else coin(generator)
        if word in taken:
            continue
        taken.add(word)
        for number, kind in enumerate(picked):
            name = word if KINDS[kind].person else word + str(generator.choice(KINDS[kind].tails))
            interest, properties = KINDS[kind].interest, KINDS[kind].properties
            found.append(Entity(word, f"x{len(found)}-{number}", name, kind, interest, properties, invented=True))
    return tuple(found[: world.scale.topics])


@lru_cache(maxsize=4)
def shared_words(world: World) -> frozenset[str]:
    """The invented query words that have several senses."""
    words = Counter(e.query_word for e in topics(world))
    return frozenset(word for word, senses in words.items() if senses > 1)


def pick_kinds(generator: np.random.Generator, senses: int) -> list[str]:
    """The kinds that share one word; beside a person stand only such as may bear a person's name."""
    kinds = list(KINDS)
    first = kinds[int(generator.integers(len(kinds)))]
    others = [k for k in kinds if k != first and (not KINDS[first].person or k in NAMED_AFTER_PEOPLE)]
    return [first, *(others[i] for i in generator.permutation(len(others))[: senses - 1])]


def coin(generator: np.random.Generator) -> str:
    """A word of two or three syllables that reads like a name."""
    return "".join(SYLLABLES[i] for i in generator.integers(0, len(SYLLABLES), int(generator.integers(2, 4))))


def person_name(generator: np.random.Generator) -> str:
    """Surname and a given name of two syllables (seldom one)."""
    last = str(generator.choice(GIVEN_LAST))
    first = "" if generator.random() < 0.04 else str(generator.choice(GIVEN_FIRST))
    return str(generator.choice(SURNAMES)) + first + last
