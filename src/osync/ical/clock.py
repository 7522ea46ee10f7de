"""The zones of one event under the names by which they travel: IANA names, or a name made of the definition (protocol 6.3)."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from osync.errors import EventRefusedError
from osync.ical.content import UTC_NAME, Moment
from osync.ical.lines import Property
from osync.ical.moments import parse_moment, utc_moment
from osync.ical.quirks.whole_days import day_of_instant
from osync.ical.zones import Zone, Zones, ZoneText, travelling_zone

_MIDNIGHT = time()
_NAMES_OF_UTC = frozenset(
    ("UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal", "GMT", "Etc/GMT", "Z")
)


class Clock:
    """Read and convert the times of one event. EventRefusedError if a zone cannot be told."""

    __slots__ = ("_default", "_names", "_texts", "_zones", "_zones_by_name")

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._names: dict[str, str] = {}
        self._zones_by_name: dict[str, Zone] = {}
        self._texts: dict[str, ZoneText] = {}
        self._default = self._name_of_default()

    def read(self, found: Property, text: str) -> Moment:
        """Read one value of a DTSTART, DTEND, RECURRENCE-ID, RDATE or EXDATE with the parameters of its property.

        A time without a zone counts in the default zone of its calendar object (X-WR-TIMEZONE), if there is one.
        """
        moment = parse_moment(text, "")
        if moment.is_date:
            return moment
        # Kopano writes VALUE=DATE:20210226T000000Z; a time that is no midnight shows that the parameter is wrong.
        if moment.time.time() == _MIDNIGHT and (found.parameter("VALUE") or "").strip().upper() == "DATE":
            return Moment(moment.day)
        if moment.zone:
            return moment
        tzid = found.parameter("TZID")
        if tzid is not None and not tzid.strip():
            # The quotes around the name do not close; to go on without it would move the event.
            raise EventRefusedError(f"The time zone of its {found.name} cannot be read.")
        zone = self.name_of(tzid) if tzid else self._default
        return Moment(moment.value, zone) if zone else moment

    def _name_of_default(self) -> str:
        try:
            return self.name_of(self._zones.default) if self._zones.default else ""
        except EventRefusedError:
            return ""

    def name_of(self, tzid: str) -> str:
        """Give the name under which the zone that a text calls `tzid` travels."""
        name = self._names.get(tzid)
        if name is None:
            name = self._names[tzid] = self._travelling_name(tzid)
        return name

    def _travelling_name(self, tzid: str) -> str:
        if tzid in _NAMES_OF_UTC and not self._zones.definitions:
            return UTC_NAME
        zone = self._zones.resolve(tzid)
        name = zone.name
        if name in _NAMES_OF_UTC:
            return UTC_NAME
        if not name and zone.definition is not None:
            text = travelling_zone(zone.definition)
            name = text.name
            self._texts[name] = text
        self._zones_by_name[name] = zone
        return name

    def texts_for(self, names: frozenset[str]) -> tuple[ZoneText, ...]:
        """Give the definitions, by name, of those of `names` that have no IANA name."""
        return tuple(self._texts[name] for name in sorted(names & self._texts.keys()))

    def instant(self, moment: Moment) -> datetime:
        """Give a moment as naive UTC time; a date and a floating time count as if they were UTC."""
        if moment.zone in ("", UTC_NAME):
            return moment.time
        return self._zone(moment.zone).to_utc(moment.time).replace(tzinfo=None)

    def in_zone(self, instant: datetime, name: str) -> Moment:
        """Give naive UTC time as a moment in the zone `name`, or in UTC where that clock shows the same time twice."""
        if name == UTC_NAME:
            return Moment(instant, UTC_NAME)
        zone = self._zone(name)
        aware = instant.replace(tzinfo=UTC)
        local = zone.to_local(aware)
        return Moment(local, name) if zone.to_utc(local) == aware else utc_moment(aware)

    def _zone(self, name: str) -> Zone:
        zone = self._zones_by_name.get(name)
        if zone is None:
            zone = self._zones_by_name[name] = self._zones.resolve(name)
        return zone

    def later(self, moment: Moment, days: int, exact: timedelta) -> Moment:
        """Add days on the calendar, then exact time (RFC 5545 section 3.3.6)."""
        moved = replace(moment, value=moment.value + timedelta(days=days))
        if not exact or moved.is_date:
            return moved
        if moved.zone in ("", UTC_NAME):
            return replace(moved, value=moved.value + exact)
        return self.in_zone(self.instant(moved) + exact, moved.zone)

    def aligned(self, moment: Moment, start: Moment) -> Moment:
        """Bring a moment that names an instance into the form of the start of its series, without moving it in time.

        A date among times means the instance of that day; a time among dates means its day.
        """
        if start.is_date:
            if moment.is_date:
                return moment
            return Moment(day_of_instant(moment.time) if moment.zone == UTC_NAME else moment.day)
        if moment.is_date:
            return Moment(datetime.combine(moment.day, start.time.time()), start.zone)
        if moment.zone == start.zone:
            return moment
        if not moment.zone or not start.zone:
            return replace(moment, zone=start.zone)
        return self.in_zone(self.instant(moment), start.zone)
