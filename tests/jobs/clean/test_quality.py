import pytest

from jobs.clean.quality import QualityConfig, fault

CONFIG = QualityConfig()


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
    ],
)
def test_short_but_good_texts_stay(text):
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
        ("\n".join(["같은 줄이 또 나온다"] * 8), "repeated_lines"),
        ("\n".join(f"int x{i} = call{i}(y);" for i in range(8)), "code"),
        ("바로가기 " * 30, "repeated_word"),
        ("가나 다라 마바 사아 " * 10, "repeated_phrase"),
        ("가나다라 " * 110_000, "too_long"),
    ],
)
def test_bad_texts_break_a_rule(text, rule):
    assert fault(text, CONFIG) == rule
