from language.morphemes import analyse, kiwi


def one(text):
    return next(iter(analyse([text])))


def test_korean_with_endings_and_offsets_even_behind_astral_characters():
    text = "😀 밥을 먹었다"
    found = one(text)
    assert [(m.form, m.tag) for m in found[1:]] == [
        ("밥", "NNG"),
        ("을", "JKO"),
        ("먹", "VV"),
        ("었", "EP"),
        ("다", "EF"),
    ]
    assert [text[m.start : m.end] for m in found] == ["😀", "밥", "을", "먹", "었", "다"]
    assert [m.form for m in found if m.ending] == ["었", "다"]


def test_irregular_tags_are_cut_to_their_base():
    assert ("듣", "VV") in {(m.form, m.tag) for m in one("노래를 들었다")}


def test_foreign_words_are_content_whatever_their_script():
    assert {m.tag for m in one("The Normans came")} == {"SL"}
    assert {m.tag for m in one("Привет мир")} == {"SL"}
    assert [m.tag for m in one("ㅋㅋ ★")] == ["SW", "SW"]


def test_order_is_kept_and_nothing_crashes_it():
    texts = ["하나", "", "  ", "\ud800셋", "\x00", "e\u0301"]
    found = list(analyse(texts))
    assert len(found) == len(texts)
    assert found[1] == found[2] == []
    assert found[3][-1].form == "셋"
    assert found[3][-1].start == 1


def test_one_analyser_a_process():
    assert kiwi() is kiwi(2)
