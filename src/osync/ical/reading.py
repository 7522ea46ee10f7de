"""An event of any calendar read as content: tolerant of what programs write, exact in what it means (protocol 6.4, 8.1).

What a view does not show is not read at all. It does not decide who sees what; `privacy` does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from osync.errors import EventRefusedError
from osync.ical.bodies import View, read_body, read_start
from osync.ical.clock import Clock
from osync.ical.content import Body, EventContent, Moment, Override, moments_of
from osync.ical.event import Event
from osync.ical.limits import EXCLUSIONS, OVERRIDES, check_content
from osync.ical.lines import Component
from osync.ical.old_series import begun_later
from osync.ical.repeating import moved_body
from osync.ical.repetition import Repetition, read_repetition
from osync.ical.written_out import instances_among

ViewOf = Callable[[Component], View | None]


@dataclass(frozen=True, slots=True)
class Change:
    """From `instance` on, every instance is as `body` says, or not at all (RANGE=THISANDFUTURE, RFC 5545 section 3.2.13)."""

    instance: Moment
    body: Body | None


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """The content of an event, its `changes` that no rule can tell, by instance, and the clock that it was read with."""

    content: EventContent
    changes: tuple[Change, ...]
    clock: Clock


def read_content(event: Event, view_of: ViewOf) -> EventContent:
    """Read an event as far as `view_of` shows its components; one that it gives None for is left out of the series.

    The content has no UID yet. EventRefusedError names what cannot be read, told in other words, or is over a limit.
    """
    found = read_event(event, view_of)
    if found.changes:
        raise EventRefusedError("It changes all later instances at once (RANGE=THISANDFUTURE).")
    check_content(found.content)
    return found.content


def read_event(event: Event, view_of: ViewOf, *, lists_instances: bool = True) -> ReadEvent:
    """Read an event as `read_content` does, but leave the changes of later instances to the caller, and limits unchecked.

    With `lists_instances` False no rule is expanded, as a subscriber must not (protocol 10): what one rule cannot say is
    refused, and overrides that repeat their series count as instances of it without a check.
    """
    if len(event.components) > OVERRIDES + EXCLUSIONS:
        raise EventRefusedError(f"It has more than {OVERRIDES} overrides.")
    try:
        return _Reader(event, view_of, lists_instances=lists_instances).read()
    except (OverflowError, ValueError) as error:
        raise EventRefusedError("A date in it is beyond what a calendar can hold.") from error


class _Reader:
    """Collect what one event says."""

    __slots__ = ("_changes", "_clock", "_event", "_gone", "_lists_instances", "_overrides", "_view_of")

    def __init__(self, event: Event, view_of: ViewOf, *, lists_instances: bool) -> None:
        self._lists_instances = lists_instances
        self._event = event
        self._view_of = view_of
        self._clock = Clock(event.zones)
        self._overrides: dict[Moment, Override] = {}
        self._gone: list[Moment] = []
        self._changes: list[Change] = []

    def read(self) -> ReadEvent:
        series = self._event.series
        view = self._view_of(series) if series else None
        body = read_body(series, self._clock, view) if series and view else None
        anchor = body.start if body else read_start(series, self._clock) if series else None
        repetition = self._repetition(body) if body else Repetition()
        self._overrides.update((override.instance, override) for override in repetition.own_lengths)
        for component in self._event.components[1 if series else 0 :]:
            self._take_override(component, anchor)
        exclusions = dict.fromkeys((*repetition.exclusions, *(self._gone if body else ())))
        content = EventContent(
            uid="",
            series=body,
            rule=repetition.rule,
            additions=in_order(repetition.additions),
            exclusions=in_order(exclusions),
            overrides=self._telling_overrides(body),
        )
        changes = sorted(self._changes, key=lambda change: self._clock.instant(change.instance))
        return ReadEvent(with_zones(begun_later(content), self._clock), tuple(changes), self._clock)

    def _telling_overrides(self, series: Body | None) -> tuple[Override, ...]:
        """Give the overrides that change anything that is told, in order.

        Programs write one for an instance that only got its own alarm or answer; that must not look like news.
        """
        if series is not None and not self._changes:
            idle = {each.instance for each in self._overrides.values() if each.body == self._usual_body(series, each)}
            if self._lists_instances:
                idle &= instances_among(self._event, series.start, self._clock, idle)
            for instance in idle:
                del self._overrides[instance]
        return tuple(sorted(self._overrides.values(), key=lambda override: self._clock.instant(override.instance)))

    def _repetition(self, body: Body) -> Repetition:
        return read_repetition(self._event, body, self._clock, lists_instances=self._lists_instances)

    def _usual_body(self, series: Body, override: Override) -> Body | None:
        if override.body.start != override.instance:
            return None
        return moved_body(series, override.instance, self._clock)

    def _take_override(self, component: Component, anchor: Moment | None) -> None:
        found = component.first("RECURRENCE-ID")
        if found is None:
            raise EventRefusedError("One of its components cannot be told from the series.")
        instance = self._clock.read(found, found.value)
        if anchor is not None:
            instance = self._clock.aligned(instance, anchor)
        view = self._view_of(component)
        body = read_body(component, self._clock, view) if view else None
        scope = (found.parameter("RANGE") or "").strip().upper()
        if scope == "THISANDFUTURE":
            self._changes.append(Change(instance, body))
        elif scope:
            raise EventRefusedError("An override of it counts for a RANGE that RFC 5545 does not know.")
        elif body is None:
            self._gone.append(instance)
            self._overrides.pop(instance, None)
        else:
            self._overrides[instance] = Override(instance, body)


def in_order(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """Sort moments as the canonical text wants them, without doubles."""
    return tuple(sorted(dict.fromkeys(moments), key=lambda moment: (moment.time, moment.zone)))


def with_zones(content: EventContent, clock: Clock) -> EventContent:
    """Give the content with the definitions of those of its zones that have no IANA name."""
    texts = clock.texts_for(frozenset(moment.zone for moment in moments_of(content)))
    return replace(content, zones=texts) if texts or content.zones else content
