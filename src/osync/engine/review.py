"""Everything that waits for the user in one list, and the one answer to it: yes or no, for all or for one share."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from osync.engine.consent import refuse_deletions
from osync.engine.copies import subscription_name, why_held, write_copies
from osync.engine.differences import announce_changes
from osync.engine.installation import Installation, Run
from osync.engine.local_will import told_event
from osync.engine.posting import send_outbox
from osync.engine.rehearsal import rehearsal_of
from osync.engine.report import Direction, Held, Problem, Report
from osync.errors import NotFoundError
from osync.ical.shown import ShownEvent
from osync.model import ChangeAction, Subscription, SubscriptionState, WrittenEvent
from osync.sync.safety import mass_deletion


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """One change that waits: what would happen to which event, and one sentence if this event is held by itself."""

    action: ChangeAction
    title: str
    first: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class HeldShare:
    """What waits in one share: OUT for one of ours, IN for a subscription. `refused` means that the user said no before."""

    share_id: str
    share: str
    direction: Direction
    reason: str
    events: tuple[HeldEvent, ...]
    refused: bool = False

    @property
    def single(self) -> bool:
        """Tell whether its events are held one by one, not because of their number."""
        return bool(self.events) and all(each.sentence for each in self.events)


@dataclass(frozen=True, slots=True)
class Review:
    """All that waits, and what went wrong while looking."""

    held: tuple[HeldShare, ...]
    problems: tuple[Problem, ...]

    @property
    def asked(self) -> tuple[HeldShare, ...]:
        """Give what was not answered yet."""
        return tuple(each for each in self.held if not each.refused)

    def named(self, which: str) -> tuple[HeldShare, ...]:
        """Give what is held of the share with this name or id, or, with "", all that was not answered. NotFoundError."""
        named = [each for each in self.held if which in (each.share_id, each.share, each.share.partition(" of ")[0])]
        found = tuple(named) if which else self.asked
        if not found:
            raise NotFoundError(
                f"Nothing of {which} is held." if which else "Nothing is held.", advice=self._advice(which)
            )
        return found

    def _advice(self, which: str) -> str:
        listed = ", ".join(each.share for each in self.held)
        if which or not listed:
            return f"Held now: {listed or 'nothing'}."
        return f"What you said no to passes by its name: osync review --yes {listed}."


def review(installation: Installation) -> Review:
    """List everything that is held. The calendars that we share are compared with what the subscribers have; writes nothing."""
    own = _own_held(installation)
    out = [
        *(_of_share(each, refused=False) for each in own.held),
        *(_of_share(each, refused=True) for each in own.refused),
    ]
    incoming = [
        held
        for subscription in installation.ledger.subscriptions.all()
        if subscription.state is not SubscriptionState.LEFT and (held := _of_subscription(installation, subscription))
    ]
    return Review((*out, *incoming), tuple(own.problems))


def _own_held(installation: Installation) -> Report:
    """Find out what of our own shares is held, on a copy of everything."""
    report, rehearsal = Report(), rehearsal_of(installation)
    announce_changes(rehearsal, Run(rehearsal, "review"), report, approve=False)
    return report


def _of_share(held: Held, *, refused: bool) -> HeldShare:
    deletions = sorted(held.deletions, key=lambda each: (each.first, each.title))
    events = tuple(HeldEvent(each.action, each.title, each.first) for each in deletions)
    return HeldShare(held.share_id, held.share, Direction.OUT, held.reason, events, refused)


def _of_subscription(installation: Installation, subscription: Subscription) -> HeldShare | None:
    name, share = subscription_name(subscription), subscription.share_id
    waits = bool(installation.ledger.subscriptions.waiting(share))
    if waits and (reason := why_held(installation, subscription)):
        events = tuple(_waiting_events(installation, subscription))
        return HeldShare(share, name, Direction.IN, reason, events)
    events = tuple(_single_events(installation, subscription))
    if not events:
        return None
    reason = "The time zone data of its owner and of this computer differ."
    return HeldShare(share, name, Direction.IN, reason, events)


def _single_events(installation: Installation, subscription: Subscription) -> Iterator[HeldEvent]:
    subscriptions, share = installation.ledger.subscriptions, subscription.share_id
    for key, sentence in subscriptions.held_events(share).items():
        shown = told_event(installation, subscription, key)
        action = ChangeAction.CHANGED if subscriptions.written(share, key) else ChangeAction.NEW
        yield HeldEvent(action, shown.title, shown.first, sentence)


def _waiting_events(installation: Installation, subscription: Subscription) -> Iterator[HeldEvent]:
    """Give what waits and would be deleted or added; changes of copies that are there are not what was stopped."""
    ledger, share = installation.ledger, subscription.share_id
    sentences = ledger.subscriptions.held_events(share)
    titles = {change.event_key: change for change in ledger.changes.newest_of_share(share)}
    found = []
    for key in ledger.subscriptions.waiting(share):
        followed, written = ledger.subscriptions.followed_text(share, key), ledger.subscriptions.written(share, key)
        if followed is None or (written and written.hidden):
            continue
        action = _action(live=followed.event.live, written=written)
        if action is None or (action is ChangeAction.CHANGED and key not in sentences):
            continue
        last = titles.get(key)
        shown = ShownEvent(last.title, last.first) if last else told_event(installation, subscription, key)
        found.append(HeldEvent(action, shown.title, shown.first, sentences.get(key, "")))
    yield from sorted(found, key=lambda each: (each.action, each.first, each.title))


def _action(*, live: bool, written: WrittenEvent | None) -> ChangeAction | None:
    if live:
        return ChangeAction.CHANGED if written else ChangeAction.NEW
    return ChangeAction.DELETED if written else None


def allow(installation: Installation, which: str = "") -> Report:
    """Let what is held pass, of one share or of all; no mail is received before, so that nothing unseen passes with it.

    What was refused passes only if its share is named. NotFoundError if nothing is held.
    """
    ids = [each.share_id for each in review(installation).named(which)]
    report, run = Report(), Run(installation, "review")
    write_copies(installation, run, report, approve=True, only=ids)
    announce_changes(installation, run, report, approve=True, only=ids)
    return _finished(installation, run, report, ids)


def refuse(installation: Installation, which: str = "") -> Report:
    """Reject what is held, of one share or of all; everything else that waits in those shares passes.

    Copies that their owner deleted stay, and are not asked about again; events that were too many stay away until they
    are restored; what the tripwire held waits for its owner's next version. Deletions of our own events are not sent, and
    asked about again if they become other ones. NotFoundError if nothing is held.
    """
    chosen = [each for each in review(installation).named(which) if not each.refused]
    ids = [each.share_id for each in chosen]
    report, run = Report(), Run(installation, "review")
    own = [held for held in _own_held(installation).held if held.share_id in ids]
    with installation.ledger.transaction():
        for held in own:
            refuse_deletions(installation, held)
        for each in chosen:
            if each.direction is Direction.IN:
                _refuse_incoming(installation, each.share_id)
    write_copies(installation, run, report, approve=False)
    announce_changes(installation, run, report, approve=False)
    return _finished(installation, run, report, ids)


def _finished(installation: Installation, run: Run, report: Report, ids: Collection[str]) -> Report:
    """Send what there is to send; what is still held elsewhere is no news."""
    send_outbox(installation, report)
    run.finish()
    report.held = [each for each in report.held if each.share_id in ids]
    return report


def _refuse_incoming(installation: Installation, share: str) -> None:
    """Settle what was stopped in a subscription without doing it."""
    subscriptions = installation.ledger.subscriptions
    subscription = subscriptions.get(share)
    if subscription is None:
        return
    singles = subscriptions.held_events(share)
    if why_held(installation, subscription):
        counts = subscriptions.waiting_counts(share)
        deletes = mass_deletion(counts.deleted, counts.shown)
        for key in subscriptions.waiting(share):
            _refuse_event(installation, subscription, key, deletes=deletes)
    subscriptions.set_waiting(share, singles, waiting=False)
    if subscription.held_because:
        state = SubscriptionState.ACTIVE if subscription.state is SubscriptionState.HELD else subscription.state
        subscriptions.put(replace(subscription, state=state, held_because=""))


def _refuse_event(installation: Installation, subscription: Subscription, key: str, *, deletes: bool) -> None:
    subscriptions, share = installation.ledger.subscriptions, subscription.share_id
    followed, written = subscriptions.followed_text(share, key), subscriptions.written(share, key)
    if followed is None:
        return
    if deletes and not followed.event.live and written and not written.hidden:
        subscriptions.set_waiting(share, [key], waiting=False)
    elif not deletes and followed.event.live and written is None:
        subscriptions.put_written([WrittenEvent(share, key, subscription.calendar, "", hidden=True)])
        subscriptions.set_waiting(share, [key], waiting=False)
