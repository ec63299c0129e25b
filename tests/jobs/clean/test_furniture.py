import pytest

from jobs.clean.extract import TooDeep, main_text
from jobs.clean.furniture import is_furniture, named

TEXT = "\n".join(
    f"<p>{n}번째 문단이다. 호수 둘레를 걷는 사람이 늘었고 가게도 하나둘 문을 열었다.</p>" for n in ("첫", "두", "세")
)


def page(inside: str) -> str:
    return f"<html><body><div class='wrap'>{inside}</div></body></html>"


@pytest.mark.parametrize(
    "around",
    [
        "<nav><a href='/'>사라질 말</a></nav>",
        "<div class='gnb'><ul><li><a href='/1'>사라질 말</a></li></ul></div>",
        "<div id='replyList'><p>사라질 말 정말 그런가요?</p></div>",
        "<div class='related_news'><p>사라질 말</p></div>",
        "<div class='ad-box'>사라질 말</div>",
        "<aside role='complementary'>사라질 말</aside>",
        "<footer>사라질 말</footer>",
        "<template><p>사라질 말</p></template>",
        "<script type='text/template'><p>사라질 말</p></script>",
        "<style>.a:after{content:'사라질 말'}</style>",
        "<!-- 사라질 말 -->",
        "<p style='display: none'>사라질 말</p>",
        "<p hidden>사라질 말</p>",
        "<ul><li><a href='/1'>사라질 말</a></li><li><a href='/2'>다른 쪽</a></li><li><a href='/3'>또</a></li></ul>",
        "<table><tr><td><a href='/1'>사라질 말</a> | <a href='/2'>질문</a> | <a href='/3'>자료실</a></td></tr></table>",
        "<div><a href='/'>사라질 말</a> &gt; <a href='/a'>사회</a> &gt; 강원</div>",
        "<p>작성자: 사라질 말 | 조회수 12 | 추천 3</p>",
        "<p>사라질 말 무단 전재 및 재배포 금지</p>",
    ],
)
def test_what_stands_around_the_text_goes(around):
    text, _ = main_text(page(f"{around}<div class='article'>{TEXT}</div>{around}"))
    assert "사라질 말" not in text
    assert text.count("번째 문단이다") == 3


@pytest.mark.parametrize(
    "wrapper",
    ["<div class='comment-page'>{}</div>", "<form>{}</form>", "<div id='sidebar'>{}</div>", "<table><tr><td>{}"],
)
def test_what_holds_most_of_the_text_is_the_page_itself(wrapper):
    assert main_text(page(wrapper.format(TEXT)))[0].count("번째 문단이다") == 3


@pytest.mark.parametrize(
    "line", ["홍길동 기자 hong@example.kr", "공유하기 인쇄 글자 크기", "입력 2024.07.03 10:11 | 수정 2024.07.04"]
)
def test_lines_in_which_the_page_speaks(line):
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "추천 3개를 받은 글이 조회 1위에 올랐다.",
        "기자가 되고 싶었다",
        "2024년 7월 3일",
        "수정",
        "함수 | 값",
        "1 | 2",
    ],
)
def test_lines_of_the_text_stay(line):
    assert not is_furniture(line)


def test_words_of_a_name_are_compared_whole():
    assert named("relatedNews")
    assert named("sns_share")
    assert not named("header shadow download menuitem")


def test_markup_that_nobody_wrote_is_refused_at_once():
    with pytest.raises(TooDeep):
        main_text("<div>" * 100_000 + "글")
    assert "글" in main_text("<p>글<br>" * 100_000)[0]
