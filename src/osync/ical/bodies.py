"""One component read as a body: when it is, and as much of its texts as a view shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import UTC_NAME, Body, Moment, Status
from osync.ical.limits import NOTES_CHARACTERS, PLACE_CHARACTERS, TITLE_CHARACTERS, URL_CHARACTERS
from osync.ical.lines import Component, Property, line_name, parse_line, unescape_text
from osync.ical.meetings import leads_to_meeting, scrubbed_line, scrubbed_notes
from osync.ical.moments import parse_duration
from osync.ical.quirks.encoded_values import decoded_value
from osync.ical.quirks.html_notes import without_html
from osync.ical.quirks.whole_days import day_of_instant, is_marked_whole_day, rounded_up_to_days
from osync.ical.texts import clean_line, clean_text, cut_text, is_web_address

BUSY_TITLE = "Busy"
_TIMES = frozenset(("DTSTART", "DTEND", "DURATION"))
_TEXTS = frozenset(("SUMMARY", "LOCATION", "DESCRIPTION", "URL", "STATUS", "TRANSP"))
_WANTED = _TIMES | _TEXTS
_STARTS = frozenset(name[:2] for name in _WANTED)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class View:
    """What of a component may be seen besides its times.

    `conference` leaves join links and dial-in texts in; `as_written` leaves texts as they are and as long as they are.
    """

    title: bool = True
    place: bool = True
    notes: bool = True
    status: bool = True
    conference: bool = False
    as_written: bool = False


AS_WRITTEN = View(as_written=True)


@dataclass(frozen=True, slots=True)
class _Span:
    start: Moment
    end: Moment | None


def read_body(component: Component, clock: Clock, view: View) -> Body:
    """Read what `view` shows of a component. EventRefusedError names the property that cannot be read."""
    found: dict[str, Property] = {}
    for line in component.contents:
        if (
            isinstance(line, str)
            and line[:2].upper() in _STARTS
            and (name := line_name(line)) in _WANTED
            and name not in found
        ):
            parsed = parse_line(line)
            if parsed is not None:
                found[name] = parsed
    span = _span(component, found, clock)
    return Body(
        start=span.start,
        end=span.end,
        title=_title(found, view),
        place=_place(found, view),
        notes=_notes(found, view),
        url=_url(found, view),
        status=_status(found) if view.status else Status.CONFIRMED,
        transparent=view.status and is_transparent(found.get("TRANSP")),
    )


def read_start(component: Component, clock: Clock) -> Moment:
    """Read when a component begins."""
    found = {each.name: each for each in component.properties(*_TIMES)}
    return _span(component, found, clock).start


def is_transparent(found: Property | None) -> bool:
    """Tell whether a TRANSP property says that the time stays free."""
    return found is not None and found.value.strip().upper() == "TRANSPARENT"


def _span(component: Component, found: Mapping[str, Property], clock: Clock) -> _Span:
    if "DTSTART" not in found:
        raise EventRefusedError("Its DTSTART cannot be read.")
    start = clock.read(found["DTSTART"], found["DTSTART"].value)
    end = clock.read(found["DTEND"], found["DTEND"].value) if "DTEND" in found else None
    if end is not None and end.zone and not start.zone and not start.is_date:
        start = replace(start, zone=end.zone)
    if not start.is_date and is_marked_whole_day(component):
        marked = _as_whole_days(start, end)
        start, end = marked.start, marked.end
    if start.is_date:
        return _Span(start, _end_of_days(start, end, found.get("DURATION")))
    return _Span(start, _end_of_time(start, end, found.get("DURATION"), clock))


def _as_whole_days(start: Moment, end: Moment | None) -> _Span:
    """Turn two midnights that Outlook marked as whole days into dates; times that are no midnights stay."""
    first, last = _midnight(start), _midnight(end) if end is not None else None
    if first is None or (end is not None and last is None):
        return _Span(start, end)
    return _Span(Moment(first), Moment(last) if last is not None else None)


def _midnight(moment: Moment) -> date | None:
    if moment.zone == UTC_NAME:
        return day_of_instant(moment.time)
    return moment.day if moment.is_date or moment.time.time() == time() else None


def _end_of_days(start: Moment, end: Moment | None, duration: Property | None) -> Moment:
    """Give the day after the last; whole days last one day at least, whatever the text says."""
    first = start.day
    after = first + _DAY
    if end is not None:
        day = _midnight(end)
        after = day if day is not None else end.day + _DAY
    elif duration is not None:
        length = parse_duration(duration.value)
        after = first + rounded_up_to_days(timedelta(days=length.days) + length.exact)
    return Moment(max(after, first + _DAY))


def _end_of_time(start: Moment, end: Moment | None, duration: Property | None, clock: Clock) -> Moment | None:
    if end is None:
        if duration is None:
            return None
        length = parse_duration(duration.value)
        end = clock.later(start, length.days, length.exact)
    elif end.is_date or not end.zone or not start.zone:
        end = Moment(end.time, start.zone)
    if end == start:
        return None
    if end.zone == start.zone and end.time > start.time:
        return end
    length_in_time = clock.instant(end) - clock.instant(start)
    if length_in_time < timedelta(0):
        raise EventRefusedError("Its DTEND lies before its DTSTART.")
    return end if length_in_time else None


def _text(found: Mapping[str, Property], name: str) -> str:
    if name not in found:
        return ""
    return clean_text(unescape_text(decoded_value(found[name])))


def _title(found: Mapping[str, Property], view: View) -> str:
    return _line(_text(found, "SUMMARY"), view, TITLE_CHARACTERS) if view.title else BUSY_TITLE


def _place(found: Mapping[str, Property], view: View) -> str:
    return _line(_text(found, "LOCATION"), view, PLACE_CHARACTERS) if view.place else ""


def _line(text: str, view: View, limit: int) -> str:
    if view.as_written:
        return text
    return cut_text(text if view.conference else scrubbed_line(text), limit)


def _notes(found: Mapping[str, Property], view: View) -> str:
    if not view.notes:
        return ""
    text = _text(found, "DESCRIPTION")
    if view.as_written:
        return text
    text = without_html(text)
    return cut_text(text if view.conference else scrubbed_notes(text), NOTES_CHARACTERS)


def _url(found: Mapping[str, Property], view: View) -> str:
    """Give the web address; what is no plain http or https address, or too long, is left out, as half of it is useless."""
    if not view.notes or "URL" not in found:
        return ""
    text = decoded_value(found["URL"]).strip()
    if view.as_written:
        return clean_line(text)
    if not is_web_address(text) or len(text) > URL_CHARACTERS or (not view.conference and leads_to_meeting(text)):
        return ""
    return text


def _status(found: Mapping[str, Property]) -> Status:
    text = found["STATUS"].value.strip().upper() if "STATUS" in found else ""
    return Status(text) if text in Status.__members__ else Status.CONFIRMED
