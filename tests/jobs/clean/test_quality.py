# ruff: noqa: E501 - a Korean letter counts as two columns
import pytest

from jobs.clean.quality import QualityConfig, fault

CONFIG = QualityConfig()
NOUNS = [
    "가방",
    "구두",
    "시계",
    "모자",
    "지갑",
    "목도리",
    "장갑",
    "우산",
    "안경",
    "반지",
    "귀걸이",
    "목걸이",
    "팔찌",
    "양말",
    "셔츠",
    "바지",
    "치마",
    "코트",
]
PROSE = (
    "강가에 작은 서점이 문을 열었다. 주인은 낮에는 책을 팔고 밤에는 글을 쓴다. 처음에는 찾는 사람이 드물었으나 이웃이 하나둘 들르기 "
    "시작했다. 이제는 먼 곳에서 일부러 오는 손님도 있다. 그는 책장을 손수 짰고 창가에는 긴 의자를 놓았다. 아이들은 거기 앉아 그림책을 "
    "본다. 비가 오는 날이면 차를 끓여 내놓는다. 서점은 올해로 다섯 해를 맞았다."
)


@pytest.mark.parametrize(
    "text",
    [
        "재밌어요",
        "최고의 영화",
        "진짜 최고!!! ㅋㅋ",
        "10점 만점에 10점 준다",
        "good movie",
        "최고의 영화,,,,,,,,감동적이네요",
        "디오는 1993년 1월 12일에 태어난 가수다. 그는 2012년에 데뷔했다.",
        PROSE,
        PROSE.replace(". ", ".\n"),
        "재료\n- 감자 한 개를 깎는다\n- 양파 반 개를 썬다\n- 물을 끓인다\n- 소금을 조금 넣는다\n- 약한 불에 졸인다\n맛있게 먹는다",
    ],
)
def test_good_texts_stay(text):
    assert fault(text, CONFIG) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "too_short"),
        ("굿", "too_short"),
        ("ㅋㅋㅋㅋㅋㅋ", "too_short"),
        ("ㅁㄴㅇㄹ 1234", "too_short"),
        ("좋은영화 !!@@##$$%%^^&&**(())", "symbols"),
        ("아아아아아아아아아아아악", "repeated_character"),
        ("이 페이지를 보려면 자바스크립트를 켜 주세요", "placeholder"),
        ("요청하신 페이지를 찾을 수 없습니다", "placeholder"),
        ("\n".join(["같은 줄이 또 나온다"] * 8), "repeated_lines"),
        ("\n".join(f"int x{i} = call{i}(y);" for i in range(8)), "code"),
        ("var x = {} ; " + " ".join(f"f{i}({{a{i}: {i}}})" for i in range(30)), "code"),
        ("\n".join(f"▶ {noun} 보러 가기" for noun in NOUNS), "bullets"),
        ("\n".join(f"{noun}의 비밀은..." for noun in NOUNS), "ellipses"),
        ("바로가기 " * 30, "repeated_word"),
        ("가나 다라 마바 사아 " * 10, "repeated_phrase"),
        (f"{PROSE} {PROSE}", "repeated_phrase"),
        ("ㄱ a b " * 3 + "가 나 다 라 마 바 사 아 자 차 카 타 파 하", "word_length"),
        (" ".join(a + b for a in NOUNS for b in NOUNS if a != b), "no_stop_words"),
        ("가나다라 " * 110_000, "too_long"),
    ],
)
def test_bad_texts_break_a_rule(text, rule):
    assert fault(text, CONFIG) == rule


def test_english_has_its_own_stop_words():
    words = " ".join(f"{a}{b}" for a in ("red", "blue", "old", "new", "big") for b in "abcdefghijk")
    assert fault(words, CONFIG, "en") == "no_stop_words"
    assert fault(f"{words} and the sea that was on it is of a kind", CONFIG, "en") is None
