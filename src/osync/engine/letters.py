"""The single letters between an owner and a subscriber, everything but updates and snapshots (protocol 3, 6.2)."""

from osync.engine.installation import Installation, Run
from osync.engine.outbox import Manner, common_fields, put_message
from osync.engine.report import Report
from osync.ledger.successions import KeyChange
from osync.message.identity import public_identity, token_mac
from osync.message.manifest import (
    MAX_ANNOUNCEMENTS,
    Accept,
    Announcement,
    End,
    EndReason,
    Invite,
    Leave,
    Ping,
    Rekey,
    Request,
    RequestReason,
    Status,
    Succession,
)
from osync.model import Invitation, Share, Subscriber, Subscription
from osync.sync.follow import Progress
from osync.sync.heal import reason_to_ask

DEVICE_NAME = "device_name"
"""The setting with the name of this device, for owners of shares that several devices of ours follow."""

VOUCHER = "voucher "
"""The setting, with the id of a share behind it, with the key and the signature (hex) of the device that vouched for this one."""

_KEY_BYTES = 64


def put_invitation(installation: Installation, run: Run, report: Report, share: Share, subscriber: Subscriber) -> None:
    """Offer a share to one address; encrypted if we know a key of that address."""
    known = installation.ledger.shares.key_of(subscriber.address)
    keys = [public_identity(known)] if known else None
    message = Invite(
        common=common_fields(installation, share.share_id),
        share_name=share.name,
        owner_name=installation.name,
        owner_address=installation.address,
        share_nonce=share.nonce,
        level=share.level,
        encrypted=share.encrypted,
        token=subscriber.token or None,
        until=subscriber.token_until or None,
        count=installation.ledger.shares.live_count(share.share_id, share.floor),
        mode=share.delivery,
        list_address=share.list_address,
        approval=share.approval,
        successions=tuple(
            Succession(each.old_key, each.old_signature, each.new_signature)
            for each in installation.ledger.successions.changes(share.share_id)
        ),
    )
    put_message(installation, run, report, message, [subscriber.address], keys, share=share.name)


def put_end(
    installation: Installation, run: Run, report: Report, share: Share, subscriber: Subscriber, *, closed: bool
) -> None:
    """Tell one subscriber that nothing more comes; the wish is that the copies stay."""
    key = public_identity(subscriber.public_key)
    reason = EndReason.CLOSED if closed else EndReason.REVOKED
    common = common_fields(installation, share.share_id, to=key)
    message = End(common, share.epoch, share.head, reason, keep=True)
    put_message(installation, run, report, message, [subscriber.address], [key], share=share.name)


def put_accept(installation: Installation, run: Run, report: Report, invitation: Invitation) -> None:
    """Accept an invitation, with the proof that we hold its token."""
    owner = public_identity(invitation.owner_key)
    identity = installation.identity().public
    share = invitation.share_id
    message = Accept(
        common=common_fields(installation, share, to=owner, counted=True),
        share_nonce=invitation.nonce,
        token_mac=token_mac(invitation.token, identity, share) if invitation.token else None,
        name=installation.name,
        address=installation.address,
        device=installation.ledger.setting(DEVICE_NAME),
    )
    put_message(installation, run, report, message, [invitation.owner_address], [owner], share=invitation.share_name)


def put_accept_again(installation: Installation, run: Run, report: Report, subscription: Subscription) -> None:
    """Repeat an acceptance that may have been lost, or send that of a second device for which the first one vouches."""
    owner = public_identity(subscription.owner_key)
    identity = installation.identity().public
    share = subscription.share_id
    voucher = bytes.fromhex(installation.ledger.setting(VOUCHER + share))
    message = Accept(
        common=common_fields(installation, share, to=owner, counted=True),
        share_nonce=subscription.nonce,
        token_mac=token_mac(subscription.token, identity, share) if subscription.token else None,
        name=installation.name,
        address=installation.address,
        device=installation.ledger.setting(DEVICE_NAME),
        voucher=voucher[_KEY_BYTES:],
        voucher_key=voucher[:_KEY_BYTES],
    )
    put_message(
        installation, run, report, message, [subscription.owner_address], [owner], share=subscription.share_name
    )


def put_request(
    installation: Installation, run: Run, report: Report, subscription: Subscription, progress: Progress
) -> None:
    """Ask an owner for what is missing, with what we heard of them (protocol 5.5)."""
    owner = public_identity(subscription.owner_key)
    message = Request(
        common=common_fields(installation, subscription.share_id, to=owner, counted=True),
        epoch=progress.epoch,
        covered=progress.coverage.complete_through,
        damaged=progress.damaged,
        announcements=_heard(installation, subscription.share_id),
        why=reason_to_ask(progress) or RequestReason.JOIN,
    )
    address, share, manner = subscription.owner_address, subscription.share_name, Manner(automatic=True)
    put_message(installation, run, report, message, [address], [owner], share=share, manner=manner)


def put_status(
    installation: Installation, run: Run, report: Report, subscription: Subscription, progress: Progress
) -> None:
    """Answer a ping: tell how far we have come."""
    owner = public_identity(subscription.owner_key)
    message = Status(
        common=common_fields(installation, subscription.share_id, to=owner, counted=True),
        epoch=progress.epoch,
        covered=progress.coverage.complete_through,
        announcements=_heard(installation, subscription.share_id),
    )
    address, share, manner = subscription.owner_address, subscription.share_name, Manner(automatic=True)
    put_message(installation, run, report, message, [address], [owner], share=share, manner=manner)


def _heard(installation: Installation, share_id: str) -> tuple[Announcement, ...]:
    """Give the newest announcements of an owner, and the highest one among them."""
    heard = [
        Announcement(each.epoch, each.head, each.digest, each.writer, bytes.fromhex(each.signature))
        for each in installation.ledger.subscriptions.announcements(share_id)
    ]
    highest = max(heard, key=lambda each: (each.epoch, each.head), default=None)
    newest = [each for each in heard if each is not highest][-(MAX_ANNOUNCEMENTS - 1) :]
    return (*newest, highest) if highest else ()


def put_ping(installation: Installation, run: Run, report: Report, share: Share, subscriber: Subscriber) -> None:
    """Ask a subscriber whether they are still there."""
    key = public_identity(subscriber.public_key)
    message = Ping(common_fields(installation, share.share_id, to=key))
    put_message(installation, run, report, message, [subscriber.address], [key], share=share.name)


def put_leave(installation: Installation, run: Run, report: Report, subscription: Subscription) -> None:
    """Tell an owner that we leave."""
    owner = public_identity(subscription.owner_key)
    message = Leave(common_fields(installation, subscription.share_id, to=owner, counted=True))
    address, share = subscription.owner_address, subscription.share_name
    put_message(installation, run, report, message, [address], [owner], share=share)


def put_rekey(
    installation: Installation, run: Run, report: Report, change: KeyChange, peer_key: bytes, *, automatic: bool = False
) -> None:
    """Tell one owner or subscriber that our key became another one; both signatures show it, whoever seals the message."""
    ledger, peer = installation.ledger, public_identity(peer_key)
    subscription = ledger.subscriptions.get(change.share_id)
    share, subscriber = ledger.shares.get(change.share_id), ledger.shares.subscriber_with_key(change.share_id, peer_key)
    common = common_fields(installation, change.share_id, to=peer, counted=subscription is not None)
    message = Rekey(common, change.new_key, change.new_signature, change.old_signature)
    address = subscription.owner_address if subscription else subscriber.address if subscriber else ""
    name = subscription.share_name if subscription else share.name if share else ""
    put_message(installation, run, report, message, [address], [peer], share=name, manner=Manner(automatic=automatic))
