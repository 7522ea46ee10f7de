"""What else stands in a calendar text besides events, which writing one event in its place would lose."""

import re

from osync.ical.lines import read

_PERHAPS_FOREIGN = re.compile(rb"BEGIN:(?!VCALENDAR|VEVENT|VTIMEZONE|VALARM|STANDARD|DAYLIGHT)")


def holds_more_than_events(content: bytes) -> bool:
    """Tell whether a text holds tasks or the like."""
    if not _PERHAPS_FOREIGN.search(content.replace(b"\0", b"").upper()):
        return False
    calendars = read(content).components
    return any(part.name not in ("VEVENT", "VTIMEZONE") for calendar in calendars for part in calendar.components())
