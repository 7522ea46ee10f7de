"""The event that the doctor writes into a calendar, and what a calendar made of it. Pure.

It lies years ahead, so that it hides nothing, has no category, so that it is never shared, and a UID of its own, so that a
later doctor finds what an earlier one left behind when it was ended.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from osync.doctor.findings import Finding, bad, good, joined, notice
from osync.ical.event import Event, read_events
from osync.ical.lines import Component, write_line

PROBE_UID = "osync-doctor-probe"
_YEARS_AHEAD = 6 * 365
_MARK = "Probe of the OSync doctor"
_TITLE = f"{_MARK} – äöü 日本"
_ZONE = (
    "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
    "BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT",
    "BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
    "END:VTIMEZONE",
)  # fmt: skip
_SIGNIFICANT = ("SUMMARY", "DTSTART", "DTEND", "RRULE", "EXDATE")
"""Whoever changes one of them changes the event."""

_USEFUL = {
    "LOCATION": "the place",
    "DESCRIPTION": "the notes",
    "CLASS": "that it is private",
    "TRANSP": "whether it takes time",
    "X-OSYNC-PROBE": "properties that it does not know",
}


def probe_event(today: date) -> Event:
    """Give the event: a weekly series with a time zone and an excluded day."""
    first = today + timedelta(days=_YEARS_AHEAD)
    day, excluded = first.strftime("%Y%m%d"), (first + timedelta(days=7)).strftime("%Y%m%d")
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OSync//doctor//EN", *_ZONE,
        "BEGIN:VEVENT", f"UID:{PROBE_UID}", f"DTSTAMP:{today:%Y%m%d}T000000Z", f"SUMMARY:{_TITLE}",
        f"DTSTART;TZID=Europe/Berlin:{day}T093000", f"DTEND;TZID=Europe/Berlin:{day}T101500",
        "RRULE:FREQ=WEEKLY;COUNT=3", f"EXDATE;TZID=Europe/Berlin:{excluded}T093000",
        "LOCATION:Room 1\\, left", "DESCRIPTION:You may delete this.", "CLASS:PRIVATE", "TRANSP:TRANSPARENT",
        "X-OSYNC-PROBE:kept", "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    (event,) = read_events("\r\n".join(lines).encode()).events
    return event


def bears_marks(event: Event) -> bool:
    """Tell whether an event looks like the probe, whatever became of its UID and of letters that a calendar does not know."""
    component = event.components[0] if event.components else Component("VEVENT", ())
    titles = [found.value for found in component.properties("SUMMARY")]
    return any(title.startswith(_MARK) for title in titles) or any(component.properties("X-OSYNC-PROBE"))


def judge_event(subject: str, written: Event, found: Event | None) -> Iterator[Finding]:
    """Compare what was written with what the calendar gives; None if it gives nothing."""
    if found is None or not found.components:
        yield bad(
            subject,
            "What OSync writes into it cannot be read back.",
            "Choose another calendar for OSync, or ask its provider.",
        )
        return
    before, after = written.components[0], found.components[0]
    changed = [name for name in _SIGNIFICANT if _values(before, name) != _values(after, name)]
    if changed:
        yield notice(
            subject,
            f"It writes {', '.join(changed)} of an event in its own words.",
            "OSync compares meaning, not words, so that is no fault; if copies are changed again and again, tell us.",
        )
    lost = [words for name, words in _USEFUL.items() if _values(before, name) != _values(after, name)]
    if lost:
        yield notice(subject, f"It does not keep {joined(lost)}.", "Copies of shared events lack that there.")
    added = sorted({each.name for each in after.components("VALARM")})
    if added:
        yield notice(subject, "It adds an alarm to new events.", "Turn standard alarms off if they disturb you.")
    if not changed and not lost and not added:
        yield good(subject, "OSync wrote an event, read it back as it was, changed it, and removed it.")


def _values(component: Component, name: str) -> list[str]:
    """Give the lines of a property, whatever the order of their parameters."""
    found = component.properties(name)
    return sorted(write_line(replace(each, parameters=tuple(sorted(each.parameters, key=str)))) for each in found)
