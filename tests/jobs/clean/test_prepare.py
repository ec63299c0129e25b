import pytest

from jobs.clean.judge import verdicts
from jobs.clean.prepare import Landed, prepared
from jobs.clean.settings import CleanConfig

PAGE = (
    "<html><head><title>집</title></head><body><nav>차림표</nav><p>집은 ＡＢＣ 상가 뒤다ㅋㅋㅋㅋ "
    "연락은 010-1234-5678</p></body></html>"
)
BODIES = {
    "decode": b"\x89PNG\r\n\x1a\n" + bytes(300),
    "main_text": b"<html><body><script>x()</script></body></html>",
    "normalise": "\u200b\u200b\u2060".encode(),
    "language": "これは日本語の文章です。".encode(),
    "quality": "굿".encode(),
}
OFF = {"decode": False, "main_text": False, "normalise": False, "language": False, "pii": False, "quality": False}


def outcome(body: bytes, config: CleanConfig) -> str | None:
    """The reason why a document is dropped, None where it stays."""
    (verdict,) = verdicts(prepared([Landed(body)], config), [None], config, frozenset())
    return verdict.reason


@pytest.mark.parametrize("step", BODIES)
def test_each_step_names_itself_in_its_reason(step):
    others = {name: on or name == step for name, on in OFF.items()}
    assert outcome(BODIES[step], CleanConfig(**others)).startswith(f"{step}:")


@pytest.mark.parametrize("step", OFF)
def test_a_step_that_is_off_drops_nothing(step):
    config = CleanConfig(**{step: False})
    assert not any((outcome(body, config) or "").startswith(f"{step}:") for body in BODIES.values())


def test_with_all_steps_off_everything_stays():
    bodies = [*BODIES.values(), b"", b"\xff\xfe\x00", b"<div>" * 5000, bytes(6_000_000)]
    assert [outcome(body, CleanConfig(**OFF)) for body in bodies] == [None] * len(bodies)


@pytest.mark.parametrize(
    ("off", "left"),
    [
        ("main_text", "<nav>"),
        ("normalise", "ＡＢＣ"),
        ("pii", "010-1234-5678"),
        ("language", "ABC"),
        ("quality", "ABC"),
        ("decode", "ABC"),
    ],
)
def test_the_switches_change_the_text(off, left):
    (document,) = prepared([Landed(PAGE.encode())], CleanConfig(**{off: False}))
    assert left in document.text


def test_all_steps_in_their_order():
    (document,) = prepared([Landed(PAGE.encode("cp949"), "text/html; charset=euc-kr")], CleanConfig())
    assert document.text == "집은 ABC 상가 뒤다ㅋㅋ 연락은 [PHONE]"
    assert (document.title, document.language, document.kinds) == ("집", "ko", ("[PHONE]",))
    assert document.hangul_share == pytest.approx(11 / 14, abs=0.1)


def test_a_document_is_the_same_among_others():
    config = CleanConfig()
    texts = [
        "전화 010-1234-5678 ",
        "ㅋㅋㅋㅋㅋ",
        "ㅋㅋ",
        "\u1112\u1161",
        "...",
        "..끝",
        "Ｓ ＴＯＰ",
        "0",
        "1234567 예요",
        "",
        "로",
        "12길",
    ]
    landed = [Landed(body) for body in (*(text.encode() for text in texts), *BODIES.values(), PAGE.encode())]
    landed += [Landed(one.body, repeat=2) for one in landed[:3]]
    together = prepared(landed, config)
    assert together == [one for document in landed for one in prepared([document], config)]
    alone = [one for document in together for one in verdicts([document], [None], config, frozenset())]
    assert verdicts(together, [None] * len(together), config, frozenset()) == alone
