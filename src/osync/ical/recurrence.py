"""The instances of an event within a window: rules, lists, overrides, and work that is bounded whatever the event says.

Every rule of RFC 5545 is either listed exactly or refused by name; docs/decisions/0011-recurrence.md tells which and why.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from heapq import heapify, heappop, heappush, merge
from itertools import islice

from osync.errors import EventRefusedError
from osync.ical.content import UTC_NAME, Body, Moment, Rule
from osync.ical.event import Event
from osync.ical.limits import LAST_DAY
from osync.ical.lines import Component
from osync.ical.repeating import usual_end
from osync.ical.schedule import Schedule, Version, read_schedule
from osync.ical.starts import at_local, later, rule_starts
from osync.ical.work import MOST_STEPS, Work
from osync.ical.zones import Zones

_BEYOND = datetime(LAST_DAY.year + 1, 1, 1)
# What converting one instance costs, in the steps that it takes to find it.
_COST = 10
# No two clocks on earth differ by more.
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Instance:
    """One time that an event happens: two dates (the second is the day after), or two aware UTC times.

    A floating time stands as if it were UTC. `recurrence_id` is when the instance of a series would have been, None if the
    event does not repeat. `component` says the rest, also that it is cancelled.
    """

    start: date | datetime
    end: date | datetime
    component: Component
    recurrence_id: date | datetime | None


def instances(event: Event, zones: Zones, start: datetime, end: datetime, limit: int) -> Iterator[Instance]:
    """Give what happens between two aware times, in order, at most `limit` instances.

    Whole days and floating times count as if they were in UTC. The work is bounded by `work.MOST_STEPS`.
    EventRefusedError, at any step, names what cannot be read, is not supported, or takes too much work.
    """
    try:
        schedule = read_schedule(event, zones)
    except (OverflowError, ValueError) as error:
        raise EventRefusedError("A date in it is beyond what a calendar can hold.") from error
    yield from instances_of(schedule, start, end, limit)


def instances_of(
    schedule: Schedule, start: datetime, end: datetime, limit: int, *, steps: int = MOST_STEPS
) -> Iterator[Instance]:
    """Give what happens by a schedule that was read before, as `instances` does; the work is bounded by `steps`."""
    begin, beyond = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (start, end))
    try:
        yield from islice(_Listing(schedule, begin, beyond, steps).instances(), limit)
    except (OverflowError, ValueError) as error:
        raise EventRefusedError("A date in it is beyond what a calendar can hold.") from error


def last_day(event: Event, zones: Zones) -> date | None:
    """Give the last day, as the clock on its wall shows it, on which anything of an event may happen; None if it has no end.

    With UNTIL or exclusions this may be later than the last instance; nothing after the year 2200 is looked at.
    EventRefusedError as for `instances`.
    """
    try:
        return _last_day(read_schedule(event, zones))
    except (OverflowError, ValueError) as error:
        raise EventRefusedError("A date in it is beyond what a calendar can hold.") from error


@dataclass(frozen=True, slots=True, order=True)
class _Placed:
    """An instance by its begin in naive UTC, which is its place in the order; `number` decides between equals."""

    begin: datetime
    number: int
    end: datetime = field(compare=False)
    instance: Instance = field(compare=False)


class _Listing:
    """List the instances of one schedule between two naive UTC times."""

    __slots__ = ("_begin", "_end", "_lag", "_number", "_schedule", "_seen", "_slack", "_work")

    def __init__(self, schedule: Schedule, begin: datetime, end: datetime, steps: int) -> None:
        self._schedule = schedule
        self._begin, self._end = begin, end
        self._work = Work(steps)
        self._seen = set(schedule.exclusions) | schedule.overrides.keys()
        self._number = 0
        moves = max((abs(change.moved) for change in schedule.changes.values()), default=timedelta(0))
        # How far an instance may begin from where the wall clock of its rule, read as UTC, puts it, and in order of both.
        self._slack = _DAY + moves
        even = not moves and (schedule.series is None or schedule.series.body.start.zone in ("", UTC_NAME))
        self._lag = timedelta(0) if even else self._slack

    def instances(self) -> Iterator[Instance]:
        """Give the instances in order."""
        self._seen.update(self._excluded_by_rules())
        waiting = [*self._overridden(), *self._listed()]
        heapify(waiting)
        for local in self._from_rules(self._schedule.rules):
            # Whatever the rules give from here on begins after this.
            while waiting and waiting[0].begin <= local - self._lag:
                yield from self._inside(heappop(waiting))
            found = self._regular(at_local(self._start, local))
            if found is not None:
                heappush(waiting, found)
        while waiting:
            yield from self._inside(heappop(waiting))

    def _inside(self, placed: _Placed) -> Iterator[Instance]:
        """Give an instance if it touches the window; one that takes no time must begin in it."""
        if placed.begin < self._end and (placed.end > self._begin or placed.begin >= self._begin):
            yield placed.instance

    def _overridden(self) -> Iterator[_Placed]:
        """Give the instances that have a component of their own, also those that no rule gives."""
        for version in self._schedule.overrides.values():
            body = version.body
            yield self._placed(body.start, body.end, version.component, version.instance)

    def _listed(self) -> Iterator[_Placed]:
        """Give the instances that stand in lists, and the start of the series, whatever its rules say."""
        schedule = self._schedule
        start = (schedule.series.body,) if schedule.series is not None else ()
        for body in (*schedule.additions, *start):
            found = self._regular(body.start, body)
            if found is not None:
                yield found

    def _excluded_by_rules(self) -> Iterator[datetime]:
        for local in self._from_rules(self._schedule.excluding):
            self._work.spend(_COST)
            yield self._schedule.clock.instant(at_local(self._start, local))

    def _from_rules(self, rules: tuple[Rule, ...]) -> Iterator[datetime]:
        """Give the local times that rules give, in order, around the window."""
        versions = [self._schedule.series, *self._schedule.changes.values()]
        longest = max((_length(version.body) for version in versions if version is not None), default=timedelta(0))
        begin, end = later(self._begin, -self._slack - longest), later(self._end, self._slack)
        clock = self._schedule.clock
        return merge(*(rule_starts(rule, self._start, clock, begin, end, self._work) for rule in rules))

    @property
    def _start(self) -> Moment:
        series = self._schedule.series
        if series is None:
            raise EventRefusedError("Its series is not there.")
        return series.body.start

    def _regular(self, moment: Moment, body: Body | None = None) -> _Placed | None:
        """Place an instance of the series, with the end of `body` if it has its own; None if it is excluded or there already."""
        schedule, clock = self._schedule, self._schedule.clock
        self._work.spend(_COST)
        instant = clock.instant(moment)
        if instant in self._seen or schedule.series is None:
            return None
        self._seen.add(instant)
        change = self._change_at(instant)
        if change is not None:
            start = Moment(moment.value + change.moved, change.body.start.zone)
            return self._placed(start, usual_end(start, change.body, clock), change.component, moment)
        end = body.end if body is not None else usual_end(moment, schedule.series.body, clock)
        return self._placed(moment, end, schedule.series.component, moment)

    def _change_at(self, instant: datetime) -> Version | None:
        """Give the latest change that counts for an instance (RANGE=THISANDFUTURE)."""
        found = None
        for begin, change in self._schedule.changes.items():
            if begin <= instant:
                found = change
        return found

    def _placed(self, start: Moment, end: Moment | None, component: Component, instance: Moment) -> _Placed:
        clock = self._schedule.clock
        begin = clock.instant(start)
        until = clock.instant(end) if end is not None else begin
        self._number += 1
        named = instance if self._schedule.series is None or self._schedule.repeats else None
        found = Instance(
            start=_outside(start, begin),
            end=_outside(end or start, until),
            component=component,
            recurrence_id=_outside(named, clock.instant(named)) if named is not None else None,
        )
        return _Placed(begin, self._number, until, found)


def _outside(moment: Moment, instant: datetime) -> date | datetime:
    return moment.day if moment.is_date else instant.replace(tzinfo=UTC)


def _length(body: Body) -> timedelta:
    return body.end.time - body.start.time if body.end is not None else timedelta(0)


def _last_day(schedule: Schedule) -> date | None:
    days = [_last_of(version.body) for version in schedule.overrides.values()]
    series = schedule.series
    if series is None:
        return max(days)
    days.extend(_last_of(body) for body in (series.body, *schedule.additions))
    for rule in schedule.rules:
        reach = _reach(rule, series.body.start, schedule)
        if reach is None:
            return None
        versions = (series, *schedule.changes.values())
        days.extend(reach + (_last_of(version.body) - version.instance.day) for version in versions)
    return max(days)


def _reach(rule: Rule, start: Moment, schedule: Schedule) -> date | None:
    """Give a day that the last start of a rule does not pass; None if it never ends."""
    if rule.until is not None:
        until = schedule.clock.in_zone(rule.until.time, start.zone) if start.zone else rule.until
        # A time that the clock shows twice comes back in UTC, where the day may be the one before.
        return max(until.day + (_DAY if until.zone != start.zone else timedelta(0)), start.day)
    if rule.count is None:
        return None
    last = deque(rule_starts(rule, start, schedule.clock, start.time, _BEYOND, Work()), maxlen=1)
    return last[0].date() if last else start.day


def _last_of(body: Body) -> date:
    last = (body.end or body.start).time - timedelta(microseconds=1)
    return max(last.date(), body.start.day)
