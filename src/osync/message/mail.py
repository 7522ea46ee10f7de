"""Messages in mails: compose one, and find the messages in any (protocol 4.4, 6.5).

Every header field and MIME type that OSync writes stands here; what it reads depends on none of them.
"""

import binascii
import enum
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from osync.errors import (
    ConfigurationError,
    MessageDamagedError,
    MessageTooLargeError,
    NoMessageError,
    OSyncError,
    RecipientRefusedError,
)
from osync.message.armour import Found, armour, find_armour
from osync.message.parts import decoded_parts

MAX_MAIL_BYTES = 12_000_000
MAX_INLINE_BYTES = 64 * 1024
MAX_MESSAGES = 100

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENCODINGS = (b"base64", b"quoted-printable")
_TRACES = (b"\nx-osync:", b"[osync] calendar ", b'.osync"')
_NUL = b"\0"
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Za-z.:]+\]")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]+@[A-Za-z0-9._:\[\]-]+>")
_ENCODED_WORD_BYTES = 42


class Purpose(enum.Enum):
    """What a mail is for; ANSWER is an update that somebody asked for."""

    INVITATION = enum.auto()
    UPDATE = enum.auto()
    ANSWER = enum.auto()
    REPLY = enum.auto()


class Carrier(enum.StrEnum):
    """How a mail carries its message: as a file, as a text file, or at the end of the text."""

    ATTACH = "attach"
    TEXT = "text"
    INLINE = "inline"


_SUBJECTS = {
    Purpose.INVITATION: "[OSync] Calendar invitation",
    Purpose.UPDATE: "[OSync] Calendar update",
    Purpose.ANSWER: "[OSync] Calendar update",
    Purpose.REPLY: "[OSync] Calendar reply",
}
_AUTOMATIC = {
    Purpose.INVITATION: "auto-generated",
    Purpose.UPDATE: "auto-generated",
    Purpose.ANSWER: "auto-replied",
    Purpose.REPLY: "auto-replied",
}
_FILE_ENDINGS = {Carrier.ATTACH: ".osync", Carrier.TEXT: ".txt"}
_FILE_TYPES = {Carrier.ATTACH: "application/octet-stream", Carrier.TEXT: "text/plain; charset=us-ascii"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What makes a mail: the envelope's addresses, the text that people read, and the sealed message.

    Without `recipients` it is addressed to nobody by name, for those who shall not see each other. `message_id` is new
    for each sending (`new_message_id`), `sent_at` in seconds since 1970 UTC.
    """

    sender_name: str
    sender_address: str
    recipients: tuple[str, ...]
    purpose: Purpose
    share: str
    text: str
    blob: bytes
    message_id: str
    sent_at: int
    carrier: Carrier = Carrier.ATTACH


def new_message_id(sender_address: str, random_bytes: Callable[[int], bytes]) -> str:
    """Make a Message-ID: a random UUID (RFC 9562, version 4) at the domain of the sender."""
    number = bytearray(random_bytes(16))
    number[6] = number[6] & 0x0F | 0x40
    number[8] = number[8] & 0x3F | 0x80
    digits = number.hex()
    name = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return f"<{name}@{_sender_address(sender_address).rpartition('@')[2]}>"


def compose(letter: Letter) -> bytes:
    """Write a mail: ASCII, CRLF, no line over 998 characters.

    Raises ConfigurationError for a sender and RecipientRefusedError for a recipient that cannot stand in a mail, and
    MessageTooLargeError for a message that is too large for the text.
    """
    block = armour(letter.blob)
    if letter.carrier is Carrier.INLINE:
        if len(block) > MAX_INLINE_BYTES:
            raise MessageTooLargeError(f"A message in the text of a mail has {MAX_INLINE_BYTES:,} bytes at most.")
        return _joined(_header(letter), _text_part(f"{letter.text.rstrip()}\n\n{block}"))
    boundary = "=_osync_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:24]
    return _joined(
        _header(letter),
        f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n',
        f"--{boundary}\r\n",
        _text_part(letter.text),
        f"\r\n--{boundary}\r\n",
        _file_part(letter, block),
        f"--{boundary}--\r\n",
    )


def _joined(*parts: str) -> bytes:
    return "".join(parts).encode("ascii")


def _header(letter: Letter) -> str:
    if not _MESSAGE_ID.fullmatch(letter.message_id):
        raise OSyncError("OSync made a mail without a proper Message-ID.", unharmed="It was not sent.")
    recipients = [_recipient_address(address) for address in letter.recipients]
    lines = [
        f"From: {_mailbox(letter.sender_name, _sender_address(letter.sender_address))}",
        "To: " + (",\r\n ".join(recipients) or "undisclosed-recipients:;"),
        f"Subject: {_SUBJECTS[letter.purpose]}",
        f"Date: {_date(letter.sent_at)}",
        f"Message-ID: {letter.message_id}",
        f"References: <{letter.share}@osync.invalid>",
        f"Auto-Submitted: {_AUTOMATIC[letter.purpose]}",
        "X-Auto-Response-Suppress: OOF, AutoReply, RN, NRN",
        "X-OSync: 1",
        "MIME-Version: 1.0",
        "",
    ]
    return "\r\n".join(lines)


def _text_part(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    whole = "\r\n".join(lines) + "\r\n"
    if whole.isascii() and all(len(line) <= 998 for line in lines):
        return f"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{whole}"
    encoded = binascii.b2a_qp(whole.encode("utf-8", "replace"), istext=True).decode()
    return f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}"


def _file_part(letter: Letter, block: str) -> str:
    day = time.strftime("%Y%m%d", time.gmtime(letter.sent_at))
    name = f"{day}-{hashlib.sha256(letter.blob).hexdigest()[:4]}{_FILE_ENDINGS[letter.carrier]}"
    lines = [
        f'Content-Type: {_FILE_TYPES[letter.carrier]}; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: 7bit",
        "",
        block,
    ]
    return "\r\n".join(lines)


def _date(seconds: int) -> str:
    """Write a time as RFC 5322 wants it, in English whatever the locale is."""
    at = time.gmtime(seconds)
    day = f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year:04}"
    return f"{day} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"


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


def _sender_address(address: str) -> str:
    written = _ascii_address(address)
    if written is None:
        raise ConfigurationError(
            f"Your mail address {address!r} cannot stand in a mail.",
            unharmed="Nothing was sent.",
            advice="Write it like pat@example.org.",
        )
    return written


def _recipient_address(address: str) -> str:
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


def find_blobs(mail: bytes) -> Iterator[bytes]:
    """Give the messages that a mail carries, each once, wherever they are in it and however it was changed on the way.

    Gives nothing for a mail without OSync. Raises MessageTooLargeError, MessageDamagedError if no message is whole, and
    NoMessageError for a mail that looks like one of OSync, but whose message was taken out.
    """
    if len(mail) > MAX_MAIL_BYTES:
        raise MessageTooLargeError(f"The mail has more than {MAX_MAIL_BYTES:,} bytes.")
    seen: set[bytes] = set()
    damaged = False
    for found in _looks(mail, seen):
        damaged = damaged or found.damaged
        for blob in found.blobs:
            if blob in seen:
                continue
            seen.add(blob)
            if len(seen) > MAX_MESSAGES:
                raise MessageTooLargeError(f"The mail carries more than {MAX_MESSAGES} messages.")
            yield blob
    if damaged and not seen:
        raise MessageDamagedError("The mail carries a message of OSync that was cut off or changed on the way.")
    if not seen and _looks_like_osync(mail):
        raise NoMessageError(
            "The mail looks like one of OSync, but its message is missing: a mailing list or a filter may have taken the"
            " file out, or the mail was cut off."
        )


def _looks_like_osync(mail: bytes) -> bool:
    lowered = mail.lower()
    return any(trace in lowered for trace in _TRACES)


def _looks(mail: bytes, seen: set[bytes]) -> Iterator[Found]:
    """Look at the mail as it is, which is all there is in most mails of OSync, at its parts, and below what wraps them."""
    first = find_armour(mail)
    yield first
    lowered = mail.lower()
    if any(encoding in lowered for encoding in _ENCODINGS):
        for content in decoded_parts(mail):
            yield from _deep_looks(content)
    if not seen:
        yield from _below(mail)
        if _NUL in mail:
            bare = mail.replace(_NUL, b"")
            for content in decoded_parts(bare):
                yield from _deep_looks(content)


def _deep_looks(content: bytes) -> Iterator[Found]:
    found = find_armour(content)
    yield found
    if found.damaged or not found.blobs:
        yield from _below(content)


def _below(content: bytes) -> Iterator[Found]:
    from osync.message.wrappings import unwrapped

    return map(find_armour, unwrapped(content))
