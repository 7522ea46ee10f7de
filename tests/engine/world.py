"""Two whole OSyncs with a post office between them, and a fuse that ends one of them at any step."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from osync.calendars.base import Calendar, Capabilities, EventRef, StoredEvent
from osync.calendars.memory import MemoryCalendar
from osync.engine.installation import Installation
from osync.engine.report import Report
from osync.engine.sharing import NewShare, invite, new_share
from osync.engine.subscribing import accept
from osync.engine.sync import sync
from osync.errors import NotFoundError
from osync.ical.event import Event, read_events, write_event
from osync.ledger.ledger import Ledger
from osync.mailboxes.base import IncomingMail, Mailbox, OutgoingMail, Refusal
from osync.mailboxes.memory import MemoryPostOffice
from osync.message.identity import Identity, new_identity
from osync.model import PrivacyLevel, World
from osync.sync.budget import MailLimits

T = TypeVar("T")

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Killed(BaseException):
    """The program was ended here."""


@dataclass
class Fuse:
    """Counts the steps of a program and ends it at step number `at`; 0 never."""

    at: int = 0
    steps: int = 0

    def step(self, name: str = "") -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed(name)


@dataclass
class FusedCalendar:
    """A calendar with a step before and after each call; counts what is asked."""

    real: Calendar
    fuse: Fuse
    read_handles: list[str] = field(default_factory=list)
    writes: int = 0

    @property
    def capabilities(self) -> Capabilities:
        return self.real.capabilities

    def refs(self) -> Iterator[EventRef]:
        self.fuse.step("refs")
        return self.real.refs()

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        for stored in self.real.read(list(handles)):
            self.fuse.step("read")
            self.read_handles.append(stored.ref.handle)
            yield stored

    def create(self, event: Event) -> EventRef:
        return self._write(lambda: self.real.create(event))

    def replace(self, ref: EventRef, event: Event) -> EventRef:
        return self._write(lambda: self.real.replace(ref, event))

    def delete(self, ref: EventRef) -> None:
        self._write(lambda: self.real.delete(ref))

    def _write(self, act: Callable[[], T]) -> T:
        self.fuse.step("before a write")
        self.writes += 1
        done = act()
        self.fuse.step("after a write")
        return done


@dataclass
class FusedMailbox:
    """A mailbox with a step before and after each call; counts what is sent."""

    real: Mailbox
    fuse: Fuse
    sent: list[OutgoingMail] = field(default_factory=list)

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        self.fuse.step("before sending")
        refusals = self.real.send(mail)
        self.sent.append(mail)
        self.fuse.step("after sending")
        return refusals

    def pending(self) -> Iterator[IncomingMail]:
        self.fuse.step("pending")
        return self.real.pending()

    def settle(self, handle: str) -> None:
        self.fuse.step("before settling")
        self.real.settle(handle)
        self.fuse.step("after settling")


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class Person:
    """One OSync: a calendar, a mailbox, a ledger, a key."""

    def __init__(self, name: str, office: MemoryPostOffice, clock: Clock) -> None:
        self.name = name
        self.address = f"{name}@example.org"
        self.clock = clock
        self.events = MemoryCalendar()
        self.fuse = Fuse()
        self.calendar = FusedCalendar(self.events, self.fuse)
        self.mailbox = FusedMailbox(office.mailbox(self.address), self.fuse)
        self.ledger = Ledger.open(None, self.fuse.step)
        self.identity: Identity = new_identity(os.urandom)
        self.limits = MailLimits()
        self.place = "here"
        self._random = 0

    @property
    def installation(self) -> Installation:
        return Installation(
            name=self.name,
            address=self.address,
            ledger=self.ledger,
            mailbox=self.mailbox,
            identity=lambda: self.identity,
            calendar=self._calendar,
            world=World(self.clock, self._bytes),
            mail_limits=self.limits,
            place=lambda name: self.place,
        )

    def move(self) -> MemoryCalendar:
        """Let the settings name another calendar, an empty one, and give the old one."""
        before = self.events
        self.events = MemoryCalendar()
        self.calendar = FusedCalendar(self.events, self.fuse)
        self.place += " and further"
        return before

    def _calendar(self, name: str) -> Calendar:
        if name != "default":
            raise NotFoundError(f"There is no calendar {name}.")
        return self.calendar

    def _bytes(self, length: int) -> bytes:
        self._random += 1
        seed = f"{self.name} {self._random}".encode()
        return (seed * (length // len(seed) + 1))[:length]

    def sync(self, *, approve: bool = False, dry_run: bool = False) -> Report:
        self.clock.forward(seconds=1)
        return sync(self.installation, approve=approve, dry_run=dry_run)

    def share(self, name: str = "club", category: str = "OSync", level: PrivacyLevel = PrivacyLevel.FULL) -> None:
        new_share(self.installation, NewShare(name, category, "default", level))

    def invite(self, other: "Person", share: str = "club") -> Report:
        return invite(self.installation, share, [other.address])

    def accept(self, which: str = "1", sender: str = "") -> Report:
        return accept(self.installation, which, sender=sender, calendar="default")

    def put(self, *lines: str, uid: str) -> None:
        """Write an event into this person's own calendar, as another program would."""
        event = event_of(*lines, uid=uid)
        for ref in list(self.events.refs()):
            for stored in self.events.read([ref.handle]):
                if stored.event and stored.event.uid == uid:
                    self.events.replace(ref, event)
                    return
        self.events.create(event)

    def edit(self, title: str, *lines: str, last: int = 0) -> None:
        """Change the one copy with this title as another program would: `lines` replace those of the same name.

        A line that has no counterpart is added, and so is a whole block ("BEGIN:VALARM…"). With `last` the component of that
        number from the end is changed, else the first one.
        """
        (stored,) = (
            each
            for ref in list(self.events.refs())
            for each in self.events.read([ref.handle])
            if each.event and any(f"SUMMARY:{title}" in part.contents for part in each.event.components)
        )
        assert stored.event
        text = write_event(stored.event).decode().replace("\r\n ", "")
        head, *parts = text.split("BEGIN:VEVENT\r\n")
        changed = parts[-last]
        for line in lines:
            name = line.replace(";", ":").partition(":")[0]
            kept = [each for each in changed.split("\r\n") if not each.startswith((f"{name}:", f"{name};"))]
            changed = "\r\n".join([line, *(kept if name != "BEGIN" else changed.split("\r\n"))])
        parts[-last] = changed
        edited = read_events("BEGIN:VEVENT\r\n".join([head, *parts]).encode()).events[0]
        self.events.replace(stored.ref, edited)

    def put_series(self, series: Iterable[str], *overrides: Iterable[str], uid: str) -> None:
        """Write a series with overrides, as another program would, over what has this UID."""
        self.remove(uid)
        self.events.create(event_of_components(series, *overrides, uid=uid))

    def add_override(self, title: str, *lines: str) -> None:
        """Let one instance of a copy have an override of its own that is like the series but for `lines`."""
        (uid, text) = next(each for each in self.texts().items() if f"SUMMARY:{title}\r\n" in each[1])
        head, series = text.split("BEGIN:VEVENT\r\n")
        instance = lines[0].partition(":")[2]
        own = [each for each in series.split("END:VEVENT")[0].split("\r\n") if not each.startswith(("RRULE", "DT"))]
        start = [each for each in series.split("\r\n") if each.startswith(("DTSTART", "DTEND"))]
        moved = [each.partition(":")[0] + ":" + instance[:8] + each[-7:] for each in start]
        override = "\r\n".join(
            ["BEGIN:VEVENT", *lines, *moved, "DTSTAMP:20261101T000000Z", *filter(None, own), "END:VEVENT"]
        )
        whole = f"{head}BEGIN:VEVENT\r\n{series}".replace("END:VCALENDAR", f"{override}\r\nEND:VCALENDAR")
        (ref,) = (each for each in self.events.refs() if each.handle == uid)
        self.events.replace(ref, read_events(whole.encode()).events[0])

    def remove_titled(self, title: str) -> None:
        """Delete the event with this title, as another program would."""
        for uid, text in self.texts().items():
            if f"SUMMARY:{title}\r\n" in text:
                self.remove(uid)

    def remove(self, uid: str) -> None:
        """Delete an event from this person's own calendar, as another program would."""
        for ref in list(self.events.refs()):
            for stored in self.events.read([ref.handle]):
                if stored.event and stored.event.uid == uid:
                    self.events.delete(stored.ref)

    def texts(self) -> dict[str, str]:
        """Give the text of every event by UID."""
        handles = [ref.handle for ref in self.events.refs()]
        return {
            stored.event.uid: write_event(stored.event).decode().replace("\r\n ", "")
            for stored in self.events.read(handles)
            if stored.event
        }

    def titles(self) -> list[str]:
        """Give the titles in this person's calendar, sorted."""
        lines = (line for text in self.texts().values() for line in text.split("\r\n"))
        return sorted(line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:"))


def event_of(*lines: str, uid: str) -> Event:
    """Give the event of one VEVENT with these lines."""
    return event_of_components(lines, uid=uid)


def event_of_components(*components: Iterable[str], uid: str) -> Event:
    """Give the event of several VEVENTs with these lines."""
    head = ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z")
    body = "\r\n".join(line for lines in components for line in (*head, *lines, "END:VEVENT"))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{body}\r\nEND:VCALENDAR\r\n"
    return read_events(text.encode()).events[0]


def lunch(title: str = "Lunch", hour: int = 12, *more: str) -> tuple[str, ...]:
    """Give the lines of a shared event."""
    start = f"20261201T{hour:02}0000Z"
    return (f"SUMMARY:{title}", f"DTSTART:{start}", "DURATION:PT1H", "CATEGORIES:OSync", *more)


class Story:
    """pat shares with tester."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.office = MemoryPostOffice()
        self.pat = Person("pat", self.office, self.clock)
        self.tester = Person("tester", self.office, self.clock)

    def joined(self) -> "Story":
        """Let tester subscribe to pat's share."""
        self.pat.share()
        self.pat.invite(self.tester)
        self.tester.sync()
        self.tester.accept(sender="pat")
        self.settle()
        return self

    def settle(self) -> None:
        """Let both sync until everything has arrived."""
        for _ in range(2):
            self.pat.sync()
            self.tester.sync()
