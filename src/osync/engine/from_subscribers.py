"""What subscribers tell us, the owner: that they accept, leave, miss something, are still there, or have a new key.

Nothing is sent from here: what is owed is noted, and later steps of the run send it (protocol 3, 5.5, 7.1).
"""

from dataclasses import dataclass, replace

from osync.engine.epochs import compare_histories
from osync.engine.installation import Installation
from osync.engine.outbox import withdraw_mails
from osync.message.identity import encryption_key, is_signed_by, public_identity, token_mac
from osync.message.manifest import Accept, Leave, Rekey, Request, Status, rekey_bytes, voucher_bytes
from osync.model import (
    COMPARE_AGAIN,
    LARGEST_MESSAGE,
    PublicIdentity,
    Share,
    ShareState,
    Subscriber,
    SubscriberState,
    Trust,
)
from osync.sync.heal import END_AGAIN_AFTER, SNAPSHOT_AGAIN_AFTER, answer_to, may_answer
from osync.sync.owner_states import Deed, OwnerEvent, Reaction, react
from osync.sync.returned import SMALLEST_LIMIT

_IGNORED = "Nothing was done."


@dataclass(frozen=True, slots=True)
class _Sender:
    """The share that a message is about, and what we know of the key that signed it."""

    share: Share
    subscriber: Subscriber


def take_accept(installation: Installation, message: Accept, signer: PublicIdentity) -> str:
    """Make somebody a subscriber, or let them wait for the owner's word, by token, voucher and the share's approval.

    A token works once. A second acceptance by a subscriber's key asks for the share again; an old one, by its counter,
    is a replay.
    """
    share = installation.ledger.shares.get(message.common.share)
    if share is None or share.state is not ShareState.OPEN or share.nonce != message.share_nonce:
        return f"Somebody accepts a share that we do not offer. {_IGNORED}"
    subscribers = installation.ledger.shares.subscribers(share.share_id)
    known = next((each for each in subscribers if each.public_key == signer.public_key), None)
    if known and (message.common.counter or 0) <= known.counter:
        return f"An old acceptance of {share.name} came again. {_IGNORED}"
    holders = [each for each in subscribers if _holds_token(each, message, signer, installation.now)]
    invited = next((each for each in holders if _is_fresh(each, installation.now)), None)
    vouched = next((each for each in subscribers if _vouches(each, message, signer)), None)
    if invited is None and vouched and known is None:
        if _device_count(subscribers, vouched) >= DEVICES_OF_ONE_PERSON:
            return f"{vouched.address} has too many devices for {share.name}. {_IGNORED}"
        return _welcome(installation, share, replace(vouched, trust=Trust.TOFU), None, message, signer)
    if known is None and invited is None and _pending_count(subscribers) >= _PENDING_AT_ONCE:
        return f"Too many people wait to be approved for {share.name}. {_IGNORED}"
    state = SubscriberState.INVITED if invited else known.state if known else None
    if invited and known and known.state is SubscriberState.ACTIVE:
        state = SubscriberState.ACTIVE
        installation.ledger.shares.drop_subscriber(invited)
    event = OwnerEvent.ACCEPT_PROVEN if holders else OwnerEvent.ACCEPT_UNPROVEN
    reaction = react(state, event, share.approval)
    if reaction.state is SubscriberState.ACTIVE and Deed.SEND_SNAPSHOT in reaction.deeds:
        basis = invited or known or _stranger(share, message)
        return _welcome(installation, share, basis, known, message, signer)
    if reaction.state is SubscriberState.PENDING and Deed.TELL in reaction.deeds:
        return _let_wait(installation, share, known, message, signer)
    if known and reaction.state is SubscriberState.ACTIVE:
        return _accept_again(installation, share, known, message)
    return f"Somebody accepts {share.name} with a wrong, old or used token. {_IGNORED}"


_PENDING_AT_ONCE = 20
DEVICES_OF_ONE_PERSON = 10
"""More would fill the mails, which can be encrypted to 1,000 keys."""


def _device_count(subscribers: list[Subscriber], one: Subscriber) -> int:
    same = (each for each in subscribers if each.address.casefold() == one.address.casefold())
    return sum(1 for each in same if each.state is SubscriberState.ACTIVE)


def _pending_count(subscribers: list[Subscriber]) -> int:
    return sum(1 for each in subscribers if each.state is SubscriberState.PENDING)


def _holds_token(subscriber: Subscriber, message: Accept, signer: PublicIdentity, now: int) -> bool:
    """Tell whether the sender holds the token of this subscriber's invitation, which is not too old to be used."""
    if not subscriber.token or (subscriber.state is SubscriberState.INVITED and not _is_fresh(subscriber, now)):
        return False
    return message.token_mac == token_mac(subscriber.token, signer, message.common.share)


def _is_fresh(subscriber: Subscriber, now: int) -> bool:
    return subscriber.state is SubscriberState.INVITED and subscriber.token_until >= now


def _vouches(subscriber: Subscriber, message: Accept, signer: PublicIdentity) -> bool:
    """Tell whether this subscriber's active key signed for the new one (protocol 3: second device)."""
    if subscriber.state is not SubscriberState.ACTIVE or not message.voucher:
        return False
    if subscriber.public_key != message.voucher_key:
        return False
    signed = voucher_bytes(signer.public_key, message.common.share)
    return is_signed_by(public_identity(subscriber.public_key), message.voucher, signed)


def _stranger(share: Share, message: Accept) -> Subscriber:
    return Subscriber(share.share_id, message.address, message.name, b"", SubscriberState.PENDING, b"", 0)


def _welcome(
    installation: Installation,
    share: Share,
    basis: Subscriber,
    known: Subscriber | None,
    message: Accept,
    signer: PublicIdentity,
) -> str:
    """Make a key an active subscriber; `basis` tells whose it is, `known` is what we knew of the key before."""
    shares = installation.ledger.shares
    if known:
        shares.drop_subscriber(known)
    if not basis.public_key:
        shares.drop_subscriber(basis)
    active = replace(
        Subscriber(
            share.share_id,
            _reply_address(basis, message),
            message.name,
            signer.public_key,
            SubscriberState.ACTIVE,
            basis.token,
            0,
        ),
        counter=message.common.counter or 0,
        wants_snapshot=True,
        device=message.device,
        trust=basis.trust,
        max_bytes=min(max(message.max_bytes, SMALLEST_LIMIT), LARGEST_MESSAGE),
        confirmed_at=installation.now,
    )
    shares.put_subscriber(active)
    device = f" on another device ({message.device})" if message.device and basis.public_key and not known else ""
    return f"{active.address} accepted {share.name}{device}."


def _reply_address(basis: Subscriber, message: Accept) -> str:
    """Give the address that the owner wrote down; a code was given to a person, who tells the address."""
    return basis.address if "@" in basis.address else message.address


def _let_wait(
    installation: Installation, share: Share, known: Subscriber | None, message: Accept, signer: PublicIdentity
) -> str:
    shares = installation.ledger.shares
    if known:
        shares.drop_subscriber(known)
    waiting = replace(
        _stranger(share, message),
        public_key=signer.public_key,
        counter=message.common.counter or 0,
        device=message.device,
        max_bytes=min(max(message.max_bytes, SMALLEST_LIMIT), LARGEST_MESSAGE),
    )
    shares.put_subscriber(waiting)
    return f"{message.name} <{message.address}> wants to subscribe to {share.name} and waits for your word."


def _accept_again(installation: Installation, share: Share, known: Subscriber, message: Accept) -> str:
    again = known.snapshot_at + SNAPSHOT_AGAIN_AFTER <= installation.now
    installation.ledger.shares.put_subscriber(
        replace(known, counter=message.common.counter or 0, wants_snapshot=known.wants_snapshot or again)
    )
    sent = "" if again else " The share was sent to them within the last six hours; it is not sent again yet."
    return f"{known.address} accepted {share.name} again.{sent}"


def _sender(
    installation: Installation, message: Leave | Request | Status | Rekey, signer: PublicIdentity
) -> _Sender | str:
    """Give who speaks, or the sentence why they are not listened to."""
    shares = installation.ledger.shares
    share = shares.get(message.common.share)
    known = shares.subscriber_with_key(message.common.share, signer.public_key)
    if share is None or known is None:
        return f"Somebody who does not subscribe sent a {type(message).__name__.lower()} about a share. {_IGNORED}"
    if message.common.counter is not None and message.common.counter <= known.counter:
        return f"An old message of {known.address} came again. {_IGNORED}"
    return _Sender(share, replace(known, counter=message.common.counter or known.counter))


def take_leave(installation: Installation, message: Leave, signer: PublicIdentity) -> str:
    """Send nothing more to a subscriber who leaves, with this device or with all; what they have is theirs."""
    found = _sender(installation, message, signer)
    if isinstance(found, str):
        return found
    share, subscriber = found.share, found.subscriber
    _leave_with(installation, share, subscriber)
    if message.all_devices:
        for other in installation.ledger.shares.subscribers(share.share_id):
            if other.public_key != subscriber.public_key and _is_same_person(other, subscriber):
                _leave_with(installation, share, other)
    return f"{subscriber.address} left {share.name}."


def _is_same_person(one: Subscriber, other: Subscriber) -> bool:
    """Tell whether two devices are of one person: both were let in by a token that was sent to the same address.

    In an open share anybody can give any address.
    """
    proven = bool(one.token and other.token and one.public_key and other.public_key)
    return proven and one.address.casefold() == other.address.casefold()


def _leave_with(installation: Installation, share: Share, subscriber: Subscriber) -> None:
    shares = installation.ledger.shares
    reaction = react(subscriber.state, OwnerEvent.LEAVE, share.approval)
    if reaction.state is None:
        shares.drop_subscriber(subscriber)
        return
    others = [each for each in shares.subscribers(share.share_id) if each.public_key != subscriber.public_key]
    has_another_device = any(
        each.state is SubscriberState.ACTIVE and each.address.casefold() == subscriber.address.casefold()
        for each in others
    )
    if reaction.state is not subscriber.state and not has_another_device:
        withdraw_mails(installation, subscriber)
    shares.put_subscriber(replace(subscriber, state=reaction.state, wants_snapshot=False, wants_after=-1))


def take_request(installation: Installation, message: Request, signer: PublicIdentity) -> str:
    """Note what a subscriber misses, so that this run answers it; see first whether they heard of us what we forgot."""
    found = _sender(installation, message, signer)
    if isinstance(found, str):
        return found
    share, subscriber = found.share, found.subscriber
    reaction = react(subscriber.state, OwnerEvent.REQUEST, share.approval)
    if Deed.ANSWER not in reaction.deeds:
        return _refuse_request(installation, subscriber, reaction)
    _note_progress(installation, subscriber, message, reaction)
    if share.state is not ShareState.OPEN:
        return f"{subscriber.address} asks about {share.name}, which is {share.state}. {_IGNORED}"
    history = compare_histories(installation, share, message.announcements)
    if history:
        return history
    return _owe_answer(installation, share, message, signer)


def _refuse_request(installation: Installation, subscriber: Subscriber, reaction: Reaction) -> str:
    again = Deed.SEND_END_AGAIN in reaction.deeds and subscriber.ended_at + END_AGAIN_AFTER <= installation.now
    installation.ledger.shares.put_subscriber(replace(subscriber, wants_snapshot=again))
    told = "They are told once more that they get nothing." if again else _IGNORED
    return f"{subscriber.address} asks, but is {subscriber.state}. {told}"


def _note_progress(
    installation: Installation, subscriber: Subscriber, message: Request | Status, reaction: Reaction
) -> None:
    state = reaction.state or subscriber.state
    covered = message.covered
    installation.ledger.shares.put_subscriber(
        replace(
            subscriber, state=state, confirmed_epoch=message.epoch, confirmed_revision=covered,
            confirmed_at=installation.now, pings=0, note="" if state is not subscriber.state else subscriber.note,
        )
    )  # fmt: skip


def _owe_answer(installation: Installation, share: Share, message: Request, signer: PublicIdentity) -> str:
    shares = installation.ledger.shares
    subscriber = shares.subscriber_with_key(share.share_id, signer.public_key)
    if subscriber is None:
        return _IGNORED
    today = installation.today.isoformat()
    if not may_answer(subscriber.answers, subscriber.answered_on, today):
        return f"{subscriber.address} asked for {share.name} too often today. {_IGNORED}"
    answer = answer_to(
        epoch=message.epoch, covered=message.covered, damaged=message.damaged,
        own_epoch=share.epoch, head=share.head, collected=share.collected,
    )  # fmt: skip
    answers = subscriber.answers + 1 if subscriber.answered_on == today else 1
    answered = replace(subscriber, answers=answers, answered_on=today)
    if answer.everything:
        shares.put_subscriber(replace(answered, wants_snapshot=True))
        return f"{subscriber.address} asks for the whole of {share.name}."
    shares.put_subscriber(replace(answered, wants_after=answer.after))
    return f"{subscriber.address} asks for what came after revision {answer.after} of {share.name}."


def take_status(installation: Installation, message: Status, signer: PublicIdentity) -> str:
    """Note how far a subscriber has come, and see whether they heard of us what we forgot."""
    found = _sender(installation, message, signer)
    if isinstance(found, str):
        return found
    share, subscriber = found.share, found.subscriber
    reaction = react(subscriber.state, OwnerEvent.STATUS, share.approval)
    if Deed.NOTE_PROGRESS not in reaction.deeds:
        return f"{subscriber.address} is {subscriber.state} and tells how far they are. {_IGNORED}"
    _note_progress(installation, subscriber, message, reaction)
    told = f"{subscriber.address} has {share.name} up to revision {message.covered}."
    if share.state is ShareState.OPEN and (history := compare_histories(installation, share, message.announcements)):
        return f"{told} {history}"
    return told


def take_new_key(installation: Installation, message: Rekey, signer: PublicIdentity) -> str:
    """Let a subscriber's new key take the place of the old one, which signed for it; a compared code has to be compared again.

    Whoever brings it: the signatures of both keys over the change count, or the old key's over the whole message.
    """
    share_id = message.common.share
    known = installation.ledger.shares.subscriber_with_key(share_id, signer.public_key)
    old = signer if known and signer.public_key != message.new_key else _who_signed_for(installation, message)
    if old is None:
        return f"A new key came that no subscriber signed for, or that was told before. {_IGNORED}"
    found = _sender(installation, message, old)
    if isinstance(found, str):
        return found
    share, subscriber = found.share, found.subscriber
    new = public_identity(message.new_key)
    encryption_key(new)
    if not is_signed_by(new, message.signature, rekey_bytes(old.public_key, message.new_key, share_id)):
        return f"A new key of {subscriber.address} does not agree to be theirs. {_IGNORED}"
    if Deed.REPLACE_KEY not in react(subscriber.state, OwnerEvent.REKEY, share.approval).deeds:
        return f"{subscriber.address} is {subscriber.state} and has a new key. {_IGNORED}"
    shares = installation.ledger.shares
    shares.drop_subscriber(subscriber)
    verified = subscriber.trust is Trust.VERIFIED
    note = f"Has a new key: {COMPARE_AGAIN}." if verified else subscriber.note
    shares.put_subscriber(replace(subscriber, public_key=message.new_key, trust=Trust.TOFU, note=note))
    return f"{subscriber.address} has a new key, which their old key signed for."


def _who_signed_for(installation: Installation, message: Rekey) -> PublicIdentity | None:
    """Give the subscriber's key whose signature for the new one the message holds."""
    if not message.old_signature:
        return None
    for subscriber in installation.ledger.shares.subscribers(message.common.share):
        if subscriber.public_key:
            old = public_identity(subscriber.public_key)
            signed = rekey_bytes(subscriber.public_key, message.new_key, message.common.share)
            if is_signed_by(old, message.old_signature, signed):
                return old
    return None
