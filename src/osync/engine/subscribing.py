"""What a subscriber does: look at invitations, accept or decline one, leave a share."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from osync.engine.codes import invitation_by_code
from osync.engine.copies import write_copies
from osync.engine.installation import Installation, Run
from osync.engine.letters import put_accept, put_leave
from osync.engine.posting import send_outbox
from osync.engine.progress import load_progress, store_progress
from osync.engine.report import Problem, Report
from osync.errors import ConfigurationError, NotFoundError
from osync.ical.copy import SENDER_CHARACTERS
from osync.ledger.subscriptions import FollowedText
from osync.message.invitation_code import is_code
from osync.model import FollowedEvent, Invitation, Subscription, SubscriptionState
from osync.sync.follow import Progress
from osync.sync.heal import after_accepting
from osync.sync.pending import still_waiting

_OVER = (SubscriptionState.LEFT, SubscriptionState.ENDED)


def pending_invitations(installation: Installation) -> list[Invitation]:
    """Give the invitations that wait for an answer, oldest first; one that nobody answered for 30 days is forgotten."""
    return still_waiting(installation.ledger.subscriptions.invitations(), installation.now)


def find_invitation(installation: Installation, which: str) -> Invitation:
    """Give the invitation with this number in the list (from 1), share name, or share id; NotFoundError tells which there are."""
    invitations = pending_invitations(installation)
    matches = [
        invitation
        for number, invitation in enumerate(invitations, start=1)
        if which in (str(number), invitation.share_id, invitation.share_name)
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise NotFoundError(
            f"Several invitations are called {which}.", advice="Name one by its number: osync invitations."
        )
    listed = ", ".join(f"{number} {each.share_name}" for number, each in enumerate(invitations, start=1)) or "none"
    raise NotFoundError(
        f"There is no invitation {which}.",
        advice=f"Waiting: {listed}. If a mail has just come, run osync sync first.",
    )


def invitation_named(installation: Installation, which: str) -> Invitation:
    """Give the invitation of the list with this name or number, or the one that a code is."""
    if is_code(which):
        return invitation_by_code(which, installation.now)
    return find_invitation(installation, which)


def accept(installation: Installation, which: str, *, sender: str, calendar: str) -> Report:
    """Subscribe to a share: its owner's key is pinned, and the next syncs bring the events into `calendar`.

    `which` is an invitation of the list or an invitation code. `sender` stands in brackets before each title; "" takes
    that of before, else the owner's name. Raises NotFoundError, ConfigurationError, and for a code what `read_code` raises.
    """
    invitation = invitation_named(installation, which)
    installation.calendar(calendar)
    _check_not_too_old(installation, invitation)
    known = installation.ledger.subscriptions.get(invitation.share_id)
    name = short_name(sender or (known.sender if known else invitation.owner_name))
    if not name:
        raise ConfigurationError(
            "The name before the titles is empty.", advice="Give one with --as, for example --as pat."
        )
    subscription = _subscription_to(invitation, name, calendar)
    report, run = Report(), Run(installation, "accept")
    with installation.ledger.transaction():
        if known and known.owner_key != invitation.owner_key:
            raise ConfigurationError("This share id belongs to another owner.", unharmed="Nothing was changed.")
        installation.ledger.subscriptions.put(subscription)
        if known and known.calendar != calendar:
            _change_calendar(installation, report, known, calendar)
        if known and known.state in _OVER:
            _begin_again(installation, invitation.share_id)
        put_accept(installation, run, report, invitation)
        _expect_answer(installation, invitation.share_id)
        installation.ledger.subscriptions.drop_invitation(invitation.share_id, invitation.owner_key)
    send_outbox(installation, report)
    run.finish()
    return report


def _subscription_to(invitation: Invitation, sender: str, calendar: str) -> Subscription:
    return Subscription(
        share_id=invitation.share_id,
        share_name=invitation.share_name,
        owner_key=invitation.owner_key,
        owner_name=invitation.owner_name,
        owner_address=invitation.owner_address,
        sender=sender,
        calendar=calendar,
        state=SubscriptionState.JOINING,
        encrypted=invitation.encrypted,
        expected=invitation.count,
        held_because="",
        creator_key=invitation.creator_key or invitation.owner_key,
        nonce=invitation.nonce,
        token=invitation.token,
        level=invitation.level,
        trust=invitation.trust,
    )


def _expect_answer(installation: Installation, share: str) -> None:
    """Let the acceptance be repeated if nothing comes."""
    subscription = installation.ledger.subscriptions.get(share)
    if subscription:
        asking = after_accepting(0, installation.now)
        installation.ledger.subscriptions.put(
            replace(subscription, ask_at=asking.ask_at, asked_at=asking.asked_at, asks=asking.asks)
        )


def _check_not_too_old(installation: Installation, invitation: Invitation) -> None:
    """Refuse what its owner would ignore without a word."""
    if invitation.until and invitation.until < installation.now:
        raise ConfigurationError(
            f"The invitation to {invitation.share_name} is too old.",
            unharmed="Nothing was sent.",
            advice=f"Ask {invitation.owner_address} to invite you again.",
        )


def _begin_again(installation: Installation, share: str) -> None:
    """Let the next snapshot of a share that was over count in full; copies that are still there are taken over."""
    subscriptions = installation.ledger.subscriptions
    old = [text for key in subscriptions.followed(share) if (text := subscriptions.followed_text(share, key))]
    subscriptions.put_followed(
        share, [replace(each, event=replace(each.event, epoch=0, revision=0, fingerprint="")) for each in old]
    )
    subscriptions.set_waiting(share, [each.event.event_key for each in old], waiting=False)
    # Nothing is known of the share any more, so that a lost acceptance is repeated and nothing is asked before.
    heard = load_progress(installation.ledger, share)
    store_progress(installation.ledger, share, Progress(newest=heard.newest, top=heard.top))
    subscriptions.put_written([replace(copy, version="", hidden=False) for copy in subscriptions.all_written(share)])


def _change_calendar(installation: Installation, report: Report, known: Subscription, calendar: str) -> None:
    """Let a share that is accepted again go to another calendar: what is not there yet was not deleted by the user."""
    copies = installation.ledger.subscriptions.write_elsewhere(known.share_id, calendar)
    if copies:
        sentence = (
            f"The events of {known.share_name} go to this calendar now. What OSync wrote to {known.calendar} ({copies})"
            " stays there; you can delete it."
        )
        report.problems.append(Problem(f"calendar {calendar}", sentence))


def short_name(text: str) -> str:
    """Give a name fit to stand in brackets: no brackets, no controls, at most 20 characters."""
    visible = "".join(each for each in text if unicodedata.category(each)[0] != "C" and each not in "[]")
    return " ".join(visible.split())[:SENDER_CHARACTERS].strip()


def decline(installation: Installation, which: str) -> Invitation:
    """Drop an invitation; its sender is told nothing."""
    invitation = find_invitation(installation, which)
    with installation.ledger.transaction():
        installation.ledger.subscriptions.drop_invitation(invitation.share_id, invitation.owner_key)
    return invitation


def find_subscription(installation: Installation, which: str, *, with_copies: bool = False) -> Subscription:
    """Give the subscription with this share name, sender or share id; NotFoundError tells which there are.

    One that is over counts only if no other is meant, or `with_copies` if it has copies in the calendar.
    """
    subscriptions = installation.ledger.subscriptions
    every = subscriptions.all()
    meant = [
        each
        for each in every
        if each.state not in _OVER or (with_copies and any(subscriptions.all_written(each.share_id)))
    ]
    matches = _matching(meant, which) or _matching(every, which)
    if len(matches) == 1:
        return matches[0]
    listed = ", ".join(f"{each.share_name} of {each.owner_name} ({each.share_id})" for each in every) or "none"
    problem = f"Several subscriptions are called {which}." if matches else f"There is no subscription {which}."
    raise NotFoundError(problem, advice=f"Your subscriptions: {listed}.")


def _matching(subscriptions: Sequence[Subscription], which: str) -> list[Subscription]:
    return [each for each in subscriptions if which in (each.share_name, each.sender, each.share_id)]


def leave(installation: Installation, which: str, *, remove: bool) -> Report:
    """End a subscription and tell its owner. Its events stay in the calendar, or go with `remove`.

    A second time can still remove the events. What cannot be removed now is removed by the next sync.
    """
    subscription = find_subscription(installation, which, with_copies=remove)
    ledger, share = installation.ledger, subscription.share_id
    report, run = Report(), Run(installation, "leave")
    with ledger.transaction():
        if subscription.state not in _OVER:
            put_leave(installation, run, report, subscription)
        left_at = subscription.left_at if subscription.state in _OVER else installation.now * 1000
        left = replace(subscription, state=SubscriptionState.LEFT, held_because="", ask_at=0, left_at=left_at)
        ledger.subscriptions.put(left)
        keys = [copy.event_key for copy in ledger.subscriptions.all_written(share)]
        ledger.subscriptions.set_waiting(share, ledger.subscriptions.waiting(share), waiting=False)
        if remove:
            _want_nothing(installation, share, keys)
    write_copies(installation, run, report, approve=False)
    send_outbox(installation, report)
    run.finish()
    return report


def _want_nothing(installation: Installation, share: str, keys: Sequence[str]) -> None:
    subscriptions = installation.ledger.subscriptions
    gone = [
        FollowedText(FollowedEvent(key, 0, 0, 0, 0, live=False, fingerprint="", last_day=""), "", 0) for key in keys
    ]
    subscriptions.put_followed(share, gone)
