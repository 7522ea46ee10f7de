"""Take what people without OSync wish by the subject of a mail: to read a share without it, or to leave (protocol 7.1).

Only the token counts. Nothing is sent from here, and nothing ever to the address that a mail says it is from.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from osync.engine.installation import Installation
from osync.engine.outbox import withdraw_mails
from osync.message.automatic import why_automatic
from osync.message.plain_tokens import Wish, WrittenWish
from osync.model import NOTHING_OWED, Approval, Share, ShareState, Subscriber, SubscriberState

_NOTHING = "Nothing was done."
_S = SubscriberState


@dataclass(frozen=True, slots=True)
class TakenWish:
    """The share that a wish was about, "" if it was about none of ours, and one sentence for the log."""

    share_id: str
    sentence: str


def take_wish(installation: Installation, mail: bytes, written: WrittenWish) -> TakenWish:
    """Let a wish take effect in the ledger. One that is forged, used, too old or written by a program changes nothing."""
    reason = why_automatic(mail)
    if reason:
        return TakenWish("", f"It asks for a change by its subject, but {reason}. {_NOTHING}")
    found = installation.ledger.shares.with_token(written.token)
    share = installation.ledger.shares.get(found[0].share_id) if found else None
    if share is None:
        return TakenWish("", f"It asks for a change with a token that OSync does not know. {_NOTHING}")
    if "@" not in found[0].address:
        return TakenWish(share.share_id, f"It holds the token of a code, which is for OSync only. {_NOTHING}")
    act = _become_reader if written.wish is Wish.PLAIN else _leave
    return TakenWish(share.share_id, act(installation, share, found[0]))


def _become_reader(installation: Installation, share: Share, reader: Subscriber) -> str:
    """Make somebody who was invited a reader without OSync, or let them wait for the owner's word."""
    if share.state is not ShareState.OPEN:
        return f"{reader.address} wants to read {share.name}, which is {share.state}. {_NOTHING}"
    if reader.state is not _S.INVITED:
        return f"{reader.address} wants to read {share.name} with a token that was used. {_NOTHING}"
    if reader.token_until < installation.now:
        return f"{reader.address} wants to read {share.name} with a token that is too old. {_NOTHING}"
    asks = share.approval is Approval.ASK or share.verified_only
    state = _S.PENDING if asks else _S.PLAIN
    installation.ledger.shares.put_subscriber(replace(reader, state=state, plain=True, told=False))
    if asks:
        return f"{reader.address} wants to read {share.name} without OSync and waits for your word."
    return f"{reader.address} reads {share.name} without OSync from now on."


def _leave(installation: Installation, share: Share, reader: Subscriber) -> str:
    """Send nothing more to somebody without OSync; they are told so once a day at most."""
    confirmed = datetime.fromtimestamp(reader.ended_at, UTC).date() == installation.today
    if reader.state is _S.LEFT:
        if confirmed or reader.wants_snapshot:
            return f"{reader.address} left {share.name} already. {_NOTHING}"
        installation.ledger.shares.put_subscriber(replace(reader, wants_snapshot=True))
        return f"{reader.address} left {share.name} already and is told so again."
    if reader.state is _S.REVOKED:
        return f"{reader.address} gets nothing of {share.name} any more. {_NOTHING}"
    withdraw_mails(installation, reader)
    # What is owed to somebody who left is the confirmation.
    gone = replace(reader, state=_S.LEFT, wants_snapshot=True, wants_after=NOTHING_OWED, told=False)
    installation.ledger.shares.put_subscriber(gone)
    return f"{reader.address} left {share.name}."
