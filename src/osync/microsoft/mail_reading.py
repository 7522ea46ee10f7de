"""Read Outlook's mails: who wrote them, what they say, and their attachments. Nothing is marked, moved or deleted."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from osync.errors import OutlookRefusedError
from osync.microsoft.appointments import numbered
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import (
    INBOX_FOLDER,
    MESSAGE_ID,
    ORIGINAL_MESSAGE_ID,
    RECEIVED_AT,
    SIZE,
    SMTP_ADDRESS,
    TRANSPORT_HEADERS,
)
from osync.microsoft.folders import default_folder, mapi
from osync.microsoft.mail_values import FilePart, FoundMail
from osync.microsoft.snapshot import read_table

_REPORT = "REPORT."
_MAIL = "IPM.Note"
_COLUMNS = ("EntryID", RECEIVED_AT, "MessageClass", SIZE)
_EXCHANGE = "EX"
# What concerns this one mail only, such as a protected one that this user may not open.
_CANNOT_READ = (Reason.DAMAGED, Reason.OTHER, Reason.CONFLICT, Reason.NOT_FOUND, Reason.READ_ONLY)


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail as a folder's table shows it; `received_at` is naive UTC, `size` in bytes as Outlook counts."""

    entry_id: str
    store_id: str
    received_at: datetime
    size: int


def account_of(application: Com, address: str) -> Com | None:
    """Find the account with an SMTP address, whatever its capitals."""
    for account in numbered(mapi(application).get("Accounts")):
        if str(account.get("SmtpAddress") or "").lower() == address.lower():
            return account
    return None


def mail_folder(application: Com, account: Com | None, path: str) -> Com:
    """Give a folder of an account: "INBOX", or a path of names from the top like "Archive/OSync". OutlookRefusedError (not found)."""
    store = account.get("DeliveryStore") if account else None
    inbox = default_folder(store if isinstance(store, Com) else mapi(application), INBOX_FOLDER)
    if path.upper() == "INBOX":
        return inbox
    folder: Com = inbox.get("Store").call("GetRootFolder")
    for name in path.split("/"):
        folder = _subfolder(folder, name)
    return folder


def _subfolder(folder: Com, name: str) -> Com:
    for each in numbered(folder.get("Folders")):
        if str(each.get("Name")).casefold() == name.casefold():
            return each
    raise OutlookRefusedError("Outlook has no such folder.", reason=Reason.NOT_FOUND.value)


def mail_rows(folder: Com) -> Iterator[MailRow]:
    """Give the mails and reports of a folder; what is no mail, such as an invitation to a meeting, is left out."""
    store_id = str(folder.get("StoreID"))
    for entry_id, received_at, message_class, size in read_table(folder.call("GetTable"), _COLUMNS):
        kind = str(message_class or "")
        if isinstance(entry_id, str) and isinstance(received_at, datetime) and kind.startswith((_MAIL, _REPORT)):
            yield MailRow(entry_id, store_id, wall_clock(received_at), size if isinstance(size, int) else 0)


def read_mail(application: Com, row: MailRow) -> FoundMail | None:
    """Read a mail; None if it is gone, or Outlook cannot read it now: one mail keeps no other from being read."""
    try:
        return _read(application, row)
    except OutlookRefusedError as error:
        if error.reason not in _CANNOT_READ:
            raise
        return None


def _read(application: Com, row: MailRow) -> FoundMail:
    mail: Com = mapi(application).call("GetItemFromID", row.entry_id, row.store_id)
    is_report = str(mail.get("MessageClass")).startswith(_REPORT)
    returned = _property(mail, ORIGINAL_MESSAGE_ID) if is_report else ""
    return FoundMail(
        sender_name="" if is_report else str(mail.get("SenderName") or ""),
        sender_address="" if is_report else _sender_address(mail),
        subject=str(mail.get("Subject") or ""),
        text=str(mail.get("Body") or ""),
        header=_property(mail, TRANSPORT_HEADERS),
        message_id=_property(mail, MESSAGE_ID),
        received_at=row.received_at,
        files=tuple(_files(mail)),
        is_report=is_report,
        returned=(returned,) if returned else (),
    )


def _sender_address(mail: Com) -> str:
    """Give the sender's SMTP address; of an Exchange user Outlook tells its own kind of address first."""
    if str(mail.get("SenderEmailType") or "") != _EXCHANGE:
        return str(mail.get("SenderEmailAddress") or "")
    for ask in (_exchange_address, _address_property):
        try:
            if found := ask(mail):
                return found
        except OutlookRefusedError as error:
            # A colleague who left has neither.
            if error.reason in (Reason.GONE, Reason.BUSY, Reason.DENIED):
                raise
    return ""


def _exchange_address(mail: Com) -> str:
    sender = mail.get("Sender")
    user = sender.call("GetExchangeUser") if isinstance(sender, Com) else None
    return str(user.get("PrimarySmtpAddress") or "") if isinstance(user, Com) else ""


def _address_property(mail: Com) -> str:
    sender = mail.get("Sender")
    return _property(sender, SMTP_ADDRESS) if isinstance(sender, Com) else ""


def _property(found: Com, name: str) -> str:
    """Give a MAPI property that is a text, "" where there is none."""
    try:
        value = found.get("PropertyAccessor").call("GetProperty", name)
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY, Reason.DENIED):
            raise
        return ""
    return value if isinstance(value, str) else ""


def _files(mail: Com) -> Iterator[FilePart]:
    """Give the attachments that Outlook shows and can save; what it blocks is not there for anybody."""
    with tempfile.TemporaryDirectory(prefix="osync-") as folder:
        for number, each in enumerate(numbered(mail.get("Attachments"))):
            place = Path(folder) / f"{number}.part"
            try:
                name = str(each.get("FileName") or "")
                each.call("SaveAsFile", str(place))
            except OutlookRefusedError as error:
                if error.reason in (Reason.GONE, Reason.BUSY, Reason.DENIED):
                    raise
                continue
            yield FilePart(name or place.name, place.read_bytes())
            place.unlink()
