"""The instances of a series as a list, where one rule cannot say them (protocol 8.1); bounded work."""

from collections.abc import Iterator
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


def written_out(event: Event, start: Moment, clock: Clock, why: str) -> frozenset[Moment]:
    """List every instance of the series of `event`, overrides left aside, in the form of its `start`.

    EventRefusedError, beginning with `why`, if there are more than the protocol's RDATEs or no end.
    """
    series = Event(event.uid, event.components[:1], event.zones)
    found = frozenset(_starts(series, start, clock, _END, ADDITIONS + 2))
    if len(found) > ADDITIONS + 1:
        raise EventRefusedError(f"{why}, and has no end or more than {ADDITIONS} instances.")
    return found


def starts_of_rule(rule: Rule, start: Moment, clock: Clock, before: datetime, limit: int) -> tuple[Moment, ...]:
    """List the instances that the rule alone gives before an aware UTC time, at most `limit`, in the form of `start`."""
    end = before.astimezone(UTC).replace(tzinfo=None)
    found = rule_starts(rule, start, clock, start.time, later(end, _DAY), Work())
    moments = (at_local(start, local) for local in found)
    return tuple(islice((each for each in moments if clock.instant(each) < end), limit))


def _starts(event: Event, start: Moment, clock: Clock, before: datetime, limit: int) -> Iterator[Moment]:
    for instance in instances(event, event.zones, _BEGIN, before, limit):
        begin = instance.start
        if not isinstance(begin, datetime):
            yield Moment(begin)
        elif start.zone:
            yield clock.in_zone(begin.replace(tzinfo=None), start.zone)
        else:
            yield Moment(begin.replace(tzinfo=None))
