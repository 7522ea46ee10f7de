"""What a VTIMEZONE says, worked out as a table of transitions with bounded work (RFC 5545 section 3.6.5)."""

import functools
import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from osync.ical.lines import Component, Property

FIRST_YEAR = 1969
LAST_YEAR = 2200
_MAX_OBSERVANCES = 200
_MAX_ONSETS = 2_000
_MAX_RULES = 4
_MAX_VALUES = 31
_MAX_OFFSET = timedelta(hours=18)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d):?(\d\d)?")
_DAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True, order=True)
class Transition:
    """From `at` (naive UTC) on, local time is UTC plus `offset`."""

    at: datetime
    offset: timedelta


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """The transitions of a definition, sorted; before the first one `offset` counts.

    `rules_from` and `rules_to` are the years for which the definition speaks.
    """

    offset: timedelta
    transitions: tuple[Transition, ...]
    rules_from: int
    rules_to: int

    def offset_at(self, instant: datetime) -> timedelta:
        """Give the offset at an instant (naive UTC)."""
        index = bisect_right(self.transitions, instant, key=lambda transition: transition.at)
        return self.transitions[index - 1].offset if index else self.offset

    def to_utc(self, local: datetime) -> datetime:
        """Give the instant (aware UTC) of a naive local time.

        A repeated time is the first one, a skipped one is counted with the offset before the gap (RFC 5545 section 3.3.5).
        """
        before = self.offset_at(_shifted(local, -timedelta(days=1)))
        after = self.offset_at(_shifted(local, timedelta(days=1)))
        valid = [offset for offset in (before, after) if self.offset_at(_shifted(local, -offset)) == offset]
        offset = max(valid) if valid else before
        return _shifted(local, -offset).replace(tzinfo=UTC)

    def to_local(self, instant: datetime) -> datetime:
        """Give the naive local time of an instant (aware UTC)."""
        naive = instant.astimezone(UTC).replace(tzinfo=None)
        return _shifted(naive, self.offset_at(naive))


def _shifted(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


@functools.lru_cache(maxsize=256)
def zone_table(definition: Component) -> ZoneTable | None:
    """Work out a definition; None if it has no observance or one that cannot be understood.

    The answer depends on the whole text of the definition and on nothing else.
    """
    observances = list(definition.components("STANDARD", "DAYLIGHT"))
    if not observances or len(observances) > _MAX_OBSERVANCES:
        return None
    read = []
    left = _MAX_ONSETS
    try:
        for each in observances:
            read.append(_observance(each))
            left -= len(read[-1].onsets)
            if left < 0:
                return None
    except (ValueError, OverflowError):
        return None
    # Of onsets at the same time none is the first by its place in the text, which changes when a definition travels.
    onsets = sorted(onset for each in read for onset in each.onsets)
    transitions = sorted(Transition(_shifted(onset.local, -onset.before), onset.after) for onset in onsets)
    years = [onset.local.year for onset in onsets]
    endless = any(each.endless for each in read) or len(read) == 1
    return ZoneTable(onsets[0].before, tuple(transitions), min(years), LAST_YEAR if endless else max(years))


@dataclass(frozen=True, slots=True, order=True)
class _Onset:
    """The beginning of an observance in local time before it, and the offsets before and after."""

    local: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class _Observance:
    """One STANDARD or DAYLIGHT block with all its onsets."""

    onsets: tuple[_Onset, ...]
    endless: bool


def _observance(component: Component) -> _Observance:
    """Read one block; ValueError if it cannot be understood."""
    after = _offset(component.first("TZOFFSETTO"))
    found = component.first("TZOFFSETFROM")
    before = _offset(found) if found else after
    start = _local(component.first("DTSTART"))
    rules = [_yearly_rule(rule.value, start, before) for rule in component.properties("RRULE")]
    if len(rules) > _MAX_RULES:
        raise ValueError("too many rules")
    locals_ = {start}
    for rule in rules:
        locals_.update(rule.onsets())
    for dates in component.properties("RDATE"):
        if len(locals_) + dates.value.count(",") > _MAX_ONSETS:
            raise ValueError("too many dates")
        locals_.update(_moment(value.split("/")[0], before) for value in dates.value.split(",") if value.strip())
    endless = any(rule.until is None and not rule.count for rule in rules)
    return _Observance(tuple(_Onset(local, before, after) for local in sorted(locals_)), endless)


def _offset(found: Property | None) -> timedelta:
    match = _OFFSET.fullmatch(found.value.strip()) if found else None
    if match is None:
        raise ValueError("no offset")
    size = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    if size > _MAX_OFFSET:
        raise ValueError("no offset on this planet")
    return size if match[1] == "+" else -size


def _local(found: Property | None) -> datetime:
    if found is None:
        raise ValueError("no DTSTART")
    return _moment(found.value, timedelta())


def _moment(value: str, before: timedelta) -> datetime:
    """Read a local time; a UTC one is brought into local time before the onset."""
    text = value.strip().upper()
    if len(text) == 8:
        text += "T000000"
    moment = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")
    return _shifted(moment, before) if text.endswith("Z") else moment


@dataclass(frozen=True, slots=True)
class _YearlyRule:
    """A rule that gives at most one onset a year, at the time of `start`; `count` 0 means that it is not counted."""

    start: datetime
    interval: int
    count: int
    until: datetime | None
    month: int
    month_days: frozenset[int]
    weekday: int | None
    position: int

    def onsets(self) -> Iterator[datetime]:
        """Give the onsets within the years that OSync knows."""
        given = 0
        for year in range(self.start.year, LAST_YEAR + 1, self.interval):
            if year < FIRST_YEAR and not self.count:
                continue
            day = self._day_in(year)
            if day is None or day < self.start:
                continue
            given += 1
            if (self.until and day > self.until) or (self.count and given > self.count):
                return
            yield day

    def _day_in(self, year: int) -> datetime | None:
        first_weekday, length = monthrange(year, self.month)
        numbers: Iterable[int] = range(1, length + 1)
        if self.month_days:
            numbers = sorted({number if number > 0 else length + 1 + number for number in self.month_days})
        days = [
            number
            for number in numbers
            if 1 <= number <= length and (self.weekday is None or (first_weekday + number - 1) % 7 == self.weekday)
        ]
        index = self.position - 1 if self.position > 0 else self.position
        if not -len(days) <= index < len(days):
            return None
        return datetime.combine(date(year, self.month, days[index]), self.start.time())


def _yearly_rule(text: str, start: datetime, before: timedelta) -> _YearlyRule:
    """Read the rule of an observance; ValueError if it is of another kind than programs write."""
    parts = dict(part.split("=", 1) for part in text.upper().replace(" ", "").split(";") if "=" in part)
    # Lotus Notes repeats the time of the onset in its rules.
    of_start = {"BYHOUR": start.hour, "BYMINUTE": start.minute, "BYSECOND": start.second}
    parts = {name: value for name, value in parts.items() if name not in of_start or int(value) != of_start[name]}
    unknown = parts.keys() - {"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "UNTIL", "COUNT", "WKST"}
    if parts.get("FREQ") != "YEARLY" or unknown:
        raise ValueError("a rule that OSync does not know")
    match = _DAY.fullmatch(parts["BYDAY"]) if "BYDAY" in parts else None
    if "BYDAY" in parts and match is None:
        raise ValueError("more weekdays than one")
    days = [int(number) for number in parts.get("BYMONTHDAY", "").split(",", _MAX_VALUES) if number]
    rule = _YearlyRule(
        start=start,
        interval=int(parts.get("INTERVAL", "1")),
        count=int(parts.get("COUNT", "0")),
        until=_moment(parts["UNTIL"], before) if "UNTIL" in parts else None,
        month=int(parts.get("BYMONTH", start.month)),
        month_days=frozenset(days) if days or match else frozenset((start.day,)),
        weekday=_WEEKDAYS.index(match[2]) if match else None,
        position=int(match[1] or 1) if match else 1,
    )
    if rule.interval < 1 or not 1 <= rule.month <= 12 or rule.position == 0:
        raise ValueError("a rule that has no meaning")
    return rule
