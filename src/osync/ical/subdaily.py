"""Rules that repeat within a day: HOURLY, MINUTELY and SECONDLY (RFC 5545 section 3.3.10); bounded work."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta

from osync.ical.content import Rule
from osync.ical.day_rules import DayRule
from osync.ical.work import Work

UNITS: Mapping[str, int] = {"HOURLY": 3_600, "MINUTELY": 60, "SECONDLY": 1}
_DAY = 86_400


def numbers_of(rule: Rule, name: str) -> Sequence[int]:
    """Give the numbers of a BY part, none if it is not there; second 60 counts as 59 (RFC 5545 section 3.3.12)."""
    values = next((part.values for part in rule.by if part.name == name), ())
    numbers = [int(value) for value in values]
    return sorted({min(number, 59) for number in numbers}) if name == "BYSECOND" else numbers


def bases_within_days(
    rule: Rule, days: DayRule, start: datetime, begin: datetime, end: datetime, work: Work
) -> Iterator[Sequence[datetime]]:
    """Give the beginning of each hour, minute or second, from the day of `begin` on to that of `end`, that the rule admits."""
    steps = _Steps(UNITS[rule.frequency], rule.interval, rule)
    midnight = datetime.combine(start.date(), time())
    first = int((start - midnight).total_seconds()) // steps.unit
    day = max(begin.date(), start.date())
    while day <= end.date():
        work.spend(1)
        passed = (day - start.date()).days * steps.a_day
        offset = (first - passed) % rule.interval if passed > first else first - passed
        if offset >= steps.a_day:
            day += timedelta(days=offset // steps.a_day)
            continue
        if days.admits(day):
            for second in steps.admitted(offset, work):
                yield (datetime.combine(day, time()) + timedelta(seconds=second),)
        day += timedelta(days=1)


class _Steps:
    """The units of a day that lie on the interval of a rule."""

    __slots__ = ("_hours", "_interval", "_minutes", "_seconds", "a_day", "unit")

    def __init__(self, unit: int, interval: int, rule: Rule) -> None:
        self.unit = unit
        self.a_day = _DAY // unit
        self._interval = interval
        self._hours = frozenset(numbers_of(rule, "BYHOUR"))
        self._minutes = frozenset(numbers_of(rule, "BYMINUTE")) if unit < UNITS["HOURLY"] else frozenset()
        self._seconds = frozenset(numbers_of(rule, "BYSECOND")) if unit < UNITS["MINUTELY"] else frozenset()

    def admitted(self, index: int, work: Work) -> Iterator[int]:
        """Give the seconds since midnight of each admitted unit from the `index`-th on; leaps over what is not."""
        while index < self.a_day:
            work.spend(1)
            second = index * self.unit
            beyond = self._beyond(second)
            if beyond is None:
                yield second
                index += self._interval
            else:
                missing = -(-beyond // self.unit) - index
                index += max(1, -(-missing // self._interval)) * self._interval

    def _beyond(self, second: int) -> int | None:
        """Give the second at which the first part that does not admit this one may change its mind; None if all do."""
        if self._hours and second // 3_600 not in self._hours:
            return (second // 3_600 + 1) * 3_600
        if self._minutes and second % 3_600 // 60 not in self._minutes:
            return (second // 60 + 1) * 60
        if self._seconds and second % 60 not in self._seconds:
            return second + 1
        return None
