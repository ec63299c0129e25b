import pytest

from jobs.clean.decode import broken, decode, repair

KOREAN = "디오는 가수이고 배우이다. 똠방각하 펲시콜라도 그가 나온 작품이다."
PAGE = '<html><head><meta charset="{}"><title>디오</title></head><body><p>{}</p></body></html>'
FRENCH = "Le café était fermé à cause de la fête du village, déjà très animé."


@pytest.mark.parametrize("right", ["utf-8", "cp949"])
def test_korean_read_as_latin_1_is_repaired(right):
    assert repair(KOREAN[:14].encode(right).decode("latin-1")) == KOREAN[:14]


@pytest.mark.parametrize("text", [KOREAN, "café déjà vu à la façon naïve", "plain ascii", "", "ÿÿÿÿ", "한글 é"])
def test_text_that_was_read_rightly_stays(text):
    assert repair(text) == text


def test_lost_bytes_are_told_apart():
    assert broken("\ufffd\ufffd가나", 0.02)
    assert not broken("가" * 99 + "\ufffd", 0.02)
    assert not broken("", 0.02)


@pytest.mark.parametrize(
    "declared", [None, "euc-kr", "text/html; charset=EUC-KR", "latin-1", "utf-8", "shift_jis", "?"]
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_korean_is_read_whatever_is_declared(codec, declared):
    assert decode(KOREAN.encode(codec), declared) == (KOREAN, None)


@pytest.mark.parametrize("said", ["euc-kr", "ks_c_5601-1987", "utf-8", "iso-8859-1", "x-unknown"])
@pytest.mark.parametrize("codec", ["utf-8", "cp949"])
def test_pages_that_declare_rightly_or_wrongly(codec, said):
    page = PAGE.format(said, KOREAN)
    assert decode(page.encode(codec)) == (page, None)


@pytest.mark.parametrize(("text", "codec"), [(FRENCH, "latin-1"), ("日本語の文章です。とても面白い。", "shift_jis")])
def test_other_charsets_are_believed_when_declared(text, codec):
    assert decode(text.encode(codec), codec) == (text, None)
    assert decode(PAGE.format(codec, text).replace("디오", "x").encode(codec))[0].count(text) == 1


def test_western_text_needs_no_declaration():
    assert decode(FRENCH.encode("cp1252")) == (FRENCH, None)


@pytest.mark.parametrize("codec", ["utf-8", "cp949"])
@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_last_character_that_was_cut_off_goes(codec, cut):
    text, fault = decode((KOREAN * 3 + "끝").encode(codec)[:-cut])
    assert fault is None
    assert text[: 3 * len(KOREAN)] == KOREAN * 3 or text == (KOREAN * 3)[: len(text)]


def test_a_few_lost_bytes_do_not_spoil_a_page():
    body = (KOREAN * 20).encode()
    text, fault = decode(body[:300] + b"\xff\xfe" + body[300:])
    assert fault is None
    assert text.count("디오") >= 19


def test_a_short_korean_text_that_is_utf_8_by_chance_follows_its_declaration():
    body = "처져".encode("cp949")
    assert decode(body, "euc-kr").text == "처져"


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), None),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "application/pdf"),
        (b"PK\x03\x04" + bytes(range(256)), None),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "text/html"),
        (bytes(range(256)) * 4, None),
        (b"\x00\x01\x02\x03", None),
        (b"no picture at all \xff\xfe\xfd", "image/webp"),
    ],
)
def test_what_is_no_text_is_told_apart(body, declared):
    assert decode(body, declared).fault == "binary"


@pytest.mark.parametrize("body", [bytes([0xFF, 0xFE, 0xFD, 0x80] * 50)[2:], KOREAN.encode("cp949")[1::2] * 4])
def test_lost_bytes_are_broken(body):
    assert decode(body).fault == "broken"


def test_nothing_is_nothing():
    assert decode(b"") == ("", None)
