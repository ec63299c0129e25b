"""Text normalisation that every reader and every product shares."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from language.portions import code_points, portions

CONTROL = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\ud800-\udfff\ufeff]"
    # A joiner stays between pictures, where it makes one of them (a family, a profession).
    r"|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"
)
NEWLINES = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
SPACES = re.compile(r"[ \t\u00a0\u3000]+")
REPEATED = re.compile(r"([\u3131-\u318e!?.~^])\1{2,}")
# Quick looks: a text without one of the odd ones has nothing that ``CONTROL``, ``NEWLINES`` or ``BLOCK`` would change.
ODD = re.compile(
    r"[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u1100-\u11ff\u200b-\u200f\u2028-\u202e\u2060-\u2064\u3131-\u318e"
    r"\ud800-\udfff\ufeff]"
)
RUNS = ("!!!", "???", "...", "~~~", "^^^")
JAMO = re.compile(r"[\u3131-\u318e]")
JAMO_ONLY = re.compile(r"[\u3131-\u318e]*")
JAMO_RUN = re.compile(r"[\u3131-\u318e]+")
NOT_JAMO = re.compile(r"[^\u3131-\u318e]+")
LOOSE_JAMO = re.compile(r"[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2]")
# What one syllable block is made of, letters of old Korean among them.
BLOCK = re.compile(r"[\u1100-\u115f\ua960-\ua97c]*[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*")
CONJOINING = {
    ord(conjoining): compatibility
    for start, letters in (
        (0x1100, "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"),
        (0x1161, "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"),
        (0x11A8, "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"),
    )
    for conjoining, compatibility in zip(map(chr, range(start, start + len(letters))), letters, strict=True)
}


def normalise(text: str) -> str:
    """NFKC, no control characters, one space, at most two of a repeated jamo or mark (ㅋㅋㅋㅋ -> ㅋㅋ), newlines kept.

    Raises nothing: lone surrogates and other bytes that are no text are removed.
    """
    if not tidy(text):
        text = compose(CONTROL.sub("", NEWLINES.sub("\n", text)).replace("\t", " "))
    if "  " in text:
        text = SPACES.sub(" ", text)
    if JAMO.search(text) or any(run in text for run in RUNS):
        text = REPEATED.sub(r"\1\1", text)
    return text.strip()


# What a code point asks for; behind ``LAST`` all are looked at one by one.
PLAIN, REPEATS, ODD_ONE = range(3)
LAST = 0x40000


def normalise_all(texts: Sequence[str]) -> list[str]:
    """``normalise`` of each text; far faster for many texts, of which most are in order but for repeated marks."""
    return [text for part in portions(texts) for text in normalised(part)]


def normalised(texts: Sequence[str]) -> Iterator[str]:
    """``normalise`` of texts that are looked over as one."""
    points = code_points("".join(texts))
    asks = needs().take(points)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    odd = np.bincount(np.searchsorted(ends, np.flatnonzero(asks == ODD_ONE), side="right"), minlength=len(texts)) > 0
    marks = np.flatnonzero(asks == REPEATS)
    third = marks[2:][marks[2:] - marks[:-2] == 2]
    third = third[(points[third] == points[third - 1]) & (points[third] == points[third - 2])]
    owner = np.searchsorted(ends, third, side="right")
    within = third - (ends - np.diff(ends, prepend=0))[owner] >= 2  # marks of two texts may meet
    kept = np.ones(len(points), bool)
    kept[third[within]] = False
    ends -= np.cumsum(np.bincount(owner[within], minlength=len(texts)))
    whole = points[kept].tobytes().decode("utf-32-le", "surrogatepass")
    at = 0
    for text, end, asked in zip(texts, ends.tolist(), odd.tolist(), strict=True):
        yield normalise(text) if asked else spaced(whole[at:end])
        at = end


def spaced(text: str) -> str:
    return (SPACES.sub(" ", text) if "  " in text else text).strip()


@functools.cache
def needs() -> npt.NDArray[np.uint8]:
    """For every code point: ``REPEATS`` where ``REPEATED`` may shorten it, ``ODD_ONE`` where it may be removed or
    composed, alone or with its neighbours; shape (0x110000,)."""
    asks = np.full(0x110000, ODD_ONE, np.uint8)
    every = "".join(map(chr, range(LAST)))
    found = "".join(c if plain(c) else "\0" for c in every)
    asks[:LAST] = np.where(code_points(found) > 0, PLAIN, ODD_ONE)
    for character in JAMO.findall(every) + list("!?.~^"):
        asks[ord(character)] = REPEATS
    return asks


def plain(character: str) -> bool:
    """Whether a character stays as it is whatever stands beside it: marks (M) compose with what is before them."""
    if ODD.match(character):
        return False
    return unicodedata.category(character)[0] != "M" and unicodedata.is_normalized("NFKC", character)


def tidy(text: str) -> bool:
    """Whether there is nothing to remove or to compose in a text, as in most; one look over its characters tells."""
    odd = "".join(ODD.findall(text))
    if not odd:
        return unicodedata.is_normalized("NFKC", text)
    return bool(JAMO_ONLY.fullmatch(odd)) and unicodedata.is_normalized("NFKC", "\n".join(JAMO_RUN.split(text)))


def compose(text: str) -> str:
    """NFKC that leaves single jamo alone.

    Plain NFKC turns the jamo of chat (ㅋㅋㅠㅠ) into conjoining ones and glues them into syllables (ㅋ큐ㅠ); here the
    others are composed around them, and a conjoining jamo that found no syllable becomes a chat jamo. Blocks of old
    Korean (ᄒᆞᆫ) stay as they are.
    """
    if unicodedata.is_normalized("NFKC", text) and not LOOSE_JAMO.search(text):
        return text
    if JAMO.search(text):
        text = NOT_JAMO.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    else:
        text = unicodedata.normalize("NFKC", text)
    return BLOCK.sub(loosened, text) if LOOSE_JAMO.search(text) else text


def loosened(block: re.Match[str]) -> str:
    """The block's jamo as chat jamo; a block of old Korean (ᄒᆞᆫ), which has no syllable of its own, stays."""
    letters = block[0].translate(CONJOINING)
    return letters if JAMO_ONLY.fullmatch(letters) else block[0]
