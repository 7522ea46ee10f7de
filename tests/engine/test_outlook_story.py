"""Two people who both live in Outlook share a calendar by their Outlook mail: the main job, end to end on the fake."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from engine.world import START, Clock, Person
from mailboxes.test_outlook import OutlookRoad
from outlook.application import CALENDAR, FakeOutlook
from outlook.in_process import machine_of

from osync.calendars.outlook import OutlookCalendar
from osync.engine.local_will import LocalState, local_events
from osync.mailboxes.memory import MemoryPostOffice
from osync.microsoft.outlook import Outlook
from osync.notebook import LooseNotebook


class OutlookPerson:
    """One OSync over one Outlook."""

    def __init__(self, name: str, road: OutlookRoad, clock: Clock, zone: str) -> None:
        self.address = f"{name}@example.org"
        self.outlook = FakeOutlook(zone, addresses=(self.address,))
        road.adopt(self.outlook)
        self.osync = Person(name, MemoryPostOffice(), clock)
        self._connection = Outlook(machine_of(self.outlook))
        self.osync.calendar.real = OutlookCalendar(self._connection, "default", LooseNotebook())
        self.osync.mailbox.real = road.mailbox(self.address)

    def end(self) -> None:
        self._connection.end()

    def make(self, title: str, day: int = 1, category: str = "OSync") -> Any:
        made = self.outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR).Items.Add(1)
        made.Subject = title
        made.Start = datetime(2026, 12, day, 19, 30, tzinfo=UTC)
        made.End = datetime(2026, 12, day, 21, 0, tzinfo=UTC)
        made.Categories = category
        made.Save()
        return made

    def found(self, title: str) -> Any:
        """Open the event with this title anew."""
        space = self.outlook.application().GetNamespace("MAPI")
        (handle,) = (
            each.entry_id for each in self.outlook.folder().records.values() if each.fields["Subject"] == title
        )
        return space.GetItemFromID(handle)

    def titles(self) -> list[str]:
        return sorted(record.fields["Subject"] for record in self.outlook.folder().records.values())

    def writes(self) -> int:
        return sum(record.change for record in self.outlook.folder().records.values())


class OutlookStory:
    """pat in Berlin shares with tester in New York."""

    def __init__(self) -> None:
        self.clock, self.road = Clock(), OutlookRoad()
        self.pat = OutlookPerson("pat", self.road, self.clock, "Europe/Berlin")
        self.tester = OutlookPerson("tester", self.road, self.clock, "America/New_York")
        for person in (self.pat, self.tester):
            person.outlook.now = START.replace(tzinfo=None)

    def joined(self) -> "OutlookStory":
        self.pat.osync.share()
        self.pat.osync.invite(self.tester.osync)
        self.tester.osync.sync()
        self.tester.osync.accept(sender="pat")
        self.settle()
        return self

    def settle(self) -> None:
        for _ in range(2):
            for person in (self.pat, self.tester):
                report = person.osync.sync()
                assert report.problems == []


@pytest.fixture
def story() -> Iterator[OutlookStory]:
    made = OutlookStory()
    yield made
    for person in (made.pat, made.tester):
        person.end()


def test_events_travel_from_outlook_to_outlook(story: OutlookStory) -> None:
    story.pat.make("Choir")
    story.pat.make("Secret", category="Private")
    story.joined()
    copy = story.tester.found("[pat] Choir")
    assert copy.Start == datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
    assert (copy.ReminderSet, copy.MeetingStatus, copy.StartTimeZone.ID) == (False, 0, "W. Europe Standard Time")
    assert story.tester.titles() == ["[pat] Choir"]
    changed = story.pat.found("Choir")
    changed.Location = "Church"
    changed.Save()
    story.settle()
    assert story.tester.found("[pat] Choir").Location == "Church"
    story.pat.found("Choir").Delete()
    story.settle()
    assert story.tester.titles() == []


def test_a_second_sync_writes_opens_and_sends_nothing_in_either_role(story: OutlookStory) -> None:
    story.pat.make("Choir")
    made = story.pat.make("Rehearsal", 2)
    made.GetRecurrencePattern()
    made.Save()
    story.joined()
    story.settle()
    for person in (story.pat, story.tester):
        person.outlook.opened.clear()
        writes, sent = person.writes(), len(person.osync.mailbox.sent)
        report = person.osync.sync()
        assert (report.changes, report.mails, report.problems, report.held) == ([], [], [], [])
        assert (person.writes(), len(person.osync.mailbox.sent)) == (writes, sent)
        assert person.outlook.opened == []


def test_a_series_with_exceptions_travels_and_follows_changes(story: OutlookStory) -> None:
    made = story.pat.make("Rehearsal", 2)
    made.GetRecurrencePattern().Occurrences = 6
    made.Save()
    pattern = story.pat.found("Rehearsal").GetRecurrencePattern()
    pattern.GetOccurrence(datetime(2026, 12, 9, 19, 30, tzinfo=UTC)).Delete()
    moved = pattern.GetOccurrence(datetime(2026, 12, 16, 19, 30, tzinfo=UTC))
    moved.Start = datetime(2026, 12, 17, 18, 0, tzinfo=UTC)
    moved.Save()
    del made, pattern, moved
    story.joined()
    copy = story.tester.found("[pat] Rehearsal").GetRecurrencePattern()
    exceptions = [copy.Exceptions.Item(number) for number in (1, 2)]
    assert sorted(each.Deleted for each in exceptions) == [False, True]
    (there,) = (each.AppointmentItem for each in exceptions if not each.Deleted)
    assert there.Start == datetime(2026, 12, 17, 12, 0, tzinfo=UTC)
    assert copy.Occurrences == 6
    renamed = story.pat.found("Rehearsal")
    renamed.Subject = "Dress rehearsal"
    renamed.Save()
    story.settle()
    copy = story.tester.found("[pat] Dress rehearsal").GetRecurrencePattern()
    assert copy.Exceptions.Count == 2


def test_outlooks_own_words_are_no_change_of_the_user(story: OutlookStory) -> None:
    """A later time of change without a change is looked into, and found to be nothing."""
    made = story.pat.make("Rehearsal", 2)
    made.GetRecurrencePattern()
    made.Save()
    story.joined()
    story.tester.outlook.now = story.tester.outlook.now.replace(year=2027)
    for record in story.tester.outlook.folder().records.values():
        record.modified = story.tester.outlook.clock()
    assert [each.state for each in local_events(story.tester.osync.installation).copies] == [LocalState.PLAIN]
    edited = story.tester.found("[pat] Rehearsal")
    edited.Subject = "Mine"
    edited.Save()
    assert [each.state for each in local_events(story.tester.osync.installation).copies] == [LocalState.EDITED]


def test_times_of_change_without_a_change_are_looked_into_once_and_told_to_nobody(story: OutlookStory) -> None:
    """Dismissed reminders, published free times and the server move them (facts A3)."""
    story.pat.make("Choir")
    made = story.pat.make("Rehearsal", 2)
    made.GetRecurrencePattern()
    made.Save()
    story.joined()
    for person, looked_into in ((story.pat, (2, 0)), (story.tester, (0, 0))):
        person.outlook.now += timedelta(minutes=5)
        for record in person.outlook.folder().records.values():
            person.outlook.touch(record)
        writes, sent = person.writes(), len(person.osync.mailbox.sent)
        for opened in looked_into:
            person.outlook.opened.clear()
            report = person.osync.sync()
            assert (report.changes, report.mails, report.problems, report.held) == ([], [], [], [])
            assert len(set(person.outlook.opened)) == opened
        assert (person.writes(), len(person.osync.mailbox.sent)) == (writes, sent)


@pytest.mark.parametrize("ids_change", [False, True])
def test_an_event_that_its_owner_moves_away_goes_and_comes_back_with_it(story: OutlookStory, ids_change: bool) -> None:
    story.pat.outlook.moves_change_ids = ids_change
    calendar = story.pat.outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR)
    aside = calendar.Folders.Add("Aside", CALENDAR)
    made = story.pat.make("Choir")
    story.pat.make("Concert", 2)
    story.joined()
    moved = made.Move(aside)
    story.settle()
    assert story.tester.titles() == ["[pat] Concert"]
    back = moved.Move(calendar)
    story.settle()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Concert"]
    sent = len(story.pat.osync.mailbox.sent)
    back.Move(aside).Move(calendar)
    story.settle()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Concert"]
    assert len(story.pat.osync.mailbox.sent) == sent


@pytest.mark.parametrize("ids_change", [False, True])
def test_a_copy_that_the_subscriber_moves_away_and_back_is_not_doubled(story: OutlookStory, ids_change: bool) -> None:
    story.tester.outlook.moves_change_ids = ids_change
    calendar = story.tester.outlook.application().GetNamespace("MAPI").GetDefaultFolder(CALENDAR)
    aside = calendar.Folders.Add("Aside", CALENDAR)
    story.pat.make("Choir")
    story.joined()
    story.tester.found("[pat] Choir").Move(aside).Move(calendar)
    story.settle()
    changed = story.pat.found("Choir")
    changed.Location = "Church"
    changed.Save()
    story.settle()
    assert story.tester.titles() == ["[pat] Choir"]


def test_the_subscribers_reminder_survives_an_update_of_the_owner(story: OutlookStory) -> None:
    story.pat.make("Choir")
    story.joined()
    copy = story.tester.found("[pat] Choir")
    copy.ReminderSet, copy.ReminderMinutesBeforeStart, copy.Categories = True, 45, "Music"
    copy.Save()
    changed = story.pat.found("Choir")
    changed.Location = "Church"
    changed.Save()
    story.settle()
    copy = story.tester.found("[pat] Choir")
    assert (copy.Location, copy.ReminderSet, copy.ReminderMinutesBeforeStart) == ("Church", True, 45)
    assert copy.Categories == "Music"


def test_a_copy_that_the_subscriber_deleted_stays_away(story: OutlookStory) -> None:
    story.pat.make("Choir")
    story.joined()
    story.tester.found("[pat] Choir").Delete()
    changed = story.pat.found("Choir")
    changed.Location = "Church"
    changed.Save()
    story.settle()
    assert story.tester.titles() == []


def test_a_copy_of_a_copy_is_never_shared_on(story: OutlookStory) -> None:
    story.pat.make("Choir")
    story.joined()
    story.tester.osync.share("own")
    story.tester.osync.invite(story.pat.osync, "own")
    story.pat.osync.sync()
    story.pat.osync.accept(sender="tester")
    story.settle()
    copied = story.tester.found("[pat] Choir").Copy()
    copied.Subject, copied.Categories = "Mine now", "OSync"
    copied.Save()
    story.settle()
    assert story.pat.titles() == ["Choir"]
    assert story.tester.titles() == ["Mine now", "[pat] Choir"]


@pytest.mark.parametrize("at", range(1, 30, 4))
def test_an_outlook_that_ends_at_any_call_loses_and_doubles_nothing(story: OutlookStory, at: int) -> None:
    story.pat.make("Choir")
    story.pat.make("Rehearsal", 2)
    story.joined()
    changed = story.pat.found("Choir")
    changed.Location = "Church"
    changed.Save()
    story.pat.make("Concert", 3)
    story.pat.osync.sync()
    story.tester.outlook.end_after(at * 7)
    story.tester.osync.sync()
    story.tester.outlook.end_after(0)
    story.settle()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Concert", "[pat] Rehearsal"]
    assert story.tester.found("[pat] Choir").Location == "Church"
