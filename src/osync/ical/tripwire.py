"""The tripwire for time zones: an owner names the instants of a few occurrences, a subscriber compares them with its own.

Two computers may hold different rules for a zone of the same name; then an event is an hour off and nobody notices. Pure,
with bounded work: what takes too long to list is not compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from osync.errors import SkipEventError
from osync.ical.clock import Clock
from osync.ical.event import Event, read_events
from osync.ical.recurrence import instances
from osync.ical.zones import Zones, ZoneText, zone_definition

_STEPS = 20_000
_STRIDES = tuple(timedelta(days=days) for days in (0, 91, 182, 273, 365))
_HORIZON = timedelta(days=800)
_FORESEEABLE = timedelta(days=2000)
_NEAR = timedelta(hours=27)
_MOMENT = timedelta(seconds=1)
# More instances than this never begin or last at one time in an event that means well.
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """An instant that the owner named and that is none for us; `ours` is what we have nearest to it, None if nothing near.

    `wall` is the clock on the wall at `ours` (naive) in the zone of the event, which is called `zone`.
    """

    theirs: datetime
    ours: datetime | None = None
    wall: datetime | None = None
    zone: str = ""

    @property
    def sentence(self) -> str:
        """Say the difference to a person."""
        day = self.theirs.date()
        if self.ours is None or self.wall is None:
            return f"Its owner means {self.theirs:%H:%M} UTC on {day}, when it does not happen for this computer."
        ours = f"{self.ours:%H:%M} UTC" + ("" if self.ours.date() == day else f" on {self.ours.date()}")
        return (
            f"For its owner {self.wall:%H:%M} {self.zone} is {self.theirs:%H:%M} UTC on {day}, this computer says {ours}:"
            " their time zone data differ."
        )


def named_occurrences(text: str, zones: Sequence[ZoneText], now: datetime) -> tuple[int, ...]:
    """Give the starts of some of the next occurrences of a canonical text after `now`, in seconds since 1970.

    They are the next one, and the first ones a quarter, half, three quarters of a year and a year later, so that summer
    time shows. Nothing is named for an event without a zone, and for one that takes too much work; never raises.
    """
    if ";TZID=" not in text:
        return ()
    try:
        event = read_events(text.encode()).events[0]
        if not _zone_of(event):
            return ()
        definitions = tuple(zone_definition(zone) for zone in zones if f";TZID={zone.name}:" in text)
        return tuple(sorted(_next_starts(event, Zones(definitions), now)))
    except (SkipEventError, IndexError):
        return ()


def _next_starts(event: Event, zones: Zones, now: datetime) -> set[int]:
    found: set[int] = set()
    for stride in _STRIDES:
        begin = now + stride
        following = next((each for each in _starts(event, zones, begin, begin + _HORIZON) if each >= begin), None)
        if following is None:
            break
        found.add(int(following.timestamp()))
        if not event.overrides and not any(event.components[0].properties("RRULE", "RDATE")):
            break
    return found


def difference(event: Event, named: Sequence[int], now: datetime) -> Difference | None:
    """Give the first of the `named` instants after `now` that is not the start of an occurrence of our copy of an event.

    None also where nothing can be told: an event without a zone, one that takes too much work, instants that are past
    or years away.    Other occurrences of ours between them do not matter. Never raises.
    """
    zone = _zone_of(event)
    moments = [datetime.fromtimestamp(each, UTC) for each in named]
    try:
        for moment in moments if zone else ():
            if now < moment < now + _FORESEEABLE and moment not in _starts(
                event, event.zones, moment, moment + _MOMENT
            ):
                return _nearest(event, zone, moment)
    except SkipEventError:
        pass
    return None


def _nearest(event: Event, zone: str, moment: datetime) -> Difference:
    near = list(_starts(event, event.zones, moment - _NEAR, moment + _NEAR))
    if not near:
        return Difference(moment)
    ours = min(near, key=lambda each: abs(each - moment))
    clock = Clock(event.zones)
    wall = clock.in_zone(ours.replace(tzinfo=None), clock.name_of(zone)).time
    return Difference(moment, ours, wall, zone)


def _starts(event: Event, zones: Zones, begin: datetime, end: datetime) -> Iterator[datetime]:
    for each in instances(event, zones, begin, end, _AT_ONCE, steps=_STEPS):
        if isinstance(each.start, datetime):
            yield each.start


def _zone_of(event: Event) -> str:
    """Give the TZID of the start of an event, "" if it has none or the start is a day or in UTC."""
    start = event.components[0].first("DTSTART")
    tzid = start.parameter("TZID") if start and "T" in start.value and not start.value.strip().endswith("Z") else None
    return tzid or ""
