"""Free or busy (TRANSP) of each component of a copy: what OSync wrote, and whether the subscriber made something else of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from osync.errors import SkipEventError
from osync.ical.bodies import is_transparent, read_start
from osync.ical.clock import Clock
from osync.ical.content import Moment
from osync.ical.event import Event
from osync.ical.lines import Component

_INSTANT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class KnownOverride:
    """An override as it is: which instance, its instant (naive UTC), and its component."""

    instance: Moment
    instant: datetime
    component: Component


def known_overrides(event: Event) -> Iterator[KnownOverride]:
    """Give the overrides of a copy that can be told apart; what cannot be read is left out. Never raises."""
    clock = Clock(event.zones)
    try:
        anchor = read_start(event.series, clock) if event.series else None
    except (SkipEventError, ValueError, OverflowError):
        return
    for component in event.overrides:
        found = component.first("RECURRENCE-ID")
        if found is None:
            continue
        try:
            instance = clock.read(found, found.value)
            instance = clock.aligned(instance, anchor) if anchor is not None else instance
            yield KnownOverride(instance, clock.instant(instance), component)
        except (SkipEventError, ValueError, OverflowError):
            continue


def transparency(component: Component) -> str:
    """Tell the free or busy state of one component: "TRANSPARENT" or "OPAQUE"."""
    return "TRANSPARENT" if is_transparent(component.first("TRANSP")) else "OPAQUE"


@dataclass(frozen=True, slots=True)
class Availability:
    """What was written: for most of an event, and for the instances (by instant, naive UTC) that have something else.

    `usual` "" means that nothing is known.
    """

    usual: str = ""
    instances: Mapping[datetime, str] | None = None

    @staticmethod
    def of(event: Event) -> "Availability":
        """Give what a copy shows that OSync has just made."""
        usual = transparency(event.components[0])
        found = {known.instant: transparency(known.component) for known in known_overrides(event)}
        return Availability(usual, found)

    @staticmethod
    def parse(text: str) -> "Availability":
        """Read what `str` gave."""
        usual, *others = text.split() or [""]
        pairs = (each.partition("=") for each in others)
        return Availability(usual, {datetime.strptime(when, _INSTANT): what for when, _, what in pairs})

    def __str__(self) -> str:
        others = sorted((self.instances or {}).items())
        words = [f"{when.strftime(_INSTANT)}={what}" for when, what in others if what != self.usual]
        return " ".join((self.usual, *words))

    def at(self, instant: datetime | None) -> str:
        """Give what was written for the instance at `instant`, None for the series."""
        return (self.instances or {}).get(instant, self.usual) if instant is not None else self.usual

    def was_changed(self, component: Component, instant: datetime | None) -> bool:
        """Tell whether the subscriber made a component free or busy that was written otherwise."""
        return bool(self.usual) and transparency(component) != self.at(instant)
