"""The one text of an event that travels in a share, written and strictly read back (protocol 6.4).

A change of an event is a change of the fingerprint of this text, and nothing else is.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from osync.errors import EventRefusedError
from osync.ical.content import UTC_NAME, Body, EventContent, Moment, Override, Rule, Status, moments_of
from osync.ical.limits import TEXT_BYTES, check_content
from osync.ical.lines import Component, Property, escape_text, parse, unescape_text
from osync.ical.moments import moment_line, parse_moment
from osync.ical.reading import in_order
from osync.ical.rules import parse_rule, rule_text
from osync.ical.texts import clean_text, is_web_address
from osync.ical.zones import ZoneText, is_iana_name, zone_definition

SHARE_PRODID = "-//OSync//share 1//EN"
_DERIVED_UID = re.compile(r"osync-[a-z2-7]{32}")
STAMP = "DTSTAMP:19700101T000000Z"
_ONCE = frozenset(
    (
        "UID",
        "RECURRENCE-ID",
        "DTSTART",
        "DTEND",
        "RRULE",
        "SUMMARY",
        "LOCATION",
        "DESCRIPTION",
        "URL",
        "STATUS",
        "TRANSP",
    )
)


def canonical_text(content: EventContent) -> str:
    """Write the content of an event, lines separated and ended by line feeds, unfolded."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:" + SHARE_PRODID]
    if content.series is not None:
        lines.append("BEGIN:VEVENT")
        lines.extend(component_lines(content.uid, content.series, None, content))
        lines.append("END:VEVENT")
    for override in content.overrides:
        lines.append("BEGIN:VEVENT")
        lines.extend(component_lines(content.uid, override.body, override.instance, None))
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR\n")
    return "\n".join(lines)


def component_lines(uid: str, body: Body, instance: Moment | None, series: EventContent | None) -> Iterator[str]:
    """Give the lines of one component in their order; `series` is the content whose rule and lists belong to it, if any."""
    yield "UID:" + uid
    if instance is not None:
        yield moment_line("RECURRENCE-ID", instance)
    yield STAMP
    yield moment_line("DTSTART", body.start)
    if body.end is not None:
        yield moment_line("DTEND", body.end)
    if series is not None:
        if series.rule is not None:
            yield "RRULE:" + rule_text(series.rule)
        yield from (moment_line("RDATE", moment) for moment in series.additions)
        yield from (moment_line("EXDATE", moment) for moment in series.exclusions)
    yield from _text_lines(body)


def _text_lines(body: Body) -> Iterator[str]:
    if body.title:
        yield "SUMMARY:" + escape_text(body.title)
    if body.place:
        yield "LOCATION:" + escape_text(body.place)
    if body.notes:
        yield "DESCRIPTION:" + escape_text(body.notes)
    if body.url:
        yield "URL:" + body.url
    if body.status is not Status.CONFIRMED:
        yield "STATUS:" + body.status.value
    # Programs do not agree what a whole day without TRANSP means, so it is always said.
    if body.transparent or body.start.is_date:
        yield "TRANSP:" + ("TRANSPARENT" if body.transparent else "OPAQUE")


def fingerprint(text: str) -> str:
    """Give the SHA-256 of a canonical text as hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def rebuild(text: str, zones: Iterable[ZoneText]) -> EventContent:
    """Read a received text strictly: only what the format knows, within its limits; nothing is expanded.

    `zones` are the definitions that travelled with it. Unknown properties, parameters and components are left out, so
    that a newer OSync may send them. EventRefusedError names what is wrong; nothing else is raised, whatever the text is.
    """
    try:
        components = [_Received.of(inner) for inner in _calendar(text).components("VEVENT")]
        content = _content(components)
    except (OverflowError, ValueError) as error:
        raise EventRefusedError("A value in it is beyond what a calendar can hold.") from error
    known = {zone.name: zone for zone in zones}
    names = {moment.zone for moment in moments_of(content)} - {"", UTC_NAME}
    if not all(name in known or is_iana_name(name) for name in names):
        raise EventRefusedError("It names a time zone that is neither known nor sent along.")
    content = replace(content, zones=tuple(known[name] for name in sorted(names & known.keys())))
    check_content(content)
    for zone in content.zones:
        zone_definition(zone)
    return content


@dataclass(frozen=True, slots=True)
class _Received:
    """The properties of one received VEVENT that the format knows: those that stand there once, and its two lists."""

    once: Mapping[str, Property]
    additions: tuple[Property, ...]
    exclusions: tuple[Property, ...]

    @staticmethod
    def of(component: Component) -> "_Received":
        once: dict[str, Property] = {}
        for found in component.properties(*_ONCE):
            if found.name in once:
                raise EventRefusedError(f"It has {found.name} twice.")
            once[found.name] = found
        return _Received(once, tuple(component.properties("RDATE")), tuple(component.properties("EXDATE")))

    def value(self, name: str) -> str:
        """Give the value of a property as written, "" if it is not there."""
        return self.once[name].value if name in self.once else ""

    def text(self, name: str) -> str:
        """Give the value of a text property, clean."""
        return clean_text(unescape_text(self.value(name)))


def _calendar(text: str) -> Component:
    # A lone surrogate can come out of JSON and would stop every later step that encodes.
    if len(text) > TEXT_BYTES or len(text.encode(errors="replace")) > TEXT_BYTES:
        raise EventRefusedError(f"Its text has more than {TEXT_BYTES} bytes.")
    calendars = parse(text).components
    if len(calendars) != 1 or calendars[0].name != "VCALENDAR":
        raise EventRefusedError("Its text is not one VCALENDAR.")
    if not calendars[0].closed or not all(inner.closed for inner in calendars[0].components()):
        raise EventRefusedError("Its text is cut off.")
    return calendars[0]


def _content(components: Sequence[_Received]) -> EventContent:
    series = [each for each in components if "RECURRENCE-ID" not in each.once]
    if not components or len(series) > 1:
        raise EventRefusedError("It has no VEVENT, or two for the same instance.")
    uid = components[0].value("UID")
    if not _DERIVED_UID.fullmatch(uid) or any(each.value("UID") != uid for each in components):
        raise EventRefusedError("Its UID is not one that OSync gives.")
    body = _body(series[0]) if series else None
    overrides = [
        Override(_moment(each.once["RECURRENCE-ID"]), _body(each))
        for each in components
        if "RECURRENCE-ID" in each.once
    ]
    if len({override.instance for override in overrides}) < len(overrides):
        raise EventRefusedError("It has two overrides for the same instance.")
    content = EventContent(
        uid=uid,
        series=body,
        rule=_rule(series[0].value("RRULE"), body.start) if body and "RRULE" in series[0].once else None,
        additions=in_order(_moment(found) for found in series[0].additions) if body else (),
        exclusions=in_order(_moment(found) for found in series[0].exclusions) if body else (),
        overrides=tuple(overrides),
    )
    named = [*content.additions, *content.exclusions, *(override.instance for override in overrides)]
    if body and any(moment.is_date != body.start.is_date for moment in named):
        raise EventRefusedError("It mixes dates and times among the instances of its series.")
    return content


def _body(received: _Received) -> Body:
    if "DTSTART" not in received.once:
        raise EventRefusedError("It has no DTSTART.")
    start = _moment(received.once["DTSTART"])
    end = _moment(received.once["DTEND"]) if "DTEND" in received.once else None
    if end is not None and end.is_date != start.is_date:
        raise EventRefusedError("It begins with a date and ends with a time, or the other way round.")
    if end is None and start.is_date:
        end = Moment(start.day + timedelta(days=1))
    url, status = received.value("URL"), received.value("STATUS")
    return Body(
        start=start,
        end=end,
        title=received.text("SUMMARY"),
        place=received.text("LOCATION"),
        notes=received.text("DESCRIPTION"),
        url=url if is_web_address(url) else "",
        status=Status(status) if status in Status.__members__ else Status.CONFIRMED,
        transparent=received.value("TRANSP") == "TRANSPARENT",
    )


def _moment(found: Property) -> Moment:
    moment = parse_moment(found.value, found.parameter("TZID") or "")
    if moment.is_date != (found.parameter("VALUE") == "DATE"):
        raise EventRefusedError(f"Its {found.name} says DATE and holds a time, or the other way round.")
    return moment


def _rule(text: str, start: Moment) -> Rule:
    found = parse_rule(text)
    if not found.until:
        return found.rule
    until = parse_moment(found.until, "")
    if until.is_date != start.is_date or bool(until.zone) != bool(start.zone):
        raise EventRefusedError("The UNTIL of its rule does not go with its DTSTART.")
    return replace(found.rule, until=until)
