"""What an owner sends of an event, and of its time zones, as the receiving side reads and writes it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from fuzz.mutations import mutate_lines
from fuzz.target import Target
from ical.samples import BERLIN, LUNAR, UID, text_of

from osync.errors import EventRefusedError
from osync.ical.canonical import canonical_text, rebuild
from osync.ical.copy import CopyOrigin, Marker, is_received, managed_fingerprint, marker_of, new_copy, updated_copy
from osync.ical.event import Event, read_events, write_event
from osync.ical.limits import TEXT_BYTES
from osync.ical.lines import line_name, parse
from osync.ical.zones import Zone, ZoneSource, ZoneText, travelling_zone, zone_definition

ORIGIN = CopyOrigin("pat", "Pat", "b" * 26, "c" * 26, 7, 8, 9, 1_784_700_000, UID)
ALLOWED = {
    *("UID", "RECURRENCE-ID", "DTSTAMP", "DTSTART", "DTEND", "RRULE", "RDATE", "EXDATE", "SUMMARY", "LOCATION"),
    *("DESCRIPTION", "URL", "STATUS", "TRANSP", "LAST-MODIFIED", "SEQUENCE", "X-OSYNC"),
}
LUNAR_ZONE = travelling_zone(next(iter(parse("\n".join(LUNAR)).components)))
_SERIES = (
    "DTSTART;TZID=Europe/Berlin:20261102T090000",
    "DTEND;TZID=Europe/Berlin:20261102T100000",
    "RRULE:FREQ=WEEKLY;COUNT=9",
)
_MOVED = (
    "RECURRENCE-ID;TZID=Europe/Berlin:20261109T090000",
    "DTSTART;TZID=Europe/Berlin:20261110T090000",
    "DTEND;TZID=Europe/Berlin:20261110T100000",
)
LINES = (
    *(b"BEGIN:VEVENT", b"END:VEVENT", b"BEGIN:VALARM", b"END:VALARM", b"BEGIN:VCALENDAR", b"END:VCALENDAR"),
    *(
        b"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29,-1;BYSETPOS=1",
        b"RRULE:FREQ=SECONDLY",
        b"RRULE:FREQ=DAILY;COUNT=3500",
    ),
    *(
        b"RRULE:FREQ=MONTHLY;BYDAY=-1FR,+2MO;UNTIL=21001231T235959Z",
        b"RRULE:FREQ=WEEKLY;BYDAY=MO,TU;WKST=SU;INTERVAL=1000",
    ),
    *(
        b"RDATE;TZID=Europe/Berlin:20261105T090000",
        b"EXDATE;TZID=Europe/Berlin:20261109T090000",
        b"RDATE;VALUE=DATE:20261105",
    ),
    *(b"RDATE;VALUE=PERIOD:20261105T090000Z/PT1H", b"EXDATE:20261109T080000Z", b"RECURRENCE-ID:20261116T080000Z"),
    *(
        b"DTSTART;VALUE=DATE:20261102",
        b"DTEND;VALUE=DATE:20261104",
        b"DTSTART:19691231T235959Z",
        b"DTSTART:20261102T090000",
    ),
    *(b"DTEND:22010101T000000Z", b"DTSTART;TZID=Mars/Base:20261102T090000", b"DURATION:PT1H", b"STATUS:TENTATIVE"),
    *(
        b"TRANSP:TRANSPARENT",
        b"URL:https://example.org/a",
        b"URL:javascript:alert(1)",
        b"ATTENDEE:mailto:a@example.org",
    ),
    *(
        b"ATTACH:file:///etc/passwd",
        b"X-OSYNC:a b 1.1",
        "SUMMARY:e\u0301\u202e\\n\\,\\;\ufeff".encode(),
        b"DESCRIPTION:\\",
    ),
    *("LOCATION:\ufdfa\u0344\u1e9b\u0323".encode(), b"SUMMARY:" + b"A" * 251, b"DESCRIPTION:" + b"B" * 8001),
)


def check_text(text: str, zones: tuple[ZoneText, ...]) -> None:
    """Read a received text, write it as a copy, and read that as the user's programs do."""
    try:
        content = rebuild(text, zones)
    except EventRefusedError:
        return
    canonical = canonical_text(content)
    assert len(canonical.encode()) <= 2 * TEXT_BYTES
    again = rebuild(canonical, zones)
    assert again == content
    assert canonical_text(again) == canonical
    if content.uid == UID:
        check_copy(new_copy(text, zones, ORIGIN))


def check_copy(copy: Event) -> None:
    """Demand that a copy is one event of allowed properties that stays the same in a calendar."""
    written = write_event(copy)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    reading = read_events(written)
    assert reading.problems == ()
    (found,) = reading.events
    assert found.uid == UID
    assert managed_fingerprint(found) == managed_fingerprint(copy)
    assert marker_of(found) == Marker(ORIGIN.share_id, ORIGIN.event_key, ORIGIN.epoch, ORIGIN.revision)
    assert is_received(found)
    assert write_event(found) == written


def _only_allowed(copy: Event) -> None:
    lines = [line for component in copy.components for line in component.contents]
    assert all(isinstance(line, str) and line_name(line) in ALLOWED for line in lines)


def _check_received(data: bytes) -> None:
    text = data.decode(errors="surrogateescape")
    check_text(text, (LUNAR_ZONE,))
    with suppress(EventRefusedError):
        _only_allowed(new_copy(text, (LUNAR_ZONE,), ORIGIN))


def _check_zone(data: bytes) -> None:
    """Read a definition, let it travel, and use it as the zone of an event."""
    text = data.decode(errors="surrogateescape")
    with suppress(EventRefusedError):
        zone_definition(ZoneText(LUNAR_ZONE.name, text))
    for definition in parse(text).components:
        try:
            zone = travelling_zone(definition)
        except EventRefusedError:
            continue
        assert travelling_zone(zone_definition(zone)) == zone
        _check_clock(
            Zone("", definition, ZoneSource.DEFINITION), Zone("", zone_definition(zone), ZoneSource.DEFINITION)
        )
        check_text(TEXTS[3].replace(LUNAR_ZONE.name, zone.name), (zone,))


def _check_clock(zone: Zone, travelled: Zone) -> None:
    """Demand that both say the same, and that local times and instants stay near each other."""
    for month in range(1, 13):
        for year in (1970, 2026, 2200):
            instant = datetime(year, month, 15, 2, 30, tzinfo=UTC)
            local = zone.to_local(instant)
            assert travelled.to_local(instant) == local
            assert abs(zone.to_utc(local) - instant) <= timedelta(days=2)


def _check_existing(data: bytes) -> None:
    """Let the copy that stands in the subscriber's calendar be anything, and write the next version over it."""
    for existing in _events(data):
        for text in TEXTS[:3]:
            with suppress(EventRefusedError):
                check_copy(updated_copy(existing, text, (LUNAR_ZONE,), ORIGIN, transparency="OPAQUE").event)


def _events(data: bytes) -> tuple[Event, ...]:
    from osync.errors import EventUnreadableError

    try:
        return read_events(data).events[:3]
    except EventUnreadableError:
        return ()


def _texts() -> Iterator[str]:
    yield text_of(("DTSTART:20261201T120000Z", "DTEND:20261201T130000Z", "SUMMARY:Lunch"))
    yield text_of(
        (*_SERIES, "EXDATE;TZID=Europe/Berlin:20261116T090000", "SUMMARY:Choir\\, all"),
        (*_MOVED, "SUMMARY:Moved"),
        zones=BERLIN,
    )
    yield text_of(
        (
            "DTSTART;VALUE=DATE:20261224",
            "RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
            "SUMMARY:Eve",
            "DESCRIPTION:a\\nb",
        )
    )
    yield text_of(
        ("DTSTART;TZID=Moon Base:20261201T120000", "DURATION:PT1H", "RDATE;TZID=Moon Base:20261203T120000"), zones=LUNAR
    )
    yield text_of(_MOVED, zones=BERLIN)


TEXTS = tuple(_texts())
_ZONE_LINES = (
    *(
        b"BEGIN:STANDARD",
        b"END:STANDARD",
        b"BEGIN:DAYLIGHT",
        b"END:DAYLIGHT",
        b"TZOFFSETTO:+0200",
        b"TZOFFSETFROM:-1730",
    ),
    *(
        b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20370328T010000Z",
        b"RRULE:FREQ=YEARLY;BYDAY=5MO;BYMONTHDAY=29,30,31",
    ),
    *(
        b"RRULE:FREQ=YEARLY;COUNT=5;INTERVAL=2",
        b"RDATE:20260101T000000,20270101T000000",
        b"RDATE;VALUE=PERIOD:20260101T000000Z/P1D",
    ),
    *(b"DTSTART:19700101T000000", b"DTSTART:00010101T000000", b"DTSTART:99991231T235959", b"TZNAME:X", b"TZID:Mars"),
)


def _zone_seeds() -> Iterator[bytes]:
    yield LUNAR_ZONE.text.encode()
    for lines in (BERLIN, LUNAR):
        yield "\n".join(lines).encode()


def _copy_seeds() -> Iterator[bytes]:
    for text in TEXTS:
        written = write_event(new_copy(text, (LUNAR_ZONE,), ORIGIN))
        yield written
        kept = b"X-COLOR:red\r\nTRANSP:TRANSPARENT\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT"
        yield written.replace(b"END:VEVENT", kept)


TARGETS = (
    Target("text", _check_received, lambda: (text.encode() for text in TEXTS), LINES, mutate_lines(LINES)),
    Target("zone", _check_zone, _zone_seeds, _ZONE_LINES, mutate_lines(_ZONE_LINES), largest=9000),
    Target("copy", _check_existing, _copy_seeds, LINES, mutate_lines(LINES), largest=1 << 15),
)
