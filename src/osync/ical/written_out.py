"""The instances of a series as a list, where one rule cannot say them (protocol 8.1); bounded work."""

from collections.abc import Iterator
from datetime import UTC, datetime

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import Moment
from osync.ical.event import Event
from osync.ical.limits import ADDITIONS, FIRST_DAY, LAST_DAY
from osync.ical.lines import Component, line_name
from osync.ical.recurrence import instances

_BEGIN = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
_END = datetime(LAST_DAY.year + 1, 1, 1, tzinfo=UTC)
_WITHOUT_LISTS = frozenset(("RDATE", "EXDATE", "EXRULE"))


def written_out(event: Event, start: Moment, clock: Clock, why: str) -> frozenset[Moment]:
    """List every instance of the series of `event`, overrides left aside, in the form of its `start`.

    EventRefusedError, beginning with `why`, if there are more than the protocol's RDATEs or no end.
    """
    series = _series_only(event, without=frozenset())
    found = frozenset(_starts(series, start, clock, _END, ADDITIONS + 2))
    if len(found) > ADDITIONS + 1:
        raise EventRefusedError(f"{why}, and has no end or more than {ADDITIONS} instances.")
    return found


def rule_starts(event: Event, start: Moment, clock: Clock, before: datetime, limit: int) -> tuple[Moment, ...]:
    """List the instances that the rule alone gives before an aware UTC time, at most `limit`."""
    return tuple(_starts(_series_only(event, without=_WITHOUT_LISTS), start, clock, before, limit))


def _series_only(event: Event, *, without: frozenset[str]) -> Event:
    series = event.components[0]
    kept = tuple(part for part in series.contents if isinstance(part, str) and line_name(part) not in without)
    return Event(event.uid, (Component(series.name, kept),), event.zones)


def _starts(event: Event, start: Moment, clock: Clock, before: datetime, limit: int) -> Iterator[Moment]:
    for instance in instances(event, event.zones, _BEGIN, before, limit):
        begin = instance.start
        if not isinstance(begin, datetime):
            yield Moment(begin)
        elif start.zone:
            yield clock.in_zone(begin.replace(tzinfo=None), start.zone)
        else:
            yield Moment(begin.replace(tzinfo=None))
