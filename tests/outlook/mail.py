"""MailItem, its recipients and attachments, and accounts (facts A12)."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outlook.columns import TAG
from outlook.dispatched import Collection, Dispatched, Session
from outlook.items import Item
from outlook.properties import PropertyAccessor
from outlook.refusals import FAILED, NOT_FOUND, refused
from outlook.store import StoredFolder
from outlook.times import given, to_wall

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

OUTBOX, SENT = 4, 5
MEETINGS = {
    "IPM.Schedule.Meeting.Request": 53,
    "IPM.Schedule.Meeting.Canceled": 54,
    "IPM.Schedule.Meeting.Resp.Neg": 55,
    "IPM.Schedule.Meeting.Resp.Pos": 56,
    "IPM.Schedule.Meeting.Resp.Tent": 57,
}
"""The numbers in OlObjectClass by message class."""
BY_METHOD = {
    "REQUEST": "IPM.Schedule.Meeting.Request",
    "CANCEL": "IPM.Schedule.Meeting.Canceled",
    "REPLY": "IPM.Schedule.Meeting.Resp.Pos",
}
"""What a mail becomes that has a part of the type text/calendar, by its METHOD; the part is no attachment then (facts A12)."""
_TO, _BLIND = 1, 3
_SMTP = re.compile(r"[^@\s]+@[^@\s]+")
# Level 1 of Microsoft's list, as far as tests need it: such attachments are invisible.
_BLOCKED = {".js", ".vbs", ".ps1", ".py", ".jar", ".url", ".mht", ".tmp", ".exe", ".bat", ".cmd", ".lnk"}


@dataclass(frozen=True)
class AttachedFile:
    """One attachment."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """A mail as it leaves an Outlook. `shown` are the recipients that it names, `hidden` the blind copies."""

    sender: str
    shown: tuple[str, ...]
    hidden: tuple[str, ...]
    subject: str
    body: str
    html: str
    files: tuple[AttachedFile, ...]
    mapi: dict[str, Any]
    sent_at: datetime


class Account(Dispatched):
    """One mail account."""

    def __init__(self, outlook: "FakeOutlook", session: Session, address: str) -> None:
        super().__init__(outlook, session)
        self._address = address

    @property
    def SmtpAddress(self) -> str:
        return self._address

    @property
    def DisplayName(self) -> str:
        return self._address

    @property
    def UserName(self) -> str:
        return self._address.partition("@")[0]

    @property
    def DeliveryStore(self) -> Any:
        # Late, because the application is made of this.
        from outlook.application import Store

        own = self._outlook.stores_of_accounts.get(self._address, self._outlook.stores[0])
        return Store(self._outlook, self._session, own)


class Recipient(Dispatched):
    """One recipient; Type 1 to, 2 copy, 3 blind copy."""

    def __init__(self, outlook: "FakeOutlook", session: Session, members: list["Recipient"], address: str) -> None:
        super().__init__(outlook, session)
        self._members = members
        self._address = address
        self._type = _TO
        self._resolved = False

    @property
    def Address(self) -> str:
        return self._address

    @property
    def Type(self) -> int:
        return self._type

    @Type.setter
    def Type(self, value: int) -> None:
        self._type = value

    def Resolve(self) -> bool:
        self._resolved = bool(_SMTP.fullmatch(self._address))
        return self._resolved

    def Delete(self) -> None:
        self._members.remove(self)


class Recipients(Collection):
    """Recipients of one mail."""

    def Add(self, address: str) -> Recipient:
        recipient = Recipient(self._outlook, self._session, self._members, address)
        self._members.append(recipient)
        return recipient

    def ResolveAll(self) -> bool:
        resolved = [each.Resolve() for each in self._members]
        return all(resolved)


class Attachment(Dispatched):
    """One attachment that can be seen."""

    def __init__(self, outlook: "FakeOutlook", session: Session, file: AttachedFile) -> None:
        super().__init__(outlook, session)
        self._file = file

    @property
    def FileName(self) -> str:
        return self._file.name

    @property
    def Size(self) -> int:
        return len(self._file.content)

    @property
    def Type(self) -> int:
        return 1

    def SaveAsFile(self, path: str) -> None:
        Path(path).write_bytes(self._file.content)


class Attachments(Collection):
    """Attachments of one mail; blocked ones are not there, neither way."""

    def __init__(self, outlook: "FakeOutlook", session: Session, files: list[AttachedFile]) -> None:
        seen = [each for each in files if Path(each.name).suffix.lower() not in _BLOCKED]
        super().__init__(outlook, session, [Attachment(outlook, session, each) for each in seen])
        self._files = files

    def Add(self, source: str, kind: int = 1) -> Attachment:
        path = Path(source)
        if not path.is_absolute() or not path.exists():
            raise refused(NOT_FOUND, "Cannot find this file. Verify the path and file name are correct.")
        file = AttachedFile(path.name, path.read_bytes())
        self._files.append(file)
        return Attachment(self._outlook, self._session, file)


def _field(name: str, *, writable: bool = True) -> Any:
    def read(self: Any) -> Any:
        self._check_there()
        return self._fields[name]

    def write(self: Any, value: Any) -> None:
        self._check_there()
        self._fields[name] = value

    return property(read, write if writable else None)


class MailItem(Item):
    """One mail."""

    KIND = "IPM.Note"
    CLASS = 43

    def __init__(self, outlook: "FakeOutlook", session: Session, folder: StoredFolder, record: Any) -> None:
        super().__init__(outlook, session, folder, record)
        self._recipients: list[Recipient] = []
        self._account: Account | None = None
        self._gone = False

    def _new_fields(self) -> dict[str, Any]:
        return {
            "Subject": "", "Body": "", "HTMLBody": "", "BodyFormat": 1, "SenderName": "", "SenderEmailAddress": "",
            "SenderEmailType": "SMTP", "files": [], "UnRead": True,
        }  # fmt: skip

    def _check_there(self) -> None:
        if self._gone:
            raise refused(NOT_FOUND, "The item has been moved or deleted.")

    Subject = _field("Subject")
    Body = _field("Body")
    HTMLBody = _field("HTMLBody")
    BodyFormat = _field("BodyFormat")
    UnRead = _field("UnRead")
    SenderName = _field("SenderName", writable=False)
    SenderEmailType = _field("SenderEmailType", writable=False)
    SenderEmailAddress = _field("SenderEmailAddress", writable=False)

    @property
    def Sender(self) -> "Sender | None":
        return Sender(self._outlook, self._session, self._fields.get("smtp", ""))

    @property
    def Recipients(self) -> Recipients:
        return Recipients(self._outlook, self._session, self._recipients)

    @property
    def Attachments(self) -> Attachments:
        return Attachments(self._outlook, self._session, self._fields["files"])

    @property
    def ReceivedTime(self) -> datetime:
        return given(to_wall(self._fields["ReceivedTime"], self._outlook.system))

    @property
    def SendUsingAccount(self) -> Account | None:
        return self._account

    @SendUsingAccount.setter
    def SendUsingAccount(self, account: Account) -> None:
        self._account = account

    def Send(self) -> None:
        """Put the mail into the Outbox, from where it leaves; this object is of no use afterwards."""
        self._check_there()
        if not self._recipients or not all(each._resolved or each.Resolve() for each in self._recipients):
            raise refused(FAILED, "Outlook does not recognize one or more names.")
        names = {
            kind: tuple(each._address for each in self._recipients if each._type == kind) for kind in (_TO, _BLIND)
        }
        sender = self._account._address if self._account else self._outlook.addresses[0]
        mail = Outgoing(
            sender, names[_TO], names[_BLIND], self._fields["Subject"], self._fields["Body"], self._fields["HTMLBody"],
            tuple(self._fields["files"]), dict(self._mapi), self._outlook.clock(),
        )  # fmt: skip
        self._gone = True
        self._outlook.post(mail)


class ReportItem(Item):
    """A report of a mail system; it has no sender."""

    KIND = "REPORT.IPM.Note.NDR"
    CLASS = 46

    Subject = _field("Subject")
    Body = _field("Body")
    UnRead = _field("UnRead")

    def _check_there(self) -> None:
        """It cannot be sent away, as a mail can."""

    @property
    def Attachments(self) -> Attachments:
        return Attachments(self._outlook, self._session, self._fields["files"])


class MeetingItem(Item):
    """An invitation, its cancellation or an answer: what Outlook makes of a mail with a part of the type text/calendar."""

    @property
    def Subject(self) -> str:
        return str(self._fields["Subject"])

    @property
    def Attachments(self) -> Attachments:
        return Attachments(self._outlook, self._session, self._fields["files"])

    @property
    def Class(self) -> int:
        return MEETINGS[self.MessageClass]


class Sender(Dispatched):
    """The address entry of a sender in the address book."""

    def __init__(self, outlook: "FakeOutlook", session: Session, smtp: str) -> None:
        super().__init__(outlook, session)
        self._smtp = smtp

    @property
    def PropertyAccessor(self) -> PropertyAccessor:
        found = {TAG + "0x39FE001E": self._smtp} if self._smtp else {}
        return PropertyAccessor(self._outlook, self._session, found, {})

    def GetExchangeUser(self) -> "ExchangeUser | None":
        return ExchangeUser(self._outlook, self._session, self._smtp) if self._smtp else None


class ExchangeUser(Dispatched):
    """A user of the same Exchange."""

    def __init__(self, outlook: "FakeOutlook", session: Session, smtp: str) -> None:
        super().__init__(outlook, session)
        self._smtp = smtp

    @property
    def PrimarySmtpAddress(self) -> str:
        return self._smtp
