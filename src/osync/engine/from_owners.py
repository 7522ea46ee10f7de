"""What owners tell us, the subscriber: invitations, revisions of their events, and the end of a share (protocol 5.4, 7.2)."""

from dataclasses import replace
from datetime import UTC, datetime

from osync.engine.installation import Installation
from osync.engine.progress import load_progress, store_progress
from osync.ledger.subscriptions import FollowedText, HeardAnnouncement
from osync.message.identity import share_id
from osync.message.manifest import End, Invite, Snapshot, Update
from osync.model import Invitation, PublicIdentity, Subscription, SubscriptionState
from osync.sync.follow import FollowPlan, Place, covered_tombstones, follow

_IGNORED = "Nothing was done."
_PENDING_INVITATIONS = 20
_ANNOUNCEMENTS = 16
_LISTENING = (SubscriptionState.JOINING, SubscriptionState.ACTIVE, SubscriptionState.HELD)


def take_invite(installation: Installation, message: Invite, signer: PublicIdentity) -> str:
    """Put an invitation on the list for the user; it touches no calendar and nobody is answered."""
    subscriptions = installation.ledger.subscriptions
    if message.common.share != share_id(signer, message.share_nonce):
        return f"An invitation names a share that does not belong to the key that signed it. {_IGNORED}"
    if message.until is not None and message.until < installation.now:
        return f"An invitation by {message.owner_name} to {message.share_name} is too old. {_IGNORED}"
    known = subscriptions.get(message.common.share)
    if known and known.state in _LISTENING:
        return f"{message.owner_name} invites us to {message.share_name} again, to which we subscribe. {_IGNORED}"
    warning = _impostor_warning(installation, message, signer)
    subscriptions.put_invitation(_invitation(installation, message, signer, warning))
    waiting = subscriptions.invitations()
    for oldest in waiting[: max(0, len(waiting) - _PENDING_INVITATIONS)]:
        subscriptions.drop_invitation(oldest.share_id, oldest.owner_key)
    return f"{message.owner_name} <{message.owner_address}> invites us to {message.share_name}. {warning}".rstrip()


def _impostor_warning(installation: Installation, message: Invite, signer: PublicIdentity) -> str:
    for known in installation.ledger.subscriptions.all():
        same = known.owner_address.casefold() == message.owner_address.casefold()
        if known.owner_key != signer.public_key and (same or known.owner_name == message.owner_name):
            return f"It is not signed by the key of {known.owner_name}, to whose share {known.share_name} we subscribe."
    return ""


def _invitation(installation: Installation, message: Invite, signer: PublicIdentity, warning: str) -> Invitation:
    return Invitation(
        share_id=message.common.share,
        share_name=message.share_name,
        owner_key=signer.public_key,
        owner_name=message.owner_name,
        owner_address=message.owner_address,
        nonce=message.share_nonce,
        level=message.level,
        encrypted=message.encrypted,
        token=message.token or b"",
        until=message.until or 0,
        count=message.count,
        received_at=installation.now,
        warning=warning,
        sent_at=message.common.sent_at,
        creator_key=signer.public_key,
        delivery=message.mode,
        list_address=message.list_address,
        approval=message.approval,
    )


def take_revisions(
    installation: Installation, mail: int, message: Update | Snapshot, signer: PublicIdentity, *, encrypted: bool
) -> str:
    """Let newer versions of events into the ledger, where they wait for the calendar."""
    subscription = _pinned(installation, message.common.share, signer)
    if subscription is None or subscription.state not in _LISTENING:
        return f"Revisions of a share to which we do not subscribe came. {_IGNORED}"
    if subscription.encrypted and not encrypted:
        return f"A mail for {subscription.share_name} came without encryption, which was agreed on. {_IGNORED}"
    progress = load_progress(installation.ledger, subscription.share_id)
    held = installation.ledger.subscriptions.followed(subscription.share_id)
    digests = {
        Place(heard.epoch, heard.head): heard.digest
        for heard in installation.ledger.subscriptions.announcements(subscription.share_id)
    }
    plan = follow(progress, held, message, digests)
    _record(installation, mail, subscription, message, plan)
    if plan.progress.complete and subscription.state is SubscriptionState.JOINING:
        installation.ledger.subscriptions.put(replace(subscription, state=SubscriptionState.ACTIVE))
    return _sentence(subscription, plan)


def _pinned(installation: Installation, share: str, signer: PublicIdentity) -> Subscription | None:
    """Give the subscription if `signer` is the owner whose key was pinned when it was accepted."""
    subscription = installation.ledger.subscriptions.get(share)
    return subscription if subscription and subscription.owner_key == signer.public_key else None


def _record(
    installation: Installation, mail: int, subscription: Subscription, message: Update | Snapshot, plan: FollowPlan
) -> None:
    subscriptions, share = installation.ledger.subscriptions, subscription.share_id
    for zone in message.zones:
        subscriptions.put_zone(share, zone.name, zone.text)
    subscriptions.put_followed(share, [FollowedText(taken.event, taken.text, mail) for taken in plan.taken])
    subscriptions.forget_followed(share, plan.released)
    subscriptions.drop_written(share, plan.released)
    subscriptions.forget_followed(share, covered_tombstones(plan.progress, subscriptions.settled_tombstones(share)))
    heard = message.announcement
    subscriptions.put_announcement(
        share,
        HeardAnnouncement(heard.epoch, heard.head, heard.digest, heard.writer, heard.signature.hex()),
        installation.now,
        keep=_ANNOUNCEMENTS,
    )
    store_progress(installation.ledger, share, plan.progress)


def _sentence(subscription: Subscription, plan: FollowPlan) -> str:
    deleted = sum(1 for taken in plan.taken if not taken.event.live)
    parts = [f"{subscription.share_name} of {subscription.owner_name}: {len(plan.taken) - deleted} new or changed"]
    parts.append(f"{deleted} deleted")
    if plan.progress.missing:
        parts.append(f"{plan.progress.missing} revisions are missing")
    if plan.progress.damaged:
        parts.append("the whole does not match what the owner announced")
    return ", ".join(parts) + "."


def take_end(installation: Installation, message: End, signer: PublicIdentity, *, encrypted: bool) -> str:
    """Stop following a share that its owner closed, or closed for us; the copies stay with the user."""
    subscription = _pinned(installation, message.common.share, signer)
    if subscription is None or subscription.state not in _LISTENING:
        return f"The end of a share came to which we do not subscribe. {_IGNORED}"
    if subscription.encrypted and not encrypted:
        return f"The end of {subscription.share_name} came without encryption, which was agreed on. {_IGNORED}"
    if message.common.sent_at < load_progress(installation.ledger, subscription.share_id).newest.sent_at:
        return f"An old end of {subscription.share_name} came late. {_IGNORED}"
    ended = replace(subscription, state=SubscriptionState.ENDED, held_because="")
    installation.ledger.subscriptions.put(ended)
    day = datetime.fromtimestamp(installation.now, UTC).date().isoformat()
    return f"{subscription.owner_name} ended {subscription.share_name} on {day}; its events stay in your calendar."
