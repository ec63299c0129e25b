"""Language of a text: the script decides where it can, a bundled model (py3langid) only between Latin languages."""

from __future__ import annotations

import re

import py3langid

HANGUL = re.compile(r"[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
FOREIGN = re.compile(r"[\u0370-\u10ff\u1200-\u1cff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
URL = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|\[[A-Z]+\]")
# Below this many letters the model guesses; Latin without accents is taken for English there.
SHORT = 40
ACCENTED = re.compile(r"[\u00c0-\u024f]")
HEAD = 2000


def language(text: str, hangul_share: float) -> str:
    """``ko`` where at least ``hangul_share`` of the letters are Hangul, else ``en`` or ``other``.

    Only the head of a long text is read. Korean text full of English names stays Korean.
    """
    head = URL.sub(" ", text[:HEAD])
    hangul = len(HANGUL.findall(head))
    latin = len(LATIN.findall(head))
    foreign = len(FOREIGN.findall(head))
    letters = hangul + latin + foreign
    if not letters:
        return "other"
    if hangul >= hangul_share * letters:
        return "ko"
    if foreign >= latin:
        return "other"
    if latin < SHORT and not ACCENTED.search(head):
        return "en"
    return "en" if py3langid.classify(head)[0] == "en" else "other"
