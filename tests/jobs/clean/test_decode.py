import pytest

from jobs.clean.decode import broken, repair

KOREAN = "디오는 가수이고 배우이다"


@pytest.mark.parametrize("right", ["utf-8", "cp949"])
def test_korean_read_as_latin_1_is_repaired(right):
    assert repair(KOREAN.encode(right).decode("latin-1")) == KOREAN


@pytest.mark.parametrize("text", [KOREAN, "café déjà vu à la façon naïve", "plain ascii", "", "ÿÿÿÿ", "한글 é"])
def test_text_that_was_read_rightly_stays(text):
    assert repair(text) == text


def test_lost_bytes_are_told_apart():
    assert broken("\ufffd\ufffd가나", 0.02)
    assert not broken("가" * 99 + "\ufffd", 0.02)
    assert not broken("", 0.02)
