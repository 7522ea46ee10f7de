"""Text for a terminal: safe titles, readable days, aligned columns."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from osync.assembly import check_time_zone

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BREAKS = "\t\n\v\f\r\x85\u2028\u2029"
_REFUSED = ("Cc", "Cs", "Co")
# Joiners are part of Persian and Hindi words and of emoji; what else has no width hides or turns what it stands beside.
_JOINERS = "\u200c\u200d"
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def safe(text: str) -> str:
    """Give text on one line, without anything that could steer a terminal or hide what it says."""
    shown = "".join(map(_safe, text))
    if any(unicodedata.bidirectional(each) in ("R", "AL") for each in shown):
        return f"{_ISOLATE}{shown}{_END_OF_ISOLATE}"  # or it would turn around what stands beside it
    return shown


def _safe(character: str) -> str:
    if character in _BREAKS:
        return " "
    if character in _JOINERS:
        return character
    category = unicodedata.category(character)
    return "" if category == "Cf" else "�" if category in _REFUSED else character


def shown_start(first: str) -> str:
    """Give the start of an event, `first` being an ISO date or date-time, like "Tue 2026-12-01 12:00".

    The time is that of the event's own zone; one in UTC says so.
    """
    if not first:
        return ""
    day = date.fromisoformat(first[:10])
    clock = f" {first[11:16]}" if len(first) > 10 else ""
    clock += " UTC" if first.endswith("+00:00") else ""
    return f"{_DAYS[day.weekday()]} {day.isoformat()}{clock}"


def shown_time(seconds: int, zone: str) -> str:
    """Give a moment in the user's zone ("" = the system's), or "never" for 0. ConfigurationError for an unknown zone."""
    if not seconds:
        return "never"
    moment = datetime.fromtimestamp(seconds, UTC)
    if not zone:
        return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
    from zoneinfo import ZoneInfo

    check_time_zone(zone)
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def width(text: str) -> int:
    """Count the columns that a text takes: two for a wide character of East Asia, none for marks and joiners."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def table(rows: Iterable[Sequence[str]], indent: str = "  ") -> str:
    """Align rows in columns; the last column is not padded."""
    rows = [[safe(cell) for cell in row] for row in rows]
    if not rows:
        return ""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell + " " * (space - width(cell)) for cell, space in zip(row[:-1], widths[:-1], strict=True)]
        lines.append((indent + "  ".join([*cells, row[-1]])).rstrip())
    return "\n".join(lines)


def counted(number: int, thing: str) -> str:
    """Give "1 event" or "2 events"."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
