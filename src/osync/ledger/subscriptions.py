"""Shares of others: invitations, subscriptions, what their owners told us, and the copies we wrote (protocol 5.4, 8.3)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from osync.ledger.database import Database, Row
from osync.model import (
    Approval,
    Delivery,
    FollowedEvent,
    Invitation,
    PrivacyLevel,
    Subscription,
    SubscriptionState,
    Trust,
    WrittenEvent,
)

_INVITATION = (
    "share_id, share_name, owner_key, owner_name, owner_address, nonce, level, encrypted, token, until, count,"
    " received_at, warning, sent_at, creator_key, delivery, list_address, approval, trust"
)
_SUBSCRIPTION = (
    "share_id, share_name, owner_key, owner_name, owner_address, sender, calendar, state, encrypted, expected,"
    " held_because, creator_key, nonce, token, level, trust, ask_at, asked_at, asks, answered_at, left_at, strangers, note,"
    " pinged"
)
_INVITATION_VALUES = attrgetter(*_INVITATION.split(", "))
_SUBSCRIPTION_VALUES = attrgetter(*_SUBSCRIPTION.split(", "))
_PROGRESS = "epoch, known, floor, damaged, newest_at, newest_epoch, newest_head, top_epoch, top_head, newest_digest"
_EVENT = "event_key, epoch, revision, count, changed_at, live, fingerprint, last_day"
_EVENT_VALUES = attrgetter(*_EVENT.split(", "))
_WRITTEN = "share_id, event_key, calendar, handle, version, epoch, revision, managed, transparency, hidden, settled"

_WRITTEN_VALUES = attrgetter(*_WRITTEN.split(", "))
_PROGRESS_VALUES = attrgetter(*_PROGRESS.split(", "))
_INTERVAL_VALUES = attrgetter("first_bucket", "end_bucket", "low", "high")
_HEARD_VALUES = attrgetter("epoch", "head", "digest", "writer", "signature")


@dataclass(frozen=True, slots=True)
class StoredProgress:
    """How far a subscription has come, without its coverage."""

    epoch: int
    known: int
    floor: date
    damaged: bool
    newest_at: int
    newest_epoch: int
    newest_head: int
    top_epoch: int
    top_head: int
    newest_digest: str


@dataclass(frozen=True, slots=True)
class CoveredInterval:
    """One row of the coverage: the revisions (low, high] of the buckets [first_bucket, end_bucket)."""

    first_bucket: int
    end_bucket: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class HeardAnnouncement:
    """What an owner announced, with his signature over it."""

    epoch: int
    head: int
    digest: str
    writer: str
    signature: str


@dataclass(frozen=True, slots=True)
class FollowedText:
    """A followed event, its text, and the number of the mail that brought it.

    `occurrences` are the starts of its next occurrences that the owner named, seconds since 1970; `held` says why this
    event alone waits for the user.
    """

    event: FollowedEvent
    text: str
    mail: int
    occurrences: tuple[int, ...] = ()
    held: str = ""


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """How many copies a calendar shows, and how many are to be deleted and to be added."""

    shown: int
    deleted: int
    new: int


class Subscriptions:
    """Invitations and subscriptions, with the events and copies that belong to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def invitations(self) -> list[Invitation]:
        """Give the invitations that were not answered, oldest first."""
        rows = self._database.rows(f"SELECT {_INVITATION} FROM invitation ORDER BY received_at, share_id")
        return [_invitation(row) for row in rows]

    def put_invitation(self, invitation: Invitation) -> None:
        """Add an invitation, or refresh the one of the same share and key."""
        row = _INVITATION_VALUES(invitation)
        self._database.execute(f"REPLACE INTO invitation ({_INVITATION}) VALUES ({_marks(row)})", *row)

    def drop_invitation(self, share_id: str, owner_key: bytes) -> None:
        """Forget an invitation."""
        self._database.execute("DELETE FROM invitation WHERE share_id = ? AND owner_key = ?", share_id, owner_key)

    def all(self) -> list[Subscription]:
        """Give every subscription by sender, ended ones too."""
        rows = self._database.rows(f"SELECT {_SUBSCRIPTION} FROM subscription ORDER BY sender, share_id")
        return [_subscription(row) for row in rows]

    def get(self, share_id: str) -> Subscription | None:
        """Give the subscription to this share."""
        row = self._database.row(f"SELECT {_SUBSCRIPTION} FROM subscription WHERE share_id = ?", share_id)
        return _subscription(row) if row else None

    def is_owner(self, public_key: bytes) -> bool:
        """Tell whether this key belongs to the owner of a share that we accepted."""
        return self._database.row("SELECT 1 FROM subscription WHERE owner_key = ? LIMIT 1", public_key) is not None

    def put(self, subscription: Subscription) -> None:
        """Add a subscription or replace what its owner and the user decided; how far it has come stays."""
        row = _SUBSCRIPTION_VALUES(subscription)
        names = _SUBSCRIPTION.split(", ")
        kept = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        self._database.execute(
            f"INSERT INTO subscription ({_SUBSCRIPTION}, {_PROGRESS}) VALUES ({_marks(row)}, 0, 0, '', 0, 0, 0, 0, 0, 0, '')"
            f" ON CONFLICT DO UPDATE SET {kept}",
            *row,
        )

    def progress(self, share_id: str) -> StoredProgress:
        """Tell how far a subscription has come."""
        row = self._database.row(f"SELECT {_PROGRESS} FROM subscription WHERE share_id = ?", share_id)
        epoch, known, floor, damaged, *rest = row or (0, 0, "", 0, 0, 0, 0, 0, 0, "")
        return StoredProgress(epoch, known, date.fromisoformat(floor) if floor else date.min, bool(damaged), *rest)

    def put_progress(self, share_id: str, progress: StoredProgress) -> None:
        """Record how far a subscription has come."""
        names = " = ?, ".join(_PROGRESS.split(", ")) + " = ?"
        epoch, known, floor, *rest = _PROGRESS_VALUES(progress)
        self._database.execute(
            f"UPDATE subscription SET {names} WHERE share_id = ?", epoch, known, floor.isoformat(), *rest, share_id
        )

    def coverage(self, share_id: str) -> list[CoveredInterval]:
        """Give the covered intervals by bucket and revision."""
        sql = "SELECT first_bucket, end_bucket, low, high FROM coverage WHERE share_id = ? ORDER BY first_bucket, low"
        return [CoveredInterval(*row) for row in self._database.rows(sql, share_id)]

    def put_coverage(self, share_id: str, intervals: Iterable[CoveredInterval]) -> None:
        """Replace the covered intervals."""
        self._database.execute("DELETE FROM coverage WHERE share_id = ?", share_id)
        self._database.execute_many(
            "INSERT INTO coverage (share_id, first_bucket, end_bucket, low, high) VALUES (?, ?, ?, ?, ?)",
            [(share_id, *_INTERVAL_VALUES(interval)) for interval in intervals],
        )

    def announcements(self, share_id: str) -> list[HeardAnnouncement]:
        """Give what the owner announced, oldest first."""
        sql = "SELECT epoch, head, digest, writer, signature FROM announcement WHERE share_id = ?"
        sql += " ORDER BY heard_at, epoch, head"
        return [HeardAnnouncement(*row) for row in self._database.rows(sql, share_id)]

    def put_announcement(self, share_id: str, heard: HeardAnnouncement, heard_at: int, *, keep: int) -> None:
        """Record an announcement; only the newest `keep` and the highest one stay."""
        self._database.execute(
            "REPLACE INTO announcement (share_id, epoch, head, digest, writer, signature, heard_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            share_id, *_HEARD_VALUES(heard), heard_at,
        )  # fmt: skip
        self._database.execute(
            "DELETE FROM announcement WHERE share_id = ?1 AND (epoch, head) NOT IN (SELECT epoch, head FROM announcement"
            " WHERE share_id = ?1 ORDER BY heard_at DESC, epoch DESC, head DESC LIMIT ?2) AND (epoch, head) NOT IN"
            " (SELECT epoch, head FROM announcement WHERE share_id = ?1 ORDER BY epoch DESC, head DESC LIMIT 1)",
            share_id, keep,
        )  # fmt: skip

    def followed(self, share_id: str) -> dict[str, FollowedEvent]:
        """Give what we hold of a share, tombstones too, by event key."""
        rows = self._database.rows(f"SELECT {_EVENT} FROM followed WHERE share_id = ?", share_id)
        return {row[0]: _event(row) for row in rows}

    def settled_tombstones(self, share_id: str) -> dict[str, FollowedEvent]:
        """Give the deleted events of a share that no calendar waits for, by event key."""
        sql = f"SELECT {_EVENT} FROM followed WHERE share_id = ? AND live = 0 AND waiting = 0"
        return {row[0]: _event(row) for row in self._database.rows(sql, share_id)}

    def live_count(self, share_id: str) -> int:
        """Count the events that the owner shares now, as far as we heard."""
        row = self._database.row("SELECT count(*) FROM followed WHERE share_id = ? AND live = 1", share_id)
        return int(row[0]) if row else 0

    def followed_text(self, share_id: str, event_key: str) -> FollowedText | None:
        """Give one event with its text."""
        sql = f"SELECT {_EVENT}, text, mail, occurrences, held FROM followed WHERE share_id = ? AND event_key = ?"
        row = self._database.row(sql, share_id, event_key)
        if row is None:
            return None
        *event, text, mail, occurrences, held = row
        return FollowedText(_event(tuple(event)), text, mail, tuple(map(int, occurrences.split())), held)

    def put_followed(self, share_id: str, events: Iterable[FollowedText]) -> None:
        """Record newer versions of events; each waits for its calendar from now on."""
        self._database.execute_many(
            f"REPLACE INTO followed (share_id, {_EVENT}, text, mail, occurrences, waiting) VALUES ({','.join('?' * 13)})",
            (
                (share_id, *_EVENT_VALUES(each.event), each.text, each.mail, " ".join(map(str, each.occurrences)), 1)
                for each in events
            ),
        )

    def forget_followed(self, share_id: str, event_keys: Iterable[str]) -> None:
        """Forget tombstones that are covered, and events below the floor, that no calendar waits for."""
        self._database.execute_many(
            "DELETE FROM followed WHERE share_id = ? AND event_key = ?", [(share_id, key) for key in event_keys]
        )

    def waiting(self, share_id: str) -> list[str]:
        """Give the keys of the events that the calendar does not show yet, sorted."""
        sql = "SELECT event_key FROM followed WHERE share_id = ? AND waiting = 1 ORDER BY event_key"
        return [key for (key,) in self._database.rows(sql, share_id)]

    def waiting_counts(self, share_id: str) -> WaitingCounts:
        """Count what the calendar shows of a share, and what waits to be deleted from it or to be added."""
        shown = self._database.row("SELECT count(*) FROM written WHERE share_id = ? AND hidden = 0", share_id)
        waiting = {
            (bool(live), bool(is_shown)): int(count)
            for live, is_shown, count in self._database.rows(
                "SELECT followed.live, written.event_key IS NOT NULL, count(*) FROM followed LEFT JOIN written"
                " ON written.share_id = followed.share_id AND written.event_key = followed.event_key"
                " AND written.hidden = 0 WHERE followed.share_id = ? AND followed.waiting = 1 GROUP BY 1, 2",
                share_id,
            )
        }
        return WaitingCounts(
            int(shown[0]) if shown else 0, waiting.get((False, True), 0), waiting.get((True, False), 0)
        )

    def set_waiting(self, share_id: str, event_keys: Iterable[str], *, waiting: bool) -> None:
        """Mark events as to be written, or as written."""
        self._database.execute_many(
            "UPDATE followed SET waiting = ?, held = '' WHERE share_id = ? AND event_key = ?",
            [(waiting, share_id, key) for key in event_keys],
        )

    def hold(self, share_id: str, event_key: str, because: str) -> None:
        """Let one waiting event wait for the user."""
        sql = "UPDATE followed SET held = ? WHERE share_id = ? AND event_key = ?"
        self._database.execute(sql, because, share_id, event_key)

    def held_events(self, share_id: str) -> dict[str, str]:
        """Give the events that wait for the user one by one: why, by event key."""
        sql = (
            "SELECT event_key, held FROM followed WHERE share_id = ? AND held != '' AND waiting = 1 ORDER BY event_key"
        )
        return dict(self._database.rows(sql, share_id))

    def zones(self, share_id: str) -> dict[str, str]:
        """Give the zone definitions that travel with a share, by name."""
        rows = self._database.rows("SELECT name, text FROM zone WHERE share_id = ?", share_id)
        return dict(rows)

    def put_zone(self, share_id: str, name: str, text: str) -> None:
        """Record a zone definition; the same one a second time changes nothing."""
        self._database.execute("REPLACE INTO zone (share_id, name, text) VALUES (?, ?, ?)", share_id, name, text)

    def written(self, share_id: str, event_key: str) -> WrittenEvent | None:
        """Give the copy that we wrote of an event."""
        sql = f"SELECT {_WRITTEN} FROM written WHERE share_id = ? AND event_key = ?"
        row = self._database.row(sql, share_id, event_key)
        return _written(row) if row else None

    def all_written(self, share_id: str) -> Iterator[WrittenEvent]:
        """Give every copy that we wrote of a share."""
        rows = self._database.rows(f"SELECT {_WRITTEN} FROM written WHERE share_id = ? ORDER BY event_key", share_id)
        return (_written(row) for row in rows)

    def written_handles(self, calendar: str) -> set[str]:
        """Give the handles of all copies that we wrote into `calendar`."""
        sql = "SELECT handle FROM written WHERE calendar = ? AND handle != ''"
        return {handle for (handle,) in self._database.rows(sql, calendar)}

    def put_written(self, copies: Iterable[WrittenEvent]) -> None:
        """Record copies that were written or are about to be."""
        self._database.execute_many(
            f"REPLACE INTO written ({_WRITTEN}) VALUES ({','.join('?' * 11)})",
            (_WRITTEN_VALUES(copy) for copy in copies),
        )

    def write_again(self, calendar: str, states: Collection[SubscriptionState]) -> int:
        """Forget where the copies in `calendar` lie, and let their events wait; give how many. What is hidden stays hidden."""
        marks = ",".join("?" * len(states))
        ours = (
            "calendar = ? AND hidden = 0 AND handle != ''"
            f" AND share_id IN (SELECT share_id FROM subscription WHERE state IN ({marks}))"
        )
        self._database.execute(
            "UPDATE followed SET waiting = 1, held = '' WHERE live = 1 AND (share_id, event_key) IN"
            f" (SELECT share_id, event_key FROM written WHERE {ours})",
            calendar,
            *states,
        )
        counted = self._database.row(f"SELECT count(*) FROM written WHERE {ours}", calendar, *states)
        self._database.execute(f"UPDATE written SET handle = '', version = '' WHERE {ours}", calendar, *states)
        return int(counted[0]) if counted else 0

    def write_elsewhere(self, share_id: str, calendar: str) -> int:
        """Let the copies of a share be written to another calendar; give how many. What is hidden stays hidden."""
        shown = "SELECT event_key FROM written WHERE share_id = ?1 AND hidden = 0 AND handle != ''"
        counted = self._database.row(f"SELECT count(*) FROM ({shown})", share_id)
        self._database.execute(
            f"UPDATE followed SET waiting = 1, held = '' WHERE share_id = ?1 AND live = 1 AND event_key IN ({shown})",
            share_id,
        )
        self._database.execute(
            "UPDATE written SET calendar = ?2, handle = '', version = '' WHERE share_id = ?1", share_id, calendar
        )
        return int(counted[0]) if counted else 0

    def release_written(self, share_id: str, event_keys: Iterable[str]) -> None:
        """Forget copies of events that left the share by their age: they are the user's own. What is hidden stays hidden."""
        self._database.execute_many(
            "DELETE FROM written WHERE share_id = ? AND event_key = ? AND hidden = 0",
            [(share_id, key) for key in event_keys],
        )

    def drop_written(self, share_id: str, event_keys: Iterable[str]) -> None:
        """Forget copies: from now on they are the user's own."""
        self._database.execute_many(
            "DELETE FROM written WHERE share_id = ? AND event_key = ?", [(share_id, key) for key in event_keys]
        )


def _marks(row: Row) -> str:
    return ",".join("?" * len(row))


def _invitation(row: Row) -> Invitation:
    share, name, key, owner, address, nonce, level, encrypted, *rest = row
    token, until, count, received_at, warning, sent_at, creator, delivery, list_address, approval, trust = rest
    return Invitation(
        share, name, key, owner, address, nonce, PrivacyLevel(level), bool(encrypted), token, until, count, received_at,
        warning, sent_at, creator, Delivery(delivery), list_address, Approval(approval), Trust(trust),
    )  # fmt: skip


def _subscription(row: Row) -> Subscription:
    found = dict(zip(_SUBSCRIPTION.split(", "), row, strict=True))
    found |= {"encrypted": bool(found["encrypted"]), "pinged": bool(found["pinged"])}
    found |= {"level": PrivacyLevel(found["level"]), "trust": Trust(found["trust"])}
    return Subscription(**found | {"state": SubscriptionState(found["state"])})


def _event(row: Row) -> FollowedEvent:
    key, epoch, revision, count, changed_at, live, fingerprint, last_day = row
    return FollowedEvent(key, epoch, revision, count, changed_at, bool(live), fingerprint, last_day)


def _written(row: Row) -> WrittenEvent:
    found = dict(zip(_WRITTEN.split(", "), row, strict=True))
    return WrittenEvent(**found | {"hidden": bool(found["hidden"])})
