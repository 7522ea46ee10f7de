"""The recurrence of an Outlook event, read off Outlook's object and told as OSync tells it."""

from dataclasses import dataclass

from osync.ical.content import EventContent
from osync.microsoft.appointments import Appointment, Shown
from osync.microsoft.com import Com
from osync.microsoft.event_reading import body_of, uid_of


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says, and what Outlook shows of each of its overrides, in their order."""

    content: EventContent
    instances: tuple[Shown, ...] = ()


def read_series(_event: Com, found: Appointment) -> Told:
    """Read when an event is. Asking for the pattern of an event that has none would make it a series."""
    return Told(EventContent(uid_of(found), body_of(found.shown)))
