"""Shares that we own: what the subscribers were told, and who they are (protocol 5.2, 7.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from osync.ledger.database import Database, Row
from osync.model import (
    Approval,
    Carrier,
    Delivery,
    PrivacyLevel,
    PublishedEvent,
    Share,
    ShareState,
    Subscriber,
    SubscriberState,
    Trust,
)

_SHARE = (
    "share_id, name, calendar, category, level, notes, state, nonce, key, writer, epoch, head, sent, collected,"
    " floor, unread, creator_key, approval, delivery, list_address, encrypted, verified_only, carrier, broadcast_at,"
    " note"
)
_EVENT = "event_key, source_uid, part, revision, count, live, fingerprint, title, first, last_day, changed_at"
_EVENT_VALUES = attrgetter(*_EVENT.split(", "))
_SUBSCRIBER = (
    "share_id, address, name, public_key, state, token, token_until, counter, wants_snapshot, wants_after, device,"
    " trust, max_bytes, confirmed_epoch, confirmed_revision, confirmed_at, snapshot_at, answers, answered_on, ended_at,"
    " bounces, bounced_at, note, pinged_at, pings, plain, told"
)
_SUBSCRIBER_VALUES = attrgetter(*_SUBSCRIBER.split(", "))


@dataclass(frozen=True, slots=True)
class PublishedText:
    """A published event and the text that travels, and the starts of its next occurrences in seconds since 1970."""

    event: PublishedEvent
    text: str
    occurrences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldText:
    """What subscribers without OSync were last told about an event, and the number of its revisions then."""

    event_key: str
    text: str
    count: int


class Shares:
    """Shares that we own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Share]:
        """Give every share by name, stopped ones too."""
        return [_share(row) for row in self._database.rows(f"SELECT {_SHARE} FROM share ORDER BY name")]

    def named(self, name: str) -> Share | None:
        """Give the share called `name`."""
        row = self._database.row(f"SELECT {_SHARE} FROM share WHERE name = ?", name)
        return _share(row) if row else None

    def get(self, share_id: str) -> Share | None:
        """Give the share with this id."""
        row = self._database.row(f"SELECT {_SHARE} FROM share WHERE share_id = ?", share_id)
        return _share(row) if row else None

    def waiting_to_be_told(self) -> list[Share]:
        """Give the open shares with revisions that were not broadcast, by name."""
        sql = f"SELECT {_SHARE} FROM share WHERE head > sent AND state = 'open' ORDER BY name"
        return [_share(row) for row in self._database.rows(sql)]

    def untold_count(self, share_id: str, sent: int) -> int:
        """Count the events with a revision above `sent`."""
        row = self._database.row("SELECT count(*) FROM published WHERE share_id = ? AND revision > ?", share_id, sent)
        return int(row[0]) if row else 0

    def put(self, share: Share) -> None:
        """Add a share or replace what is known of it."""
        row = (
            share.share_id, share.name, share.calendar, share.category, share.level.value, share.notes,
            share.state.value, share.nonce, share.key, share.writer, share.epoch, share.head, share.sent,
            share.collected, share.floor.isoformat(), share.unread, share.creator_key, share.approval.value,
            share.delivery.value, share.list_address, share.encrypted, share.verified_only, share.carrier.value, share.broadcast_at,
            share.note,
        )  # fmt: skip
        self._database.execute(f"REPLACE INTO share ({_SHARE}) VALUES ({_marks(row)})", *row)

    def published_from(self, share_id: str, source_uids: Iterable[str]) -> dict[str, list[PublishedEvent]]:
        """Give what was published from each of `source_uids`; a UID never published is left out."""
        wanted = set(source_uids)
        found: dict[str, list[PublishedEvent]] = {}
        for event in self._published_rows(share_id, wanted):
            if event.source_uid in wanted:
                found.setdefault(event.source_uid, []).append(event)
        return found

    def _published_rows(self, share_id: str, wanted: set[str]) -> Iterator[PublishedEvent]:
        if len(wanted) > 500:
            yield from self._events(f"SELECT {_EVENT} FROM published WHERE share_id = ?", share_id)
            return
        for uid in sorted(wanted):
            yield from self._events(
                f"SELECT {_EVENT} FROM published WHERE share_id = ? AND source_uid = ?", share_id, uid
            )

    def live_count(self, share_id: str, floor: date) -> int:
        """Count the live events that end on `floor` or later."""
        sql = "SELECT count(*) FROM published WHERE share_id = ? AND live = 1 AND (last_day = '' OR last_day >= ?)"
        row = self._database.row(sql, share_id, floor.isoformat())
        return int(row[0]) if row else 0

    def digest_lines(self, share_id: str, floor: date) -> Iterator[Row]:
        """Give (event key, fingerprint) of each live event at `floor`, sorted by key (protocol 5.3)."""
        return self._database.rows(
            "SELECT event_key, fingerprint FROM published INDEXED BY published_digest"
            " WHERE share_id = ? AND live = 1 AND (last_day = '' OR last_day >= ?) ORDER BY event_key",
            share_id, floor.isoformat(),
        )  # fmt: skip

    def texts_between(self, share_id: str, after: int, through: int) -> Iterator[PublishedText]:
        """Give the events with a revision in (after, through], tombstones too, by revision."""
        sql = f"SELECT {_EVENT}, text, occurrences FROM published WHERE share_id = ? AND revision > ? AND revision <= ?"
        for row in self._database.rows(sql + " ORDER BY revision", share_id, after, through):
            yield _published(row)

    def live_texts(self, share_id: str, floor: date) -> Iterator[PublishedText]:
        """Give the live events at `floor`, by key: the content of a snapshot."""
        sql = f"SELECT {_EVENT}, text, occurrences FROM published WHERE share_id = ? AND live = 1"
        sql += " AND (last_day = '' OR last_day >= ?) ORDER BY event_key"
        for row in self._database.rows(sql, share_id, floor.isoformat()):
            yield _published(row)

    def _events(self, sql: str, *arguments: object) -> Iterator[PublishedEvent]:
        return (_event(row) for row in self._database.rows(sql, *arguments))

    def put_events(self, share_id: str, events: Iterable[PublishedText]) -> None:
        """Record new versions of events."""
        self._database.execute_many(
            f"REPLACE INTO published (share_id, {_EVENT}, text, occurrences) VALUES ({','.join('?' * 14)})",
            (
                (share_id, *_EVENT_VALUES(each.event), each.text, " ".join(map(str, each.occurrences)))
                for each in events
            ),
        )

    def told(self, share_id: str) -> dict[str, ToldText]:
        """Give what subscribers without OSync were last told about each event, by key."""
        sql = "SELECT event_key, text, count FROM told WHERE share_id = ?"
        return {row[0]: ToldText(*row) for row in self._database.rows(sql, share_id)}

    def put_told(self, share_id: str, texts: Iterable[ToldText], forgotten: Iterable[str]) -> None:
        """Record what they were told now, and forget the events with the keys `forgotten`."""
        self._database.execute_many(
            "DELETE FROM told WHERE share_id = ? AND event_key = ?", [(share_id, key) for key in forgotten]
        )
        self._database.execute_many(
            "REPLACE INTO told (share_id, event_key, text, count) VALUES (?, ?, ?, ?)",
            [(share_id, each.event_key, each.text, each.count) for each in texts],
        )

    def put_journal(self, share_id: str, epoch: int, head: int, digest: str) -> None:
        """Record what is about to be announced; the same announcement a second time changes nothing."""
        self._database.execute(
            "INSERT OR IGNORE INTO journal (share_id, epoch, head, digest) VALUES (?, ?, ?, ?)",
            share_id, epoch, head, digest,
        )  # fmt: skip

    def journal_digest(self, share_id: str, epoch: int, head: int) -> str:
        """Give the digest that was announced for a place, "" if nothing ever was."""
        sql = "SELECT digest FROM journal WHERE share_id = ? AND epoch = ? AND head = ?"
        row = self._database.row(sql, share_id, epoch, head)
        return str(row[0]) if row else ""

    def epochs_since(self, share_id: str, since: int) -> int:
        """Count the epochs that began at `since` or later, without the first one of the share."""
        sql = (
            "SELECT count(DISTINCT epoch) FROM journal WHERE share_id = ?1 AND epoch >= ?2"
            " AND epoch > (SELECT min(epoch) FROM journal WHERE share_id = ?1)"
        )
        row = self._database.row(sql, share_id, since)
        return int(row[0]) if row else 0

    def forget_published(self, share_id: str) -> None:
        """Forget what the subscribers of a share were told, because another ledger told them since."""
        self._database.execute("DELETE FROM published WHERE share_id = ?", share_id)

    def begin_epoch(self, share_id: str, floor: date) -> int:
        """Forget the tombstones and number the live events 1, 2, … by key; give the last number (protocol 5.2).

        Events that ended before `floor` are forgotten, because they left the shared set.
        """
        self._database.execute(
            "DELETE FROM published WHERE share_id = ? AND (live = 0 OR (last_day != '' AND last_day < ?))",
            share_id, floor.isoformat(),
        )  # fmt: skip
        sql = "SELECT event_key FROM published WHERE share_id = ? ORDER BY event_key"
        keys = [key for (key,) in self._database.rows(sql, share_id)]
        self._database.execute_many(
            "UPDATE published SET revision = ? WHERE share_id = ? AND event_key = ?",
            [(number, share_id, key) for number, key in enumerate(keys, start=1)],
        )
        return len(keys)

    def collect_tombstones(self, share_id: str, before: int, through: int) -> int:
        """Forget tombstones made before the time `before` with a revision up to `through`; give the highest one, 0 for none."""
        condition = "share_id = ? AND live = 0 AND changed_at < ? AND revision <= ?"
        row = self._database.row(f"SELECT max(revision) FROM published WHERE {condition}", share_id, before, through)
        self._database.execute(f"DELETE FROM published WHERE {condition}", share_id, before, through)
        return int(row[0] or 0) if row else 0

    def subscribers(self, share_id: str) -> list[Subscriber]:
        """Give everybody the share was ever offered to, by address; one person several times if they have several keys."""
        sql = f"SELECT {_SUBSCRIBER} FROM subscriber WHERE share_id = ? ORDER BY address, public_key"
        return [_subscriber(row) for row in self._database.rows(sql, share_id)]

    def subscriber_with_key(self, share_id: str, public_key: bytes) -> Subscriber | None:
        """Give the subscriber of a share who has this key."""
        sql = f"SELECT {_SUBSCRIBER} FROM subscriber WHERE share_id = ? AND public_key = ?"
        row = self._database.row(sql, share_id, public_key) if public_key else None
        return _subscriber(row) if row else None

    def owes(self, share_id: str) -> bool:
        """Tell whether a subscriber waits for a snapshot or an answer."""
        sql = (
            "SELECT 1 FROM subscriber WHERE share_id = ? AND (((wants_snapshot = 1 OR wants_after >= 0)"
            " AND state = 'active') OR (state = 'plain' AND told = 0)) LIMIT 1"
        )
        return self._database.row(sql, share_id) is not None

    def with_token(self, token: bytes) -> list[Subscriber]:
        """Give the invitations, and the people without OSync, that a token was made for."""
        sql = f"SELECT {_SUBSCRIBER} FROM subscriber WHERE token = ? AND token != x'' AND public_key = x''"
        return [_subscriber(row) for row in self._database.rows(sql, token)]

    def is_subscriber(self, public_key: bytes) -> bool:
        """Tell whether this key belongs to anybody who ever accepted a share of ours."""
        return self._database.row("SELECT 1 FROM subscriber WHERE public_key = ? LIMIT 1", public_key) is not None

    def key_of(self, address: str) -> bytes:
        """Give the key that `address`, in whatever case, accepted a share with; empty if it never did."""
        sql = "SELECT address, public_key FROM subscriber WHERE public_key != x'' AND state = 'active'"
        folded = address.casefold()
        return next((bytes(key) for known, key in self._database.rows(sql) if known.casefold() == folded), b"")

    def put_subscriber(self, subscriber: Subscriber) -> None:
        """Add a subscriber or replace what is known of this key of theirs."""
        row = _SUBSCRIBER_VALUES(subscriber)
        self._database.execute(f"REPLACE INTO subscriber ({_SUBSCRIBER}) VALUES ({_marks(row)})", *row)

    def drop_subscriber(self, subscriber: Subscriber) -> None:
        """Forget this key of a person, or the invitation of one without a key."""
        self._database.execute(
            "DELETE FROM subscriber WHERE share_id = ? AND address = ? AND public_key = ?",
            subscriber.share_id, subscriber.address, subscriber.public_key,
        )  # fmt: skip


def _marks(row: Row) -> str:
    return ",".join("?" * len(row))


def _share(row: Row) -> Share:
    share_id, name, calendar, category, level, notes, state, *rest = row
    nonce, key, writer, epoch, head, sent, collected, floor, unread, creator, approval, delivery, *rest = rest
    address, encrypted, verified_only, carrier, broadcast_at, note = rest
    return Share(
        share_id, name, calendar, category, PrivacyLevel(level), bool(notes), ShareState(state), nonce, key, writer,
        epoch, head, sent, collected, date.fromisoformat(floor), bool(unread), creator, Approval(approval),
        Delivery(delivery), address, bool(encrypted), bool(verified_only), Carrier(carrier), broadcast_at, note,
    )  # fmt: skip


def _event(row: Row) -> PublishedEvent:
    key, uid, part, revision, count, live, fingerprint, title, first, last_day, changed_at = row
    return PublishedEvent(key, uid, part, revision, count, bool(live), fingerprint, title, first, last_day, changed_at)


def _published(row: Row) -> PublishedText:
    *event, text, occurrences = row
    return PublishedText(_event(tuple(event)), text, tuple(map(int, occurrences.split())))


def _subscriber(row: Row) -> Subscriber:
    found = dict(zip(_SUBSCRIBER.split(", "), row, strict=True))
    found |= {name: bool(found[name]) for name in ("wants_snapshot", "plain", "told")}
    found |= {"state": SubscriberState(found["state"]), "trust": Trust(found["trust"])}
    return Subscriber(**found)
