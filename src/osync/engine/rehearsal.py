"""A copy of an installation that changes nothing: the ledger in memory, calendars and mailbox that only pretend.

A dry run is a real run on such a copy, so that what it tells is what would happen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from osync.calendars.base import Calendar, Capabilities, EventRef, StoredEvent
from osync.engine.installation import Installation
from osync.ical.event import Event
from osync.mailboxes.base import IncomingMail, Mailbox, OutgoingMail, Refusal


def rehearsal_of(installation: Installation) -> Installation:
    """Give an installation that sees the same and changes nothing."""
    return replace(
        installation,
        ledger=installation.ledger.copy_in_memory(),
        mailbox=_PretendingMailbox(installation.mailbox),
        calendar=lambda name: _PretendingCalendar(installation.calendar(name)),
    )


class _PretendingMailbox:
    """Gives the real mails, and sends and settles none."""

    def __init__(self, real: Mailbox) -> None:
        self._real = real

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Send nothing."""
        return ()

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails that are not settled."""
        return self._real.pending()

    def settle(self, handle: str) -> None:
        """Settle nothing."""


class _PretendingCalendar:
    """Gives the real events, and writes none."""

    def __init__(self, real: Calendar) -> None:
        self._real = real

    @property
    def capabilities(self) -> Capabilities:
        """Tell what the real calendar loses."""
        return self._real.capabilities

    def refs(self) -> Iterator[EventRef]:
        """List the real places."""
        return self._real.refs()

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Read the real events."""
        return self._real.read(handles)

    def create(self, event: Event) -> EventRef:
        """Write nothing."""
        return EventRef(event.uid, "rehearsed")

    def replace(self, ref: EventRef, event: Event) -> EventRef:
        """Write nothing."""
        return EventRef(ref.handle, "rehearsed")

    def delete(self, ref: EventRef) -> None:
        """Delete nothing."""
