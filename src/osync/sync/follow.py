"""The subscriber's decisions: what was applied + a message -> what to change and what is missing; pure (protocol 5.4).

Versions are (epoch, revision) pairs and the higher one wins, so the order and the number of mails do not matter.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from osync.message.manifest import EventRevision, Snapshot, Update, bucket_of, share_digest
from osync.model import FollowedEvent
from osync.sync.coverage import Coverage, Interval


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the history of a share; a higher epoch outweighs any head."""

    epoch: int = 0
    head: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Newest:
    """The newest mail by the owner's clock (ms), and the place and digest that it announced."""

    sent_at: int = 0
    place: Place = Place()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a subscriber has come in a share.

    `known` is the highest head heard of in `epoch`, `top` the highest place ever heard. `damaged` means that everything
    is covered and still the digest differs.
    """

    epoch: int = 0
    known: int = 0
    floor: date = date.min
    damaged: bool = False
    newest: Newest = Newest()
    top: Place = Place()
    coverage: Coverage = Coverage()

    @property
    def went_back(self) -> bool:
        """Tell whether the newest mail does not carry the highest place: the owner lost state (protocol 5.5, rule 4)."""
        return self.newest.place < self.top

    @property
    def complete(self) -> bool:
        """Tell whether nothing is missing as far as we heard."""
        return self.known > 0 and self.coverage.complete_through >= self.known and not self.damaged

    @property
    def missing(self) -> int:
        """How many revisions are announced and not covered."""
        return self.coverage.uncovered(self.known)


@dataclass(frozen=True, slots=True)
class TakenEvent:
    """A newer version that a message brought; `text` "" is a tombstone. `occurrences` are the starts that its owner named."""

    event: FollowedEvent
    text: str
    occurrences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowPlan:
    """What a message changes: the new progress, the newer versions, and the events that fell below the floor."""

    progress: Progress
    taken: tuple[TakenEvent, ...]
    released: tuple[str, ...]


def follow(
    progress: Progress,
    held: Mapping[str, FollowedEvent],
    message: Update | Snapshot,
    digests: Mapping[Place, str],
) -> FollowPlan:
    """Decide what `message` changes. `digests` are the ones announced before; the same message twice changes nothing."""
    place = Place(message.announcement.epoch, message.announcement.head)
    progress = _heard(progress, message, place)
    if place.epoch < progress.epoch:
        return FollowPlan(progress, (), ())
    if place.epoch > progress.epoch:
        progress = replace(progress, epoch=place.epoch, known=0, coverage=Coverage(), damaged=False)
    if place.head >= progress.known:
        progress = replace(progress, known=place.head, floor=message.floor)
    if isinstance(message, Update):
        taken = tuple(_taken_from_update(progress, held, message))
        covered = progress.coverage.with_interval(Interval(message.after, message.through))
    else:
        taken = tuple(_taken_from_snapshot(progress, held, message))
        covered = progress.coverage.with_interval(Interval(0, message.at), message.first_bucket, message.end_bucket)
    progress = replace(progress, coverage=covered)
    watermarks = progress.coverage.watermarks()
    after = {**held, **{each.event.event_key: each.event for each in taken}}
    damaged = _differs(progress, after, {**digests, place: message.announcement.digest})
    released = tuple(
        key
        for key, event in after.items()
        if event.live and _is_past(event, progress.floor) and _is_covered(progress, watermarks, event)
    )
    return FollowPlan(replace(progress, damaged=damaged), taken, released)


def _heard(progress: Progress, message: Update | Snapshot, place: Place) -> Progress:
    heard = Newest(message.common.sent_at, place, message.announcement.digest)
    return replace(progress, newest=max(progress.newest, heard), top=max(progress.top, place))


def _taken_from_update(progress: Progress, held: Mapping[str, FollowedEvent], update: Update) -> Iterator[TakenEvent]:
    watermarks = progress.coverage.watermarks()
    for sent in update.events:
        covered = sent.revision <= watermarks[bucket_of(sent.key)]
        if not covered and _version(held.get(sent.key)) < (progress.epoch, sent.revision):
            yield _taken(progress.epoch, sent)


def _taken_from_snapshot(
    progress: Progress, held: Mapping[str, FollowedEvent], snapshot: Snapshot
) -> Iterator[TakenEvent]:
    watermarks = progress.coverage.watermarks()
    listed = {sent.key: sent for sent in snapshot.events}

    def is_stale(bucket: int) -> bool:
        mark = watermarks[bucket]
        return snapshot.at < mark or (snapshot.at == mark and mark > 0 and not progress.damaged)

    for key, sent in listed.items():
        taken = _taken(progress.epoch, sent)
        newer = _version(held.get(key)) <= (progress.epoch, snapshot.at)
        if not is_stale(bucket_of(key)) and newer and held.get(key) != taken.event:
            yield taken
    for key, event in held.items():
        bucket = bucket_of(key)
        inside = snapshot.first_bucket <= bucket < snapshot.end_bucket and not is_stale(bucket)
        if inside and key not in listed and event.live and _version(event) <= (progress.epoch, snapshot.at):
            yield _taken(progress.epoch, EventRevision(key, snapshot.at, 0, 0, None, None))


def _version(event: FollowedEvent | None) -> tuple[int, int]:
    return (event.epoch, event.revision) if event else (0, 0)


def _taken(epoch: int, sent: EventRevision) -> TakenEvent:
    text = sent.text or ""
    event = FollowedEvent(
        event_key=sent.key,
        epoch=epoch,
        revision=sent.revision,
        count=sent.count,
        changed_at=sent.changed_at,
        live=bool(text),
        fingerprint=hashlib.sha256(text.encode()).hexdigest() if text else "",
        last_day=sent.last_day.isoformat() if sent.last_day else "",
    )
    return TakenEvent(event, text, sent.occurrences if text else ())


def _is_past(event: FollowedEvent, floor: date) -> bool:
    return bool(event.last_day) and event.last_day < floor.isoformat()


def _differs(progress: Progress, events: Mapping[str, FollowedEvent], digests: Mapping[Place, str]) -> bool:
    """Tell whether everything is covered and the set still is not the one that was announced.

    An owner who lost state may announce one place twice; then the newest mail counts, not the one that came last.
    """
    watermark = progress.coverage.complete_through
    here = Place(progress.epoch, watermark)
    announced = progress.newest.digest if progress.newest.place == here else digests.get(here)
    if not announced or watermark != progress.known:
        return False
    return digest_of(events.values(), progress.floor) != announced


def digest_of(events: Iterable[FollowedEvent], floor: date) -> str:
    """Give the digest of what is held (protocol 5.3)."""
    live = [event for event in events if event.live and not _is_past(event, floor)]
    return share_digest((event.event_key, event.fingerprint) for event in sorted(live, key=lambda each: each.event_key))


def covered_tombstones(progress: Progress, held: Mapping[str, FollowedEvent]) -> tuple[str, ...]:
    """Give the tombstones that carry no information any more, because everything up to them is covered."""
    watermarks = progress.coverage.watermarks()
    return tuple(key for key, event in held.items() if not event.live and _is_covered(progress, watermarks, event))


def _is_covered(progress: Progress, watermarks: list[int], event: FollowedEvent) -> bool:
    return event.epoch == progress.epoch and event.revision <= watermarks[bucket_of(event.event_key)]
