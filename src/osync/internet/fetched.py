"""Read what IMAP servers answer to FETCH (RFC 3501, 7.4.2), from the pieces that `imaplib` gives; pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Literal = tuple[bytes, bytes]
"""The text before a literal, which ends with its announced size, and the literal."""

_TOKEN = re.compile(
    rb'\s*(?:(?P<paren>[()])|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<atom>[^\s()"\[\]]+(?:\[[^\]]*\](?:<[0-9]+>)?)?))',
    re.DOTALL,
)
_ANNOUNCED = re.compile(rb"~?\{[0-9]+\+?\}$")
_ORIGIN = re.compile(r"<[0-9]+>$")


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """What was told of one mail: its attributes by name in capitals, with HEADER for the fields that were asked for.

    Attributes that are lists are left out, and NIL is nothing.
    """

    uid: int
    values: Mapping[str, bytes]

    def number(self, name: str) -> int:
        """Give an attribute that is a number, 0 if it is not there."""
        value = self.values.get(name, b"")
        return int(value) if value.isdigit() else 0


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: bytes


def fetched_mails(pieces: Iterable[bytes | Literal | None]) -> Iterator[FetchedMail]:
    """Give the mails of an answer; what has no UID was not asked for and is left out. ValueError for what is no answer."""
    gathered: list[bytes | Literal] = []
    for piece in pieces:
        if piece is None:
            continue
        gathered.append(piece)
        # A mail ends with the first piece that announces no literal.
        if isinstance(piece, bytes):
            values = _attributes(token for each in gathered for token in _tokens(each))
            gathered = []
            uid = values.get("UID", b"")
            if uid.isdigit() and len(uid) <= 10:
                yield FetchedMail(int(uid), values)


def _attributes(tokens: Iterable[_Token]) -> dict[str, bytes]:
    values: dict[str, bytes] = {}
    name, depth = "", 0
    for token in tokens:
        if token.kind == "paren":
            depth += 1 if token.text == b"(" else -1
            name = "" if depth == 1 else name
        elif depth == 1 and not name:
            name = _attribute_name(token.text.decode("ascii", "replace").upper())
        elif depth == 1:
            values[name] = b"" if token.kind == "atom" and token.text.upper() == b"NIL" else token.text
            name = ""
    return values


def _attribute_name(written: str) -> str:
    return "HEADER" if written.startswith("BODY[HEADER") else _ORIGIN.sub("", written)


def _tokens(piece: bytes | Literal) -> Iterator[_Token]:
    text, literal = (piece, None) if isinstance(piece, bytes) else (_ANNOUNCED.sub(b"", piece[0]), piece[1])
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError("an answer to FETCH that is none")
        position = match.end()
        kind = str(match.lastgroup)
        value = match[kind]
        yield _Token(kind, re.sub(rb"\\(.)", rb"\1", value) if kind == "quoted" else value)
    if literal is not None:
        yield _Token("literal", literal)
