"""What stands around the main text of a page and is none of it: menus, comments, advertisements, lists of links.

A page says it itself, in roles, class names and ids (``gnb`` and ``lnb`` are what Korean pages call their menus), or
shows it: a list that is nearly all links leads elsewhere. Whatever holds most of the page's text is spared, however it
is called.
"""

# ruff: noqa: E501, SIM905 - a Korean letter counts as two columns; lists of words stand as text

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# A node of resiliparse's tree, which has no types of its own.
Node = Any

WORDS = frozenset(
    "nav navi navigation navbar gnb lnb snb fnb tnb menu menus submenu breadcrumb breadcrumbs "
    "crumb crumbs paging pagination pager prevnext skip skipnav skipnavi ad ads adbox adsense "
    "adsbygoogle advert adverts advertisement advertising banner banners sponsor sponsored promo "
    "promotion comment comments cmt cmts reply replies repl disqus guestbook sns share sharing "
    "social related relation recommend recommended recommendation popular ranking mostview "
    "mostviewed mostread sidebar sidebars aside foot footer bottom copyright copyrights byline "
    "reporter journalist cookie cookies consent popup modal toast tags tagtrail taglist tagcloud "
    "hashtag catlinks postbtn toolbar util utils utility login subscribe subscription newsletter "
    "signup trackback another".split()
)
TAGS = frozenset(("nav", "footer", "form", "button", "select", "template", "dialog", "iframe"))
ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search"))
UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
CONTAINERS = ("ul", "ol", "dl", "table", "tr", "td", "p", "div", "section", "header", "aside", "h4")
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
SPACE = re.compile(r"\s+")
# Of the page's visible characters: an element with more is the page itself, whatever it is called.
MOST = 0.4
LINKS, LINK_SHARE = 3, 0.7
LEVELS = 6
# So many letters beside its links make a line more than a path (home > society > local).
PATH_LETTERS = 4


@lru_cache(maxsize=4096)
def named(label: str) -> bool:
    """Whether a class or id says that the element is no main text; ``relatedNews`` and ``sns_share`` do."""
    return not WORDS.isdisjoint(part.lower() for part in PART.findall(label))


def size(node: Node) -> int:
    """Visible characters, white space left out."""
    return len(SPACE.sub("", node.text))


def prune(body: Node) -> None:
    """Take the furniture out of the tree."""
    most = MOST * size(body)
    called, links = survey(body)

    def drop(node: Node) -> None:
        if size(node) <= most:
            node.decompose()

    for node in called:
        if node.parent is not None:
            drop(node)
    for node, sizes in containers([a for a in links if a.parent is not None]):
        if node.parent is not None and leads_elsewhere(size(node), sizes):
            drop(node)


def survey(body: Node) -> tuple[list[Node], list[Node]]:
    """(what is called furniture, links) of a tree, in one walk: resiliparse's own collections take quadratic time."""
    from resiliparse.parse.html import traverse_dom

    called: list[Node] = []
    links: list[Node] = []
    chosen: list[Node] = []

    def see(context: Any) -> None:
        node = context.node
        if node.tag == "span" and node.hasattr("hidden"):
            chosen.append(node)
        elif node.tag == "a":
            links.append(node)
        elif is_called_furniture(node):
            called.append(node)

    traverse_dom(body, see, elements_only=True)
    for node in chosen:
        # Words that a script chooses among (names of keys, of menus): they are of the sentence around them.
        node.remove_attribute("hidden")
    return called, links


def is_called_furniture(node: Node) -> bool:
    """Whether tag, class, id, role or style say that the element is no main text."""
    if node.tag in TAGS or named(node.class_name or "") or named(node.id or ""):
        return node.tag != "body"
    if node.getattr("role", "") in ROLES or node.hasattr("hidden") or node.getattr("aria-hidden", "") == "true":
        return True
    return bool(UNSEEN.search(node.getattr("style", "") or ""))


def containers(links: list[Node]) -> list[tuple[Node, list[int]]]:
    """The blocks up to ``LEVELS`` above links, those nearest to a link first, each with the sizes of its links."""
    found: dict[Node, list[int]] = {}
    above = [(link, size(link)) for link in links]
    for _ in range(LEVELS):
        above = [(node.parent, length) for node, length in above if node.parent is not None]
        for node, length in above:
            if node.tag in CONTAINERS:
                found.setdefault(node, []).append(length)
    return list(found.items())


def leads_elsewhere(whole: int, links: list[int]) -> bool:
    """Whether a block is links and hardly anything else: a menu, a list of other pages, a path to this one."""
    linked = sum(links)
    if len(links) >= LINKS:
        return linked >= LINK_SHARE * whole
    return len(links) == 2 and linked > 0 and whole - linked <= PATH_LETTERS


DATE = r"(?:19|20)\d\d\s?[.\-/년]\s?\d{1,2}\s?[.\-/월]\s?\d{1,2}(?:\s?[일.])?"
LABEL = re.compile(
    r"(?:입력|수정|등록|승인|작성|게시|송고|발행|작성자|글쓴이|글쓴날|작성일|등록일|수정일|조회수?|추천수?|댓글|공감|좋아요|스크랩|"
    r"이름|닉네임|아이피|출처|분류|카테고리|태그|기사입력|최종수정|최종편집|읽음|hit|views?|posted|updated)\b",
    re.I,
)
BYLINE = re.compile(r"[^\n.]{0,24}\b[가-힣]{2,4} (?:기자|특파원|논설위원|통신원)(?: ?[\w.+-]+@[\w.-]+)?\s*")
RIGHTS = re.compile(r"무단\s?(?:전재|복제|배포|이메일)|all rights reserved|저작권법의 보호|저작권자\s?[©ⓒ(]", re.I)
COPYRIGHT = re.compile(r"\s*(?:copyright|©|ⓒ|\(c\))", re.I)
BUTTONS = frozenset(
    "공유하기 공유 인쇄 인쇄하기 프린트 글자크기 글자 크기 크게 작게 페이스북 트위터 카카오톡 카카오스토리 네이버 밴드 라인 복사 주소복사 url url복사 링크 스크랩 "
    "좋아요 싫어요 공감 추천 비추천 신고 신고하기 목록 목록으로 글쓰기 답글 답변 수정 삭제 등록 취소 확인 이전글 다음글 이전 다음 처음 끝 위로 맨위로 top 홈 닫기 "
    "열기 더보기 펼치기 접기 구독 구독하기 로그인 회원가입 로그아웃 검색 메뉴 바로가기 본문 본문으로 본문바로가기 댓글 댓글쓰기 댓글달기 facebook twitter "
    "share print email 이메일 보내기 저장 이웃추가".split()
)
SHORT = 120


def is_furniture(line: str) -> bool:
    """Whether a line of the main text is no sentence but the page speaking: who wrote it when, buttons, rights."""
    text = line.strip()
    if not text or len(text) > SHORT:
        return False
    words = re.findall(r"[^\W\d_]+", text.lower())
    if words and len(words) <= 12 and all(word in BUTTONS for word in words) and len(set(words)) > 1:
        return True
    if RIGHTS.search(text) or COPYRIGHT.match(text) or BYLINE.fullmatch(text):
        return True
    labels = len(LABEL.findall(text))
    if not labels or re.search(r"[다요죠][.!?]?$", text):
        return False
    return (labels >= 2 and bool(re.search(r"[|:·/\d]", text))) or (bool(re.search(DATE, text)) and len(words) <= 6)
