"""Folder.GetTable: rows without objects (facts A3)."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outlook.dispatched import Dispatched, Session
from outlook.refusals import FAILED, refused
from outlook.store import Record
from outlook.times import given, to_wall

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

TAG = "http://schemas.microsoft.com/mapi/proptag/"
USER = "http://schemas.microsoft.com/mapi/string/{00020329-0000-0000-C000-000000000046}/"
KEYWORDS = "urn:schemas-microsoft-com:office:office#Keywords"
_UNICODE = "/0000001f"
_CUT = 255
_EQUALS = re.compile(r"""@SQL="([^"]+)" = '((?:[^']|'')*)'""")
_LIKE = re.compile(r"""@SQL="([^"]+)" like '((?:[^']|'')*)%'""", re.IGNORECASE)
_DEFAULT = ("EntryID", "Subject", "CreationTime", "LastModificationTime", "MessageClass")
# Facts A3: columns that a table refuses.
_REFUSED = {"Body", "HTMLBody", "RTFBody", "Recipients", "Attachments", "UserProperties"}


def seconds(value: datetime) -> datetime:
    return value.replace(microsecond=0)


class Columns(Dispatched):
    """The columns of one table."""

    def __init__(self, outlook: "FakeOutlook", session: Session, names: list[str]) -> None:
        super().__init__(outlook, session)
        self._names = names

    @property
    def Count(self) -> int:
        return len(self._names)

    def RemoveAll(self) -> None:
        self._names.clear()

    def Add(self, name: str) -> None:
        if name in _REFUSED or reader(self._outlook, name) is None:
            raise refused(FAILED, f'The property "{name}" cannot be a column.')
        if name not in self._names:
            self._names.append(name)


class Row(Dispatched):
    """One row."""

    def __init__(self, outlook: "FakeOutlook", session: Session, values: tuple[Any, ...]) -> None:
        super().__init__(outlook, session)
        self._values = values

    def GetValues(self) -> tuple[Any, ...]:
        return self._values


class Table(Dispatched):
    """The rows of a folder as they were when the reading began, in no order that anybody could rely on."""

    def __init__(self, outlook: "FakeOutlook", session: Session, records: list[Record], filter_text: str) -> None:
        super().__init__(outlook, session)
        wanted = _filter(outlook, filter_text)
        self._records = [record for record in records if wanted(record)]
        outlook.chance.shuffle(self._records)
        self._names = list(_DEFAULT)
        self._at = 0

    @property
    def Columns(self) -> Columns:
        return Columns(self._outlook, self._session, self._names)

    @property
    def EndOfTable(self) -> bool:
        return self._at >= len(self._records)

    def GetRowCount(self) -> int:
        return len(self._records)

    def GetNextRow(self) -> Row | None:
        if self.EndOfTable:
            return None
        self._at += 1
        return Row(self._outlook, self._session, self._values(self._records[self._at - 1]))

    def GetArray(self, most: int) -> tuple[tuple[Any, ...], ...]:
        """Documented as index (column, row); nothing at the end."""
        block = self._records[self._at : self._at + most]
        self._at += len(block)
        return tuple(zip(*map(self._values, block), strict=True))

    def _values(self, record: Record) -> tuple[Any, ...]:
        readers = (reader(self._outlook, name) for name in self._names)
        return tuple(each(record) if each else None for each in readers)


def reader(outlook: "FakeOutlook", name: str) -> Callable[[Record], Any] | None:
    """Give what reads a column; None for a name that nobody knows."""
    if name.startswith(USER) and name.endswith(_UNICODE):
        field = name[len(USER) : -len(_UNICODE)]
        return lambda record: record.user[field][:_CUT] if field in record.user else None
    named: dict[str, Callable[[Record], Any]] = {
        "EntryID": lambda record: record.entry_id,
        "Subject": lambda record: str(record.fields.get("Subject", ""))[:_CUT],
        "MessageClass": lambda record: record.message_class,
        "CreationTime": lambda record: given(seconds(to_wall(record.created, outlook.system))),
        "LastModificationTime": lambda record: given(seconds(to_wall(record.modified, outlook.system))),
        TAG + "0x30080040": lambda record: given(seconds(record.modified)),
        TAG + "0x0E060040": lambda record: given(record.fields["ReceivedTime"]) if "ReceivedTime" in record.fields else None,
        TAG + "0x0E080003": lambda record: int(record.fields.get("Size", len(repr((record.fields, record.user))))),
        KEYWORDS: lambda record: tuple(record.fields.get("Categories", ())) or None,
    }  # fmt: skip
    if outlook.has_change_keys:
        named[TAG + "0x65E20102"] = lambda record: record.change.to_bytes(22, "big")
    return named.get(name)


def _filter(outlook: "FakeOutlook", text: str) -> Callable[[Record], bool]:
    if not text:
        return lambda record: True
    found, begins = _EQUALS.fullmatch(text), _LIKE.fullmatch(text)
    match = found or begins
    read = reader(outlook, match[1]) if match else None
    if match is None or read is None:
        raise refused(FAILED, "Cannot parse condition.")
    wanted = match[2].replace("''", "'").casefold()
    if found:
        return lambda record: str(read(record) or "").casefold() == wanted
    return lambda record: str(read(record) or "").casefold().startswith(wanted)
