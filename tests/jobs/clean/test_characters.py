import random
import re
from pathlib import Path

import numpy as np

from jobs.clean import pii
from jobs.clean.characters import CAPITAL, CHAT_JAMO, DIGIT, FOREIGN, HANGUL, LATIN, LETTER, SPACE, look, looks, lowered
from jobs.clean.minhash import text_key

PARTICLE = re.compile(
    r"[가-힣](?:은|는|을|를|에|에서|에게|께|으로|로|의|도|만|고|며|면서?|다|요|죠|까|네|던|했|된|한|음|함|냐|래|라|어|아|해|써|서)"
    r"(?=[^\w]|[\u3131-\u318e]|$)"
)
POOL = "가나에게서 로은는길호번지뱅산하동.\n\tabAo1２345-()[]@:ㅋᄒß가Σ東_공일이\u0301"


def drawn(count: int) -> list[str]:
    chance = random.Random(7)
    return ["".join(chance.choices(POOL, k=chance.randrange(70))) for _ in range(count)]


def many(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))


def test_counts_are_those_of_the_patterns():
    texts = ["", *drawn(3_000)]
    for text, seen in zip(texts, looks(texts), strict=True):
        letters = CHAT_JAMO.sub(" ", text)
        expected = [many(pattern, text) for pattern in (HANGUL, LATIN, FOREIGN)]
        assert list(seen[:6]) == [*expected, many(LETTER, letters), many(DIGIT, text), many(SPACE, text)], text
        assert seen.particles == len(PARTICLE.findall(text)), text
        assert seen.crowd >= max(map(text.count, "".join(LETTER.findall(letters))), default=0), text
        assert bool(seen.signs & CAPITAL) == (text != text.lower()), text


def test_a_text_looks_the_same_among_others():
    texts = drawn(2_000)
    assert looks(texts) == [look(text) for text in texts]
    assert looks([]) == []


def test_signs_hide_no_personal_data():
    lines = Path(__file__).with_name("pii_lines.tsv").read_text(encoding="utf-8").splitlines()
    for text in [*lines, *drawn(3_000)]:
        signs = look(text).signs
        for rule in pii.RULES:
            if any(map(rule.check, rule.pattern.finditer(text))):
                assert signs & pii.SIGNS, text
                assert rule.hint(text, signs), (rule.token, text)


def test_lower_case_is_that_of_python_or_not_told():
    table = lowered()
    for point in np.flatnonzero(table).tolist():
        if not 0xD800 <= point < 0xE000:
            assert chr(point).lower() == chr(table[point])
    assert table[ord("Σ")] == table[ord("İ")] == 0


def test_a_text_has_one_key_whether_it_was_looked_at_or_not():
    for text in drawn(500):
        assert text_key(text, look(text)) == text_key(text)
