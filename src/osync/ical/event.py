"""One UID's components as one event: the series, its overrides, its exclusions (RFC 5545 section 3.6.1).

It does not know what the properties mean; `reading` and `canonical` do.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from osync.errors import EventUnreadableError
from osync.ical.lines import Component, line_name, read, unescape_text, write
from osync.ical.quirks.encoded_values import decoded_value
from osync.ical.quirks.quoted_printable import without_quoted_printable
from osync.ical.zone_years import years_of
from osync.ical.zones import Zones

PRODID = "-//OSync//OSync 1//EN"
_TZID = re.compile(r';\s*TZID\s*=\s*("[^"]*"|[^";:,]*)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """All VEVENTs of one UID and the zones of the calendar object that they stood in; the series comes first."""

    uid: str
    components: tuple[Component, ...]
    zones: Zones

    @property
    def series(self) -> Component | None:
        """Give the component without RECURRENCE-ID; None if only overrides are known."""
        first = self.components[0]
        return None if _has(first, "RECURRENCE-ID") else first

    @property
    def overrides(self) -> tuple[Component, ...]:
        """Give the components with RECURRENCE-ID, in the order of the text."""
        return self.components if self.series is None else self.components[1:]


@dataclass(frozen=True, slots=True)
class Reading:
    """The events of one text, and a sentence for each component that could not become one or was left out."""

    events: tuple[Event, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What one calendar object says about the zones of its events."""

    definitions: tuple[Component, ...]
    default: str | None

    def for_components(self, components: Sequence[Component]) -> Zones:
        """Give the zones with only the definitions that the components name."""
        if not self.definitions:
            return Zones((), self.default)
        named = zones_named(components)
        definitions = tuple(found for found in self.definitions if zone_names(found) & named)
        return Zones(definitions, self.default, years_of(components)) if definitions else Zones((), self.default)


@dataclass(frozen=True, slots=True)
class _Version:
    """One VEVENT of a UID and the calendar object that it stood in."""

    component: Component
    surroundings: _Surroundings


def read_events(data: bytes) -> Reading:
    """Read every event of an iCalendar text.

    Raises EventUnreadableError if the text is empty, cut off or not iCalendar, so that none of these ever looks like a
    calendar without events. A component that breaks the rules becomes a problem; the others live on.
    """
    problems: list[str] = []
    groups: dict[str, list[_Version]] = {}
    for calendar in _calendars(data):
        _sort_by_uid(calendar, groups, problems)
    events = [event for uid, versions in groups.items() if (event := _join(uid, versions, problems))]
    return Reading(tuple(events), tuple(problems))


def write_event(event: Event) -> bytes:
    """Write an event as a whole calendar object, with its zones; the same event always gives the same bytes."""
    head: tuple[str | Component, ...] = ("VERSION:2.0", "PRODID:" + PRODID)
    if event.zones.default:
        head += ("X-WR-TIMEZONE:" + event.zones.default,)
    return write(Component("VCALENDAR", (*head, *event.zones.definitions, *event.components)))


def _calendars(data: bytes) -> tuple[Component, ...]:
    if not data.strip(b"\0\r\n\t \xef\xbb\xbf\xfe\xff"):
        raise EventUnreadableError("The text is empty.")
    document = read(without_quoted_printable(data.lstrip(b" \t\r\n")))
    calendars = tuple(part for part in document.components if part.name == "VCALENDAR")
    if not calendars:
        raise EventUnreadableError("The text holds no VCALENDAR, so it is not iCalendar.")
    unclosed = next(_unclosed(document.components), None)
    if unclosed is not None:
        raise EventUnreadableError(f"The text is cut off: a {unclosed.name} has no END.")
    if any(isinstance(line, str) and line_name(line) == "END" for calendar in calendars for line in calendar.contents):
        raise EventUnreadableError("The text is damaged: an END stands without its BEGIN.")
    return calendars


def _unclosed(components: Iterable[Component]) -> Iterator[Component]:
    pending = list(components)
    while pending:
        component = pending.pop()
        if not component.closed:
            yield component
        pending.extend(part for part in component.contents if isinstance(part, Component))


def _sort_by_uid(calendar: Component, groups: dict[str, list[_Version]], problems: list[str]) -> None:
    """Put each VEVENT of one calendar object to the others of its UID; a UID with a broken component is left out."""
    if (version := calendar.first("VERSION")) and version.value.strip() == "1.0":
        problems.append("VCALENDAR, VERSION: this is vCalendar 1.0, an older format that OSync does not read.")
        return
    default = calendar.first("X-WR-TIMEZONE")
    surroundings = _Surroundings(tuple(calendar.components("VTIMEZONE")), default.value.strip() if default else None)
    broken = set()
    for number, component in enumerate(calendar.components("VEVENT"), start=1):
        uid = _uid(component)
        if not uid:
            problems.append(f"VEVENT number {number}, UID: it has none, so it cannot be told from others.")
        elif not _has(component, "DTSTART"):
            problems.append(f"VEVENT {uid}, DTSTART: it has none, so nobody knows when it is.")
            broken.add(uid)
        else:
            groups.setdefault(uid, []).append(_Version(component, surroundings))
    for uid in broken:
        groups.pop(uid, None)


def _uid(component: Component) -> str:
    found = component.first("UID")
    return unescape_text(decoded_value(found)).strip() if found else ""


def _has(component: Component, name: str) -> bool:
    """Tell whether a component has a property; made to be fast, because it is asked for each event."""
    length = len(name)
    for line in component.contents:
        if isinstance(line, str) and line[:length].upper() == name and line_name(line) == name:
            return True
    return False


def _join(uid: str, versions: Sequence[_Version], problems: list[str]) -> Event | None:
    """Make one event of all components of a UID; of two for the same instance the newest counts (RFC 5546 section 2.1.5)."""
    if len(versions) == 1:
        component = versions[0].component
        return Event(uid, (component,), versions[0].surroundings.for_components([component]))
    chosen: dict[str, _Version] = {}
    for version in versions:
        place = _place(version.component)
        known = chosen.get(place)
        if known is not None and known.component != version.component:
            property_name = "RECURRENCE-ID" if place else "UID"
            problems.append(f"VEVENT {uid}, {property_name}: it is there twice; only the newest version counts.")
        if known is None or _age(version.component) >= _age(known.component):
            chosen[place] = version
    kept = [chosen.pop("")] if "" in chosen else []
    kept.extend(chosen.values())
    surroundings = _common_surroundings([version.surroundings for version in kept])
    if surroundings is None:
        problems.append(f"VEVENT {uid}, TZID: its components stand in calendars that define the same zone differently.")
        return None
    components = tuple(version.component for version in kept)
    return Event(uid, components, surroundings.for_components(components))


def _place(component: Component) -> str:
    """Say which instance a component describes: its RECURRENCE-ID as written, "" for the series."""
    found = component.first("RECURRENCE-ID")
    return f"{found.parameter('TZID') or ''}:{found.value.strip()}" if found else ""


@dataclass(frozen=True, slots=True, order=True)
class _Age:
    sequence: int
    stamp: str


def _age(component: Component) -> _Age:
    sequence = component.first("SEQUENCE")
    digits = decoded_value(sequence).strip() if sequence else "0"
    stamp = component.first("DTSTAMP")
    return _Age(
        int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0, stamp.value if stamp else ""
    )


def _common_surroundings(found: Sequence[_Surroundings]) -> _Surroundings | None:
    """Join what several calendar objects say; None if they define one zone name differently."""
    first = found[0]
    if all(other == first for other in found[1:]):
        return first
    definitions = tuple(dict.fromkeys(part for surroundings in found for part in surroundings.definitions))
    names = [name for definition in definitions for name in zone_names(definition)]
    return _Surroundings(definitions, first.default) if len(names) == len(set(names)) else None


def zone_names(definition: Component) -> set[str]:
    """Give the TZIDs of a VTIMEZONE, for comparison: trimmed, in small letters. Odd files have two."""
    return {found.value.strip().strip('"').casefold() for found in definition.properties("TZID")}


def zones_named(components: Iterable[Component]) -> set[str]:
    """Give the TZIDs that the lines of components name, as `zone_names` does."""
    return {
        match[1].strip('"').strip().casefold()
        for component in components
        for line in component.contents
        if isinstance(line, str) and ";" in line
        for match in _TZID.finditer(line)
    }
