"""The tripwire for time zones: an owner names the instants of a few occurrences, a subscriber compares them with its own.

Two computers may hold different rules for a zone of the same name; then an event is an hour off and nobody notices. Pure,
with bounded work: what takes too long to list is not compared.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from osync.errors import SkipEventError
from osync.ical.clock import Clock
from osync.ical.event import Event, read_events
from osync.ical.recurrence import instances_of
from osync.ical.schedule import Schedule, read_schedule
from osync.ical.zones import Zones, ZoneText, zone_definition

_STEPS = 20_000
_STRIDES = tuple(timedelta(days=days) for days in (0, 91, 182, 273, 365))
_HORIZON = timedelta(days=800)
_FORESEEABLE = timedelta(days=2000)
_NEAR = timedelta(hours=27)
_MOMENT = timedelta(seconds=1)
_ZONED_START = re.compile(r"^DTSTART;TZID=([^:;]+):(\d{8}T\d{6})$", re.MULTILINE | re.ASCII)
_REPEATS = re.compile(r"^(?:RRULE|RDATE)", re.MULTILINE)
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
        definitions = Zones(tuple(zone_definition(zone) for zone in zones if f";TZID={zone.name}:" in text))
        if text.count("\nBEGIN:VEVENT\n") == 1 and not _REPEATS.search(text):
            start = _only_start(text, definitions)
            return (int(start.timestamp()),) if start and start >= now else ()
        event = read_events(text.encode()).events[0]
        return tuple(sorted(_next_starts(read_schedule(event, definitions), now))) if _zone_of(event) else ()
    except (SkipEventError, IndexError, ValueError, OverflowError):
        return ()


def _only_start(text: str, zones: Zones) -> datetime | None:
    """Read the one start of most events without taking them apart."""
    found = _ZONED_START.search(text)
    return zones.resolve(found[1]).to_utc(datetime.strptime(found[2], "%Y%m%dT%H%M%S")) if found else None


def _next_starts(schedule: Schedule, now: datetime) -> set[int]:
    found: set[int] = set()
    for stride in _STRIDES:
        begin = now + stride
        following = next((each for each in _starts(schedule, begin, begin + _HORIZON) if each >= begin), None)
        if following is None:
            break
        found.add(int(following.timestamp()))
    return found


def difference(event: Event, named: Sequence[int], now: datetime) -> Difference | None:
    """Give the first of the `named` instants after `now` that is not the start of an occurrence of our copy of an event.

    None also where nothing can be told: an event without a zone, one that takes too much work, instants that are past
    or years away. Other occurrences of ours between them do not matter. Never raises.
    """
    zone = _zone_of(event)
    if not zone:
        return None
    moments = [datetime.fromtimestamp(each, UTC) for each in named]
    wanted = [moment for moment in moments if now < moment < now + _FORESEEABLE]
    try:
        if wanted == [_start_of_single(event)]:
            return None
        schedule = read_schedule(event, event.zones)
        for moment in wanted:
            if moment not in _starts(schedule, moment, moment + _MOMENT):
                return _nearest(schedule, zone, moment)
    except (SkipEventError, ValueError, OverflowError):
        pass
    return None


def _start_of_single(event: Event) -> datetime | None:
    """Give the one start of an event that does not repeat, without a look at what else it says."""
    series = event.series
    start = series.first("DTSTART") if series else None
    if series is None or start is None or event.overrides or any(series.properties("RRULE", "RDATE", "EXRULE")):
        return None
    clock = Clock(event.zones)
    return clock.instant(clock.read(start, start.value)).replace(tzinfo=UTC)


def _nearest(schedule: Schedule, zone: str, moment: datetime) -> Difference:
    near = list(_starts(schedule, moment - _NEAR, moment + _NEAR))
    if not near:
        return Difference(moment)
    ours = min(near, key=lambda each: abs(each - moment))
    wall = schedule.clock.in_zone(ours.replace(tzinfo=None), schedule.clock.name_of(zone)).time
    return Difference(moment, ours, wall, zone)


def _starts(schedule: Schedule, begin: datetime, end: datetime) -> Iterator[datetime]:
    for each in instances_of(schedule, begin, end, _AT_ONCE, steps=_STEPS):
        if isinstance(each.start, datetime):
            yield each.start


def _zone_of(event: Event) -> str:
    """Give the TZID of the start of an event, "" if it has none or the start is a day or in UTC."""
    start = event.components[0].first("DTSTART")
    tzid = start.parameter("TZID") if start and "T" in start.value and not start.value.strip().endswith("Z") else None
    return tzid or ""
