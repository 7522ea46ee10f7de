"""The planned change of our own key: make it, tell everybody, and tell those again who missed it (protocol 3).

An old key signs for the new one and then never again; it opens what others still encrypt to it for OLD_KEYS_OPEN seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from osync.engine.epochs import FORMER_KEYS
from osync.engine.installation import KEY_ID, Installation, Run
from osync.engine.letters import put_rekey
from osync.engine.outbox import by_itself
from osync.engine.posting import send_outbox
from osync.engine.report import Report
from osync.errors import ConfigurationError
from osync.ledger.ledger import Ledger
from osync.ledger.successions import KeyChange, KeyNotice
from osync.message.identity import Identity, new_identity
from osync.message.manifest import MAX_SUCCESSIONS, rekey_bytes
from osync.model import LISTENING, PublicIdentity, ShareState, SubscriberState

OLD_KEYS_OPEN = 60 * 86400
"""For how long an old private key is kept, to open what others send who have not heard of the change."""

_FORMER_UNTIL = "former_until"
"""The setting with the times until which the keys in FORMER_KEYS are kept, in the same order."""

_DAY = 86400
_WAITS = (2 * _DAY, 12 * _DAY, 30 * _DAY)
"""How long after each telling somebody is told again who has not shown that they know the new key."""

_PAUSE = 6 * 3600
_TOLD = (SubscriberState.ACTIVE, SubscriberState.SUSPENDED)


def change_identity(installation: Installation, keep: Callable[[Sequence[Identity]], None]) -> tuple[Identity, Report]:
    """Change our key, and tell every owner and subscriber. Gives the new key with the report.

    `keep` puts private keys where they are kept, all at once. A new key that a run left behind there when it was ended is
    taken. ConfigurationError if a share has seen too many changes.
    """
    _check_may_change(installation)
    old = installation.identity()
    known = installation.ledger.setting(FORMER_KEYS).split()
    spare = next((key for key in old.former if key.public.public_key.hex() not in known), None)
    new = spare or new_identity(installation.world.random_bytes)
    others = tuple(key for key in old.former if key is not spare)
    # First the keys, then the ledger, which tells the one that signs: whatever happens between, both belong together.
    keep((new, old, *others))
    report, run = Report(), Run(installation, "identity change")
    with installation.ledger.transaction():
        for share_id in _shares_of(installation):
            _change_for(installation, run, report, new, share_id)
        use_identity(installation.ledger, new.public, [(old.public, installation.now + OLD_KEYS_OPEN)])
    changed = replace(new, former=(replace(old, former=()), *others))
    send_outbox(replace(installation, identity=lambda: changed), report)
    run.finish()
    return changed, report


def use_identity(ledger: Ledger, public: PublicIdentity, former: Sequence[tuple[PublicIdentity, int]]) -> None:
    """Let another key sign from now on; `former` are old ones of ours and when they are thrown away. In a transaction."""
    known = dict(former_keys(ledger))
    known |= {each.public_key.hex(): until for each, until in former}
    known.pop(public.public_key.hex(), None)
    ledger.set_setting(KEY_ID, public.key_id)
    ledger.set_setting(FORMER_KEYS, " ".join(known))
    ledger.set_setting(_FORMER_UNTIL, " ".join(map(str, known.values())))


def former_keys(ledger: Ledger) -> list[tuple[str, int]]:
    """Give the public keys (hex) that were ours, and until when their private halves are kept."""
    keys, times = ledger.setting(FORMER_KEYS).split(), ledger.setting(_FORMER_UNTIL).split()
    return list(zip(keys, map(int, times), strict=False))


def _check_may_change(installation: Installation) -> None:
    for share in installation.ledger.shares.all():
        changes = installation.ledger.successions.changes(share.share_id)
        if share.state is not ShareState.STOPPED and len(changes) >= MAX_SUCCESSIONS:
            raise ConfigurationError(
                f"The key of {share.name} was changed {len(changes)} times, which is as often as others can check.",
                unharmed="The key stays as it is.",
                advice="Make a new share instead, invite your subscribers to it, and stop the old one.",
            )


def _shares_of(installation: Installation) -> list[str]:
    """Give the ids of the shares, ours and others', for which our key counts."""
    ledger = installation.ledger
    own = [share.share_id for share in ledger.shares.all() if share.state is not ShareState.STOPPED]
    return own + [each.share_id for each in ledger.subscriptions.all() if each.state in LISTENING]


def _change_for(installation: Installation, run: Run, report: Report, new: Identity, share_id: str) -> None:
    """Sign the change for one share with both keys, and tell the other side with the old key, which they know."""
    old, successions = installation.identity(), installation.ledger.successions
    old_key, new_key = old.public.public_key, new.public.public_key
    signed = rekey_bytes(old_key, new_key, share_id)
    number = len(successions.changes(share_id)) + 1
    change = KeyChange(
        share_id, number, old_key, old.sign(signed), new_key, new.sign(signed), installation.now
    )  # fmt: skip
    successions.add(change)
    for peer_key in _peers(installation, share_id):
        put_rekey(installation, run, report, change, peer_key)
        due = installation.now + _WAITS[0]
        successions.remember(KeyNotice(share_id, peer_key, 1), installation.now, due)


def _peers(installation: Installation, share_id: str) -> list[bytes]:
    """Give the keys at the other side of a share: its subscribers', or its owner's."""
    subscription = installation.ledger.subscriptions.get(share_id)
    if subscription:
        return [subscription.owner_key] if subscription.state in LISTENING else []
    share = installation.ledger.shares.get(share_id)
    if share is None or share.state is not ShareState.OPEN:
        return []
    subscribers = installation.ledger.shares.subscribers(share_id)
    return [each.public_key for each in subscribers if each.public_key and each.state in _TOLD]


def owe_new_key(installation: Installation, share_id: str) -> None:
    """Let everybody at the other side of a share be told what became of our key, if it was changed. In a transaction."""
    if installation.ledger.successions.changes(share_id):
        for peer_key in _peers(installation, share_id):
            installation.ledger.successions.tell_again(share_id, peer_key, installation.now, _PAUSE)


def tell_changes(installation: Installation, run: Run, report: Report, share_id: str, peer_key: bytes) -> None:
    """Tell one peer every change of our key since a share was made; nothing if there was none. In a transaction."""
    for change in installation.ledger.successions.changes(share_id):
        put_rekey(installation, run, report, change, peer_key)


def tell_new_key(installation: Installation, run: Run, report: Report) -> None:
    """Tell those again who have not shown that they know our present key; three times, and whenever they use an old one."""
    successions = installation.ledger.successions
    for notice in successions.due(installation.now):
        with by_itself(installation, report):
            changes = successions.changes(notice.share_id)
            if notice.peer_key not in _peers(installation, notice.share_id):
                changes = []
            for change in changes:
                put_rekey(installation, run, report, change, notice.peer_key, automatic=True)
            _announce_head(installation, changes, notice)
            if not changes or notice.times >= len(_WAITS):
                successions.forget(notice.share_id, notice.peer_key)
                continue
            again = replace(notice, times=notice.times + 1)
            successions.remember(again, installation.now, installation.now + _WAITS[notice.times])


def _announce_head(installation: Installation, changes: Sequence[KeyChange], notice: KeyNotice) -> None:
    """Owe a subscriber the head of the share, if mails by a new key went out that they may have ignored: so they ask."""
    shares = installation.ledger.shares
    share = shares.get(notice.share_id)
    subscriber = shares.subscriber_with_key(notice.share_id, notice.peer_key)
    if share is None or subscriber is None or not changes:
        return
    if max(share.broadcast_at, subscriber.snapshot_at) >= changes[0].changed_at and subscriber.wants_after < 0:
        shares.put_subscriber(replace(subscriber, wants_after=share.head))


def note_key_used(installation: Installation, share_id: str, peer_key: bytes, key_id: str) -> None:
    """Note by which of our keys, as its id, somebody reached us: whoever uses an old one is told of the change."""
    identity, successions = installation.identity(), installation.ledger.successions
    if key_id == identity.public.key_id:
        successions.forget(share_id, peer_key)
    elif key_id and peer_key in _peers(installation, share_id) and successions.changes(share_id):
        successions.tell_again(share_id, peer_key, installation.now, _PAUSE)
