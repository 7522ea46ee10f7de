"""What `osync status` and `osync log` tell: where every share and subscription stands, and what happened. Reads only the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from osync.engine.asked import why_asked
from osync.engine.installation import Installation
from osync.engine.progress import load_progress
from osync.ledger.changes import Run
from osync.ledger.mails import ReceivedMail, SentMail
from osync.message.manifest import RequestReason
from osync.model import (
    MOST_PINGS,
    Change,
    Invitation,
    Share,
    ShareState,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
)
from osync.sync.budget import day_start, may_leave
from osync.sync.follow import Progress
from osync.sync.heal import reason_to_ask
from osync.sync.pending import still_waiting

_SILENT_AFTER = 3


@dataclass(frozen=True, slots=True)
class ShareStatus:
    """One share that we own: how many events it has, who subscribes, and why its changes wait for an answer, "" if they do not."""

    share: Share
    events: int
    subscribers: tuple[Subscriber, ...]
    held_because: str = ""


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
    """Where everything stands. `mails_today` is how many recipients got mail today, `mails_a_day` the limit, 0 for none.

    `day_is_full` tells that mails wait and that the next of them does not leave today.
    """

    shares: tuple[ShareStatus, ...]
    subscriptions: tuple[SubscriptionStatus, ...]
    invitations: tuple[Invitation, ...]
    mails_waiting: int
    unreadable: tuple[str, ...]
    mails_today: int
    mails_a_day: int
    day_is_full: bool


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
    waiting = ledger.mails.waiting_numbers()
    today = ledger.mails.recipients_since(day_start(installation.now))
    shares = ledger.shares.all()
    calendars = sorted({share.calendar for share in shares})
    return Status(
        shares=tuple(
            ShareStatus(
                share,
                ledger.shares.live_count(share.share_id, share.floor),
                tuple(ledger.shares.subscribers(share.share_id)),
                why_asked(ledger, share.share_id) if share.state is ShareState.OPEN else "",
            )
            for share in shares
        ),
        subscriptions=tuple(_subscription_status(installation, each) for each in ledger.subscriptions.all()),
        invitations=tuple(still_waiting(ledger.subscriptions.invitations(), installation.now)),
        mails_waiting=len(waiting),
        unreadable=tuple(
            f"{name}: {handle}: {problem}"
            for name in calendars
            for handle, problem in ledger.sources.problems(name).items()
        ),
        mails_today=today,
        mails_a_day=installation.mail_limits.mails_a_day,
        day_is_full=_is_full(installation, waiting, today),
    )


def _is_full(installation: Installation, waiting: Sequence[int], today: int) -> bool:
    following = installation.ledger.mails.waiting(waiting[0]) if waiting else None
    return following is not None and not may_leave(today, len(following.recipients), installation.mail_limits)


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


_OVER = {
    SubscriptionState.ENDED: "ended by its owner",
    SubscriptionState.LEFT: "left",
    SubscriptionState.BLOCKED: "blocked",
}


def _sentence(installation: Installation, subscription: Subscription) -> str:
    if subscription.state is SubscriptionState.HELD:
        return f"held: {subscription.held_because} See it with: osync review"
    if subscription.state in _OVER:
        return _OVER[subscription.state]
    progress = load_progress(installation.ledger, subscription.share_id)
    parts = [_missing(subscription, progress) or "up to date"]
    if subscription.strangers:
        parts.append(f"{_counted(subscription.strangers, 'message')} for it came signed by another key")
    if subscription.note:
        parts.append(subscription.note.rstrip("."))
    if unwritten := _unwritten(installation, subscription):
        waits = "waits" if unwritten == 1 else "wait"
        parts.append(
            f"{_counted(unwritten, 'event')} {waits} to be written into your calendar, and osync sync tells why"
        )
    refused = installation.ledger.mails.last_refusal(subscription.share_id)
    if refused:
        parts.append(f"our last mail did not reach its owner: {refused.rstrip('.')}")
    return "; ".join(parts)


def _unwritten(installation: Installation, subscription: Subscription) -> int:
    """Count what should stand in the calendar and does not, without what waits for the user's answer."""
    subscriptions, share = installation.ledger.subscriptions, subscription.share_id
    return len(set(subscriptions.waiting(share)) - set(subscriptions.held_events(share)))


def _missing(subscription: Subscription, progress: Progress) -> str:
    """Tell what is missing and what is done about it, "" if nothing is."""
    asked = _asked(subscription, progress)
    match reason_to_ask(progress):
        case None:
            return ""
        case RequestReason.JOIN:
            over = "; ask for a new invitation" if subscription.asks and not subscription.ask_at else ""
            return f"waiting for the first mail of {subscription.owner_name}{asked}{over}"
        case RequestReason.DIGEST:
            return f"does not match what its owner announced{asked}"
        case RequestReason.ORDER:
            return f"its owner sends older things than before{asked}"
        case RequestReason.GAP:
            return f"waiting for {_counted(progress.missing, 'revision')}{asked}"


def _asked(subscription: Subscription, progress: Progress) -> str:
    """Tell when the owner was asked, and whether he is silent since."""
    if not subscription.asks:
        return f", asks on {_day(subscription.ask_at)}" if subscription.ask_at else ""
    times = "asked on" if subscription.asks == 1 else f"asked {subscription.asks} times, last on"
    words = f", {times} {_day(subscription.asked_at)}"
    if subscription.asks >= _SILENT_AFTER:
        heard = _day(progress.newest.sent_at // 1000) if progress.newest.sent_at else "the invitation"
        words += f", silent since {heard}"
    return words


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def subscriber_sentence(subscriber: Subscriber, share: Share) -> str:
    """Tell how a subscriber stands: what they confirmed to have, and what is wrong."""
    parts = []
    if subscriber.plain and subscriber.state in (SubscriberState.PLAIN, SubscriberState.PENDING):
        parts.append("reads mails without OSync" if subscriber.told else "wants mails without OSync")
    if subscriber.pings >= MOST_PINGS:
        parts.append(f"silent since {_day(subscriber.confirmed_at)}")
    if subscriber.confirmed_epoch == share.epoch and subscriber.confirmed_revision >= share.head:
        parts.append(f"confirmed on {_day(subscriber.confirmed_at)} to have everything")
    elif subscriber.confirmed_epoch:
        behind = f"revision {subscriber.confirmed_revision} of {share.head}"
        what = behind if subscriber.confirmed_epoch == share.epoch else "an earlier epoch"
        parts.append(f"confirmed {what} on {_day(subscriber.confirmed_at)}")
    if subscriber.note:
        parts.append(subscriber.note.rstrip("."))
    return "; ".join(parts)


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
