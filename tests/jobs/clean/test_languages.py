import pytest

from jobs.clean.languages import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("디오는 노래를 부른다", "ko"),
        ("OST 너무 좋아 raindrops keep falling", "ko"),
        ("The Normans were the people who gave their name to Normandy", "en"),
        ("good movie!", "en"),
        ("Fantastic Movie. JUST WATCH IT §", "en"),
        ("불쌍하니까10점@@", "ko"),
        ("The Korean alphabet, called 한글, was made in the fifteenth century by a king and his scholars", "en"),
        ("これは日本語の文章です。とても面白い映画でした。", "other"),
        ("这是一部非常好看的电影", "other"),
        ("Это очень хороший фильм", "other"),
        ("Les élèves sont allés à la plage avec leurs professeurs pendant les vacances", "other"),
        ("12345 !!! 😀", "other"),
        ("", "other"),
    ],
)
def test_language(text, expected):
    assert language(text, 0.1)[0] == expected


def test_mixed_text_carries_its_share():
    _, share = language("디오 is a 가수 of EXO", 0.1)
    assert share == pytest.approx(4 / 12)
    assert language("123", 0.1) == ("other", None)


def test_a_long_text_is_judged_by_more_than_its_head():
    assert language("An English preface. " * 120 + "그 뒤로는 모두 우리말이다. " * 600, 0.1)[0] == "ko"
