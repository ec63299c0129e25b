"""Feature streams of Korean and other questions."""

import numpy as np
import pytest

from models.chatbot import features


def test_endings_are_a_stream_of_their_own():
    (reading,) = features.read(["밥을 먹었다"], "kiwi")
    assert features.endings(reading)[-1].startswith("었/EP 다/E")
    assert "먹/VV" in features.morphemes(reading)
    assert set(features.content(reading)).isdisjoint(features.endings(reading))


def test_joined_and_jamo_do_not_see_spaces():
    spaced, joined = features.read(["배송 언제 와요", "배송언제와요"], "words")
    assert features.joined(spaced) == features.joined(joined)
    assert features.jamo(spaced) == features.jamo(joined)
    assert features.chars(spaced) != features.chars(joined)


def test_jamo_still_match_where_no_syllable_is_spelled_right():
    right, wrong = features.read(["강", "간"], "words")
    assert not set(features.joined(right)) & set(features.joined(wrong))
    assert set(features.jamo(right)) & set(features.jamo(wrong))


@pytest.mark.parametrize(
    ("texts", "analyser"),
    [(["배송 언제 와요?"], "kiwi"), (["where is my parcel"], "words"), (["😀😀"], "words"), ([], "words")],
)
def test_analyser_follows_the_script(texts, analyser):
    assert features.choose_analyser(texts) == analyser


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("where's my 2nd parcel?", ["where", "'", "s", "my", "2nd", "parcel", "?"]),
        ("मुझे रिफंड", ["मुझे", "रिफंड"]),
        ("أريدُ القسيمةَ؟", ["أريدُ", "القسيمةَ", "؟"]),
        ("返品したい", ["返品", "品し", "した", "たい"]),
        ("iphoneの修理", ["iphone", "の修", "修理"]),
        ("本", ["本"]),
        ("คืนเงิน", ["คื", "ืน", "นเ", "เง", "งิ", "ิน"]),
    ],
)
def test_words_of_languages_without_an_analyser(text, words):
    (reading,) = features.read([text], "words")
    assert [token.form for token in reading.tokens] == words


def test_every_stream_reads_anything():
    for text in ("", "😀", "ㅋㅋㅋ", "a", "荷物はどこ", "مرحبا", "x" * 5000):
        for reading in features.read([text], "words"):
            assert all(isinstance(stream(reading), list) for stream in features.STREAMS.values())


def test_noise_changes_the_text_and_follows_the_seed():
    noised = [features.add_noise("배송 언제 와요", np.random.default_rng(3)) for _ in range(2)]
    assert noised[0] == noised[1] != "배송언제와요"
    assert features.add_noise("응", np.random.default_rng(3)) == "응"
