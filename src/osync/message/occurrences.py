"""An event as it is told to people without OSync: its content, its clock, and when it happens."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from osync.errors import EventRefusedError
from osync.ical.canonical import rebuild
from osync.ical.clock import Clock
from osync.ical.content import Body, EventContent, Moment
from osync.ical.event import Event, read_events
from osync.ical.recurrence import instances, last_day
from osync.ical.repeating import moved_body
from osync.ical.written_out import instances_among
from osync.ical.zones import Zones, ZoneText, zone_definition

_AHEAD = timedelta(days=366 * 10)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event happens, in its own zone; `end` is the first moment after it, None if it takes no time."""

    start: Moment
    end: Moment | None


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event, read from its canonical text."""

    content: EventContent
    event: Event
    clock: Clock

    @property
    def body(self) -> Body:
        """Give what it says of itself as a whole; of single dates of a series, what the first one says."""
        return self.content.bodies[0]

    @property
    def repeats(self) -> bool:
        """Tell whether it may happen more than once."""
        content = self.content
        return bool(content.rule or content.additions or len(content.bodies) > 1 or content.series is None)

    def usual(self, instance: Moment) -> Body:
        """Give what the series says of one of its instances."""
        return moved_body(self.content.series, instance, self.clock) if self.content.series else self.body

    def has(self, moments: Collection[Moment]) -> frozenset[Moment]:
        """Tell which of `moments` are instances of its series, exclusions taken away and overrides left aside."""
        series = self.content.series
        return instances_among(self.event, series.start, self.clock, moments) if series else frozenset()


def read_told(text: str, zones: Iterable[ZoneText]) -> ToldEvent:
    """Read a canonical text. EventRefusedError as from `rebuild`."""
    content = rebuild(text, zones)
    definitions = tuple(zone_definition(zone) for zone in content.zones)
    known = Zones(definitions)
    event = replace(read_events(text.encode()).events[0], zones=known)
    return ToldEvent(content, event, Clock(known))


def coming(told: ToldEvent, now: datetime, limit: int) -> tuple[Occurrence, ...]:
    """Give the next times that an event happens, at most `limit`; none if it is over, the first one if this cannot be worked out.

    `now` is aware. What lasts at `now` counts, and the whole of a day that has not ended anywhere on earth.
    """
    if not told.repeats:
        occurrence = Occurrence(told.body.start, told.body.end)
        return () if _is_over(told, occurrence, now) else (occurrence,)
    try:
        found = instances(told.event, told.event.zones, now - timedelta(hours=14), now + _AHEAD, limit + 2)
        occurrences = (_occurrence(told, each.start, each.end) for each in found)
        return tuple(islice((each for each in occurrences if not _is_over(told, each, now)), limit))
    except EventRefusedError:
        return (Occurrence(told.body.start, told.body.end),)


def _is_over(told: ToldEvent, occurrence: Occurrence, now: datetime) -> bool:
    end = told.clock.instant(occurrence.end or occurrence.start)
    slack = timedelta(hours=12) if not occurrence.start.zone else timedelta(0)
    return end + slack < now.astimezone(UTC).replace(tzinfo=None)


def _occurrence(told: ToldEvent, start: date | datetime, end: date | datetime) -> Occurrence:
    return Occurrence(_in_zone_of(told, start), _in_zone_of(told, end) if end != start else None)


def _in_zone_of(told: ToldEvent, value: date | datetime) -> Moment:
    if not isinstance(value, datetime):
        return Moment(value)
    naive, zone = value.replace(tzinfo=None), told.body.start.zone
    return told.clock.in_zone(naive, zone) if zone else Moment(naive)


def ends_before(told: ToldEvent, day: date) -> bool:
    """Tell whether everything of an event is over before `day`; False if it has no end or that cannot be worked out."""
    try:
        last = last_day(told.event, told.event.zones)
    except EventRefusedError:
        return False
    return last is not None and last < day


def sort_key(told: ToldEvent, now: datetime) -> datetime:
    """Give the time (naive UTC) by which an event stands in a list: when it happens next, or began if it is over."""
    following = coming(told, now, 1)
    return told.clock.instant(following[0].start if following else told.body.start)
