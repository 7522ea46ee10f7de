"""What a subscriber writes on arrival, and what it leaves alone when it writes again (protocol 8.2, 8.3)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from osync.errors import EventRefusedError, SkipEventError
from osync.ical.availability import Availability
from osync.ical.canonical import STAMP, component_lines, rebuild
from osync.ical.clock import Clock
from osync.ical.content import UTC_NAME, Body, EventContent, Moment, moments_of
from osync.ical.event import Event, read_events, zone_names, zones_named
from osync.ical.kept import Keeper
from osync.ical.lines import Component
from osync.ical.managed import managed_fingerprint
from osync.ical.marker import MARKER_NAME, Marker, is_received, marker_of
from osync.ical.repeating import moved_body
from osync.ical.shown import ShownEvent, shown_event
from osync.ical.texts import clean_line
from osync.ical.zone_years import USUAL, between
from osync.ical.zones import Zones, ZoneText, write_zone, zone_definition

__all__ = [
    "SENDER_CHARACTERS",
    "CopyOrigin",
    "Marker",
    "UpdatedCopy",
    "is_received",
    "managed_fingerprint",
    "marker_of",
    "new_copy",
    "shown_copy",
    "transparency_of",
    "updated_copy",
]

SENDER_CHARACTERS = 20
_OWNER_NAME_CHARACTERS = 60
_NO_BRACKETS = str.maketrans("", "", "[]")


@dataclass(frozen=True, slots=True)
class CopyOrigin:
    """Where a copy comes from: who shares it, which event and version it is, when that was made (`changed_at`, Unix seconds).

    `sender` is what the subscriber calls the owner, for the title; `owner_name` is what the owner calls himself. `uid` is the
    UID that the text must bear.
    """

    sender: str
    owner_name: str
    share_id: str
    event_key: str
    epoch: int
    revision: int
    count: int
    changed_at: int
    uid: str

    @property
    def marker(self) -> Marker:
        """Give the marker that the copy bears."""
        return Marker(self.share_id, self.event_key, self.epoch, self.revision)


@dataclass(frozen=True, slots=True)
class UpdatedCopy:
    """The next version of a copy, and what is to be remembered of its free or busy."""

    event: Event
    transparency: str


def new_copy(text: str, zones: Iterable[ZoneText], origin: CopyOrigin) -> Event:
    """Build the event that goes into the subscriber's calendar from a received text and the zones sent with its share.

    The same input always gives the same event. EventRefusedError as from `rebuild`.
    """
    content = _received(text, zones, origin)
    return Event(content.uid, tuple(_components(content, origin)), _zones_of(content))


def updated_copy(
    existing: Event, text: str, zones: Iterable[ZoneText], origin: CopyOrigin, *, transparency: str
) -> UpdatedCopy:
    """Build the next version of a copy: what OSync manages is new, alarms, categories, colour and all else stay.

    `transparency` is what was remembered of the last version, "" for nothing: where `existing` shows another TRANSP, that is
    the subscriber's and stays too. Overrides that the owner took back are gone. EventRefusedError as from `rebuild`; `existing` may be as odd as it likes.
    """
    content = _received(text, zones, origin)
    keeper = Keeper(existing, Availability.parse(transparency))
    copied_zones = _zones_of(content)
    clock = Clock(copied_zones)
    components = list(_components(content, origin))
    series = content.series
    merged = [keeper.merged_series(components.pop(0))] if series else []
    for component, override in zip(components, content.overrides, strict=True):
        merged.append(keeper.merged_override(component, override.instance, clock))
    if series is not None:
        for instance in keeper.idle_instances(content):
            component = _component(content.uid, moved_body(series, instance, clock), instance, None, origin)
            merged.append(keeper.merged_override(component, instance, clock))
    event = Event(content.uid, tuple(merged), _with_kept_zones(copied_zones, existing.zones, merged))
    return UpdatedCopy(event, str(keeper.told))


def transparency_of(event: Event) -> str:
    """Give what is to be remembered of the free or busy of a copy that OSync made."""
    return str(Availability.of(event))


def shown_copy(text: str, sender: str) -> ShownEvent:
    """Give the words for the copy of a received text, "" for a tombstone, as it would stand in a calendar; never raises."""
    try:
        events = read_events(text.encode(errors="replace")).events if text else ()
    except SkipEventError:
        events = ()
    shown = shown_event(events[0] if events else None)
    return ShownEvent(_title(shown.title, sender), shown.first) if events else shown


def _received(text: str, zones: Iterable[ZoneText], origin: CopyOrigin) -> EventContent:
    content = rebuild(text, zones)
    if content.uid != origin.uid:
        raise EventRefusedError("Its UID is not the one that belongs to this share and event.")
    return content


def _components(content: EventContent, origin: CopyOrigin) -> Iterator[Component]:
    if content.series is not None:
        yield _component(content.uid, content.series, None, content, origin)
    for override in content.overrides:
        yield _component(content.uid, override.body, override.instance, None, origin)


def _component(
    uid: str, body: Body, instance: Moment | None, series: EventContent | None, origin: CopyOrigin
) -> Component:
    named = replace(body, title=_title(body.title, origin.sender), notes=_notes(body.notes, origin.owner_name))
    stamp = datetime.fromtimestamp(origin.changed_at, UTC).strftime("%Y%m%dT%H%M%SZ")
    version = (f"DTSTAMP:{stamp}", f"LAST-MODIFIED:{stamp}", f"SEQUENCE:{max(0, origin.count - 1)}")
    lines: list[str] = []
    for line in component_lines(uid, named, instance, series):
        lines.extend(version if line == STAMP else (line,))
    return Component("VEVENT", (*lines, f"{MARKER_NAME}:{origin.marker}"))


def _title(title: str, sender: str) -> str:
    shown = clean_line(sender.translate(_NO_BRACKETS))[:SENDER_CHARACTERS].rstrip()
    return f"[{shown}] {title}".rstrip()


def _notes(notes: str, owner_name: str) -> str:
    last_line = f"From {clean_line(owner_name)[:_OWNER_NAME_CHARACTERS].rstrip()} by OSync"
    return f"{notes}\n\n{last_line}" if notes else last_line


def _zones_of(content: EventContent) -> Zones:
    """Give the definitions of all zones that a content names: those that travelled, and our own for the IANA names."""
    private = {zone.name: zone for zone in content.zones}
    years = [moment.day.year for moment in moments_of(content)]
    definitions = [
        zone_definition(private[name]) if name in private else write_zone(name, min(years), max(years))
        for name in sorted({moment.zone for moment in moments_of(content)} - {"", UTC_NAME})
    ]
    last = max(years) if content.rule is None else USUAL.last
    return Zones(tuple(definitions), None, between(min(years), last))


def _with_kept_zones(zones: Zones, old: Zones, components: Sequence[Component]) -> Zones:
    """Add the definitions that kept lines still name."""
    named = zones_named(components) - {name for definition in zones.definitions for name in zone_names(definition)}
    kept = tuple(definition for definition in old.definitions if zone_names(definition) & named)
    return Zones((*zones.definitions, *kept), old.default, zones.years)
