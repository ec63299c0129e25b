from language.query import plain_query


def test_what_is_meant_to_be_the_same_is_the_same():
    assert plain_query("  디오　사진\n") == plain_query("디오  사진") == "디오 사진"
    assert plain_query("ＢＴＳ") == plain_query("bts") == "bts"
    assert plain_query("\u200b \t") == ""
