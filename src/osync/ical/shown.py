"""The few words by which a person knows an event: its title and when it starts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from osync.ical.event import Event
from osync.ical.lines import unescape_text


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """A title, and the start as ISO date or date-time of its own zone, with "+00:00" if that is UTC ("" if it cannot be told)."""

    title: str
    first: str


def shown_event(event: Event | None) -> ShownEvent:
    """Give the words for an event; never raises, as lists and logs must not fail over odd events."""
    if event is None:
        return ShownEvent("", "")
    component = event.series or event.components[0]
    title = component.first("SUMMARY")
    start = component.first("DTSTART")
    return ShownEvent(unescape_text(title.value) if title else "", _iso(start.value.strip()) if start else "")


def _iso(value: str) -> str:
    try:
        if "T" not in value:
            return date.fromisoformat(value[:8]).isoformat()
        moment = datetime.strptime(value[:15], "%Y%m%dT%H%M%S")
        return (moment.replace(tzinfo=UTC) if value.endswith("Z") else moment).isoformat()
    except ValueError:
        return ""
