"""What every calendar has to keep: inherit, and give the fixtures `calendar`, `neighbour` and `read_only`."""

from typing import Protocol

import pytest
from ical.samples import BERLIN, component
from ical.samples import calendar as calendar_text

from osync.calendars.base import Calendar, SettlesWrites, StoredEvent
from osync.errors import (
    CalendarUnusableError,
    EventChangedError,
    EventExistsError,
    EventRefusedError,
    SkipEventError,
)
from osync.ical.event import Event, read_events, write_event

TASK = ("BEGIN:VTODO", "UID:chore@example.org", "SUMMARY:Wash up", "END:VTODO")
ODD_UIDS = (
    "../../../etc/passwd",
    "/etc/passwd",
    "..",
    ".hidden",
    "C:\\Windows\\win.ini",
    "con",
    "NUL.txt",
    "lpt1.old",
    'a:b*c?d"e<f>g|h',
    "spaces and\ttabs",
    "ends with a dot.",
    "Grüße ✓ 日本語",
    "040000008200E00074C5B7101A82E008" * 8,
    "x" * 5000,
    "-rf",
    "%2e%2e",
    "~",
)


class Neighbour(Protocol):
    """Another program, or a user, that works on the same calendar."""

    def write(self, name: str, text: bytes) -> str:
        """Put a calendar text at a place of its own choice, over what it put there before; give the handle."""
        ...

    def remove(self, handle: str) -> None:
        """Take away what lies at a place."""
        ...


def lines(title: str, *more: str) -> tuple[str, ...]:
    """Give the lines of an event."""
    return ("DTSTAMP:20261101T000000Z", "DTSTART:20261201T120000Z", "DURATION:PT1H", f"SUMMARY:{title}", *more)


def text_of(title: str, *more: str, uid: str = "lunch@example.org") -> bytes:
    """Give the text of a calendar with one event."""
    return calendar_text(*component(*lines(title, *more), uid=uid))


def event(title: str = "Lunch", *more: str, uid: str = "lunch@example.org") -> Event:
    """Give an event."""
    return only(text_of(title, *more, uid=uid))


def only(text: bytes) -> Event:
    """Give the one event of a text."""
    (found,) = read_events(text).events
    return found


def read_one(calendar: Calendar, handle: str) -> StoredEvent:
    """Give the one event at a handle."""
    (stored,) = calendar.read([handle])
    return stored


def text_at(calendar: Calendar, handle: str) -> bytes:
    """Give the event at a handle as text."""
    stored = read_one(calendar, handle)
    assert stored.event, stored.problem
    return write_event(stored.event)


class CalendarContract:
    """The promises of `osync.calendars.base.Calendar`.

    A calendar that rewrites events overrides `words`: what of an event has to come back as it was written.
    """

    @staticmethod
    def words(event: Event) -> bytes:
        """Give what is compared of an event: all of it, unless the calendar keeps it in a form of its own."""
        return write_event(event)

    def words_at(self, calendar: Calendar, handle: str) -> bytes:
        """Give what is compared of the event at a handle."""
        stored = read_one(calendar, handle)
        assert stored.event, stored.problem
        return self.words(stored.event)

    @pytest.fixture
    def calendar(self) -> Calendar:
        """Give an empty calendar that can be written."""
        raise NotImplementedError

    @pytest.fixture
    def neighbour(self, calendar: Calendar) -> Neighbour:
        """Give another program that works on `calendar`."""
        raise NotImplementedError

    @pytest.fixture
    def read_only(self) -> Calendar:
        """Give a calendar that can be read but not written."""
        raise NotImplementedError

    def test_an_empty_calendar_lists_nothing(self, calendar: Calendar) -> None:
        assert list(calendar.refs()) == []

    def test_a_new_event_is_listed_and_read_as_it_was_written(self, calendar: Calendar) -> None:
        ref = calendar.create(event("Lunch"))
        assert list(calendar.refs()) == [ref]
        stored = read_one(calendar, ref.handle)
        assert stored.ref == ref
        assert stored.event
        assert self.words(stored.event) == self.words(event("Lunch"))

    def test_every_event_is_listed_once(self, calendar: Calendar) -> None:
        made = {calendar.create(event(uid=f"number-{number}")) for number in range(30)}
        listed = list(calendar.refs())
        assert len(listed) == 30
        assert set(listed) == made
        assert {stored.ref for stored in calendar.read([ref.handle for ref in listed])} == made

    def test_a_series_with_its_exceptions_and_zones_comes_back_whole(self, calendar: Calendar) -> None:
        start = "DTSTART;TZID=Europe/Berlin:20261201T120000"
        series = component("SUMMARY:Choir", start, "RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Berlin:20261208T120000")
        moved = component(
            "SUMMARY:Late", "RECURRENCE-ID;TZID=Europe/Berlin:20261215T120000", start.replace("T12", "T14")
        )
        written = only(calendar_text(*BERLIN, *series, *moved))
        ref = calendar.create(written)
        assert self.words_at(calendar, ref.handle) == self.words(written)

    def test_what_osync_does_not_know_is_kept(self, calendar: Calendar) -> None:
        # A calendar that loses unknown properties needs a contract of its own for what it does keep.
        assert calendar.capabilities.keeps_unknown_properties
        alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Go", "TRIGGER:-PT5M", "X-LOUD:yes", "END:VALARM")
        written = event("Lunch", "X-MOOD;X-HOW=very:good", "COLOR:teal", "CATEGORIES:A,B", *alarm)
        ref = calendar.create(written)
        assert self.words_at(calendar, ref.handle) == self.words(written)
        changed = event("Lunch later", "X-MOOD;X-HOW=very:good", "COLOR:teal", "CATEGORIES:A,B", *alarm)
        assert self.words_at(calendar, calendar.replace(ref, changed).handle) == self.words(changed)

    def test_a_uid_is_kept(self, calendar: Calendar) -> None:
        stored = read_one(calendar, calendar.create(event(uid="osync-" + "a" * 32)).handle)
        assert stored.event
        assert (stored.event.uid == "osync-" + "a" * 32) is calendar.capabilities.keeps_uid

    @pytest.mark.parametrize("uid", ODD_UIDS, ids=lambda uid: uid[:20])
    def test_an_odd_uid_is_no_way_out(self, calendar: Calendar, uid: str) -> None:
        try:
            ref = calendar.create(event(uid=uid))
        except SkipEventError:
            assert list(calendar.refs()) == []
            return
        assert list(calendar.refs()) == [ref]
        assert read_one(calendar, ref.handle).ref == ref

    def test_uids_that_differ_only_in_case_are_two_events(self, calendar: Calendar) -> None:
        refs = [calendar.create(event(title, uid=title)) for title in ("lunch", "LUNCH", "Lunch")]
        assert len({ref.handle for ref in refs}) == 3
        assert [self.words_at(calendar, ref.handle) for ref in refs] == [
            self.words(event(title, uid=title)) for title in ("lunch", "LUNCH", "Lunch")
        ]

    def test_handles_and_versions_can_be_stored_and_shown(self, calendar: Calendar) -> None:
        ref = calendar.create(event())
        for text in (ref.handle, ref.version):
            assert text.isprintable()
            assert text.encode().decode() == text != ""

    def test_a_uid_that_is_there_is_not_created_again(self, calendar: Calendar) -> None:
        ref = calendar.create(event("First"))
        with pytest.raises(EventExistsError) as caught:
            calendar.create(event("Second"))
        assert caught.value.handle == ref.handle
        assert list(calendar.refs()) == [ref]
        assert self.words_at(calendar, ref.handle) == self.words(event("First"))

    def test_a_replaced_event_keeps_its_handle_and_gets_another_version(self, calendar: Calendar) -> None:
        first = calendar.create(event("First"))
        second = calendar.replace(first, event("Second"))
        assert second.handle == first.handle
        assert second.version != first.version
        assert list(calendar.refs()) == [second]
        assert read_one(calendar, first.handle).ref == second
        assert self.words_at(calendar, second.handle) == self.words(event("Second"))

    def test_a_version_does_not_come_back_soon(self, calendar: Calendar) -> None:
        ref = calendar.create(event("A"))
        seen = {ref.version}
        for title in ("B", "A", "A", "B", "A", "C") * 3:
            ref = calendar.replace(ref, event(title))
            seen.add(ref.version)
        assert len(seen) == 19

    def test_a_version_stays_while_nothing_changes(self, calendar: Calendar) -> None:
        ref = calendar.create(event())
        other = calendar.create(event(uid="other"))
        calendar.delete(calendar.replace(other, event("Changed", uid="other")))
        read_one(calendar, ref.handle)
        assert list(calendar.refs()) == [ref]

    def test_a_change_by_another_program_shows_in_the_version(self, calendar: Calendar, neighbour: Neighbour) -> None:
        handle = neighbour.write("theirs", text_of("Aaaaa"))
        versions = {read_one(calendar, handle).ref.version}
        for title in ("Bbbbb", "Ccccc", "Ddddd"):
            neighbour.write("theirs", text_of(title))
            versions.add(read_one(calendar, handle).ref.version)
        assert len(versions) == 4

    def test_an_event_that_vanishes_is_left_out(self, calendar: Calendar, neighbour: Neighbour) -> None:
        gone = neighbour.write("theirs", text_of("Gone", uid="gone"))
        stays = calendar.create(event("Stays"))
        neighbour.remove(gone)
        assert [stored.ref for stored in calendar.read([gone, stays.handle, "never-there.ics", ""])] == [stays]
        assert list(calendar.refs()) == [stays]

    def test_an_older_version_is_not_replaced(self, calendar: Calendar) -> None:
        first = calendar.create(event("First"))
        second = calendar.replace(first, event("Second"))
        with pytest.raises(EventChangedError):
            calendar.replace(first, event("Third"))
        assert list(calendar.refs()) == [second]
        assert self.words_at(calendar, first.handle) == self.words(event("Second"))

    def test_what_another_program_changed_is_neither_replaced_nor_deleted(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        handle = neighbour.write("theirs", text_of("First"))
        seen = read_one(calendar, handle).ref
        neighbour.write("theirs", text_of("Other"))
        with pytest.raises(EventChangedError):
            calendar.replace(seen, event("Third"))
        with pytest.raises(EventChangedError):
            calendar.delete(seen)
        assert self.words_at(calendar, handle) == self.words(event("Other"))

    def test_what_another_program_wrote_can_be_replaced_and_deleted(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        handle = neighbour.write("theirs", text_of("First"))
        ref = calendar.replace(read_one(calendar, handle).ref, event("Second"))
        assert self.words_at(calendar, handle) == self.words(event("Second"))
        calendar.delete(ref)
        assert list(calendar.refs()) == []

    def test_what_was_listed_can_be_deleted_without_reading_it(self, calendar: Calendar) -> None:
        calendar.create(event())
        (listed,) = calendar.refs()
        calendar.delete(listed)
        assert list(calendar.refs()) == []

    def test_a_vanished_event_is_not_replaced(self, calendar: Calendar, neighbour: Neighbour) -> None:
        ref = calendar.create(event())
        neighbour.remove(ref.handle)
        with pytest.raises(EventChangedError):
            calendar.replace(ref, event("Second"))
        assert list(calendar.refs()) == []

    def test_an_event_is_deleted_once_and_then_silently(self, calendar: Calendar) -> None:
        ref, stays = calendar.create(event()), calendar.create(event(uid="stays"))
        for _ in range(2):
            calendar.delete(ref)
            assert list(calendar.refs()) == [stays]
        assert list(calendar.read([ref.handle])) == []

    def test_an_older_version_is_not_deleted(self, calendar: Calendar) -> None:
        first = calendar.create(event("First"))
        second = calendar.replace(first, event("Second"))
        with pytest.raises(EventChangedError):
            calendar.delete(first)
        assert list(calendar.refs()) == [second]

    def test_a_deleted_event_can_be_created_again(self, calendar: Calendar) -> None:
        first = calendar.create(event("Lunch"))
        calendar.delete(first)
        again = calendar.create(event("Lunch"))
        assert again != first
        assert list(calendar.refs()) == [again]

    def test_another_uid_is_never_written_over_an_event(self, calendar: Calendar) -> None:
        ref = calendar.create(event("Lunch"))
        with pytest.raises(EventRefusedError):
            calendar.replace(ref, event("Dinner", uid="dinner"))
        assert list(calendar.refs()) == [ref]

    def test_several_events_at_one_place_are_read_and_left_alone(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        both = calendar_text(*component(*lines("One"), uid="one"), *component(*lines("Two"), uid="two"))
        handle = neighbour.write("both", both)
        stored = list(calendar.read([handle]))
        assert sorted(each.event.uid for each in stored if each.event) == ["one", "two"]
        (ref,) = {each.ref for each in stored}
        with pytest.raises(EventChangedError):
            calendar.replace(ref, event("New", uid="one"))
        with pytest.raises(EventChangedError):
            calendar.delete(ref)
        assert [each.ref.handle for each in calendar.read([handle])] == [handle] * 2

    def test_a_place_without_events_is_no_problem(self, calendar: Calendar, neighbour: Neighbour) -> None:
        handle = neighbour.write("chores", calendar_text(*TASK))
        stored = read_one(calendar, handle)
        assert (stored.event, stored.problem) == (None, "")
        with pytest.raises(EventChangedError):
            calendar.delete(stored.ref)

    def test_what_cannot_be_read_in_full_says_so_and_is_left_alone(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        handle = neighbour.write(
            "half", calendar_text(*component(*lines("Good")), *component("SUMMARY:Bad", uid="bad"))
        )
        good, bad = calendar.read([handle])
        assert good.event
        assert bad.event is None
        assert bad.problem
        with pytest.raises(EventChangedError):
            calendar.replace(good.ref, event("Better"))
        with pytest.raises(EventChangedError):
            calendar.delete(good.ref)

    def test_a_read_only_calendar_says_so_and_stays_as_it_is(self, read_only: Calendar) -> None:
        assert not read_only.capabilities.writable
        (there,) = before = list(read_only.refs())
        with pytest.raises(CalendarUnusableError):
            read_only.create(event(uid="new"))
        with pytest.raises(CalendarUnusableError):
            read_only.replace(there, event())
        with pytest.raises(CalendarUnusableError):
            read_only.delete(there)
        assert list(read_only.refs()) == before
        assert read_one(read_only, there.handle).event


class SettlesWritesContract:
    """What a calendar promises whose writes reach the disk only on demand."""

    def test_settling_writes_twice_is_harmless(self, calendar: Calendar) -> None:
        assert isinstance(calendar, SettlesWrites)
        calendar.settle_writes()
        ref = calendar.create(event())
        gone = calendar.create(event(uid="gone"))
        calendar.delete(gone)
        calendar.settle_writes()
        calendar.settle_writes()
        assert list(calendar.refs()) == [ref]
