"""When an event happens, as its components say it: rules, lists, overrides. Read here, listed by `recurrence`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from osync.errors import EventRefusedError
from osync.ical.bodies import View, read_body
from osync.ical.clock import Clock
from osync.ical.content import Body, Moment, Rule
from osync.ical.event import Event
from osync.ical.lines import Component
from osync.ical.repeating import added_bodies, excluded_moments, read_rule, repeating_lines, rule_texts
from osync.ical.zones import Zones

_ONLY_TIMES = View(title=False, place=False, notes=False, status=False)
_LONGEST_MOVE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Version:
    """What a component says of the instance that would have been at `instance`, or of that one `and_later` ones."""

    instance: Moment
    body: Body
    component: Component
    and_later: bool = False

    @property
    def moved(self) -> timedelta:
        """Give how much later, as the clock on the wall shows it, the instance is than it would have been."""
        return self.body.start.time - self.instance.time


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that an event says about when it happens.

    Versions stand in the order of time under the instant (naive UTC) of their instance; `changes` count for all later ones
    too (RANGE=THISANDFUTURE). `excluding` are the EXRULEs of RFC 2445.
    """

    clock: Clock
    series: Version | None = None
    rules: tuple[Rule, ...] = ()
    excluding: tuple[Rule, ...] = ()
    additions: tuple[Body, ...] = ()
    exclusions: frozenset[datetime] = frozenset()
    overrides: Mapping[datetime, Version] = field(default_factory=dict)
    changes: Mapping[datetime, Version] = field(default_factory=dict)

    @property
    def repeats(self) -> bool:
        """Tell whether the series may have more than one instance."""
        return bool(self.rules or self.additions)


def read_schedule(event: Event, zones: Zones) -> Schedule:
    """Read when an event happens. EventRefusedError names what cannot be read."""
    clock = Clock(zones)
    if event.series is None:
        return Schedule(clock, overrides=_by_instant((_override(each, None, clock) for each in event.overrides), clock))
    body = read_body(event.series, clock, _ONLY_TIMES)
    lines = repeating_lines(event.series)
    versions = [_override(each, body, clock) for each in event.overrides]
    return Schedule(
        clock=clock,
        series=Version(body.start, body, event.series),
        rules=tuple(read_rule(text, body.start, clock) for text in rule_texts(lines, "RRULE")),
        excluding=tuple(read_rule(text, body.start, clock) for text in rule_texts(lines, "EXRULE")),
        additions=tuple(added_bodies(lines, body, clock)),
        exclusions=frozenset(clock.instant(each) for each in excluded_moments(lines, body, clock)),
        overrides=_by_instant((each for each in versions if not each.and_later), clock),
        changes=_by_instant((each for each in versions if each.and_later), clock),
    )


def _by_instant(versions: Iterable[Version], clock: Clock) -> Mapping[datetime, Version]:
    found = {clock.instant(version.instance): version for version in versions}
    return {instant: found[instant] for instant in sorted(found)}


def _override(component: Component, series: Body | None, clock: Clock) -> Version:
    found = component.first("RECURRENCE-ID")
    if found is None:
        raise EventRefusedError("One of its components cannot be told from the series.")
    scope = (found.parameter("RANGE") or "").strip().upper()
    if scope not in ("", "THISANDFUTURE"):
        raise EventRefusedError("An override of it counts for a RANGE that RFC 5545 does not know.")
    instance, body = clock.read(found, found.value), read_body(component, clock, _ONLY_TIMES)
    if series is not None:
        instance = clock.aligned(instance, series.start)
    version = Version(instance, body, component, and_later=bool(scope))
    if scope and series is None:
        raise EventRefusedError("It changes all later instances (RANGE=THISANDFUTURE) of a series that is not there.")
    if scope and (abs(version.moved) > _LONGEST_MOVE or body.start.is_date != instance.is_date):
        raise EventRefusedError("It changes all later instances (RANGE=THISANDFUTURE) into something too different.")
    return version
