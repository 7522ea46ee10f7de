"""The time zones of one calendar object: its own definitions, IANA names, Windows names and what programs show for them.

Nothing is remembered between calendar objects: the same object gives the same answers, whatever was read before.
"""

import enum
import functools
import hashlib
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime

from osync.errors import EventRefusedError
from osync.ical.lines import Component, Property, parse
from osync.ical.zone_agreement import agrees
from osync.ical.zone_names import iana_name, is_iana_name
from osync.ical.zone_rules import ZoneTable, zone_table
from osync.ical.zone_writing import write_zone
from osync.ical.zone_years import USUAL, Years

__all__ = [
    "PRIVATE_PREFIX",
    "Zone",
    "ZoneSource",
    "ZoneText",
    "Zones",
    "is_iana_name",
    "travelling_zone",
    "write_zone",
    "zone_definition",
]

PRIVATE_PREFIX = "X-OSYNC-"
MAX_ZONE_BYTES = 8 * 1024
_KEPT_ONCE = ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
_KEPT = ("RRULE", "RDATE")


class ZoneSource(enum.StrEnum):
    """How a zone was found."""

    DEFINITION = "its definition in the calendar"
    NAME = "its name"
    DEFAULT = "the default zone of the calendar"


@dataclass(frozen=True, slots=True)
class ZoneText:
    """A definition as it travels: a VTIMEZONE with LF line ends, and the name made of it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A resolved zone: `name` is an IANA name, or "" if only `definition` says what it is.

    `warning` is a sentence if the answer may not be what the writer meant.
    """

    name: str
    definition: Component | None
    source: ZoneSource
    warning: str = ""

    def to_utc(self, local: datetime) -> datetime:
        """Give the instant (aware UTC) of a naive local time.

        A time that the clock shows twice is the first one; a time that it skips counts with the offset before the gap
        (RFC 5545 section 3.3.5).
        """
        if self.name:
            return local.replace(tzinfo=zoneinfo.ZoneInfo(self.name), fold=0).astimezone(UTC)
        return self._table.to_utc(local)

    def to_local(self, instant: datetime) -> datetime:
        """Give the naive local time of an aware instant."""
        if self.name:
            return instant.astimezone(zoneinfo.ZoneInfo(self.name)).replace(tzinfo=None, fold=0)
        return self._table.to_local(instant)

    @property
    def _table(self) -> ZoneTable:
        table = zone_table(self.definition) if self.definition else None
        if table is None:
            raise EventRefusedError("Its time zone has no definition that can be understood.")
        return table


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of one calendar object; `default` is what the object says of itself (X-WR-TIMEZONE), or None.

    `years` are those in which a definition is held against the zone that it names.
    """

    definitions: tuple[Component, ...] = ()
    default: str | None = None
    years: Years = USUAL

    def resolve(self, tzid: str) -> Zone:
        """Find the zone that the object calls `tzid`.

        Its own definition counts first; if it says what the IANA zone of that name says, that name is given. Then the name
        itself: IANA, Windows, or as programs show it. Then the default zone of the object, with a warning.
        Raises EventRefusedError if none of them is known: a time zone is never guessed silently.
        """
        definition = self._definition(tzid)
        if definition is not None:
            return _defined(definition, tzid, self.years)
        name = iana_name(tzid)
        if name:
            return Zone(name, None, ZoneSource.NAME)
        default = iana_name(self.default) if self.default else ""
        if default:
            warning = f"The time zone {tzid!r} is not known; {default}, the default of its calendar, was used."
            return Zone(default, None, ZoneSource.DEFAULT, warning)
        raise EventRefusedError(f"Its time zone {tzid[:80]!r} is not known and not defined.")

    def _definition(self, tzid: str) -> Component | None:
        for each in self.definitions:
            if tzid in _names(each) and zone_table(each) is not None:
                return each
        wanted = _bare(tzid)
        usable = (each for each in self.definitions if wanted in map(_bare, _names(each)))
        return next((each for each in usable if zone_table(each) is not None), None)


def _bare(tzid: str) -> str:
    return tzid.strip().strip('"').strip()


def _names(definition: Component) -> list[str]:
    return [found.value for found in definition.properties("TZID")]


@functools.lru_cache(maxsize=1024)
def _defined(definition: Component, tzid: str, years: Years) -> Zone:
    """Decide what a definition means: the IANA zone that it names, if it says the same, else only itself."""
    location = definition.first("X-LIC-LOCATION")
    meant = [name for name in (iana_name(tzid), iana_name(location.value) if location else "") if name]
    for name in meant:
        if agrees(definition, name, years):
            return Zone(name, definition, ZoneSource.DEFINITION)
    warning = ""
    if meant:
        warning = f"The calendar defines {tzid!r} differently from {meant[0]}; its own definition was used."
    return Zone("", definition, ZoneSource.DEFINITION, warning)


@functools.lru_cache(maxsize=256)
def travelling_zone(definition: Component) -> ZoneText:
    """Give a definition as it travels: only what the times depend on, under a name made of its content.

    EventRefusedError if it is too long or cannot be understood.
    """
    if zone_table(definition) is None:
        raise EventRefusedError("Its time zone has no definition that can be understood.")
    blocks = "".join(sorted(_block(each) for each in definition.components("STANDARD", "DAYLIGHT")))
    # A lone surrogate, which a document can hold, cannot be written.
    blocks = blocks.encode(errors="replace").decode()
    name = PRIVATE_PREFIX + hashlib.sha256(blocks.encode()).hexdigest()[:16].upper()
    text = f"BEGIN:VTIMEZONE\nTZID:{name}\n{blocks}END:VTIMEZONE\n"
    if len(text.encode()) > MAX_ZONE_BYTES:
        raise EventRefusedError("The definition of its time zone is too long.")
    return ZoneText(name, text)


def _block(observance: Component) -> str:
    # Of what may stand there once only the first counts, also where a broken file has more.
    kept = [*filter(None, map(observance.first, _KEPT_ONCE)), *observance.properties(*_KEPT)]
    lines = sorted(f"{found.name}:{_bare_value(found)}\n" for found in kept)
    return f"BEGIN:{observance.name}\n{''.join(lines)}END:{observance.name}\n"


def _bare_value(found: Property) -> str:
    """Give what counts of a value: a rule's own parts, and of periods the first half, though programs write more."""
    value = found.value.strip().upper()
    if found.name != "RRULE":
        return ",".join(part.partition("/")[0] for part in value.split(","))
    parts = dict(part.split("=", 1) for part in value.split(";") if "=" in part)
    return ";".join(f"{name}={part}" for name, part in parts.items() if name != "WKST")


def zone_definition(zone: ZoneText) -> Component:
    """Read a definition that travelled. EventRefusedError if it is not what `travelling_zone` writes under that name."""
    found = next(parse(zone.text[: MAX_ZONE_BYTES + 1]).components.__iter__(), None)
    if found is None or found.name != "VTIMEZONE" or travelling_zone(found) != zone:
        raise EventRefusedError("The definition of its time zone does not belong to its name.")
    return found
