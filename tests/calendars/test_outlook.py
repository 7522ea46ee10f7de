"""A calendar of Outlook keeps the contract of calendars, and leaves to Outlook what is Outlook's."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.calendar_contract import CalendarContract, Neighbour, event, only, read_one, text_of
from ical.samples import BERLIN, component
from ical.samples import calendar as calendar_text
from outlook.application import CALENDAR, DELETED, FakeOutlook
from outlook.appointment import AppointmentItem
from outlook.in_process import machine_of
from outlook.locales import AMERICAN, ARABIC, BRITISH, GERMAN, JAPANESE

from osync.calendars.base import Calendar
from osync.calendars.outlook import OutlookCalendar
from osync.errors import (
    CalendarUnusableError,
    EventChangedError,
    EventExistsError,
    EventRefusedError,
)
from osync.ical.bodies import AS_WRITTEN
from osync.ical.canonical import canonical_text
from osync.ical.event import Event, read_events
from osync.ical.lines import Component, Property
from osync.ical.marker import is_received
from osync.ical.reading import read_event
from osync.ical.zones import Zones
from osync.microsoft.global_ids import global_id_of_uid
from osync.microsoft.outlook import Outlook
from osync.microsoft.recurrence import pattern_of, rule_of
from osync.notebook import LooseNotebook


def calendar_of(outlook: FakeOutlook) -> OutlookCalendar:
    return OutlookCalendar(Outlook(machine_of(outlook)), "default", LooseNotebook())


class OutlookNeighbour:
    """The user, or an import: events without our tag, whose UID stands in the Global Object ID."""

    def __init__(self, outlook: FakeOutlook) -> None:
        self._outlook = outlook
        self._places: dict[str, str] = {}

    def write(self, name: str, text: bytes) -> str:
        application = self._outlook.application()
        found = read_events(text).events if b"VEVENT" in text else ()
        space = application.GetNamespace("MAPI")
        if not found:
            item = space.GetDefaultFolder(CALENDAR).Items.Add("IPM.Post")
        elif name in self._places:
            item = space.GetItemFromID(self._places[name])
        else:
            item = space.GetDefaultFolder(CALENDAR).Items.Add(1)
        if found:
            self._fill(item, found[0])
        item.Save()
        self._places[name] = str(item.EntryID)
        return self._places[name]

    def _fill(self, item: Any, written: Event) -> None:
        content = read_event(written, lambda _: AS_WRITTEN).content
        assert content.series
        assert content.series.end
        item.Subject = content.series.title
        item._fields["start"], item._fields["end"] = content.series.start.time, content.series.end.time
        item._fields["start_zone"] = item._fields["end_zone"] = "UTC"
        item._fields["GlobalAppointmentID"] = global_id_of_uid(written.uid)

    def damage(self, handle: str) -> None:
        self._outlook.folder().records[handle].fields["damaged"] = True

    def remove(self, handle: str) -> None:
        self._outlook.application().GetNamespace("MAPI").GetItemFromID(handle).Delete()


def choir(*overrides: str, rule: str = "FREQ=WEEKLY") -> Event:
    start = ("DTSTART;TZID=Europe/Berlin:20261201T120000", "DTEND;TZID=Europe/Berlin:20261201T130000")
    series = component(
        "SUMMARY:Choir", *start, f"RRULE:{rule}", "EXDATE;TZID=Europe/Berlin:20261208T120000", uid="choir"
    )
    return only(calendar_text(*BERLIN, *series, *overrides))


def instance(was: str, now: str) -> tuple[str, ...]:
    lines = (f"RECURRENCE-ID;TZID=Europe/Berlin:{was}", f"DTSTART;TZID=Europe/Berlin:{now}", "DURATION:PT2H")
    return tuple(component("SUMMARY:Another", "DESCRIPTION:Bring cake.", *lines, uid="choir"))


class OutlookContract(CalendarContract):
    @staticmethod
    def words(event: Event) -> bytes:
        """The canonical text, with the rule in the words that Outlook's pattern has for it."""
        found = read_event(event, lambda _: AS_WRITTEN, lists_instances=False)
        content = found.content
        if content.series and content.rule:
            pattern = pattern_of(content.rule, content.series.start, found.clock)
            content = replace(content, rule=rule_of(pattern, content.series.start, found.clock))
        return canonical_text(content).encode()

    @pytest.fixture
    def outlook(self) -> FakeOutlook:
        raise NotImplementedError

    @pytest.fixture
    def calendar(self, outlook: FakeOutlook) -> Calendar:
        return calendar_of(outlook)

    @pytest.fixture
    def neighbour(self, outlook: FakeOutlook) -> Neighbour:
        return OutlookNeighbour(outlook)

    @pytest.fixture
    def read_only(self, outlook: FakeOutlook) -> Calendar:
        calendar_of(outlook).create(event())
        outlook.folder().read_only = True
        return calendar_of(outlook)

    def test_a_series_with_its_exceptions_and_zones_comes_back_whole(self, calendar: Calendar) -> None:
        """Outlook lets no instance pass another, or lie on its day; such a series is refused as a whole."""
        written = choir(
            *instance("20261215T120000", "20261216T200000"), *instance("20261229T120000", "20261228T090000")
        )
        ref = calendar.create(written)
        assert self.words_at(calendar, ref.handle) == self.words(written)
        later = choir(*instance("20261222T120000", "20261222T130000"))
        ref = calendar.replace(ref, later)
        assert self.words_at(calendar, ref.handle) == self.words(later)
        for day in ("20261201T140000", "20261202T120000", "20261222T090000", "20270101T090000"):
            with pytest.raises(EventRefusedError, match="moved"):
                calendar.replace(ref, choir(*instance("20261215T120000", day)))
        assert list(calendar.refs()) == [ref]
        assert self.words_at(calendar, ref.handle) == self.words(later)

    def test_what_osync_does_not_know_is_kept(self, calendar: Calendar) -> None:
        """Outlook has no fields for them: they stand in the tag. Of alarms it keeps one, before the start."""
        assert not calendar.capabilities.keeps_unknown_properties
        lines = ("X-MOOD;X-HOW=very:good", "COLOR:teal", "URL:https://example.org/lunch", "STATUS:TENTATIVE")
        alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM")
        ref = calendar.create(event("Lunch", *lines, "CATEGORIES:A,B", "CLASS:CONFIDENTIAL", *alarm))
        ref = calendar.replace(ref, event("Later", *lines, "CATEGORIES:A,B", "CLASS:CONFIDENTIAL", *alarm))
        series = component_at(calendar, ref.handle)
        assert {*lines, "CATEGORIES:A,B", "CLASS:CONFIDENTIAL", "SUMMARY:Later"} <= set(series.contents)
        assert [each.first("TRIGGER") for each in series.components("VALARM")] == [Property("TRIGGER", (), "-PT5M")]

    def test_several_events_at_one_place_are_read_and_left_alone(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        """Outlook keeps one event at a place; two that share a UID are two places."""
        handles = {neighbour.write(name, text_of(name, uid="shared")) for name in ("One", "Two")}
        stored = list(calendar.read(handles))
        assert {each.ref.handle for each in stored} == handles
        assert {each.event.uid for each in stored if each.event} == {"shared"}

    def test_what_cannot_be_read_in_full_says_so_and_is_left_alone(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        """Damaged events exist whose times Outlook itself cannot read."""
        handle, good = neighbour.write("bad", text_of("Bad", uid="bad")), calendar.create(event("Good"))
        assert isinstance(neighbour, OutlookNeighbour)
        neighbour.damage(handle)
        stored = {each.ref.handle: each for each in calendar.read([handle, good.handle])}
        assert (stored[handle].event, stored[handle].problem) == (None, "Outlook itself cannot read this event.")
        assert stored[good.handle].event
        with pytest.raises(EventChangedError):
            calendar.replace(stored[handle].ref, event("Better", uid="bad"))
        with pytest.raises(EventChangedError):
            calendar.delete(stored[handle].ref)


@pytest.mark.parametrize(
    "outlook",
    [
        pytest.param(("Europe/Berlin", GERMAN), id="de-DE"),
        pytest.param(("Europe/London", BRITISH), id="en-GB"),
        pytest.param(("Asia/Tokyo", JAPANESE), id="ja-JP"),
        pytest.param(("Asia/Riyadh", ARABIC), id="ar-SA"),
        pytest.param(("America/New_York", AMERICAN), id="en-US"),
    ],
    indirect=True,
)
class TestOutlookCalendar(OutlookContract):
    @pytest.fixture
    def outlook(self, request: pytest.FixtureRequest) -> FakeOutlook:
        zone, locale = request.param
        return FakeOutlook(zone, locale=locale)


class TestOutlookCalendarOfAnotherStore(OutlookContract):
    """What our facts leave open, the other way round: ids that change with a deletion, blocks by row, no count of rows."""

    @pytest.fixture
    def outlook(self) -> FakeOutlook:
        found = FakeOutlook()
        found.moves_change_ids = found.has_change_keys = found.missing_folders_raise = found.arrays_by_row = True
        found.counts_rows = False
        return found


@pytest.fixture
def outlook() -> FakeOutlook:
    return FakeOutlook()


def component_at(calendar: Calendar, handle: str) -> Component:
    stored = read_one(calendar, handle)
    assert stored.event, stored.problem
    assert stored.event.series
    return stored.event.series


def line(series: Component, name: str) -> str:
    return next((each for each in series.contents if isinstance(each, str) and each.startswith(name)), "")


def user_event(outlook: FakeOutlook, title: str = "Choir") -> Any:
    """An event that the user makes in Outlook; it is not saved yet."""
    made = outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR).Items.Add(1)
    made.Subject = title
    made.Start = datetime(2026, 12, 1, 19, 30, tzinfo=UTC)
    made.End = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
    return made


def opened(outlook: FakeOutlook, handle: str) -> Any:
    return outlook.application().GetNamespace("MAPI").GetItemFromID(handle)


def test_a_scan_without_changes_opens_nothing_and_ten_changes_open_ten(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    for number in range(5000):
        record = outlook.new_record(outlook.folder(), "IPM.Appointment")
        record.fields = {**AppointmentItem.blank(outlook), "Subject": f"Number {number}"}
    before = {ref.handle: ref.version for ref in calendar.refs()}
    assert len(before) == 5000
    assert {ref.handle: ref.version for ref in calendar.refs()} == before
    assert outlook.opened == []
    for handle in sorted(before)[:10]:
        record = outlook.folder().records[handle]
        record.fields["Subject"], record.modified = "Changed", outlook.clock()
    changed = [ref.handle for ref in calendar.refs() if before[ref.handle] != ref.version]
    assert len(list(calendar.read(changed))) == 10
    assert sorted(outlook.opened) == sorted(before)[:10]


def test_a_time_of_change_without_a_change_costs_one_reading_and_nothing_else(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    before = read_one(calendar, ref.handle).event
    outlook.now += timedelta(seconds=5)
    outlook.folder().records[ref.handle].modified = outlook.clock()
    assert read_one(calendar, ref.handle).ref.version != ref.version
    assert read_one(calendar, ref.handle).event == before


def test_what_we_write_has_no_reminder_and_nobody_is_invited(outlook: FakeOutlook) -> None:
    ref = calendar_of(outlook).create(
        event("Lunch", "ATTENDEE:mailto:jo@example.com", "ORGANIZER:mailto:pat@example.org")
    )
    fields = outlook.folder().records[ref.handle].fields
    assert (fields["ReminderSet"], fields["MeetingStatus"]) == (False, 0)
    assert "example.com" not in str(outlook.folder().records[ref.handle])


def test_the_users_reminder_and_categories_survive_a_new_version(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    theirs = opened(outlook, ref.handle)
    theirs.ReminderSet, theirs.ReminderMinutesBeforeStart, theirs.Categories = True, 30, "Family; Choir"
    theirs.Save()
    stored = read_one(calendar, ref.handle)
    assert stored.event
    kept = [part for part in stored.event.components[0].contents if str(part).startswith(("CATEGORIES", "Component"))]
    later = event("Later").components[0]
    merged = replace(later, contents=(*later.contents, *kept))
    calendar.replace(stored.ref, Event(stored.event.uid, (merged,), Zones()))
    after = opened(outlook, ref.handle)
    assert (after.Subject, after.ReminderSet, after.ReminderMinutesBeforeStart) == ("Later", True, 30)
    assert after.Categories == "Family; Choir"


@pytest.mark.parametrize("separator", [";", ",", "؛", "|", "-"])
def test_categories_are_exact_whatever_stands_between_them(separator: str) -> None:
    outlook = FakeOutlook(list_separator=separator)
    made = user_event(outlook)
    made.Categories = f"OSync{separator} Tier1 OSync{separator}Chor"
    made.Save()
    assert line(component_at(calendar_of(outlook), made.EntryID), "CATEGORIES") == "CATEGORIES:OSync,Tier1 OSync,Chor"


@pytest.mark.parametrize("separator", [";", ",", "؛", "|", "-"])
def test_categories_are_written_as_they_are_whatever_stands_between_them(separator: str) -> None:
    outlook = FakeOutlook(list_separator=separator)
    ref = calendar_of(outlook).create(event("Lunch", "CATEGORIES:Team,Home office"))
    assert outlook.folder().records[ref.handle].fields["Categories"] == ["Team", "Home office"]


def test_a_category_that_outlook_would_cut_in_two_is_written_with_a_blank() -> None:
    outlook = FakeOutlook(list_separator="|")
    ref = calendar_of(outlook).create(event("Lunch", "CATEGORIES:Work|Life"))
    assert outlook.folder().records[ref.handle].fields["Categories"] == ["Work Life"]


def test_a_category_that_outlook_does_not_cut_is_read_whole() -> None:
    outlook = FakeOutlook(list_separator="-")
    made = user_event(outlook)
    made.Save()
    outlook.folder().records[made.EntryID].fields["Categories"] = ["Work-Life", "Choir"]
    assert line(component_at(calendar_of(outlook), made.EntryID), "CATEGORIES") == "CATEGORIES:Work-Life,Choir"


def test_a_copy_that_the_user_makes_is_a_stranger_that_is_never_shared_on(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    marker = f"X-OSYNC:{'a' * 26} {'b' * 26} 1.7"
    uid = "osync-" + "a" * 32
    ref = calendar.create(event("Lunch", marker, uid=uid))
    copy = opened(outlook, ref.handle).Copy()
    stored = {each.ref.handle: each.event for each in calendar.read([ref.handle, copy.EntryID])}
    original, copied = stored[ref.handle], stored[copy.EntryID]
    assert original
    assert copied
    assert (original.uid == uid, copied.uid == uid) == (True, False)
    assert is_received(copied)
    assert marker in copied.components[0].contents
    with pytest.raises(EventRefusedError):
        calendar.replace(read_one(calendar, copy.EntryID).ref, event("New", uid=uid))
    with pytest.raises(EventExistsError) as caught:
        calendar.create(event("Again", uid=uid))
    assert caught.value.handle == ref.handle


def test_after_the_original_was_deleted_its_copy_does_not_take_its_place(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    copy = opened(outlook, ref.handle).Copy()
    calendar.delete(ref)
    again = calendar.create(event())
    assert again.handle not in (ref.handle, copy.EntryID)


def test_a_run_that_ends_after_the_first_saving_leaves_an_event_that_osync_knows(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    record = outlook.folder().records[ref.handle]
    record.user["OSyncNote"] = "1 -"
    with pytest.raises(EventExistsError) as caught:
        calendar.create(event())
    assert caught.value.handle == ref.handle
    assert read_one(calendar, ref.handle).event is not None


def test_an_event_moved_to_deleted_items_or_another_folder_is_gone(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    opened(outlook, ref.handle).Delete()
    assert opened(outlook, ref.handle).Parent.Name == "Gelöschte Elemente"
    assert list(calendar.read([ref.handle])) == []
    assert list(calendar.refs()) == []
    calendar.delete(ref)
    with pytest.raises(EventChangedError):
        calendar.replace(ref, event("Later"))


def test_our_deletion_lands_in_deleted_items(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    calendar.delete(ref)
    assert ref.handle in outlook.folder(DELETED).records


def test_an_event_that_people_were_invited_to_is_left_alone(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    theirs = opened(outlook, ref.handle)
    theirs.MeetingStatus = 1
    theirs.Save()
    now = read_one(calendar, ref.handle).ref
    with pytest.raises(EventRefusedError, match="invited"):
        calendar.replace(now, event("Later"))
    with pytest.raises(EventRefusedError, match="invited"):
        calendar.delete(now)
    assert list(calendar.refs()) == [now]


def test_what_the_user_changes_while_we_write_is_not_overwritten(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    theirs = opened(outlook, ref.handle)
    theirs.Body = "my own notes"
    theirs.Save()
    with pytest.raises(EventChangedError):
        calendar.replace(ref, event("Later"))
    assert opened(outlook, ref.handle).Body == "my own notes"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (";TZID=Europe/Berlin:20270328T013000", ";TZID=Europe/Berlin:20270328T033000"),
        (";TZID=America/New_York:20261101T003000", ";TZID=America/New_York:20261101T013000"),
        (";TZID=Asia/Tokyo:20270101T000000", ";TZID=Europe/London:20270101T000000"),
        (":20270328T003000Z", ":20270328T013000Z"),
        (";VALUE=DATE:20270327", ";VALUE=DATE:20270329"),
    ],
    ids=["spring", "autumn", "two zones", "utc", "whole days"],
)
def test_times_come_back_as_they_were_written_on_every_computer(zone: str, start: str, end: str) -> None:
    outlook = FakeOutlook(zone)
    lines = (f"DTSTART{start}", f"DTEND{end}")
    calendar = calendar_of(outlook)
    ref = calendar.create(only(calendar_text(*component("SUMMARY:x", *lines, uid="x"))))
    series = component_at(calendar, ref.handle)
    assert (line(series, "DTSTART"), line(series, "DTEND")) == lines


def test_a_time_without_a_zone_counts_in_that_of_the_computer() -> None:
    calendar = calendar_of(FakeOutlook("Asia/Tokyo"))
    text = calendar_text(*component("SUMMARY:x", "DTSTART:20270101T090000", "DTEND:20270101T100000", uid="x"))
    series = component_at(calendar, calendar.create(only(text)).handle)
    assert line(series, "DTSTART") == "DTSTART;TZID=Asia/Tokyo:20270101T090000"


def test_a_zone_that_windows_does_not_know_is_written_as_the_same_instants(outlook: FakeOutlook) -> None:
    odd = (
        "BEGIN:VTIMEZONE", "TZID:Odd", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0017",
        "TZOFFSETTO:+0017", "END:STANDARD", "END:VTIMEZONE",
    )  # fmt: skip
    lines = ("DTSTART;TZID=Odd:20270101T120000", "DTEND;TZID=Odd:20270101T130000")
    calendar = calendar_of(outlook)
    ref = calendar.create(only(calendar_text(*odd, *component("SUMMARY:x", *lines, uid="x"))))
    assert line(component_at(calendar, ref.handle), "DTSTART") == "DTSTART:20270101T114300Z"


@pytest.mark.parametrize(
    ("busy", "lines"),
    [
        (0, {"TRANSP:TRANSPARENT"}),
        (1, {"STATUS:TENTATIVE"}),
        (2, set[str]()),
        (3, {"X-MICROSOFT-CDO-BUSYSTATUS:OOF"}),
        (4, {"X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"}),
    ],
    ids=["free", "tentative", "busy", "out of office", "elsewhere"],
)
def test_free_and_busy_are_told_and_written(outlook: FakeOutlook, busy: int, lines: set[str]) -> None:
    made = user_event(outlook)
    made.BusyStatus = busy
    made.Save()
    calendar = calendar_of(outlook)
    told = component_at(calendar, made.EntryID)
    said = {str(each) for each in told.contents if str(each).startswith(("TRANSP", "STATUS", "X-MICROSOFT"))}
    assert said == lines
    again = calendar.create(event("Copy", *lines, uid="copy"))
    assert opened(outlook, again.handle).BusyStatus == busy


@pytest.mark.parametrize(
    ("sensitivity", "told"), [(0, ""), (1, "CLASS:PRIVATE"), (2, "CLASS:PRIVATE"), (3, "CLASS:CONFIDENTIAL")]
)
def test_private_events_are_told_as_private(outlook: FakeOutlook, sensitivity: int, told: str) -> None:
    made = user_event(outlook)
    made.Sensitivity = sensitivity
    made.Save()
    assert line(component_at(calendar_of(outlook), made.EntryID), "CLASS") == told


def test_a_calendar_may_be_named_by_its_ids(outlook: FakeOutlook) -> None:
    folder = outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR).Folders.Add("Club", CALENDAR)
    location = f"{folder.EntryID}/{folder.StoreID}"
    calendar = OutlookCalendar(Outlook(machine_of(outlook)), location, LooseNotebook())
    ref = calendar.create(event())
    assert list(calendar.refs()) == [ref]
    assert list(calendar_of(outlook).refs()) == []
    with pytest.raises(CalendarUnusableError, match="does not find"):
        list(OutlookCalendar(Outlook(machine_of(outlook)), "0000/0000", LooseNotebook()).refs())


def test_a_waiting_thread_hears_of_a_change_and_never_opens_outlook(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    assert calendar.wait(0) is False
    assert not outlook.is_open
    outlook.application()
    assert calendar.wait(5) is True
    assert calendar.wait(0) is False
    user_event(outlook).Save()
    assert calendar.wait(5) is True
    assert calendar.wait(0.3) is False
    threading.Timer(0.2, calendar.interrupt).start()
    assert calendar.wait(10) is False
