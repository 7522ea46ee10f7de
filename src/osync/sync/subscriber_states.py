"""What a subscriber does about one share: a total function over the table of protocol 7.2; pure.

Messages of other keys than the pinned one, unencrypted ones of a share that is encrypted, and those for other keys never
come this far. A state of None is that of a share that was never heard of. GAP is no state of its own: it is ACTIVE with
something missing.
"""

import enum
from dataclasses import dataclass

from osync.model import SubscriptionState


class Standing(enum.StrEnum):
    """Where we stand with a share: a subscription's state, or before it."""

    NONE = "none"
    INVITED = "invited"
    JOINING = "joining"
    ACTIVE = "active"
    HELD = "held"
    ENDED = "ended"
    LEFT = "left"
    BLOCKED = "blocked"


class SubscriberEvent(enum.StrEnum):
    """What happens to a share at a subscriber."""

    INVITE = "invite by the pinned key"
    INVITE_BY_ANOTHER = "invite by another key under the same name or address"
    ACCEPTED = "the user accepts"
    UPDATE = "update"
    SNAPSHOT = "snapshot"
    COMPLETE = "everything announced is there"
    END = "end"
    REKEY = "rekey"
    PING = "ping"
    TOO_MUCH = "a guard wants the user to be asked"
    ALLOWED = "the user allows what was held"
    LEAVES = "the user leaves"


class Act(enum.StrEnum):
    """What the subscriber does beside noting the new standing."""

    LIST_INVITATION = "put the invitation on the list"
    LIST_IF_LATER = "put the invitation on the list if it was sent after we left"
    WARN_OF_KEY = "put the invitation on the list with a warning"
    PROPOSE = "note new name and level as a proposal, and the token"
    SEND_ACCEPT = "send the acceptance, and again if nothing comes"
    FOLLOW = "let newer versions into the ledger"
    WRITE = "let the calendar follow the ledger"
    REPLACE_KEY = "replace the owner's key"
    SEND_STATUS = "answer with the status, unless that was within 7 days"
    SEND_LEAVE = "tell the owner that we left"
    SEND_LEAVE_AGAIN = "tell the owner again that we left, once"
    TELL = "tell the user"


@dataclass(frozen=True, slots=True)
class Reaction:
    """The standing afterwards and what to do; an event that is ignored has no acts and keeps the standing."""

    standing: Standing
    acts: frozenset[Act] = frozenset()


_AFTER_INVITE = {
    Standing.NONE: Reaction(Standing.INVITED, frozenset({Act.LIST_INVITATION, Act.TELL})),
    Standing.INVITED: Reaction(Standing.INVITED, frozenset({Act.LIST_INVITATION})),
    Standing.JOINING: Reaction(Standing.JOINING, frozenset({Act.PROPOSE})),
    Standing.ACTIVE: Reaction(Standing.ACTIVE, frozenset({Act.PROPOSE})),
    Standing.HELD: Reaction(Standing.HELD, frozenset({Act.PROPOSE})),
    Standing.LEFT: Reaction(Standing.LEFT, frozenset({Act.LIST_IF_LATER})),
    Standing.ENDED: Reaction(Standing.ENDED, frozenset({Act.LIST_IF_LATER})),
}
_FOLLOWING = (Standing.JOINING, Standing.ACTIVE, Standing.HELD)


def standing_of(state: SubscriptionState | None, *, invited: bool) -> Standing:
    """Give the standing of a subscription's state; without a subscription it is whether an invitation waits."""
    if state is None:
        return Standing.INVITED if invited else Standing.NONE
    return Standing(state.value)


def react(standing: Standing, event: SubscriberEvent) -> Reaction:
    """Give what follows from an event for a share where we have this standing."""
    match event:
        case SubscriberEvent.INVITE:
            return _AFTER_INVITE.get(standing, Reaction(standing))
        case SubscriberEvent.INVITE_BY_ANOTHER:
            ignored = standing is Standing.BLOCKED
            return Reaction(standing) if ignored else _reaction(standing, Act.WARN_OF_KEY, Act.TELL)
        case SubscriberEvent.UPDATE | SubscriberEvent.SNAPSHOT:
            return _revisions(standing)
        case SubscriberEvent.COMPLETE:
            return Reaction(Standing.ACTIVE if standing is Standing.JOINING else standing)
        case SubscriberEvent.END:
            return _end(standing)
        case SubscriberEvent.REKEY:
            known = standing is Standing.INVITED or standing in _FOLLOWING
            return _reaction(standing, Act.REPLACE_KEY, Act.TELL) if known else Reaction(standing)
        case SubscriberEvent.PING:
            return _ping(standing)
        case SubscriberEvent.ACCEPTED | SubscriberEvent.LEAVES:
            return _decided(standing, accepted=event is SubscriberEvent.ACCEPTED)
        case SubscriberEvent.TOO_MUCH:
            held = standing in _FOLLOWING
            return _reaction(Standing.HELD, Act.TELL) if held else Reaction(standing)
        case SubscriberEvent.ALLOWED:
            return _reaction(Standing.ACTIVE, Act.WRITE) if standing is Standing.HELD else Reaction(standing)


def _reaction(standing: Standing, *acts: Act) -> Reaction:
    return Reaction(standing, frozenset(acts))


def _revisions(standing: Standing) -> Reaction:
    if standing is Standing.LEFT:
        return _reaction(standing, Act.SEND_LEAVE_AGAIN)
    if standing is Standing.HELD:
        return _reaction(standing, Act.FOLLOW)
    return _reaction(standing, Act.FOLLOW, Act.WRITE) if standing in _FOLLOWING else Reaction(standing)


def _end(standing: Standing) -> Reaction:
    if standing is Standing.INVITED:
        return Reaction(Standing.NONE)
    return _reaction(Standing.ENDED, Act.TELL) if standing in _FOLLOWING else Reaction(standing)


def _ping(standing: Standing) -> Reaction:
    if standing in _FOLLOWING:
        return _reaction(standing, Act.SEND_STATUS)
    return _reaction(standing, Act.SEND_LEAVE_AGAIN) if standing is Standing.LEFT else Reaction(standing)


def _decided(standing: Standing, *, accepted: bool) -> Reaction:
    if accepted:
        return _reaction(Standing.JOINING, Act.SEND_ACCEPT) if standing is Standing.INVITED else Reaction(standing)
    if standing is Standing.INVITED:
        return Reaction(Standing.NONE)
    return _reaction(Standing.LEFT, Act.SEND_LEAVE) if standing in _FOLLOWING else Reaction(standing)
