from jobs.clean.boilerplate import line_key, line_keys, without, worn


def pages(spark, texts):
    rows = [(source, line_keys(text)) for source, text in texts]
    return spark.createDataFrame(rows, "source string, lines array<bigint>")


def test_lines_of_many_pages_of_a_source_are_worn(spark):
    site = [("a", f"회원 가입\n{n}번째 글이다\n그 뒤에 {n * 7}가 온다\n맨 위로") for n in range(12)]
    nowhere = [(None, f"차림표\n{n}째 이야기") for n in range(12)]
    single = [("c", "한 줄뿐인 글")] * 12
    found = worn(pages(spark, [*site, *nowhere, *single]), least=6, share=0.4, most=100)
    assert found == {("a", line_key("회원 가입")), ("a", line_key("맨 위로")), ("", line_key("차림표"))}
    assert len(worn(pages(spark, site), least=6, share=0.4, most=1)) == 1
    assert not worn(pages(spark, site), least=13, share=0.0, most=100)


def test_worn_lines_go_and_copies_stay_whole():
    known = frozenset({("a", line_key("회원 가입")), ("a", line_key("첫 화면"))})
    text = "회원 가입\n바다가 보이는 집이다\n첫 화면"
    assert without(text, "a", known) == "바다가 보이는 집이다"
    assert without(text, "b", known) == text
    assert without("회원 가입\n첫 화면\n끝", "a", known) == "회원 가입\n첫 화면\n끝"
    assert without("회원 가입", "a", known) == "회원 가입"
