"""The header and the parts of every mail that OSync writes: ASCII, CRLF, no line over 998 characters (RFC 5322, RFC 2045).

Nothing that anybody else wrote can begin a header field: what holds a line end or another control is refused before.
"""

import binascii
import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from osync.errors import ConfigurationError, OSyncError, RecipientRefusedError

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Za-z.:]+\]")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]+@[A-Za-z0-9._:\[\]-]+>")
_PRINTABLE = re.compile(r"[ -~]{1,900}")
_ENCODED_WORD_BYTES = 42
_MOST_ASCII_SUBJECT = 66
_MOST_BASE64 = 57


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header of a mail says. Without `recipients` it is addressed to nobody by name.

    `thread` is the same for all mails about one share, `automatic` the value of Auto-Submitted (RFC 3834), `sent_at` in
    seconds since 1970 UTC. `more` are whole further fields of our own, in ASCII.
    """

    sender_name: str
    sender_address: str
    recipients: tuple[str, ...]
    subject: str
    automatic: str
    thread: str
    message_id: str
    sent_at: int
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; `content_type` is without the name."""

    content_type: str
    name: str
    content: bytes


def header(heading: Heading) -> str:
    """Write the common header fields (protocol 6.5), each line ended; the fields of the content follow.

    Raises ConfigurationError for a sender and RecipientRefusedError for a recipient that cannot stand in a mail.
    """
    if not _MESSAGE_ID.fullmatch(heading.message_id):
        raise OSyncError("OSync made a mail without a proper Message-ID.", unharmed="It was not sent.")
    if not all(_PRINTABLE.fullmatch(field) for field in (heading.thread, *heading.more)):
        raise OSyncError("OSync made a mail with a broken header.", unharmed="It was not sent.")
    recipients = [written_recipient(address) for address in heading.recipients]
    lines = [
        f"From: {_mailbox(heading.sender_name, written_sender(heading.sender_address))}",
        "To: " + (",\r\n ".join(recipients) or "undisclosed-recipients:;"),
        f"Subject: {_subject(heading.subject)}",
        f"Date: {_date(heading.sent_at)}",
        f"Message-ID: {heading.message_id}",
        f"References: <{heading.thread}@osync.invalid>",
        f"Auto-Submitted: {heading.automatic}",
        "X-Auto-Response-Suppress: OOF, AutoReply, RN, NRN",
        *heading.more,
        "X-OSync: 1",
        "MIME-Version: 1.0",
        "",
    ]
    return "\r\n".join(lines)


def joined(*parts: str) -> bytes:
    """Put the parts of a mail together."""
    return "".join(parts).encode("ascii")


def multipart(kind: str, message_id: str, parts: Sequence[str]) -> str:
    """Put parts, each with its own header, into a multipart/`kind`, which begins with its own Content-Type."""
    boundary = f"=_osync_{hashlib.sha256(message_id.encode()).hexdigest()[:24]}"
    # Two multiparts of one mail, one inside the other, must not have the same boundary.
    boundary += "" if kind == "mixed" else f"_{kind}"
    inner = "\r\n".join(f"--{boundary}\r\n{part}" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{inner}--{boundary}--\r\n'


def text_part(text: str, kind: str = "plain") -> str:
    """Write a text/`kind` part, as it is where that is ASCII with short lines, else quoted-printable."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    whole = "\r\n".join(lines) + "\r\n"
    if whole.isascii() and all(len(line) <= 998 for line in lines):
        return f"Content-Type: text/{kind}; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{whole}"
    encoded = binascii.b2a_qp(whole.encode("utf-8", "replace"), istext=True).decode()
    return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}"


def file_part(content_type: str, name: str, content: bytes) -> str:
    """Write an attachment called `name`, in base64, so that nothing on the way changes its line ends."""
    pieces = (content[start : start + _MOST_BASE64] for start in range(0, len(content), _MOST_BASE64))
    lines = [
        f'Content-Type: {content_type}; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
        "",
        *(binascii.b2a_base64(piece, newline=False).decode() for piece in pieces),
        "",
    ]
    return "\r\n".join(lines)


def _date(seconds: int) -> str:
    """Write a time as RFC 5322 wants it, in English whatever the locale is."""
    at = time.gmtime(seconds)
    day = f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year:04}"
    return f"{day} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"


def _subject(text: str) -> str:
    if any(character < " " or character == "\x7f" for character in text):
        raise OSyncError("OSync made a mail with a broken subject.", unharmed="It was not sent.")
    return text if text.isascii() and "=?" not in text and len(text) <= _MOST_ASCII_SUBJECT else _encoded_words(text)


def _mailbox(name: str, address: str) -> str:
    if not name.strip():
        return address
    if any(character < " " or character == "\x7f" for character in name):
        raise ConfigurationError(
            "Your name holds a line end or another control character.",
            unharmed="Nothing was sent.",
            advice="Write it in one line.",
        )
    if not name.isascii() or "=?" in name:
        return f"{_encoded_words(name)}\r\n <{address}>"
    if _ATOMS.fullmatch(name):
        return f"{name} <{address}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address}>'


def _encoded_words(name: str) -> str:
    """Write a name as encoded words of RFC 2047, none of which cuts a character."""
    words = [""]
    for character in name:
        if len((words[-1] + character).encode("utf-8", "replace")) > _ENCODED_WORD_BYTES:
            words.append("")
        words[-1] += character
    contents = (binascii.b2a_base64(word.encode("utf-8", "replace"), newline=False).decode() for word in words)
    return "\r\n ".join(f"=?utf-8?B?{content}?=" for content in contents)


def written_sender(address: str) -> str:
    """Give the sender's address as it stands in a mail. ConfigurationError if it cannot stand there."""
    written = _ascii_address(address)
    if written is None:
        raise ConfigurationError(
            f"Your mail address {address!r} cannot stand in a mail.",
            unharmed="Nothing was sent.",
            advice="Write it like pat@example.org.",
        )
    return written


def written_recipient(address: str) -> str:
    """Give a recipient's address as it stands in a mail. RecipientRefusedError if it cannot stand there."""
    written = _ascii_address(address)
    if written is None:
        raise RecipientRefusedError(f"The mail address {address!r} cannot stand in a mail.", address=address)
    return written


def _ascii_address(address: str) -> str | None:
    """Give the address with its domain in ASCII (RFC 3490); None if it is none, or needs SMTPUTF8."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return None
    return f"{local}@{domain}" if _LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain) else None
