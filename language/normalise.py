"""Text normalisation that every reader and every product shares."""

from __future__ import annotations

import re
import unicodedata

CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
SPACES = re.compile(r"[ \t\u00a0\u3000]+")
REPEATED = re.compile(r"([\u3131-\u318e!?.~^])\1{2,}")


def normalise(text: str) -> str:
    """NFKC-like composition, no control characters, one space, at most two of a repeated jamo or mark (ㅋㅋㅋㅋ -> ㅋㅋ)."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text))
    return REPEATED.sub(r"\1\1", SPACES.sub(" ", CONTROL.sub("", text))).strip()
