"""A series whose later instances change all at once, told as several events (protocol 8.1; RFC 5545 section 3.2.13).

No program reads RANGE=THISANDFUTURE alike, so it never travels. Where a rule cannot be moved exactly, the event is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import UTC_NAME, Body, EventContent, Moment, Override, Rule, RulePart
from osync.ical.moments import moment_text
from osync.ical.reading import Change, ReadEvent, with_zones
from osync.ical.rules import TIME_PARTS, WEEKDAYS
from osync.ical.written_out import starts_of_rule

_MOST_INSTANCES = 10_000
_WHY = "It changes all later instances at once (RANGE=THISANDFUTURE)"


@dataclass(frozen=True, slots=True)
class Part:
    """One event that came out of another; `name` is "" for the first, else the instance that it begins at."""

    name: str
    content: EventContent
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Segment:
    """The instances from `low` (None: the beginning) up to but without `high` (None: the end), and how they are changed."""

    low: Moment | None
    high: Moment | None
    change: Change | None


def split(found: ReadEvent) -> tuple[Part, ...]:
    """Give the parts of an event: one, unless later instances change all at once.

    EventRefusedError if the parts together would not be exactly the event.
    """
    content, clock = found.content, found.clock
    if not found.changes:
        return (Part("", content, clock),)
    if content.series is None or content.rule is None:
        raise EventRefusedError(f"{_WHY}, and its series or its rule is not there.")
    splitter = _Splitter(found, content.series, content.rule)
    return tuple(splitter.parts())


class _Splitter:
    """Cut one series at its changes."""

    __slots__ = ("_changes", "_clock", "_content", "_rule", "_series", "_starts")

    def __init__(self, found: ReadEvent, series: Body, rule: Rule) -> None:
        self._content, self._clock, self._changes = found.content, found.clock, found.changes
        self._series, self._rule = series, rule
        last = max(self._instant(change.instance) for change in self._changes)
        before = last.replace(tzinfo=UTC) + timedelta(days=1)
        self._starts = starts_of_rule(rule, series.start, self._clock, before, _MOST_INSTANCES)
        known = set(self._starts)
        if not all(change.instance in known for change in self._changes):
            raise EventRefusedError(f"{_WHY} at a time that is no instance of its rule.")
        if len({change.instance for change in self._changes}) < len(self._changes):
            raise EventRefusedError(f"{_WHY} twice at the same instance.")

    def parts(self) -> Iterator[Part]:
        """Give the parts in the order of their time; one that is cancelled or empty is left out."""
        bounds = [change.instance for change in self._changes]
        if bounds[0] != self._series.start:
            yield self._part("", _Segment(None, bounds[0], None))
        for change, high in zip(self._changes, (*bounds[1:], None), strict=True):
            if change.body is not None:
                yield self._part(moment_text(change.instance), _Segment(change.instance, high, change))

    def _part(self, name: str, segment: _Segment) -> Part:
        body = segment.change.body if segment.change and segment.change.body else self._series
        delta = body.start.time - segment.low.time if segment.low else timedelta(0)
        if body.start.zone != self._series.start.zone or body.start.is_date != self._series.start.is_date:
            raise EventRefusedError(f"{_WHY} and their time zone, or makes them whole days.")
        content = replace(
            self._content,
            series=body,
            rule=_moved_rule(self._cut_rule(segment, delta), delta, body.start),
            additions=tuple(_moved(each, delta) for each in self._content.additions if self._holds(segment, each)),
            exclusions=tuple(_moved(each, delta) for each in self._content.exclusions if self._holds(segment, each)),
            overrides=tuple(
                Override(_moved(each.instance, delta), each.body)
                for each in self._content.overrides
                if self._holds(segment, each.instance)
            ),
        )
        return Part(name, with_zones(content, self._clock), self._clock)

    def _holds(self, segment: _Segment, moment: Moment) -> bool:
        instant = self._instant(moment)
        after_low = segment.low is None or instant >= self._instant(segment.low)
        return after_low and (segment.high is None or instant < self._instant(segment.high))

    def _cut_rule(self, segment: _Segment, delta: timedelta) -> Rule:
        """End the rule before `high`; a counted rule that goes on to its end counts only what is left of it."""
        rule = self._rule
        if segment.high is not None:
            return replace(rule, count=None, until=self._just_before(_moved(segment.high, delta)))
        if rule.count is not None and segment.low is not None:
            low = self._instant(segment.low)
            return replace(rule, count=rule.count - sum(self._instant(start) < low for start in self._starts))
        if rule.until is None or not delta:
            return rule
        until = rule.until
        if until.zone:
            until = self._clock.in_zone(until.time, self._series.start.zone)
        return replace(rule, until=self._in_utc(_moved(until, delta)))

    def _just_before(self, moment: Moment) -> Moment:
        if moment.is_date:
            return _moved(moment, timedelta(days=-1))
        before = self._in_utc(moment)
        return _moved(before, timedelta(seconds=-1))

    def _in_utc(self, moment: Moment) -> Moment:
        return Moment(self._instant(moment), UTC_NAME) if moment.zone else moment

    def _instant(self, moment: Moment) -> datetime:
        return self._clock.instant(moment)


def _moved(moment: Moment, delta: timedelta) -> Moment:
    return replace(moment, value=moment.value + delta)


def _moved_rule(rule: Rule, delta: timedelta, start: Moment) -> Rule:
    """Move a rule along with its start, where its BY parts allow it."""
    if not delta:
        return rule
    days = (start.day - (start.time - delta).date()).days
    names = {part.name for part in rule.by}
    if names & set(TIME_PARTS):
        raise EventRefusedError(f"{_WHY}, and its rule names times of the day.")
    if not days or (not rule.by and rule.frequency in ("DAILY", "WEEKLY")):
        return rule
    weekdays = next((part.values for part in rule.by if part.name == "BYDAY"), ())
    if rule.frequency != "WEEKLY" or names != {"BYDAY"} or (len(weekdays) > 1 and rule.interval > 1):
        raise EventRefusedError(f"{_WHY} and moves them to other days, which its rule cannot follow.")
    moved = {WEEKDAYS[(WEEKDAYS.index(weekday) + days) % len(WEEKDAYS)] for weekday in weekdays}
    return replace(rule, by=(RulePart("BYDAY", tuple(sorted(moved, key=WEEKDAYS.index))),))
