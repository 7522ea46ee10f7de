"""Recognise a mail that says that a mail of ours did not arrive, and what it says (RFC 3464, RFC 3461, protocol 7.3).

Whether it is to be believed is not decided here: reports may be forged as easily as any mail.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from osync.errors import MessageTooLargeError
from osync.message.automatic import is_from_mail_system
from osync.message.failure import Failure, failure_in_words, failure_of_report
from osync.message.header import Header, header_blocks, read_header
from osync.message.parts import Leaf, leaves

MAX_FAILURES = 100
MAX_MESSAGE_IDS = 20

_LOOKED_AT = 256 * 1024
_REPORT_TYPE = re.compile(r'report-type\s*=\s*"?delivery-status\b', re.IGNORECASE)
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "text/rfc822-header",
    "message/rfc822-headers",
    "message/global-headers",
)
# The second and third keep what the first one was before Exchange or Gmail replaced it.
_ID_FIELDS = ("message-id", "x-microsoft-original-message-id", "x-google-original-message-id")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_ID_LINE = re.compile(
    rb"^[> \t]{0,20}(?:X-(?:Microsoft|Google)-Original-)?Message-ID:\s{0,20}(<[!-;=?-~]{1,250}>)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"""[^\s\0-\x1f\x7f<>()\[\]\\,;:"]{1,64}@[^\s\0-\x1f\x7f<>()\[\]\\,;:"@]{1,253}""")
_ADDRESS_LINE = re.compile(rf"^[ \t]{{0,20}}<?({_ADDRESS.pattern})>?:?(?=\s)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Returned:
    """One address that a mail did not reach. `asked` is the one that the mail was sent to, where the report tells it."""

    address: str
    asked: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report about a mail that did not arrive.

    `message_ids` are those that the returned mail may have had, the surest one first. Without `formal` it was not written
    in the form of RFC 3464, but recognised by what it says, as well as that can be done.
    """

    message_ids: tuple[str, ...]
    returned: tuple[Returned, ...]
    formal: bool


def find_bounce(mail: bytes) -> Bounce | None:
    """Give what a mail reports about one that did not arrive, None if it is no such report.

    A mail that was merely delayed, or did arrive, is none of the `returned`. Hostile input gives None or little.
    """
    header = read_header(mail)
    kind = header.first("content-type")
    is_report = kind.lower().startswith("multipart/report")
    from_system = bool(header.first("x-failed-recipients")) or is_from_mail_system(header)
    if not is_report and not from_system:
        return None
    try:
        parts = list(leaves(mail, into_mails=False))
    except MessageTooLargeError:
        return None
    statuses = [part.content for part in parts if part.kind in _STATUSES]
    if statuses or (is_report and _REPORT_TYPE.search(kind)):
        return _formal(header, parts, statuses)
    return _informal(header, parts) if from_system and not is_report else None


def _formal(header: Header, parts: list[Leaf], statuses: list[bytes]) -> Bounce:
    returned = tuple(islice(_reported(statuses), MAX_FAILURES))
    if not any(block.first("final-recipient") for status in statuses for block in header_blocks(status)):
        returned = _told_in_words(header, parts)
    answered = _MESSAGE_ID.findall(header.first("in-reply-to")) + _MESSAGE_ID.findall(header.first("references"))
    return Bounce(_once([*_returned_ids(parts), *answered]), returned, formal=True)


def _informal(header: Header, parts: list[Leaf]) -> Bounce | None:
    """Take a report without the form of one, as of qmail or Exim, which has to return the mail or its header."""
    ids = _once(_returned_ids(parts))
    return Bounce(ids, _told_in_words(header, parts), formal=False) if ids else None


def _reported(statuses: Iterable[bytes]) -> Iterator[Returned]:
    for status in statuses:
        for block in header_blocks(status):
            address = _typed_address(block.first("final-recipient"))
            if address and _word(block.first("action")) in ("failed", ""):
                failure = failure_of_report(block.first("status"), block.first("diagnostic-code"))
                yield Returned(address, _typed_address(block.first("original-recipient")), failure)


def _typed_address(value: str) -> str:
    """Give the address of a field like `rfc822; tester@example.org` (RFC 3464, 2.3.2)."""
    found = _ADDRESS.search(value[:1000])
    return found[0] if found else ""


def _word(value: str) -> str:
    return value.partition(";")[0].partition("(")[0].strip().lower()


def _told_in_words(header: Header, parts: list[Leaf]) -> tuple[Returned, ...]:
    """Read who was not reached, and why, from what the report says to people."""
    text = _words(parts)
    named = _ADDRESS.findall(header.first("x-failed-recipients")[:10_000])
    addresses = list(dict.fromkeys(named or _ADDRESS_LINE.findall(text)))[:MAX_FAILURES]
    failure = failure_in_words(text)
    return tuple(Returned(address, "", failure) for address in addresses) if failure else ()


def _words(parts: list[Leaf]) -> str:
    """Give the text for people, up to the copy of the mail that some systems put below it."""
    for part in parts:
        if part.kind in ("", "text/plain"):
            before, _, _ = _lines(part).partition(b"\n---")
            return before.decode("utf-8", "replace")
    return ""


def _returned_ids(parts: list[Leaf]) -> Iterator[str]:
    for part in parts:
        if part.kind in _RETURNED:
            returned = read_header(part.content)
            for name in _ID_FIELDS:
                yield from (found for value in returned.all(name) for found in _MESSAGE_ID.findall(value[:1000]))
    for part in parts:
        if part.kind in ("", "text/plain"):
            yield from (found[1].decode() for found in islice(_ID_LINE.finditer(_lines(part)), MAX_MESSAGE_IDS))


def _lines(part: Leaf) -> bytes:
    """Give the beginning of a text with line feeds only."""
    return part.content[:_LOOKED_AT].replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))[:MAX_MESSAGE_IDS]
