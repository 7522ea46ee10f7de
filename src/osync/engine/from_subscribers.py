"""What subscribers tell us, the owner: that they accept, and that they leave (protocol 3, 7.1)."""

from dataclasses import replace

from osync.engine.installation import Installation
from osync.engine.outbox import withdraw_mails
from osync.message.identity import token_mac
from osync.message.manifest import Accept, Leave
from osync.model import PublicIdentity, Share, ShareState, Subscriber, SubscriberState

_IGNORED = "Nothing was done."


def take_accept(installation: Installation, message: Accept, signer: PublicIdentity) -> str:
    """Make the invited person a subscriber if the token is right; the next sync sends them the whole share.

    A token works once; a second acceptance by the same key asks for the share again, an old one (by its counter) is
    a replay.
    """
    share = installation.ledger.shares.get(message.common.share)
    if share is None or share.state is not ShareState.OPEN or share.nonce != message.share_nonce:
        return f"Somebody accepts a share that we do not offer. {_IGNORED}"
    shares = installation.ledger.shares
    subscribers = shares.subscribers(share.share_id)
    known = next((each for each in subscribers if each.public_key == signer.public_key), None)
    counter = message.common.counter or 0
    invited = next((each for each in subscribers if _matches(each, message, signer, installation.now)), None)
    if known and (invited is None or known.state is SubscriberState.ACTIVE or counter <= known.counter):
        return _accept_again(installation, share, known, counter)
    if invited is None:
        return f"Somebody accepts {share.name} with a wrong, old or used token. {_IGNORED}"
    if known:
        # They come back, maybe under another address: one key is one subscriber.
        shares.drop_subscriber(known)
    shares.drop_subscriber(invited)
    shares.put_subscriber(
        replace(
            invited,
            name=message.name,
            public_key=signer.public_key,
            state=SubscriberState.ACTIVE,
            token=b"",
            counter=counter,
            wants_snapshot=True,
        )
    )
    return f"{invited.address} accepted {share.name}."


def _matches(subscriber: Subscriber, message: Accept, signer: PublicIdentity, now: int) -> bool:
    return (
        subscriber.state is SubscriberState.INVITED
        and bool(subscriber.token)
        and subscriber.token_until >= now
        and message.token_mac == token_mac(subscriber.token, signer, message.common.share)
    )


def _accept_again(installation: Installation, share: Share, known: Subscriber, counter: int) -> str:
    if counter <= known.counter:
        return f"An old acceptance of {share.name} came again. {_IGNORED}"
    if known.state is not SubscriberState.ACTIVE:
        return f"{known.address} is no subscriber of {share.name} any more. {_IGNORED}"
    installation.ledger.shares.put_subscriber(replace(known, counter=counter, wants_snapshot=True))
    return f"{known.address} accepted {share.name} again."


def take_leave(installation: Installation, message: Leave, signer: PublicIdentity) -> str:
    """Send nothing more to a subscriber who leaves; what they have is theirs."""
    share = installation.ledger.shares.get(message.common.share)
    subscribers = installation.ledger.shares.subscribers(message.common.share)
    known = next((each for each in subscribers if each.public_key == signer.public_key), None)
    if share is None or known is None:
        return f"Somebody leaves a share to which they do not subscribe. {_IGNORED}"
    counter = message.common.counter or 0
    if counter <= known.counter:
        return f"An old message of {known.address} came again. {_IGNORED}"
    if known.state is SubscriberState.ACTIVE:
        withdraw_mails(installation, known)
    state = SubscriberState.LEFT if known.state is SubscriberState.ACTIVE else known.state
    installation.ledger.shares.put_subscriber(replace(known, state=state, counter=counter, wants_snapshot=False))
    return f"{known.address} left {share.name}."
