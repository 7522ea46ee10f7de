"""What follows for a subscriber from a mail that came back: a total function over states and kinds of failure; pure (protocol 7.3).

That the mail was ours, went to them, and did not come back before, was found out by the caller.
"""

from dataclasses import dataclass, replace

from osync.message.failure import Failure, Weight
from osync.model import Approval, Subscriber, SubscriberState
from osync.sync.budget import DAY
from osync.sync.owner_states import OwnerEvent, react

SMALLEST_LIMIT = 200_000
"""Mails that nobody can take are not made ever smaller, because their number grows."""
COUNTED_WITHIN = 60 * DAY
_ARMOURED, _BARE = 4, 3
_REACHED = (SubscriberState.INVITED, SubscriberState.ACTIVE, SubscriberState.PLAIN)


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """The mail that came back: when it left, its size in bytes, and whether it went to them `alone`."""

    sent_at: int
    size: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Consequence:
    """The subscriber afterwards, one sentence, and whether what was sent is `owed` again."""

    subscriber: Subscriber
    sentence: str
    owed: bool = False


def after_return(subscriber: Subscriber, mail: ReturnedMail, failure: Failure, share: str) -> Consequence:
    """Decide what follows from a mail about the share called `share` that came back from `subscriber`."""
    if subscriber.state not in _REACHED:
        return Consequence(subscriber, f"They are {subscriber.state}; nothing was done.")
    match failure.weight:
        case Weight.TOO_LARGE:
            return _made_smaller(subscriber, mail, failure)
        case Weight.SOFT:
            return _noted(subscriber, f"A mail did not arrive this time{_quoted(failure)}.")
        case Weight.POLICY if mail.alone and subscriber.state is not SubscriberState.INVITED:
            return _suspended(subscriber, failure, share)
    if subscriber.state is SubscriberState.INVITED:
        return _noted(subscriber, f"The invitation came back{_quoted(failure)}. Is the address right?")
    return _refused(subscriber, mail, failure, share)


def _refused(subscriber: Subscriber, mail: ReturnedMail, failure: Failure, share: str) -> Consequence:
    """Count a refusal for good; the second one, of a mail that left more than a day apart from the first, ends it."""
    distance = abs(mail.sent_at - subscriber.bounced_at)
    counts = (
        bool(subscriber.bounces) and distance <= COUNTED_WITHIN and subscriber.confirmed_at <= subscriber.bounced_at
    )
    if not counts:
        first = replace(subscriber, bounces=1, bounced_at=mail.sent_at)
        return _noted(first, f"A mail came back{_quoted(failure)}. After another one, a day later, they get no more.")
    event = OwnerEvent.HARD_BOUNCE_AGAIN if distance > DAY else OwnerEvent.HARD_BOUNCE
    # People without OSync are no state of the table of 7.1; their mails are counted as those of subscribers with it.
    reaction = react(SubscriberState.ACTIVE, event, Approval.TOKEN)
    again = replace(subscriber, bounces=subscriber.bounces + 1, bounced_at=min(subscriber.bounced_at, mail.sent_at))
    if reaction.state is SubscriberState.SUSPENDED:
        return _suspended(again, failure, share)
    return Consequence(again, "Another mail of the same day came back.")


def _suspended(subscriber: Subscriber, failure: Failure, share: str) -> Consequence:
    sentence = (
        f"Mails come back{_quoted(failure)}. They get no more until you invite them again:"
        f" osync share invite {share} {subscriber.address}"
    )
    suspended = replace(subscriber, state=SubscriberState.SUSPENDED, note=sentence)
    return Consequence(suspended, sentence)


def _made_smaller(subscriber: Subscriber, mail: ReturnedMail, failure: Failure) -> Consequence:
    """Halve what one mail may hold for them, counted from the mail that was too large, and owe them what it held."""
    largest = min(subscriber.max_bytes, mail.size * _BARE // _ARMOURED)
    halved = max(SMALLEST_LIMIT, largest // 2)
    if halved >= subscriber.max_bytes:
        return _noted(subscriber, f"A mail was too large for them, and cannot be made smaller{_quoted(failure)}.")
    sentence = f"A mail was too large for them; it is sent again in parts of at most {halved // 1000} KB."
    smaller = replace(subscriber, max_bytes=halved, note=sentence)
    return Consequence(smaller, sentence, owed=subscriber.state in (SubscriberState.ACTIVE, SubscriberState.PLAIN))


def _noted(subscriber: Subscriber, sentence: str) -> Consequence:
    return Consequence(replace(subscriber, note=sentence), sentence)


def _quoted(failure: Failure) -> str:
    said = failure.words or failure.status
    return f": “{said}”" if said else ""
