"""What it means that a server did not take an event: which of the reasons of RFC 4791 section 5.3.2.1 it was."""

import enum

from osync.webdav.messages import Answer
from osync.webdav.xml import CALDAV, DAV, conditions_of

# The second one (RFC 6638 section 3.2.4.1): Cyrus wants a UID to be alone in all calendars of an account.
UID_CONFLICTS = frozenset((CALDAV + "no-uid-conflict", CALDAV + "unique-scheduling-object-resource"))
_NOT_ALLOWED = DAV + "need-privileges"
_ABOUT_THE_EVENT = frozenset(
    CALDAV + name
    for name in (
        "valid-calendar-data",
        "valid-calendar-object-resource",
        "supported-calendar-data",
        "supported-calendar-component",
        "max-resource-size",
        "min-date-time",
        "max-date-time",
        "max-instances",
        "max-attendees-per-instance",
        "valid-timezone",
    )
)


class Reason(enum.StrEnum):
    """Why a server did not take an event."""

    UID_TAKEN = "another event has its UID"
    CHANGED = "what is there is not what the request meant"
    EVENT = "this event cannot be held"
    GONE = "nothing is there"
    OTHER = "anything else"


def reason_of(answer: Answer) -> Reason:
    """Tell why an event was not taken."""
    named = conditions_of(answer.body).keys()
    if named & UID_CONFLICTS:
        return Reason.UID_TAKEN
    if named & _ABOUT_THE_EVENT or answer.status in (400, 413, 415, 422):
        return Reason.EVENT
    if answer.status in (409, 412) and _NOT_ALLOWED not in named:
        return Reason.CHANGED
    return Reason.GONE if answer.status in (404, 410) else Reason.OTHER
