"""Two users on one machine: pat shares, tester follows; what a newcomer sees first.

It uses the same installations, calendars and mails as everybody, and leaves them behind.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from osync.assembly import clock, initialise, installation
from osync.config import PlaceSettings, Settings
from osync.engine.installation import Installation
from osync.engine.sharing import NewShare, invite, new_share
from osync.engine.subscribing import accept
from osync.engine.sync import sync
from osync.errors import UserMustActError
from osync.home import Home
from osync.ical.event import Event
from osync.ical.lines import unescape_text
from osync.ical.recurrence import instances

_COLUMN = 48
_CATEGORY = "OSync"
_MARK = ".osync-demo"
_PARTS = ("pat", "tester", "pat-calendar", "tester-calendar", "post-office")


@dataclass(frozen=True, slots=True)
class _Player:
    """One of the two: a home, and a folder of events."""

    name: str
    home: Home
    calendar: Path


def play(folder: Path, show: Callable[[str], None], command: str = "osync") -> int:
    """Play the whole story in `folder`, which must be new, empty, or that of an earlier demo, and give an exit code.

    An earlier demo makes room for this one. `command` is what the user types to run OSync.
    """
    _make_room(folder)
    pat, tester = (_Player(name, Home(folder / name), folder / f"{name}-calendar") for name in ("pat", "tester"))
    for player in (pat, tester):
        _make(player, folder / "post-office")
    monday = _next_monday()
    _write_events(pat.calendar, monday)
    show(_INTRODUCTION)
    _act(pat, lambda opened: new_share(opened, NewShare("demo", _CATEGORY, "default")))
    _act(pat, lambda opened: invite(opened, "demo", ["tester@example.org"]))
    _act(tester, sync)
    _act(tester, lambda opened: accept(opened, "1", sender="pat", calendar="default"))
    _sync_both(pat, tester)
    show(_both("1. pat shares the category OSync, tester accepts, both sync", pat, tester))
    _write_testing(pat.calendar, monday + timedelta(days=4), 16)
    (pat.calendar / "quaslimodo.ics").unlink()
    _sync_both(pat, tester)
    show(_both('2. pat moves "Just testing" and deletes "Quaslimodo", both sync', pat, tester))
    show(_farewell(folder, command))
    return 0


def _make_room(folder: Path) -> None:
    """Remove an earlier demo, and nothing else: a folder that holds anything besides is refused."""
    try:
        there = {path.name for path in folder.iterdir()} if folder.exists() else set()
        if there and (_MARK not in there or there - {_MARK, *_PARTS}):
            raise UserMustActError(
                f"{folder} is not empty.",
                unharmed="Nothing in it was touched.",
                advice="Name a new folder: osync demo DIR.",
            )
        for name in there & set(_PARTS):
            shutil.rmtree(folder / name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise UserMustActError(
            f"The demo cannot be played in {folder} ({error.strerror}).", advice="Name another folder: osync demo DIR."
        ) from error


_INTRODUCTION = """\
pat and tester each have a folder of .ics files; a third folder is their post office.
pat's "Dentist" has no category, so it is nobody's business.
"""


def _make(player: _Player, post_office: Path) -> None:
    settings = Settings(
        name=player.name,
        address=f"{player.name}@example.org",
        time_zone="",
        key_store="file",
        calendars={"default": PlaceSettings("vdir", str(player.calendar))},
        mailbox=PlaceSettings("folder", str(post_office)),
        broadcast_minutes=0,
    )
    initialise(player.home, settings, create=True)


def _act(player: _Player, act: Callable[[Installation], object]) -> None:
    with installation(player.home, lambda work, done, total: None) as opened:
        act(opened)


def _sync_both(pat: _Player, tester: _Player) -> None:
    for player in (pat, tester):
        _act(player, sync)


def _next_monday() -> date:
    today = clock().date()
    return today + timedelta(days=7 - today.weekday())


def _write_events(folder: Path, monday: date) -> None:
    """Write the events of the original's screenshots, and one that stays at home."""
    second, third = monday + timedelta(days=7), monday + timedelta(days=14)
    _write(
        folder / "another-test.ics",
        _event("another-test", "Another test", _at(monday, 9), _at(monday, 10), "RRULE:FREQ=WEEKLY;COUNT=4",
               f"EXDATE:{_at(third, 9)}"),
        _event("another-test", "Another test", _at(second, 14), _at(second, 15), f"RECURRENCE-ID:{_at(second, 9)}"),
    )  # fmt: skip
    _write_testing(folder, monday + timedelta(days=1), 11)
    first, last = monday + timedelta(days=2), monday + timedelta(days=3)
    _write(
        folder / "quaslimodo.ics",
        _event("quaslimodo", "Quaslimodo", f"{first:%Y%m%d}", f"{last:%Y%m%d}"),
    )
    day = monday + timedelta(days=3)
    _write(folder / "dentist.ics", _event("dentist", "Dentist", _at(day, 8), _at(day, 9), category=""))


def _write_testing(folder: Path, day: date, hour: int) -> None:
    alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Just testing", "TRIGGER:-PT15M", "END:VALARM")
    event = _event("just-testing", "Just testing", _at(day, hour), _at(day, hour + 1), *alarm)
    _write(folder / "just-testing.ics", event)


def _at(day: date, hour: int) -> str:
    return f"{day:%Y%m%d}T{hour:02}0000"


def _event(uid: str, title: str, start: str, end: str, *more: str, category: str = _CATEGORY) -> str:
    kind = "" if "T" in start else ";VALUE=DATE"
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}@pat.example.org",
        f"DTSTAMP:{clock():%Y%m%dT%H%M%SZ}",
        f"DTSTART{kind}:{start}",
        f"DTEND{kind}:{end}",
        f"SUMMARY:{title}",
        *([f"CATEGORIES:{category}"] if category else []),
        *more,
        "END:VEVENT",
    ]
    return "\r\n".join(lines)


def _write(path: Path, *events: str) -> None:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//OSync//demo//EN\r\n"
    path.write_text(head + "\r\n".join(events) + "\r\nEND:VCALENDAR\r\n", "utf-8", newline="")


def _both(headline: str, pat: _Player, tester: _Player) -> str:
    left, right = list(_agenda(pat)), list(_agenda(tester))
    rows = [f"{'pat' + chr(39) + 's calendar':{_COLUMN}}tester's calendar"]
    rows.append("-" * (_COLUMN - 2) + "  " + "-" * (_COLUMN - 2))
    for number in range(max(len(left), len(right))):
        mine = left[number] if number < len(left) else ""
        theirs = right[number] if number < len(right) else ""
        rows.append(f"{mine:{_COLUMN}}{theirs}".rstrip())
    return f"{headline}\n\n" + "\n".join(rows) + "\n"


def _agenda(player: _Player) -> Iterator[str]:
    """List every instance in a player's calendar by its start, as a person would read it."""
    lines: list[tuple[str, str]] = []
    with installation(player.home, lambda work, done, total: None) as opened:
        calendar = opened.calendar("default")
        for stored in calendar.read([ref.handle for ref in calendar.refs()]):
            if stored.event:
                lines.extend(_instances_of(stored.event))
    yield from (text for _, text in sorted(lines))


def _instances_of(event: Event) -> Iterator[tuple[str, str]]:
    begin = datetime.combine(clock().date(), time(), UTC)
    for instance in instances(event, event.zones, begin, begin + timedelta(days=60), 50):
        start = instance.start
        timed = isinstance(start, datetime)
        title = instance.component.first("SUMMARY")
        alarm = " (alarm)" if any(instance.component.components("VALARM")) else ""
        when = f"{start:%a %d %b %H:%M}" if timed else f"{start:%a %d %b} all day"
        yield start.isoformat(), f"{when:20}{unescape_text(title.value) if title else ''}{alarm}"


def _farewell(folder: Path, command: str) -> str:
    return f"""\
The weekly event came with its moved and its cancelled instance, the all-day event as a day,
the alarm stayed with pat, and "Dentist" never left. Look at the mails in {folder / "post-office"}.

Play on: change a file in {folder / "pat-calendar"}, then run

    {command} --home {folder / "pat"} sync
    {command} --home {folder / "tester"} sync
    {command} --home {folder / "tester"} status
"""
