"""The subscriber's decisions: order, loss and repetition of mails do not matter (protocol 5.4, 9.1 P1 to P3)."""

import hashlib
import itertools
import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from osync.message.manifest import (
    BUCKETS,
    Announcement,
    Common,
    EventRevision,
    Snapshot,
    Update,
    bucket_of,
    share_digest,
)
from osync.model import FollowedEvent
from osync.sync.follow import Place, Progress, covered_tombstones, digest_of, follow

_FLOOR = date(2026, 8, 1)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def _key(number: int) -> str:
    """Give an event key; the numbers spread over the buckets."""
    return _ALPHABET[number % 32] + _ALPHABET[(number * 7) % 32] + "a" * 22 + _ALPHABET[number // 32] + "a"


@dataclass
class Owner:
    """The owner of protocol 5.2, as small as it can be."""

    epoch: int = 1000
    head: int = 1
    sent: int = 1
    collected: int = 1
    floor: date = _FLOOR
    clock: int = 1_000_000
    events: dict[str, EventRevision] = field(default_factory=dict)

    def live(self) -> dict[str, EventRevision]:
        return {
            key: event
            for key, event in self.events.items()
            if event.text and (event.last_day is None or event.last_day >= self.floor)
        }

    def change(self, number: int, text: str | None, last_day: date | None = None) -> None:
        key = _key(number)
        known = self.events.get(key)
        if text is None and (known is None or known.text is None):
            return
        self.head += 1
        self.events[key] = EventRevision(key, self.head, 1, 0, last_day if text else None, text)

    def move_floor(self, days: int) -> None:
        self.floor += timedelta(days=days)
        self.head += 1

    def announcement(self) -> Announcement:
        pairs = [(key, _hash(event.text or "")) for key, event in sorted(self.live().items())]
        return Announcement(self.epoch, self.head, share_digest(pairs), "w", b"")

    def _common(self) -> Common:
        self.clock += 1
        return Common(message_id="0" * 32, sent_at=self.clock, share="s")

    def update(self, after: int, through: int) -> Update:
        events = sorted((e for e in self.events.values() if after < e.revision <= through), key=lambda e: e.revision)
        return Update(
            self._common(), self.announcement(), self.floor, len(self.live()), after, through, tuple(events), ()
        )

    def flush(self, parts: int = 1) -> list[Update]:
        after, self.sent = self.sent, self.head
        cuts = sorted({after, self.head} | {after + (self.head - after) * i // parts for i in range(1, parts)})
        return [self.update(low, high) for low, high in itertools.pairwise(cuts)]

    def snapshot(self, parts: int = 1) -> list[Snapshot]:
        cuts = [BUCKETS * i // parts for i in range(parts + 1)]
        return [self._part(low, high) for low, high in itertools.pairwise(cuts)]

    def _part(self, low: int, high: int) -> Snapshot:
        events = [event for key, event in sorted(self.live().items()) if low <= bucket_of(key) < high]
        return Snapshot(
            self._common(), self.announcement(), self.floor, len(self.live()), self.head, low, high, tuple(events), ()
        )

    def new_epoch(self) -> list[Snapshot]:
        self.epoch += 1
        live = self.live()
        self.events = {key: replace(live[key], revision=i) for i, key in enumerate(sorted(live), start=1)}
        self.head = self.sent = self.collected = len(live) + 1
        return self.snapshot()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Subscriber:
    """Applies plans to dictionaries, as the ledger does."""

    progress: Progress = Progress()
    held: dict[str, FollowedEvent] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    digests: dict[Place, str] = field(default_factory=dict)
    highest: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, message: Update | Snapshot) -> None:
        plan = follow(self.progress, self.held, message, self.digests)
        self.digests[Place(message.announcement.epoch, message.announcement.head)] = message.announcement.digest
        self.progress = plan.progress
        for taken in plan.taken:
            key, version = taken.event.event_key, (taken.event.epoch, taken.event.revision)
            assert version >= self.highest.get(key, (0, 0)), "an event went back"
            self.highest[key] = version
            self.held[key] = taken.event
            self.texts[key] = taken.text
        for key in (*plan.released, *covered_tombstones(self.progress, self.held)):
            self.held.pop(key, None)

    def shown(self) -> dict[str, str]:
        floor = self.progress.floor.isoformat()
        return {
            key: self.texts[key]
            for key, event in self.held.items()
            if event.live and not (event.last_day and event.last_day < floor)
        }


def _texts(owner: Owner) -> dict[str, str]:
    return {key: event.text or "" for key, event in owner.live().items()}


def _busy_owner(random: random.Random) -> tuple[Owner, list[Update | Snapshot]]:
    owner = Owner()
    mails: list[Update | Snapshot] = [*owner.snapshot()]
    for _ in range(random.randrange(1, 60)):
        what = random.random()
        if what < 0.7:
            gone = random.random() < 0.35
            last = None if random.random() < 0.5 else owner.floor + timedelta(days=random.randrange(-2, 9))
            owner.change(random.randrange(40), None if gone else f"text {random.random()}", last)
        elif what < 0.86:
            mails += owner.flush(random.choice((1, 1, 2, 3)))
        elif what < 0.88:
            owner.move_floor(random.randrange(1, 4))
        elif what < 0.94:
            mails += owner.snapshot(random.choice((1, 2, 4)))
        elif what < 0.97:
            low = random.randrange(owner.collected, owner.head + 1)
            mails.append(owner.update(low, owner.head))
        else:
            mails += owner.new_epoch()
    return owner, mails + owner.flush()


@pytest.mark.parametrize("seed", range(150))
def test_every_order_with_repetitions_ends_the_same(seed: int) -> None:
    chance = random.Random(seed)
    owner, mails = _busy_owner(chance)
    for _ in range(3):
        subscriber = Subscriber()
        sequence = [mail for mail in mails for _ in range(chance.choice((1, 1, 2)))]
        chance.shuffle(sequence)
        for mail in sequence:
            subscriber.take(mail)
        assert subscriber.shown() == _texts(owner)
        assert not subscriber.progress.damaged
        if mails:
            assert subscriber.progress.complete
            assert not subscriber.progress.went_back


@pytest.mark.parametrize("seed", range(60))
def test_what_was_lost_is_known_to_be_missing_and_a_snapshot_heals_it(seed: int) -> None:
    chance = random.Random(seed)
    owner, mails = _busy_owner(chance)
    subscriber = Subscriber()
    for mail in mails:
        if chance.random() < 0.6:
            subscriber.take(mail)
    if (
        subscriber.progress.complete
        and subscriber.progress.known == owner.head
        and subscriber.progress.epoch == owner.epoch
    ):
        assert subscriber.shown() == _texts(owner)
    for mail in owner.snapshot(chance.choice((1, 3))):
        subscriber.take(mail)
    assert subscriber.progress.complete
    assert subscriber.shown() == _texts(owner)


def test_the_same_mail_twice_changes_nothing() -> None:
    owner, subscriber = Owner(), Subscriber()
    owner.change(1, "one")
    mail = owner.snapshot()[0]
    subscriber.take(mail)
    plan = follow(subscriber.progress, subscriber.held, mail, subscriber.digests)
    assert plan.taken == ()
    assert plan.progress == subscriber.progress


def test_a_missing_mail_leaves_a_gap() -> None:
    owner, subscriber = Owner(), Subscriber()
    for mail in owner.snapshot():
        subscriber.take(mail)
    owner.change(1, "one")
    owner.flush()
    owner.change(2, "two")
    for update in owner.flush():
        subscriber.take(update)
    assert subscriber.progress.missing == 1
    assert not subscriber.progress.complete


def test_an_older_mail_after_a_deletion_brings_nothing_back() -> None:
    owner, subscriber = Owner(), Subscriber()
    subscriber.take(owner.snapshot()[0])
    owner.change(1, "one")
    old = owner.flush()
    owner.change(1, None)
    for mail in (*owner.flush(), *old):
        subscriber.take(mail)
    assert subscriber.shown() == {}
    assert subscriber.held == {}


def test_a_snapshot_deletes_what_it_does_not_list() -> None:
    owner, subscriber = Owner(), Subscriber()
    owner.change(1, "one")
    owner.change(2, "two")
    subscriber.take(owner.snapshot()[0])
    owner.change(1, None)
    subscriber.take(owner.snapshot()[0])
    assert subscriber.shown() == {_key(2): "two"}


def test_a_damaged_ledger_is_noticed_and_healed_by_a_snapshot() -> None:
    owner, subscriber = Owner(), Subscriber()
    owner.change(1, "one")
    subscriber.take(owner.snapshot()[0])
    del subscriber.held[_key(1)]
    owner.change(2, "two")
    subscriber.take(owner.flush()[0])
    assert subscriber.progress.damaged
    subscriber.take(owner.snapshot()[0])
    assert not subscriber.progress.damaged
    assert subscriber.shown() == _texts(owner)


def test_an_owner_who_went_back_is_noticed() -> None:
    owner, subscriber = Owner(), Subscriber()
    subscriber.take(owner.snapshot()[0])
    backup = replace(owner, events=dict(owner.events))
    owner.change(1, "one")
    subscriber.take(owner.flush()[0])
    backup.clock = owner.clock + 1
    subscriber.take(backup.snapshot()[0])
    assert subscriber.progress.went_back


def test_an_event_below_the_floor_is_released_without_a_tombstone() -> None:
    owner, subscriber = Owner(), Subscriber()
    owner.change(1, "old", owner.floor + timedelta(days=1))
    subscriber.take(owner.snapshot()[0])
    owner.move_floor(5)
    owner.change(2, "new")
    plan = follow(subscriber.progress, subscriber.held, owner.flush()[0], subscriber.digests)
    assert plan.released == (_key(1),)
    assert [taken.event.event_key for taken in plan.taken] == [_key(2)]


def test_the_digest_is_that_of_the_announced_set() -> None:
    owner, subscriber = Owner(), Subscriber()
    owner.change(1, "one")
    subscriber.take(owner.snapshot()[0])
    assert digest_of(subscriber.held.values(), owner.floor) == owner.announcement().digest
