"""The instances of a series as a list, where one rule cannot say them (protocol 8.1); bounded work."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import Moment, Rule
from osync.ical.event import Event
from osync.ical.limits import ADDITIONS, FIRST_DAY, LAST_DAY
from osync.ical.recurrence import instances
from osync.ical.starts import at_local, later, rule_starts
from osync.ical.work import Work

_BEGIN = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
_END = datetime(LAST_DAY.year + 1, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_MOST_LOOKED_THROUGH = 10_000


def written_out(event: Event, start: Moment, clock: Clock, why: str) -> frozenset[Moment]:
    """List every instance of the series of `event`, overrides left aside, in the form of its `start`.

    EventRefusedError, beginning with `why`, if there are more than the protocol's RDATEs or no end.
    """
    series = Event(event.uid, event.components[:1], event.zones)
    found = frozenset(_starts(series, start, clock, _Window(_BEGIN, _END, ADDITIONS + 2)))
    if len(found) > ADDITIONS + 1:
        raise EventRefusedError(f"{why}, and has no end or more than {ADDITIONS} instances.")
    return found


def starts_of_rule(rule: Rule, start: Moment, clock: Clock, before: datetime, limit: int) -> tuple[Moment, ...]:
    """List the instances that the rule alone gives before an aware UTC time, at most `limit`, in the form of `start`."""
    end = before.astimezone(UTC).replace(tzinfo=None)
    found = rule_starts(rule, start, clock, start.time, later(end, _DAY), Work())
    moments = (at_local(start, local) for local in found)
    return tuple(islice((each for each in moments if clock.instant(each) < end), limit))


def instances_among(event: Event, start: Moment, clock: Clock, moments: Collection[Moment]) -> frozenset[Moment]:
    """Tell which of some moments, in the form of `start`, are instances of the series, overrides left aside.

    None is, as far as this can tell, where finding out is too much work.
    """
    if not moments:
        return frozenset()
    instants = [clock.instant(moment).replace(tzinfo=UTC) for moment in moments]
    series = Event(event.uid, event.components[:1], event.zones)
    window = _Window(min(instants), max(instants) + _DAY, _MOST_LOOKED_THROUGH)
    try:
        return frozenset(moments) & frozenset(_starts(series, start, clock, window))
    except EventRefusedError:
        return frozenset()


@dataclass(frozen=True, slots=True)
class _Window:
    """Aware UTC times between which at most `limit` instances are listed."""

    begin: datetime
    end: datetime
    limit: int


def _starts(event: Event, start: Moment, clock: Clock, window: _Window) -> Iterator[Moment]:
    for instance in instances(event, event.zones, window.begin, window.end, window.limit):
        begin = instance.start
        if not isinstance(begin, datetime):
            yield Moment(begin)
        elif start.zone:
            yield clock.in_zone(begin.replace(tzinfo=None), start.zone)
        else:
            yield Moment(begin.replace(tzinfo=None))
