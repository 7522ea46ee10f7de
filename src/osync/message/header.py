"""Blocks of header fields as text: the header of a mail, and the blocks of a delivery report (RFC 5322, 2.2; RFC 3464, 2.1).

Bounded work; encoded words stay as they are until somebody asks for them.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BYTES = 256 * 1024
MAX_BLOCKS = 200

_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]+")
_BLANK = re.compile(rb"(?>\r\n|\n|\r)[ \t]*+(?>\r\n|\n|\r)")
_WORD = re.compile(r"=\?([A-Za-z0-9_.:*-]{1,40})\?([BbQq])\?([^?\s]{0,400})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")
_NAME = re.compile(r"[!-9;-~]{1,76}")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: its name in small letters, and its value on one line."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of one block, in order."""

    fields: tuple[Field, ...]

    def all(self, name: str) -> list[str]:
        """Give the values of every field called `name` (in small letters)."""
        return [field.value for field in self.fields if field.name == name]

    def first(self, name: str) -> str:
        """Give the value of the first field called `name` (in small letters), "" if there is none."""
        return next((field.value for field in self.fields if field.name == name), "")


def read_header(content: bytes) -> Header:
    """Read the fields up to the first blank line; lines that are no fields are passed over."""
    return next(header_blocks(content.lstrip(b"\r\n")[:MAX_BYTES]), Header(()))


def header_blocks(content: bytes) -> Iterator[Header]:
    """Read all blocks of fields of a text, at most 200 of them; those without fields are left out."""
    for block in _BLANK.split(content[:MAX_BYTES], maxsplit=MAX_BLOCKS)[:MAX_BLOCKS]:
        fields = tuple(_fields(_FOLD.sub(b" ", block)))
        if fields:
            yield Header(fields)


def _fields(block: bytes) -> Iterator[Field]:
    for line in block.splitlines():
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon and _NAME.fullmatch(name.strip()):
            yield Field(name.strip().lower(), value.strip())


def decoded_words(value: str) -> str:
    """Give the value of a field with its encoded words decoded (RFC 2047), as far as they are right."""
    return _WORD.sub(_decoded, _BETWEEN_WORDS.sub(r"\1", value))


def _decoded(match: re.Match[str]) -> str:
    charset, encoding, content = match[1].partition("*")[0], match[2].upper(), match[3].encode("ascii", "replace")
    try:
        if encoding == "B":
            raw = binascii.a2b_base64(content + b"=" * (-len(content) % 4))
        else:
            raw = binascii.a2b_qp(content, header=True)
        return raw.decode(charset, "replace")
    except (LookupError, ValueError):
        return match[0]
