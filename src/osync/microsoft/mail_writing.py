"""Send a mail through Outlook, and wait until it has left the Outbox."""

import contextlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from osync.errors import OutlookRefusedError
from osync.microsoft.com import Com
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import (
    BLIND_COPY,
    BY_VALUE,
    HTML,
    MAIL_HEADER,
    MAIL_ITEM,
    MESSAGE_ID,
    OUTBOX_FOLDER,
    PLAIN_TEXT,
    SUPPRESS_ANSWERS,
    TO,
)
from osync.microsoft.folders import default_folder, mapi
from osync.microsoft.mail_values import MailDraft

_OUTBOX_SECONDS = 10.0
_LOOK = 0.1
# Delivery and read receipts, "out of office" and other automatic answers (MS-OXCMAIL, PidTagAutoResponseSuppress).
_NO_ANSWERS = 0x04 | 0x08 | 0x10 | 0x20
_NOW = False


@dataclass(frozen=True, slots=True)
class Unreached:
    """One recipient that Outlook does not take."""

    address: str


def send_mail(application: Com, account: Com | None, draft: MailDraft, addresses: Sequence[str]) -> list[Unreached]:
    """Send a mail to those whom its header does not name as blind copies, and give those whom Outlook refuses."""
    mail: Com = application.call("CreateItem", MAIL_ITEM)
    if account is not None:
        mail.put("SendUsingAccount", account)
    mail.put("Subject", draft.subject)
    # Rich text would travel as winmail.dat, which only Outlook can read.
    mail.put("BodyFormat", HTML if draft.html else PLAIN_TEXT)
    mail.put("HTMLBody" if draft.html else "Body", draft.html or draft.text)
    unreached = _add_recipients(mail, draft, addresses)
    if len(unreached) == len(addresses):
        return unreached
    _add_files(mail, draft)
    for name, value in (
        (MAIL_HEADER + "X-OSync", "1"),
        (SUPPRESS_ANSWERS, _NO_ANSWERS),
        (MESSAGE_ID, draft.message_id),
    ):
        _try_property(mail, name, value)
    waiting = _outbox_count(application)
    mail.call("Send")
    del mail
    # Outlook has it now: whatever fails after this, another try would send it twice.
    with contextlib.suppress(OutlookRefusedError):
        _wait_for_outbox(application, waiting)
    return unreached


def _add_recipients(mail: Com, draft: MailDraft, addresses: Sequence[str]) -> list[Unreached]:
    recipients = mail.get("Recipients")
    unreached = []
    for address in addresses:
        recipient = recipients.call("Add", address)
        recipient.put("Type", TO if address.lower() in draft.shown else BLIND_COPY)
        if not recipient.call("Resolve"):
            recipient.call("Delete")
            unreached.append(Unreached(address))
    return unreached


def _add_files(mail: Com, draft: MailDraft) -> None:
    attachments = mail.get("Attachments")
    with tempfile.TemporaryDirectory(prefix="osync-") as folder:
        for number, file in enumerate(draft.files):
            # Two attachments of a mail may have one name.
            place = Path(folder) / str(number) / file.name
            place.parent.mkdir()
            place.write_bytes(file.content)
            attachments.call("Add", str(place), BY_VALUE)


def _try_property(mail: Com, name: str, value: object) -> None:
    """Set what not every account knows; a mail without it arrives all the same."""
    try:
        mail.get("PropertyAccessor").call("SetProperty", name, value)
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY):
            raise


def _outbox_count(application: Com) -> int:
    return int(default_folder(mapi(application), OUTBOX_FOLDER).get("Items").get("Count"))


def _wait_for_outbox(application: Com, before: int) -> None:
    """Hold on to Outlook until the mail has left: one that was started by a program would close with the mail in its Outbox.

    Offline it stays there, and leaves when Outlook is online; Outlook keeps it, so it counts as sent.
    """
    if _outbox_count(application) <= before:
        return
    mapi(application).call("SendAndReceive", _NOW)
    end = time.monotonic() + _OUTBOX_SECONDS
    while _outbox_count(application) > before and time.monotonic() < end:
        time.sleep(_LOOK)
