"""Which days a recurrence rule admits, and which rules are refused because programs differ on them (RFC 5545 section 3.3.10).

It looks at one day; `days` goes through the periods.
"""

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from osync.errors import EventRefusedError
from osync.ical.content import Rule
from osync.ical.rules import WEEKDAYS

WEEK = 7
_MOST_WEEKS_OF_A_MONTH = 5
_LONGEST_INTERVAL = 365_250
_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
# What RFC 5545 section 3.3.10 forbids, programs read in several ways.
_FORBIDDEN = {
    "BYWEEKNO": ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY"),
    "BYYEARDAY": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYMONTHDAY": ("WEEKLY",),
}


@dataclass(frozen=True, slots=True)
class Weekday:
    """One value of BYDAY; `position` 0 means each, else the n-th of the month or year, counted from its end if negative."""

    weekday: int
    position: int


@dataclass(frozen=True, slots=True)
class DayRule:
    """The parts of a rule that choose days, completed with what the start of its series says."""

    frequency: str
    interval: int
    week_start: int
    months: frozenset[int]
    week_numbers: tuple[int, ...]
    year_days: frozenset[int]
    month_days: frozenset[int]
    weekdays: tuple[Weekday, ...]
    within_months: bool

    def week_days_of(self, year: int) -> Iterator[date]:
        """Give every day of the weeks of a year that the rule names; the first and last may reach into other years."""
        first, following = first_day_of_weeks(year, self.week_start), first_day_of_weeks(year + 1, self.week_start)
        count = (following - first).days // WEEK
        numbers = {number if number > 0 else count + 1 + number for number in self.week_numbers}
        for number in sorted(numbers):
            if 1 <= number <= count:
                yield from (first + timedelta(days=(number - 1) * WEEK + each) for each in range(WEEK))

    def year_of_weeks(self, day: date) -> int:
        """Give the year to whose weeks a day belongs."""
        following = day.year + 1
        if day >= first_day_of_weeks(following, self.week_start):
            return following
        return day.year if day >= first_day_of_weeks(day.year, self.week_start) else day.year - 1

    def admits(self, day: date) -> bool:
        """Tell whether every part that is there, weeks of the year aside, admits a day."""
        return (
            (not self.months or day.month in self.months)
            and (not self.month_days or _counted(day.day, _length_of_month(day), self.month_days))
            and (not self.weekdays or self._on_weekday(day))
            and (not self.year_days or _counted(_day_of_year(day), _length_of_year(day.year), self.year_days))
        )

    def _on_weekday(self, day: date) -> bool:
        weekday = day.weekday()
        return any(
            each.weekday == weekday and (not each.position or self._position_is(day, each.position))
            for each in self.weekdays
        )

    def _position_is(self, day: date, position: int) -> bool:
        number = day.day if self.within_months else _day_of_year(day)
        length = _length_of_month(day) if self.within_months else _length_of_year(day.year)
        return position == ((number - 1) // WEEK + 1 if position > 0 else -((length - number) // WEEK + 1))


def first_day_of_weeks(year: int, week_start: int) -> date:
    """Give the day on which week 1 of a year begins: the first week with four days in the year."""
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=(fourth.weekday() - week_start) % WEEK)


def _counted(number: int, length: int, wanted: frozenset[int]) -> bool:
    """Tell whether the `number`-th of `length` is among those counted from the beginning or, if negative, the end."""
    return number in wanted or number - length - 1 in wanted


def _day_of_year(day: date) -> int:
    return day.toordinal() - date(day.year, 1, 1).toordinal() + 1


def _length_of_year(year: int) -> int:
    return 366 if isleap(year) else 365


def _length_of_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def day_rule(rule: Rule, start: date) -> DayRule:
    """Complete a rule for a series that begins on `start`.

    EventRefusedError names what RFC 5545 forbids, and a rule that leaves its month or weekday to a start that is none of
    its days: programs differ in both.
    """
    parts = {part.name: part.values for part in rule.by}
    _check(rule, parts.keys())
    weekdays = tuple(_weekday(value) for value in parts.get("BYDAY", ()))
    months = frozenset(_numbers(parts.get("BYMONTH", ())))
    if any(abs(each.position) > _MOST_WEEKS_OF_A_MONTH for each in weekdays) and (
        months or rule.frequency == "MONTHLY"
    ):
        raise EventRefusedError("BYDAY of its rule counts more weekdays than a month has.")
    if "BYWEEKNO" in parts and any(each.position for each in weekdays):
        raise EventRefusedError("Its rule counts weekdays (BYDAY) within BYWEEKNO, which RFC 5545 forbids.")
    found = DayRule(
        frequency=rule.frequency,
        interval=rule.interval,
        week_start=WEEKDAYS.index(rule.week_start),
        months=months,
        week_numbers=tuple(_numbers(parts.get("BYWEEKNO", ()))),
        year_days=frozenset(_numbers(parts.get("BYYEARDAY", ()))),
        month_days=frozenset(_numbers(parts.get("BYMONTHDAY", ()))),
        weekdays=weekdays,
        within_months=rule.frequency == "MONTHLY" or bool(months),
    )
    return _completed(found, start)


def _check(rule: Rule, names: Iterable[str]) -> None:
    for name in names:
        if rule.frequency in _FORBIDDEN.get(name, ()):
            raise EventRefusedError(f"Its rule has {name} with FREQ={rule.frequency}, which RFC 5545 forbids.")
    if rule.interval * _DAYS.get(rule.frequency, 0) > _LONGEST_INTERVAL:
        raise EventRefusedError(f"INTERVAL={rule.interval} of its rule is longer than a thousand years.")


def _numbers(values: Iterable[str]) -> Iterator[int]:
    return map(int, values)


def _weekday(value: str) -> Weekday:
    return Weekday(WEEKDAYS.index(value[-2:]), int(value[:-2] or "0"))


def _completed(rule: DayRule, start: date) -> DayRule:
    """Take from the start what the rule does not say."""
    if rule.frequency == "WEEKLY" and not rule.weekdays:
        return replace(rule, weekdays=(Weekday(start.weekday(), 0),))
    if rule.frequency == "MONTHLY" and not rule.month_days and not rule.weekdays:
        return replace(rule, month_days=frozenset((start.day,)))
    if rule.frequency != "YEARLY" or rule.year_days:
        return rule
    if not rule.week_numbers and not rule.month_days and not rule.weekdays:
        return replace(rule, month_days=frozenset((start.day,)), months=rule.months or frozenset((start.month,)))
    if rule.week_numbers and not rule.month_days and not rule.weekdays:
        return _checked(replace(rule, weekdays=(Weekday(start.weekday(), 0),)), start, "weekday")
    if rule.month_days and not rule.months and not rule.week_numbers:
        return _checked(replace(rule, months=frozenset((start.month,))), start, "month")
    return rule


def _checked(rule: DayRule, start: date, what: str) -> DayRule:
    in_weeks = not rule.week_numbers or start in rule.week_days_of(rule.year_of_weeks(start))
    if in_weeks and rule.admits(start):
        return rule
    raise EventRefusedError(f"Its rule does not say which {what}, and its start is none of its days.")
