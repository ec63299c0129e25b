import random
import unicodedata

import pytest

from language.normalise import normalise, normalise_all


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ㅋㅋㅋㅋㅋ ㅠㅠㅠㅠ!!!!", "ㅋㅋ ㅠㅠ!!"),
        ("ㅋㅋㅠㅠ", "ㅋㅋㅠㅠ"),
        ("ㄱㅏ나", "ㄱㅏ나"),
        ("Ａｂｃ　①", "Abc 1"),
        ("가\u200b나\ufeff\u0000다", "가나다"),
        ("한 줄\r\n두 줄\r세 줄\u2028끝", "한 줄\n두 줄\n세 줄\n끝"),
        ("a\u00a0\t b", "a b"),
        ("\ud800가", "가"),
        ("👩\u200d👧 가\u200d나 👍\u200d", "👩\u200d👧 가나 👍"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("", ""),
    ],
)
def test_normalise(text, expected):
    assert normalise(text) == expected


def test_decomposed_hangul_is_composed_and_loose_jamo_become_chat_jamo():
    assert normalise(unicodedata.normalize("NFD", "한글 밥")) == "한글 밥"
    assert normalise(unicodedata.normalize("NFKC", "ㅋㅎ")) == "ㅋㅎ"


@pytest.mark.parametrize("text", ["ㅋㅋㅋ ① ｶﾞ 가나다...... ~~~~", unicodedata.normalize("NFD", "각하ㅋㅋ"), "½ ㈜ ﬁ"])
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


def test_blocks_of_old_korean_stay_whole():
    assert normalise("나랏말ᄊᆞ미 ㅋㅋㅋ ᄒᆞᆫ글 \u1112") == "나랏말ᄊᆞ미 ㅋㅋ ᄒᆞᆫ글 ㅎ"


def test_many_texts_are_normalised_as_one_by_one():
    texts = [f"가{chr(point) * 3} b{chr(point)}" for point in range(0x20000)] + ["", "!", "!!", "!!", "ㅋㅋ", "ㅋㅋㅋ"]
    assert normalise_all(texts) == [normalise(text) for text in texts]
    chance = random.Random(1)
    pool = "ㅋㅋㅋ!!..~~  \n\t\r가각a\u1100\u1161\u11a8\u0300\u200d\u2026\u3000\ud800Ａ\U0001f468"
    texts = ["".join(chance.choices(pool, k=chance.randrange(12))) for _ in range(20_000)]
    assert normalise_all(texts) == [normalise(text) for text in texts]
