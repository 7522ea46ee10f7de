"""What the lines of a series say about when it repeats: its rules, added and excluded instances (RFC 5545 section 3.8.5).

It reads; `recurrence` lists the instances, and `repetition` decides what can be told to others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import UTC_NAME, Body, Moment, Rule
from osync.ical.limits import EXCLUSIONS, LAST_DAY
from osync.ical.lines import Component, Property
from osync.ical.moments import parse_duration, parse_moment
from osync.ical.quirks.whole_days import last_day_of
from osync.ical.rules import TIME_PARTS, parse_rule

_MOST_VALUES = 5 * EXCLUSIONS


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of a list, and the property whose parameters say how to read it."""

    found: Property
    text: str


def repeating_lines(series: Component) -> Component:
    """Give the component with only the lines that may say how it repeats, so that the rest is looked at once."""
    return Component(
        series.name,
        tuple(line for line in series.contents if isinstance(line, str) and line[:2].upper() in ("RR", "RD", "EX")),
    )


def rule_texts(series: Component, name: str) -> list[str]:
    """Give the values of all RRULEs or EXRULEs (`name`), without doubles."""
    return list(dict.fromkeys(found.value.strip() for found in series.properties(name) if found.value.strip()))


def read_rule(text: str, start: Moment, clock: Clock) -> Rule:
    """Read a rule as it counts for a series that begins at `start`. EventRefusedError names what cannot be read."""
    found = parse_rule(text)
    rule = found.rule
    if start.is_date:
        # RFC 5545 section 3.3.10: on whole days the parts of a time are ignored.
        rule = replace(rule, by=tuple(part for part in rule.by if part.name not in TIME_PARTS))
    return replace(rule, until=_until(found.until, start, clock)) if found.until else rule


def _until(text: str, start: Moment, clock: Clock) -> Moment | None:
    """Read the last moment of a rule in the form that goes with its start; a day among times means the end of that day.

    One beyond all calendars ("99991231") is a way to say endless.
    """
    until = parse_moment(text, "")
    if until.day > LAST_DAY:
        return None
    if start.is_date:
        return Moment(last_day_of(until.time) if until.zone == UTC_NAME else until.day)
    if until.is_date:
        until = Moment(datetime.combine(until.day, time(23, 59, 59)))
    if not start.zone:
        return Moment(until.value)
    return Moment(clock.instant(until if until.zone else replace(until, zone=start.zone)), UTC_NAME)


def added_bodies(series: Component, body: Body, clock: Clock) -> Iterator[Body]:
    """Give each RDATE as the body that it adds; a PERIOD has an end of its own."""
    for value in _values(series, "RDATE"):
        first, _, rest = value.text.partition("/")
        start = clock.aligned(clock.read(value.found, first), body.start)
        yield replace(body, start=start, end=_end(value, start, rest, body, clock))


def excluded_moments(series: Component, body: Body, clock: Clock) -> Iterator[Moment]:
    """Give each EXDATE in the form of the start of the series."""
    for value in _values(series, "EXDATE"):
        yield clock.aligned(clock.read(value.found, value.text), body.start)


def moved_body(series: Body, instance: Moment, clock: Clock) -> Body:
    """Give what a series says of one of its instances."""
    return replace(series, start=instance, end=usual_end(instance, series, clock))


def usual_end(start: Moment, body: Body, clock: Clock) -> Moment | None:
    """Give the end of an instance that is as long as the first one, as the clock on the wall shows it."""
    if body.end is None:
        return None
    if body.end.zone == body.start.zone:
        return replace(start, value=start.value + (body.end.time - body.start.time))
    begin = clock.aligned(start, body.start)
    return replace(body.end, value=body.end.value + (begin.time - body.start.time))


def _values(series: Component, name: str) -> Iterator[_Value]:
    """Give each value of a list property; bounded, because each one costs time."""
    for found in series.properties(name):
        if found.value.count(",") > _MOST_VALUES:
            raise EventRefusedError(f"It has more than {_MOST_VALUES} values in {name}.")
        for text in found.value.split(","):
            if text.strip():
                yield _Value(found, text)


def _end(value: _Value, start: Moment, rest: str, body: Body, clock: Clock) -> Moment | None:
    if not rest or start.is_date:
        return usual_end(start, body, clock)
    if rest.strip().upper().startswith(("P", "+P")):
        length = parse_duration(rest)
        end = clock.later(start, length.days, length.exact)
    else:
        end = clock.aligned(clock.read(value.found, rest), start)
    return end if end != start else None
