"""What the user does in Outlook at any moment while OSync writes there: it is never undone, and ends in no wrong words."""

import contextlib
from collections.abc import Callable
from functools import partial

import pytest
from calendars.test_outlook import calendar_of, choir, instance
from contracts.calendar_contract import read_one
from outlook.application import DELETED, FakeOutlook
from outlook.appointment import AppointmentItem
from outlook.store import Record

from osync.calendars.base import EventRef
from osync.calendars.outlook import OutlookCalendar
from osync.errors import CalendarUnavailableError, EventChangedError, EventExistsError

NOTES = "my own notes"
FIRST = choir(*instance("20261215T120000", "20261216T200000"), rule="FREQ=WEEKLY;COUNT=4")
LATER = choir(*instance("20261222T120000", "20261222T130000"), rule="FREQ=WEEKLY;COUNT=4")

Job = Callable[[OutlookCalendar, EventRef], object]


class Interrupted(FakeOutlook):
    """An Outlook whose user does something in the calendar, just before a certain call of another program."""

    act: Callable[[], object] | None = None
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
            act()

    def just_before(self, calls: int, act: Callable[[], object]) -> None:
        self.act_at, self.act = self.calls + calls, act

    def delete_all(self) -> None:
        for record in list(self.folder().records.values()):
            self.delete(record)

    def edit_all(self) -> None:
        for record in self.folder().records.values():
            self.edit(record)

    def edit(self, record: Record) -> None:
        record.fields["Body"] = NOTES
        self.touch(record)

    def add(self, title: str) -> Record:
        record = self.new_record(self.folder(), "IPM.Appointment")
        record.fields = {**AppointmentItem.blank(self), "Subject": title}
        return record

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
        outlook.just_before(number, outlook.delete_all)
        with contextlib.suppress(EventChangedError):
            job(calendar, ref)
        assert list(outlook.folder(DELETED).records) == [ref.handle], number
        assert list(calendar.refs()) == [], number


@pytest.mark.parametrize("job", [replace_it, delete_it])
def test_notes_of_the_user_are_never_lost(job: Job) -> None:
    for number in range(1, calls_of(job) + 1):
        outlook, calendar, ref = written()
        outlook.just_before(number, outlook.edit_all)
        with contextlib.suppress(EventChangedError):
            job(calendar, ref)
        assert NOTES in [each.fields["Body"] for each in outlook.all_records()], number


@pytest.mark.parametrize("act", [Interrupted.delete_all, Interrupted.edit_all])
def test_what_the_user_does_to_an_event_that_is_just_made_counts(act: Callable[[Interrupted], None]) -> None:
    """It is there once and known as ours at the next run, or it is gone; nothing is doubled."""
    outlook = Interrupted()
    calendar_of(outlook).create(FIRST)
    for number in range(1, outlook.calls + 1):
        outlook = Interrupted()
        calendar = calendar_of(outlook)
        outlook.just_before(number, partial(act, outlook))
        with contextlib.suppress(EventChangedError):
            calendar.create(FIRST)
        assert len(outlook.all_records()) <= 1, number
        for ref in list(calendar.refs()):
            with pytest.raises(EventExistsError):
                calendar.create(FIRST)
            assert read_one(calendar, ref.handle).event


def full() -> tuple[Interrupted, OutlookCalendar, list[Record]]:
    """A folder whose table is read in two blocks."""
    outlook = Interrupted()
    records = [outlook.add(f"Number {number}") for number in range(210)]
    return outlook, calendar_of(outlook), records


@pytest.mark.parametrize("counts", [True, False], ids=["counted", "not counted"])
@pytest.mark.parametrize("deletes", [True, False])
def test_an_event_that_is_there_all_the_time_is_never_missing_in_a_listing(deletes: bool, counts: bool) -> None:
    """Otherwise it would count as deleted, and be deleted at every subscriber."""
    outlook, calendar, _ = full()
    outlook.counts_rows = counts
    list(calendar.refs())
    for number in range(1, outlook.calls + 1):
        outlook, calendar, records = full()
        outlook.counts_rows = counts
        gone = outlook.chance.choice(records)
        act = partial(outlook.delete, gone) if deletes else partial(outlook.add, "New")
        outlook.just_before(number, act)
        listed = {ref.handle for ref in calendar.refs()}
        assert {record.entry_id for record in records} - listed <= {gone.entry_id}, number


def test_a_folder_that_changes_all_the_time_is_not_listed_at_all() -> None:
    outlook, calendar, records = full()

    def restless() -> None:
        outlook.delete(records.pop())
        outlook.just_before(1, restless)

    outlook.just_before(1, restless)
    with pytest.raises(CalendarUnavailableError, match="only a part"):
        list(calendar.refs())
