"""Text for a terminal: safe titles, readable days, aligned columns."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def safe(text: str) -> str:
    """Give text without anything that could steer a terminal or hide what it says."""
    return "".join("�" if unicodedata.category(each) in _HIDDEN else each for each in text)


def shown_start(first: str) -> str:
    """Give the start of an event, `first` being an ISO date or date-time, like "Tue 2026-12-01 12:00"."""
    if not first:
        return ""
    day = date.fromisoformat(first[:10])
    clock = f" {first[11:16]}" if len(first) > 10 else ""
    return f"{_DAYS[day.weekday()]} {day.isoformat()}{clock}"


def shown_time(seconds: int, zone: str) -> str:
    """Give a moment in the user's zone ("" = the system's), or "never" for 0."""
    if not seconds:
        return "never"
    moment = datetime.fromtimestamp(seconds, UTC)
    local = moment.astimezone(ZoneInfo(zone)) if zone else moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}"


def width(text: str) -> int:
    """Count the columns that a text takes; East Asian wide characters take two."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


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
