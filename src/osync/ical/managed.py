"""The fingerprint of what OSync manages in a copy: title, times, rule, place, text, status, URL (protocol 8.3)."""

from dataclasses import replace

from osync.errors import SkipEventError
from osync.ical.bodies import AS_WRITTEN
from osync.ical.canonical import canonical_text, fingerprint
from osync.ical.clock import Clock
from osync.ical.content import Body, EventContent, Moment
from osync.ical.event import Event
from osync.ical.kept import MANAGED
from osync.ical.lines import line_name
from osync.ical.reading import read_event
from osync.ical.zones import PRIVATE_PREFIX

_OF_THE_VERSION = frozenset(("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "TRANSP", "X-OSYNC"))


def managed_fingerprint(event: Event) -> str:
    """Give a fingerprint that changes when a managed field does, and not when a program writes the same event anew.

    Order, folding, stamps, alarms, categories, free or busy, and the words of a zone's definition do not count. Never raises.
    """
    try:
        found = read_event(event, lambda _: AS_WRITTEN, lists_instances=False)
        if not found.changes:
            return fingerprint(canonical_text(_in_lasting_terms(found.content, found.clock)))
    except SkipEventError:
        pass
    return _fingerprint_of_lines(event)


def _in_lasting_terms(content: EventContent, clock: Clock) -> EventContent:
    """Leave out free or busy, and say times of a zone without a name in UTC: a program may word its definition anew."""

    def lasting(moment: Moment) -> Moment:
        return clock.in_zone(clock.instant(moment), "UTC") if moment.zone.startswith(PRIVATE_PREFIX) else moment

    def lasting_body(body: Body) -> Body:
        end = lasting(body.end) if body.end is not None else None
        return replace(body, start=lasting(body.start), end=end, transparent=False)

    return replace(
        content,
        series=lasting_body(content.series) if content.series else None,
        additions=tuple(map(lasting, content.additions)),
        exclusions=tuple(map(lasting, content.exclusions)),
        overrides=tuple(
            replace(each, instance=lasting(each.instance), body=lasting_body(each.body)) for each in content.overrides
        ),
    )


def _fingerprint_of_lines(event: Event) -> str:
    """Fall back to the managed lines themselves, where somebody wrote what cannot be read."""
    names = MANAGED - _OF_THE_VERSION
    lines = [
        line
        for component in event.components
        for line in sorted(part for part in component.contents if isinstance(part, str) and line_name(part) in names)
    ]
    return fingerprint("\n".join(lines).encode(errors="replace").decode())
