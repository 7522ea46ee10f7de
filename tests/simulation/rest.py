"""The end of every schedule: the network works, nobody changes anything more, and all have to agree and fall silent."""

import random
from collections.abc import Iterator
from datetime import timedelta

from simulation.agreement import AGREEMENT, AT_REST, agreeing
from simulation.invariants import check
from simulation.running import check_after, run_sync
from simulation.steps import say_last_word
from simulation.world import SHARE, BrokenError, Person, World

from osync.engine.takeover import take_over
from osync.model import ShareState, SubscriptionState

ROUNDS = 16
"""How many rounds of a quarter of a day may pass until nothing is asked any more."""

_ROUNDS_OF_JOINING = 4

MAILS_EACH = 12
"""How many mails each OSync may cost until then."""


def come_to_rest(world: World, seed: int) -> int:
    """Let everything come to rest and check what must hold then; gives the number of mails that it took."""
    order = random.Random(seed)
    for person in world.persons.values():
        person.ahead = timedelta()
    world.clock.forward(days=1)
    before = len(world.office.archive)
    _resume(world)
    say_last_word(world)
    if world.office.lost_none and not world.truth.restored:
        _agree_without_asking(world, order)
    _converge(world, order)
    if world.office.holds_back:
        for name in world.persons:
            world.office.free(name)
        _converge(world, order)
    mails = len(world.office.archive) - before
    if mails > MAILS_EACH * len(world.persons):
        raise BrokenError("p4_bounded", f"{mails} mails until everybody agreed")
    for person in world.persons.values():
        check(AT_REST, world, person)
    _stay_silent(world)
    return mails


def _resume(world: World) -> None:
    """Let the owners say that this computer writes, where OSync stopped because a share began anew too often."""
    for owner in world.owners():
        if owner.share.state is ShareState.PASSIVE:
            world.truth.doubtful[owner.share.share_id] = owner.share.epoch
            take_over(owner.installation, SHARE, approve=True)
            check_after(world, owner)


def _round(world: World, order: random.Random) -> int:
    """Deliver everything in any order and let everybody sync; gives the number of mails that were sent."""
    before = len(world.office.archive)
    for name, person in world.persons.items():
        order.shuffle(world.office.boxes[name].transit)
        world.office.carry(name, "")
        run_sync(world, person, approve=True)
    return len(world.office.archive) - before


def _gave_up(person: Person) -> bool:
    """Tell whether a mail was set aside because it was begun three times and each run was killed: that loses it."""
    begun = person.ledger.mails.received(1000)
    return any(each.outcome.startswith("It was begun") for each in begun)


def _agree_without_asking(world: World, order: random.Random) -> None:
    """As long as nothing was lost, mails in any order, late and doubled, are enough; nobody has to ask (P1)."""
    for name in world.persons:
        world.office.free(name)
    for _ in range(_ROUNDS_OF_JOINING):
        _round(world, order)
    if any(map(_gave_up, world.persons.values())):
        return
    for person in world.persons.values():
        check(AGREEMENT, world, person)


def _converge(world: World, order: random.Random) -> None:
    for _ in range(ROUNDS):
        sent = _round(world, order)
        if not sent and world.office.is_quiet:
            wanted = [at for person in world.persons.values() for at in _questions(world, person)]
            if not wanted:
                return
            world.clock.forward(seconds=max(0, min(wanted) - int(world.clock.now.timestamp())))
        world.clock.forward(hours=6)
    raise BrokenError("p4_healing", f"mails go on for {ROUNDS} rounds")


def _questions(world: World, person: Person) -> Iterator[int]:
    """Give when somebody asks next: an owner who knows them, or with the last repetitions of an acceptance."""
    known = {subscription.share_id for _, subscription in agreeing(world, person)}
    for subscription in person.ledger.subscriptions.all():
        joins = subscription.state is SubscriptionState.JOINING
        if subscription.ask_at and (joins or subscription.share_id in known):
            yield subscription.ask_at


def _stay_silent(world: World) -> None:
    """Nobody has changed anything: for a week nobody writes (P4, P12), and no event appears (P11).

    Only whether somebody who was silent for half a year is still there may be asked (protocol 7.1).
    """
    copies = {person.name: person.desk.copies().keys() for person in world.persons.values()}
    mails = _mails_about_events(world)
    for _ in range(2):
        world.clock.forward(days=4)
        for person in world.persons.values():
            run_sync(world, person)
    if _mails_about_events(world) != mails:
        raise BrokenError("p4_silence", f"{_mails_about_events(world) - mails} mails although nothing changed")
    for person in world.persons.values():
        if person.desk.copies().keys() != copies[person.name]:
            raise BrokenError("p11_no_echo", f"the events of {person.name} change by themselves")


def _mails_about_events(world: World) -> int:
    """Count the mails that anybody wrote, but for those that ask whether somebody is still there and answer that."""
    sql = "SELECT count(*) FROM outbox WHERE kind NOT IN ('ping', 'status')"
    return sum(int(row[0]) for each in world.persons.values() for row in each.ledger.mails._database.rows(sql))
