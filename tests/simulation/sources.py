"""Small events of every shape that owners share, and what has to be seen of them at a subscriber.

What is expected is written down by hand here, and not computed by the product.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from osync.calendars.memory import MemoryCalendar
from osync.ical.event import Event, read_events
from osync.ical.lines import Component, line_name

CATEGORY = "OSync"
SECRET = "secret"
UIDS = 6
SHAPES = 8
ENDLESS = 5
VARIANTS = 64
LAST_WORD = 8
NUMBERS = LAST_WORD + 1
"""Events have the numbers 0 to 8; number 8 is kept for the change that everybody hears of at the end."""

_SHOWN = ("SUMMARY", "DTSTART", "DTEND", "RRULE", "EXDATE", "LOCATION", "RECURRENCE-ID")
_BERLIN = ";TZID=Europe/Berlin"
_FIRST_DAY = date(2026, 12, 1)
_OLD_DAY = date(2026, 8, 10)

View = frozenset[tuple[str, ...]]
"""What people see of an event: for each of its components the lines that OSync manages, sorted."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One variant of an event: the lines of its components, and the last day that it touches (None: it never ends)."""

    components: tuple[tuple[str, ...], ...]
    last_day: date | None

    def seen_from(self, sender: str) -> View:
        """Give what a subscriber sees who put `sender` before the titles."""
        return _seen(self, sender)


@lru_cache(maxsize=1024)
def _seen(shape: Shape, sender: str) -> View:
    return frozenset(
        tuple(sorted(line.replace("SUMMARY:", f"SUMMARY:[{sender}] ", 1) for line in component))
        for component in shape.components
    )


@lru_cache(maxsize=4096)
def shape_of(variant: int) -> Shape:
    """Give the shape with a number; equal numbers are equal events."""
    title, day = f"SUMMARY:Event {variant}", _FIRST_DAY + timedelta(days=variant % 20)
    match variant % SHAPES:
        case 3:
            lines = (title, f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=2):%Y%m%d}")
            return Shape((lines,), day + timedelta(days=1))
        case 4:
            return _series(title, day)
        case shape if shape == ENDLESS:
            times = (f"DTSTART{_BERLIN}:{day:%Y%m%d}T190000", f"DTEND{_BERLIN}:{day:%Y%m%d}T203000")
            return Shape(((title, *times, "RRULE:FREQ=WEEKLY"),), None)
        case 6:
            return _single(title, _OLD_DAY + timedelta(days=variant % 50))
        case 7:
            return _single(title, day, f"LOCATION:Room {variant}")
        case _:
            return _single(title, day)


def _single(title: str, day: date, *more: str) -> Shape:
    return Shape(((title, f"DTSTART:{day:%Y%m%d}T120000Z", f"DTEND:{day:%Y%m%d}T130000Z", *more),), day)


def _series(title: str, day: date) -> Shape:
    """Give a weekly series of six with one exclusion and one moved occurrence."""
    second, third = day + timedelta(days=7), day + timedelta(days=14)
    series = (
        title,
        f"DTSTART{_BERLIN}:{day:%Y%m%d}T190000",
        f"DTEND{_BERLIN}:{day:%Y%m%d}T203000",
        "RRULE:FREQ=WEEKLY;COUNT=6",
        f"EXDATE{_BERLIN}:{third:%Y%m%d}T190000",
    )
    moved = (
        f"{title} moved",
        f"RECURRENCE-ID{_BERLIN}:{second:%Y%m%d}T190000",
        f"DTSTART{_BERLIN}:{second:%Y%m%d}T200000",
        f"DTEND{_BERLIN}:{second:%Y%m%d}T213000",
    )
    return Shape((series, moved), day + timedelta(days=35))


def source_uid(number: int) -> str:
    """Give the UID of an event in its owner's calendar, which nobody else may ever read."""
    return f"{SECRET}-uid-{number}@private.example"


@lru_cache(maxsize=8192)
def source_event(number: int, variant: int, *, shared: bool = True, noise: int = 0) -> Event:
    """Give an event as its owner's program writes it; `noise` changes only what never leaves."""
    uid = source_uid(number)
    more = [f"CATEGORIES:{CATEGORY}" if shared else "CATEGORIES:Private", f"X-NOISE:{SECRET} {noise}"]
    more += [
        f"DESCRIPTION:{SECRET} notes {noise}",
        f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{SECRET}{noise}@private.example",
    ]
    blocks = [
        _block((f"UID:{uid}", f"DTSTAMP:20261101T{noise % 24:02}0000Z", *component, *more))
        for component in shape_of(variant).components
    ]
    return read_text("\r\n".join(blocks))


def private_event(name: str) -> Event:
    """Give an event that is nobody else's business."""
    times = ("DTSTART:20261210T100000Z", "DTEND:20261210T110000Z")
    return read_text(_block((f"UID:{SECRET}-own-{name}@private.example", "SUMMARY:" + SECRET + " dentist", *times)))


def read_text(block: str) -> Event:
    """Read one event from the text of its components."""
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//simulation//EN\r\n{block}\r\nEND:VCALENDAR\r\n"
    return read_events(text.encode()).events[0]


def _block(lines: tuple[str, ...]) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))


def view_of(event: Event) -> View:
    """Give what people see of an event in a calendar."""
    return frozenset(
        tuple(sorted(line for line in component.contents if isinstance(line, str) and line_name(line) in _SHOWN))
        for component in event.components
    )


def unmanaged_lines(event: Event) -> frozenset[str]:
    """Give the lines of an event that a subscriber added and OSync must keep."""
    return frozenset(
        line
        for component in event.components
        for line in component.contents
        if isinstance(line, str) and "MINE" in line
    )


def with_line(event: Event, line: str) -> Event:
    """Give the event with a line more in its first component, as a user's program would write it."""
    first, *others = event.components
    return Event(event.uid, (Component(first.name, (*first.contents, line)), *others), event.zones)


def with_title(event: Event, title: str) -> Event:
    """Give the event with another title in its first component."""
    first, *others = event.components
    contents = tuple(
        f"SUMMARY:{title}" if isinstance(line, str) and line_name(line) == "SUMMARY" else line
        for line in first.contents
    )
    return Event(event.uid, (Component(first.name, contents), *others), event.zones)


def events_by_handle(calendar: MemoryCalendar) -> dict[str, Event]:
    """Give every event that a calendar holds."""
    handles = [ref.handle for ref in calendar.refs()]
    return {each.ref.handle: each.event for each in calendar.read(handles) if each.event}
