"""What owners tell us, the subscriber: invitations, revisions of their events, new keys, the end of a share.

Nothing is sent from here: what has to be asked or answered is noted, and later steps of the run send it (protocol 5.4, 7.2).
"""

from dataclasses import replace
from datetime import UTC, datetime

from osync.engine.installation import Installation
from osync.engine.progress import load_progress, store_progress
from osync.ledger.subscriptions import FollowedText, HeardAnnouncement
from osync.message.identity import encryption_key, is_signed_by, public_identity, share_id
from osync.message.manifest import (
    End,
    Invite,
    Ping,
    Rekey,
    Snapshot,
    Update,
    announcement_bytes,
    rekey_bytes,
)
from osync.model import COMPARE_AGAIN, Invitation, PublicIdentity, Subscription, SubscriptionState, Trust
from osync.sync.follow import FollowPlan, Place, Progress, covered_tombstones, follow
from osync.sync.heal import LEAVE_AGAIN_AFTER, STATUS_AGAIN_AFTER, Asking, after_hearing
from osync.sync.pending import list_invitation
from osync.sync.subscriber_states import Act, SubscriberEvent, react, standing_of

_IGNORED = "Nothing was done."
_ANNOUNCEMENTS = 16


def take_invite(installation: Installation, message: Invite, signer: PublicIdentity) -> str:
    """Put an invitation on the list for the user; it touches no calendar and nobody is answered."""
    subscriptions = installation.ledger.subscriptions
    creator = _creator(message, signer)
    if creator is None:
        return f"An invitation names a share that does not belong to the key that signed it. {_IGNORED}"
    if message.until is not None and message.until < installation.now:
        return f"An invitation by {message.owner_name} to {message.share_name} is too old. {_IGNORED}"
    known = subscriptions.get(message.common.share)
    if known and known.owner_key in [each.old_key for each in message.successions]:
        # The changes that an invitation names are as good as the messages that told them and were lost.
        _take_owners_key(installation, known, signer)
        known = subscriptions.get(message.common.share)
    pinned = known is None or known.owner_key == signer.public_key
    standing = standing_of(known.state if known else None, invited=False)
    event = SubscriberEvent.INVITE if pinned else SubscriberEvent.INVITE_BY_ANOTHER
    acts = react(standing, event).acts
    if known and Act.PROPOSE in acts:
        return _propose(installation, known, message)
    if known and Act.LIST_IF_LATER in acts and message.common.sent_at <= known.left_at:
        return f"An old invitation to {message.share_name}, which we left, came late. {_IGNORED}"
    if not acts:
        return f"{message.owner_name} invites you to {message.share_name} again. {_IGNORED}"
    warning = _impostor_warning(installation, message, signer)
    return _list_invitation(
        installation, replace(_invitation(installation, message, signer, warning), creator_key=creator)
    )


def _creator(message: Invite, signer: PublicIdentity) -> bytes | None:
    """Give the key that made the share, if it is the signer's or led to it by changes that both keys signed."""
    keys = [each.old_key for each in message.successions] + [signer.public_key]
    for succession, following in zip(message.successions, keys[1:], strict=True):
        signed = rekey_bytes(succession.old_key, following, message.common.share)
        old, new = public_identity(succession.old_key), public_identity(following)
        if not is_signed_by(old, succession.old_signature, signed) or not is_signed_by(
            new, succession.new_signature, signed
        ):
            return None
    return keys[0] if message.common.share == share_id(public_identity(keys[0]), message.share_nonce) else None


def _propose(installation: Installation, known: Subscription, message: Invite) -> str:
    """Note what an owner says anew about a share that we have; accepting again repeats our acceptance with the new token."""
    changed = (known.share_name, known.level) != (message.share_name, message.level)
    note = (
        f"Its owner now calls it {message.share_name} and shows the level {message.level}." if changed else known.note
    )
    renewed = replace(known, note=note, nonce=message.share_nonce, token=message.token or known.token)
    joins = known.state is SubscriptionState.JOINING and bool(message.token)
    if joins:
        renewed = replace(renewed, ask_at=installation.now, asks=0)
    installation.ledger.subscriptions.put(renewed)
    done = "Our acceptance is sent again." if joins else _IGNORED
    return f"{message.owner_name} invites you to {message.share_name} again, to which we subscribe. {done}"


def _list_invitation(installation: Installation, invitation: Invitation) -> str:
    subscriptions = installation.ledger.subscriptions
    listing = list_invitation(invitation, subscriptions.invitations(), installation.now)
    for gone in listing.dropped:
        subscriptions.drop_invitation(gone.share_id, gone.owner_key)
    for written in listing.written:
        subscriptions.put_invitation(written)
    owner = f"{invitation.owner_name} <{invitation.owner_address}>"
    if listing.refusal:
        return f"{owner} invites you to {invitation.share_name}. {listing.refusal} {_IGNORED}"
    return f"{owner} invites you to {invitation.share_name}. {invitation.warning}".rstrip()


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
    if subscription is None:
        return f"Revisions of a share to which we do not subscribe came. {_IGNORED}"
    if subscription.encrypted and not encrypted:
        return _downgraded(installation, subscription, "A mail")
    acts = react(standing_of(subscription.state, invited=False), SubscriberEvent.UPDATE).acts
    if Act.SEND_LEAVE_AGAIN in acts:
        return _leave_again(installation, subscription)
    if Act.FOLLOW not in acts:
        return f"Revisions of {subscription.share_name} came, which is {subscription.state}. {_IGNORED}"
    if not _is_announced(message, signer):
        return f"A mail for {subscription.share_name} announces what its owner did not sign. {_IGNORED}"
    progress = load_progress(installation.ledger, subscription.share_id)
    held = installation.ledger.subscriptions.followed(subscription.share_id)
    digests = {
        Place(heard.epoch, heard.head): heard.digest
        for heard in installation.ledger.subscriptions.announcements(subscription.share_id)
    }
    plan = follow(progress, held, message, digests)
    _record(installation, mail, subscription, message, plan)
    _note_what_is_missing(installation, subscription, plan.progress)
    return _sentence(subscription, plan)


def _is_announced(message: Update | Snapshot, owner: PublicIdentity) -> bool:
    """Tell whether the owner signed the announcement, so that it can be held up to them later (protocol 5.5)."""
    heard = message.announcement
    signed = announcement_bytes(message.common.share, heard.epoch, heard.head, heard.digest, heard.writer)
    return is_signed_by(owner, heard.signature, signed)


def _downgraded(installation: Installation, subscription: Subscription, what: str) -> str:
    """Warn once that something came unprotected; the status keeps the sentence."""
    note = f"{what} for {subscription.share_name} came without encryption, which was agreed on."
    installation.ledger.subscriptions.put(replace(subscription, note=note))
    return f"{note} {_IGNORED}"


def _leave_again(installation: Installation, subscription: Subscription) -> str:
    """Let the owner be told again that we left, if he still sends a while after it."""
    late = max(subscription.answered_at, subscription.left_at // 1000) + LEAVE_AGAIN_AFTER
    if late > installation.now:
        return f"Revisions of {subscription.share_name} came, which we left. {_IGNORED}"
    installation.ledger.subscriptions.put(replace(subscription, pinged=True))
    return f"{subscription.owner_name} still sends {subscription.share_name}, which we left; they are told again."


def _note_what_is_missing(installation: Installation, subscription: Subscription, progress: Progress) -> None:
    """Note in the subscription whether we have joined, and when to ask for what is missing."""
    standing = standing_of(subscription.state, invited=False)
    if progress.complete:
        standing = react(standing, SubscriberEvent.COMPLETE).standing
    chance = int.from_bytes(installation.world.random_bytes(2), "big")
    asking = Asking(subscription.ask_at, subscription.asked_at, subscription.asks)
    asking = after_hearing(asking, progress, installation.now, chance)
    heard = replace(
        subscription, state=SubscriptionState(standing.value),
        ask_at=asking.ask_at, asked_at=asking.asked_at, asks=asking.asks,
    )  # fmt: skip
    if heard != subscription:
        installation.ledger.subscriptions.put(heard)


def _pinned(installation: Installation, share: str, signer: PublicIdentity) -> Subscription | None:
    """Give the subscription if `signer` is the owner whose key was pinned when it was accepted; anybody else is counted."""
    subscription = installation.ledger.subscriptions.get(share)
    if subscription and subscription.owner_key != signer.public_key:
        count_stranger(installation, share)
        return None
    return subscription


def _record(
    installation: Installation, mail: int, subscription: Subscription, message: Update | Snapshot, plan: FollowPlan
) -> None:
    subscriptions, share = installation.ledger.subscriptions, subscription.share_id
    for zone in message.zones:
        subscriptions.put_zone(share, zone.name, zone.text)
    subscriptions.put_followed(
        share, [FollowedText(taken.event, taken.text, mail, taken.occurrences) for taken in plan.taken]
    )
    subscriptions.forget_followed(share, plan.released)
    subscriptions.release_written(share, plan.released)
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
    if subscription is None:
        return _end_of_invitation(installation, message, signer)
    if Act.TELL not in react(standing_of(subscription.state, invited=False), SubscriberEvent.END).acts:
        return f"The end of a share came to which we do not subscribe. {_IGNORED}"
    if subscription.encrypted and not encrypted:
        return _downgraded(installation, subscription, "The end")
    if message.common.sent_at < load_progress(installation.ledger, subscription.share_id).newest.sent_at:
        return f"An old end of {subscription.share_name} came late. {_IGNORED}"
    ended = replace(
        subscription, state=SubscriptionState.ENDED, held_because="", ask_at=0, left_at=message.common.sent_at
    )
    installation.ledger.subscriptions.put(ended)
    day = datetime.fromtimestamp(installation.now, UTC).date().isoformat()
    return f"{subscription.owner_name} ended {subscription.share_name} on {day}; its events stay in your calendar."


def _end_of_invitation(installation: Installation, message: End, signer: PublicIdentity) -> str:
    subscriptions = installation.ledger.subscriptions
    for invitation in subscriptions.invitations():
        if (invitation.share_id, invitation.owner_key) == (message.common.share, signer.public_key):
            subscriptions.drop_invitation(invitation.share_id, invitation.owner_key)
            return f"{invitation.owner_name} took the invitation to {invitation.share_name} back."
    return f"The end of a share came to which we do not subscribe. {_IGNORED}"


def take_ping(installation: Installation, message: Ping, signer: PublicIdentity) -> str:
    """Note that an owner asks whether we are still there, unless we answered a week ago or later."""
    subscription = _pinned(installation, message.common.share, signer)
    standing = standing_of(subscription.state if subscription else None, invited=False)
    acts = react(standing, SubscriberEvent.PING).acts
    if subscription is None or not acts:
        return f"Somebody asks whether we still subscribe to a share that we do not have. {_IGNORED}"
    if subscription.answered_at + STATUS_AGAIN_AFTER > installation.now:
        return f"{subscription.owner_name} asks again whether we are there. {_IGNORED}"
    installation.ledger.subscriptions.put(replace(subscription, pinged=True))
    return f"{subscription.owner_name} asks whether we still follow {subscription.share_name}."


def take_owners_new_key(installation: Installation, message: Rekey, signer: PublicIdentity) -> str:
    """Let an owner's new key take the place of the old one, which signed for it; a compared code has to be compared again.

    Whoever brings it: the signatures of both keys over the change count, or the old key's over the whole message.
    """
    share = message.common.share
    subscription = installation.ledger.subscriptions.get(share)
    standing = standing_of(subscription.state if subscription else None, invited=False)
    if subscription is None or Act.REPLACE_KEY not in react(standing, SubscriberEvent.REKEY).acts:
        return f"A new key came for a share to which we do not subscribe. {_IGNORED}"
    if subscription.owner_key == message.new_key:
        return f"That {subscription.owner_name} has a new key was told before. {_IGNORED}"
    old, new = public_identity(subscription.owner_key), public_identity(message.new_key)
    signed = rekey_bytes(old.public_key, message.new_key, share)
    if signer != old and not is_signed_by(old, message.old_signature, signed):
        count_stranger(installation, share)
        return f"A new key for {subscription.share_name} came that its owner's key did not sign for. {_IGNORED}"
    if not is_signed_by(new, message.signature, signed):
        return f"A new key of {subscription.owner_name} does not agree to be theirs. {_IGNORED}"
    return _take_owners_key(installation, subscription, new)


def _take_owners_key(installation: Installation, subscription: Subscription, new: PublicIdentity) -> str:
    encryption_key(new)
    verified = subscription.trust is Trust.VERIFIED
    note = f"{subscription.owner_name} has a new key: {COMPARE_AGAIN}." if verified else subscription.note
    renewed = replace(subscription, owner_key=new.public_key, trust=Trust.TOFU, note=note, strangers=0)
    installation.ledger.subscriptions.put(renewed)
    return f"{subscription.owner_name} has a new key, which their old key signed for."


def count_stranger(installation: Installation, share: str) -> None:
    """Count a message for a share of ours that another key signed; it changes nothing else (protocol 7.2)."""
    subscription = installation.ledger.subscriptions.get(share)
    if subscription:
        installation.ledger.subscriptions.put(replace(subscription, strangers=subscription.strangers + 1))
