"""Messages in mails: compose one, and find the messages in any (protocol 4.4, 6.5).

How a mail is written stands in `mime_writing`; what is read depends on no header field and no MIME type.
"""

import enum
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from osync.errors import (
    MessageDamagedError,
    MessageTooLargeError,
    NoMessageError,
)
from osync.message.armour import Found, armour, find_armour
from osync.message.mime_writing import (
    Attachment,
    Heading,
    file_part,
    header,
    joined,
    multipart,
    text_part,
    written_sender,
)
from osync.message.parts import decoded_parts
from osync.model import Carrier

MAX_MAIL_BYTES = 12_000_000
MAX_INLINE_BYTES = 64 * 1024
MAX_INLINE_BLOB_BYTES = 47_000
"""A blob of so many bytes still fits into the text of a mail when it is armoured."""

MAX_MESSAGES = 100

_ENCODINGS = (b"base64", b"quoted-printable")
# Mails to people without OSync have neither.
_TRACES = (b"[osync] calendar ", b'.osync"')
_NUL = b"\0"
_HEADER = 50_000
_PROBE = re.compile(rb"^Subject: *\[OSync\] Calendar doctor *\r?$", re.IGNORECASE | re.MULTILINE)


class Purpose(enum.Enum):
    """What a mail is for; ANSWER is an update that somebody asked for, PROBE a trial of the way to oneself."""

    INVITATION = enum.auto()
    UPDATE = enum.auto()
    ANSWER = enum.auto()
    REPLY = enum.auto()
    PROBE = enum.auto()


_SUBJECTS = {
    Purpose.INVITATION: "[OSync] Calendar invitation",
    Purpose.UPDATE: "[OSync] Calendar update",
    Purpose.ANSWER: "[OSync] Calendar update",
    Purpose.REPLY: "[OSync] Calendar reply",
    Purpose.PROBE: "[OSync] Calendar doctor",
}
_AUTOMATIC = {
    Purpose.INVITATION: "auto-generated",
    Purpose.UPDATE: "auto-generated",
    Purpose.ANSWER: "auto-replied",
    Purpose.REPLY: "auto-replied",
    Purpose.PROBE: "auto-generated",
}
_FILE_ENDINGS = {Carrier.ATTACH: ".osync", Carrier.TEXT: ".txt"}
_FILE_TYPES = {Carrier.ATTACH: "application/octet-stream", Carrier.TEXT: "text/plain; charset=us-ascii"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What makes a mail: the envelope's addresses, the text that people read, and the sealed message.

    Without `recipients` it is addressed to nobody by name, for those who shall not see each other. `message_id` is new
    for each sending (`new_message_id`), `sent_at` in seconds since 1970 UTC. `list_id` names the share in mails to many.
    A `subject` takes the place of the usual one, and `attachments` are for people, in a share that is not encrypted.
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
    list_id: str = ""
    subject: str = ""
    attachments: tuple[Attachment, ...] = ()


def new_message_id(sender_address: str, random_bytes: Callable[[int], bytes]) -> str:
    """Make a Message-ID: a random UUID (RFC 9562, version 4) at the domain of the sender."""
    number = bytearray(random_bytes(16))
    number[6] = number[6] & 0x0F | 0x40
    number[8] = number[8] & 0x3F | 0x80
    digits = number.hex()
    name = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return f"<{name}@{written_sender(sender_address).rpartition('@')[2]}>"


def compose(letter: Letter) -> bytes:
    """Write a mail: ASCII, CRLF, no line over 998 characters.

    Raises ConfigurationError for a sender and RecipientRefusedError for a recipient that cannot stand in a mail, and
    MessageTooLargeError for a message that is too large for the text.
    """
    block = armour(letter.blob)
    if letter.carrier is Carrier.INLINE:
        if len(block) > MAX_INLINE_BYTES:
            raise MessageTooLargeError(f"A message in the text of a mail has {MAX_INLINE_BYTES:,} bytes at most.")
        return joined(_header(letter), text_part(f"{letter.text.rstrip()}\n\n{block}"))
    files = (file_part(each.content_type, each.name, each.content) for each in letter.attachments)
    parts = (text_part(letter.text), *files, _file_part(letter, block))
    return joined(_header(letter), multipart("mixed", letter.message_id, parts))


def _header(letter: Letter) -> str:
    return header(
        Heading(
            sender_name=letter.sender_name,
            sender_address=letter.sender_address,
            recipients=letter.recipients,
            subject=letter.subject or _SUBJECTS[letter.purpose],
            automatic=_AUTOMATIC[letter.purpose],
            thread=letter.share,
            message_id=letter.message_id,
            sent_at=letter.sent_at,
            more=(f'List-Id: "OSync" <{letter.list_id}>',) if letter.list_id else (),
        )
    )


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


def is_probe(mail: bytes) -> bool:
    """Tell whether a mail says that it is a probe of the doctor; anybody can say so."""
    return bool(_PROBE.search(mail, 0, _HEADER))


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
