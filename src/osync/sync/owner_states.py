"""What an owner does about one key of a subscriber: a total function over the table of protocol 7.1; pure.

It does not look at the content of messages: whether a token is right or a counter is new was decided before. A state of
None is that of somebody who was never heard of.
"""

import enum
from dataclasses import dataclass

from osync.model import Approval, SubscriberState

State = SubscriberState | None


class OwnerEvent(enum.StrEnum):
    """What happens to a subscriber's key at the owner."""

    ACCEPT_PROVEN = "accept with the right token"
    ACCEPT_UNPROVEN = "accept without a right token"
    APPROVED = "the owner approves"
    REFUSED = "the owner refuses"
    REQUEST = "request"
    STATUS = "status"
    LEAVE = "leave"
    REKEY = "rekey"
    HARD_BOUNCE = "a mail came back for good"
    HARD_BOUNCE_AGAIN = "a mail came back for good, more than a day after the first"
    REVOKED = "the owner stops them"


class Deed(enum.StrEnum):
    """What the owner does beside noting the new state."""

    SEND_SNAPSHOT = "send the whole share"
    SEND_SNAPSHOT_AGAIN = "send the whole share, unless it was sent within six hours"
    ANSWER = "answer the request"
    NOTE_PROGRESS = "note how far they are"
    SEND_END = "tell them that they get nothing more"
    SEND_END_AGAIN = "tell them again, unless that was within 30 days"
    REPLACE_KEY = "replace their key"
    NOTE_BOUNCE = "note that a mail came back"
    TELL = "tell the owner"


@dataclass(frozen=True, slots=True)
class Reaction:
    """The state afterwards (None: forget them) and what to do; an event that is ignored has no deeds and keeps the state."""

    state: State
    deeds: frozenset[Deed] = frozenset()


_S = SubscriberState
_NOT_YET = (None, _S.INVITED, _S.PENDING)
_OVER = (_S.LEFT, _S.REVOKED)


def react(state: State, event: OwnerEvent, approval: Approval) -> Reaction:
    """Give what follows from an event for a key in `state`, of a share with this `approval`."""
    if state is _S.PLAIN and event is not OwnerEvent.REVOKED:
        return Reaction(state)
    match event:
        case OwnerEvent.ACCEPT_PROVEN:
            return _accept_proven(state)
        case OwnerEvent.ACCEPT_UNPROVEN:
            return _accept_unproven(state, approval)
        case OwnerEvent.APPROVED | OwnerEvent.REFUSED:
            return _decided(state, approved=event is OwnerEvent.APPROVED)
        case OwnerEvent.REQUEST | OwnerEvent.STATUS:
            return _heard(state, asks=event is OwnerEvent.REQUEST)
        case OwnerEvent.LEAVE:
            return _leave(state)
        case OwnerEvent.REKEY:
            known = state in (_S.ACTIVE, _S.SUSPENDED)
            return _reaction(state, Deed.REPLACE_KEY, Deed.TELL) if known else Reaction(state)
        case OwnerEvent.HARD_BOUNCE | OwnerEvent.HARD_BOUNCE_AGAIN:
            return _bounced(state, again=event is OwnerEvent.HARD_BOUNCE_AGAIN)
        case OwnerEvent.REVOKED:
            return _revoked(state)


def _reaction(state: State, *deeds: Deed) -> Reaction:
    return Reaction(state, frozenset(deeds))


def _accept_proven(state: State) -> Reaction:
    match state:
        case None:
            return _reaction(_S.PENDING, Deed.TELL)
        case _S.INVITED | _S.PENDING | _S.SUSPENDED:
            return _reaction(_S.ACTIVE, Deed.SEND_SNAPSHOT)
        case _S.ACTIVE:
            return _reaction(state, Deed.SEND_SNAPSHOT_AGAIN)
        case _S.LEFT:
            return _reaction(_S.PENDING, Deed.TELL)
    return Reaction(state)


def _accept_unproven(state: State, approval: Approval) -> Reaction:
    if state in (None, _S.INVITED):
        if approval is Approval.ASK:
            return _reaction(_S.PENDING, Deed.TELL)
        return _reaction(_S.ACTIVE, Deed.SEND_SNAPSHOT) if approval is Approval.OPEN else Reaction(state)
    return _reaction(_S.PENDING, Deed.TELL) if state is _S.LEFT else Reaction(state)


def _decided(state: State, *, approved: bool) -> Reaction:
    if state is _S.PENDING:
        return _reaction(_S.ACTIVE, Deed.SEND_SNAPSHOT) if approved else Reaction(None)
    return _reaction(_S.ACTIVE, Deed.SEND_SNAPSHOT) if state is _S.SUSPENDED and approved else Reaction(state)


def _heard(state: State, *, asks: bool) -> Reaction:
    if state in (_S.ACTIVE, _S.SUSPENDED):
        return _reaction(_S.ACTIVE, Deed.NOTE_PROGRESS, *([Deed.ANSWER] if asks else []))
    return _reaction(state, Deed.SEND_END_AGAIN) if state is _S.REVOKED and asks else Reaction(state)


def _leave(state: State) -> Reaction:
    if state in _NOT_YET:
        return Reaction(None)
    return Reaction(state if state in _OVER else _S.LEFT)


def _bounced(state: State, *, again: bool) -> Reaction:
    if state is _S.INVITED:
        return _reaction(state, Deed.NOTE_BOUNCE, Deed.TELL)
    if state is _S.ACTIVE:
        return _reaction(_S.SUSPENDED if again else state, Deed.NOTE_BOUNCE, Deed.TELL)
    return Reaction(state)


def _revoked(state: State) -> Reaction:
    if state in _NOT_YET or state is _S.PLAIN:
        return Reaction(None)
    sent = state in (_S.ACTIVE, _S.SUSPENDED)
    return _reaction(_S.REVOKED, *([Deed.SEND_END] if sent else []))
