"""Cutting documents, and telling copies of a paragraph."""

from itertools import pairwise

import pytest

from models.qa.paragraphs import cut, key, same


def test_short_text_stays_whole() -> None:
    assert list(cut("하나. 둘.\n\n셋.", 100)) == [(0, 10)]
    assert list(cut("  \n", 100)) == []


@pytest.mark.parametrize("limit", [7, 30, 55])
def test_pieces_are_bounded_and_lose_no_letter(limit) -> None:
    text = "첫 문장이 여기에 있다. 둘째 문장은 조금 더 길다. " * 4 + "끝없이이어지는아주긴문장" * 6
    spans = list(cut(text, limit))
    assert all(0 < end - start <= limit for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert key("".join(text[a:b] for a, b in spans)) == key(text)


def test_pieces_end_with_sentences() -> None:
    text = "가나다라 마바사아. " * 20
    assert all(text[a:b].endswith(".") for a, b in cut(text, 50))


def test_copies_are_told_after_cleaning() -> None:
    tale = "서울에서 태어난 작곡가로, 어려서부터 피아노를 배웠다. 이후 부산으로 옮겨 합창단을 이끌었고 제자를 길렀다. "
    text = key(tale + "문의 전화는 010-1234-5678이라고 한다.")
    masked = key(tale + "문의 전화는 <PHONE>이라고 한다.")
    assert same(text, masked) and same(text, text)
    assert same(text, text[: len(text) // 2])
    assert not same(text, key("전혀 다른 이야기가 이 문단에 적혀 있으며 앞의 글과는 아무 관계도 없다."))
    assert key("Ａ-b c_!") == "abc"
