"""The pages around the texts: layouts with navigation, scripts, comments and footers, as a crawler meets them."""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of phrases stand as text

from __future__ import annotations

from collections.abc import Callable
from html import escape
from random import Random

from portal.facts import PLACES, coined, person

MENUS = "홈 뉴스 연예 스포츠 경제 생활 여행 자동차 게임 만화 쇼핑 지도 카페 블로그 날씨 사전 메일 로그인".split()
ADVERTS = (
    "오늘만 반값! 지금 담으세요|회원 가입하면 적립금 3,000원|무료 체험 신청하기|앱으로 보면 더 빠릅니다|이 기사를 친구에게 보내기|"
    "구독하고 소식 받기|놓치면 아까운 특가 모음|설문에 참여하고 쿠폰 받기"
).split("|")
COMMENTS = (
    "좋은 글 잘 봤습니다|ㅋㅋㅋㅋ 재밌네요|저도 가 봤는데 별로였어요|출처가 어디인가요?|퍼가요~|와 처음 알았다|사진이 안 보여요 ㅠㅠ|광고 너무 많음|"
    "다음 글도 기대할게요|1등!"
).split("|")
FOOTERS = (
    "회사 소개 | 이용 약관 | 개인정보 처리방침 | 청소년 보호 정책 | 고객 센터|||본 사이트의 모든 콘텐츠는 저작권법의 보호를 받습니다.|||"
    "대표 {n} · {p} · 통신판매업 신고 제{k}호|||이메일 무단 수집을 거부합니다. Copyright (c) All rights reserved."
).split("|||")
SCRIPTS = (
    "var page={{id:{k},w:[]}};(function(d){{d.title=d.title||'';}})(document);|||window.dataLayer=window.dataLayer||[];dataLayer.push({{'n':{k}}});|||"
    "function toggle(i){{var e=document.getElementById(i);if(e){{e.hidden=!e.hidden;}}}}"
).split("|||")
STYLES = (
    "body{margin:0;font:15px/1.6 sans-serif}.nav a{padding:0 8px}.ad{background:#eee}.foot{color:#888;font-size:12px}"
)
Body = list[str]


def render(title: str, paragraphs: Body, layout: int, die: Random) -> str:
    """A full HTML page of one of LAYOUTS around the paragraphs."""
    head = (
        f'<!DOCTYPE html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)} - {coined(die)}</title>\n'
        f"<style>{STYLES}</style>\n<script>{_script(die)}</script>\n</head>\n"
    )
    return f"{head}<body>\n{LAYOUTS[layout](escape(title), [escape(p, quote=False) for p in paragraphs], die)}\n</body>\n</html>\n"


def _script(die: Random) -> str:
    return die.choice(SCRIPTS).format(k=die.randrange(10**6))


def _nav(die: Random) -> str:
    return "".join(f'<li><a href="/{die.randrange(999)}">{m}</a></li>' for m in die.sample(MENUS, die.randrange(5, 11)))


def _footer(die: Random) -> str:
    lines = die.sample(FOOTERS, die.randrange(1, 4))
    return "<br>".join(f.format(n=person(die), p=die.choice(PLACES), k=die.randrange(10**5)) for f in lines)


def _related(die: Random) -> str:
    return "".join(
        f'<li><a href="/r/{die.randrange(9999)}">{coined(die)} 관련 글 보기</a></li>'
        for _ in range(die.randrange(3, 7))
    )


def _comments(die: Random) -> str:
    rows = (f"<li><b>{coined(die)}</b> {c}</li>" for c in die.sample(COMMENTS, die.randrange(2, 6)))
    return f'<div class="comments" id="comments"><h4>댓글</h4><ul>{"".join(rows)}</ul></div>'


def _paragraphs(paragraphs: Body, die: Random) -> str:
    """Paragraphs as <p>, now and then with an advertisement between, which is no part of the text."""
    parts = [f"<p>{p}</p>" for p in paragraphs]
    if len(parts) > 1 and die.random() < 0.3:
        parts.insert(1, f'<div class="ad"><a href="/ad">{die.choice(ADVERTS)}</a></div>')
    return "\n".join(parts)


def news(title: str, paragraphs: Body, die: Random) -> str:
    return (
        f'<header><nav class="nav"><ul>{_nav(die)}</ul></nav></header>\n<main><article>\n<h1>{title}</h1>\n'
        f'<div class="byline">{person(die)} 기자</div>\n{_paragraphs(paragraphs, die)}\n</article>\n'
        f'<aside class="related"><h3>많이 본 뉴스</h3><ul>{_related(die)}</ul></aside></main>\n'
        f'{_comments(die)}\n<footer class="foot">{_footer(die)}</footer>\n<!-- {die.randrange(10**6)} -->'
    )


def blog(title: str, paragraphs: Body, die: Random) -> str:
    return (
        f'<div id="wrap"><div id="top" class="nav"><ul>{_nav(die)}</ul></div>\n<div class="post"><h2 class="post-title">{title}</h2>\n'
        f'<div class="post-body">\n{_paragraphs(paragraphs, die)}\n</div></div>\n'
        f'<div class="sidebar"><p class="ad">{die.choice(ADVERTS)}</p><ul>{_related(die)}</ul></div>\n{_comments(die)}\n'
        f'<div id="footer" class="foot">{_footer(die)}</div></div><script>{_script(die)}</script>'
    )


def wiki(title: str, paragraphs: Body, die: Random) -> str:
    toc = "".join(f'<li><a href="#s{i}">{i + 1}. 개요</a></li>' for i in range(len(paragraphs)))
    return (
        f'<div class="sidebar nav"><ul>{_nav(die)}</ul></div>\n<div id="content" role="main"><h1 id="firstHeading">{title}</h1>\n'
        f'<div class="toc"><ul>{toc}</ul></div>\n{_paragraphs(paragraphs, die)}\n</div>\n'
        f'<div class="catlinks">분류: <a href="/c">{coined(die)}</a></div>\n<footer class="foot">{_footer(die)}</footer>'
    )


def board(title: str, paragraphs: Body, die: Random) -> str:
    """An old board laid out in tables, line breaks instead of paragraphs."""
    text = "<br><br>\n".join(paragraphs)
    return (
        f'<table width="100%" class="nav"><tr><td><ul>{_nav(die)}</ul></td></tr></table>\n'
        f"<table><tr><th>{title}</th></tr><tr><td>글쓴이 {coined(die)} | 조회 {die.randrange(9999)}</td></tr>\n"
        f'<tr><td class="view_content">\n{text}\n</td></tr></table>\n{_comments(die)}\n<div class="foot">{_footer(die)}</div>'
    )


def portal(title: str, paragraphs: Body, die: Random) -> str:
    return (
        f'<header><ul class="gnb">{_nav(die)}</ul><form action="/search"><input name="q"></form></header>\n'
        f'<div class="cookie-banner">이 사이트는 쿠키를 사용합니다. 계속하면 동의한 것으로 봅니다. <button>동의</button></div>\n'
        f'<section class="article-view"><h1>{title}</h1><div class="share">공유하기 인쇄 글자 크기</div>\n'
        f'{_paragraphs(paragraphs, die)}\n</section>\n<section class="recommend"><ul>{_related(die)}</ul></section>\n'
        f'<footer class="foot">{_footer(die)}</footer><script>{_script(die)}</script>'
    )


Layout = Callable[[str, Body, Random], str]
LAYOUTS: tuple[Layout, ...] = (news, blog, wiki, board, portal)
SOURCES = ("news.naru.example", "blog.naru.example", "wiki.naru.example", "board.naru.example", "portal.naru.example")
