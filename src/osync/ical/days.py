"""The days on which one recurrence rule falls, period by period (RFC 5545 section 3.3.10); knows no times and no zones."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from osync.ical.day_rules import WEEK, DayRule
from osync.ical.work import Work

_LAST = date(9_990, 12, 31)


def periods(rule: DayRule, first: date, begin: date, last: date, work: Work) -> Iterator[list[date]]:
    """Give the days of each period of a DAILY, WEEKLY, MONTHLY or YEARLY rule, in order; a period may have none.

    The period of `first` is the first one; those that end before `begin` or begin after `last` are left out.
    """
    return _ITERATORS[rule.frequency](rule, first, max(begin, first), min(last, _LAST), work)


def _daily(rule: DayRule, first: date, begin: date, last: date, work: Work) -> Iterator[list[date]]:
    step = rule.interval
    number = first.toordinal() + -(-(begin - first).days // step) * step
    while number <= last.toordinal():
        work.spend(1)
        day = date.fromordinal(number)
        yield [day] if rule.admits(day) else []
        number += step


def _weekly(rule: DayRule, first: date, begin: date, last: date, work: Work) -> Iterator[list[date]]:
    step = rule.interval * WEEK
    monday = first.toordinal() - (first.weekday() - rule.week_start) % WEEK
    monday += (begin.toordinal() - monday) // step * step
    offsets = sorted({(each.weekday - rule.week_start) % WEEK for each in rule.weekdays})
    while monday <= last.toordinal():
        work.spend(1 + len(offsets))
        days = [date.fromordinal(monday + offset) for offset in offsets]
        yield [day for day in days if rule.admits(day)] if rule.months else days
        monday += step


def _monthly(rule: DayRule, first: date, begin: date, last: date, work: Work) -> Iterator[list[date]]:
    number = first.year * 12 + first.month - 1
    number += (begin.year * 12 + begin.month - 1 - number) // rule.interval * rule.interval
    while number <= last.year * 12 + last.month - 1:
        year, month = divmod(number, 12)
        if rule.months and month + 1 not in rule.months:
            work.spend(1)
            yield []
        else:
            yield _days_of_month(rule, year, month + 1, work)
        number += rule.interval


def _yearly(rule: DayRule, first: date, begin: date, last: date, work: Work) -> Iterator[list[date]]:
    year = _first_year_of_weeks(rule, first) if rule.week_numbers else first.year
    year += max(begin.year - 1 - year, 0) // rule.interval * rule.interval
    while year <= last.year + 1:
        yield _days_of_year(rule, year, work)
        year += rule.interval


def _first_year_of_weeks(rule: DayRule, first: date) -> int:
    """Give the year in whose weeks a series begins; it is not that of `first` only if the rule gives a day of that week."""
    year = rule.year_of_weeks(first)
    within = any(0 <= (day - first).days < WEEK and rule.admits(day) for day in rule.week_days_of(year))
    return year if within else first.year


def _days_of_year(rule: DayRule, year: int, work: Work) -> list[date]:
    if rule.week_numbers:
        days = list(rule.week_days_of(year))
        work.spend(1 + len(days))
        return [day for day in days if rule.admits(day)]
    if rule.year_days or not rule.months:
        return _days_between(rule, date(year, 1, 1), date(year, 12, 31), work)
    return [day for month in sorted(rule.months) for day in _days_of_month(rule, year, month, work)]


def _days_of_month(rule: DayRule, year: int, month: int, work: Work) -> list[date]:
    length = monthrange(year, month)[1]
    if not rule.month_days:
        return _days_between(rule, date(year, month, 1), date(year, month, length), work)
    numbers = sorted({each if each > 0 else length + 1 + each for each in rule.month_days})
    days = [date(year, month, number) for number in numbers if 1 <= number <= length]
    work.spend(1 + len(days))
    return [day for day in days if rule.admits(day)] if rule.weekdays or rule.year_days else days


def _days_between(rule: DayRule, first: date, last: date, work: Work) -> list[date]:
    """Give the days that the rule admits, looking only at its weekdays if it has some."""
    length = (last - first).days + 1
    if rule.year_days and not rule.weekdays:
        numbers = sorted({each if each > 0 else length + 1 + each for each in rule.year_days})
        days = [first + timedelta(days=number - 1) for number in numbers if 1 <= number <= length]
    else:
        offsets = {(each.weekday - first.weekday()) % WEEK for each in rule.weekdays}
        days = [first + timedelta(days=number) for number in range(length) if number % WEEK in offsets]
    work.spend(1 + len(days))
    return [day for day in days if rule.admits(day)]


_ITERATORS = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}
