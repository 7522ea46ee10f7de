"""The user's own .ics files: read, listed, and shared only in words that every receiver reads back."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fuzz.mutations import mutate_lines
from fuzz.target import Target
from fuzz.texts import ALLOWED, ORIGIN, check_copy
from ical.samples import BERLIN, LUNAR, UID, calendar, component

from osync.errors import EventRefusedError, EventUnreadableError
from osync.ical.canonical import canonical_text, rebuild
from osync.ical.copy import new_copy
from osync.ical.event import Event, read_events, write_event
from osync.ical.lines import Component, line_name
from osync.ical.privacy import SharingRules, Staying, leaving
from osync.ical.recurrence import instances, last_day
from osync.model import PrivacyLevel

_CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
_LARGEST_SEED = 3_000
_MOST_SEEDS = 400
_RULES = (
    SharingRules("Choir", PrivacyLevel.FULL, notes=True),
    SharingRules("Choir", PrivacyLevel.TITLES),
    SharingRules("Choir", PrivacyLevel.BUSY),
)
_FRAME = {"BEGIN", "END", "VERSION", "PRODID"}
_TEXTS = {"LOCATION", "DESCRIPTION", "URL"}
_SECRET = "zq7secret"
_DROPPED = (
    *(f"COMMENT:{_SECRET}", f"TZNAME:{_SECRET}", f"X-OWN;X-P={_SECRET}:{_SECRET}", f"TZURL:https://{_SECRET}.example"),
    *(
        f"ATTENDEE;CN={_SECRET}:mailto:a@{_SECRET}.example",
        f"ORGANIZER:mailto:{_SECRET}@example.org",
        f"CONTACT:{_SECRET}",
    ),
    *(f"RESOURCES:{_SECRET}", f"ATTACH:https://example.org/{_SECRET}", f"CONFERENCE:https://example.org/{_SECRET}"),
    *(
        f"RELATED-TO:{_SECRET}",
        f"REQUEST-STATUS:2.0;{_SECRET}",
        f"X-ALT-DESC:{_SECRET}",
        f"STYLED-DESCRIPTION:{_SECRET}",
    ),
    *(f"IMAGE:https://example.org/{_SECRET}", f"COLOR:{_SECRET}", f"CREATED:{_SECRET}", f"CATEGORIES:{_SECRET}"),
    Component("VALARM", (f"DESCRIPTION:{_SECRET}", "TRIGGER:-PT5M", f"SUMMARY:{_SECRET}")),
)
_LINES = (
    *(b"BEGIN:VEVENT", b"END:VEVENT", b"BEGIN:VTIMEZONE", b"END:VTIMEZONE", b"CATEGORIES:Choir", b"CLASS:PRIVATE"),
    *(
        b"RRULE:FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;BYSETPOS=-1",
        b"RRULE:FREQ=SECONDLY;COUNT=99999999",
        b"EXRULE:FREQ=DAILY",
    ),
    *(
        b"RRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU",
        b"RRULE:FREQ=YEARLY;BYYEARDAY=366;INTERVAL=999",
        b"RRULE:FREQ=MINUTELY;BYDAY=MO",
    ),
    *(
        b"RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        b"RRULE:FREQ=WEEKLY;UNTIL=20300101",
        b"RDATE;VALUE=PERIOD:20261105T090000Z/PT1H",
    ),
    *(
        b"RECURRENCE-ID;RANGE=THISANDFUTURE:20261109T080000Z",
        b"EXDATE:20261109T080000Z",
        b"DURATION:-P1W",
        b"DURATION:P999999D",
    ),
    *(
        b"DTSTART:20261102T080000Z",
        b"DTSTART;VALUE=DATE:20261102",
        b"DTSTART;TZID=W. Europe Standard Time:20261102T080000",
    ),
    *(
        b"DTEND:20261102T080000Z",
        b"X-WR-TIMEZONE:Europe/Berlin",
        b"X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        b"STATUS:CANCELLED",
    ),
    *(b"DESCRIPTION;ENCODING=QUOTED-PRINTABLE:=C3=A4=0D=0A=", b"SUMMARY;ENCODING=BASE64:QUJD", b"UID:x", b"SEQUENCE:9"),
    *(b"LOCATION:https://teams.microsoft.com/l/meetup-join/1", b"DTSTAMP:20260101T000000Z", b"TRANSP:TRANSPARENT"),
)


def _read(data: bytes) -> tuple[Event, ...]:
    try:
        return read_events(data).events
    except EventUnreadableError:
        return ()


def _check_calendar(data: bytes) -> None:
    for event in _read(data)[:20]:
        written = write_event(event)
        found = read_events(written).events
        assert [each.uid for each in found] == [event.uid]
        assert write_event(found[0]) == written
        for rules in _RULES:
            _check_leaving(event, rules)
            _check_secrets(event, rules)


def _check_secrets(event: Event, rules: SharingRules) -> None:
    """Put a word wherever nothing may leave, and look for it in what leaves (P14)."""
    hidden = tuple(_with_secrets(each, rules) for each in event.components)
    zones = replace(event.zones, definitions=tuple(map(_zone_with_secrets, event.zones.definitions)))
    try:
        found = leaving(
            Event(event.uid + _SECRET, hidden, zones), rules, lambda _: UID, date(1970, 1, 1), date(2026, 1, 1)
        )
    except EventRefusedError:
        return
    for part in found if not isinstance(found, Staying) else ():
        told = (part.text, part.part, part.title, *(f"{zone.name}{zone.text}" for zone in part.zones))
        assert not any(_SECRET in text.lower() for text in told)


def _with_secrets(component: Component, rules: SharingRules) -> Component:
    shown = (
        ()
        if rules.level is PrivacyLevel.BUSY
        else ("SUMMARY", "LOCATION")
        if rules.level is PrivacyLevel.FULL
        else ("SUMMARY",)
    )
    lines = tuple(
        line + _SECRET
        if isinstance(line, str)
        and line_name(line) in _TEXTS | {"SUMMARY"}
        and line_name(line) not in shown
        and not rules.notes
        else line
        for line in component.contents
    )
    return Component(component.name, (*lines, *_DROPPED))


def _zone_with_secrets(definition: Component) -> Component:
    lines = tuple(
        Component(part.name, (*(_rule_with_secret(line) for line in part.contents), *_DROPPED[:4]))
        if isinstance(part, Component)
        else part
        for part in definition.contents
    )
    return Component(definition.name, (*lines, *_DROPPED[:4]))


def _rule_with_secret(line: str | Component) -> str | Component:
    return f"{line};{_SECRET};WKST={_SECRET}" if isinstance(line, str) and line_name(line) == "RRULE" else line


def _check_leaving(event: Event, rules: SharingRules) -> None:
    try:
        found = leaving(event, rules, lambda part: UID, date(1970, 1, 1), date(2026, 1, 1))
    except EventRefusedError:
        return
    if isinstance(found, Staying):
        return
    for part in found:
        assert canonical_text(rebuild(part.text, part.zones)) == part.text
        lines = [line for line in part.text.split("\n") if line]
        assert {line_name(line) for line in lines} <= ALLOWED | _FRAME
        if rules.level is PrivacyLevel.BUSY:
            assert {line for line in lines if line_name(line) == "SUMMARY"} <= {"SUMMARY:Busy"}
            assert not {line_name(line) for line in lines} & _TEXTS
        check_copy(new_copy(part.text, part.zones, ORIGIN))


def _check_instances(data: bytes) -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    for event in _read(data)[:3]:
        listed = []
        with suppress(EventRefusedError):
            listed = list(instances(event, event.zones, begin, begin + timedelta(days=3650), 300))
        assert len(listed) <= 300
        starts = [_instant(each.start) for each in listed]
        assert starts == sorted(starts)
        with suppress(EventRefusedError):
            last = last_day(event, event.zones)
            assert last is None or all(_instant(each.start).date() <= last + timedelta(days=2) for each in listed)


def _instant(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)


def _seeds() -> Iterator[bytes]:
    """Give small calendars of our own, then small real ones where they are at hand."""
    choir = "CATEGORIES:Choir"
    yield calendar(*component("DTSTART:20261102T080000Z", "DURATION:PT1H", "SUMMARY:Lunch", choir))
    yield calendar(
        *component("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=YEARLY;BYDAY=1MO;BYMONTH=11", "SUMMARY:Day", choir)
    )
    series = (
        "DTSTART;TZID=Europe/Berlin:20261102T090000",
        "DTEND;TZID=Europe/Berlin:20261102T100000",
        "RRULE:FREQ=WEEKLY",
        choir,
    )
    moved = (
        "RECURRENCE-ID;TZID=Europe/Berlin:20261109T090000",
        "DTSTART;TZID=Europe/Berlin:20261110T090000",
        "SUMMARY:b",
        choir,
    )
    later = (
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261116T090000",
        "DTSTART;TZID=Europe/Berlin:20261116T100000",
        choir,
    )
    yield calendar(*BERLIN, *component(*series, "EXDATE;TZID=Europe/Berlin:20261123T090000"), *component(*moved))
    yield calendar(*BERLIN, *component(*series), *component(*later))
    yield calendar(
        *LUNAR, *component("DTSTART;TZID=Moon Base:20261102T080000", "RDATE;TZID=Moon Base:20261103T080000", choir)
    )
    yield calendar(*component("DTSTART:20261102T080000Z", "RRULE:FREQ=HOURLY;BYHOUR=9,10;COUNT=20", choir))
    found = sorted(path for path in _CORPUS.rglob("*.ics") if path.stat().st_size <= _LARGEST_SEED)
    for path in found[:: max(1, len(found) // _MOST_SEEDS)]:
        yield path.read_bytes()


TARGETS = (
    Target("calendar", _check_calendar, _seeds, _LINES, mutate_lines(_LINES), largest=1 << 15),
    Target("instances", _check_instances, _seeds, _LINES, mutate_lines(_LINES), largest=1 << 15),
)
