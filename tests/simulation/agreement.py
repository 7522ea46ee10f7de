"""What holds when the network works, nobody changes anything and nothing is owed (protocol 9.1, P1, P4, P5, P9, P11).

Each a small function that gives a sentence for each thing that does not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from simulation.invariants import LISTENING, Invariant
from simulation.sources import View, shape_of
from simulation.world import Desk, Person, World, told_views

from osync.model import ShareState, SubscriberState, Subscription, SubscriptionState

_ANNOUNCEMENTS = 17


def agreeing(world: World, person: Person) -> Iterator[tuple[Person, Subscription]]:
    """Give the owners with whom somebody has to agree: both sides know each other and neither ended it.

    An owner whose ledger went back to a time before somebody accepted does not know them any more; nothing heals that
    but a new invitation.
    """
    for subscription in person.ledger.subscriptions.all():
        owner = world.owner_of(subscription.share_id)
        if owner is None or subscription.state not in LISTENING:
            continue
        known = {each.public_key: each.state for each in owner.ledger.shares.subscribers(subscription.share_id)}
        state = known.get(person.identity.public.public_key)
        if owner.share.state is ShareState.OPEN and state is SubscriberState.ACTIVE:
            yield owner, subscription


def p1_owners_tell_what_their_calendar_holds(world: World, person: Person) -> Iterator[str]:
    """The live events of a share are those of the calendar that bear its category and are not over."""
    if person.owned is None or person.share.state is not ShareState.OPEN:
        return
    share = person.share
    told = {key for key, _ in person.ledger.shares.digest_lines(share.share_id, share.floor)}
    wanted = {
        person.owned.keys[number]: number
        for number, variant in person.desk.sources.items()
        if is_shared(variant, share.floor)
    }
    if told != wanted.keys():
        missing = sorted(wanted[key] for key in wanted.keys() - told)
        yield f"tells {len(told - wanted.keys())} events too many and not the events {missing}"


def p1_subscribers_hold_what_owners_share(world: World, person: Person) -> Iterator[str]:
    """The live events that a subscriber holds at the floor are those of the owner, to the letter of their texts."""
    for owner, subscription in agreeing(world, person):
        share = owner.share
        floor = share.floor.isoformat()
        told: dict[str, str] = dict(owner.ledger.shares.digest_lines(share.share_id, share.floor))
        held = {
            key: event.fingerprint
            for key, event in person.ledger.subscriptions.followed(share.share_id).items()
            if event.live and (not event.last_day or event.last_day >= floor)
        }
        if told != held:
            differ = len([key for key in told.keys() & held.keys() if told[key] != held[key]])
            yield (
                f"misses {len(told.keys() - held.keys())} events of {owner.name}, has {len(held.keys() - told.keys())} too many,"
                f" {differ} differ ({subscription.state}; the owner is at {share.epoch}, {share.head})"
            )


def p1_calendars_show_what_is_held(world: World, person: Person) -> Iterator[str]:
    """A subscriber's calendar shows the owner's events, but for what its user deleted or edited."""
    copies = person.desk.copies()
    for owner, _ in agreeing(world, person):
        floor = owner.share.floor
        for number, uid in enumerate(owner.owned.uids if owner.owned else ()):
            shown = Shown(owner, number, uid, copies.get(uid))
            yield from _shown_wrongly(world, person, shown, floor)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a subscriber sees of one event of an owner."""

    owner: Person
    number: int
    uid: str
    view: View | None


def _shown_wrongly(world: World, person: Person, shown: Shown, floor: date) -> Iterator[str]:
    owner, number, uid, seen = shown.owner, shown.number, shown.uid, shown.view
    variant = owner.desk.sources.get(number)
    was_shown, was_removed = person.desk.shown.get(uid), person.desk.removed.get(uid)
    nobody_knows = is_newer_than_the_ledger(person.desk, was_shown) and owner.name in world.truth.restored
    if variant is None or not is_shared(variant, floor):
        if seen is not None and not _was_over(world, uid, floor) and not nobody_knows:
            yield f"event {number} of {owner.name} is not shared and still shown as {sorted(seen)}"
        return
    right = {shape_of(variant).seen_from(owner.name)} | person.desk.edited.get(uid, set())
    if nobody_knows:
        right |= told_views(world, owner, uid)
    looks_deleted = is_newer_than_the_ledger(person.desk, was_removed)
    if seen is None and uid not in person.desk.dropped and not looks_deleted:
        yield f"event {number} of {owner.name} is not shown"
    if seen is not None and seen not in right:
        yield f"event {number} of {owner.name} is shown as {sorted(seen)}"


def is_newer_than_the_ledger(desk: Desk, moment: int | None) -> bool:
    """Tell whether OSync did something to the calendar that a ledger which was put back does not know.

    What it took away then looks as if the user had deleted it. What it wrote then is right or becomes right, unless the
    owner went back as well: then nobody knows of it, and it stays until the owner changes that event.
    """
    return desk.unsure_since is not None and moment is not None and moment >= desk.unsure_since


def _was_over(world: World, uid: str, floor: date) -> bool:
    """Tell whether an event left its share because it was over; then its copy is the user's own."""
    return any(not is_shared(variant, floor) for variant in world.truth.told.get(uid, ()))


def is_shared(variant: int, floor: date) -> bool:
    """Tell whether an event is not over before `floor`."""
    last_day = shape_of(variant).last_day
    return last_day is None or last_day >= floor


def p4_nothing_is_missing(world: World, person: Person) -> Iterator[str]:
    """Who agrees knows it: nothing is asked for, and joining has ended."""
    for owner, subscription in agreeing(world, person):
        if subscription.state is not SubscriptionState.ACTIVE:
            yield f"is still {subscription.state} with {owner.name}"
        if subscription.ask_at:
            yield f"still wants to ask {owner.name}"


def p13_nothing_piles_up(world: World, person: Person) -> Iterator[str]:
    """What carries no information any more is forgotten: old announcements, intervals that touch."""
    for _, subscription in agreeing(world, person):
        share, subscriptions = subscription.share_id, person.ledger.subscriptions
        if len(subscriptions.announcements(share)) > _ANNOUNCEMENTS:
            yield f"keeps {len(subscriptions.announcements(share))} announcements"
        if len(subscriptions.coverage(share)) > 1:
            yield f"keeps {subscriptions.coverage(share)}"


AGREEMENT: tuple[Invariant, ...] = (
    p1_owners_tell_what_their_calendar_holds,
    p1_subscribers_hold_what_owners_share,
    p1_calendars_show_what_is_held,
    p4_nothing_is_missing,
)
AT_REST: tuple[Invariant, ...] = (*AGREEMENT, p13_nothing_piles_up)
