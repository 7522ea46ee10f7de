"""Carry out what a series needs in Outlook: its pattern, then its exceptions, in the order that Outlook demands."""

import itertools
from datetime import date, datetime
from typing import Any

from osync.errors import EventRefusedError, OutlookRefusedError
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.drafts import SeriesDraft
from osync.microsoft.fields import put_instance
from osync.microsoft.patterns import Kind, Pattern, pattern_days
from osync.microsoft.series_reading import read_pattern

_MONTHS = 12
_COMPARED = 400


def put_pattern(event: Com, pattern: Pattern) -> None:
    """Make a series of an event whose times are set; what comes later depends on what comes before.

    EventRefusedError if Outlook makes another pattern of it.
    """
    recurrence = event.call("GetRecurrencePattern")
    if pattern.kind is Kind.YEARLY_NTH:
        # Of this kind the interval is set while it still is a plain yearly one (OutlookGoogleCalendarSync).
        recurrence.put("RecurrenceType", int(Kind.YEARLY))
        recurrence.put("Interval", pattern.interval)
    recurrence.put("RecurrenceType", int(pattern.kind))
    for name, value in _kind_values(pattern):
        # A combination that passes by, such as 31 April, is refused; so is the interval of a series on workdays.
        if recurrence.get(name) != value:
            recurrence.put(name, value)
    first = datetime.combine(pattern.first, datetime.min.time())
    if wall_clock(recurrence.get("PatternStartDate")).date() != pattern.first:
        recurrence.put("PatternStartDate", first)
    if int(recurrence.get("Interval")) != pattern.interval and not _is_every_workday(recurrence, pattern):
        recurrence.put("Interval", pattern.interval)
    if pattern.count is not None:
        recurrence.put("Occurrences", pattern.count)
    elif pattern.last is not None:
        recurrence.put("PatternEndDate", datetime.combine(pattern.last, datetime.min.time()))
    else:
        recurrence.put("NoEndDate", value=True)
    _check(read_pattern(recurrence, pattern.first), pattern)


def _kind_values(pattern: Pattern) -> list[tuple[str, Any]]:
    values: list[tuple[str, Any]] = []
    if pattern.kind in (Kind.MONTHLY_NTH, Kind.YEARLY_NTH):
        values += [("Instance", pattern.instance)]
    if pattern.mask:
        values += [("DayOfWeekMask", pattern.mask)]
    if pattern.kind.is_yearly:
        values += [("MonthOfYear", pattern.month)]
    if pattern.day:
        values += [("DayOfMonth", pattern.day)]
    return values


def _is_every_workday(recurrence: Com, pattern: Pattern) -> bool:
    """Tell whether Outlook says 0 where it means every workday (facts A9)."""
    return pattern.kind is Kind.WEEKLY and pattern.interval == 1 and not int(recurrence.get("Interval"))


def _check(made: Pattern, wanted: Pattern) -> None:
    """Compare the days that both mean: of the two ends, Outlook computes the other one."""
    if _first_days(made) != _first_days(wanted):
        raise EventRefusedError("Outlook makes another series of it.", unharmed="It was not written.")


def _first_days(pattern: Pattern) -> list[date]:
    return list(itertools.islice(pattern_days(pattern), _COMPARED))


def settle_years(event: Com, series: SeriesDraft) -> None:
    """See that a saved yearly series happens again when it should, and save it with its interval in years if it does not.

    Documented are years, what other programs found are months. EventRefusedError if neither is right.
    """
    if not series.pattern.kind.is_yearly or series.second is None or _has(event, series.second):
        return
    event.call("GetRecurrencePattern").put("Interval", series.pattern.interval // _MONTHS)
    event.call("Save")
    if not _has(event, series.second):
        raise EventRefusedError("Outlook makes another series of it.", unharmed="It was not written.")


def _has(event: Com, local: datetime) -> bool:
    try:
        event.call("GetRecurrencePattern").call("GetOccurrence", local)
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY):
            raise
        return False
    return True


def put_exceptions(application: Com, event: Com, series: SeriesDraft) -> None:
    """Delete and change instances of a series that was saved and opened anew. EventRefusedError if one is not there."""
    for local in series.deleted:
        _instance(event, local).call("Delete")
    for change in series.changed:
        instance = _instance(event, change.local)
        put_instance(application, instance, change.shown, change.exact)
        instance.call("Save")


def _instance(event: Com, local: datetime) -> Com:
    try:
        found: Com = event.call("GetRecurrencePattern").call("GetOccurrence", local)
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY):
            raise
        raise EventRefusedError("Outlook does not find an instance of it.", unharmed="It was left out.") from None
    return found
