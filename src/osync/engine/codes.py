"""Invitations as codes that an owner passes on by themselves, and the invitation that a code is (protocol 3)."""

from osync.engine.installation import Installation
from osync.engine.sharing import TOKEN_SECONDS, check_open, find_share
from osync.ical.texts import clean_line, cut_text
from osync.message.identity import public_identity
from osync.message.invitation_code import InvitationCode, read_code, write_code
from osync.message.manifest import MAX_NAME_CHARACTERS
from osync.model import Invitation, Subscriber, SubscriberState, Trust


def make_code(installation: Installation, name: str, label: str = "") -> str:
    """Give a code that makes whoever accepts it within two weeks a subscriber, once; `label` says for whom it is.

    Their address is the one that their acceptance names. Each call makes another code.
    """
    share = find_share(installation, name)
    check_open(share)
    token = installation.world.random_bytes(16)
    creator = public_identity(share.creator_key) if share.creator_key else installation.identity().public
    code = InvitationCode(
        owner=installation.identity().public,
        creator=creator,
        share_id=share.share_id,
        nonce=share.nonce,
        token=token,
        address=installation.address,
        share_name=share.name,
        owner_name=cut_text(clean_line(installation.name), MAX_NAME_CHARACTERS),
        level=share.level,
        encrypted=share.encrypted,
    )
    invited = Subscriber(
        share_id=share.share_id,
        address=f"code {token.hex()[:8]}",
        name=clean_line(label),
        public_key=b"",
        state=SubscriberState.INVITED,
        token=token,
        token_until=installation.now + TOKEN_SECONDS,
        trust=Trust.VERIFIED,
    )
    with installation.ledger.transaction():
        installation.ledger.shares.put_subscriber(invited)
    return write_code(code)


def invitation_by_code(text: str, now: int) -> Invitation:
    """Give the invitation that a code is; its key is verified, because it did not come by mail. Errors as of `read_code`."""
    code = read_code(text)
    return Invitation(
        share_id=code.share_id,
        share_name=code.share_name,
        owner_key=code.owner.public_key,
        owner_name=code.owner_name,
        owner_address=code.address,
        nonce=code.nonce,
        level=code.level,
        encrypted=code.encrypted,
        token=code.token,
        until=0,
        count=0,
        received_at=now,
        warning="",
        creator_key=code.creator.public_key,
        trust=Trust.VERIFIED,
    )
