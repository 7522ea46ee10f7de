"""Carry an identity with its shares and subscriptions to another computer of the same user (protocol 3, 5.2).

What comes in writes nothing: shares are passive until `take_over`, subscriptions ask their owners for everything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from osync.engine.identities import OLD_KEYS_OPEN, former_keys, owe_new_key, use_identity
from osync.engine.installation import MESSAGE_TIME, Installation
from osync.errors import ConfigurationError
from osync.ledger.successions import KeyChange
from osync.message.exported import ExportedIdentity, ExportedShare, ExportedSubscription, FormerKey
from osync.message.identity import Identity, public_identity
from osync.message.manifest import Succession
from osync.model import LISTENING, Share, ShareState, Subscriber, SubscriberState, Subscription

EXPECTED_EVENTS = "expected_events "
"""The setting, with the id of a share behind it, that tells how many events it had where it was written before."""

_ELSEWHERE = "It is written on another computer of yours."


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought: names of shares, new or refreshed, those that are written here, and new subscriptions."""

    shares: tuple[str, ...]
    written_here: tuple[str, ...]
    subscriptions: tuple[str, ...]
    is_new_identity: bool


def export_identity(installation: Installation) -> ExportedIdentity:
    """Give everything with which another computer of the user can go on. It holds private keys."""
    ledger, identity = installation.ledger, installation.identity()
    return ExportedIdentity(
        made_at=installation.now,
        message_time=int(ledger.setting(MESSAGE_TIME) or 0),
        identity=identity,
        former=tuple(FormerKey(bytes.fromhex(key), until) for key, until in former_keys(ledger)),
        shares=tuple(
            ExportedShare(
                replace(share, creator_key=share.creator_key or identity.public.public_key),
                tuple(ledger.shares.subscribers(share.share_id)),
                ledger.shares.live_count(share.share_id, share.floor)
                or int(ledger.setting(EXPECTED_EVENTS + share.share_id) or 0),
                _successions(installation, share.share_id),
            )
            for share in ledger.shares.all()
            if share.state is not ShareState.STOPPED
        ),
        subscriptions=tuple(
            ExportedSubscription(_with_count(installation, each), _successions(installation, each.share_id))
            for each in ledger.subscriptions.all()
            if each.state in LISTENING
        ),
    )


def _with_count(installation: Installation, subscription: Subscription) -> Subscription:
    live = installation.ledger.subscriptions.live_count(subscription.share_id)
    return replace(subscription, expected=max(live, subscription.expected))


def _successions(installation: Installation, share_id: str) -> tuple[Succession, ...]:
    changes = installation.ledger.successions.changes(share_id)
    return tuple(Succession(each.old_key, each.old_signature, each.new_signature) for each in changes)


def import_identity(
    installation: Installation,
    exported: ExportedIdentity,
    keep: Callable[[Sequence[Identity]], None],
    calendar: Callable[[str], str],
) -> Imported:
    """Take over keys, shares and subscriptions. A second time refreshes who subscribes to the shares not written here.

    `keep` puts private keys where they are kept; `calendar` gives the calendar of ours for one that had this name. An
    installation that was used with another key refuses with ConfigurationError.
    """
    ours, theirs = installation.identity(), exported.identity
    fresh = _check_belongs(installation, exported)
    all_keys = {key.public.public_key: key for key in (*ours.former, ours, *theirs.former, theirs)}
    # First the keys, then the ledger, which tells the one that signs.
    keep(tuple(all_keys.values()))
    with installation.ledger.transaction():
        _use(installation, exported, fresh=fresh)
        taken = [each for each in exported.shares if _take_share(installation, each, calendar)]
        followed = [each for each in exported.subscriptions if _take_subscription(installation, each, calendar)]
        _owe_new_key(installation, followed, everybody=not fresh and theirs.public != ours.public)
    if fresh:
        keep((theirs, *theirs.former))
    return Imported(
        shares=tuple(each.share.name for each in taken),
        written_here=tuple(each.share.name for each in exported.shares if each not in taken),
        subscriptions=tuple(each.subscription.share_name for each in followed),
        is_new_identity=theirs.public != ours.public,
    )


def _check_belongs(installation: Installation, exported: ExportedIdentity) -> bool:
    """Tell whether this installation was never used, so that its own key can go; refuse what does not belong to it."""
    ours = installation.identity().public
    if ours == exported.identity.public or ours.public_key in [each.public_key for each in exported.former]:
        return False
    if exported.identity.public.public_key.hex() in dict(former_keys(installation.ledger)):
        raise ConfigurationError(
            "The file was made before the key was changed here.",
            unharmed="Nothing was changed.",
            advice="Export it again on the computer where it comes from, or go on with this one.",
        )
    ledger = installation.ledger
    if ledger.shares.all() or ledger.subscriptions.all():
        raise ConfigurationError(
            "This OSync has been used with a key of its own, which others know.",
            unharmed="Nothing was changed.",
            advice="Make a new one with osync init and another --home, and import the file there.",
        )
    return True


def _use(installation: Installation, exported: ExportedIdentity, *, fresh: bool) -> None:
    ours = installation.identity().public
    former = [(public_identity(each.public_key), each.until) for each in exported.former]
    if not fresh and ours != exported.identity.public and ours not in [each for each, _ in former]:
        former.append((ours, installation.now + OLD_KEYS_OPEN))
    use_identity(installation.ledger, exported.identity.public, former)
    last = max(int(installation.ledger.setting(MESSAGE_TIME) or 0), exported.message_time)
    installation.ledger.set_setting(MESSAGE_TIME, str(last))
    for each in exported.shares:
        _keep_changes(installation, exported, each.share.share_id, each.successions)
    for subscription in exported.subscriptions:
        _keep_changes(installation, exported, subscription.subscription.share_id, subscription.successions)


def _owe_new_key(installation: Installation, followed: Sequence[ExportedSubscription], *, everybody: bool) -> None:
    """Let those be told who may not know the present key: owners whom we follow anew, or everybody if it is new here."""
    ids = [each.subscription.share_id for each in followed]
    if everybody:
        ids += [each.share_id for each in installation.ledger.shares.all()]
        ids += [each.share_id for each in installation.ledger.subscriptions.all()]
    for share_id in dict.fromkeys(ids):
        owe_new_key(installation, share_id)


def _keep_changes(
    installation: Installation, exported: ExportedIdentity, share_id: str, successions: Sequence[Succession]
) -> None:
    following = [each.old_key for each in successions[1:]] + [exported.identity.public.public_key]
    for number, (each, new_key) in enumerate(zip(successions, following, strict=True) if successions else (), start=1):
        installation.ledger.successions.add(
            KeyChange(share_id, number, each.old_key, each.old_signature, new_key, each.new_signature, exported.made_at)
        )


def _take_share(installation: Installation, exported: ExportedShare, calendar: Callable[[str], str]) -> bool:
    """Put a share into the ledger, passive, or refresh its subscribers; False if it is written here or was stopped here."""
    shares, found = installation.ledger.shares, exported.share
    known = shares.get(found.share_id)
    if known and known.state is not ShareState.PASSIVE:
        return False
    if known is None:
        name = _free_name(installation, found.name)
        shares.put(replace(found, name=name, calendar=calendar(found.calendar), note=_ELSEWHERE))
    else:
        shares.put(replace(known, epoch=max(known.epoch, found.epoch), key=found.key))
    _merge_subscribers(installation, found, exported.subscribers)
    installation.ledger.set_setting(EXPECTED_EVENTS + found.share_id, str(exported.events))
    return True


def _free_name(installation: Installation, name: str) -> str:
    names = [name, *(f"{name} {number}" for number in range(2, 1_000))]
    return next(each for each in names if installation.ledger.shares.named(each) is None)


def _merge_subscribers(installation: Installation, share: Share, subscribers: Iterable[Subscriber]) -> None:
    """Take what the other computer knows of each key, unless we heard of them later ourselves."""
    shares = installation.ledger.shares
    known = {(each.address.casefold(), each.public_key): each for each in shares.subscribers(share.share_id)}
    incoming = list(subscribers)
    used = {each.token for each in incoming if each.public_key and each.token}
    for old in known.values():
        if old.state is SubscriberState.INVITED and old.token in used:
            shares.drop_subscriber(old)
    for each in incoming:
        here = known.get((each.address.casefold(), each.public_key))
        if here is None:
            shares.put_subscriber(each)
        elif each.counter > here.counter:
            shares.drop_subscriber(here)
            shares.put_subscriber(each)


def _take_subscription(
    installation: Installation, exported: ExportedSubscription, calendar: Callable[[str], str]
) -> bool:
    """Follow a share that the other computer follows, unless we know it; the owner is asked for all of it."""
    found = exported.subscription
    if installation.ledger.subscriptions.get(found.share_id):
        return False
    joining = replace(found, calendar=calendar(found.calendar), ask_at=max(1, installation.now))
    installation.ledger.subscriptions.put(joining)
    return True
