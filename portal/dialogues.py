"""Questions to the chatbot: every scenario in many words, as people type them.

A question is a phrase of the scenario under a sentence frame: a verb ending, a particle kept or dropped, another name for
the thing, a greeting, spaces left out, a slip of the finger. No two scenarios share a question. Every day brings all
scenarios with their usual questions, and for some of them one that nobody had asked in these words.
"""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

import pyarrow as pa

from portal.korean import VOWELS, Word, conjugate, join, split
from portal.scenarios import INTENTS, THINGS, Intent, Thing
from portal.world import World, dice

SCHEMA = pa.schema([("question", pa.string()), ("answer", pa.string()), ("scenario_id", pa.string())])
TRUTH = pa.schema(
    [("question", pa.string()), ("scenario_id", pa.string()), ("intent", pa.string()), ("object", pa.string())]
)
EXTRA = 5
PLAIN = 4  # so many phrases of an intent, its plain ones, are heard twice as often as the others
NEW_TODAY = 0.25
# (before the phrase, ending of its verb, after it)
FRAMES = {
    "do": (
        ("", "-고 싶어요", ""), ("", "-고 싶은데 어떻게 해요", "?"), ("", "-으려면 어떻게 하나요", "?"), ("", "-는 방법 알려줘", ""),
        ("", "-으려고 하는데 방법 좀 알려 주세요", ""), ("", "-는 법 좀 가르쳐 주세요", ""), ("", "-ㄹ 수 있나요", "?"), ("", "-ㄹ 수 있을까요", "?"),
        ("어떻게 ", "-나요", "?"), ("어떻게 해야 ", "-ㄹ 수 있어요", "?"), ("어디서 ", "-나요", "?"), ("어디에서 ", "-아요", "?"),
        ("", "-아야 하는데 잘 모르겠어요", ""), ("", "-고 싶은데요", ""), ("", "-으려면 뭘 눌러야 하죠", "?"), ("", "-는 절차가 궁금합니다", ""),
        ("", "-고 싶은데 가능한가요", "?"), ("", "-는 메뉴가 안 보여요", ""), ("", "-아 주세요", ""), ("", "-고 싶다", ""), ("", "-는 거 어떻게 하냐", ""),
        ("", "-ㄹ까 하는데 어떡하죠", "?"), ("", "-는 데 필요한 게 뭐예요", "?"), ("", "-ㄹ 수 있는지 알려 주세요", ""), ("", "-ㄹ래요", ""), ("", "-으려면", "?"),
    ),
    "state": (
        ("", "-나요", "?"), ("", "-는지 알려줘", ""), ("", "-는지 궁금해요", ""), ("", "-ㄹ까요", "?"), ("", "-아요", "?"), ("", "-냐", ""), ("", "-죠", "?"),
        ("", "-는지 알 수 있나요", "?"), ("", "-는 건가요", "?"), ("", "-는지 모르겠어요", ""), ("", "-ㅂ니까", "?"), ("", "-는지 확인해 주세요", ""),
        ("", "-는 거예요", "?"), ("", "-는지 아세요", "?"), ("", "-는지 설명 부탁드려요", ""), ("", "-는지 어디서 봐요", "?"), ("", "-는지요", "?"),
    ),
    "trouble": (
        ("", "-아요", ""), ("", "-는데 어떻게 하죠", "?"), ("", "-는데 왜 그런가요", "?"), ("", "-는데요", ""), ("", "-네요 확인해 주세요", ""),
        ("", "-아서 문의드려요", ""), ("", "-는 이유가 뭐예요", "?"), ("", "-ㄹ 때는 어떻게 해요", "?"), ("", "-는데 고칠 수 있나요", "?"), ("왜 ", "-나요", "?"),
        ("", "-ㅂ니다 도와주세요", ""), ("", "-는데 해결 방법 알려줘", ""), ("", "-아서 답답해요", ""), ("", "-는데 저만 그런가요", "?"), ("왜 ", "-는 거야", "?"),
    ),
    "happened": (
        ("", "-았어요", ""), ("", "-았는데 어떻게 하죠", "?"), ("", "-았을 때는 어떻게 해요", "?"), ("", "-았는데요", ""), ("", "-았습니다 도와주세요", ""),
        ("", "-ㄴ 것 같아요", ""), ("", "-았는데 어디에 말해야 하나요", "?"), ("", "-았으면 어떻게 하나요", "?"), ("", "-았는데 해결 방법 알려줘", ""),
        ("", "-아 버렸어요 어떡해요", ""), ("", "-ㄴ 경우 처리 방법이 궁금합니다", ""), ("방금 ", "-았어요", ""), ("", "-았는데 보상이 되나요", "?"),
    ),
}  # fmt: skip
NOUN_FRAMES = (
    "{}|{} 알려 주세요|{} 문의드립니다|{} 어떻게 해요?|{} 좀요|{}에 대해 알고 싶어요|{} 관련 질문이요|{} 부탁드려요|{} 안내해 주세요|{}?|{} 물어볼게요"
).split("|")
GREETINGS = ("안녕하세요 ", "저기요 ", "질문이요, ", "급해요 ", "죄송한데 ", "문의요, ", "수고하십니다 ")


class Bare(str):
    """A word that people write without its particle."""

    def __format__(self, spec: str) -> str:
        return str(self)


@dataclass(frozen=True)
class Scenario:
    """One thing that one can want of one thing; ``key`` is its scenario_id."""

    thing: Thing
    intent: Intent
    key: str
    answer: str


def deliver(world: World, ds: str) -> tuple[pa.Table, pa.Table]:
    """The landing table of the day and its truth, in the same order."""
    rows: list[tuple[str, Scenario]] = []
    usual = world.scale.paraphrases
    for scenario, questions in asked(world):
        die = dice(world, "dialogues", ds, scenario.key)
        rows += [(question, scenario) for question in questions[:usual]]
        if len(questions) > usual and die.random() < NEW_TODAY:
            rows.append((die.choice(questions[usual:]), scenario))
    dice(world, "dialogues", "order", ds).shuffle(rows)
    question = [q for q, _ in rows]
    key = [s.key for _, s in rows]
    landing = pa.table([question, [s.answer for _, s in rows], key], schema=SCHEMA)
    told = [[s.intent.key for _, s in rows], [s.thing.names[0] for _, s in rows]]
    return landing, pa.table([question, key, *told], schema=TRUTH)


@lru_cache(maxsize=2)
def asked(world: World) -> tuple[tuple[Scenario, tuple[str, ...]], ...]:
    """Every scenario with its usual questions, then the rarer ones; no question stands under two scenarios."""
    taken: set[str] = set()
    found = []
    for scenario in scenarios(world):
        die = dice(world, "scenario", scenario.key)
        questions: list[str] = []
        plain_twice = scenario.intent.phrases + scenario.intent.phrases[:PLAIN]
        phrases = die.sample(plain_twice, len(plain_twice))
        for attempt in range(4 * (world.scale.paraphrases + EXTRA)):
            question = phrase_it(phrases[attempt % len(phrases)], scenario.thing, die)
            bare = "".join(c for c in question if c.isalnum())
            if bare not in taken:
                taken.add(bare)
                questions.append(question)
            if len(questions) == world.scale.paraphrases + EXTRA:
                break
        found.append((scenario, tuple(questions)))
    return tuple(found)


@lru_cache(maxsize=2)
def scenarios(world: World) -> tuple[Scenario, ...]:
    """``scale.scenarios`` pairs; a small world takes few things, with several wishes each."""
    wanted = world.scale.scenarios
    die = dice(world, "scenarios")
    pairs: list[tuple[Thing, Intent]] = []
    for thing in die.sample(THINGS, min(len(THINGS), max(6, wanted // 3))):
        pairs += [(thing, intent) for intent in INTENTS if thing.group in intent.groups]
    chosen = die.sample(pairs, min(wanted, len(pairs)))
    return tuple(Scenario(t, i, f"{i.key}:{t.names[0].replace(' ', '_')}", _answer(t, i, world)) for t, i in chosen)


def _answer(thing: Thing, intent: Intent, world: World) -> str:
    number = dice(world, "answer", intent.key, thing.names[0]).randrange(2, 10)
    return intent.answer.format(o=Word(thing.names[0]), m=Word(thing.menu), n=number)


def phrase_it(phrase: tuple[str, str], thing: Thing, die: Random) -> str:
    """One question out of a phrase and a frame of its mode."""
    mode, text = phrase
    name = thing.names[0] if die.random() < 0.65 else die.choice(thing.names)
    said = text.format(o=Bare(name) if die.random() < 0.3 else Word(name))
    if mode == "noun":
        return _typed(die.choice(NOUN_FRAMES).format(said), die)
    before, ending, after = die.choice(FRAMES[mode])
    head, stem = said.rsplit(" ", 1)
    verb = conjugate(stem, ending)
    turned = mode == "do" and text.startswith("{o:을} ") and text.count(" ") == 1 and die.random() < 0.1
    question = f"{verb} {before}{head}" if turned else f"{before}{head} {verb}"
    if not before and die.random() < 0.1:
        question = die.choice(GREETINGS) + question
    return _typed(question + (after if die.random() < 0.6 else ""), die)


def _typed(text: str, die: Random) -> str:
    """As it is typed: now and then without spaces, or with a slip."""
    chance = die.random()
    if chance < 0.05:
        text = text.replace(" ", "")
    elif chance < 0.2:
        gaps = [i for i, c in enumerate(text) if c == " "]
        if gaps:
            gap = die.choice(gaps)
            text = text[:gap] + text[gap + 1 :]
    if die.random() < 0.08:
        text = slip(text, die)
    return text


def slip(text: str, die: Random) -> str:
    """One usual mistake: 되 for 돼, ㅐ for ㅔ and back, a final consonant lost, a syllable typed twice."""
    if "돼" in text:
        return text.replace("돼", "되", 1)
    at = die.choice([i for i, c in enumerate(text) if "가" <= c <= "힣"])
    initial, vowel, end = split(text[at])
    swapped = {"ㅐ": "ㅔ", "ㅔ": "ㅐ", "ㅚ": "ㅙ", "ㅙ": "ㅚ"}.get(VOWELS[vowel])
    if swapped:
        return text[:at] + join(initial, VOWELS.index(swapped), end) + text[at + 1 :]
    if end != " " and die.random() < 0.6:
        return text[:at] + join(initial, vowel, " ") + text[at + 1 :]
    return text[: at + 1] + text[at:]
