"""Turn the new revisions of a share into updates and snapshots for its subscribers (protocol 5.2, 6.2).

Everything here happens inside the transaction that recorded the revisions.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from osync.engine.audience import Audience, audiences
from osync.engine.installation import Installation, Run
from osync.engine.outbox import Manner, Readable, common_fields, put_message
from osync.engine.pacing import may_answer_today, may_broadcast
from osync.engine.report import Report
from osync.errors import MessageTooLargeError
from osync.ical.zones import PRIVATE_PREFIX, ZoneText
from osync.ledger.shares import PublishedText
from osync.message.mail import MAX_INLINE_BLOB_BYTES
from osync.message.manifest import (
    BUCKETS,
    MAX_EVENTS,
    MAX_ZONES,
    Announcement,
    EventRevision,
    Snapshot,
    Update,
    announcement_bytes,
    bucket_of,
    share_digest,
)
from osync.model import NOTHING_OWED, Carrier, Share, Subscriber, SubscriberState, Trust

_TEXT_CHARACTERS = 4_000_000
_MANY_ASK_THE_SAME = 3
_ZONE_NAME = re.compile(re.escape(PRIVATE_PREFIX) + r"[0-9A-Fa-f]+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Events that fit into one message, with the numbers that bound it: revisions or buckets, low excluded or included."""

    low: int
    high: int
    events: tuple[PublishedText, ...]


def broadcast(installation: Installation, run: Run, report: Report, share: Share) -> None:
    """Put into the outbox what the subscribers of a share have not been told, and note that they were told.

    Who joins gets the whole share, who asked gets what they asked for, everybody else what is new when its time has come.
    What somebody is owed and has asked for too often today stays owed.
    """
    shares = installation.ledger.shares
    everybody = shares.subscribers(share.share_id)
    active = [each for each in everybody if _gets_mail(share, each)]
    readers = [each for each in everybody if each.state is SubscriberState.PLAIN]
    others = [each for each in active if each.wants_after == NOTHING_OWED and not each.wants_snapshot]
    waiting = [each for each in active if each not in others]
    owed = [each for each in waiting if may_answer_today(installation, each.address, share.share_id)]
    joining = [each for each in owed if each.wants_snapshot]
    asking = [each for each in owed if not each.wants_snapshot]
    has_news = bool(others or readers) and may_broadcast(installation, share)
    readable = None
    if readers or (has_news and not share.encrypted):
        # Late, because few shares have people without OSync.
        from osync.engine.plain import readable_of, tell_plain_subscribers

        readable = readable_of(tell_plain_subscribers(installation, run, report, share, has_news=has_news))
    if joining or asking or (others and has_news):
        sender = _Sender(installation, run, report, share)
        if others and has_news:
            sender.send_updates(others, share.sent, together=True, asked=False, readable=readable)
        for after in sorted({each.wants_after for each in asking}):
            alike = [each for each in asking if each.wants_after == after]
            sender.send_updates(alike, after, together=len(alike) >= _MANY_ASK_THE_SAME, asked=True)
        if joining:
            sender.send_snapshot(joining)
    for each in joining:
        snapshot = replace(each, wants_snapshot=False, wants_after=NOTHING_OWED, snapshot_at=installation.now)
        shares.put_subscriber(snapshot)
    for each in asking:
        shares.put_subscriber(replace(each, wants_after=NOTHING_OWED))
    if has_news:
        shares.put(replace(share, sent=share.head, broadcast_at=installation.now))
    elif share.head > share.sent and not others and not readers:
        shares.put(replace(share, sent=share.head))


def _gets_mail(share: Share, subscriber: Subscriber) -> bool:
    trusted = subscriber.trust is Trust.VERIFIED or not share.verified_only
    return subscriber.state is SubscriberState.ACTIVE and trusted


class _Sender:
    """Makes the messages about one share as it is now."""

    def __init__(self, installation: Installation, run: Run, report: Report, share: Share) -> None:
        self._installation = installation
        self._run = run
        self._report = report
        self._share = share
        self._zones = installation.ledger.subscriptions.zones(share.share_id)
        self._announcement = _announce(installation, share)
        self._live = installation.ledger.shares.live_count(share.share_id, share.floor)

    def send_updates(
        self,
        subscribers: Sequence[Subscriber],
        after: int,
        *,
        together: bool,
        asked: bool,
        readable: Readable | None = None,
    ) -> None:
        """Send the revisions above `after`, in as many mails as they need; at least one, which tells the head.

        `together` lets a mailing list carry them; `asked` tells that the subscribers asked for it. The first mail says what
        is `readable`.
        """
        share = self._share
        groups = list(audiences(share, subscribers, together=together))
        texts = list(self._installation.ledger.shares.texts_between(share.share_id, after, share.head))
        low = after
        for chunk, last in _with_last(list(self._chunks(texts))):
            high = share.head if last else chunk[-1].event.revision
            for audience in groups:
                manner = self._manner(audience, readable, automatic=asked)
                self._send(audience, _Piece(low, high, chunk), self._update, manner)
            low, readable = high, None

    def send_snapshot(self, subscribers: Sequence[Subscriber]) -> None:
        """Send all live events, cut between buckets, directly to each."""
        share = self._share
        groups = list(audiences(share, subscribers, together=False))
        texts = list(self._installation.ledger.shares.live_texts(share.share_id, share.floor))
        texts.sort(key=lambda text: (bucket_of(text.event.event_key), text.event.event_key))
        low = 0
        for chunk, last in _with_last(list(self._chunks(texts, bucketed=True))):
            high = BUCKETS if last else bucket_of(chunk[-1].event.event_key) + 1
            for audience in groups:
                manner = self._manner(audience, None, automatic=True)
                self._send(audience, _Piece(low, high, chunk), self._snapshot, manner)
            low = high

    def _manner(self, audience: Audience, readable: Readable | None, *, automatic: bool) -> Manner:
        """Give how mails of this share are sent; in the text of a mail there is less room."""
        carrier = self._share.carrier
        room = min(audience.max_bytes, MAX_INLINE_BLOB_BYTES) if carrier is Carrier.INLINE else audience.max_bytes
        return Manner(room, automatic, readable, carrier)

    def _chunks(self, texts: Sequence[PublishedText], *, bucketed: bool = False) -> Iterator[tuple[PublishedText, ...]]:
        """Cut into what one message holds; with `bucketed`, only between buckets. At least one chunk, maybe empty."""
        chunk: list[PublishedText] = []
        size, zones = 0, set[str]()
        grouped = groupby(texts, lambda text: bucket_of(text.event.event_key) if bucketed else text.event.revision)
        for _, group in grouped:
            added = list(group)
            more = sum(len(text.text) for text in added)
            named = {name for text in added for name in _ZONE_NAME.findall(text.text)}
            full = len(chunk) + len(added) > MAX_EVENTS or size + more > _TEXT_CHARACTERS
            if chunk and (full or len(zones | named) > MAX_ZONES):
                yield tuple(chunk)
                chunk, size, zones = [], 0, set()
            chunk += added
            size += more
            zones |= named
        yield tuple(chunk)

    def _send(
        self, audience: Audience, piece: _Piece, message: Callable[[_Piece], Update | Snapshot], manner: Manner
    ) -> None:
        """Send one piece, or its halves if it turns out too large for a mail."""
        try:
            put_message(
                self._installation, self._run, self._report, message(piece), audience.addresses, audience.keys,
                share=self._share.name, manner=manner,
            )  # fmt: skip
        except MessageTooLargeError:
            halves = list(_halves(piece, by_bucket=message == self._snapshot))
            if len(halves) < 2 and manner.carrier is Carrier.ATTACH:
                raise
            if len(halves) < 2:
                # One event alone is too large for the text of a mail: a file carries it.
                halves, manner = [piece], replace(manner, max_bytes=audience.max_bytes, carrier=Carrier.ATTACH)
            for half in halves:
                self._send(audience, half, message, manner)

    def _update(self, piece: _Piece) -> Update:
        events = tuple(_revision(text) for text in piece.events)
        return Update(
            common_fields(self._installation, self._share.share_id),
            self._announcement, self._share.floor, self._live, piece.low, piece.high, events, self._zones_in(events),
        )  # fmt: skip

    def _snapshot(self, piece: _Piece) -> Snapshot:
        events = tuple(_revision(text) for text in piece.events)
        return Snapshot(
            common_fields(self._installation, self._share.share_id),
            self._announcement, self._share.floor, self._live, self._share.head, piece.low, piece.high, events,
            self._zones_in(events),
        )  # fmt: skip

    def _zones_in(self, events: Iterable[EventRevision]) -> tuple[ZoneText, ...]:
        names = {name for event in events for name in _ZONE_NAME.findall(event.text or "")}
        return tuple(ZoneText(name, self._zones[name]) for name in sorted(names & self._zones.keys()))


def _announce(installation: Installation, share: Share) -> Announcement:
    """Make the announcement of a share as it is now, and write it into the journal (protocol 5.2, 5.3)."""
    ledger = installation.ledger
    digest = share_digest((key, text) for key, text in ledger.shares.digest_lines(share.share_id, share.floor))
    ledger.shares.put_journal(share.share_id, share.epoch, share.head, digest)
    signed = announcement_bytes(share.share_id, share.epoch, share.head, digest, share.writer)
    return Announcement(share.epoch, share.head, digest, share.writer, installation.identity().sign(signed))


def _revision(text: PublishedText) -> EventRevision:
    event = text.event
    if not event.live:
        return EventRevision(event.event_key, event.revision)
    return EventRevision(
        key=event.event_key,
        revision=event.revision,
        count=event.count,
        changed_at=event.changed_at,
        last_day=date.fromisoformat(event.last_day) if event.last_day else None,
        text=text.text,
        occurrences=text.occurrences,
    )


def _with_last(
    chunks: Sequence[tuple[PublishedText, ...]],
) -> Iterator[tuple[tuple[PublishedText, ...], bool]]:
    for number, chunk in enumerate(chunks, start=1):
        yield chunk, number == len(chunks)


def _halves(piece: _Piece, *, by_bucket: bool) -> Iterator[_Piece]:
    """Cut a piece in two, between revisions or between buckets; one piece if it cannot be cut."""
    numbers = [bucket_of(text.event.event_key) if by_bucket else text.event.revision for text in piece.events]
    middle = numbers[len(numbers) // 2] if numbers else piece.high
    cut = middle if by_bucket else middle - 1
    if not piece.low < cut < piece.high:
        yield piece
        return
    count = sum(1 for number in numbers if (number < cut if by_bucket else number <= cut))
    yield _Piece(piece.low, cut, piece.events[:count])
    yield _Piece(cut, piece.high, piece.events[count:])
