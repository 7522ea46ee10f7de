"""Folder.Items: what lies in a folder, as a collection that is sorted, filtered and walked through (facts A3)."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from outlook.columns import is_built_in, reader
from outlook.dispatched import Collection, Session
from outlook.filters import NOT_FOR_FIND, NOT_FOR_RESTRICT, NOT_FOR_SORT, Wanted, wanted_by
from outlook.refusals import FAILED, NOT_FOUND, refused
from outlook.store import APPOINTMENTS, Record, StoredFolder

if TYPE_CHECKING:
    from outlook.application import FakeOutlook
    from outlook.instances import Instance

_UNDEFINED = 0x7FFFFFFF


class Items(Collection):
    """A new collection each time it is asked for, in no order. It shows what comes and goes, so deleting on the way skips some [D].

    With IncludeRecurrences it shows instances of series, but only after it was sorted by Start, upwards [D]; it may not end then.
    """

    def __init__(self, outlook: "FakeOutlook", session: Session, folder: StoredFolder) -> None:
        super().__init__(outlook, session, [])
        self._folder = folder
        self._wanted: tuple[Wanted, ...] = ()
        self._wanted_instances: tuple[Wanted, ...] = ()
        self._by_start = False
        self._includes = False
        self._at = 0
        self._walk: Iterator[Instance] = iter(())
        self._found: Iterator[Any] = iter(())
        self._records = list(folder.records.values())
        outlook.chance.shuffle(self._records)

    def _rows(self) -> list[Record]:
        there, known = self._folder.records, {record.entry_id for record in self._records}
        self._records = [record for record in self._records if record.entry_id in there]
        self._records += [each for each in there.values() if each.entry_id not in known]
        return [record for record in self._records if all(wanted(record) for wanted in self._wanted)]

    @property
    def _repeats(self) -> bool:
        return self._includes and self._by_start and self._folder.item_type == APPOINTMENTS

    def _instances(self) -> Iterator["Instance"]:
        # Late, because events are made of what lies in folders.
        from outlook.instances import instances_of

        wanted = self._wanted_instances
        return (each for each in instances_of(self._rows()) if all(test(each.shown) for test in wanted))

    def _open(self, record: Record) -> Any:
        return self._outlook.open_record(self._session, record)

    def _open_instance(self, instance: "Instance | None") -> Any:
        from outlook.instances import open_instance

        return open_instance(self._outlook, self._session, instance) if instance else None

    @property
    def IncludeRecurrences(self) -> bool:
        return self._includes

    @IncludeRecurrences.setter
    def IncludeRecurrences(self, value: bool) -> None:
        self._includes = bool(value)

    @property
    def Count(self) -> int:
        return _UNDEFINED if self._repeats else len(self._rows())

    def Item(self, index: int | str) -> Any:
        if isinstance(index, int) and index >= 1:
            if self._repeats:
                return self._open_instance(next(itertools.islice(self._instances(), index - 1, None), None))
            rows = self._rows()
            if index <= len(rows):
                return self._open(rows[index - 1])
        raise refused(NOT_FOUND, "Array index out of bounds.")

    def Restrict(self, filter_text: str) -> "Items":
        wanted = wanted_by(self._outlook, filter_text, NOT_FOR_RESTRICT)
        found = Items(self._outlook, self._session, self._folder)
        found._records = list(self._records)
        found._by_start, found._includes = self._by_start, self._includes
        found._wanted, found._wanted_instances = self._wanted, self._wanted_instances
        if self._repeats:
            found._wanted_instances = (*found._wanted_instances, wanted)
        else:
            found._wanted = (*found._wanted, wanted)
        return found

    def Find(self, filter_text: str) -> Any:
        wanted = wanted_by(self._outlook, filter_text, NOT_FOR_FIND)
        if self._repeats:
            self._found = (self._open_instance(each) for each in self._instances() if wanted(each.shown))
        else:
            self._found = (self._open(each) for each in self._rows() if wanted(each))
        return self.FindNext()

    def FindNext(self) -> Any:
        return next(self._found, None)

    def Sort(self, name: str, descending: bool = False) -> None:
        bare = name.strip("[]")
        read = reader(self._outlook, bare)
        if read is None or bare in NOT_FOR_SORT or not is_built_in(bare):
            raise refused(FAILED, f'The property "{name}" cannot be sorted by.')
        self._records = self._rows()
        self._records.sort(key=lambda record: (read(record) is not None, read(record)), reverse=descending)
        self._by_start = bare == "Start" and not descending
        self._at = 0

    def GetFirst(self) -> Any:
        self._at = 0
        if self._repeats:
            self._walk = self._instances()
        return self.GetNext()

    def GetNext(self) -> Any:
        """Give the next one, None at the end; what was deleted meanwhile moves the others up."""
        if self._repeats:
            return self._open_instance(next(self._walk, None))
        rows = self._rows()
        self._at += 1
        return self._open(rows[self._at - 1]) if self._at <= len(rows) else None

    def Add(self, kind: int | str = 0) -> Any:
        return self._outlook.new_item(self._session, self._folder, kind)
