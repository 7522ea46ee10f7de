"""The owner's own history: find out that we lost a part of it, and start a new epoch (protocol 5.2, 5.5)."""

from collections.abc import Iterable
from dataclasses import replace

from osync.engine.installation import Installation
from osync.message.identity import is_signed_by, public_identity
from osync.message.manifest import Announcement, announcement_bytes
from osync.model import NOTHING_OWED, PublicIdentity, Share, ShareState, SubscriberState
from osync.sync.heal import DAY, EPOCHS_A_DAY, Verdict, epoch_start, judge

FORMER_KEYS = "former_keys"
"""The setting of the ledger with the public keys (hex, separated by spaces) that were ours before a planned change."""


HEARD_EPOCH = "heard_epoch "
"""The setting, with the id of a share behind it, that tells the highest epoch in which another computer of ours wrote it."""


def own_keys(installation: Installation) -> list[PublicIdentity]:
    """Give our public key and those that were ours before."""
    former = installation.ledger.setting(FORMER_KEYS).split()
    return [installation.identity().public, *(public_identity(bytes.fromhex(key)) for key in former)]


def compare_histories(installation: Installation, share: Share, heard: Iterable[Announcement]) -> str:
    """Compare what others heard of a share with our journal, and act on a proof that it is more than we know.

    Gives the sentence for the log, "" if there is nothing to it. What does not bear our own signature proves nothing.
    """
    keys = own_keys(installation)
    claims = [claim for claim in heard if any(_is_ours(key, share.share_id, claim) for key in keys)]
    shares = installation.ledger.shares
    here = Announcement(share.epoch, share.head, "", share.writer, b"")
    judgement = judge(claims, here, lambda epoch, head: shares.journal_digest(share.share_id, epoch, head))
    if judgement.verdict is Verdict.AGREES:
        return ""
    if judgement.verdict is Verdict.ANOTHER_WRITES:
        note = "Another computer of yours writes this share now; this one sends nothing for it."
        installation.ledger.set_setting(HEARD_EPOCH + share.share_id, str(judgement.epoch))
        shares.put(replace(share, state=ShareState.PASSIVE, note=note))
        return f"{share.name}: {note}"
    if shares.epochs_since(share.share_id, installation.now - DAY) >= EPOCHS_A_DAY:
        note = "It seems that two computers write this share: it began anew twice within a day. It sends nothing now."
        shares.put(replace(share, state=ShareState.PASSIVE, note=note))
        return f"{share.name}: {note}"
    begin_epoch(installation, share, judgement.epoch + 1)
    return f"A part of what was sent about {share.name} is not in our ledger; the whole share is sent again."


def _is_ours(key: PublicIdentity, share: str, claim: Announcement) -> bool:
    signed = announcement_bytes(share, claim.epoch, claim.head, claim.digest, claim.writer)
    return is_signed_by(key, claim.signature, signed)


def begin_epoch(installation: Installation, share: Share, at_least: int = 0) -> Share:
    """Begin an epoch: number the events anew, so that only a snapshot answers, and owe one to every subscriber.

    `at_least` is the lowest number that the epoch may have. Inside a transaction.
    """
    shares = installation.ledger.shares
    start = epoch_start(shares.begin_epoch(share.share_id, share.floor))
    epoch = max(installation.now, share.epoch + 1, at_least)
    begun = replace(share, epoch=epoch, head=start.head, sent=start.head, collected=start.collected)
    shares.put(begun)
    for subscriber in shares.subscribers(share.share_id):
        if subscriber.state is SubscriberState.ACTIVE:
            shares.put_subscriber(replace(subscriber, wants_snapshot=True, wants_after=NOTHING_OWED))
    return begun
