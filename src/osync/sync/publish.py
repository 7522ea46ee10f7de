"""The owner's decisions: shared events and what was sent before -> new revisions to send; pure (protocol 5.2, 8.1)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from osync.ical.privacy import Leaving
from osync.ical.zones import ZoneText
from osync.model import ChangeAction, PublishedEvent


@dataclass(frozen=True, slots=True)
class Observation:
    """What a read of the owner's calendar says about one UID.

    `leaving` are the parts that may leave, none if it is gone or must stay. `uncertain` means that it could not be read
    or not be shared as it is now, so that what the subscribers have is left alone.
    """

    uid: str
    leaving: tuple[Leaving, ...] = ()
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class PlannedRevision:
    """A new revision of one event, not numbered yet; `text` "" is a tombstone."""

    action: ChangeAction
    event: PublishedEvent
    text: str
    zones: tuple[ZoneText, ...]


def plan_revisions(
    published: Mapping[str, Sequence[PublishedEvent]],
    observations: Iterable[Observation],
    key_of: Callable[[str, str], str],
    floor: date,
) -> Iterator[PlannedRevision]:
    """Compare what was published with what was seen; an event that is as it was gives nothing.

    `published` holds the versions of each source UID, tombstones too; `key_of` gives the event key of a UID and part.
    An event that ended before `floor` left the shared set by itself and needs no tombstone (protocol 5.2).
    """
    for seen in observations:
        known = {event.part: event for event in published.get(seen.uid, ())}
        if seen.uncertain:
            continue
        for leaving in seen.leaving:
            yield from _revision_of(known.pop(leaving.part, None), leaving, seen.uid, key_of)
        yield from (_tombstone(event) for event in known.values() if _is_seen(event, floor))


def _revision_of(
    known: PublishedEvent | None, leaving: Leaving, uid: str, key_of: Callable[[str, str], str]
) -> Iterator[PlannedRevision]:
    if known and known.live and known.fingerprint == leaving.fingerprint:
        return
    action = ChangeAction.CHANGED if known and known.live else ChangeAction.NEW
    event = PublishedEvent(
        event_key=key_of(uid, leaving.part),
        source_uid=uid,
        part=leaving.part,
        revision=0,
        count=known.count + 1 if known else 1,
        live=True,
        fingerprint=leaving.fingerprint,
        title=leaving.title,
        first=leaving.first.isoformat(),
        last_day=leaving.last_day.isoformat() if leaving.last_day else "",
        changed_at=0,
    )
    yield PlannedRevision(action, event, leaving.text, leaving.zones)


def _is_seen(event: PublishedEvent, floor: date) -> bool:
    return event.live and (not event.last_day or event.last_day >= floor.isoformat())


def _tombstone(known: PublishedEvent) -> PlannedRevision:
    gone = replace(known, live=False, fingerprint="", count=known.count + 1, last_day="")
    return PlannedRevision(ChangeAction.DELETED, gone, "", ())


def numbered(planned: Iterable[PlannedRevision], head: int, changed_at: int) -> Iterator[PlannedRevision]:
    """Give each planned revision its number above `head`, in order (protocol 5.2)."""
    for revision, each in enumerate(planned, start=head + 1):
        yield replace(each, event=replace(each.event, revision=revision, changed_at=changed_at))
