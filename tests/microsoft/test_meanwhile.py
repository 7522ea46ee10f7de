"""What the user does in Outlook at any moment while OSync writes there: it is never undone, and ends in no wrong words."""

import contextlib
from collections.abc import Callable

import pytest
from calendars.test_outlook import calendar_of, choir, instance
from contracts.calendar_contract import read_one
from outlook.application import DELETED, FakeOutlook
from outlook.store import Record

from osync.calendars.base import EventRef
from osync.calendars.outlook import OutlookCalendar
from osync.errors import EventChangedError, EventExistsError

NOTES = "my own notes"
FIRST = choir(*instance("20261215T120000", "20261216T200000"), rule="FREQ=WEEKLY;COUNT=4")
LATER = choir(*instance("20261222T120000", "20261222T130000"), rule="FREQ=WEEKLY;COUNT=4")

Job = Callable[[OutlookCalendar, EventRef], object]


class Interrupted(FakeOutlook):
    """An Outlook whose user does something to what is in the calendar, just before a certain call of another program."""

    act: Callable[[Record], None] | None = None
    act_at = 0
    _calls = 0

    @property
    def calls(self) -> int:
        return self._calls

    @calls.setter
    def calls(self, number: int) -> None:
        self._calls = number
        if self.act and number >= self.act_at:
            act, self.act = self.act, None
            for record in list(self.folder().records.values()):
                act(record)

    def just_before(self, calls: int, act: Callable[[Record], None]) -> None:
        self.act_at, self.act = self.calls + calls, act

    def edit(self, record: Record) -> None:
        record.fields["Body"] = NOTES
        self.touch(record)

    def all_records(self) -> list[Record]:
        return [record for folder in self.all_folders() for record in folder.records.values()]


def written() -> tuple[Interrupted, OutlookCalendar, EventRef]:
    outlook = Interrupted()
    calendar = calendar_of(outlook)
    return outlook, calendar, calendar.create(FIRST)


def calls_of(job: Job) -> int:
    outlook, calendar, ref = written()
    before = outlook.calls
    job(calendar, ref)
    return outlook.calls - before


def replace_it(calendar: OutlookCalendar, ref: EventRef) -> None:
    calendar.replace(ref, LATER)


def delete_it(calendar: OutlookCalendar, ref: EventRef) -> None:
    calendar.delete(ref)


@pytest.mark.parametrize("job", [replace_it, delete_it])
def test_a_deletion_by_the_user_is_neither_undone_nor_made_final(job: Job) -> None:
    for number in range(1, calls_of(job) + 1):
        outlook, calendar, ref = written()
        outlook.just_before(number, outlook.delete)
        with contextlib.suppress(EventChangedError):
            job(calendar, ref)
        assert list(outlook.folder(DELETED).records) == [ref.handle], number
        assert list(calendar.refs()) == [], number


@pytest.mark.parametrize("job", [replace_it, delete_it])
def test_notes_of_the_user_are_never_lost(job: Job) -> None:
    for number in range(1, calls_of(job) + 1):
        outlook, calendar, ref = written()
        outlook.just_before(number, outlook.edit)
        with contextlib.suppress(EventChangedError):
            job(calendar, ref)
        assert NOTES in [each.fields["Body"] for each in outlook.all_records()], number


@pytest.mark.parametrize("act", [Interrupted.delete, Interrupted.edit])
def test_what_the_user_does_to_an_event_that_is_just_made_counts(act: Callable[[Interrupted, Record], None]) -> None:
    """It is there once and known as ours at the next run, or it is gone; nothing is doubled."""
    outlook = Interrupted()
    calendar_of(outlook).create(FIRST)
    for number in range(1, outlook.calls + 1):
        outlook = Interrupted()
        calendar = calendar_of(outlook)
        outlook.just_before(number, act.__get__(outlook))
        with contextlib.suppress(EventChangedError):
            calendar.create(FIRST)
        assert len(outlook.all_records()) <= 1, number
        for ref in list(calendar.refs()):
            with pytest.raises(EventExistsError):
                calendar.create(FIRST)
            assert read_one(calendar, ref.handle).event
