"""What people without OSync write into the subject of a mail: `osync plain TOKEN` and `osync leave TOKEN` (protocol 7.1).

Only the token counts; who the mail says that it is from does not.
"""

import enum
import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from urllib.parse import quote

from osync.message.header import decoded_words, read_header
from osync.message.mime_writing import written_sender

TOKEN_BYTES = 16
_MOST_SUBJECT = 2_000
# What a mail program may make of a blank in a link: itself, several, "%20" or "+".
_GAP = r"(?:\s|\+|%20|_)+"
_WISH = re.compile(rf"(?<![A-Za-z0-9])osync{_GAP}(plain|leave){_GAP}([A-Za-z2-7]{{26}})(?![A-Za-z0-9])", re.IGNORECASE)


class Wish(enum.StrEnum):
    """What somebody without OSync wants: mails that can be read without it, or no mails."""

    PLAIN = "plain"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class WrittenWish:
    """A wish and the token that comes with it."""

    wish: Wish
    token: bytes


@dataclass(frozen=True, slots=True)
class Way:
    """A mail that somebody can send: to whom, with which subject, as a link."""

    address: str
    subject: str
    link: str


def wish_subject(wish: Wish, token: bytes) -> str:
    """Give the subject that carries a wish."""
    return f"osync {wish.value} {b32encode(token).decode().rstrip('=').lower()}"


def way_to_wish(wish: Wish, token: bytes, address: str) -> Way:
    """Give the mail to `address` that carries a wish, as a link too (RFC 6068)."""
    subject, written = wish_subject(wish, token), written_sender(address)
    return Way(address, subject, f"mailto:{quote(written, safe='@')}?subject={quote(subject)}")


def wish_in(mail: bytes) -> WrittenWish | None:
    """Find the one wish in the subject of a mail, however it was answered, folded or encoded; None if there is none."""
    subject = subject_of(mail)
    found = {WrittenWish(Wish(match[1].lower()), _token(match[2])) for match in _WISH.finditer(subject)}
    return found.pop() if len(found) == 1 else None


def subject_of(mail: bytes) -> str:
    """Give the subject of a mail with its encoded words decoded (RFC 2047), at most 2,000 characters of it."""
    written = read_header(mail).first("subject")[:_MOST_SUBJECT]
    return decoded_words(written)


def _token(text: str) -> bytes:
    return b32decode(text.upper() + "======")[:TOKEN_BYTES]
