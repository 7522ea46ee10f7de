"""The doctor tells what works and what does not, and leaves everything as it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from engine.world import Story

from osync.calendars.base import EventRef
from osync.calendars.memory import MemoryCalendar
from osync.doctor.examination import examine
from osync.doctor.findings import Finding, Verdict
from osync.doctor.probe_event import PROBE_UID, judge_event, probe_event
from osync.doctor.probe_mail import Arrival, ProbeMail, is_arrival_of, judge_clock, judge_mails, probe_mails
from osync.doctor.trying_mails import Patience
from osync.engine.installation import Installation
from osync.errors import CalendarUnavailableError, MailboxUnavailableError
from osync.ical.event import Event
from osync.ical.lines import Component
from osync.mailboxes.base import IncomingMail, OutgoingMail, Refusal
from osync.model import Carrier

NOW = 1_795_000_000


class Time:
    """A clock that moves when somebody pauses."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def pause(self, seconds: float) -> None:
        self.seconds += seconds

    def patience(self, seconds: float = 30.0) -> Patience:
        return Patience(seconds, lambda: self.seconds, self.pause)


@pytest.fixture
def story() -> Story:
    return Story()


def results(installation: Installation, home: Path, patience: Patience | None = None) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in examine(installation, home, ("default",), patience):
        found.setdefault(finding.subject, []).append(finding)
    return found


def verdicts(findings: list[Finding]) -> list[Verdict]:
    return [each.verdict for each in findings]


def test_where_everything_works_everything_is_good_and_nothing_is_left_behind(story: Story, tmp_path: Path) -> None:
    story.pat.put("SUMMARY:Lunch", "DTSTART:20261201T120000Z", uid="lunch")
    before = list(story.pat.calendar.refs())
    found = results(story.pat.installation, tmp_path, Time().patience())
    (clock,) = found.pop("clock")
    assert clock.sentence == (
        "The clock of this computer was not checked, because no mail that came back bears the time of a server."
    )
    assert {each.verdict for findings in found.values() for each in findings} == {Verdict.GOOD}
    assert [each.sentence for each in found["calendar default"]] == [
        "OSync wrote an event, read it back as it was, changed it, and removed it."
    ]
    assert len(found["mail"]) == len(Carrier)
    assert list(story.pat.calendar.refs()) == before
    assert list(story.pat.installation.mailbox.pending()) == []


def test_a_probe_that_an_ended_doctor_left_behind_is_removed(story: Story, tmp_path: Path) -> None:
    story.pat.calendar.create(probe_event(date(2026, 11, 1)))
    found = results(story.pat.installation, tmp_path)
    assert verdicts(found["calendar default"]) == [Verdict.GOOD]
    assert list(story.pat.calendar.refs()) == []


def test_without_patience_no_mail_is_sent(story: Story, tmp_path: Path) -> None:
    assert "mail" not in results(story.pat.installation, tmp_path)
    assert story.pat.mailbox.sent == []


class BrokenCalendar(MemoryCalendar):
    """One whose server does not answer."""

    def refs(self) -> Iterator[EventRef]:
        raise CalendarUnavailableError("The server does not answer.", advice="Wait.")


class BrokenMailbox:
    """One whose server does not answer."""

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        raise MailboxUnavailableError("The mail server does not answer.", advice="Wait.")

    def pending(self) -> Iterator[IncomingMail]:
        raise MailboxUnavailableError("The mail server does not answer.", advice="Wait.")

    def settle(self, handle: str) -> None:
        raise AssertionError


def test_what_does_not_answer_is_told_and_the_rest_is_checked(story: Story, tmp_path: Path) -> None:
    calendar = BrokenCalendar()
    ill = replace(story.pat.installation, mailbox=BrokenMailbox(), calendar=lambda name: calendar)
    found = results(ill, tmp_path, Time().patience())
    assert verdicts(found["home"]) == verdicts(found["key"]) == [Verdict.GOOD]
    for subject in ("calendar default", "mailbox", "mail"):
        (only,) = found[subject]
        assert (only.verdict, only.advice) == (Verdict.BAD, "Wait.")
    assert found["mail"][0].sentence == "A message as a file could not be sent. The mail server does not answer."


def test_mails_that_do_not_come_back_are_told_after_the_wait(story: Story, tmp_path: Path) -> None:
    class Swallowing(BrokenMailbox):
        def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
            return ()

        def pending(self) -> Iterator[IncomingMail]:
            return iter(())

    time = Time()
    found = results(replace(story.pat.installation, mailbox=Swallowing()), tmp_path, time.patience(60))
    assert verdicts(found["mail"]) == [Verdict.BAD] * 3
    assert "within 60 s" in found["mail"][0].sentence
    assert time.seconds >= 60


def mails() -> list[ProbeMail]:
    counted = iter(range(10**6))
    return list(
        probe_mails("pat", "pat@example.org", NOW, lambda size: bytes(next(counted) % 251 for _ in range(size)))
    )


def test_a_way_that_drops_files_is_named_with_one_that_works() -> None:
    attach, text, inline = mails()
    cut = attach.content.replace(b"filename", b"gone").partition(b"BEGIN")[0]
    assert is_arrival_of(attach, cut)
    arrived = [Arrival(attach, cut, 1.0), Arrival(inline, inline.content, 2.0)]
    found = list(judge_mails([attach, text, inline], arrived, 120))
    assert verdicts(found) == [Verdict.BAD, Verdict.BAD, Verdict.GOOD, Verdict.NOTICE]
    assert "changed or taken out" in found[0].sentence
    assert "did not come back" in found[1].sentence
    assert "--carrier inline" in found[3].advice


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        (b"Received: from a by b;\r\n\tWed, 18 Nov 2026 11:06:40 +0000\r\n", Verdict.GOOD),
        (b"Received: from a by b; Wed, 18 Nov 2026 12:06:40 +0100\r\n", Verdict.GOOD),
        (b"Received: from a by b; Wed, 18 Nov 2026 12:06:40 +0000\r\n", Verdict.NOTICE),
    ],
    ids=["folded", "zone", "an hour off"],
)
def test_the_clock_is_compared_with_that_of_the_mail_server(header: bytes, verdict: Verdict) -> None:
    probe = mails()[0]
    (found,) = judge_clock([Arrival(probe, header + probe.content, 1.0)], NOW)
    assert found.verdict is verdict


def test_where_no_server_stamped_a_mail_it_is_said_that_the_clock_was_not_checked() -> None:
    probe = mails()[0]
    broken = [b"", b"Received: from a by b; nonsense\r\n", b"Received: no stamp at all\r\n"]
    (found,) = judge_clock([Arrival(probe, each + probe.content, 1.0) for each in broken], NOW)
    assert found.verdict is Verdict.NOTICE
    assert "bears the time of a server" in found.sentence
    (found,) = judge_clock([], NOW)
    assert found.sentence.endswith("because no mail came back.")


def _changed(event: Event, **lines: str) -> Event:
    series = event.components[0]
    contents = [
        each
        for each in series.contents
        if not (isinstance(each, str) and each.partition(":")[0].partition(";")[0] in lines)
    ]
    added = [f"{name}:{value}" for name, value in lines.items() if value]
    return replace(event, components=(Component("VEVENT", (*contents, *added)),))


def test_what_a_calendar_changes_or_loses_is_told() -> None:
    event = probe_event(date(2026, 11, 23))
    assert event.uid == PROBE_UID
    lost = _changed(event, LOCATION="", DESCRIPTION="", **{"X-OSYNC-PROBE": ""})
    (found,) = judge_event("calendar", event, lost)
    assert found.sentence == "It does not keep the place, the notes and properties that it does not know."
    (found,) = judge_event("calendar", event, _changed(event, DTEND="20321124T091500Z"))
    assert "DTEND" in found.sentence
    alarmed = replace(event.components[0], contents=(*event.components[0].contents, Component("VALARM", ())))
    (found,) = judge_event("calendar", event, replace(event, components=(alarmed,)))
    assert "alarm" in found.sentence
    (found,) = judge_event("calendar", event, None)
    assert found.verdict is Verdict.BAD
