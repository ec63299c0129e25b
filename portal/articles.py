"""Articles about invented entities: facts told in several registers, with other people's facts and talk between them."""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from portal.entities import KINDS, Entity, shared_words, topics
from portal.facts import PLACES, Fact, daily, lasting, person, tell
from portal.korean import Word, friendly, linked, polite
from portal.world import World, dice

Register = Callable[[str], str]
REGISTERS: tuple[Register, ...] = (str, str, str, polite, friendly)
GROUPS = {
    "person": "singer actor writer athlete scientist group",
    "firm": "company brand team university hospital restaurant hotel app service",
    "place": "building island mountain museum festival",
    "work": "song drama movie webtoon novel game",
    "thing": "dish car phone medicine animal",
}
GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds.split()}
FILLERS = {
    "person": (
        "{e:은} 무대 밖에서는 말수가 적은 편이다.|동료들은 {e:을} 두고 약속 시간에 늦는 법이 없다고 입을 모은다.|"
        "{e:이} 처음부터 눈에 띈 것은 아니었다.|{e}의 하루는 새벽 다섯 시에 시작된다.|몇 차례 슬럼프도 있었지만 {e:은} 꾸준히 자리를 지켰다.|"
        "{e:은} 아직 보여 주지 못한 것이 많다고 했다.|{e:을} 오래 지켜본 {n} 씨는 걱정하지 않는다고 말했다.|"
        "사람들 앞에 서면 {e:은} 전혀 다른 얼굴이 된다.|가족 이야기가 나오자 {e:은} 잠시 말을 멈추었다.|"
        "{e}에게 가장 어려웠던 것은 기다리는 일이었다.|올해 들어 {e:을} 찾는 곳이 부쩍 늘었다."
    ),
    "firm": (
        "{e:은} 겉보기보다 사연이 많은 곳이다.|단골들은 {e}의 꾸밈없는 태도를 좋아한다.|{e} 관계자는 무리하지 않겠다고 설명했다.|"
        "처음 몇 해 동안 {e:은} 빚을 갚느라 애를 먹었다.|{e:은} 요즘 젊은 직원을 많이 뽑고 있다.|"
        "{e:이} 여기까지 오는 데에는 {n} 씨의 도움이 컸다.|업계에서는 {e}의 다음 행보를 눈여겨보고 있다.|"
        "{e:은} 광고를 거의 하지 않는다.|{p}에 사는 손님도 {e:을} 일부러 찾아온다.|서류만 보면 {e:은} 평범하기 그지없다.|"
        "{e}의 복도에는 오래된 사진이 줄지어 걸려 있다."
    ),
    "place": (
        "{e:은} 날씨에 따라 전혀 다른 모습을 보여 준다.|{e} 둘레에는 작은 찻집이 여럿 있다.|주말이면 {e} 앞 주차장이 금세 찬다.|"
        "{e:을} 배경으로 사진을 찍는 사람이 많다.|{p}에서 온 {n} 씨 가족은 {e:을} 벌써 세 번째 찾았다.|"
        "오래된 지도에는 {e:이} 나오지 않는다.|{e} 입구에는 작은 안내판 하나가 서 있을 뿐이다.|{e:은} 한때 찾는 이가 드물었다.|"
        "안내인 {n} 씨는 {e:을} 천천히 걸어 보라고 권했다.|{e:이} 알려진 것은 한 장의 사진 때문이었다."
    ),
    "work": (
        "{e:은} 처음에는 큰 기대를 받지 못했다.|{e:을} 두고 평은 크게 엇갈렸다.|입소문을 타면서 {e:을} 찾는 사람이 늘었다.|"
        "{e}에는 숨은 장치가 많아 두 번 볼 때 더 재미있다.|{n} 평론가는 {e:을} 올해의 수확이라고 치켜세웠다.|"
        "{e}의 결말을 놓고 아직도 말이 많다.|제작 과정에서 {e:은} 세 번이나 뒤집혔다.|{p}에서는 {e:을} 기리는 작은 전시가 열렸다.|"
        "{e:은} 짧지만 여운이 길다.|중학생 딸과 함께 {e:을} 즐겼다는 사람도 있다."
    ),
    "thing": (
        "{e:을} 처음 본 사람은 대개 크기에 놀란다.|{e}에 얽힌 오해도 적지 않다.|전문가 {n} 씨는 {e:을} 잘못 다루면 위험하다고 했다.|"
        "{e:은} 생각보다 손이 많이 간다.|{p}에서는 {e:을} 흔히 볼 수 있다.|{e:을} 둘러싼 소문은 대부분 사실이 아니다.|"
        "최근 {e:을} 찾는 검색이 크게 늘었다.|{e}에 대한 평가는 세대마다 다르다.|{e:은} 계절에 따라 달라진다.|"
        "비슷해 보여도 {e:은} 다른 것과 확실히 구별된다."
    ),
}  # fmt: skip
OPENINGS = (
    "지난봄|얼마 전|비가 내리던 날|개장 첫날|몇 해 전|한여름 오후|연말 모임에서|아침 일찍|취재를 시작할 무렵|행사가 끝난 뒤|첫 회의에서|늦은 밤"
).split("|")
SPEAKERS = (
    "현장에서 만난 {n} 씨는|{p}에 사는 {n} 씨는|10년 넘게 지켜본 {n} 씨는|이름을 밝히지 않은 관계자는|한 대학생은|이웃 주민 {n} 씨는|"
    "옆에 있던 {n} 기자는|자원봉사자 {n} 씨는|은퇴한 교사 {n} 씨는|{p} 주민들은"
).split("|")
SAYINGS = (
    "'기대한 것보다 훨씬 낫다'고 말했다.|고개를 끄덕이며 웃었다.|'이런 일은 처음'이라며 놀라워했다.|걱정스러운 표정을 지었다.|"
    "'다음에 꼭 다시 오겠다'고 약속했다.|자료를 한 장씩 넘겨 보았다.|'운이 좋았을 뿐'이라며 손사래를 쳤다.|한참 동안 자리를 뜨지 못했다.|"
    "'소문이 너무 부풀려졌다'고 잘라 말했다.|휴대 전화를 꺼내 사진을 보여 주었다.|'아이들에게도 알려 주고 싶다'고 했다.|"
    "구체적인 숫자는 밝히지 않았다.|'아직 갈 길이 멀다'고 덧붙였다.|준비한 원고를 접고 솔직하게 털어놓았다.|조용히 박수를 보냈다.|"
    "'값보다 정성이 먼저'라고 힘주어 말했다."
).split("|")
ASIDES = ("한편 ", "이와 달리 ", "비슷한 때 ", "참고로 ", "덧붙이자면 ", "")
FILLER_LISTS = {group: text.split("|") for group, text in FILLERS.items()}


@dataclass(frozen=True)
class Told:
    """A fact and where its value stands in the paragraph that tells it."""

    fact: Fact
    start: int


@dataclass(frozen=True)
class Paragraph:
    text: str
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Article:
    """``title`` is the same for every article of an entity, so that a split by title keeps the entity whole."""

    entity: Entity
    title: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        return "\n".join(p.text for p in self.paragraphs)


def called(world: World, entity: Entity) -> str:
    """The name by which an entity can be told apart: with its kind where the word has several senses."""
    label = KINDS[entity.kind].label
    plain = entity.query_word not in shared_words(world) or entity.name.endswith(label)
    return entity.name if plain else f"{label} {entity.name}"


@lru_cache(maxsize=8_192)
def article(world: World, ds: str, number: int) -> Article:
    """Article ``number`` of the day."""
    die = dice(world, "article", ds, number)
    pool = topics(world)
    entity = pool[die.randrange(len(pool))]
    facts = list(lasting(world, entity))
    chosen = die.sample(facts, min(len(facts), die.randrange(4, 12)))
    today = daily(world, entity, ds)
    if today and die.random() < 0.6:
        chosen.insert(die.randrange(len(chosen)), die.choice(today))
    write = die.choice(REGISTERS)
    paragraphs = []
    fillers = die.sample(FILLER_LISTS[GROUP_OF[entity.kind]], 10)
    while chosen:
        size = die.randrange(3, 6) if len(chosen) > 6 else len(chosen)
        paragraphs.append(_paragraph(world, ds, entity, chosen[:size], fillers, write, die))
        chosen = chosen[size:]
    label = KINDS[entity.kind].label
    title = f"{entity.name} ({label})" if entity.query_word in shared_words(world) else entity.name
    return Article(entity, title, tuple(paragraphs))


def _paragraph(
    world: World, ds: str, entity: Entity, facts: list[Fact], fillers: list[str], write: Register, die: Random
) -> Paragraph:
    """A paragraph that tells the facts, with fillers (used up one by one) and a rival's fact between them."""
    day = date.fromisoformat(ds)
    when = die.choice((f"지난 {day.day}일", f"{day.month}월 {day.day}일", f"{day.year}년 {day.month}월 {day.day}일"))
    pieces: list[tuple[str, Fact | None, int]] = []
    for fact in facts:
        if fillers and die.random() < 0.5:
            name = _again(entity, die) if pieces else entity.name
            pieces.append((_fill(fillers.pop(), name, die), None, 0))
        name = _again(entity, die) if pieces else (called(world, entity) if die.random() < 0.5 else entity.name)
        sentence, start = tell(fact, die.choice(fact.relation.tell), name, when)
        pieces.append((sentence, fact, start))
    if die.random() < 0.3:
        pieces.insert(die.randrange(1, len(pieces) + 1), (_rival(world, entity, die, when), None, 0))
    if die.random() < 0.35:
        pieces.append((saying(die), None, 0))
    return _assemble(pieces, write, die)


def _assemble(pieces: list[tuple[str, Fact | None, int]], write: Register, die: Random) -> Paragraph:
    text, told = "", []
    for index, (sentence, fact, start) in enumerate(pieces):
        joins = index + 1 < len(pieces) and fact is not None and pieces[index + 1][1] is not None
        joins = joins and die.random() < 0.3 and not text.endswith(",")
        sentence = linked(sentence, die.choice("고며데")) if joins else write(sentence)
        if text:
            text += " "
        if fact is not None:
            told.append(Told(fact, len(text) + start))
        text += sentence
    return Paragraph(text, tuple(told))


def _again(entity: Entity, die: Random) -> str:
    """How an entity is named when it has been named before."""
    if die.random() < 0.55:
        return entity.name
    return "그" if KINDS[entity.kind].person else f"이 {KINDS[entity.kind].label}"


def _rival(world: World, entity: Entity, die: Random, when: str) -> str:
    """A lasting fact of another entity, so that a reader has to see whom a sentence is about."""
    pool = topics(world)
    other = next((e for e in die.choices(pool, k=12) if e.kind == entity.kind and e != entity), None)
    other = other or die.choice(pool)
    fact = die.choice(lasting(world, other))
    return die.choice(ASIDES) + tell(fact, die.choice(fact.relation.tell), called(world, other), when)[0]


def _fill(template: str, name: str, die: Random) -> str:
    return template.format(e=Word(name), n=person(die), p=die.choice(PLACES))


def saying(die: Random) -> str:
    """Somebody says or does something: a sentence that tells no fact."""
    who = die.choice(SPEAKERS).format(n=person(die), p=die.choice(PLACES))
    return f"{die.choice(OPENINGS)} {who} {die.choice(SAYINGS)}"
