"""The years in which it matters what a time zone says: those of the event that names it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from osync.ical.lines import Component, line_name

_DATES = ("DTSTART", "DTEND", "RDATE", "RECURRENCE-ID")
_STARTS = ("DT", "RD", "RE", "RR")
_DAY = re.compile(r"(?<!\d)(\d{4})\d{4}(?!\d)", re.ASCII)
_UNTIL = re.compile(r"UNTIL=(\d{4})", re.IGNORECASE | re.ASCII)
_FIRST, _LAST = 1970, 2037


@dataclass(frozen=True, slots=True)
class Years:
    """The first and the last year."""

    first: int
    last: int


# What happened before the first of them matters only to events that are over since. A series without end is followed to the last.
USUAL = Years(2015, 2035)


def years_of(components: Iterable[Component]) -> Years:
    """Give the years that some components of one event name."""
    years: list[int] = []
    for component in components:
        for line in component.contents:
            if isinstance(line, str) and line[:2].upper() in _STARTS:
                years.extend(_years_in(line))
    if not years:
        return USUAL
    return between(min(years), max(years))


def between(first: int, last: int) -> Years:
    """Give the years from `first` to `last`, within what is compared."""
    last = min(max(last, _FIRST), _LAST)
    first = min(max(first, _FIRST), last)
    return Years(max(first, USUAL.first) if last >= USUAL.first else first, last)


def _years_in(line: str) -> Iterable[int]:
    name = line_name(line)
    if name == "RRULE":
        until = _UNTIL.search(line)
        return (int(until[1]) if until else USUAL.last,)
    return map(int, _DAY.findall(line.rpartition(":")[2])) if name in _DATES else ()
