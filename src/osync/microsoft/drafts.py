"""What is to be written into Outlook for an event of OSync, as plain values; pure. There are no recipients, ever."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from osync.errors import EventRefusedError
from osync.ical.bodies import AS_WRITTEN
from osync.ical.clock import Clock
from osync.ical.content import Body, EventContent, Moment, Status
from osync.ical.event import Event
from osync.ical.lines import Component, begins_property, line_name, parse_line, split_texts, unescape_text
from osync.ical.marker import MARKER_NAME
from osync.ical.moments import parse_duration
from osync.ical.reading import read_event
from osync.microsoft.appointments import Shown, When
from osync.microsoft.constants import BUSY, CONFIDENTIAL, ELSEWHERE, FREE, NORMAL, OUT_OF_OFFICE, PRIVATE, TENTATIVE
from osync.microsoft.patterns import Pattern
from osync.microsoft.series_plans import plan_series
from osync.microsoft.tags import LONGEST_UID
from osync.microsoft.zones import UTC_ZONE, zone_for_windows, zone_of_windows

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
class InstanceDraft:
    """One changed instance of a series: `local` is when it would have been, as the clock of this computer shows it."""

    local: datetime
    shown: Shown
    exact: When


@dataclass(frozen=True, slots=True)
class SeriesDraft:
    """A pattern, and its exceptions in the order in which Outlook can follow; deleted ones by the clock of this computer.

    `second` is when the second instance would be, None if there is none.
    """

    pattern: Pattern
    second: datetime | None
    deleted: tuple[datetime, ...]
    changed: tuple[InstanceDraft, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """One event as it is to stand in Outlook; `exact` is when it is in UTC, for zones that this Windows does not know."""

    uid: str
    shown: Shown
    exact: When
    series: SeriesDraft | None
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
    content = _placed_content(found.content, machine_zone)
    body = content.series or found.content.series
    marker = series.first(MARKER_NAME)
    return Draft(
        uid=event.uid,
        shown=shown_of(body, series, found.clock, machine_zone),
        exact=_exact(body, found.clock),
        series=_series(event, content, found.clock, machine_zone),
        sensitivity=_sensitivity(series),
        categories=_categories(series),
        marker=marker.value.strip()[:100] if marker else "",
        more=_more(series),
    )


def _placed_content(content: EventContent, machine_zone: str) -> EventContent:
    """Let times without a zone count in that of this computer: Outlook knows no others."""
    zone = zone_of_windows(machine_zone)

    def settled(moment: Moment) -> Moment:
        return moment if moment.zone or moment.is_date else replace(moment, zone=zone)

    def settled_body(body: Body) -> Body:
        return replace(body, start=settled(body.start), end=settled(body.end) if body.end else None)

    return replace(
        content,
        series=settled_body(content.series) if content.series else None,
        additions=tuple(map(settled, content.additions)),
        exclusions=tuple(map(settled, content.exclusions)),
        overrides=tuple(
            replace(each, instance=settled(each.instance), body=settled_body(each.body)) for each in content.overrides
        ),
    )


def _series(event: Event, content: EventContent, clock: Clock, machine_zone: str) -> SeriesDraft | None:
    plan = plan_series(content, clock)
    if plan is None or content.series is None:
        return None
    here = zone_of_windows(machine_zone)
    components = {_placed_instance(each, clock, content.series.start): each for each in event.overrides}
    changed = []
    for change in plan.changes:
        body = content.overrides[change.number].body
        component = components.get(change.instance, event.components[0])
        shown = shown_of(body, component, clock, machine_zone)
        changed.append(InstanceDraft(_local(change.instance, clock, here), shown, _exact(body, clock)))
    deleted = tuple(_local(moment, clock, here) for moment in plan.deletions)
    second = _local(plan.second, clock, here) if plan.second else None
    return SeriesDraft(plan.pattern, second, deleted, tuple(changed))


def _placed_instance(component: Component, clock: Clock, start: Moment) -> Moment:
    found = component.first("RECURRENCE-ID")
    if found is None:
        raise EventRefusedError("One of its components cannot be told from the series.")
    return clock.aligned(clock.read(found, found.value), start)


def _local(moment: Moment, clock: Clock, zone: str) -> datetime:
    """Give a moment as the clock of this computer shows it."""
    if moment.is_date or not zone:
        return moment.time
    instant = clock.instant(moment).replace(tzinfo=UTC)
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


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
