"""What a VTIMEZONE says, worked out as a table of transitions with bounded work (RFC 5545 section 3.6.5)."""

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from osync.ical.lines import Component, Property

FIRST_YEAR = 1969
LAST_YEAR = 2200
_MAX_OBSERVANCES = 200
_MAX_ONSETS = 2_000
_MAX_OFFSET = timedelta(hours=18)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d):?(\d\d)?")
_DAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BEGINNING = datetime(1, 1, 1)


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
    try:
        read = [_observance(each) for each in observances]
    except ValueError:
        return None
    onsets = sorted((onset for each in read for onset in each.onsets), key=lambda onset: onset.local)
    if not onsets or len(onsets) > _MAX_ONSETS:
        return None
    transitions = sorted(Transition(_shifted(onset.local, -onset.before), onset.after) for onset in onsets)
    years = [onset.local.year for onset in onsets]
    endless = any(each.endless for each in read) or len(read) == 1
    return ZoneTable(onsets[0].before, tuple(transitions), min(years), LAST_YEAR if endless else max(years))


@dataclass(frozen=True, slots=True)
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
    rules = list(component.properties("RRULE"))
    locals_ = {start}
    for rule in rules:
        locals_.update(_yearly(_parts(rule.value), start, before))
    for dates in component.properties("RDATE"):
        for value in dates.value.split(","):
            locals_.add(_moment(value.split("/")[0], before))
            if len(locals_) > _MAX_ONSETS:
                raise ValueError("too many dates")
    endless = any("UNTIL" not in rule.value.upper() and "COUNT" not in rule.value.upper() for rule in rules)
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


def _parts(value: str) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in value.upper().replace(" ", "").split(";") if "=" in part)
    return dict(pairs)


def _yearly(parts: dict[str, str], start: datetime, before: timedelta) -> Iterator[datetime]:
    """Give the onsets of a yearly rule within the years that OSync knows."""
    # Lotus Notes repeats the time of the onset in its rules.
    of_start = {"BYHOUR": start.hour, "BYMINUTE": start.minute, "BYSECOND": start.second}
    parts = {name: text for name, text in parts.items() if name not in of_start or int(text) != of_start[name]}
    unknown = parts.keys() - {"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "UNTIL", "COUNT", "WKST"}
    interval, count = int(parts.get("INTERVAL", "1")), int(parts.get("COUNT", "0"))
    if parts.get("FREQ") != "YEARLY" or unknown or interval < 1:
        raise ValueError("a rule that OSync does not know")
    until = _moment(parts["UNTIL"], before) if "UNTIL" in parts else None
    given = 0
    for year in range(start.year, LAST_YEAR + 1, interval):
        if year < FIRST_YEAR and not count and year < LAST_YEAR:
            continue
        day = _day_in(year, parts, start)
        if day is None or day < start:
            continue
        given += 1
        if (until and day > until) or (count and given > count):
            return
        yield day


def _day_in(year: int, parts: dict[str, str], start: datetime) -> datetime | None:
    """Give the day of a year on which a rule has its onset, at the time of `start`."""
    month = int(parts.get("BYMONTH", str(start.month)))
    days = _days_of(year, month)
    if "BYMONTHDAY" in parts:
        numbers = {int(number) for number in parts["BYMONTHDAY"].split(",")}
        days = [day for day in days if day.day in numbers or day.day - len(_days_of(year, month)) - 1 in numbers]
    match = _DAY.fullmatch(parts["BYDAY"]) if "BYDAY" in parts else None
    if "BYDAY" in parts and match is None:
        raise ValueError("more days than one")
    if match:
        days = [day for day in days if day.weekday() == _WEEKDAYS.index(match[2])]
    elif "BYMONTHDAY" not in parts:
        days = [day for day in days if day.day == start.day]
    position = int(match[1]) if match and match[1] else 1
    index = position - 1 if position > 0 else position
    if not days or not -len(days) <= index < len(days):
        return None
    return datetime.combine(days[index], start.time())


@functools.lru_cache(maxsize=4096)
def _days_of(year: int, month: int) -> list[datetime]:
    first = datetime(year, month, 1)
    return [day for number in range(31) if (day := first + timedelta(days=number)).month == month]
