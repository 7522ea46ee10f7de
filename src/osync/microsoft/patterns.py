"""Outlook's recurrence pattern as a value, and the days that Outlook makes of it; pure.

What a pattern means differs from a rule of RFC 5545 where a month is too short: Outlook takes its last day, a rule leaves it out.
"""

import calendar
import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = {"MO": 2, "TU": 4, "WE": 8, "TH": 16, "FR": 32, "SA": 64, "SU": 1}
WORKDAYS, WEEKEND, ANY_DAY = 62, 65, 127
LAST_INSTANCE = 5
_LAST_YEAR = 2200
_WEEK = 7


class Kind(enum.IntEnum):
    """OlRecurrenceType."""

    DAILY = 0
    WEEKLY = 1
    MONTHLY = 2
    MONTHLY_NTH = 3
    YEARLY = 5
    YEARLY_NTH = 6

    @property
    def is_yearly(self) -> bool:
        """Tell whether the pattern names a month."""
        return self in (Kind.YEARLY, Kind.YEARLY_NTH)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern; `interval` counts days, weeks or months, also where the pattern is yearly.

    `mask` adds up weekdays (Sunday 1 … Saturday 64), `instance` is 1 to 4, or 5 for the last one. It ends after `count`
    instances, or on `last`, or never.
    """

    kind: Kind
    interval: int
    first: date
    mask: int = 0
    day: int = 0
    month: int = 0
    instance: int = 0
    count: int | None = None
    last: date | None = None


def pattern_days(pattern: Pattern, week_start: str = "MO") -> Iterator[date]:
    """Give the days of a pattern in order, up to the year 2200; the work for each is bounded.

    `week_start` is the first day of the week in Outlook's options; it matters for every second week and the like.
    """
    days: Iterator[date] = itertools.dropwhile(lambda day: day < pattern.first, _days(pattern, week_start))
    if pattern.last is not None:
        last = pattern.last
        days = itertools.takewhile(lambda day: day <= last, days)
    return itertools.islice(days, pattern.count)


def _days(pattern: Pattern, week_start: str) -> Iterator[date]:
    interval = max(pattern.interval, 1)
    if pattern.kind is Kind.DAILY:
        return _stepping(pattern.first, interval)
    if pattern.kind is Kind.WEEKLY:
        return _weekly(pattern, interval, week_start)
    return _monthly(pattern, interval)


def _stepping(first: date, days: int) -> Iterator[date]:
    while first.year <= _LAST_YEAR:
        yield first
        first += timedelta(days=days)


def _weekly(pattern: Pattern, interval: int, week_start: str) -> Iterator[date]:
    order = list(DAYS)
    back = (pattern.first.weekday() - order.index(week_start)) % _WEEK
    for week in _stepping(pattern.first - timedelta(days=back), _WEEK * interval):
        for number in range(_WEEK):
            day = week + timedelta(days=number)
            if pattern.mask & DAYS[order[day.weekday()]]:
                yield day


def _monthly(pattern: Pattern, interval: int) -> Iterator[date]:
    year, month = pattern.first.year, pattern.month if pattern.kind.is_yearly else pattern.first.month
    while year <= _LAST_YEAR:
        yield from _day_in_month(pattern, year, month)
        year, month = year + (month - 1 + interval) // 12, (month - 1 + interval) % 12 + 1


def _day_in_month(pattern: Pattern, year: int, month: int) -> Iterator[date]:
    length = calendar.monthrange(year, month)[1]
    if pattern.kind in (Kind.MONTHLY, Kind.YEARLY):
        yield date(year, month, min(pattern.day, length))
        return
    order = list(DAYS)
    days = [date(year, month, number) for number in range(1, length + 1)]
    fitting = [day for day in days if pattern.mask & DAYS[order[day.weekday()]]]
    if pattern.instance == LAST_INSTANCE:
        yield from fitting[-1:]
    else:
        yield from fitting[pattern.instance - 1 : pattern.instance]
