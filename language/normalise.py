"""Text normalisation that every reader and every product shares."""

from __future__ import annotations

import re
import unicodedata

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
