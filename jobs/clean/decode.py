"""Text that was decoded with the wrong charset: repaired where one decoding gives plain Korean, else told apart."""

from __future__ import annotations

import re

# Letters and signs that UTF-8 or CP949 bytes turn into when they are read as Latin-1 or Windows-1252.
SUSPECT = re.compile(
    r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
HANGUL = re.compile(r"[\uac00-\ud7a3]")
REPLACEMENT = "\ufffd"
WRONGLY_READ_AS = ("cp1252", "latin-1")
REALLY = ("utf-8", "cp949")


def repair(text: str) -> str:
    """The text as it was meant, where it is Korean that was read as a Western charset; else the text itself."""
    if len(SUSPECT.findall(text)) * 5 < len(text) or HANGUL.search(text):
        return text
    for wrong in WRONGLY_READ_AS:
        for right in REALLY:
            try:
                meant = text.encode(wrong).decode(right)
            except UnicodeError:
                continue
            if len(HANGUL.findall(meant)) * 4 >= len(meant):
                return meant
    return text


def broken(text: str, most: float) -> bool:
    """Whether more than the share ``most`` of the characters are replacement characters: the bytes are lost."""
    return text.count(REPLACEMENT) > most * len(text)
