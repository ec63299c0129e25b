"""Just enough Korean grammar to write correct sentences: particles, verb forms, registers. No analyser, no lookups."""

# ruff: noqa: E501 - a Korean letter counts as two columns

from __future__ import annotations

import re
from functools import lru_cache

FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
# particle written after a consonant: the same after a vowel
PARTICLES = {"은": "는", "이": "가", "을": "를", "과": "와", "으로": "로", "이라": "라", "이었": "였", "이나": "나"}
DIGIT_FINALS = {
    "0": "ㅇ",
    "1": "ㄹ",
    "2": " ",
    "3": "ㅁ",
    "4": " ",
    "5": " ",
    "6": "ㄱ",
    "7": "ㄹ",
    "8": "ㄹ",
    "9": " ",
}
UNIT = re.compile(r"\d ?([ckm]?m|k?g)$")  # 미터, 그램
LETTER_FINALS = {"L": "ㄹ", "R": "ㄹ", "M": "ㅁ", "N": "ㄴ"}


def split(syllable: str) -> tuple[int, int, str]:
    """Initial index, vowel index and final letter (" " for none) of a Hangul syllable."""
    code = ord(syllable) - 0xAC00
    return code // 588, code % 588 // 28, FINALS[code % 28]


def join(initial: int, vowel: int, final: str) -> str:
    return chr(0xAC00 + initial * 588 + vowel * 28 + FINALS.index(final))


def final(word: str) -> str:
    """The last sound's final consonant, " " for a vowel; brackets and quotes at the end are looked through."""
    text = word.rstrip(" )]\"'”’》〉\x03")
    if text.endswith("%"):
        return " "
    if unit := UNIT.search(text):
        return "ㅁ" if unit[1].endswith("g") else " "
    last = text[-1:]
    if "가" <= last <= "힣":
        return split(last)[2]
    return DIGIT_FINALS.get(last, LETTER_FINALS.get(last.upper(), " "))


@lru_cache(maxsize=200_000)
def particle(word: str, kind: str) -> str:
    """The form of particle ``kind`` (its form after a consonant) that fits behind ``word``."""
    end = final(word)
    if end == " " or (kind == "으로" and end == "ㄹ"):
        return PARTICLES[kind]
    return kind


class Word(str):
    """A string whose format spec is a particle: ``"{e:은}".format(e=Word("산"))`` is ``산은``."""

    def __format__(self, spec: str) -> str:
        return str(self) + particle(str(self), spec) if spec else str(self)


def polite(sentence: str) -> str:
    """-다. to -습니다. (``했다. -> 했습니다.``, ``한다. -> 합니다.``, ``크다. -> 큽니다.``); other endings stay."""
    if not sentence.endswith("다."):
        return sentence
    stem, (initial, vowel, end) = sentence[:-3], split(sentence[-3])
    if sentence[-3] == "는":
        return stem + "습니다."
    if end in " ㄴ":
        return stem + join(initial, vowel, "ㅂ") + "니다."
    return sentence[:-2] + "습니다."


def friendly(sentence: str) -> str:
    """-다. to -어요. where the past or 이다 makes that plain, else to -습니다."""
    if sentence.endswith("이다."):
        before = final(sentence[:-3])
        return sentence[:-3] + ("예요." if before == " " else "이에요.")
    if sentence.endswith("다.") and split(sentence[-3])[2] == "ㅆ":
        return sentence[:-2] + "어요."
    return polite(sentence)


def linked(sentence: str, link: str) -> str:
    """The sentence as a first clause: ``했다. -> 했고,`` (고), ``했으며,`` (며), ``했는데,`` (데)."""
    if not sentence.endswith("다."):
        return sentence
    stem, (initial, vowel, end) = sentence[:-3], split(sentence[-3])
    closed = end not in " ㄴㄹ"
    bare = join(initial, vowel, " ") if end == "ㄴ" else sentence[-3]
    if sentence[-3] == "는":
        bare, closed = "", True
    if link == "고":
        return f"{stem}{bare}고,"
    if link == "며":
        return f"{stem}{bare}{'으며' if closed else '며'},"
    if sentence[-3] in DESCRIPTIVE:
        return f"{stem}{bare}은데,"
    if end == " ":
        return f"{stem}{join(initial, vowel, 'ㄴ')}데,"
    return f"{stem}{bare}는데,"


# ---- verbs ---------------------------------------------------------------------------------------------------------

IRREGULAR_D = frozenset({"묻", "걷", "싣", "듣", "깨닫"})
IRREGULAR_B = frozenset(
    {"돕", "눕", "굽", "어렵", "쉽", "무겁", "가깝", "새롭", "어둡", "춥", "덥", "맵", "두렵", "번거롭"}
)
IRREGULAR_S = frozenset({"짓", "잇", "낫", "붓"})
ADJECTIVES = frozenset(
    {"어렵", "쉽", "무겁", "가깝", "새롭", "어둡", "번거롭", "비싸", "싸", "크", "작", "많", "적", "느리", "빠르", "다르", "같",
     "가능하", "필요하", "안전하", "불편하", "이상하", "궁금하", "급하", "편하", "괜찮", "길", "짧", "좋", "불안하", "귀찮", "싫", "가물가물하"}
)  # fmt: skip
DESCRIPTIVE = "높많좋깊넓같짧작젊"
BRIGHT = "ㅏㅑㅗ"
MERGED = {
    ("ㅏ", "아"): "ㅏ", ("ㅓ", "어"): "ㅓ", ("ㅗ", "아"): "ㅘ", ("ㅜ", "어"): "ㅝ", ("ㅣ", "어"): "ㅕ", ("ㅐ", "어"): "ㅐ",
    ("ㅔ", "어"): "ㅔ", ("ㅕ", "어"): "ㅕ", ("ㅚ", "어"): "ㅙ", ("ㅡ", "어"): "ㅓ", ("ㅡ", "아"): "ㅏ",
}  # fmt: skip


def infinitive(stem: str) -> str:
    """The 아/어 form: ``하 -> 해``, ``바꾸 -> 바꿔``, ``고르 -> 골라``, ``묻 -> 물어``, ``돕 -> 도와``, ``받 -> 받아``."""
    head, last = stem[:-1], stem[-1]
    initial, vowel, end = split(last)
    if last == "하":
        return head + "해"
    if last == "르" and head:
        before = split(head[-1])
        tail = "라" if VOWELS[before[1]] in BRIGHT else "러"
        return head[:-1] + join(before[0], before[1], "ㄹ") + tail
    if stem in IRREGULAR_B:
        return head + join(initial, vowel, " ") + ("와" if stem == "돕" else "워")
    if stem in IRREGULAR_D:
        last = join(initial, vowel, "ㄹ")
    if stem in IRREGULAR_S:
        last = join(initial, vowel, " ")
        return head + last + ("아" if VOWELS[vowel] in BRIGHT else "어")
    bright = VOWELS[vowel] in BRIGHT
    if end != " ":
        return head + last + ("아" if bright else "어")
    if VOWELS[vowel] == "ㅡ":
        bright = bool(head) and VOWELS[split(head[-1])[1]] in BRIGHT
    merged = MERGED.get((VOWELS[vowel], "아" if bright else "어"))
    return head + join(initial, VOWELS.index(merged), " ") if merged else head + last + "어"


def before_vowel(stem: str) -> tuple[str, bool]:
    """The stem as it stands before 으-endings, and whether it then ends in a consonant that needs 으."""
    head, last = stem[:-1], stem[-1]
    initial, vowel, end = split(last)
    if stem in IRREGULAR_D:
        return head + join(initial, vowel, "ㄹ"), True
    if stem in IRREGULAR_B:
        return head + join(initial, vowel, " ") + "우", False
    if stem in IRREGULAR_S:
        return head + join(initial, vowel, " "), True
    return stem, end not in " ㄹ"


@lru_cache(maxsize=20_000)
def conjugate(stem: str, ending: str) -> str:
    """A stem with an ending written as in a dictionary.

    ``-아X`` takes the 아/어 form (``-아요``, ``-았는데``), ``-ㄹX``, ``-ㄴX`` and ``-ㅂX`` put a final under an open stem
    (으 or 스 where it is closed), ``-으X`` inserts 으 after a consonant, ``-는X`` is 는 for verbs and ㄴ/은 for
    adjectives, anything else (``-고``, ``-지``, ``-게``) is simply added.
    """
    first, rest = ending[1], ending[2:]
    if first in "아았":
        form = infinitive(stem)
        if first == "아":
            return form + rest
        initial, vowel, _ = split(form[-1])
        return form[:-1] + join(initial, vowel, "ㅆ") + rest
    if first == "는" and stem in ADJECTIVES:
        return conjugate(stem, "-ㄴ" + rest)
    if ending.startswith("-나요") and stem in ADJECTIVES:
        return conjugate(stem, "-ㄴ가요" + rest[1:])
    if first in "ㄹㄴㅂ":
        return _with_final(stem, first, rest)
    if first == "으":
        base, closed = before_vowel(stem)
        return base + ("으" if closed else "") + rest
    initial, vowel, end = split(stem[-1])
    if end == "ㄹ" and first in "나는냐니":
        stem = stem[:-1] + join(initial, vowel, " ")
    return stem + ending[1:]


def _with_final(stem: str, letter: str, rest: str) -> str:
    if letter == "ㅂ" and split(stem[-1])[2] not in " ㄹ":
        return stem + "습" + rest
    base, closed = before_vowel(stem)
    if closed:
        return base + join(11, VOWELS.index("ㅡ"), letter) + rest
    initial, vowel, _ = split(base[-1])
    return base[:-1] + join(initial, vowel, letter) + rest
