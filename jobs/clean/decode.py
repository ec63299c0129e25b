"""Bytes of a crawl -> text: mark, UTF-8, what is declared, CP949; and what is no text at all, told apart.

What is declared (``Content-Type``, ``<meta charset>``, the XML declaration) is a hint and often wrong: bytes that are
sound UTF-8 are UTF-8, bytes that read as plain Korean in CP949 are CP949. EUC-KR means CP949 to those who declare it,
as the WHATWG Encoding Standard has it. Text that somebody decoded with the wrong charset before is repaired.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

# Letters and signs that UTF-8 or CP949 bytes turn into when they are read as Latin-1 or Windows-1252.
SUSPECT = re.compile(
    r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
HANGUL = re.compile(r"[\uac00-\ud7a3]")
# The syllables that make up half of running Korean; of bytes read wrongly they are one in forty.
COMMON = re.compile(r"[이다는의을에가하고지로은한기를사어도나자시아인리서해일대으정그제수부있보전스주장상라니면게요안]")
REPLACEMENT = "\ufffd"
WRONGLY_READ_AS = ("cp1252", "latin-1")
REALLY = ("utf-8", "cp949")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How files begin that are no text (PNG, JPEG, GIF, PDF, ZIP, gzip, OLE documents, RIFF, ...).
MAGIC = (
    b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"%PDF-", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"RIFF", b"\x7fELF", b"MZ\x90\x00", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c",
    b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"OggS", b"ID3", b"fLaC", b"wOFF", b"wOF2", b"\x00\x00\x01\x00",
    b"II*\x00", b"MM\x00*", b"\x00asm", b"\xca\xfe\xba\xbe", b"PAR1", b"SQLite format 3\x00", b"\x1aE\xdf\xa3", b"FWS",
    b"CWS", b"HWP Document File",
)  # fmt: skip
NO_TEXT = re.compile(r"\s*(?:image|audio|video|font)/|\s*application/(?:pdf|zip|gzip|octet-stream|x-hwp|msword)", re.I)
CONTROL = bytes({*range(0x20)} - {*b"\t\n\v\f\r\x1b"})
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.I)
KOREAN = re.compile(r"(?:cs)?(?:euc[-_]?kr|ks[-_]?c[-_]?5601|ksc5601|korean|(?:x-)?windows-949|uhc|(?:ms|cp)949)", re.I)
# Declarations look into so many bytes; control characters are counted in so many.
HEAD, SAMPLE = 4096, 1 << 16
MOST_CONTROL, FEW_CONTROL = 0.01, 3
# A text this Korean is what its bytes meant: share of the letters beyond ASCII, and of the common syllables among them.
HANGUL_SHARE, COMMON_SHARE, FEW = 0.5, 0.2, 12


class Decoded(NamedTuple):
    """``fault`` (``binary`` or ``broken``) where the bytes are no text or are lost."""

    text: str
    fault: str | None = None


def decode(body: bytes, content_type: str | None = None, most_broken: float = 0.02) -> Decoded:
    """The text of ``body``; ``most_broken`` is the share of its characters that may be lost.

    ``content_type`` is the header of the response (``text/html; charset=euc-kr``) or the bare name of a charset.
    """
    for mark, codec in MARKS:
        if body.startswith(mark):
            return judged(body[len(mark) :].decode(codec, "replace"), most_broken)
    declared = charsets(body, content_type)
    wide = next((codec for codec in declared if codec.startswith(("utf-16", "utf-32", "iso2022"))), None)
    text = strict(body, wide) if wide else None
    if text is None and is_binary(body, content_type):
        return Decoded(body[:HEAD].decode("ascii", "replace"), "binary")
    if text is None:
        text = narrow(body, declared)
    return judged(repair(text), most_broken)


def judged(text: str, most_broken: float) -> Decoded:
    return Decoded(text, "broken" if broken(text, most_broken) else None)


def is_binary(body: bytes, content_type: str | None = None) -> bool:
    """Whether the bytes are an image, an archive or another file that is no text, by head, header or content."""
    if body.startswith(MAGIC) or body[4:8] == b"ftyp":
        return True
    head = body[:SAMPLE]
    if content_type and NO_TEXT.match(content_type):
        return not head.isascii() or b"<" not in head
    return len(head) - len(head.translate(None, CONTROL)) > max(FEW_CONTROL, MOST_CONTROL * len(head))


def charsets(body: bytes, content_type: str | None) -> list[str]:
    """Python's names of what is declared, the header before the page itself; unknown names are passed over."""
    head = body[:HEAD]
    names = []
    if content_type:
        found = CHARSET.search(content_type)
        names.append(found[1] if found else content_type.strip())
    if b"<" in head:
        names += [match[1].decode() for pattern in (XML, META) if (match := pattern.search(head))]
    return [codec for name in names if (codec := codec_of(name))]


def codec_of(name: str) -> str | None:
    """``cp949`` for every name of the Korean charsets, Windows-1252 for Latin-1, as browsers have it."""
    if KOREAN.match(name):
        return "cp949"
    try:
        b"".decode(name)  # raises for names of codecs that are no charset (base64, rot13) too
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return "cp1252" if codec in ("iso8859-1", "ascii") else codec


def narrow(body: bytes, declared: list[str]) -> str:
    """Text in UTF-8, CP949 or what is declared, whichever fits; undecodable bytes become U+FFFD where none does."""
    as_utf8, as_korean = strict(body, "utf-8"), None
    if as_utf8 is None or "cp949" in declared:
        as_korean = strict(body, "cp949")
    if as_utf8 is not None:
        # Two-byte UTF-8 may be CP949 by chance; a short text that is declared Korean and reads so is meant so.
        mistaken = as_korean is not None and not body.isascii() and not HANGUL.search(as_utf8) and korean(as_korean)
        return as_korean if mistaken and as_korean is not None else as_utf8
    if as_korean is not None and ("cp949" in declared or korean(as_korean)):
        return as_korean
    for codec in (*declared, *(("cp1252",) if western(body) else ())):
        text = strict(body, codec)
        if text is not None:
            return text
    lossy = [body.decode(codec, "replace") for codec in dict.fromkeys(("utf-8", "cp949", *declared))]
    return min(lossy, key=lambda text: text.count(REPLACEMENT) / len(text))


def strict(body: bytes, codec: str) -> str | None:
    """The text, or None where the bytes are not in this charset; a last character that was cut off is left out."""
    for decode_all in (bytes.decode, unfinished):
        try:
            return decode_all(body, codec)
        except UnicodeError:
            continue
    return None


def unfinished(body: bytes, codec: str) -> str:
    """The text without a last character that was cut off. Raises UnicodeError where it is another charset."""
    return codecs.getincrementaldecoder(codec)().decode(body, final=False)


def korean(text: str) -> bool:
    """Whether what is not ASCII is mostly Hangul, of the syllables that Korean is made of."""
    wide = sum(not c.isascii() for c in text[:SAMPLE])
    hangul = len(HANGUL.findall(text[:SAMPLE]))
    if not wide or hangul < HANGUL_SHARE * wide:
        return False
    return hangul < FEW or len(COMMON.findall(text[:SAMPLE])) >= COMMON_SHARE * hangul


def western(body: bytes) -> bool:
    """Whether bytes beyond ASCII stand alone between letters, as accents do."""
    runs = re.findall(rb"[\x80-\xff]+", body[:SAMPLE])
    return bool(runs) and sum(len(run) == 1 for run in runs) >= 0.9 * len(runs) and len(runs) < 0.2 * len(body)


def repair(text: str) -> str:
    """The text as it was meant, where it is Korean that was read as a Western charset; else the text itself."""
    if text.isascii() or HANGUL.search(text) or len(SUSPECT.findall(text)) * 5 < len(text):
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
