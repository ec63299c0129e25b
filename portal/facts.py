"""Facts of invented entities: which values hold for whom, and how a sentence tells one.

A lasting fact depends on the world's seed alone, so every article of every day agrees on it; a daily one on the day too.
"""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from portal.entities import GIVEN_FIRST, GIVEN_LAST, SURNAMES, SYLLABLES, Entity
from portal.korean import Word
from portal.relations import BY_KIND, Relation
from portal.world import World, dice

PLACES = (
    "서울 종로구|서울 마포구|서울 성동구|서울 강남구|서울 은평구|부산 해운대구|부산 영도구|부산 동래구|대구 수성구|대구 중구|인천 연수구|"
    "인천 강화군|광주 북구|광주 남구|대전 유성구|대전 서구|울산 울주군|세종시|수원시|성남시|고양시|용인시|파주시|여주시|양평군|가평군|"
    "춘천시|원주시|강릉시|속초시|동해시|태백시|정선군|평창군|홍천군|인제군|청주시|충주시|제천시|단양군|괴산군|영동군|천안시|공주시|보령시|"
    "아산시|서산시|논산시|부여군|태안군|전주시|군산시|익산시|정읍시|남원시|고창군|무주군|부안군|목포시|여수시|순천시|나주시|광양시|담양군|"
    "보성군|해남군|완도군|신안군|포항시|경주시|안동시|구미시|영주시|문경시|울릉군|청송군|영덕군|울진군|창원시|진주시|통영시|사천시|김해시|"
    "밀양시|거제시|하동군|남해군|거창군|제주시|서귀포시"
).split("|")
COUNTRIES = (
    "일본 대만 베트남 태국 인도네시아 말레이시아 필리핀 싱가포르 인도 몽골 카자흐스탄 터키 이집트 모로코 케냐 프랑스 독일 스페인 "
    "이탈리아 네덜란드 스웨덴 노르웨이 핀란드 폴란드 체코 헝가리 캐나다 멕시코 브라질 칠레 페루 아르헨티나 호주 뉴질랜드"
).split()
SEASONS = (
    "벚꽃이 피는 4월|안개가 짙은 새벽|첫눈이 내리는 11월|억새가 물드는 10월|장마가 지난 7월 말|보름달이 뜨는 밤|동백이 피는 2월|"
    "해가 지기 직전|단풍이 드는 가을|모내기가 끝난 6월|바람이 잔 겨울 아침|유채꽃이 피는 3월|반딧불이가 나는 초여름|철새가 오는 12월"
).split("|")
HOBBIES = (
    "낚시|암벽 등반|목공|도자기 빚기|우표 모으기|바둑|별 관측|텃밭 가꾸기|자전거 여행|십자말풀이|빵 굽기|수묵화|스쿠버 다이빙|뜨개질|"
    "오래된 시계 고치기|새 관찰|탁구|체스|장구 연주|필름 사진|캠핑|서예|종이접기|마라톤|요가|곤충 채집|퍼즐 맞추기|분재|서핑|만년필 수집"
).split("|")
JOBS = (
    "등대지기|시골 우체부|응급실 간호사|젊은 판사|고서점 주인|잠수부|기관사|소방관|탈북 피아니스트|전직 형사|수의사|농구 감독|국숫집 사장|"
    "장의사|동물원 사육사|기상 캐스터|변호사|청각 장애인 화가|택시 기사|해녀|위조 전문가|초등학교 교사|우주 비행사|보험 조사관"
).split("|")
FIELDS = (
    "해양 생물학|고체 물리학|위상 수학|식물 유전학|천문학|빙하학|언어 심리학|고고학|유기 화학|신경 과학|지진학|곤충 분류학|로봇 공학|"
    "재료 공학|면역학|기상학|암호학|인지 과학|토양학|핵융합|균류학|음향학|통계 역학|동물 행동학"
).split("|")
POSITIONS = "왼쪽 날개|중앙 수비수|골키퍼|유격수|선발 투수|포수|중견수|세터|리베로|센터|슈팅 가드|최전방 공격수|1루수|마무리 투수".split(
    "|"
)
FOODS = (
    "메밀전병|곤드레밥|멸치쌈밥|꼬막비빔밥|황태해장국|감자옹심이|도다리쑥국|옥수수막걸리|흑돼지구이|물회|장칼국수|밀면|올갱이국|더덕구이|"
    "굴국밥|순두부찌개|전복죽|산채비빔밥|홍어삼합|수수부꾸미|찐빵|호두과자|육전|어죽|막국수|오징어순대|콩국수|팥칼국수|대나무통밥|갈치조림"
).split("|")
INGREDIENTS = (
    "들깨|묵은지|보리새우|다시마|표고버섯|인삼|매실|도라지|칡뿌리|현미|생강|강황|쑥|솔잎|오미자|홍합|메주콩|구기자|대추|아몬드|"
    "녹차 잎|민들레|감초|당귀|박하|연근|마늘|돌미나리"
).split("|")
EFFECTS = (
    "소화|숙취 해소|불면증 완화|기침 완화|혈압 조절|면역력 강화|두통 완화|피로 회복|관절 통증 완화|기억력 개선|변비 예방|체온 유지|"
    "혈액 순환|알레르기 완화|눈의 피로 해소|식욕 회복"
).split("|")
MACHINE_DEFECTS = (
    "배터리 과열|브레이크 결함|화면 깜빡임|냉각수 누출|안전띠 잠김 불량|나사 풀림|충전 단자 부식|갑작스러운 꺼짐|이음새 벌어짐|떨림과 소음|"
    "통신 모듈 오작동|덮개 균열|방수 실패|센서 오류"
).split("|")
FOOD_DEFECTS = (
    "성분 표시 오류|포장 불량|이물질 혼입|유통 기한 오기|곰팡이 발생|용량 미달|알레르기 표시 누락|보관 온도 위반|색소 기준 초과|원산지 표시 위반|"
    "마개 불량|냄새 변질"
).split("|")
CRISES = (
    "원자재 값 폭등|공장 화재|임대료 인상|가짜 상품 소동|환율 급등|폭우로 인한 침수|거래처 부도|대규모 회원 정보 유출|무리한 확장|"
    "노사 갈등|위생 점검 탈락|특허 소송 패소|관광객 급감|창고 붕괴|경쟁사의 저가 공세|물류 파업"
).split("|")
HABITATS = (
    "맑은 계곡의 바위틈|해발 1천 미터가 넘는 풀밭|갯벌의 진흙 구멍|오래된 참나무 숲|남쪽 바다의 산호초|석회암 동굴|갈대가 우거진 습지|"
    "모래 언덕|눈 덮인 침엽수림|버려진 기와집 처마|깊은 호수 바닥|대나무 숲|화산재가 쌓인 비탈|강 하구의 모래톱"
).split("|")
PREYS = (
    "도토리|물고기 알|죽순|지렁이|매미 애벌레|해초|작은 게|꿀과 꽃가루|들쥐|버섯|달팽이|개구리|조개|떨어진 감|이끼|나무 수액|새우|메뚜기"
).split("|")
GENRES = (
    "추리물|가족극|공상 과학|역사극|공포물|로맨스|스릴러|성장물|뮤지컬|블랙 코미디|무협|판타지|재난물|풍자극|느와르|동화|다큐멘터리|"
    "음식 이야기|스포츠물|법정물"
).split("|")
FEATURES = (
    "음성 메모 검색|가족 공유 보관함|야간 화면|실시간 자막|길 안내 겹쳐 보기|한 손 조작|자동 백업|얼굴 인식 잠금|오프라인 지도|"
    "친구와 함께 듣기|절전 주행|사진 속 글자 복사|이중 인증|수면 기록|손글씨 입력|위젯 꾸미기|동시통역|전자 영수증"
).split("|")
MASCOTS = (
    "수달|반달곰|두루미|고래|호랑이 남매|도깨비|황금 거북|삽살개|까치|솔개|꿀벌|다람쥐|해태|학|참수리|너구리".split("|")
)
MOTTOES = (
    "느려도 바르게|사람이 먼저다|끝까지 함께 가자|오늘보다 나은 내일로|작아도 단단하게|정직이 이긴다|두려움 없이 앞으로|묻고 또 묻는다|나누면 커진다|"
    "한 걸음 더|처음처럼 다시|바다처럼 넓게|천천히 그러나 멀리|모두를 위한 한 사람의 용기|배워서 남 주자|약속은 지킨다|뿌리 깊은 나무처럼|"
    "땀은 속이지 않는다|빛보다 먼저|손끝까지 정성스럽게|길이 없으면 만들자|어제의 나를 넘자|물처럼 부드럽게|하나하나 꼼꼼하게"
).split("|")
DOSES = (
    "하루 세 번 식사 뒤에|하루 한 번 잠들기 전에|열두 시간마다 한 알씩|아침 빈속에 두 알|여섯 시간 간격으로|식사 30분 전에|"
    "이틀에 한 번 물과 함께|통증이 있을 때만 한 알|일주일에 한 번 아침에"
).split("|")
# two lists whose product gives many different phrases
PAIRS = {
    "motive": (
        "할머니가 물려준|우연히 주운|헌책방에서 만난|이웃집 형이 빌려준|병상에서 본|졸업식 날 받은|기차 안에서 들은|아버지가 남긴|"
        "비 오는 날 마주친|친구가 버린",
        "낡은 기타|흑백 사진 한 장|만화책|라디오 방송|손 편지|운동화 한 켤레|거리 공연|동네 영화관 포스터|과학 잡지|오래된 일기장",
    ),
    "award": (
        "한빛|백제|새벽별|동해|미리내|청솔|남도|한울|금강|온누리|서라벌|두물머리",
        "예술상|대상|신인상|공로상|문화상|학술상|평론가상|특별상|젊은이상|평화상",
    ),
    "title": (
        "너라는|잠들지 않는|파란|마지막|느린|사라진|겨울밤의|우리 동네|열두 번째|빗속의|유리로 만든|바다가 보이는|이름 없는|두고 온",
        "계절|등대|약속|정거장|고백|편지|오후|우산|별자리|이웃|골목|온도|항해|식탁|창문",
    ),
    "fanclub": ("별|달|숲|물|구름|햇살|파도|은빛|노을|새벽", "지기|바라기|친구들|가람|모임|누리|나래|소리단"),
    "injury": (
        "왼쪽|오른쪽|양쪽",
        "무릎 인대 파열|발목 골절|어깨 탈구|햄스트링 손상|손목 염좌|정강이 피로 골절|허벅지 근육 파열|팔꿈치 염증",
    ),
    "discovery": (
        "심해에 사는|얼음 속에 갇힌|사막에서 자라는|소금 호수의|화산 근처의|달 표면의|쌀알보다 작은|빛을 내는",
        "새 박테리아|고대 꽃가루|유기 화합물|금속 결정|곰팡이의 신호 물질|미세한 진동|플랑크톤|단백질 구조",
    ),
    "goods": (
        "접이식|무선|휴대용|어린이용|친환경|초경량|방수|수제|저염|대나무",
        "가습기|전동 칫솔|라면|청소기|김치 냉장고|운동화|화장품|등산복|태양광 패널|커피 머신|백신|전기 자전거|의자|간장",
    ),
    "setting": (
        "1930년대|조선 후기|가까운 미래의|폐교를 앞둔|전쟁이 끝난|눈에 갇힌|바다에 잠긴|재개발을 앞둔|비밀이 많은|사람이 떠난",
        "산골 학교|항구 도시|우주 정거장|작은 병원|종합 상가|기찻길 옆 마을|왕궁|온천 마을|방송국|해저 기지|시골 이발소",
    ),
    "theme": (
        "헤어진 형제의|늙은 부부의|거짓말로 시작된|이민자 가족의|시험에 떨어진 청년의|이름을 숨긴 의사의|다시 만난 동창들의|빚에 쫓기는 가장의",
        "화해|복수|여행|홀로서기|우정|비밀|재기|마지막 하루|사랑",
    ),
    "legend": (
        "눈먼|천 년 묵은|날개 달린|말하는|바다에서 온|쌍둥이|금빛|혼자 남은",
        "구렁이|장수|선녀|호랑이|거북|나무꾼|잉어|스님|여우",
    ),
    "treasure": (
        "금동으로 만든|고려 때의|색이 바랜|한쪽이 깨진|옻칠한|왕이 쓰던|무덤에서 나온|바다에서 건진",
        "향로|병풍|청자 주전자|목조 불상|거문고|해시계|갑옷|지도첩|나침반|벼루",
    ),
    "access": ("시내버스로|여객선으로|터미널에서 택시로|기차역에서 걸어서|셔틀버스로", "15분|20분|35분|40분|50분|한 시간|한 시간 반|두 시간"),
}  # fmt: skip
LISTS = {
    "place": PLACES, "country": COUNTRIES, "season": SEASONS, "hobby": HOBBIES, "job": JOBS, "field": FIELDS,
    "position": POSITIONS, "food": FOODS, "ingredient": INGREDIENTS, "effect": EFFECTS, "defect": MACHINE_DEFECTS, "spoiled": FOOD_DEFECTS,
    "crisis": CRISES, "habitat": HABITATS, "prey": PREYS, "genre": GENRES, "feature": FEATURES, "mascot": MASCOTS,
    "dose": DOSES, "motto": MOTTOES, "weekday": [f"{d}요일" for d in "월화수목금"],
}  # fmt: skip
HALVES = {name: (first.split("|"), second.split("|")) for name, (first, second) in PAIRS.items()}
TIMES = [f"오전 {hour}" for hour in (9, 10, 11)] + [f"오후 {hour}" for hour in range(1, 10)]
# relations whose value depends on the kind of the entity
BY_KIND_OF = {
    ("price", "car"): "num:1450:9800:만 원:10", ("price", "dish"): "num:4000:38000:원:500",
    ("price", "medicine"): "num:2500:48000:원:100", ("price", "phone"): "num:240000:2100000:원:1000",
    ("floors", "hospital"): "num:3:19:층", ("price", "brand"): "num:9900:690000:원:1000", ("weight", "phone"): "num:138:262:g", ("weight", "car"): "num:890:2600:kg",
    ("recall", "dish"): "spoiled", ("recall", "medicine"): "spoiled", ("weight", "animal"): "num:2:430:kg",
}  # fmt: skip
FIRM_TAILS = "엔터테인먼트 미디어 출판 스튜디오 제작소 그룹 산업 컴퍼니 하우스 웍스".split()


def coined(dice: Random) -> str:
    return "".join(dice.choice(SYLLABLES) for _ in range(dice.choice((2, 2, 3))))


def person(dice: Random) -> str:
    return dice.choice(SURNAMES) + dice.choice(GIVEN_FIRST) + dice.choice(GIVEN_LAST)


def day_in(dice: Random, first: int, last: int) -> str:
    """A date written out, between two years."""
    day = date(first, 1, 1) + timedelta(days=dice.randrange((last - first + 1) * 365))
    return f"{day.year}년 {day.month}월 {day.day}일"


MAKERS = {
    "person": person,
    "coined": coined,
    "birth": lambda d: day_in(d, 1948, 2004),
    "date": lambda d: day_in(d, 1951, 2025),
    "year": lambda d: f"{d.randrange(1962, 2026)}년",
    "university": lambda d: coined(d) + "대학교",
    "firm": lambda d: coined(d) + d.choice(FIRM_TAILS),
    "won": lambda d: d.choice(
        (f"{d.randrange(2, 90) * 100:,}만 원", f"{d.randrange(1, 10)}천만 원", f"{d.randrange(1, 40)}억 원")
    ),
    "release": lambda d: day_in(d, 1996, 2025),
    "eok": lambda d: f"{d.randrange(12, 9800):,}억 원",
    "manpeople": lambda d: f"{d.randrange(2, 1200)}만 {d.randrange(1, 10)}천 명",
    "score": lambda d: f"{(low := d.randrange(0, 7)) + d.randrange(1, 6)} 대 {low}",
    "time": lambda d: f"{d.choice(TIMES)}시{d.choice(('', ' 반', ' 10분', ' 20분', ' 40분'))}",
    "place": lambda d: d.choice(PLACES) + (f" {coined(d)}{d.choice('동읍면리')}" if d.random() < 0.5 else ""),
}


def value(kind: str, dice: Random) -> str:
    """A value of one sort; ``num:low:high:unit[:step]`` is a number with its unit."""
    if kind in MAKERS:
        return MAKERS[kind](dice)
    if kind in HALVES:
        first, second = HALVES[kind]
        return f"{dice.choice(first)} {dice.choice(second)}"
    if kind in LISTS:
        return dice.choice(LISTS[kind])
    _, low, high, unit, *step = kind.split(":")
    return f"{dice.randrange(int(low), int(high), int(step[0]) if step else 1):,}{unit}"


@dataclass(frozen=True)
class Fact:
    """One relation of one entity with its value."""

    entity: Entity
    relation: Relation
    value: str


@lru_cache(maxsize=40_000)
def lasting(world: World, entity: Entity) -> tuple[Fact, ...]:
    """What is true of an entity for ever."""
    die = dice(world, "facts", entity.sense_id)
    facts = {r.key: _fact(entity, r, die) for r in BY_KIND[entity.kind] if not r.daily}
    if "birthday" in facts and "debut" in facts:
        year = min(int(facts["birthday"].value[:4]) + die.randrange(16, 30), 2025)
        facts["debut"] = Fact(entity, facts["debut"].relation, f"{year}년")
    return tuple(facts.values())


def _fact(entity: Entity, relation: Relation, die: Random) -> Fact:
    return Fact(entity, relation, value(BY_KIND_OF.get((relation.key, entity.kind), relation.value), die))


@lru_cache(maxsize=40_000)
def daily(world: World, entity: Entity, ds: str) -> tuple[Fact, ...]:
    """What happened to an entity on a day."""
    die = dice(world, "facts", entity.sense_id, ds)
    return tuple(_fact(entity, r, die) for r in BY_KIND[entity.kind] if r.daily)


def tell(fact: Fact, template: str, called: str, when: str) -> tuple[str, int]:
    """The sentence and the offset of the value in it; ``called`` names the entity, ``when`` the day of a daily fact."""
    text = template.format(e=Word(called), v=Word(f"\x02{fact.value}\x03"), t=when)
    start = text.index("\x02")
    return text.replace("\x02", "").replace("\x03", ""), start


def ask(fact: Fact, template: str, called: str) -> str:
    """A question about the fact."""
    return template.format(e=Word(called))
