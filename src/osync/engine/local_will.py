"""What the subscriber did to copies, and wants: events changed here, hidden, restored, detached (protocol 8.3)."""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from osync.calendars.base import Calendar, EventRef, SettlesWrites, StoredEvent
from osync.engine.copies import restore_copies, subscription_name
from osync.engine.installation import Installation, Run
from osync.engine.report import Direction, Report, ReportedChange
from osync.engine.wanted import recognised
from osync.errors import EventChangedError, EventExistsError, LedgerDamagedError, NotFoundError, OSyncError
from osync.ical.copy import managed_fingerprint, shown_copy
from osync.ical.event import Event, write_event
from osync.ical.own import own_event, own_uid
from osync.ical.shown import ShownEvent, shown_event
from osync.ledger.changes import Landed
from osync.message.identity import derived_uid, public_identity
from osync.model import Change, ChangeAction, ChangeReason, Subscription, SubscriptionState, WrittenEvent
from osync.sync.arrive import Found

_MOST_DETACHED = 100
_LISTED = 20


class LocalState(enum.StrEnum):
    """How a copy differs from what its owner says, by the user's own doing."""

    PLAIN = "as its owner has it"
    EDITED = "changed here"
    DELETED = "deleted here"
    HIDDEN = "hidden"
    KEPT = "kept here"


@dataclass(frozen=True, slots=True)
class LocalEvent:
    """One copy and what the user did to it. `number` is its place in the list, 0 if it is not in it."""

    subscription: Subscription
    written: WrittenEvent
    state: LocalState
    title: str
    first: str
    number: int = 0

    @property
    def key(self) -> str:
        """The event key."""
        return self.written.event_key

    @property
    def share(self) -> str:
        """The words by which the user knows its share."""
        return subscription_name(self.subscription)

    @property
    def words(self) -> str:
        """What a user may name it by."""
        return f"{self.first.replace('T', ' ')} {self.title}"


@dataclass(frozen=True, slots=True)
class LocalEvents:
    """Every copy that we know of, and a sentence for each calendar that could not be read."""

    copies: tuple[LocalEvent, ...]
    problems: tuple[str, ...]

    @property
    def changed(self) -> tuple[LocalEvent, ...]:
        """Give those that the user did something to, numbered from 1, by share and time."""
        return tuple(each for each in self.copies if each.number)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy and where it lies."""

    ref: EventRef
    event: Event


def local_events(installation: Installation) -> LocalEvents:
    """Find what the user did to the copies: the calendars are listed, and only what has another version is read."""
    found: list[LocalEvent] = []
    problems: list[str] = []
    for subscription in installation.ledger.subscriptions.all():
        if subscription.state is SubscriptionState.LEFT:
            continue
        try:
            found += _of_subscription(installation, subscription)
        except LedgerDamagedError:
            raise
        except OSyncError as error:
            problems.append(f"calendar {subscription.calendar}: {error}")
    found.sort(key=lambda each: (each.share, each.first, each.title, each.key))
    numbers = iter(range(1, len(found) + 1))
    numbered = (replace(each, number=0 if each.state is LocalState.PLAIN else next(numbers)) for each in found)
    return LocalEvents(tuple(numbered), tuple(problems))


def _of_subscription(installation: Installation, subscription: Subscription) -> Iterator[LocalEvent]:
    ledger, share = installation.ledger, subscription.share_id
    written = {copy.event_key: copy for copy in ledger.subscriptions.all_written(share)}
    if not written:
        return
    calendar = installation.calendar(subscription.calendar)
    versions = {ref.handle: ref.version for ref in calendar.refs()}
    suspects = [
        copy.handle
        for copy in written.values()
        if copy.version and not copy.hidden and versions.get(copy.handle, copy.version) != copy.version
    ]
    there = {stored.ref.handle: stored for stored in calendar.read(suspects)}
    live = {key for key, event in ledger.subscriptions.followed(share).items() if event.live}
    titles = {change.event_key: change for change in ledger.changes.newest_of_share(share)}
    for key, copy in written.items():
        if not copy.version and not copy.hidden:
            continue
        state = _state_of(copy, versions, there.get(copy.handle), live=key in live)
        shown = _shown(
            installation, subscription, copy, there.get(copy.handle) if state is LocalState.EDITED else None, titles
        )
        yield LocalEvent(subscription, copy, state, shown.title, shown.first)


def _state_of(copy: WrittenEvent, versions: Mapping[str, str], stored: StoredEvent | None, *, live: bool) -> LocalState:
    if copy.hidden:
        return LocalState.HIDDEN if live else LocalState.PLAIN
    if copy.handle not in versions:
        return LocalState.DELETED
    if stored and stored.event and managed_fingerprint(stored.event) != copy.managed:
        return LocalState.EDITED
    return LocalState.PLAIN if live else LocalState.KEPT


def _shown(
    installation: Installation,
    subscription: Subscription,
    copy: WrittenEvent,
    stored: StoredEvent | None,
    titles: Mapping[str, Change],
) -> ShownEvent:
    """Give the words for a copy: as it is there now if it was edited, else as it was last written, else as the owner tells."""
    if stored and stored.event:
        return shown_event(stored.event)
    if copy.event_key in titles:
        return ShownEvent(titles[copy.event_key].title, titles[copy.event_key].first)
    return told_event(installation, subscription, copy.event_key)


def told_event(installation: Installation, subscription: Subscription, event_key: str) -> ShownEvent:
    """Give the words for a copy as its owner's event would make it, whether it was ever written or not."""
    followed = installation.ledger.subscriptions.followed_text(subscription.share_id, event_key)
    return shown_copy(followed.text if followed else "", subscription.sender)


def restore(installation: Installation, which: str = "", *, everything: bool = False) -> Report:
    """Write the owner's versions of copies that the user changed, deleted or hid: of one event, one share, or all.

    NotFoundError if nothing or several have this name; then nothing is done.
    """
    found = local_events(installation)
    chosen = _chosen(found, which, everything=everything)
    wanted = [each for each in chosen if each.state is not LocalState.KEPT]
    if chosen and not wanted:
        raise NotFoundError(
            f"{chosen[0].title} was deleted by its owner, so there is no version to restore.",
            unharmed="Your copy stays.",
            advice="If you do not want it any more, delete it in your calendar.",
        )
    if not wanted:
        raise NotFoundError("There is nothing to restore.", advice="See what differs with: osync changed.")
    report, run = Report(), Run(installation, "restore")
    subscriptions = installation.ledger.subscriptions
    for subscription in {each.subscription.share_id: each.subscription for each in wanted}.values():
        of_share = [each for each in wanted if each.subscription == subscription]
        with installation.ledger.transaction():
            gone = [each.key for each in of_share if each.state in (LocalState.HIDDEN, LocalState.DELETED)]
            subscriptions.drop_written(subscription.share_id, gone)
            edited = [each.written for each in of_share if each.key not in gone]
            subscriptions.put_written(replace(copy, settled="") for copy in edited)
            subscriptions.set_waiting(subscription.share_id, [each.key for each in of_share], waiting=True)
        restore_copies(installation, run, report, subscription, [each.key for each in of_share])
    run.finish()
    return report


def _chosen(found: LocalEvents, which: str, *, everything: bool) -> tuple[LocalEvent, ...]:
    if everything:
        return found.changed
    of_share = [
        each
        for each in found.changed
        if which in (each.subscription.share_name, each.subscription.sender, each.subscription.share_id)
    ]
    return tuple(of_share) or (find_copy(found, which),)


def find_copy(found: LocalEvents, which: str) -> LocalEvent:
    """Give the copy with this number in the list, this title, or these words in its date and title.

    NotFoundError lists those that it may be, if they are several.
    """
    if which.isdecimal() and len(which) < 10:
        matches = [each for each in found.changed if each.number == int(which)]
    else:
        words = which.casefold().split()
        matches = [each for each in found.copies if words and all(word in each.words.casefold() for word in words)]
        exact = [each for each in matches if which.casefold() in (each.title.casefold(), each.key)]
        matches = exact or matches
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise NotFoundError(f"There is no event {which}.", advice="See which there are with: osync changed.")
    listed = "; ".join(each.words for each in matches[:_LISTED]) + ("; …" if len(matches) > _LISTED else "")
    raise NotFoundError(
        f"Several events are called {which}: {listed}.",
        unharmed="Nothing was done.",
        advice="Name one by its day and title, like: 2026-12-01 choir.",
    )


def detach(installation: Installation, which: str) -> Report:
    """Make a copy the user's own event, which OSync does not touch any more; the owner's event stays away from now on.

    It gets a UID of its own and loses the marker, and the categories of our shares, so that it is not shared by accident.
    A second time after a crash it goes on where it was. NotFoundError as from `find_copy`, EventChangedError if the copy
    is not there.
    """
    chosen = find_copy(local_events(installation), which)
    calendar = installation.calendar(chosen.subscription.calendar)
    copy = _copy_of(calendar, chosen)
    report, run = Report(), Run(installation, "detach")
    ledger = installation.ledger
    with ledger.transaction():
        number = ledger.changes.add(_detaching(installation, run, chosen, copy))
    try:
        _create_own(installation, calendar, copy.event)
        _settle(calendar)
        calendar.delete(copy.ref)
        _settle(calendar)
    except OSyncError:
        with ledger.transaction():
            ledger.changes.drop(number)
        raise
    with ledger.transaction():
        ledger.changes.complete([Landed(number, copy.ref.handle, "")])
        ledger.subscriptions.put_written([replace(chosen.written, handle="", hidden=True)])
    report.changes.append(
        ReportedChange(Direction.IN, chosen.share, ChangeAction.CHANGED, chosen.title, chosen.first, "your own now")
    )
    run.finish()
    return report


def _copy_of(calendar: Calendar, chosen: LocalEvent) -> _Copy:
    there = list(calendar.read([chosen.written.handle])) if chosen.written.handle else []
    owner = public_identity(chosen.subscription.creator_key)
    uid = derived_uid(owner, chosen.subscription.share_id, chosen.key)
    found = recognised(calendar, chosen.subscription.share_id, chosen.key, uid, there)
    event = there[0].event if there else None
    if found is not Found.OURS or event is None or chosen.written.hidden:
        raise EventChangedError(
            f"{chosen.title} is not in your calendar.", advice="Bring it back with osync restore first."
        )
    return _Copy(there[0].ref, event)


def _detaching(installation: Installation, run: Run, chosen: LocalEvent, copy: _Copy) -> Change:
    shown = shown_event(copy.event)
    return Change(
        number=0,
        run=run.number,
        mail=0,
        share_id=chosen.subscription.share_id,
        event_key=chosen.key,
        calendar=chosen.subscription.calendar,
        handle=copy.ref.handle,
        action=ChangeAction.DELETED,
        title=shown.title,
        first=shown.first,
        before=write_event(copy.event),
        after="",
        at=installation.now,
        undone=False,
        reason=ChangeReason.DETACHED,
    )


def _create_own(installation: Installation, calendar: Calendar, copy: Event) -> None:
    """Write the user's own event; one that a killed run wrote is taken for it."""
    categories = {share.category for share in installation.ledger.shares.all()}
    for number in range(_MOST_DETACHED):
        own = own_event(copy, own_uid(copy.uid, number), categories)
        try:
            calendar.create(own)
        except EventExistsError as error:
            there = [each.event for each in calendar.read([error.handle]) if each.event]
            if len(there) == 1 and managed_fingerprint(there[0]) == managed_fingerprint(own):
                return
        else:
            return
    raise EventChangedError("It was detached too often.", unharmed="Nothing was changed.")


def _settle(calendar: Calendar) -> None:
    if isinstance(calendar, SettlesWrites):
        calendar.settle_writes()
