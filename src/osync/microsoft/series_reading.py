"""The recurrence of an Outlook event, read off Outlook's object and told as OSync tells it."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from osync.errors import EventUnreadableError, OutlookRefusedError
from osync.ical.clock import Clock
from osync.ical.content import Body, EventContent, Moment, Override
from osync.ical.zones import Zones
from osync.microsoft.appointments import NO_DATE_YEAR, Appointment, Shown, numbered, read_shown
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.event_reading import body_of, uid_of
from osync.microsoft.patterns import Kind, Pattern, pattern_days
from osync.microsoft.recurrence import rule_of
from osync.microsoft.zones import zone_of_windows

_DAY = timedelta(days=1)
_MOST_EXCEPTIONS = 1_300


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says, and what Outlook shows of each of its overrides, in their order."""

    content: EventContent
    instances: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class _Exceptional:
    """One instance that is not as the series says; `original` as Outlook tells it, `shown` None if it was deleted."""

    original: datetime
    shown: Shown | None


def read_series(event: Com, found: Appointment, machine_zone: str) -> Told:
    """Read when an event is. Asking for the pattern of an event that has none would make it a series."""
    uid, body = uid_of(found), body_of(found.shown)
    if not event.get("IsRecurring"):
        return Told(EventContent(uid, body))
    body = _as_long_as_the_first(body)
    recurrence = event.call("GetRecurrencePattern")
    pattern = read_pattern(recurrence, body.start.day)
    exceptions = list(_exceptions(recurrence))
    return _told(EventContent(uid, body), pattern, exceptions, zone_of_windows(machine_zone))


def _as_long_as_the_first(body: Body) -> Body:
    """Tell the end of a series in the zone of its start: all instances last equally long in Outlook, whatever zone they end in."""
    start, end = body.start, body.end
    if end is None or start.is_date or end.zone == start.zone:
        return body
    clock = Clock(Zones())
    return replace(body, end=clock.in_zone(clock.instant(end), start.zone))


def read_pattern(recurrence: Com, first: date) -> Pattern:
    """Read a pattern; `first` is the day of the first instance. EventUnreadableError for a kind that nobody knows."""
    number, interval = int(recurrence.get("RecurrenceType")), int(recurrence.get("Interval"))
    try:
        kind = Kind(number)
    except ValueError as error:
        raise EventUnreadableError("Outlook calls its recurrence by a number that nobody knows.") from error
    if kind.is_yearly:
        # Months, though documented as years; what is no multiple of twelve can only be years.
        interval = interval if interval and interval % 12 == 0 else 12 * max(interval, 1)
    nth, weekly = kind in (Kind.MONTHLY_NTH, Kind.YEARLY_NTH), kind is Kind.WEEKLY
    last = wall_clock(recurrence.get("PatternEndDate"))
    endless = bool(recurrence.get("NoEndDate")) or last.year >= NO_DATE_YEAR
    return Pattern(
        kind,
        max(interval, 1),
        first,
        mask=int(recurrence.get("DayOfWeekMask")) if nth or weekly else 0,
        day=int(recurrence.get("DayOfMonth")) if kind in (Kind.MONTHLY, Kind.YEARLY) else 0,
        month=int(recurrence.get("MonthOfYear")) if kind.is_yearly else 0,
        instance=int(recurrence.get("Instance")) if nth else 0,
        count=None if endless else int(recurrence.get("Occurrences")),
        last=None if endless else last.date(),
    )


def _exceptions(recurrence: Com) -> Iterator[_Exceptional]:
    """Read the exceptions; one whose instance is not there any more is left out, as Outlook itself does."""
    for number, each in enumerate(numbered(recurrence.get("Exceptions"))):
        if number > _MOST_EXCEPTIONS:
            raise EventUnreadableError(f"It has more than {_MOST_EXCEPTIONS} exceptions.")
        original = wall_clock(each.get("OriginalDate"))
        if each.get("Deleted"):
            yield _Exceptional(original, None)
            continue
        try:
            yield _Exceptional(original, read_shown(each.get("AppointmentItem")))
        except OutlookRefusedError as error:
            if error.reason not in (Reason.DAMAGED, Reason.NOT_FOUND):
                raise


def _told(single: EventContent, pattern: Pattern, exceptions: Sequence[_Exceptional], zone: str) -> Told:
    body = single.series
    if body is None:
        raise EventUnreadableError("Its start cannot be read.")
    clock = Clock(Zones())
    last = max((each.original.date() for each in exceptions), default=pattern.first) + 2 * _DAY
    days = set(itertools.takewhile(lambda day: day <= last, pattern_days(pattern)))
    changed = {_changed_instance(each, body.start, zone, days): each.shown for each in exceptions if each.shown}
    deleted = {_deleted_instance(each, body.start, days) for each in exceptions if each.shown is None}
    shown = dict(sorted(changed.items(), key=lambda pair: pair[0].time))
    overrides = tuple(Override(moment, body_of(each)) for moment, each in shown.items())
    # A moved instance may be listed as deleted too; what it became counts.
    exclusions = tuple(sorted(deleted - changed.keys(), key=lambda moment: moment.time))
    content = EventContent(
        single.uid, body, rule_of(pattern, body.start, clock), exclusions=exclusions, overrides=overrides
    )
    return Told(content, tuple(shown.values()))


def _changed_instance(found: _Exceptional, start: Moment, zone: str, days: set[date]) -> Moment:
    """Give the instance that a change belongs to: Outlook tells it as the clock of this computer shows it."""
    local = found.original
    if not start.is_date and start.zone and zone:
        here, there = (ZoneInfo("UTC" if name == "UTC" else name) for name in (zone, start.zone))
        local = local.replace(tzinfo=here).astimezone(UTC).astimezone(there).replace(tzinfo=None)
    return _on_day(_nearest(local.date(), days), start)


def _deleted_instance(found: _Exceptional, start: Moment, days: set[date]) -> Moment:
    """Give the instance that was deleted: Outlook tells its day only."""
    return _on_day(_nearest(found.original.date(), days), start)


def _nearest(day: date, days: set[date]) -> date:
    """Give the day of the pattern that is meant: in another zone it may be the one before or after."""
    return next((each for each in (day, day + _DAY, day - _DAY) if each in days), day)


def _on_day(day: date, start: Moment) -> Moment:
    return Moment(day) if start.is_date else Moment(datetime.combine(day, start.time.time()), start.zone)
