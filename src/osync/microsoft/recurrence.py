"""Recurrence rules and Outlook's patterns, both ways; pure.

A rule that no pattern says exactly is refused by name, never bent: every answer is compared with the instances of the rule.
"""

import calendar
import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import UTC_NAME, Moment, Rule, RulePart
from osync.ical.limits import LAST_DAY
from osync.ical.written_out import starts_of_rule
from osync.microsoft.patterns import ANY_DAY, DAYS, LAST_INSTANCE, WEEKEND, WORKDAYS, Kind, Pattern, pattern_days

_MOST_COUNTED = 999
_MOST_INTERVAL = {"DAILY": 999, "WEEKLY": 99, "MONTHLY": 99, "YEARLY": 99}
_COMPARED = 400
"""How many instances of a rule and of its pattern are compared; the longest cycle of a calendar is 28 years of months."""
_END = datetime(LAST_DAY.year, 12, 31, tzinfo=UTC)
_SETS = {1 << bit for bit in range(7)} | {WORKDAYS, WEEKEND, ANY_DAY}
_SHORTEST_MONTH = 28
_LEAP_YEAR = 2024
_WEEK_STARTS = ("MO", "SU", "SA")


def pattern_of(rule: Rule, start: Moment, clock: Clock) -> Pattern:
    """Give the pattern that has exactly the instances of `rule` from `start` on, as the clock of its zone shows them.

    EventRefusedError names what Outlook cannot hold.
    """
    if rule.interval > _MOST_INTERVAL.get(rule.frequency, 0) or (rule.count or 0) > _MOST_COUNTED:
        raise EventRefusedError("Outlook cannot hold a series that is so long, or repeats so rarely or so often.")
    pattern = _bounded(_unbounded(rule, start.day), rule, start, clock)
    expected = [moment.day for moment in starts_of_rule(rule, start, clock, _END, _COMPARED)]
    if not expected or expected[0] != start.day:
        raise EventRefusedError("Its rule does not give its first instance; Outlook cannot hold that.")
    for week_start in _WEEK_STARTS if pattern.kind is Kind.WEEKLY else _WEEK_STARTS[:1]:
        if list(itertools.islice(pattern_days(pattern, week_start), _COMPARED)) != expected:
            raise EventRefusedError("Outlook would make other days of its rule.")
    return pattern


def _bounded(pattern: Pattern, rule: Rule, start: Moment, clock: Clock) -> Pattern:
    if rule.until is None:
        return replace(pattern, count=rule.count)
    until = clock.in_zone(rule.until.time, start.zone) if start.zone and rule.until.zone else rule.until
    early = not start.is_date and until.time.time() < start.time.time()
    return replace(pattern, last=max(until.day - timedelta(days=early), start.day))


def _unbounded(rule: Rule, first: date) -> Pattern:
    """Give the pattern of a rule without its end. EventRefusedError names the part that Outlook has no word for."""
    by = {part.name: part.values for part in rule.by}
    known = {"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"}
    if set(by) - known:
        raise EventRefusedError(f"Outlook has no {', '.join(sorted(set(by) - known))} in its patterns.")
    match rule.frequency:
        case "DAILY" if not by:
            return Pattern(Kind.DAILY, rule.interval, first)
        case "DAILY" if set(by) == {"BYDAY"} and rule.interval == 1:
            return Pattern(Kind.WEEKLY, 1, first, mask=_mask(by["BYDAY"]))
        case "WEEKLY" if set(by) <= {"BYDAY"}:
            days = by.get("BYDAY", (list(DAYS)[first.weekday()],))
            return Pattern(Kind.WEEKLY, rule.interval, first, mask=_mask(days))
        case "MONTHLY" if "BYMONTH" not in by:
            return _in_month(by, Pattern(Kind.MONTHLY, rule.interval, first))
        case "YEARLY" if len(by.get("BYMONTH", ("",))) == 1 and ("BYMONTH" in by or not by):
            month = int(by.get("BYMONTH", (str(first.month),))[0])
            others = {name: values for name, values in by.items() if name != "BYMONTH"}
            return _in_month(others, Pattern(Kind.YEARLY, 12 * rule.interval, first, month=month))
    raise EventRefusedError(f"Outlook has no pattern for {rule.frequency} with {', '.join(sorted(by)) or 'nothing'}.")


def _in_month(by: Mapping[str, tuple[str, ...]], pattern: Pattern) -> Pattern:
    """Add which day of the month it is."""
    if "BYDAY" in by and "BYMONTHDAY" not in by:
        return _nth(by, pattern)
    if "BYDAY" in by:
        raise EventRefusedError("Outlook has no pattern with both weekdays and days of the month.")
    days = by.get("BYMONTHDAY", (str(pattern.first.day),))
    if days == ("-1",):
        return replace(pattern, day=calendar.monthrange(_LEAP_YEAR, pattern.month or 1)[1])
    # "The 30th, or the last day of a shorter month" is what Outlook means by 30.
    if by.get("BYSETPOS") == ("-1",) and days == tuple(map(str, range(_SHORTEST_MONTH, int(days[-1]) + 1))):
        return replace(pattern, day=int(days[-1]))
    if len(days) > 1 or "BYSETPOS" in by or int(days[0]) < 1:
        raise EventRefusedError("Outlook has no pattern for these days of the month.")
    return replace(pattern, day=int(days[0]))


def _nth(by: Mapping[str, tuple[str, ...]], pattern: Pattern) -> Pattern:
    kind = Kind.YEARLY_NTH if pattern.kind is Kind.YEARLY else Kind.MONTHLY_NTH
    days, positions = by["BYDAY"], by.get("BYSETPOS", ())
    if len(days) == 1 and not positions and days[0][:-2]:
        mask, position = DAYS[days[0][-2:]], int(days[0][:-2])
    elif len(positions) == 1:
        mask, position = _mask(days), int(positions[0])
    else:
        raise EventRefusedError("Outlook has no pattern for these weekdays of a month.")
    if mask not in _SETS or position not in (-1, 1, 2, 3, 4):
        raise EventRefusedError("Outlook has no pattern for these weekdays of a month.")
    return replace(pattern, kind=kind, mask=mask, instance=LAST_INSTANCE if position == -1 else position)


def _mask(days: tuple[str, ...]) -> int:
    if not all(day in DAYS for day in days):
        raise EventRefusedError("Outlook has no pattern for these weekdays.")
    return sum(DAYS[day] for day in days)


def rule_of(pattern: Pattern, start: Moment, clock: Clock) -> Rule:
    """Give the rule that says what a pattern means; `start` is its first instance."""
    frequency, by = _frequency_and_parts(pattern)
    interval = max(pattern.interval, 1)
    if pattern.kind.is_yearly:
        interval, frequency = (interval // 12, "YEARLY") if interval % 12 == 0 else (interval, "MONTHLY")
    rule = Rule(frequency, interval=interval, by=tuple(sorted(by, key=lambda part: part.name)))
    if pattern.count is not None and pattern.count <= _MOST_COUNTED:
        return replace(rule, count=pattern.count)
    return replace(rule, until=_until(pattern.last, start, clock)) if pattern.last else rule


def _frequency_and_parts(pattern: Pattern) -> tuple[str, list[RulePart]]:
    if pattern.kind is Kind.DAILY:
        return "DAILY", []
    if pattern.kind is Kind.WEEKLY:
        return "WEEKLY", [RulePart("BYDAY", _names(pattern.mask))]
    month = (
        [RulePart("BYMONTH", (str(pattern.month),))] if pattern.kind.is_yearly and pattern.interval % 12 == 0 else []
    )
    if pattern.kind in (Kind.MONTHLY, Kind.YEARLY):
        return "MONTHLY", month + _days_of_month(pattern)
    position = "-1" if pattern.instance == LAST_INSTANCE else str(pattern.instance)
    names = _names(pattern.mask)
    if len(names) == 1:
        return "MONTHLY", [*month, RulePart("BYDAY", (position + names[0],))]
    return "MONTHLY", [*month, RulePart("BYDAY", names), RulePart("BYSETPOS", (position,))]


def _days_of_month(pattern: Pattern) -> list[RulePart]:
    """Say a day that short months do not have as Outlook means it."""
    longest = calendar.monthrange(_LEAP_YEAR, pattern.month)[1] if pattern.kind is Kind.YEARLY else 31
    shortest = calendar.monthrange(_LEAP_YEAR + 1, pattern.month)[1] if pattern.kind is Kind.YEARLY else _SHORTEST_MONTH
    day = min(pattern.day, longest)
    if day <= shortest:
        return [RulePart("BYMONTHDAY", (str(day),))]
    if day == 31:
        return [RulePart("BYMONTHDAY", ("-1",))]
    days = tuple(map(str, range(_SHORTEST_MONTH, day + 1)))
    return [RulePart("BYMONTHDAY", days), RulePart("BYSETPOS", ("-1",))]


def _names(mask: int) -> tuple[str, ...]:
    return tuple(name for name, bit in DAYS.items() if mask & bit)


def _until(last: date, start: Moment, clock: Clock) -> Moment:
    if start.is_date:
        return Moment(last)
    moment = Moment(datetime.combine(last, start.time.time()), start.zone)
    return Moment(clock.instant(moment), UTC_NAME) if start.zone else moment
