"""Dates, times and durations as they stand in iCalendar text, read and written (RFC 5545 sections 3.3.4 to 3.3.6)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from osync.errors import EventRefusedError
from osync.ical.content import UTC_NAME, Moment

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[Tt](\d\d)(\d\d)(\d\d)?)?([Zz]?)", re.ASCII)
_EXTENDED = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt]\d\d:\d\d(?::\d\d)?[Zz]?)?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length in two halves: `days` on the calendar, then `exact` time (RFC 5545 section 3.3.6)."""

    days: int
    exact: timedelta


def parse_moment(text: str, zone: str) -> Moment:
    """Read one DATE or DATE-TIME, in `zone` unless the text says UTC or is a date. EventRefusedError if it is neither.

    Reads the ISO form with hyphens and colons too, and a date with a Z behind it.
    """
    text = text.strip()
    if _EXTENDED.fullmatch(text):
        text = text.replace("-", "").replace(":", "")
    match = _TIME.fullmatch(text)
    if match is None:
        raise EventRefusedError("A date or time in it cannot be read.")
    year, month, day_of_month, hour, minute, second, utc = match.groups()
    try:
        day = date(int(year), int(month), int(day_of_month))
        if hour is None:
            return Moment(day)
        late = hour == "24"
        # A leap second (60) is not known to any calendar; it is the second before.
        clock = time(0 if late else int(hour), int(minute), min(int(second or "0"), 59))
        value = datetime.combine(day, clock)
        return Moment(value + timedelta(days=1) if late else value, UTC_NAME if utc else zone)
    except (ValueError, OverflowError) as error:
        raise EventRefusedError("A date or time in it does not exist.") from error


def parse_duration(text: str) -> Duration:
    """Read one DURATION. EventRefusedError if it cannot be read or is negative."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()[1:]):
        raise EventRefusedError("Its DURATION cannot be read.")
    weeks, days, hours, minutes, seconds = (int(digits or "0") for digits in match.groups()[1:])
    duration = Duration(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
    if match[1] == "-" and (duration.days or duration.exact):
        raise EventRefusedError("Its DURATION is negative.")
    return duration


def moment_text(moment: Moment) -> str:
    """Write a moment as the value of a property; its zone, unless it is UTC, belongs in the parameters."""
    value = moment.value
    if not isinstance(value, datetime):
        return f"{value.year:04}{value.month:02}{value.day:02}"
    utc = "Z" if moment.zone == UTC_NAME else ""
    return f"{value.year:04}{value.month:02}{value.day:02}T{value.hour:02}{value.minute:02}{value.second:02}{utc}"


def moment_line(name: str, moment: Moment) -> str:
    """Write a moment as a whole content line, with VALUE or TZID where it needs one."""
    if moment.is_date:
        return f"{name};VALUE=DATE:{moment_text(moment)}"
    if moment.zone in ("", UTC_NAME):
        return f"{name}:{moment_text(moment)}"
    return f"{name};TZID={moment.zone}:{moment_text(moment)}"


def utc_moment(instant: datetime) -> Moment:
    """Give an aware UTC time as a moment."""
    return Moment(instant.replace(tzinfo=None), UTC_NAME)
