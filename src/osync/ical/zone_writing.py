"""Write an IANA zone as a VTIMEZONE with yearly rules, which Outlook needs: it ignores definitions made of RDATEs."""

import functools
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from osync.ical.lines import Component

_STEP = timedelta(days=15)
_LOOK_AHEAD = 12
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_ROUNDED = 5
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Onset:
    """A change of the clock: local time just before it, and what counts before and after."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool


def write_zone(name: str, first_year: int, last_year: int) -> Component:
    """Write the zone `name` so that it is right for all times of these years, and goes on with the rules in force then.

    Years are rounded to fives, so that the events of a calendar share few definitions.
    """
    first = max(first_year - 1, _FIRST_YEAR) // _ROUNDED * _ROUNDED
    last = min(last_year, _LAST_YEAR) // _ROUNDED * _ROUNDED + _ROUNDED - 1
    return _written_zone(name, first, last)


@functools.lru_cache(maxsize=1024)
def _written_zone(name: str, first_year: int, last_year: int) -> Component:
    zone = zoneinfo.ZoneInfo(name)
    end = last_year + _LOOK_AHEAD
    begin = datetime(first_year, 1, 1)
    onsets = list(_onsets(zone, begin, datetime(end, 12, 31)))
    blocks = [_first_block(zone, begin)]
    blocks.extend(_yearly_blocks(onsets, last_year, end))
    return Component("VTIMEZONE", (f"TZID:{name}", *blocks))


def _first_block(zone: zoneinfo.ZoneInfo, begin: datetime) -> Component:
    aware = begin.replace(tzinfo=UTC).astimezone(zone)
    offset = aware.utcoffset() or timedelta()
    onset = _Onset(begin, offset, offset, aware.tzname() or "", bool(aware.dst()))
    return _block(onset, "")


def _onsets(zone: zoneinfo.ZoneInfo, begin: datetime, end: datetime) -> Iterator[_Onset]:
    moment, offset = begin, _offset(zone, begin)
    while moment < end:
        following = moment + _STEP
        offset, earlier = _offset(zone, following), offset
        if offset != earlier:
            at = _change_between(zone, moment, following)
            before, after = _offset(zone, at - timedelta(seconds=1)), _offset(zone, at)
            aware = at.replace(tzinfo=UTC).astimezone(zone)
            yield _Onset(at + before, before, after, aware.tzname() or "", bool(aware.dst()))
        moment = following


def _offset(zone: zoneinfo.ZoneInfo, instant: datetime) -> timedelta:
    return instant.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()


def _change_between(zone: zoneinfo.ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _yearly_blocks(onsets: Sequence[_Onset], last_year: int, end: int) -> Iterator[Component]:
    """Join onsets of consecutive years that follow one rule; what is still in force at the end has no UNTIL."""
    left = list(onsets)
    while left:
        run, rule = _longest_run(left)
        left = [onset for onset in left if onset not in run]
        if run[0].local.year > last_year + 1:
            continue
        if len(run) < 2 or not rule:
            yield _block(run[0], "")
        elif run[-1].local.year >= end:
            yield _block(run[0], f"FREQ=YEARLY;{rule}")
        else:
            until = (run[-1].local - run[-1].before).strftime("%Y%m%dT%H%M%SZ")
            yield _block(run[0], f"FREQ=YEARLY;UNTIL={until};{rule}")


def _longest_run(onsets: Sequence[_Onset]) -> tuple[list[_Onset], str]:
    """Give the onsets, one a year from the first one on, that a rule describes, and the rule."""
    first = onsets[0]
    best: tuple[list[_Onset], str] = ([first], "")
    for rule, fits in _rules_for(first.local).items():
        run = [first]
        for onset in onsets[1:]:
            if (
                onset.local.year == run[-1].local.year + 1
                and _alike(first, onset)
                and onset.local.day in fits(onset.local)
            ):
                run.append(onset)
        if len(run) > len(best[0]):
            best = (run, rule)
    return best


def _alike(first: _Onset, other: _Onset) -> bool:
    same_offsets = (first.before, first.after, first.name) == (other.before, other.after, other.name)
    return same_offsets and first.local.month == other.local.month and first.local.time() == other.local.time()


class _Days:
    """The days of a month that a rule may fall on; the weekday decides among them."""

    def __init__(self, weekday: int | None, first: int, last: int) -> None:
        self._weekday, self._first, self._last = weekday, first, last

    def __call__(self, local: datetime) -> range:
        if self._weekday is not None and local.weekday() != self._weekday:
            return range(0)
        if self._first < 0:
            length = _length_of_month(local)
            return range(length - 6, length + 1)
        return range(self._first, self._last + 1)


def _length_of_month(local: datetime) -> int:
    following = (local.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (following - timedelta(days=1)).day


def _rules_for(local: datetime) -> dict[str, _Days]:
    """Give the rules that may describe a change on this day, with the days of the month that each allows."""
    weekday, month, day = local.weekday(), f"BYMONTH={local.month}", _WEEKDAYS[local.weekday()]
    rules = {f"{month};BYDAY=-1{day}": _Days(weekday, -1, 0)} if local.day > _length_of_month(local) - 7 else {}
    for number in range(1, 5):
        if number * 7 - 6 <= local.day <= number * 7:
            rules[f"{month};BYDAY={number}{day}"] = _Days(weekday, number * 7 - 6, number * 7)
    for start in range(max(1, local.day - 6), min(local.day, 25) + 1):
        days = ",".join(str(number) for number in range(start, start + 7))
        rules.setdefault(f"{month};BYMONTHDAY={days};BYDAY={day}", _Days(weekday, start, start + 6))
    rules[f"{month};BYMONTHDAY={local.day}"] = _Days(None, local.day, local.day)
    return rules


def _block(onset: _Onset, rule: str) -> Component:
    lines = [
        f"DTSTART:{onset.local:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_written(onset.before)}",
        f"TZOFFSETTO:{_written(onset.after)}",
    ]
    if onset.name and onset.name[0] not in "+-":
        lines.append(f"TZNAME:{onset.name}")
    if rule:
        lines.append(f"RRULE:{rule}")
    return Component("DAYLIGHT" if onset.daylight else "STANDARD", tuple(lines))


def _written(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{sign}{hours:02}{rest // 60:02}"
    return text + f"{rest % 60:02}" if rest % 60 else text
