"""An Outlook event as an event of OSync, without recipients; pure.

What Outlook has no field for stands in the tag of the events that OSync wrote.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from osync.errors import EventUnreadableError
from osync.ical.canonical import component_lines
from osync.ical.content import Body, EventContent, Moment, Status
from osync.ical.event import Event
from osync.ical.lines import Component, escape_text, line_name
from osync.ical.marker import MARKER_NAME
from osync.ical.texts import clean_line, clean_text
from osync.ical.zones import Zones
from osync.microsoft.appointments import Appointment, Shown, When
from osync.microsoft.constants import (
    CANCELLED_MEETINGS,
    CONFIDENTIAL,
    ELSEWHERE,
    FREE,
    NORMAL,
    OUT_OF_OFFICE,
    TENTATIVE,
)
from osync.microsoft.global_ids import uid_of_global_id
from osync.microsoft.tags import belongs
from osync.microsoft.zones import zone_of_windows

_BUSY_WORDS = {OUT_OF_OFFICE: "OOF", ELSEWHERE: "WORKINGELSEWHERE"}
_DAY = timedelta(days=1)


def uid_of(found: Appointment) -> str:
    """Give the UID of an event: that of its tag if the tag was made for it, else what its Global Object ID says, else its id.

    A copy that somebody made of a tagged event has a UID of its own, so that it is never taken for ours.
    """
    if found.tag and belongs(found.tag, found.entry_id):
        return found.tag.uid
    uid = uid_of_global_id(found.global_id) or found.entry_id
    if found.tag and uid == found.tag.uid:
        return hashlib.sha256(found.entry_id.encode()).hexdigest()
    return uid


def body_of(shown: Shown) -> Body:
    """Give what an event or instance shows. EventUnreadableError if its time zone is not known."""
    when = shown.when
    start, end = _moments(when)
    return Body(
        start=start,
        end=None if start == end else end,
        title=clean_line(shown.title),
        place=clean_line(shown.place),
        notes=clean_text(shown.notes),
        transparent=shown.busy == FREE,
    )


def _moments(when: When) -> tuple[Moment, Moment]:
    if when.whole_days:
        first = when.start.date()
        return Moment(first), Moment(max(when.end.date(), first + _DAY))
    zones = [zone_of_windows(name) for name in (when.start_zone, when.end_zone)]
    if not all(zones):
        raise EventUnreadableError("Its time zone is one that OSync does not know.")
    return Moment(when.start, zones[0]), Moment(when.end, zones[1])


def event_of(found: Appointment, content: EventContent, instances: "tuple[Shown, ...]" = ()) -> Event:
    """Give the event; `content` tells when it is, and `instances` what its overrides show, in their order."""
    uid = content.uid
    components = []
    if content.series is not None:
        lines = (*component_lines(uid, content.series, None, content), *_series_lines(found))
        components.append(Component("VEVENT", (*lines, *_alarms(found.shown.reminder))))
    for override, shown in zip(content.overrides, instances, strict=True):
        lines = (*component_lines(uid, override.body, override.instance, None), *_shared_lines(found, shown))
        components.append(Component("VEVENT", (*lines, *_alarms(shown.reminder))))
    return Event(uid, tuple(components), Zones())


def _series_lines(found: Appointment) -> Iterator[str]:
    yield from _shared_lines(found, found.shown)
    more = found.tag.more.split("\n") if found.tag and found.tag.more else []
    yield from more
    if not any(line_name(line) == "STATUS" for line in more):
        yield from _status(found)


def _shared_lines(found: Appointment, shown: Shown) -> Iterator[str]:
    """Give the lines of the series, and of its overrides too: Outlook keeps categories and sensitivity once for all."""
    if found.categories:
        yield "CATEGORIES:" + ",".join(map(escape_text, found.categories))
    if found.sensitivity != NORMAL:
        yield "CLASS:" + ("CONFIDENTIAL" if found.sensitivity == CONFIDENTIAL else "PRIVATE")
    if shown.busy in _BUSY_WORDS:
        yield "X-MICROSOFT-CDO-BUSYSTATUS:" + _BUSY_WORDS[shown.busy]
    if found.tag and found.tag.marker:
        yield f"{MARKER_NAME}:{found.tag.marker}"


def _status(found: Appointment) -> Iterator[str]:
    if found.meeting in CANCELLED_MEETINGS:
        yield f"STATUS:{Status.CANCELLED.value}"
    elif found.shown.busy == TENTATIVE:
        yield f"STATUS:{Status.TENTATIVE.value}"


def _alarms(minutes: int | None) -> Iterator[Component]:
    if minutes is not None:
        lines = ("ACTION:DISPLAY", "DESCRIPTION:Reminder", f"TRIGGER:-PT{minutes}M")
        yield Component("VALARM", lines)
