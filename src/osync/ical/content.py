"""What an event says that others may see, as values: when it is, what it is called, where, how often (protocol 6.4).

Both the owner, who reads any calendar's text, and the subscriber, who reads a received text, end here.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from osync.ical.zones import ZoneText

UTC_NAME = "UTC"
_MIDNIGHT = time()


class Status(enum.StrEnum):
    """The STATUS of an event (RFC 5545 section 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, or a time as the clock on the wall shows it, and the name of the zone it counts in.

    `zone` is "" for a date and for a floating time, `UTC_NAME` for UTC, else an IANA name or the name of a definition
    that travels along. A date-time in `value` is always naive.
    """

    value: date | datetime
    zone: str = ""

    @property
    def is_date(self) -> bool:
        """Tell whether this is a whole day."""
        return not isinstance(self.value, datetime)

    @property
    def day(self) -> date:
        """Give the day that the wall calendar shows."""
        return self.value.date() if isinstance(self.value, datetime) else self.value

    @property
    def time(self) -> datetime:
        """Give the time that the clock on the wall shows, midnight for a whole day."""
        if isinstance(self.value, datetime):
            return self.value
        return datetime.combine(self.value, _MIDNIGHT)


@dataclass(frozen=True, slots=True)
class RulePart:
    """One BY part of a rule, its values in their natural order and without doubles."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule; `until` is a date for whole days, floating for floating starts, else UTC (RFC 5545 section 3.3.10)."""

    frequency: str
    until: Moment | None = None
    count: int | None = None
    interval: int = 1
    by: tuple[RulePart, ...] = ()
    week_start: str = "MO"


@dataclass(frozen=True, slots=True)
class Body:
    """When and what one component is. `end` is the first moment after it, None if it takes no time."""

    start: Moment
    end: Moment | None
    title: str = ""
    place: str = ""
    notes: str = ""
    url: str = ""
    status: Status = Status.CONFIRMED
    transparent: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """What one instance of a series is instead; `instance` is when it would have been."""

    instance: Moment
    body: Body


@dataclass(frozen=True, slots=True)
class EventContent:
    """All that a share tells about one event; overrides stand in the order of their instances.

    `zones` are the definitions of the zones that have no IANA name.
    """

    uid: str
    series: Body | None
    rule: Rule | None = None
    additions: tuple[Moment, ...] = ()
    exclusions: tuple[Moment, ...] = ()
    overrides: tuple[Override, ...] = ()
    zones: tuple[ZoneText, ...] = ()

    @property
    def bodies(self) -> tuple[Body, ...]:
        """Give the series, if there is one, and all overrides."""
        overrides = tuple(override.body for override in self.overrides)
        return overrides if self.series is None else (self.series, *overrides)


def moments_of(content: EventContent) -> Iterator[Moment]:
    """Give every moment that an event names, except the UNTIL of its rule."""
    yield from content.additions
    yield from content.exclusions
    for override in content.overrides:
        yield override.instance
    for body in content.bodies:
        yield body.start
        if body.end is not None:
            yield body.end
