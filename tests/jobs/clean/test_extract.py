import pytest

from jobs.clean.extract import looks_like_html, main_text, plain_text

PARAGRAPHS = [
    "디오는 서울에서 자란 가수이며 여러 해 동안 무대에서 노래했다. 그의 목소리는 낮고 부드럽다.",
    "그는 영화에도 자주 나왔다. 처음 맡은 역할은 말이 없는 학생이었고 많은 사람이 그 연기를 기억한다.",
    "지난봄에는 작은 마을에서 공연을 열었다. 표는 하루 만에 모두 팔렸다고 한다.",
]
PAGE = f"""<!DOCTYPE html><html lang="ko"><head><title>디오 - 나루</title><script>var secret = 1;</script>
<style>p {{ color: red }}</style></head><body><!-- 편집자 메모 --><header><a href="/">나루 홈</a></header>
<nav><ul><li><a href="/news">뉴스</a></li><li><a href="/shop">쇼핑</a></li></ul></nav>
<main><article><h1>디오</h1>{"".join(f"<p>{p}</p>" for p in PARAGRAPHS)}</article></main>
<aside>인기 검색어 펜타곤</aside><footer>이용약관 개인정보처리방침</footer></body></html>"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (PAGE, True),
        ("<div>안녕</div>", True),
        ("<?xml version='1.0'?><html><p>x", True),
        ("별점 <b 3 > 2", False),
        ("a < b 그리고 c > d", False),
        ("<3 사랑해요 <디오>", False),
        ("평범한 글", False),
        ("", False),
    ],
)
def test_only_markup_is_taken_for_html(body, expected):
    assert looks_like_html(body) is expected


def test_the_article_stays_and_the_page_around_it_goes():
    text, title = main_text(PAGE)
    assert all(paragraph in text for paragraph in PARAGRAPHS)
    assert not any(word in text for word in ("secret", "color", "편집자", "쇼핑", "펜타곤", "이용약관"))
    assert title == "디오 - 나루"


def test_a_page_too_short_for_the_extractor_still_gives_its_text():
    assert "짧은 글" in main_text("<html><body><div>짧은 글</div></body></html>")[0]


@pytest.mark.parametrize(
    "page", ["<html></html>", "<html>", "<!doctype html>", "<html><body><script>x()</script></body></html>"]
)
def test_a_page_without_text_gives_none(page):
    assert main_text(page)[0].strip() == ""


def test_a_page_laid_out_as_a_table_gives_plain_lines():
    cells = "".join(f"<tr><td>{paragraph}</td></tr>" for paragraph in PARAGRAPHS)
    text, _ = main_text(f"<html><body><table><tr><td>이름 | 값</td></tr>{cells}</table></body></html>")
    assert [line for line in text.split("\n") if line] == ["이름 | 값", *PARAGRAPHS]


def test_entities_of_plain_text():
    assert plain_text("&quot;좋다&quot; &amp; R&D &#44032;") == '"좋다" & R&D 가'
