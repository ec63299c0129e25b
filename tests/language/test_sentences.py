from itertools import pairwise

import pytest

from language.sentences import cut, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("디오는 가수다. 그는 노래한다! 정말?", ["디오는 가수다.", "그는 노래한다!", "정말?"]),
        ("첫 줄\n\n  둘째 줄", ["첫 줄", "둘째 줄"]),
        ("일찍 잤다.그리고 일어났다.", ["일찍 잤다.", "그리고 일어났다."]),
        ("재밌어요 강추합니다 또 볼게요", ["재밌어요", "강추합니다", "또 볼게요"]),
        ("정말 좋았다ㅋㅋ 다시 봐야지", ["정말 좋았다ㅋㅋ", "다시 봐야지"]),
        ('그는 "좋다."라고 말했다. 끝.', ['그는 "좋다."라고 말했다.', "끝."]),
        ("그렇습니다만 아니다", ["그렇습니다만 아니다"]),
        ("1993년 1. 12. 태어났다. 3.14는 원주율이다.", ["1993년 1. 12. 태어났다.", "3.14는 원주율이다."]),
        (
            "Mr. Smith met J. K. Lee, e.g. the author. He left.",
            ["Mr. Smith met J. K. Lee, e.g. the author.", "He left."],
        ),
        ("We live in the U.S. today. Fine.", ["We live in the U.S. today.", "Fine."]),
        ("1. 서론을 쓴다.", ["1. 서론을 쓴다."]),
        ("", []),
        (" \n ", []),
        ("...", ["..."]),
    ],
)
def test_cuts_where_a_reader_would(text, expected):
    assert cut(text) == expected


def test_offsets_point_into_the_text_and_cover_all_but_white_space():
    text = "  하나다. 😀 둘이다!!  셋\n넷. Five is here. "
    spans = sentences(text)
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
