"""Folder.GetTable: rows without objects (facts A3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outlook.columns import is_built_in, reader
from outlook.dispatched import Dispatched, Session
from outlook.filters import NOT_FOR_SORT, wanted_by
from outlook.refusals import FAILED, NOT_FOUND, refused
from outlook.store import APPOINTMENTS, Record, StoredFolder
from outlook.times import given, taken, to_utc, to_wall

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

# Facts A3 [D]: the columns of every table, and those of a calendar's besides.
_DEFAULT = ("EntryID", "Subject", "CreationTime", "LastModificationTime", "MessageClass")
_CALENDAR_TOO = ("Start", "End", "IsRecurring")
# Facts A3: columns that a table refuses.
_REFUSED = {"Body", "HTMLBody", "RTFBody", "Recipients", "Attachments", "UserProperties"}


@dataclass(frozen=True)
class Order:
    """What a table is sorted by."""

    key: Callable[[Record], Any]
    descending: bool


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

    def __init__(self, outlook: "FakeOutlook", session: Session, names: list[str], values: tuple[Any, ...]) -> None:
        super().__init__(outlook, session)
        self._names = names
        self._values = values

    def GetValues(self) -> tuple[Any, ...]:
        return self._values

    def Item(self, index: int | str) -> Any:
        return self._values[self._place(index)]

    def BinaryToString(self, index: int | str) -> str:
        value = self.Item(index)
        if not isinstance(value, bytes):
            raise refused(FAILED, "The column is not binary.")
        return value.hex().upper()

    def LocalTimeToUTC(self, index: int | str) -> datetime:
        return given(to_utc(self._time(index), self._outlook.system))

    def UTCToLocalTime(self, index: int | str) -> datetime:
        return given(to_wall(self._time(index), self._outlook.system))

    def _time(self, index: int | str) -> datetime:
        value = self.Item(index)
        if not isinstance(value, datetime):
            raise refused(FAILED, "The column is no time.")
        return taken(value, self._outlook.system)

    def _place(self, index: int | str) -> int:
        """Columns count from 1, or have names."""
        if isinstance(index, str) and index in self._names:
            return self._names.index(index)
        if isinstance(index, int) and 1 <= index <= len(self._values):
            return index - 1
        raise refused(NOT_FOUND, "There is no such column.")


class Table(Dispatched):
    """The rows of a folder, in no order unless they are sorted.

    What is added or deleted meanwhile shows while it is read [D], and moves the others under the place of reading: a row may be
    missed then, or come twice [K; rows that came twice were seen by others, facts A3].
    """

    def __init__(self, outlook: "FakeOutlook", session: Session, folder: StoredFolder, filter_text: str) -> None:
        super().__init__(outlook, session)
        self._folder = folder
        self._wanted = wanted_by(outlook, filter_text, frozenset())
        self._names = list(_DEFAULT + (_CALENDAR_TOO if folder.item_type == APPOINTMENTS else ()))
        self._rows = self._there()
        outlook.chance.shuffle(self._rows)
        self._order: Order | None = None
        self._at = 0

    def _there(self) -> list[Record]:
        return [record for record in self._folder.records.values() if self._wanted(record)]

    def _refresh(self) -> None:
        there = {record.entry_id: record for record in self._there()}
        self._rows = [there.pop(record.entry_id) for record in self._rows if record.entry_id in there]
        for record in there.values():
            self._rows.insert(self._outlook.chance.randint(0, len(self._rows)), record)
        if self._order:
            self._rows.sort(key=self._order.key, reverse=self._order.descending)

    def Sort(self, name: str, descending: bool = False) -> None:
        """By one property with a name of Outlook's own; names with a namespace, bytes and lists are refused [D]."""
        bare = name.strip("[]")
        read = reader(self._outlook, bare)
        if read is None or not is_built_in(bare) or bare in NOT_FOR_SORT:
            raise refused(FAILED, f'The table cannot be sorted by "{name}".')
        self._order = Order(lambda record: (read(record) is not None, read(record)), descending)
        self.MoveToStart()

    @property
    def Columns(self) -> Columns:
        return Columns(self._outlook, self._session, self._names)

    @property
    def EndOfTable(self) -> bool:
        self._refresh()
        return self._at >= len(self._rows)

    def GetRowCount(self) -> int:
        """Some stores cannot count (facts A3)."""
        if not self._outlook.counts_rows:
            raise refused(FAILED)
        self._refresh()
        return len(self._rows)

    def MoveToStart(self) -> None:
        self._at = 0

    def GetNextRow(self) -> Row | None:
        rows = self._take(1)
        return Row(self._outlook, self._session, list(self._names), rows[0]) if rows else None

    def GetArray(self, most: int) -> tuple[tuple[Any, ...], ...]:
        """Documented as index (column, row); nothing at the end. How pywin32 turns it is not confirmed (probe D14)."""
        block = self._take(most)
        return tuple(block if self._outlook.arrays_by_row else zip(*block, strict=True))

    def _take(self, most: int) -> list[tuple[Any, ...]]:
        self._refresh()
        block = self._rows[self._at : self._at + most]
        self._at += len(block)
        return [self._values(record) for record in block]

    def _values(self, record: Record) -> tuple[Any, ...]:
        readers = (reader(self._outlook, name) for name in self._names)
        return tuple(each(record) if each else None for each in readers)
