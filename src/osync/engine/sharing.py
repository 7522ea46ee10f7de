"""What an owner does: make a share, invite people, look at what leaves, stop it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr

from osync.calendars.base import OffersCategories
from osync.engine.announce import floor_of, what_leaves
from osync.engine.differences import announce_changes
from osync.engine.identities import tell_changes
from osync.engine.installation import Installation, Run
from osync.engine.letters import put_end, put_invitation
from osync.engine.outbox import withdraw_mails
from osync.engine.posting import send_outbox
from osync.engine.report import Report
from osync.errors import ConfigurationError, EventRefusedError, NotFoundError
from osync.ical.privacy import Leaving
from osync.message.identity import share_id
from osync.model import (
    NOTHING_OWED,
    Approval,
    Carrier,
    Delivery,
    PrivacyLevel,
    Share,
    ShareState,
    Subscriber,
    SubscriberState,
)
from osync.sync.owner_states import Deed, OwnerEvent, react

TOKEN_SECONDS = 14 * 86400
"""How long an invitation can be accepted."""

_SUBSCRIBED = (SubscriberState.ACTIVE, SubscriberState.SUSPENDED, SubscriberState.PLAIN)
_NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class PreviewedEvent:
    """One event of a preview: what leaves of it, as the exact text that is sent."""

    title: str
    first: str
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that leaves through a share now, to whom, and the sentences about what cannot leave."""

    share: Share
    subscribers: tuple[Subscriber, ...]
    events: tuple[PreviewedEvent, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewShare:
    """What the user says about a new share."""

    name: str
    category: str
    calendar: str
    level: PrivacyLevel = PrivacyLevel.FULL
    notes: bool = False
    approval: Approval = Approval.TOKEN
    list_address: str = ""
    encrypted: bool = True
    verified_only: bool = False
    carrier: Carrier = Carrier.ATTACH


def new_share(installation: Installation, wish: NewShare) -> Share:
    """Make a share; nothing leaves before somebody accepts an invitation to it.

    A calendar program that lists categories gets this one into its list. A share that was stopped hands its name on. Raises ConfigurationError if the name is taken or
    empty, NotFoundError if the calendar is not configured, and what the calendar raises.
    """
    _check_wish(installation, wish)
    calendar = installation.calendar(wish.calendar)
    if isinstance(calendar, OffersCategories):
        calendar.offer_category(wish.category)
    nonce, key = installation.world.random_bytes(16), installation.world.random_bytes(32)
    with installation.ledger.transaction():
        _free_name(installation, wish.name)
        share = Share(
            share_id=share_id(installation.identity().public, nonce),
            name=wish.name,
            calendar=wish.calendar,
            category=wish.category,
            level=wish.level,
            notes=wish.notes,
            state=ShareState.OPEN,
            nonce=nonce,
            key=key,
            writer=installation.writer(),
            epoch=installation.now,
            head=1,
            sent=1,
            collected=1,
            floor=floor_of(installation.today),
            unread=True,
            creator_key=installation.identity().public.public_key,
            approval=_approval(wish),
            delivery=Delivery.LIST if wish.list_address else Delivery.DIRECT,
            list_address=wish.list_address and _address(wish.list_address),
            encrypted=wish.encrypted,
            verified_only=wish.verified_only,
            carrier=wish.carrier,
        )
        installation.ledger.shares.put(share)
    return share


def _free_name(installation: Installation, name: str) -> None:
    """Give a stopped share of this name another one."""
    shares = installation.ledger.shares
    if stopped := shares.named(name):
        names = (f"{name} (stopped{number})" for number in ("", *(f" {count}" for count in range(2, 1_000))))
        shares.put(replace(stopped, name=next(each for each in names if shares.named(each) is None)))


def _approval(wish: NewShare) -> Approval:
    """Ask about the people of a mailing list: the invitation of a list can hold no token."""
    return Approval.ASK if wish.list_address and wish.approval is Approval.TOKEN else wish.approval


def _check_wish(installation: Installation, wish: NewShare) -> None:
    if not wish.name.strip() or len(wish.name) > _NAME_CHARACTERS or not wish.name.isprintable():
        raise ConfigurationError(
            f"A share needs a name of 1 to {_NAME_CHARACTERS} printable characters.",
            advice='Try: osync share new team --category "Team".',
        )
    if not wish.category.strip() or not wish.category.isprintable():
        raise ConfigurationError(
            "A share needs a category in printable characters.", advice='Try: osync share new team --category "Team".'
        )
    taken = installation.ledger.shares.named(wish.name)
    if taken and taken.state is not ShareState.STOPPED:
        raise ConfigurationError(
            f"There is a share {wish.name} already.",
            unharmed="It stays as it is.",
            advice="Choose another name, or see it with: osync share list.",
        )


def find_share(installation: Installation, name: str) -> Share:
    """Give the share with this name or id. NotFoundError tells which there are."""
    shares = installation.ledger.shares
    found = shares.named(name) or shares.get(name)
    if found is None:
        names = ", ".join(share.name for share in shares.all()) or "none"
        raise NotFoundError(f"There is no share {name}.", advice=f"Your shares: {names}.")
    return found


def check_open(share: Share) -> None:
    """Raise ConfigurationError for a share that sends nothing."""
    if share.state is ShareState.STOPPED:
        raise ConfigurationError(f"The share {share.name} was stopped.", advice="Make a new one: osync share new.")
    if share.state is ShareState.PASSIVE:
        advice = f"To write it from this computer: osync share take-over {share.name}."
        raise ConfigurationError(f"The share {share.name} is passive here: {share.note}", advice=advice)


def invite(installation: Installation, name: str, addresses: Sequence[str], *, plain: bool = False) -> Report:
    """Send invitations. Inviting an address again sends a new one; a subscriber gets the whole share again instead.

    So does one who gets nothing because mails came back, from now on. With `plain`, people get mails to read without OSync
    from now on, and the first one at once. Raises ConfigurationError for an address that is none, before anything is sent.
    """
    share = find_share(installation, name)
    check_open(share)
    clean = {address.casefold(): address for address in map(_address, addresses)}
    if installation.address.casefold() in clean:
        raise ConfigurationError(f"{installation.address} is your own address.", unharmed="Nothing was sent.")
    report, run = Report(), Run(installation, "share invite")
    announce_changes(installation, run, report, approve=False)
    share = find_share(installation, share.share_id)
    shares = installation.ledger.shares
    with installation.ledger.transaction():
        subscribers = shares.subscribers(share.share_id)
        if share.list_address and share.list_address.casefold() in clean:
            del clean[share.list_address.casefold()]
            put_invitation(installation, run, report, share, _of_list(share))
        for folded, address in clean.items():
            known = [each for each in subscribers if each.address.casefold() == folded]
            active = [each for each in known if each.state in _SUBSCRIBED]
            for subscriber in active:
                shares.put_subscriber(_resumed(subscriber))
                if subscriber.public_key:
                    tell_changes(installation, run, report, share.share_id, subscriber.public_key)
            if not active and plain:
                shares.put_subscriber(_reader(installation, share, known, address))
            elif not active:
                invited = _invited(installation, share, known, address)
                shares.put_subscriber(invited)
                put_invitation(installation, run, report, share, invited)
    announce_changes(installation, run, report, approve=False)
    send_outbox(installation, report)
    run.finish()
    return report


def _resumed(subscriber: Subscriber) -> Subscriber:
    """Give a subscriber who is owed the whole share, also if they got nothing because mails came back."""
    if subscriber.state is SubscriberState.ACTIVE:
        return replace(subscriber, wants_snapshot=True)
    again = replace(subscriber, bounces=0, bounced_at=0, note="")
    if subscriber.public_key:
        return replace(again, state=SubscriberState.ACTIVE, wants_snapshot=True)
    return replace(again, state=SubscriberState.PLAIN, told=False)


def _of_list(share: Share) -> Subscriber:
    """Give the invitation of a mailing list, which holds no token: everybody on it can read it."""
    return Subscriber(share.share_id, share.list_address, "", b"", SubscriberState.INVITED, b"", 0)


def _invited(installation: Installation, share: Share, known: Sequence[Subscriber], address: str) -> Subscriber:
    """Give the invitation of an address; one that waits keeps its token, so that both mails can be answered."""
    waiting = next((each for each in known if each.state is SubscriberState.INVITED), None)
    until = installation.now + TOKEN_SECONDS
    if waiting and waiting.token and waiting.token_until >= installation.now:
        return replace(waiting, token_until=until)
    token = installation.world.random_bytes(16)
    written = known[0].address if known else address
    return Subscriber(share.share_id, written, "", b"", SubscriberState.INVITED, token, until)


def _reader(installation: Installation, share: Share, known: Sequence[Subscriber], address: str) -> Subscriber:
    """Give somebody who reads the share without OSync; the token is for leaving and has no end."""
    written = known[0].address if known else address
    token = next((each.token for each in known if each.token and not each.public_key), b"")
    token = token or installation.world.random_bytes(16)
    return Subscriber(share.share_id, written, "", b"", SubscriberState.PLAIN, token, 0, plain=True)


def _address(text: str) -> str:
    """Give the bare address, or raise ConfigurationError."""
    _, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or any(mark in address for mark in " ,;<>\r\n\0") or not address.isprintable():
        raise ConfigurationError(
            f"{text!r} is no mail address.", unharmed="Nothing was sent.", advice="Write it like pat@example.org."
        )
    return address


def preview(installation: Installation, name: str) -> Preview:
    """Show everything that would leave through a share now, as the exact text; reads the calendar, writes nothing."""
    share = find_share(installation, name)
    problems: list[str] = []
    events = sorted(
        _leaving_events(installation, share, problems), key=lambda each: (each.first.isoformat(), each.title)
    )
    shown = tuple(PreviewedEvent(each.title, each.first.isoformat(), each.text) for each in events)
    subscribers = tuple(installation.ledger.shares.subscribers(share.share_id))
    return Preview(share, subscribers, shown, tuple(problems))


def _leaving_events(installation: Installation, share: Share, problems: list[str]) -> Iterator[Leaving]:
    calendar = installation.calendar(share.calendar)
    copies = installation.ledger.subscriptions.written_handles(share.calendar)
    handles = sorted(ref.handle for ref in calendar.refs() if ref.handle not in copies)
    seen: set[str] = set()
    for stored in calendar.read(handles):
        event = stored.event
        if event is None:
            problems.extend([f"{stored.ref.handle}: {stored.problem}"] if stored.problem else [])
            continue
        if event.uid in seen:
            continue
        seen.add(event.uid)
        try:
            outcome = what_leaves(installation, share, event)
        except EventRefusedError as error:
            problems.append(str(error))
            continue
        if isinstance(outcome, tuple):
            yield from outcome


def stop(installation: Installation, name: str, address: str = "") -> Report:
    """Stop sending to one address, or close the share for everybody; what they have stays with them.

    A second time is silent. Raises NotFoundError for an address that is no subscriber.
    """
    share = find_share(installation, name)
    subscribers = installation.ledger.shares.subscribers(share.share_id)
    folded = address.casefold()
    if address and not any(each.address.casefold() == folded for each in subscribers):
        names = ", ".join(each.address for each in subscribers) or "none"
        raise NotFoundError(f"{address} was never invited to {share.name}.", advice=f"Invited were: {names}.")
    report, run = Report(), Run(installation, "share stop")
    stopped = [each for each in subscribers if not address or each.address.casefold() == folded]
    with installation.ledger.transaction():
        # All before the first end is put, which goes to the same address as that of the next device.
        for subscriber in stopped:
            if react(subscriber.state, OwnerEvent.REVOKED, share.approval).state is not subscriber.state:
                withdraw_mails(installation, subscriber)
        for subscriber in stopped:
            _stop_subscriber(installation, run, report, share, subscriber, closed=not address)
        if not address:
            installation.ledger.shares.put(replace(share, state=ShareState.STOPPED))
    send_outbox(installation, report)
    run.finish()
    return report


def _stop_subscriber(
    installation: Installation, run: Run, report: Report, share: Share, subscriber: Subscriber, *, closed: bool
) -> None:
    reaction = react(subscriber.state, OwnerEvent.REVOKED, share.approval)
    shares = installation.ledger.shares
    if reaction.state is subscriber.state:
        return
    if subscriber.state is SubscriberState.PLAIN and subscriber.told and share.state is ShareState.OPEN:
        # Late, because few shares have people without OSync.
        from osync.engine.plain import put_end_notice

        put_end_notice(installation, run, report, share, subscriber)
    if Deed.SEND_END in reaction.deeds and share.state is ShareState.OPEN:
        put_end(installation, run, report, share, subscriber, closed=closed)
    if reaction.state is None:
        shares.drop_subscriber(subscriber)
    else:
        shares.put_subscriber(
            replace(
                subscriber, state=reaction.state, token=b"", wants_snapshot=False, wants_after=NOTHING_OWED,
            )
        )  # fmt: skip
