"""The mark by which a copy is known as OSync's (protocol 8.2, 8.5)."""

import re
from dataclasses import dataclass

from osync.ical.event import Event
from osync.ical.lines import line_name, parse_line

MARKER_NAME = "X-OSYNC"
_MARKER = re.compile(r"([a-z2-7]{26}) ([a-z2-7]{26}) (\d{1,15})\.(\d{1,15})", re.ASCII)
_RECEIVED_UID = re.compile(r"osync-[a-z2-7]{32}")


@dataclass(frozen=True, slots=True)
class Marker:
    """Which version of which shared event a copy holds."""

    share_id: str
    event_key: str
    epoch: int
    revision: int

    def __str__(self) -> str:
        return f"{self.share_id} {self.event_key} {self.epoch}.{self.revision}"


def marker_of(event: Event) -> Marker | None:
    """Read the marker of a copy; None if there is none or it is not as OSync writes it."""
    for component in event.components:
        for line in component.contents:
            found = parse_line(line) if isinstance(line, str) and line[:7].upper() == MARKER_NAME else None
            match = _MARKER.fullmatch(found.value.strip()) if found and found.name == MARKER_NAME else None
            if match is not None:
                return Marker(match[1], match[2], int(match[3]), int(match[4]))
    return None


def is_received(event: Event) -> bool:
    """Tell whether an event came from somebody: it bears a marker, even a damaged one, or a UID that OSync gives."""
    if _RECEIVED_UID.fullmatch(event.uid):
        return True
    for component in event.components:
        for line in component.contents:
            if isinstance(line, str) and line[:7].upper() == MARKER_NAME and line_name(line) == MARKER_NAME:
                return True
    return False
