"""Main text of an HTML page: resiliparse reads and renders it, what stands around the text is taken out before.

Plain text passes with its entities resolved. resiliparse's own choice of the main content is asked first; where it
leaves too little of what is visible (pages that are one table or one list) all of the pruned page is taken.
"""

from __future__ import annotations

import html as entities
import re
from typing import Any

from jobs.clean.furniture import is_furniture, prune, size

MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|div|p|article|section|table|ul|ol|h[1-6]|br|span|script|a)\b[^<>]*>", re.I
)
CLOSING = re.compile(r"</(?:html|body|div|p|article|section|table|ul|ol|h[1-6]|span|script|a)\s*>", re.I)
WHOLE_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.I | re.S)
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]\w+);", re.I)
TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.I)
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "td",
        "tr",
        "th",
        "dd",
        "dt",
        "option",
    ]
)
# The tree is walked in time quadratic in its depth; no page that people wrote is this deep.
DEEPEST = 2000
# Of the visible characters, when the main content is less than this, it was not found.
LEAST = 0.2


class TooDeep(ValueError):
    """Markup nested so deeply that it is no page."""


def looks_like_html(body: str) -> bool:
    """A whole page, or a fragment with a block tag that is also closed (``a <b> c`` and ``i<3`` are plain text)."""
    if "<" not in body:
        return False
    return bool(WHOLE_PAGE.match(body)) or bool(MARKUP.search(body) and CLOSING.search(body))


def main_text(page: str) -> tuple[str, str]:
    """The main text and the ``<title>`` of a page, ("", "") where it holds no readable element; raises TooDeep."""
    from resiliparse.parse.html import HTMLTree

    if too_deep(page):
        raise TooDeep
    tree = HTMLTree.parse(page)
    title = " ".join((tree.title or "").split())
    if tree.body is None:
        return "", title
    prune(tree.body)
    text = rendered(tree, main=True)
    if len(text) < LEAST * size(tree.body):
        text = rendered(tree, main=False)
    kept = "\n".join(line for line in text.split("\n") if not is_furniture(line)).strip()
    return kept or rendered(HTMLTree.parse(page), main=False), title


def rendered(tree: Any, main: bool) -> str:
    """The text of the tree, block elements on lines of their own."""
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(tree, main_content=main, list_bullets=False, alt_texts=False, noscript=False)
    return text.strip()


def too_deep(page: str) -> bool:
    """Whether open tags without their end stand more than ``DEEPEST`` deep."""
    if page.count("<") <= DEEPEST:
        return False
    depth = 0
    for closing, name in TAG.findall(page):
        if name.lower() not in VOID:
            depth += -1 if closing else 1
            if depth > DEEPEST:
                return True
            depth = max(depth, 0)
    return False


def plain_text(body: str) -> str:
    """Entities (``&quot;``) resolved in text that carries no markup."""
    return entities.unescape(body) if ENTITY.search(body) else body
