"""What holds at any time (protocol 9.1): each a small function that gives a sentence for each thing that does not.

AFTER_SYNC is asked about one person after each run of theirs, killed or not. What holds only at rest is in `agreement`.
"""

from collections.abc import Callable, Iterator

from simulation.sources import SECRET, events_by_handle, unmanaged_lines
from simulation.world import BrokenError, Person, World, told_views

from osync.engine.progress import load_progress
from osync.model import SubscriptionState
from osync.sync.follow import digest_of

LISTENING = (SubscriptionState.JOINING, SubscriptionState.ACTIVE, SubscriptionState.HELD)

Invariant = Callable[[World, Person], Iterator[str]]


def p2_no_copy_is_invented(world: World, person: Person) -> Iterator[str]:
    """Every copy shows a state that its owner shared, or what its user made of it."""
    owners = {uid: owner for owner in world.owners() if owner.owned for uid in owner.owned.uids}
    for uid, view in person.desk.copies().items():
        owner = owners.get(uid)
        told = told_views(world, owner, uid) if owner and owner.desk is not person.desk else set()
        if view not in told and view not in person.desk.edited.get(uid, set()):
            yield f"{uid} shows what nobody shared: {sorted(view)}"


def p1_a_complete_view_is_right(world: World, person: Person) -> Iterator[str]:
    """Who covers everything up to a revision holds exactly what the owner shared at that revision."""
    for owner in world.owners():
        share_id = owner.owned.share_id if owner.owned else ""
        subscription = person.ledger.subscriptions.get(share_id)
        if subscription is None or subscription.state not in LISTENING:
            continue
        progress = load_progress(person.ledger, share_id)
        if not world.truth.is_certain(share_id, progress.epoch):
            continue
        announced = world.truth.digests.get((share_id, progress.epoch, progress.known))
        if announced is None or progress.coverage.complete_through != progress.known:
            continue
        if digest_of(person.ledger.subscriptions.followed(share_id).values(), progress.floor) != announced:
            yield f"covers all of {owner.name} up to {progress.epoch}, {progress.known}, and holds something else"


def p3_no_version_goes_back(world: World, person: Person) -> Iterator[str]:
    """In an epoch that an owner used once, the version of a visible event never falls, unless its subscriber went back."""
    sql = "SELECT share_id, event_key, epoch, revision FROM followed WHERE live = 1 AND epoch > 0"
    for share, key, *version in person.ledger.subscriptions._database.rows(sql):
        before = person.shown.setdefault((share, key), version)
        if version < before and world.truth.is_certain(share, before[0]):
            yield f"{key} fell from {before} to {version}"
        person.shown[share, key] = version


def p6_the_users_own_events_stay(world: World, person: Person) -> Iterator[str]:
    """What the user wrote is there as it was written, byte for byte."""
    places = person.desk.calendar._places
    for handle, event in person.desk.written.items():
        if handle not in places or places[handle].events != (event,):
            yield f"the user's own {handle} is {'changed' if handle in places else 'gone'}"


def p8_no_revision_is_used_twice(world: World, person: Person) -> Iterator[str]:
    """A version that an owner's ledger gave never means anything else, and has one digest."""
    truth = world.truth
    if person.owned is None:
        return
    share = person.share
    sql = "SELECT revision, event_key, fingerprint FROM published WHERE share_id = ?"
    for revision, *content in person.ledger.shares._database.rows(sql, share.share_id):
        version = (share.share_id, share.epoch, revision)
        certain = truth.is_certain(share.share_id, share.epoch)
        truth.born.setdefault(version, world.moment)
        if truth.revisions.setdefault(version, content) != content and certain:
            yield f"{version} was {truth.revisions[version]} and is {content}"
    sql = "SELECT epoch, head, digest FROM journal WHERE share_id = ?"
    for epoch, head, digest in person.ledger.shares._database.rows(sql, share.share_id):
        known = truth.digests.get((share.share_id, epoch, head), digest)
        truth.digests[share.share_id, epoch, head] = digest
        if known != digest and truth.is_certain(share.share_id, epoch):
            yield f"({epoch}, {head}) has two digests"


def p9_no_event_is_there_twice(world: World, person: Person) -> Iterator[str]:
    """A calendar holds one copy of an event, whoever writes into it."""
    yield from (uid for uid in person.desk.copies() if " again at " in uid)


def p10_what_the_user_deleted_stays_away(world: World, person: Person) -> Iterator[str]:
    """A deleted copy comes back only if its owner withdrew the event and shared it anew."""
    copies = person.desk.copies()
    for uid, moment in list(person.desk.dropped.items()):
        if uid in copies and world.truth.withdrawn.get(uid, -1) < moment:
            yield f"{uid} was deleted by its user and is back"


def p10_what_the_user_added_stays(world: World, person: Person) -> Iterator[str]:
    """Alarms, categories and the like survive every update of a copy."""
    if not person.desk.lines:
        return
    there = {event.uid: event for event in events_by_handle(person.desk.calendar).values()}
    for uid, lines in list(person.desk.lines.items()):
        if uid not in there:
            del person.desk.lines[uid]
        elif not lines <= unmanaged_lines(there[uid]):
            yield f"{uid} lost {sorted(lines - unmanaged_lines(there[uid]))}"


def p14_nothing_private_leaves(world: World, person: Person) -> Iterator[str]:
    """No mail bears a word of a dropped property in the clear, and no subscriber holds one."""
    secret = SECRET.encode()
    for mail in world.office.archive[world.searched :]:
        if secret in mail.content:
            yield f"a mail from {mail.sender} to {mail.recipient} bears a private word"
    world.searched = len(world.office.archive)
    for (text,) in person.ledger.subscriptions._database.rows("SELECT text FROM followed WHERE waiting = 1"):
        if SECRET in text:
            yield "a subscriber was told a private word"


AFTER_SYNC: tuple[Invariant, ...] = (
    p1_a_complete_view_is_right,
    p2_no_copy_is_invented,
    p3_no_version_goes_back,
    p6_the_users_own_events_stay,
    p8_no_revision_is_used_twice,
    p9_no_event_is_there_twice,
    p10_what_the_user_deleted_stays_away,
    p10_what_the_user_added_stays,
    p14_nothing_private_leaves,
)


def check(invariants: tuple[Invariant, ...], world: World, person: Person) -> None:
    """Raise BrokenError for the first invariant that does not hold."""
    for invariant in invariants:
        for seen in invariant(world, person):
            raise BrokenError(invariant.__name__, f"{person.name}: {seen}")
