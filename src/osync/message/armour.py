"""The text block that carries a blob through mail systems, and its tolerant reader (protocol 4.3)."""

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

BEGIN = "-----BEGIN OSYNC MESSAGE-----"
END = "-----END OSYNC MESSAGE-----"

_WORD = b"OSYNC"
# Programs for writing put other blanks between the words (some as bytes of UTF-8), and quoting may break the line there.
_BEGIN = re.compile(rb"BEGIN[\x01-\x20>\x80-\xff]{1,12}OSYNC[\x01-\x20>\x80-\xff]{1,12}MESSAGE[-?]{0,8}")
_END = re.compile(rb"END[\x01-\x20>\x80-\xff]{1,12}OSYNC")
# "-" or what becomes of it: dashes in UTF-8, UTF-16, Windows-1252, Mac and HTML, and the "?" of a lost character. Without
# one, somebody only writes about OSync.
_DASHES = re.compile(rb"[-?;\x13\x14\x90-\x97\xd0\xd1][\x01-\x20\xa0]{0,4}\Z")
_CHECKSUM = re.compile(rb"=?=?=([0-9a-f]{8})")
_LINE_CHARACTERS = 64
_CHECKSUM_DIGITS = 8
_MAX_NAMED_LINES = 100
_MAX_MARKS = 10_000
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

    Line ends, quoting marks, blanks, `Name: value` lines and the kind of dashes do not matter, nor does a lost last line.
    """
    if _NUL in content:
        content = content.replace(_NUL, b"")
    if _WORD not in content:
        return Found((), damaged=False)
    blobs = [_read_block(block) for block in _blocks(content)]
    whole = tuple(blob for blob in blobs if blob is not None)
    return Found(whole, damaged=len(whole) < len(blobs))


def _blocks(content: bytes) -> Iterator[bytes]:
    """Give what stands behind each first line, up to the last line or the next block."""
    marks = [mark for mark in islice(_BEGIN.finditer(content), _MAX_MARKS) if _has_dashes(content, mark.start())]
    for mark, following in zip_longest(marks, marks[1:]):
        end = following.start() if following else len(content)
        last = _END.search(content, mark.end(), end)
        yield content[mark.end() : last.start() if last else end]


def _has_dashes(content: bytes, start: int) -> bool:
    return _DASHES.search(content, max(0, start - 6), start) is not None


def _read_block(block: bytes) -> bytes | None:
    """Give the blob, or None if characters are missing or changed."""
    blob = _unpacked(_NAMED_LINE.sub(b"", block, count=_MAX_NAMED_LINES) if b":" in block else block)
    # In a text whose lines were joined, a colon behind the block makes everything one named line.
    return _unpacked(block) if blob is None and b":" in block else blob


def _unpacked(block: bytes) -> bytes | None:
    packed = block.translate(None, _NOISE)
    start = packed.find(b"=")
    mark = _CHECKSUM.match(packed, start) if start >= 0 else None
    if mark is None:
        return None
    try:
        blob = binascii.a2b_base64(packed[: mark.start(1) - 1], strict_mode=True)
    except binascii.Error:
        return None
    return blob if mark[1].decode() == hashlib.sha256(blob).hexdigest()[:_CHECKSUM_DIGITS] else None
