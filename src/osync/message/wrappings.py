"""What programs turn a text into before they pass it on, undone: encodings without a header, HTML, RTF, Outlook's files.

Everything is told by its content, never by a name or type, and with bounded work: no file format is read further than a
block of OSync could be in it.
"""

import binascii
import re
from collections.abc import Iterator

from osync.message.compound import MAGIC, streams
from osync.message.compressed_text import compressed_texts

_MAX_LAYERS = 3
_MAX_CONTENTS = 24
_MAX_BYTES = 24_000_000
_MAX_RUNS = 20
# HTML and the like come only of text in the body of a mail; more than this nobody pastes there.
_MAX_TEXT_BYTES = 4_000_000
_BEFORE = 64
_WORD = b"OSYNC"
_LOOSE = b"\t\n\r >"
_IN_BASE64 = b"A-Za-z0-9+/"
_FIRST_LINE = b"-----BEGIN OSYNC MESSAGE-----"
_RUN = re.compile(rb"[A-Za-z0-9+/]+")
_BREAKING_TAG = re.compile(rb"<[/ ]{0,2}(?:br|p|div|tr|td|li|pre)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")
_CHARACTER = re.compile(rb"&(?:#(\d{1,6})|#[xX]([0-9a-fA-F]{1,5})|([a-zA-Z]{2,8}));?")
_NAMED = {
    b"plus": b"+",
    b"equals": b"=",
    b"sol": b"/",
    b"amp": b"&",
    b"gt": b">",
    b"mdash": b"-",
    b"ndash": b"-",
    b"dash": b"-",
}
_RTF = b"{\\rtf"
_RTF_NOTE = re.compile(rb"\{\\\*[^{}]*\}")
_RTF_BYTE = re.compile(rb"\\'([0-9a-fA-F]{2})")
_RTF_BREAK = re.compile(rb"\\(?:par|line|tab)\b[ \r\n]?")
_RTF_DASH = re.compile(rb"\\(?:(?:emdash|endash)\b[ \r\n]?|_)")
_RTF_WORD = re.compile(rb"\\(?:[a-zA-Z]{1,32}(?:-?\d{1,10})?[ \r\n]?|[^a-zA-Z])")
_BRACES = b"{}"
_SOFT_ENDS = re.compile(rb"=[ \t]*(?:\r\n|\n|\r)|=[0-9A-F]{2}")


def unwrapped(content: bytes) -> Iterator[bytes]:
    """Give what `content` may have been before it was wrapped, layer by layer, at most 24 texts of 24 MB in all."""
    layer, given, total = [content], 0, 0
    for _ in range(_MAX_LAYERS):
        inner: list[bytes] = []
        for text in layer:
            for found in _within(text):
                given, total = given + 1, total + len(found)
                if given > _MAX_CONTENTS or total > _MAX_BYTES:
                    return
                inner.append(found)
                yield found
        layer = inner


def _within(content: bytes) -> Iterator[bytes]:
    """Give what one layer of wrapping holds, if there is any."""
    if content.startswith(MAGIC):
        yield streams(content)
    yield from compressed_texts(content)
    if b"\0" in content:
        content = content.replace(b"\0", b"")
    if _WORD not in content:
        yield from _unmarked_base64(content)
        return
    start = content.index(_WORD)
    text = content[max(0, start - _BEFORE) : start + _MAX_TEXT_BYTES]
    if _SOFT_ENDS.search(text):
        yield binascii.a2b_qp(text)
    if content.find(_RTF, 0, start) >= 0:
        yield _without_rtf(text)
    elif b"<" in text or b"&" in text:
        yield _without_html(text)


def _unmarked_base64(content: bytes) -> Iterator[bytes]:
    """Give what is encoded in base64 though no header says so; told by how the first line of a block looks in it."""
    squeezed = content.translate(None, _LOOSE)
    start = 0
    for _ in range(_MAX_RUNS):
        places = [place for look in _LOOKS if (place := squeezed.find(look, start)) >= 0]
        if not places:
            return
        run = _RUN.match(squeezed, min(places))
        if run is None:
            return
        start = run.end()
        letters = run[0][: len(run[0]) - (len(run[0]) % 4 == 1)]
        yield binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _looks() -> tuple[bytes, ...]:
    """Give the first line in base64, as it looks at each of the three places that it can begin in a group."""
    looks = []
    for before in range(3):
        encoded = binascii.b2a_base64(bytes(before) + _FIRST_LINE, newline=False)
        looks.append(encoded[4 * (before > 0) : len(encoded) // 4 * 4 - 4])
    return tuple(looks)


_LOOKS = _looks()


def _without_html(content: bytes) -> bytes:
    text = _TAG.sub(b"", _BREAKING_TAG.sub(b"\n", content))
    return _CHARACTER.sub(_character, text)


def _character(found: re.Match[bytes]) -> bytes:
    """Give the character that HTML names; one that can neither stand in a block nor before it becomes a blank."""
    decimal, hexadecimal, name = found.groups()
    if name is not None:
        return _NAMED.get(name, b" ")
    number = int(decimal) if decimal is not None else int(hexadecimal, 16)
    if number in (0x2012, 0x2013, 0x2014, 0x2015):
        return b"-"
    return bytes((number,)) if number < 127 else b" "


def _without_rtf(content: bytes) -> bytes:
    """Give the text of a Rich Text document."""
    text = _RTF_NOTE.sub(b"", content)
    text = _RTF_BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), text)
    text = _RTF_DASH.sub(b"-", _RTF_BREAK.sub(b"\n", text))
    return _RTF_WORD.sub(b"", text).translate(None, _BRACES)
