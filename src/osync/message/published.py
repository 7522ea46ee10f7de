"""Events as .ics files that any calendar program opens (RFC 5546 sections 3.2.1 and 3.2.5, protocol 1).

One UID a file, METHOD:PUBLISH or CANCEL; ORGANIZER exactly once and never an ATTENDEE, so that nobody is asked to reply.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from osync.ical.canonical import STAMP, component_lines
from osync.ical.content import UTC_NAME, Body, EventContent, Moment, Status, moments_of
from osync.ical.event import PRODID
from osync.ical.lines import Component, escape_text, write
from osync.ical.texts import clean_line
from osync.ical.zone_years import USUAL
from osync.ical.zones import write_zone, zone_definition
from osync.message.mime_writing import written_sender
from osync.message.news import Kind, Telling
from osync.message.news_words import UNTITLED
from osync.message.occurrences import ToldEvent

WHOLE_FILE = "calendar.ics"
_HEAD = ("VERSION:2.0", f"PRODID:{PRODID}", "CALSCALE:GREGORIAN")
_SLUG_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who publishes: the owner of the share."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One attachment; `method` is PUBLISH or CANCEL."""

    name: str
    method: str
    content: bytes

    @property
    def content_type(self) -> str:
        """Give the MIME type without the name."""
        return f"text/calendar; charset=utf-8; method={self.method}"


@dataclass(frozen=True, slots=True)
class Published:
    """An event with the number and time of its revision."""

    telling: Telling
    told: ToldEvent


def event_file(telling: Telling, told: ToldEvent, kind: Kind, organizer: Organizer, name: str) -> PublishedFile:
    """Write one event as a file called `name`: as it is now, or that it is cancelled."""
    cancelled = kind is Kind.CANCELLED
    method = "CANCEL" if cancelled else "PUBLISH"
    head = (*_HEAD, f"METHOD:{method}")
    content = _cancelled(told.content) if cancelled else told.content
    components = _components(content, telling, organizer)
    return PublishedFile(name, method, write(Component("VCALENDAR", (*head, *_zones([content]), *components))))


def calendar_file(events: Sequence[Published], calendar: str, organizer: Organizer) -> PublishedFile:
    """Write all events into one file, for a calendar of its own that is called `calendar`."""
    title = escape_text(clean_line(calendar))
    head = (*_HEAD, "METHOD:PUBLISH", f"NAME:{title}", f"X-WR-CALNAME:{title}")
    zones = _zones([each.told.content for each in events])
    components = (part for each in events for part in _components(each.told.content, each.telling, organizer))
    return PublishedFile(WHOLE_FILE, "PUBLISH", write(Component("VCALENDAR", (*head, *zones, *components))))


def file_name(told: ToldEvent, kind: Kind, taken: Sequence[str]) -> str:
    """Make a name by which a person knows the file, in ASCII, and not one of `taken`."""
    plain = unicodedata.normalize("NFKD", told.body.title.replace("ß", "ss")).encode("ascii", "ignore").decode()
    words = "".join(character if character.isalnum() else " " for character in plain.lower()).split()
    slug = "-".join(words)[:_SLUG_CHARACTERS].strip("-") or "event"
    cancelled = "cancelled-" if kind is Kind.CANCELLED else ""
    name = stem = f"{cancelled}{told.body.start.day.isoformat()}-{slug}"
    number = 1
    while f"{name}.ics" in taken:
        number += 1
        name = f"{stem}-{number}"
    return f"{name}.ics"


def _components(content: EventContent, telling: Telling, organizer: Organizer) -> Iterator[Component]:
    if content.series is not None:
        yield _component(content.uid, content.series, None, content, telling, organizer)
    for override in content.overrides:
        yield _component(content.uid, override.body, override.instance, None, telling, organizer)


def _component(
    uid: str, body: Body, instance: Moment | None, series: EventContent | None, telling: Telling, organizer: Organizer
) -> Component:
    # PUBLISH demands a SUMMARY (RFC 5546 section 3.2.1).
    named = body if body.title else replace(body, title=UNTITLED)
    stamp = datetime.fromtimestamp(telling.changed_at, UTC).strftime("%Y%m%dT%H%M%SZ")
    version = (f"DTSTAMP:{stamp}", f"LAST-MODIFIED:{stamp}", f"SEQUENCE:{max(0, telling.count - 1)}")
    lines = [f"ORGANIZER;CN={_quoted(organizer.name)}:mailto:{written_sender(organizer.address)}"]
    for line in component_lines(uid, named, instance, series):
        lines.extend(version if line == STAMP else (line,))
    return Component("VEVENT", (*lines[1:], lines[0]))


def _quoted(name: str) -> str:
    clean = clean_line(name).replace('"', "'").replace("^", "")
    return f'"{clean}"'


def _cancelled(content: EventContent) -> EventContent:
    """Give what says that an event does not take place: the whole series at once, or each of its single dates."""
    if content.series is None:
        overrides = tuple(replace(each, body=_only_its_name(each.body)) for each in content.overrides)
        return replace(content, overrides=overrides)
    return EventContent(content.uid, _only_its_name(content.series), zones=content.zones)


def _only_its_name(body: Body) -> Body:
    return replace(body, notes="", url="", status=Status.CANCELLED)


def _zones(contents: Sequence[EventContent]) -> list[Component]:
    """Give the definitions of all zones that are named, one each; RFC 5546 demands them in every object."""
    private = {zone.name: zone for content in contents for zone in content.zones}
    years: dict[str, list[int]] = {}
    for content in contents:
        for moment in moments_of(content):
            if moment.zone not in ("", UTC_NAME):
                years.setdefault(moment.zone, []).append(moment.day.year)
        if content.rule is not None and content.series is not None and content.series.start.zone in years:
            years[content.series.start.zone].append(USUAL.last)
    return [
        zone_definition(private[name]) if name in private else write_zone(name, min(found), max(found))
        for name, found in sorted(years.items())
    ]
