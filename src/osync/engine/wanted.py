"""Gather what a subscription wants to see in its calendar, and what lies there now (protocol 8.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from osync.calendars.base import Calendar, StoredEvent
from osync.ical.copy import marker_of
from osync.ledger.ledger import Ledger
from osync.ledger.subscriptions import FollowedText
from osync.message.identity import derived_uid, public_identity
from osync.model import Subscription, WrittenEvent
from osync.sync.arrive import Found


@dataclass(frozen=True, slots=True)
class Wanted:
    """One event that waits for its calendar, what we wrote of it, and what lies there now."""

    followed: FollowedText
    uid: str
    written: WrittenEvent | None
    stored: StoredEvent | None
    found: Found

    @property
    def key(self) -> str:
        """The event key."""
        return self.followed.event.event_key

    @property
    def live(self) -> bool:
        """Tell whether the owner still shares it."""
        return self.followed.event.live

    @property
    def settled(self) -> bool:
        """Tell whether the owner says what was decided upon before, and the copy there is none of a later version.

        A new epoch tells everything again, and a ledger that was restored may know less than the calendar.
        """
        event = self.stored.event if self.stored else None
        marker = marker_of(event) if event else None
        if not (self.written and marker and self.written.settled == self.followed.event.fingerprint):
            return False
        return (marker.epoch, marker.revision) <= (self.written.epoch, self.written.revision)


def wanted_events(
    ledger: Ledger, calendar: Calendar, subscription: Subscription, keys: Sequence[str]
) -> Iterator[Wanted]:
    """Give what is wanted for `keys`; the calendar is asked once for all of them."""
    owner = public_identity(subscription.creator_key)
    rows = {key: ledger.subscriptions.written(subscription.share_id, key) for key in keys}
    stored: dict[str, list[StoredEvent]] = {}
    for each in calendar.read([row.handle for row in rows.values() if row and row.handle and not row.hidden]):
        stored.setdefault(each.ref.handle, []).append(each)
    every: dict[str, list[StoredEvent]] | None = None
    for key in keys:
        followed = ledger.subscriptions.followed_text(subscription.share_id, key)
        if followed is None:
            continue
        row = rows[key]
        uid = derived_uid(owner, subscription.share_id, key)
        there = stored.get(row.handle, []) if row and row.handle else []
        if (row and row.is_lost) or (not followed.event.live and _never_recorded(row)):
            every = _by_uid(calendar) if every is None else every
            there = every.get(uid, [])
        found = recognised(calendar, subscription.share_id, key, uid, there)
        yield Wanted(followed, uid, row, there[0] if there else None, found)


def recognised(calendar: Calendar, share_id: str, event_key: str, uid: str, stored: Sequence[StoredEvent]) -> Found:
    """Tell whether what lies at one place is the copy of this event: by UID and marker, which must not disagree."""
    if not stored:
        return Found.NOTHING
    if len(stored) > 1:
        return Found.FOREIGN
    event = stored[0].event
    if event is None:
        return Found.UNREADABLE if stored[0].problem else Found.NOTHING
    marker = marker_of(event)
    if marker and (marker.share_id, marker.event_key) != (share_id, event_key):
        return Found.FOREIGN
    if calendar.capabilities.keeps_uid and event.uid != uid:
        return Found.FOREIGN
    return Found.OURS if marker or event.uid == uid else Found.FOREIGN


def _never_recorded(row: WrittenEvent | None) -> bool:
    """Tell whether a copy may lie somewhere all the same: a run was killed, or the ledger came from a backup."""
    return row is None or (not row.version and not row.hidden)


def _by_uid(calendar: Calendar) -> dict[str, list[StoredEvent]]:
    """Read the whole calendar, for copies whose place is not known; rare, and once for all of them."""
    found: dict[str, list[StoredEvent]] = {}
    for stored in calendar.read([ref.handle for ref in calendar.refs()]):
        if stored.event:
            found.setdefault(stored.event.uid, []).append(stored)
    return found
