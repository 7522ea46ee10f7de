"""What `osync status` and `osync log` tell: where every share and subscription stands, and what happened. Reads only the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from osync.engine.installation import Installation
from osync.engine.progress import load_progress
from osync.ledger.changes import Run
from osync.ledger.mails import ReceivedMail, SentMail
from osync.model import Change, Invitation, Share, Subscriber, Subscription, SubscriptionState


@dataclass(frozen=True, slots=True)
class ShareStatus:
    """One share that we own: how many events it has, and who subscribes."""

    share: Share
    events: int
    subscribers: tuple[Subscriber, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """One subscription: how many events we were told of and how many copies we wrote, and one sentence how it stands.

    `last_heard` is the owner's time of his newest mail in seconds since 1970, 0 if none came.
    """

    subscription: Subscription
    events: int
    written: int
    waiting: int
    last_heard: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Status:
    """Where everything stands."""

    shares: tuple[ShareStatus, ...]
    subscriptions: tuple[SubscriptionStatus, ...]
    invitations: tuple[Invitation, ...]
    mails_waiting: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """The newest runs, changes and mails, newest first."""

    runs: tuple[Run, ...]
    changes: tuple[Change, ...]
    received: tuple[ReceivedMail, ...]
    sent: tuple[SentMail, ...]


def status(installation: Installation) -> Status:
    """Tell where everything stands."""
    ledger = installation.ledger
    shares = ledger.shares.all()
    calendars = sorted({share.calendar for share in shares})
    return Status(
        shares=tuple(
            ShareStatus(
                share,
                ledger.shares.live_count(share.share_id, share.floor),
                tuple(ledger.shares.subscribers(share.share_id)),
            )
            for share in shares
        ),
        subscriptions=tuple(_subscription_status(installation, each) for each in ledger.subscriptions.all()),
        invitations=tuple(ledger.subscriptions.invitations()),
        mails_waiting=len(ledger.mails.waiting_numbers()),
        unreadable=tuple(
            f"{name}: {handle}: {problem}"
            for name in calendars
            for handle, problem in ledger.sources.problems(name).items()
        ),
    )


def _subscription_status(installation: Installation, subscription: Subscription) -> SubscriptionStatus:
    subscriptions, share = installation.ledger.subscriptions, subscription.share_id
    return SubscriptionStatus(
        subscription=subscription,
        events=subscriptions.live_count(share),
        written=sum(1 for copy in subscriptions.all_written(share) if copy.version and not copy.hidden),
        waiting=len(subscriptions.waiting(share)),
        last_heard=load_progress(installation.ledger, share).newest.sent_at // 1000,
        sentence=_sentence(installation, subscription),
    )


def _sentence(installation: Installation, subscription: Subscription) -> str:
    progress = load_progress(installation.ledger, subscription.share_id)
    if subscription.state is SubscriptionState.HELD:
        return f"held: {subscription.held_because} Allow it with: osync sync --yes"
    if subscription.state in (SubscriptionState.ENDED, SubscriptionState.LEFT):
        return {"ended": "ended by its owner", "left": "left"}[subscription.state.value]
    if not progress.known:
        return f"waiting for the first mail of {subscription.owner_name}"
    if progress.damaged:
        return "does not match what the owner announced"
    if progress.missing:
        complete = progress.coverage.complete_through
        return f"a mail is missing: complete up to revision {complete} of {progress.known}"
    return "up to date"


def log(installation: Installation, limit: int = 50) -> Log:
    """Give the newest `limit` runs, changes, and mails of each direction."""
    ledger = installation.ledger
    changes: Sequence[Change] = ledger.changes.newest(limit)
    return Log(
        runs=tuple(ledger.changes.runs(limit)),
        changes=tuple(changes),
        received=tuple(ledger.mails.received(limit)),
        sent=tuple(ledger.mails.sent(limit)),
    )
