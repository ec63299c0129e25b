"""Conjugation, particles and registers, against forms that a Korean reader knows."""

import pytest

from portal.korean import Word, conjugate, friendly, linked, particle, polite


@pytest.mark.parametrize(
    ("stem", "ending", "form"),
    [
        ("받", "-ㄹ까요", "받을까요"),
        ("바꾸", "-아요", "바꿔요"),
        ("고르", "-아요", "골라요"),
        ("무르", "-았어요", "물렀어요"),
        ("묻", "-아요", "물어요"),
        ("묻", "-고", "묻고"),
        ("돕", "-ㄹ까요", "도울까요"),
        ("어렵", "-는데요", "어려운데요"),
        ("뽑", "-아요", "뽑아요"),
        ("하", "-았는데", "했는데"),
        ("되", "-아요", "돼요"),
        ("열", "-나요", "여나요"),
        ("열", "-으려면", "열려면"),
        ("만들", "-ㄹ 수 있나요", "만들 수 있나요"),
        ("만들", "-ㅂ니까", "만듭니까"),
        ("받", "-ㅂ니까", "받습니까"),
        ("받", "-으려면", "받으려면"),
        ("쓰", "-아요", "써요"),
        ("잠그", "-아요", "잠가요"),
        ("오", "-았어요", "왔어요"),
        ("켜", "-아요", "켜요"),
        ("내", "-아요", "내요"),
        ("짓", "-아요", "지어요"),
        ("걸리", "-는지", "걸리는지"),
        ("가능하", "-는지", "가능한지"),
        ("가능하", "-나요", "가능한가요"),
        ("좋", "-는 거예요", "좋은 거예요"),
        ("있", "-ㄹ까요", "있을까요"),
        ("모르", "-네요", "모르네요"),
        ("늦", "-았습니다", "늦었습니다"),
    ],
)
def test_conjugate(stem: str, ending: str, form: str) -> None:
    assert conjugate(stem, ending) == form


@pytest.mark.parametrize(
    ("word", "kind", "form"),
    [
        ("서울", "으로", "로"),
        ("부산", "으로", "으로"),
        ("제주", "은", "는"),
        ("산", "이", "이"),
        ("1998년", "을", "을"),
        ("루미 GT", "은", "는"),
        ("12", "이", "가"),
        ("13", "이", "이"),
        ("20%", "으로", "로"),
        ("383km", "을", "를"),
        ("1,718kg", "을", "을"),
        ("'처음처럼'", "과", "과"),
    ],
)
def test_particle_fits_the_last_sound(word: str, kind: str, form: str) -> None:
    assert particle(word, kind) == form


def test_word_takes_its_particle_from_the_format() -> None:
    assert "{e:은} {e}의 {v:을} 썼다.".format(e=Word("달"), v=Word("노래")) == "달은 달의 노래를 썼다."


def test_registers() -> None:
    plain = ["문을 열었다.", "산다고 한다.", "답이다.", "가수이다.", "크다.", "책을 읽는다.", "아니라고 했다"]
    assert [polite(s) for s in plain] == [
        "문을 열었습니다.", "산다고 합니다.", "답입니다.", "가수입니다.", "큽니다.", "책을 읽습니다.", "아니라고 했다",
    ]  # fmt: skip
    assert [friendly(s) for s in plain[:4]] == ["문을 열었어요.", "산다고 합니다.", "답이에요.", "가수예요."]


def test_linked_clauses() -> None:
    assert linked("문을 열었다.", "고") == "문을 열었고,"
    assert linked("문을 열었다.", "며") == "문을 열었으며,"
    assert linked("산이다.", "데") == "산인데,"
    assert linked("즐긴다.", "며") == "즐기며,"
    assert linked("읽는다.", "데") == "읽는데,"
    assert linked("높다.", "데") == "높은데,"
