"""The text block that carries a blob through mail systems, and its tolerant reader (protocol 4.3)."""

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

BEGIN = "-----BEGIN OSYNC MESSAGE-----"
END = "-----END OSYNC MESSAGE-----"

_BEGIN = BEGIN.encode()
_END = END.encode()
_LINE_CHARACTERS = 64
_CHECKSUM_DIGITS = 8
_MAX_NAMED_LINES = 100
# A block whose bytes were widened (UTF-16) or set among others (winmail.dat) is found all the same without its NULs.
_NUL = b"\0"
_NAMED_LINE = re.compile(rb"(?<![^\r\n])[^\r\n:]*:[^\r\n]*")
# Quoting marks, every kind of blank, and what dash-escaping adds; none of them is a base64 character.
_NOISE = bytes(range(33)) + b">|-" + bytes(range(127, 256))


@dataclass(frozen=True, slots=True)
class Found:
    """The whole blocks of a text in their order, and whether there was one that is cut off or changed."""

    blobs: tuple[bytes, ...]
    damaged: bool


def armour(blob: bytes) -> str:
    """Write `blob` as a block of ASCII lines, with CRLF."""
    text = binascii.b2a_base64(blob, newline=False).decode()
    lines = [BEGIN, ""]
    lines += [text[start : start + _LINE_CHARACTERS] for start in range(0, len(text), _LINE_CHARACTERS)]
    lines += ["=" + hashlib.sha256(blob).hexdigest()[:_CHECKSUM_DIGITS], END, ""]
    return "\r\n".join(lines)


def find_armour(content: bytes) -> Found:
    """Find the blocks in a text of any encoding that holds ASCII, with anything around them.

    Line ends, quoting marks, blanks and `Name: value` lines inside a block do not matter.
    """
    if _NUL in content:
        content = content.replace(_NUL, b"")
    if _BEGIN not in content:
        return Found((), damaged=False)
    blobs = [_read_block(block) for block in _blocks(content)]
    whole = tuple(blob for blob in blobs if blob is not None)
    return Found(whole, damaged=len(whole) < len(blobs))


def _blocks(content: bytes) -> Iterator[bytes]:
    """Give what stands between the marks; nothing for a block that was cut off before its end."""
    pieces = content.split(_BEGIN)
    for piece in pieces[1:]:
        block, end, _ = piece.partition(_END)
        yield block if end else b""


def _read_block(block: bytes) -> bytes | None:
    """Give the blob, or None if characters are missing or changed."""
    if b":" in block:
        block = _NAMED_LINE.sub(b"", block, count=_MAX_NAMED_LINES)
    packed = block.translate(None, _NOISE)
    content, mark, checksum = packed[:-9], packed[-9:-8], packed[-8:]
    try:
        blob = binascii.a2b_base64(content, strict_mode=True)
    except binascii.Error:
        return None
    whole = mark == b"=" and checksum == hashlib.sha256(blob).hexdigest()[:_CHECKSUM_DIGITS].encode()
    return blob if whole else None
