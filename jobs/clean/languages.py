"""Language of a text: the script decides where it can, a bundled model (py3langid) only between Latin languages."""

from __future__ import annotations

import re

import py3langid

from jobs.clean.characters import Look, look

URL = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|\[[A-Z]+\]")
# Below this many letters the model guesses; Latin without accents is taken for English there.
SHORT = 40
ACCENTED = re.compile(r"[\u00c0-\u024f]")
# Words that stand in every English text and in no other language; where they are so frequent the model is not asked.
ENGLISH = re.compile(r"\b(?:the|and|that|with|this|from|which|are|have)\b", re.I)
EVIDENT = 0.08
# A long text is judged by its head, its middle and its end.
WINDOW = 2000


def sample(text: str) -> str:
    """What of a text is read, without addresses and the tokens of masked data."""
    if len(text) > 3 * WINDOW:
        middle = (len(text) - WINDOW) // 2
        text = f"{text[:WINDOW]} {text[middle : middle + WINDOW]} {text[-WINDOW:]}"
    # One of these stands in all that ``URL`` matches.
    return URL.sub(" ", text) if "://" in text or "www." in text or "@" in text or "[" in text else text


def language(text: str, hangul_share: float, known: Look | None = None) -> tuple[str, float | None]:
    """(language, share of Hangul among the letters) of a text; the share is None where it has no letters.

    ``known`` is the look of the text where somebody has taken it.

    ``ko`` where that share is at least ``hangul_share``: Korean text full of English names stays Korean, English text
    that quotes a Korean word stays English. Below it the more frequent script decides, and between the Latin languages
    the model: ``en`` or ``other``.
    """
    read = sample(text)
    hangul, latin, foreign, *_ = known if known and read is text else look(read)
    letters = hangul + latin + foreign
    if not letters:
        return "other", None
    share = hangul / letters
    if share >= hangul_share:
        return "ko", share
    if foreign >= latin:
        return "other", share
    if latin < SHORT and not ACCENTED.search(read):
        return "en", share
    if len(ENGLISH.findall(read)) >= EVIDENT * read.count(" "):
        return "en", share
    return ("en" if py3langid.classify(read)[0] == "en" else "other"), share
