import pytest

from jobs.clean.pii import mask


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("주민번호 900101-1234568 입니다", "주민번호 [RRN] 입니다"),
        ("외국인 900101-5234561", "외국인 [RRN]"),
        ("201105-3999999 아기", "[RRN] 아기"),
        ("연락처 010-1234-5678, 02-345-6789", "연락처 [PHONE], [PHONE]"),
        ("01012345678로 전화", "[PHONE]로 전화"),
        ("+82 10-1234-5678 / (031) 123-4567", "[PHONE] / [PHONE]"),
        ("call (415) 555-0132 or 415-555-0132", "call [PHONE] or [PHONE]"),
        ("메일은 hong.gil+dong@mail.example.co.kr로", "메일은 [EMAIL]로"),
        ("카드 4111-1111-1111-1111 / 4111111111111111", "카드 [CARD] / [CARD]"),
        ("아멕스 3782 822463 10005", "아멕스 [CARD]"),
        ("국민은행 123456-12-123456 홍길동", "국민은행 [ACCOUNT] 홍길동"),
        ("계좌번호: 110-123-456789", "계좌번호: [ACCOUNT]"),
        ("접속 주소 192.168.0.12에서", "접속 주소 [IP]에서"),
        ("차량 12가 3456과 서울 34나 5678, 123하4567", "차량 [PLATE]과 [PLATE], [PLATE]"),
    ],
)
def test_personal_data_is_masked(text, expected):
    assert mask(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234567",  # wrong check digit
        "991332-1234567",  # no such birth date
        "4111-1111-1111-1112",  # fails Luhn
        "1592-1598년 임진왜란",
        "2018-10-11 12:30, 2018.10.11",
        "주문번호 20181011-123456",
        "버전 10.15.7.1, v2.10.0.3",
        "1.2.3.4 항목",
        "300.1.2.3",
        "10조5000억 원, 12월 2023년, 12도 3456",
        "ISBN 978-89-123-4567-8",
        "3.141592653589793",
        "@디오 반가워",
        "가격 1,234,567원, 1588-1592 전쟁",
    ],
)
def test_look_alikes_stay(text):
    assert mask(text) == (text, {})


def test_spans_are_counted_by_kind():
    assert mask("a@b.kr c@d.kr 010-1111-2222")[1] == {"[EMAIL]": 2, "[PHONE]": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("세종대로 110", "세종대로 [ADDRESS]"),
        ("부산시 동래구 온천로12길 3-4, 101동 1203호", "부산시 동래구 온천로12길 [ADDRESS], [ADDRESS]"),
        ("수원시 팔달구 인계동 123-4번지", "수원시 팔달구 인계동 [ADDRESS]"),
        ("고객센터 1588-1234, 080-123-4567", "고객센터 [PHONE], [PHONE]"),
        ("공일공-1234-5678 또는 010-일이삼사-오육칠팔", "[PHONE] 또는 [PHONE]"),
        ("외국인등록번호 880101-5123456", "외국인등록번호 [RRN]"),
        ("hong(at)example.co.kr", "[EMAIL]"),
        ("2001:db8::8a2e:370:7334 에서 접속", "[IP] 에서 접속"),
    ],
)
def test_formats_that_people_write(text, expected):
    assert mask(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "제12조",
        "예정대로 10시",
        "그 길로 30분",
        "바로 4명",
        "유머 1번지",
        "찔리면 별로 3",
        "아폴로 11호",
        "12:30:45",
        "lodash@4.17.21",
        "+1000000",
    ],
)
def test_numbers_of_daily_life_stay(text):
    assert mask(text) == (text, {})
