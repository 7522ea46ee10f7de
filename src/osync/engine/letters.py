"""The single letters between an owner and a subscriber: invitation, end, acceptance, leave (protocol 3, 6.2)."""

from osync.engine.installation import Installation, Run
from osync.engine.outbox import common_fields, put_message
from osync.engine.report import Report
from osync.message.identity import public_identity, token_mac
from osync.message.manifest import Accept, End, EndReason, Invite, Leave
from osync.model import Invitation, Share, Subscriber, Subscription


def put_invitation(installation: Installation, run: Run, report: Report, share: Share, subscriber: Subscriber) -> None:
    """Offer a share to one address; encrypted if we know a key of that address."""
    known = installation.ledger.shares.key_of(subscriber.address)
    keys = [public_identity(known)] if known else []
    message = Invite(
        common=common_fields(installation, share.share_id),
        share_name=share.name,
        owner_name=installation.name,
        owner_address=installation.address,
        share_nonce=share.nonce,
        level=share.level,
        encrypted=True,
        token=subscriber.token,
        until=subscriber.token_until,
        count=installation.ledger.shares.live_count(share.share_id, share.floor),
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
    )
    put_message(installation, run, report, message, [invitation.owner_address], [owner], share=invitation.share_name)


def put_leave(installation: Installation, run: Run, report: Report, subscription: Subscription) -> None:
    """Tell an owner that we leave."""
    owner = public_identity(subscription.owner_key)
    message = Leave(common_fields(installation, subscription.share_id, to=owner, counted=True))
    address, share = subscription.owner_address, subscription.share_name
    put_message(installation, run, report, message, [address], [owner], share=share)
