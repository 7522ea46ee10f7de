"""The parts of a mail, decoded, with bounded work (RFC 2045, RFC 2046).

The standard library's parser is not used: it compares every line with the boundary of every part around it, so that one
hostile mail could keep it busy for minutes, and loading it takes longer than reading an ordinary mail of OSync.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from osync.errors import MessageTooLargeError

MAX_PARTS = 100
MAX_DEPTH = 10

_MAX_HEADER_BYTES = 256 * 1024
_MAX_BOUNDARY_BYTES = 200
_HEADER_END = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]+")
_BOUNDARY = re.compile(rb';[ \t]*boundary[ \t]*=[ \t]*(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^;\s]+))', re.IGNORECASE)
_QUOTED = re.compile(rb"\\(.)")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_LETTERS))
_MAILS = (b"message/rfc822", b"message/global")
_DIGEST = b"multipart/digest"
# Blank lines and the mark of UTF-8, which programs for text put before a mail that they save.
_BEFORE_HEADER = b"\xef\xbb\xbf\r\n \t"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part with its header, how many parts are around it, and its type if it names none (RFC 2046, 5.1.5)."""

    content: bytes
    depth: int
    type_unless_named: bytes = b""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds no others: its type in small letters, "" if it names none, and its decoded content."""

    kind: str
    content: bytes


def decoded_parts(mail: bytes) -> Iterator[bytes]:
    """Give the content of every part that holds no others, also of forwarded mails, in order.

    Broken structure is read as far as it makes sense. MessageTooLargeError above 100 parts or a depth of 10.
    """
    return (leaf.content for leaf in leaves(mail))


def leaves(mail: bytes, *, into_mails: bool = True) -> Iterator[Leaf]:
    """Give every part that holds no others, in order, like `decoded_parts`; a mail inside is one without `into_mails`."""
    waiting = [_Part(mail.lstrip(_BEFORE_HEADER), 0)]
    taken = 0
    while waiting:
        part = waiting.pop()
        taken += 1
        if taken > MAX_PARTS or part.depth > MAX_DEPTH:
            raise MessageTooLargeError(
                f"The mail has more than {MAX_PARTS} parts, or they nest deeper than {MAX_DEPTH}."
            )
        header, body = _split_header(part.content)
        kind = _header_field(header, b"content-type") or part.type_unless_named
        inner = _inner_parts(kind, body)
        if inner:
            unless_named = _MAILS[0] if _main_type(kind) == _DIGEST else b""
            waiting.extend(_Part(content, part.depth + 1, unless_named) for content in reversed(inner))
            continue
        content = _decode(_header_field(header, b"content-transfer-encoding").strip().lower(), body)
        if into_mails and _main_type(kind) in _MAILS:
            waiting.append(_Part(content, part.depth + 1))
        else:
            yield Leaf(_main_type(kind).decode("ascii", "replace"), content)


def _split_header(content: bytes) -> tuple[bytes, bytes]:
    if content[:1] in (b"\r", b"\n"):
        return b"", content
    end = _HEADER_END.search(content)
    if end is None:
        return _FOLD.sub(b" ", content[:_MAX_HEADER_BYTES]), b""
    return _FOLD.sub(b" ", content[: min(end.start(), _MAX_HEADER_BYTES)]), content[end.end() :]


def _header_field(header: bytes, name: bytes) -> bytes:
    """Give the value of the first field called `name` (in small letters), b"" if there is none."""
    for line in header.splitlines():
        found, colon, value = line.partition(b":")
        if colon and found.strip().lower() == name:
            return value
    return b""


def _main_type(kind: bytes) -> bytes:
    return kind.partition(b";")[0].strip().lower()


def _inner_parts(kind: bytes, body: bytes) -> list[bytes]:
    """Cut a multipart body at its boundary; nothing if it is none. The last part may lack its end."""
    boundary = _boundary(kind) if _main_type(kind).startswith(b"multipart/") else b""
    if not boundary:
        return []
    body = b"\n" + body
    opening = re.escape(b"--" + boundary)
    line = re.compile(opening + rb"(?<=[\r\n]" + opening + rb")(--)?[ \t]*(?=[\r\n]|\Z)")
    parts: list[bytes] = []
    start = -1
    for mark in line.finditer(body):
        if start >= 0:
            parts.append(_without_ends(body[start : mark.start()]))
        start = -1 if mark[1] else mark.end()
        if mark[1] or len(parts) > MAX_PARTS:
            break
    if start >= 0:
        parts.append(_without_ends(body[start:]))
    return parts


def _without_ends(content: bytes) -> bytes:
    """Take away the line ends that belong to the boundaries before and behind a part."""
    return content.removeprefix(b"\r").removeprefix(b"\n").removesuffix(b"\n").removesuffix(b"\r")


def _boundary(kind: bytes) -> bytes:
    found = _BOUNDARY.search(kind)
    if not found:
        return b""
    boundary = _QUOTED.sub(rb"\1", found[1]) if found[1] is not None else found[2]
    return boundary if len(boundary) <= _MAX_BOUNDARY_BYTES else b""


def _decode(encoding: bytes, body: bytes) -> bytes:
    if encoding == b"base64":
        return _decode_base64(body)
    return binascii.a2b_qp(body) if encoding == b"quoted-printable" else body


def _decode_base64(body: bytes) -> bytes:
    """Decode what can be decoded: a list footer behind the text adds some bytes, but takes none away."""
    letters = body.translate(None, _NOT_BASE64)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
