"""The texts that Outlook compresses into a winmail.dat or a .msg (MS-OXRTFCP), unpacked with bounded work.

A winmail.dat (MS-OXTNEF) needs no other reader: what it holds beside this text stands in it as it is, in one piece.
"""

import struct
from collections.abc import Iterator

_MARK = b"LZFu"
_MARK_PLACE = 8
_HEADER = struct.Struct("<II4sI")
_LENGTH_BYTES = 4
_MAX_TEXTS = 8
_MAX_TEXT_BYTES = 1_000_000
_WINDOW = 4096
# What the compression has seen before the first byte (MS-OXRTFCP 2.1.2.1).
_SEEN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def compressed_texts(content: bytes) -> Iterator[bytes]:
    """Give the compressed texts in any file of Outlook, unpacked, each up to a megabyte and as far as it is whole."""
    mark = content.find(_MARK)
    for _ in range(_MAX_TEXTS):
        if mark < 0:
            return
        start = mark - _MARK_PLACE
        if start >= 0 and start + _HEADER.size <= len(content):
            packed, length, _, _ = _HEADER.unpack_from(content, start)
            body = content[start + _HEADER.size : start + _LENGTH_BYTES + min(packed, _MAX_TEXT_BYTES)]
            yield _unpacked(body, min(length, _MAX_TEXT_BYTES))
        mark = content.find(_MARK, mark + len(_MARK))


def _unpacked(packed: bytes, limit: int) -> bytes:
    """Read tokens, of which a byte of flags announces eight: a byte, or a place and a length in what came before."""
    text = bytearray(_SEEN)
    place, end = 0, len(packed)
    while place < end and len(text) < len(_SEEN) + limit:
        flags = packed[place]
        place += 1
        for bit in range(8):
            if not flags >> bit & 1:
                text += packed[place : place + 1]
                place += 1
                continue
            token = int.from_bytes(packed[place : place + 2], "big")
            place += 2
            back = (len(text) - (token >> 4)) % _WINDOW
            if place > end or not back or back > len(text):
                return bytes(text[len(_SEEN) :])
            for _ in range((token & 15) + 2):
                text.append(text[-back])
    return bytes(text[len(_SEEN) : len(_SEEN) + limit])
