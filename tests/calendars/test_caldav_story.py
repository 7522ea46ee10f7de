"""pat and tester share by mail, with calendars on real CalDAV servers that write what they get in words of their own."""

import contextlib
import re
from dataclasses import dataclass

import pytest
from beds.cyrus import Cyrus
from beds.dav import DavServer
from beds.dav_client import DavClient, calendar_at, user_of
from beds.front import Asked, Forward, Said, running_front
from engine.world import FusedCalendar, Killed, Story, event_of, lunch

from osync.calendars.base import Calendar
from osync.calendars.caldav import CaldavCalendar
from osync.engine.undo import undo
from osync.ical.event import write_event
from osync.model import ChangeReason
from osync.notebook import LooseNotebook

SERVERS = [
    pytest.param(name, marks=pytest.mark.xdist_group(name), id=name) for name in ("radicale", "xandikos", "cyrus")
]
ODD = (
    "DESCRIPTION:ends with a blank \\n and a line that is long enough to be folded by everybody who folds lines at all ",
    "LOCATION:Somewhere\\, over\\; there ",
    "URL:https://example.org/?a=b&c=d",
    "X-MOOD:good",
    "COLOR:teal",
    "TRANSP:TRANSPARENT",
    "STATUS:TENTATIVE",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "DESCRIPTION:Go",
    "TRIGGER:-PT5M",
    "END:VALARM",
)
SERIES = (
    "DTSTART;TZID=Europe/Berlin:20261201T090000",
    "DTEND;TZID=Europe/Berlin:20261201T100000",
    "RRULE:FREQ=WEEKLY;UNTIL=20270301T080000Z;BYDAY=TU,TH",
    "EXDATE;TZID=Europe/Berlin:20261208T090000",
    "SUMMARY:Grüße ✓ 日本語",
    "CATEGORIES:OSync",
)
ALL_DAY = ("DTSTART;VALUE=DATE:20261224", "SUMMARY:Holidays", "CATEGORIES:OSync,Family", "CLASS:PUBLIC")


@dataclass(frozen=True, slots=True)
class Stage:
    """A story whose calendars are on a server, and another program at each of them."""

    story: Story
    pat: DavClient
    pat_url: str
    tester: DavClient
    tester_url: str

    def put(self, name: str, *lines: str) -> None:
        """Let pat's other program write an event."""
        self.pat.put(f"{self.pat_url}{name}.ics", write_event(event_of(*lines, uid=name)))

    def titles(self) -> list[str]:
        """Give the titles in tester's calendar, as another OSync would read them."""
        calendar = calendar_at(self.tester_url, self.tester.user.name)
        stored = list(calendar.read([ref.handle for ref in calendar.refs()]))
        lines = [line for each in stored if each.event for line in each.event.components[0].contents]
        return sorted(line[8:] for line in lines if isinstance(line, str) and line.startswith("SUMMARY:"))


@pytest.fixture(params=SERVERS)
def stage(request: pytest.FixtureRequest) -> Stage:
    """Give pat and tester with calendars of their own on one server, sharing nothing yet but the share itself."""
    server = request.getfixturevalue(request.param)
    clients = [DavClient(user_of(server, server.new_user() if isinstance(server, Cyrus) else "alice")) for _ in "ab"]
    urls = [client.make_calendar() for client in clients]
    story = Story()
    for person, client, url in zip((story.pat, story.tester), clients, urls, strict=True):
        person.calendar = _Fused(calendar_at(url, client.user.name), person.fuse)
    return Stage(story, clients[0], urls[0], clients[1], urls[1])


class _Fused(FusedCalendar):
    """Counts what is asked of a calendar on a server."""

    @property
    def writes_at_once(self) -> int:
        """As many as the real one allows."""
        assert isinstance(self.real, CaldavCalendar)
        return self.real.writes_at_once


def quiet_runs(story: Story) -> None:
    """Check that nothing is written, healed or told once everything has arrived."""
    before = story.tester.calendar.writes, len(story.pat.mailbox.sent), len(story.tester.mailbox.sent)
    for person in (story.pat, story.tester, story.pat, story.tester):
        report = person.sync()
        assert not report.changes
        assert not report.problems
    assert (story.tester.calendar.writes, len(story.pat.mailbox.sent), len(story.tester.mailbox.sent)) == before


def test_events_arrive_change_and_go_and_a_second_sync_does_nothing(stage: Stage) -> None:
    story = stage.story
    for number in range(12):
        stage.put(f"lunch-{number}", *lunch(f"Lunch {number}"))
    stage.put("odd", *lunch("Odd", 13, *ODD))
    stage.put("series", *SERIES)
    stage.put("days", *ALL_DAY)
    story.joined()
    arrived = [
        "[pat] Grüße ✓ 日本語",
        "[pat] Holidays",
        *(f"[pat] Lunch {number}" for number in range(12)),
        "[pat] Odd",
    ]
    assert stage.titles() == sorted(arrived)
    quiet_runs(story)
    stage.put("odd", *lunch("Odd too", 14, *ODD))
    stage.put("series", *SERIES, "LOCATION:Elsewhere")
    stage.pat.delete(f"{stage.pat_url}days.ics")
    story.settle()
    assert stage.titles() == sorted({*arrived, "[pat] Odd too"} - {"[pat] Odd", "[pat] Holidays"})
    quiet_runs(story)


def test_what_the_server_rewrote_does_not_look_like_a_change_of_the_user(stage: Stage) -> None:
    story = stage.story
    stage.put("odd", *lunch("Odd ", 13, *ODD))
    stage.put("series", *SERIES)
    story.joined()
    stage.put("odd", *lunch("Odd still", 13, *ODD))
    stage.put("series", *SERIES, "LOCATION:Elsewhere")
    story.pat.sync()
    assert len(story.tester.sync().changes) == 2
    assert [change.reason for change in story.tester.ledger.changes.newest(2)] == [ChangeReason.REVISION] * 2


def test_copies_that_the_ledger_forgot_are_taken_over_and_not_doubled(stage: Stage) -> None:
    story = stage.story
    for number in range(5):
        stage.put(f"lunch-{number}", *lunch(f"Lunch {number}"))
    story.joined()
    share = story.tester.ledger.subscriptions.all()[0].share_id
    keys = [change.event_key for change in story.tester.ledger.changes.of_share(share)]
    with story.tester.ledger.transaction():
        story.tester.ledger.subscriptions.drop_written(share, keys)
        story.tester.ledger.subscriptions.set_waiting(share, keys, waiting=True)
    assert not story.tester.sync().problems
    assert stage.titles() == [f"[pat] Lunch {number}" for number in range(5)]


def test_the_list_of_the_next_run_is_the_same_with_and_without_its_notes(stage: Stage) -> None:
    notes = LooseNotebook()
    name = stage.pat.user.name

    def listed() -> Calendar:
        return calendar_at(stage.pat_url, name, notebook=notes)

    for number in range(25):
        stage.put(f"lunch-{number}", *lunch(f"Lunch {number}"))
        if number % 7 == 3:
            stage.pat.delete(f"{stage.pat_url}lunch-{number - 2}.ics")
        if number % 5 == 4:
            stage.put(f"lunch-{number - 4}", *lunch(f"Lunch at {number}"))
        assert set(listed().refs()) == set(calendar_at(stage.pat_url, name).refs())


def test_what_came_can_be_taken_back(stage: Stage) -> None:
    story = stage.story
    stage.put("odd", *lunch("Odd", 13, *ODD))
    stage.put("series", *SERIES)
    story.joined()
    stage.put("odd", *lunch("Odd too", 14, *ODD))
    stage.pat.delete(f"{stage.pat_url}series.ics")
    stage.put("days", *ALL_DAY)
    story.settle()
    assert stage.titles() == ["[pat] Holidays", "[pat] Odd too"]
    assert not undo(story.tester.installation, "").problems
    assert stage.titles() == ["[pat] Grüße ✓ 日本語", "[pat] Odd"]
    quiet_runs(story)


def test_an_end_at_any_write_loses_and_doubles_nothing(stage: Stage) -> None:
    story = stage.story
    story.joined()
    for number in range(6):
        stage.put(f"lunch-{number}", *lunch(f"Lunch {number}"))
    story.pat.sync()
    fuse = story.tester.fuse
    # Every run ends a little later than the one before.
    for more in range(8, 60, 3):
        fuse.steps, fuse.at = 0, more
        with contextlib.suppress(Killed):
            story.tester.sync()
    fuse.at = 0
    story.settle()
    assert stage.titles() == [f"[pat] Lunch {number}" for number in range(6)]
    quiet_runs(story)


@pytest.mark.xdist_group("radicale")
def test_a_server_that_is_down_is_one_sentence_and_the_next_run_brings_everything(radicale: DavServer) -> None:
    client = DavClient(radicale.user("alice"))
    url = client.make_calendar()
    story = Story()
    story.tester.calendar = _Fused(calendar_at(url), story.tester.fuse)
    story.joined()
    for number in range(6):
        story.pat.put(*lunch(f"Lunch {number}"), uid=f"lunch-{number}")
    story.pat.sync()
    radicale.stop()
    problems = story.tester.sync().problems
    radicale.start()
    assert len(problems) == 1
    assert "does not answer" in problems[0].sentence
    story.settle()
    assert Stage(story, client, url, client, url).titles() == [f"[pat] Lunch {number}" for number in range(6)]


@pytest.mark.xdist_group("xandikos")
def test_a_server_that_drops_what_it_does_not_know_is_seen_through(xandikos: DavServer) -> None:
    client = DavClient(xandikos.user("alice"))
    behind = client.make_calendar()

    def dropping(asked: Asked, forward: Forward) -> Said:
        if asked.method != "PUT":
            return forward()
        text = re.sub(rb"(?m)^X-.*\r\n( .*\r\n)*", b"", asked.body)
        precondition = {name: value for name, value in asked.headers.items() if name.startswith("if-")}
        client.ask(
            "PUT", behind + asked.path.rsplit("/", 1)[-1], text, {"Content-Type": "text/calendar", **precondition}
        )
        return Said(201)

    with running_front(xandikos.port) as front:
        front.rule = dropping
        story, url = Story(), front.in_front(behind, xandikos.port)
        story.tester.calendar = _Fused(calendar_at(url), story.tester.fuse)
        story.pat.put(*lunch("Lunch"), uid="lunch")
        story.joined()
        assert not story.tester.calendar.capabilities.keeps_unknown_properties
        quiet_runs(story)
        story.pat.put(*lunch("Later", 15), uid="lunch")
        story.settle()
        assert Stage(story, client, behind, client, behind).titles() == ["[pat] Later"]
        quiet_runs(story)
        assert not undo(story.tester.installation, "").problems
        assert Stage(story, client, behind, client, behind).titles() == ["[pat] Lunch"]
