"""What an Outlook event says, as plain values: read off Outlook's object, and free of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from osync.errors import OutlookRefusedError
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import MASTER
from osync.microsoft.tags import MORE_FIELD, NOTE_FIELD, UID_FIELD, Tag, read_tag
from osync.microsoft.zones import UTC_ZONE, first_of_two

NO_DATE_YEAR = 4500
"""From this year on a date of Outlook means none."""


@dataclass(frozen=True, slots=True)
class When:
    """When an event is: clocks on the wall of two zones, which have Windows' names. Whole days are midnights."""

    start: datetime
    start_zone: str
    end: datetime
    end_zone: str
    whole_days: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What an event, or one instance of a series, shows."""

    when: When
    title: str
    place: str
    notes: str
    busy: int
    reminder: int | None
    """Minutes before the start, None for no reminder."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One event of Outlook without its recurrence. `global_id` is hexadecimal, "" where Outlook gave none."""

    entry_id: str
    global_id: str
    shown: Shown
    sensitivity: int
    categories: tuple[str, ...]
    meeting: int
    tag: Tag | None


def read_appointment(event: Com, is_same: Callable[[str, str], bool], separator: str) -> Appointment:
    """Read an event; ids that differ in bytes may be the same to Outlook (`is_same`), and `separator` stands between categories.

    OutlookRefusedError, with reason "damaged" for an event whose times cannot be read.
    """
    entry_id = str(event.get("EntryID"))
    tag = tag_of(event)
    if tag and tag.bound_to not in ("", entry_id) and is_same(tag.bound_to, entry_id):
        tag = replace(tag, bound_to=entry_id)
    return Appointment(
        entry_id=entry_id,
        global_id=_text_or_none(event, "GlobalAppointmentID"),
        shown=read_shown(event),
        sensitivity=int(event.get("Sensitivity")),
        categories=split_categories(str(event.get("Categories") or ""), separator),
        meeting=int(event.get("MeetingStatus")),
        tag=tag,
    )


def read_shown(event: Com) -> Shown:
    """Read what an event or one instance shows; recipients are never asked for."""
    return Shown(
        when=read_when(event),
        title=str(event.get("Subject") or ""),
        place=str(event.get("Location") or ""),
        notes=str(event.get("Body") or "").replace("\r\n", "\n").replace("\r", "\n"),
        busy=int(event.get("BusyStatus")),
        reminder=int(event.get("ReminderMinutesBeforeStart")) if event.get("ReminderSet") else None,
    )


def read_when(event: Com) -> When:
    """Read when an event is: in UTC where a zone has no name ("Customized Time Zone"), or where the clock was set back and shows it again."""
    whole_days = bool(event.get("AllDayEvent"))
    zones = [_zone(event, name) for name in ("StartTimeZone", "EndTimeZone")]
    if whole_days:
        start, end = _whole_days(event, zones[0])
    else:
        start = wall_clock(event.get("StartInStartTimeZone" if zones[0] else "StartUTC"))
        end = wall_clock(event.get("EndInEndTimeZone" if zones[1] else "EndUTC"))
        if _shows_again(event, start, zones[0], "StartUTC") or _shows_again(event, end, zones[1], "EndUTC"):
            start, end, zones = wall_clock(event.get("StartUTC")), wall_clock(event.get("EndUTC")), ["", ""]
    return When(start, zones[0] or UTC_ZONE, end, zones[1] or UTC_ZONE, whole_days)


def _shows_again(event: Com, wall: datetime, zone: str, name_in_utc: str) -> bool:
    """Tell whether a clock was set back and shows this for the second time. A series goes by the clock all the same."""
    first = first_of_two(wall, zone)
    return (
        first is not None
        and wall_clock(event.get(name_in_utc)) != first
        and int(event.get("RecurrenceState")) != MASTER
    )


def _whole_days(event: Com, zone: str) -> tuple[datetime, datetime]:
    """Give the midnights of whole days: made in another zone, they would look shifted in that of this computer."""
    names = ("StartInStartTimeZone", "EndInEndTimeZone") if zone else ("Start", "End")
    start, end = (wall_clock(event.get(name)) for name in names)
    if (start.hour, start.minute, end.hour, end.minute) != (0, 0, 0, 0):
        start, end = (wall_clock(event.get(name)) for name in ("Start", "End"))
    return start, end


def _zone(event: Com, name: str) -> str:
    """Give Windows' name of a zone, "" where there is none."""
    try:
        zone = event.get(name)
        return str(zone.get("ID") or "") if isinstance(zone, Com) else ""
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY):
            raise
        return ""


def _text_or_none(event: Com, name: str) -> str:
    try:
        return str(event.get(name) or "")
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY, Reason.DENIED):
            raise
        return ""


def split_categories(text: str, separator: str) -> tuple[str, ...]:
    """Give the categories of an event: no name has a comma or semicolon; another `separator` counts if a blank follows.

    Windows has some such regions (Persian: "؛"), and lets its user choose any. Outlook puts a blank behind it.
    """
    bare = separator.strip()
    if bare not in ("", ",", ";"):
        text = text.replace(f"{bare} ", ",")
    return tuple(name for part in text.replace(";", ",").split(",") if (name := part.strip()))


def tag_of(event: Com) -> Tag | None:
    """Read the tag of an event."""
    uid, note, more = (_field(event, name) for name in (UID_FIELD, NOTE_FIELD, MORE_FIELD))
    return read_tag(uid, note, more)


def _field(event: Com, name: str) -> str:
    found = event.get("UserProperties").call("Find", name)
    return str(found.get("Value") or "") if isinstance(found, Com) else ""


def numbered(collection: Com) -> Iterator[Com]:
    """Give the members of a collection, one at a time, the first as number 1."""
    for number in range(1, int(collection.get("Count")) + 1):
        yield collection.call("Item", number)
