"""Send what is due by the clock or owed to one peer: questions, answers to pings, pings, and ends (protocol 5.5, 7).

Each letter and the note that it was sent are one transaction. Most runs find nothing due and never come here.
"""

from dataclasses import replace

from osync.engine.installation import Installation, Run
from osync.engine.letters import put_accept_again, put_end, put_leave, put_ping, put_request, put_status
from osync.engine.outbox import by_itself
from osync.engine.pacing import may_answer_today
from osync.engine.progress import load_progress
from osync.engine.report import Report
from osync.model import (
    LISTENING,
    MOST_PINGS,
    PING_AFTER,
    Share,
    ShareState,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
)
from osync.sync.heal import (
    Asking,
    after_accepting,
    after_asking,
    after_hearing,
    reason_to_ask,
)


def do_duties(installation: Installation, run: Run, report: Report) -> None:
    """Put every letter that is due into the outbox. A second time at the same moment nothing is due.

    A letter that cannot be written is reported, and stays due.
    """
    if installation.ledger.successions.due(installation.now):
        # Late, because a key is changed once in years.
        from osync.engine.identities import tell_new_key

        tell_new_key(installation, run, report)
    for subscription in installation.ledger.subscriptions.all():
        if subscription.pinged:
            _answer_ping(installation, run, report, subscription)
        due = subscription.ask_at and subscription.ask_at <= installation.now
        if due and may_answer_today(installation, subscription.owner_address, subscription.share_id):
            _ask(installation, run, report, subscription)
    for share in installation.ledger.shares.all():
        for subscriber in installation.ledger.shares.subscribers(share.share_id):
            if subscriber.state is SubscriberState.REVOKED and subscriber.wants_snapshot:
                with by_itself(installation, report):
                    put_end(installation, run, report, share, subscriber, closed=share.state is ShareState.STOPPED)
                    installation.ledger.shares.put_subscriber(
                        replace(subscriber, wants_snapshot=False, ended_at=installation.now)
                    )
            if subscriber.state is SubscriberState.LEFT and subscriber.wants_snapshot and not subscriber.public_key:
                _confirm_leaving(installation, run, report, share, subscriber)
            heard = max(subscriber.confirmed_at, subscriber.pinged_at)
            is_quiet = heard + PING_AFTER <= installation.now and subscriber.pings < MOST_PINGS
            if subscriber.state is SubscriberState.ACTIVE and share.state is ShareState.OPEN and is_quiet:
                with by_itself(installation, report):
                    put_ping(installation, run, report, share, subscriber)
                    installation.ledger.shares.put_subscriber(
                        replace(subscriber, pinged_at=installation.now, pings=subscriber.pings + 1)
                    )


def _confirm_leaving(
    installation: Installation, run: Run, report: Report, share: Share, subscriber: Subscriber
) -> None:
    """Tell somebody without OSync that they left, as they asked by mail."""
    from osync.engine.plain import put_leave_confirmation

    with by_itself(installation, report):
        put_leave_confirmation(installation, run, report, share, subscriber)
        installation.ledger.shares.put_subscriber(replace(subscriber, wants_snapshot=False, ended_at=installation.now))


def _answer_ping(installation: Installation, run: Run, report: Report, subscription: Subscription) -> None:
    answered = replace(subscription, pinged=False, answered_at=installation.now)
    with by_itself(installation, report):
        if subscription.state is SubscriptionState.LEFT:
            put_leave(installation, run, report, subscription)
        elif subscription.state in LISTENING:
            progress = load_progress(installation.ledger, subscription.share_id)
            put_status(installation, run, report, subscription, progress)
        installation.ledger.subscriptions.put(answered)


def _ask(installation: Installation, run: Run, report: Report, subscription: Subscription) -> None:
    """Ask for what is missing, repeat the acceptance if nothing came at all, or forget to ask if nothing is missing."""
    progress = load_progress(installation.ledger, subscription.share_id)
    asking = Asking(subscription.ask_at, subscription.asked_at, subscription.asks)
    with by_itself(installation, report):
        if subscription.state not in LISTENING:
            asking = Asking(0, asking.asked_at, 0)
        elif not progress.known:
            put_accept_again(installation, run, report, subscription)
            asking = after_accepting(asking.asks, installation.now)
        elif reason_to_ask(progress):
            put_request(installation, run, report, subscription, progress)
            asking = after_asking(asking, installation.now)
        else:
            asking = after_hearing(asking, progress, installation.now, 0)
        installation.ledger.subscriptions.put(
            replace(
                installation.ledger.subscriptions.get(subscription.share_id) or subscription,
                ask_at=asking.ask_at, asked_at=asking.asked_at, asks=asking.asks,
            )
        )  # fmt: skip
