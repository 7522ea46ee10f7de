"""What the doctor says and leaves behind when something fails in the middle of a trial."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from engine.world import Story, event_of

from osync.calendars.base import EventRef
from osync.calendars.memory import MemoryCalendar
from osync.doctor.examination import examine
from osync.doctor.findings import Finding, Verdict
from osync.doctor.probe_event import PROBE_UID
from osync.doctor.probe_mail import probe_mails
from osync.doctor.trying_calendars import try_calendar
from osync.doctor.trying_mails import Patience, try_mails
from osync.engine.sync import sync
from osync.errors import CalendarUnavailableError, MailboxUnavailableError, MailboxUnusableError
from osync.ical.event import Event, write_event
from osync.mailboxes.base import IncomingMail, Mailbox, OutgoingMail, Refusal
from osync.model import Carrier

TODAY = date(2026, 11, 23)


class FailingCalendar(MemoryCalendar):
    """One whose server is away from call `at` of a kind on, until it is `mended`."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.is_away = False
        self.loses_answers = False

    def _call(self, kind: str) -> None:
        self.is_away = self.is_away or kind == self.kind
        if self.is_away:
            raise CalendarUnavailableError("The server does not answer.", advice="Wait.")

    def mend(self) -> None:
        self.kind, self.is_away = "", False

    def refs(self) -> Iterator[EventRef]:
        if self.is_away:
            self._call("refs")
        return super().refs()

    def create(self, event: Event) -> EventRef:
        ref = super().create(event)
        self._call("create")
        return ref

    def replace(self, ref: EventRef, event: Event) -> EventRef:
        self._call("replace")
        return super().replace(ref, event)

    def delete(self, ref: EventRef) -> None:
        self._call("delete")
        super().delete(ref)


def examined(calendar: MemoryCalendar) -> list[Finding]:
    return list(try_calendar("calendar", calendar, TODAY))


@pytest.mark.parametrize("kind", ["create", "replace", "delete"])
def test_a_probe_that_may_lie_there_is_told_and_removed_by_the_next_doctor(kind: str) -> None:
    calendar = FailingCalendar(kind)
    found = examined(calendar)
    assert {each.verdict for each in found} == {Verdict.BAD}
    assert found[-1].sentence == (
        "The doctor's probe may still lie there (its UID is osync-doctor-probe); nothing of yours was touched."
    )
    assert found[-1].advice == "The next osync doctor removes it; you may delete it yourself, too."
    calendar.mend()
    assert [each.handle for each in calendar.refs()] == [PROBE_UID]
    assert [each.verdict for each in examined(calendar)] == [Verdict.GOOD]
    assert list(calendar.refs()) == []


def test_the_error_itself_is_told_besides_the_probe() -> None:
    found = examined(FailingCalendar("replace"))
    assert [(each.sentence, each.advice) for each in found[:-1]] == [("The server does not answer.", "Wait.")]


def test_a_probe_whose_place_was_never_told_is_found_and_removed() -> None:
    class Forgetful(MemoryCalendar):
        def create(self, event: Event) -> EventRef:
            self.put("somewhere", event)
            raise CalendarUnavailableError("The answer was lost.", advice="Wait.")

    calendar = Forgetful()
    calendar.put("lunch", event_of("SUMMARY:Lunch", "DTSTART:20261201T120000Z", uid="lunch"))
    (found,) = examined(calendar)
    assert found.sentence == "The answer was lost."
    assert [each.handle for each in calendar.refs()] == ["lunch"]


def test_an_interruption_leaves_no_probe_behind() -> None:
    class Interrupted(MemoryCalendar):
        def replace(self, ref: EventRef, event: Event) -> EventRef:
            raise KeyboardInterrupt

    calendar = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        examined(calendar)
    assert list(calendar.refs()) == []


def test_an_event_of_the_user_that_has_the_uid_of_the_probe_stays_as_it_is() -> None:
    calendar = MemoryCalendar()
    own = event_of("SUMMARY:Mine", "DTSTART:20261201T120000Z", uid=PROBE_UID)
    before = calendar.put("mine", own)
    (found,) = examined(calendar)
    assert found.verdict is Verdict.NOTICE
    assert found.sentence == (
        "An event of yours has the UID osync-doctor-probe, so writing was not tried. It was left alone."
    )
    assert list(calendar.refs()) == [before]


def test_an_event_that_the_user_adds_meanwhile_stays() -> None:
    class Lively(MemoryCalendar):
        def replace(self, ref: EventRef, event: Event) -> EventRef:
            self.put("new", event_of("SUMMARY:New", "DTSTART:20261201T120000Z", uid="new"))
            return super().replace(ref, event)

    calendar = Lively()
    examined(calendar)
    assert [each.handle for each in calendar.refs()] == ["new"]


def test_a_probe_without_its_title_is_known_by_its_place() -> None:
    class Hiding(MemoryCalendar):
        """A server that shows nothing of a private event."""

        def put(self, handle: str, *events: Event, problem: str = "") -> EventRef:
            hidden = [event_of("SUMMARY:Busy", "DTSTART:20261201T120000Z", uid=each.uid) for each in events]
            return super().put(handle, *hidden, problem=problem)

    calendar = Hiding()
    assert Verdict.NOTICE in {each.verdict for each in examined(calendar)}
    assert list(calendar.refs()) == []


@dataclass
class Faltering:
    """A mailbox that works for some calls of a kind, then fails for ever or for so many calls."""

    real: Mailbox
    sends: int = 99
    looks: int = 99
    fails: int = 99
    error: Exception = field(default_factory=lambda: MailboxUnavailableError("It is away.", advice="Wait."))

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        self.sends -= 1
        if self.sends < 0:
            raise self.error
        return self.real.send(mail)

    def pending(self) -> Iterator[IncomingMail]:
        self.looks -= 1
        if self.looks < 0 and self.fails:
            self.fails -= 1
            raise self.error
        return self.real.pending()

    def settle(self, handle: str) -> None:
        self.real.settle(handle)


def tried(story: Story, mailbox: Mailbox) -> list[Finding]:
    seconds = [0.0]

    def pause(amount: float) -> None:
        seconds[0] += amount

    installation = replace(story.pat.installation, mailbox=mailbox)
    found = try_mails(installation, Patience(30, lambda: seconds[0], pause))
    return [each for each in found if each.subject == "mail"]


def test_an_error_at_the_second_mail_leaves_the_first_one_judged() -> None:
    story = Story()
    first, second = tried(story, Faltering(story.pat.installation.mailbox, sends=1))
    assert (first.verdict, first.sentence.partition(" after")[0]) == (
        Verdict.GOOD,
        "A message as a file came back whole",
    )
    assert second.sentence == "A message as a text file could not be sent. It is away."
    assert second.advice == "Wait."


def test_a_mailbox_that_is_away_for_a_moment_is_asked_again() -> None:
    story = Story()
    found = tried(story, Faltering(story.pat.installation.mailbox, looks=0, fails=2))
    assert [each.verdict for each in found] == [Verdict.GOOD] * len(Carrier)


def test_a_mailbox_that_cannot_be_read_any_more_is_told_and_nothing_is_said_of_what_was_not_looked_for() -> None:
    story = Story()
    error = MailboxUnusableError("The folder is gone.", advice="Make it.")
    (found,) = tried(story, Faltering(story.pat.installation.mailbox, looks=0, error=error))
    assert found.sentence == "It could not be looked for all mails that were sent. The folder is gone."


def test_a_sync_is_silent_about_probes_that_came_late_and_changes_nothing(tmp_path: Path) -> None:
    story = Story().joined()
    pat = story.pat
    ours = pat.installation
    for probe in probe_mails(ours.name, ours.address, ours.now, ours.world.random_bytes):
        ours.mailbox.send(OutgoingMail(ours.address, (ours.address,), probe.content))
        cut = probe.content[:2_500] + b"\r\n"
        ours.mailbox.send(OutgoingMail(ours.address, (ours.address,), cut))
    before, shares, sent = pat.texts(), ours.ledger.shares.all(), len(pat.mailbox.sent)
    report = sync(ours)
    assert (report.mails, report.changes, report.problems, report.exit_code) == ([], [], [], 0)
    assert (pat.texts(), ours.ledger.shares.all(), len(pat.mailbox.sent)) == (before, shares, sent)
    assert list(ours.mailbox.pending()) == []


def test_a_mail_that_only_says_that_it_is_a_probe_takes_effect_all_the_same() -> None:
    story = Story().joined()
    story.pat.put("SUMMARY:Lunch", "DTSTART:20261201T120000Z", "CATEGORIES:OSync", uid="lunch")
    story.pat.sync()
    mails = list(story.office.mailbox(story.tester.address).pending())
    for mail in mails:
        assert mail.content
        disguised = mail.content.replace(b"Subject: [OSync] Calendar update", b"Subject: [OSync] Calendar doctor")
        story.office.mailbox(story.tester.address).settle(mail.handle)
        story.office.mailbox("eve@example.org").send(
            OutgoingMail("eve@example.org", (story.tester.address,), disguised)
        )
    report = story.tester.sync()
    assert story.tester.titles() == ["[pat] Lunch"]
    assert len(report.mails) == 1


def test_everything_is_examined_though_a_probe_stays_behind(tmp_path: Path) -> None:
    story = Story()
    calendar = FailingCalendar("delete")
    ours = replace(story.pat.installation, calendar=lambda name: calendar)
    found = list(examine(ours, tmp_path, ("default",), None))
    assert [each.subject for each in found] == ["home", "key", "calendar default", "mailbox"]
    (stored,) = MemoryCalendar.read(calendar, [PROBE_UID])
    assert stored.event
    assert b"Probe of the OSync doctor" in write_event(stored.event)
