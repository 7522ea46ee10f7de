"""Mails as Outlook takes and gives them, as plain values, and the RFC 5322 mails that they stand for; pure.

Outlook keeps no mail as it came: what OSync needs of it is put together again.
"""

import base64
import email
import email.policy
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses

_MOST_HEADER = 256 * 1024
_FIELD = re.compile(r"[!-9;-~]{1,76}:")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_OF_THE_CONTENT = ("content-", "mime-version")
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"@]{1,64}@[^\s<>()\\,;:"@]{1,253}""")
_NAME = re.compile(r"[^A-Za-z0-9 ._+-]")


@dataclass(frozen=True, slots=True)
class FilePart:
    """An attachment."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MailDraft:
    """A mail to be sent: what Outlook can be told of it. `shown` are the recipients that its header names."""

    subject: str
    text: str
    html: str
    files: tuple[FilePart, ...]
    shown: frozenset[str]
    message_id: str


@dataclass(frozen=True, slots=True)
class FoundMail:
    """A mail that came. `header` is what came with it on the way, "" for mail within one Exchange.

    `received_at` is naive UTC; `returned` are the Message-IDs of the mail that a report is about; a report has no sender.
    """

    sender_name: str
    sender_address: str
    subject: str
    text: str
    header: str
    message_id: str
    received_at: datetime | None
    files: tuple[FilePart, ...]
    is_report: bool = False
    returned: tuple[str, ...] = ()


def is_address(address: str) -> bool:
    """Tell whether this is one bare mail address; Outlook would look up anything else in its address book."""
    return _ADDRESS.fullmatch(address) is not None


def mail_draft(content: bytes) -> MailDraft:
    """Read a finished mail of OSync for Outlook; what only its header says beyond subject and recipients gets lost."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    texts = {"plain": "", "html": ""}
    files: list[FilePart] = []
    for part in mail.walk():
        if part.is_multipart() or not isinstance(part, EmailMessage):
            continue
        kind = part.get_content_subtype()
        if part.get_content_maintype() == "text" and kind in texts and not part.get_filename() and not texts[kind]:
            texts[kind] = _text(part)
        else:
            files.append(FilePart(_file_name(part, len(files)), _content(part)))
    named = getaddresses([str(each) for name in ("To", "Cc") for each in mail.get_all(name, [])])
    return MailDraft(
        subject=_line(str(mail.get("Subject", ""))),
        text=texts["plain"],
        html=texts["html"],
        files=tuple(files),
        shown=frozenset(address.lower() for _, address in named),
        message_id=_line(str(mail.get("Message-ID", ""))),
    )


def _text(part: EmailMessage) -> str:
    content = _content(part)
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _content(part: EmailMessage) -> bytes:
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""


def _file_name(part: EmailMessage, number: int) -> str:
    """Give a name that is one on Windows, whatever the mail says."""
    name = _NAME.sub("_", part.get_filename() or "").strip(" .")[-100:]
    return name or f"part-{number + 1}.txt"


def mail_bytes(found: FoundMail) -> bytes:
    """Put a mail together again: header, text, attachments, CRLF line ends."""
    lines = [*_header(found)]
    boundary = "=_outlook_" + hashlib.sha256(repr(found).encode(errors="replace")).hexdigest()[:24]
    kind = "report; report-type=delivery-status" if found.is_report else "mixed"
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="{boundary}"', ""]
    for part in _parts(found):
        lines += [f"--{boundary}", *part]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode("utf-8", "replace")


def _header(found: FoundMail) -> Iterator[str]:
    fields = list(_fields(found.header))
    names = {field.partition(":")[0].lower() for field in fields}
    yield from fields
    if "from" not in names:
        name = _encoded(found.sender_name)
        address = _line(found.sender_address) or ("MAILER-DAEMON" if found.is_report else "unknown")
        yield f"From: {name} <{address}>" if name and not found.is_report else f"From: {address}"
    if "subject" not in names:
        yield f"Subject: {_encoded(found.subject)}"
    if "date" not in names and found.received_at:
        yield f"Date: {format_datetime(found.received_at.replace(tzinfo=UTC))}"
    if "message-id" not in names and found.message_id:
        yield f"Message-ID: {_line(found.message_id)}"


def _fields(header: str) -> Iterator[str]:
    """Give the fields of a header that came with a mail, each on one line, without those of its content."""
    kept: list[str] = []
    for line in header[:_MOST_HEADER].replace("\r", "\n").split("\n"):
        if line[:1] in (" ", "\t") and kept:
            kept[-1] += " " + _line(line)
        elif _FIELD.match(line):
            kept.append(_line(line))
    return (field for field in kept if not field.lower().startswith(_OF_THE_CONTENT))


def _parts(found: FoundMail) -> Iterator[Sequence[str]]:
    text = found.text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    yield ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", text)
    if found.is_report:
        ids = (f"Message-ID: {_line(each)}" for each in found.returned)
        yield ("Content-Type: text/rfc822-headers", "", *ids, "")
    for each in found.files:
        name = _NAME.sub("_", each.name)
        yield (
            f'Content-Type: application/octet-stream; name="{name}"',
            f'Content-Disposition: attachment; filename="{name}"',
            "Content-Transfer-Encoding: base64",
            "",
            base64.encodebytes(each.content).decode().replace("\n", "\r\n"),
        )


def _line(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()


def _encoded(text: str) -> str:
    line = _line(text)
    return line if line.isascii() else Header(line, "utf-8").encode(linesep="\r\n")
