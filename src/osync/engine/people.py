"""The people at the other end: let somebody in or not, and compare safety codes with them (protocol 3, 7.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from osync.engine.differences import announce_changes
from osync.engine.installation import Installation, Run
from osync.engine.posting import send_outbox
from osync.engine.report import Report
from osync.engine.sharing import find_share
from osync.errors import NotFoundError, StopBeforeHarmError
from osync.message.identity import public_identity, safety_code, same_code
from osync.model import COMPARE_AGAIN, Share, Subscriber, SubscriberState, Trust
from osync.sync.owner_states import OwnerEvent, react


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose key we know: as a subscriber of ours, as an owner, or both; `shares` tells of which shares."""

    name: str
    address: str
    public_key: bytes
    trust: Trust
    shares: tuple[str, ...]

    @property
    def code(self) -> str:
        """Their safety code."""
        return safety_code(public_identity(self.public_key))


def decide(installation: Installation, name: str, who: str, *, approved: bool) -> Report:
    """Let somebody who waits for the owner's word into a share, or not; whoever is let in gets all events at once.

    `who` is an address, or the number in the list of those who wait. Raises NotFoundError with the list.
    """
    share = find_share(installation, name)
    waiting = pending(installation, share)
    found = [
        each for number, each in enumerate(waiting, start=1) if who.casefold() in (str(number), each.address.casefold())
    ]
    if not found:
        listed = ", ".join(f"{number} {each.address}" for number, each in enumerate(waiting, start=1)) or "nobody"
        raise NotFoundError(f"{who} does not wait for {share.name}.", advice=f"Waiting: {listed}.")
    event = OwnerEvent.APPROVED if approved else OwnerEvent.REFUSED
    report, run = Report(), Run(installation, "share approve" if approved else "share refuse")
    shares = installation.ledger.shares
    with installation.ledger.transaction():
        for subscriber in found:
            state = react(subscriber.state, event, share.approval).state
            if state is None:
                shares.drop_subscriber(subscriber)
            elif subscriber.plain and not subscriber.public_key:
                shares.put_subscriber(replace(subscriber, state=SubscriberState.PLAIN, told=False))
            else:
                welcome = replace(subscriber, state=state, wants_snapshot=True, confirmed_at=installation.now)
                shares.put_subscriber(welcome)
    if approved:
        announce_changes(installation, run, report, approve=False)
        send_outbox(installation, report)
    run.finish()
    return report


def pending(installation: Installation, share: Share) -> list[Subscriber]:
    """Give who waits for the owner's word, by address."""
    every = installation.ledger.shares.subscribers(share.share_id)
    return [each for each in every if each.state is SubscriberState.PENDING]


def people(installation: Installation) -> list[Person]:
    """Give everybody whose key we know, by name; one person with several keys several times."""
    found: dict[bytes, Person] = {}
    for share in installation.ledger.shares.all():
        for each in installation.ledger.shares.subscribers(share.share_id):
            if each.public_key and each.state is not SubscriberState.REVOKED:
                person = Person(each.name, each.address, each.public_key, each.trust, (share.name,))
                _add(found, person)
    for owned in installation.ledger.subscriptions.all():
        person = Person(owned.owner_name, owned.owner_address, owned.owner_key, owned.trust, (owned.share_name,))
        _add(found, person)
    return sorted(found.values(), key=lambda person: (person.name.casefold(), person.address, person.public_key))


def _add(found: dict[bytes, Person], person: Person) -> None:
    known = found.get(person.public_key)
    if known is None:
        found[person.public_key] = person
        return
    trust = person.trust if known.trust is Trust.VERIFIED else known.trust
    shares = tuple(dict.fromkeys((*known.shares, *person.shares)))
    found[person.public_key] = replace(known, trust=trust, shares=shares)


def find_person(installation: Installation, who: str) -> list[Person]:
    """Give the keys of the person with this name or address; NotFoundError tells whom we know."""
    folded = who.casefold()
    every = people(installation)
    found = [each for each in every if folded in (each.name.casefold(), each.address.casefold())]
    if not found:
        known = ", ".join(dict.fromkeys(f"{each.name} <{each.address}>" for each in every)) or "nobody yet"
        raise NotFoundError(f"OSync knows no key of {who}.", advice=f"It knows: {known}.")
    return found


def verify(installation: Installation, who: str, code: str) -> Person:
    """Note that the safety code of a person was compared. A second time changes nothing.

    Raises NotFoundError, or StopBeforeHarmError if none of their keys has this code; then nothing is changed.
    """
    found = find_person(installation, who)
    person = next((each for each in found if same_code(each.code, code)), None)
    if person is None:
        raise StopBeforeHarmError(
            f"This is not the safety code of the key that OSync has for {who}, which is {_codes(found)}.",
            unharmed="Nothing was changed.",
            advice="Read it to each other again. If it stays different, somebody stands between: do not go on.",
        )
    with installation.ledger.transaction():
        _set_verified(installation, person.public_key)
    return replace(person, trust=Trust.VERIFIED)


def _codes(found: Sequence[Person]) -> str:
    return " or ".join(each.code for each in found)


def _set_verified(installation: Installation, public_key: bytes) -> None:
    ledger = installation.ledger
    for share in ledger.shares.all():
        for each in ledger.shares.subscribers(share.share_id):
            if each.public_key == public_key and each.trust is not Trust.VERIFIED:
                # Whom a share made wait for this gets all of it now.
                owed = share.verified_only and each.state is SubscriberState.ACTIVE
                snapshot = each.wants_snapshot or owed
                ledger.shares.put_subscriber(
                    replace(each, trust=Trust.VERIFIED, note=_note(each.note), wants_snapshot=snapshot)
                )
    for subscription in ledger.subscriptions.all():
        if subscription.owner_key == public_key and subscription.trust is not Trust.VERIFIED:
            ledger.subscriptions.put(replace(subscription, trust=Trust.VERIFIED, note=_note(subscription.note)))


def _note(note: str) -> str:
    """Forget the wish that codes be compared again, and nothing else."""
    return "" if COMPARE_AGAIN in note else note
