"""What is to be written into Outlook for an event of OSync, as plain values; pure. There are no recipients, ever."""

import re
from dataclasses import dataclass, replace

from osync.errors import EventRefusedError
from osync.ical.bodies import AS_WRITTEN
from osync.ical.clock import Clock
from osync.ical.content import Body, EventContent, Moment, Status
from osync.ical.event import Event
from osync.ical.lines import Component, begins_property, line_name, parse_line, split_texts, unescape_text
from osync.ical.marker import MARKER_NAME
from osync.ical.moments import parse_duration
from osync.ical.reading import read_event
from osync.microsoft.appointments import UTC_ZONE, Shown, When
from osync.microsoft.constants import BUSY, CONFIDENTIAL, ELSEWHERE, FREE, NORMAL, OUT_OF_OFFICE, PRIVATE, TENTATIVE
from osync.microsoft.tags import LONGEST_UID
from osync.microsoft.zones import zone_for_windows, zone_of_windows

# What Outlook has fields for, what only tells of a version, and what OSync never writes there.
_NOT_MORE = frozenset(
    (
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "CREATED", "RECURRENCE-ID"),
        *("DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE"),
        *("SUMMARY", "LOCATION", "DESCRIPTION", "TRANSP", "CATEGORIES", "CLASS", MARKER_NAME),
        *("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS"),
        *("ATTENDEE", "ORGANIZER", "X-ALT-DESC", "STYLED-DESCRIPTION"),
    )
)
_FIRST_OF_MORE = ("URL", "STATUS")
_MOST_MORE = 8_000
_BUSY_WORDS = {"OOF": OUT_OF_OFFICE, "WORKINGELSEWHERE": ELSEWHERE, "TENTATIVE": TENTATIVE}
_NOT_IN_CATEGORIES = re.compile(r"[,;\s]+")
_LONGEST_TITLE = 255
_MOST_REMINDER_MINUTES = 60 * 24 * 365


@dataclass(frozen=True, slots=True)
class Draft:
    """One event as it is to stand in Outlook; `exact` is when it is in UTC, for zones that this Windows does not know."""

    uid: str
    content: EventContent
    clock: Clock
    shown: Shown
    exact: When
    sensitivity: int
    categories: tuple[str, ...]
    marker: str
    more: str


def draft_of(event: Event, machine_zone: str) -> Draft:
    """Say what an event is in Outlook's words. `machine_zone` is Windows' name of the zone that times without one count in.

    EventRefusedError if it cannot be held: an override alone, a change of all later instances, a UID that is too long.
    """
    series = event.series
    if series is None:
        raise EventRefusedError("It is one instance of a series that is not known; Outlook cannot hold that.")
    if len(event.uid) > LONGEST_UID or not event.uid.isprintable():
        raise EventRefusedError("Its UID is longer than Outlook's tables show, or holds a control character.")
    found = read_event(event, lambda _: AS_WRITTEN, lists_instances=False)
    if found.changes or found.content.series is None:
        raise EventRefusedError("It changes all later instances at once; Outlook cannot hold that.")
    body = placed(found.content.series, machine_zone)
    marker = series.first(MARKER_NAME)
    return Draft(
        uid=event.uid,
        content=found.content,
        clock=found.clock,
        shown=shown_of(body, series, found.clock, machine_zone),
        exact=_exact(body, found.clock),
        sensitivity=_sensitivity(series),
        categories=_categories(series),
        marker=marker.value.strip()[:100] if marker else "",
        more=_more(series),
    )


def placed(body: Body, machine_zone: str) -> Body:
    """Let times without a zone count in that of this computer: Outlook knows no others."""
    zone = zone_of_windows(machine_zone)

    def settled(moment: Moment) -> Moment:
        return moment if moment.zone or moment.is_date else replace(moment, zone=zone)

    return replace(body, start=settled(body.start), end=settled(body.end) if body.end else None)


def shown_of(body: Body, component: Component, clock: Clock, machine_zone: str) -> Shown:
    """Say what a component shows in Outlook's words."""
    return Shown(
        when=_when(body, clock, machine_zone),
        title=" ".join(body.title.splitlines())[:_LONGEST_TITLE],
        place=" ".join(body.place.splitlines())[:_LONGEST_TITLE],
        notes=body.notes,
        busy=_busy(body, component),
        reminder=_reminder(component),
    )


def _when(body: Body, clock: Clock, machine_zone: str) -> When:
    start, end = body.start, body.end or body.start
    if start.is_date:
        return When(start.time, machine_zone, end.time, machine_zone, whole_days=True)
    zones = [zone_for_windows(moment.zone) for moment in (start, end)]
    if all(zones):
        return When(start.time, zones[0], end.time, zones[1], whole_days=False)
    return _exact(body, clock)


def _exact(body: Body, clock: Clock) -> When:
    start, end = (clock.instant(moment) for moment in (body.start, body.end or body.start))
    return When(start, UTC_ZONE, end, UTC_ZONE, whole_days=body.start.is_date)


def _busy(body: Body, component: Component) -> int:
    if body.transparent:
        return FREE
    said = component.first("X-MICROSOFT-CDO-BUSYSTATUS")
    tentative = TENTATIVE if body.status is Status.TENTATIVE else BUSY
    return _BUSY_WORDS.get(said.value.strip().upper(), tentative) if said else tentative


def _sensitivity(series: Component) -> int:
    found = series.first("CLASS")
    word = found.value.strip().upper() if found else ""
    if word in ("", "PUBLIC"):
        return NORMAL
    return CONFIDENTIAL if word == "CONFIDENTIAL" else PRIVATE


def _categories(series: Component) -> tuple[str, ...]:
    """Give the categories, with blanks for what Outlook would cut a name at."""
    names = (
        _NOT_IN_CATEGORIES.sub(" ", name).strip()
        for line in series.properties("CATEGORIES")
        for name in split_texts(line.value)
    )
    return tuple(dict.fromkeys(name for name in names if name))


def _reminder(component: Component) -> int | None:
    """Give the minutes before the start of the first alarm that Outlook can hold: one before the start."""
    for alarm in component.components("VALARM"):
        trigger = alarm.first("TRIGGER")
        text = trigger.value.strip().upper() if trigger else ""
        if trigger is None or "P" not in text or (trigger.parameter("RELATED") or "").upper() == "END":
            continue
        if not text.startswith("-") and text.strip("+PT0DHMSW"):
            continue
        try:
            duration = parse_duration(text.lstrip("+-"))
        except EventRefusedError:
            continue
        return min(int(duration.exact.total_seconds()) // 60 + duration.days * 1440, _MOST_REMINDER_MINUTES)
    return None


def _more(series: Component) -> str:
    """Give the lines that Outlook has no field for, what is managed first, and no more of them than a field takes."""
    lines = [part for part in series.contents if isinstance(part, str) and begins_property(part)]
    kept = sorted(filter(_is_more, lines), key=lambda line: line_name(line) not in _FIRST_OF_MORE)
    taken: list[str] = []
    for line in kept:
        if sum(map(len, taken)) + len(taken) + len(line) <= _MOST_MORE:
            taken.append(line)
    return "\n".join(taken)


def _is_more(line: str) -> bool:
    name = line_name(line)
    found = parse_line(line) if name == "STATUS" else None
    return name not in _NOT_MORE and not (found and unescape_text(found.value).strip().upper() == "CONFIRMED")
