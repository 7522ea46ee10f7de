"""The starts that one recurrence rule gives, as the clock on the wall shows them (RFC 5545 section 3.3.10); bounded work."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from osync.ical.clock import Clock
from osync.ical.content import Moment, Rule
from osync.ical.day_rules import day_rule
from osync.ical.days import periods
from osync.ical.subdaily import UNITS, bases_within_days, numbers_of
from osync.ical.work import Work

_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31)
# No two clocks on earth differ by more.
_DAY = timedelta(days=1)


def rule_starts(
    rule: Rule, start: Moment, clock: Clock, begin: datetime, end: datetime, work: Work
) -> Iterator[datetime]:
    """Give the starts of a rule for a series that begins at `start`, in order, from `begin` on and before `end`.

    All times are naive, as the clock on the wall of `start` shows them; a whole day is its midnight. `start` itself is given
    only if the rule says so. Without COUNT the work does not depend on how long before `begin` the series began.
    EventRefusedError if the rule is not supported or takes too much work.
    """
    if rule.until is None:
        yield from _counted(rule, start.time, begin, end, work)
        return
    until = clock.instant(rule.until)
    for local in _counted(rule, start.time, begin, min(end, later(until, _DAY)), work):
        if clock.instant(at_local(start, local)) <= until:
            yield local


def at_local(start: Moment, local: datetime) -> Moment:
    """Give a naive time as a moment like `start`: a whole day, or a time in its zone."""
    return Moment(local.date()) if start.is_date else Moment(local, start.zone)


def later(moment: datetime, by: timedelta) -> datetime:
    """Move a naive time, at most to an end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return _FIRST if by < timedelta(0) else _LAST


def _counted(rule: Rule, start: datetime, begin: datetime, end: datetime, work: Work) -> Iterator[datetime]:
    """Give the starts that COUNT leaves."""
    positions = numbers_of(rule, "BYSETPOS")
    offsets = _offsets(rule, start, work)
    left = rule.count if rule.count is not None else -1
    for bases in _bases(rule, start, begin if left < 0 else start, end, work):
        for each in _chosen(bases, offsets, positions, work):
            if each >= end or not left:
                return
            if each >= start:
                left -= 1
                if each >= begin:
                    yield each


def _bases(rule: Rule, start: datetime, begin: datetime, end: datetime, work: Work) -> Iterator[Sequence[datetime]]:
    """Give the midnights of each period, or the beginning of each hour, minute or second that is a period."""
    days = day_rule(rule, start.date())
    if rule.frequency in UNITS:
        yield from bases_within_days(rule, days, start, begin, end, work)
        return
    for period in periods(days, start.date(), begin.date(), end.date(), work):
        yield [datetime.combine(day, time()) for day in period]


def _chosen(
    bases: Sequence[datetime], offsets: Sequence[timedelta], positions: Sequence[int], work: Work
) -> Iterator[datetime]:
    """Give the starts of one period, or those of its positions (BYSETPOS)."""
    if not positions:
        for base in bases:
            work.spend(len(offsets))
            yield from (base + offset for offset in offsets)
        return
    work.spend(len(bases) * len(offsets))
    found = [base + offset for base in bases for offset in offsets]
    indexes = {position - 1 if position > 0 else len(found) + position for position in positions}
    yield from (found[index] for index in sorted(indexes) if 0 <= index < len(found))


def _offsets(rule: Rule, start: datetime, work: Work) -> list[timedelta]:
    """Give the times of a period that are not periods themselves, from its beginning on."""
    unit = UNITS.get(rule.frequency, 86_400)
    hours = numbers_of(rule, "BYHOUR") or (start.hour,) if unit > UNITS["HOURLY"] else (0,)
    minutes = numbers_of(rule, "BYMINUTE") or (start.minute,) if unit > UNITS["MINUTELY"] else (0,)
    seconds = numbers_of(rule, "BYSECOND") or (start.second,) if unit > UNITS["SECONDLY"] else (0,)
    work.spend(len(hours) * len(minutes) * len(seconds))
    found = {timedelta(hours=h, minutes=m, seconds=s) for h in hours for m in minutes for s in seconds}
    return sorted(found)
