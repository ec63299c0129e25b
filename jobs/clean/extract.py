"""Main text of an HTML page, by trafilatura; plain text passes untouched."""

from __future__ import annotations

import functools
import html as entities
import re
from typing import Any

MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|div|p|article|section|table|ul|ol|h[1-6]|br|span|script|a)\b[^<>]*>", re.I
)
CLOSING = re.compile(r"</(?:html|body|div|p|article|section|table|ul|ol|h[1-6]|span|script|a)\s*>", re.I)
WHOLE_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.I | re.S)
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]\w+);", re.I)
TABLE_RULE = re.compile(r"^\|(?:-+\|)+[ ]*\n?", re.M)
TABLE_ROW = re.compile(r"^\|(.*)(?<!\\)\|[ ]*$", re.M)
CELLS = re.compile(r"(?<!\\)\|")
# trafilatura counts characters; Korean says it in fewer than English (its default: 250).
SHORTEST_MAIN_TEXT = "40"


def looks_like_html(body: str) -> bool:
    """A whole page, or a fragment with a block tag that is also closed (``a <b> c`` and ``i<3`` are plain text)."""
    if "<" not in body:
        return False
    return bool(WHOLE_PAGE.match(body)) or bool(MARKUP.search(body) and CLOSING.search(body))


@functools.lru_cache(maxsize=1)
def options() -> Any:
    """trafilatura's own configuration with a threshold that fits Korean."""
    from trafilatura.settings import use_config

    config = use_config()
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = SHORTEST_MAIN_TEXT
    return config


def main_text(page: str) -> tuple[str, str]:
    """The main text and the ``<title>`` of a page, ("", "") where it holds no readable element.

    Where the extractor finds no main text (very short pages, pages that are one list) all visible text is taken.
    """
    import trafilatura

    tree = trafilatura.load_html(page)
    if tree is None:
        return "", ""
    title = " ".join((tree.findtext(".//title") or "").split())
    text = trafilatura.extract(tree, include_comments=False, include_formatting=False, config=options())
    return without_table_marks(text) if text else trafilatura.html2txt(page) or "", title


def without_table_marks(text: str) -> str:
    """The cells of the extractor's tables (``| a | b |``, ``|---|``) as plain lines; many old pages are one table."""
    return TABLE_ROW.sub(lambda row: CELLS.sub(" ", row[1]).replace("\\|", "|").strip(), TABLE_RULE.sub("", text))


def plain_text(body: str) -> str:
    """Entities (``&quot;``) resolved in text that carries no markup."""
    return entities.unescape(body) if ENTITY.search(body) else body
