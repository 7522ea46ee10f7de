"""Put messages into the outbox as finished mails; `posting` sends them.

A mail goes into the outbox in the transaction that records why it is sent.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from osync import __version__
from osync.engine.installation import Installation, Run
from osync.engine.report import Direction, Report, ReportedMail
from osync.errors import LedgerDamagedError, MessageTooLargeError, OSyncError, RecipientRefusedError
from osync.ledger.mails import WaitingMail
from osync.message.documents import encode
from osync.message.mail import Letter, Purpose, compose, new_message_id
from osync.message.manifest import (
    Accept,
    Common,
    Invite,
    Leave,
    Message,
    Request,
    Status,
    kind_of,
)
from osync.message.mime_writing import Attachment, written_recipient
from osync.message.readable import REPLY_TEXT, invite_text, update_text
from osync.message.seal import seal, seal_for_anyone
from osync.model import Carrier, PublicIdentity, Subscriber
from osync.sync.budget import envelopes

_TO_OWNERS = (Accept, Leave, Request, Status)


@dataclass(frozen=True, slots=True)
class Readable:
    """What people without OSync read in a mail that carries a message: a subject, a text, and files."""

    subject: str
    text: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a message is sent: its largest size in bytes (0 = any), and whether a message of the recipients caused it.

    `readable` takes the place of the usual text of an update, `carrier` says where in the mail the message is.
    """

    max_bytes: int = 0
    automatic: bool = False
    readable: Readable | None = None
    carrier: Carrier = Carrier.ATTACH


@contextlib.contextmanager
def by_itself(installation: Installation, report: Report) -> Iterator[None]:
    """Make the letters to one peer and the note about them one transaction; if they cannot be made, report it and go on."""
    try:
        with installation.ledger.transaction():
            yield
    except LedgerDamagedError:
        raise
    except OSyncError as error:
        report.add_problem("mail", error)


def common_fields(
    installation: Installation, share: str, *, to: PublicIdentity | None = None, counted: bool = False
) -> Common:
    """Give the fields that every message has; `counted` messages carry a counter against replay (protocol 6.1)."""
    sent_at = installation.next_message_time()
    return Common(
        message_id=installation.new_id(),
        sent_at=sent_at,
        share=share,
        to=to.key_id if to else None,
        counter=sent_at if counted else None,
        app=f"OSync {__version__}",
    )


def put_message(
    installation: Installation,
    run: Run,
    report: Report,
    message: Message,
    addresses: Sequence[str],
    keys: Sequence[PublicIdentity] | None,
    *,
    share: str,
    manner: Manner = Manner(),
) -> None:
    """Seal a message once and put the mails that carry it into the outbox: one for each of a few addresses, else batches.

    With `keys` None it is signed without being encrypted. MessageTooLargeError if the envelope is larger than `manner`
    allows; then nothing was put.
    """
    blob = _sealed(installation, message, keys)
    if manner.max_bytes and len(blob) > manner.max_bytes:
        raise MessageTooLargeError(f"The message has {len(blob):,} bytes, more than one mail carries.")
    kind = kind_of(message)
    for recipients in envelopes(_that_can_be_written(message, addresses, report), installation.mail_limits):
        purpose = _purpose(message, automatic=manner.automatic)
        letter = _letter(installation, message, recipients, blob)
        letter = replace(letter, purpose=purpose, carrier=manner.carrier)
        if manner.readable:
            said = manner.readable
            letter = replace(letter, subject=said.subject, text=said.text, attachments=said.attachments)
        waiting = WaitingMail(0, kind, letter.share, recipients, letter.message_id, compose(letter), manner.automatic)
        installation.ledger.mails.put_out(waiting, run.number, installation.now)
        report.mails.extend(ReportedMail(Direction.OUT, kind, share, address) for address in recipients)


def _that_can_be_written(message: Message, addresses: Sequence[str], report: Report) -> list[str]:
    """Leave out and report an address that cannot stand in a mail: the others get theirs, and a share can be stopped.

    RecipientRefusedError for an invitation and its answer, where nothing else is done.
    """
    written = []
    for address in addresses:
        try:
            written_recipient(address)
            written.append(address)
        except RecipientRefusedError as error:
            if isinstance(message, Invite | Accept):
                raise
            report.add_problem("mail", error)
    return written


def _sealed(installation: Installation, message: Message, keys: Sequence[PublicIdentity] | None) -> bytes:
    document, identity = encode(message), installation.identity()
    if keys is None:
        return seal_for_anyone(document, identity)
    return seal(document, identity, keys, installation.world.random_bytes)


def _letter(installation: Installation, message: Message, recipients: tuple[str, ...], blob: bytes) -> Letter:
    """Write the letter; several recipients do not see each other."""
    alone = len(recipients) == 1
    return Letter(
        sender_name=installation.name,
        sender_address=installation.address,
        recipients=recipients if alone else (),
        purpose=Purpose.UPDATE,
        share=message.common.share,
        text=_text(message, installation.identity().public),
        blob=blob,
        message_id=new_message_id(installation.address, installation.world.random_bytes),
        sent_at=installation.now,
        list_id="" if alone else _list_id(installation, message.common.share),
    )


def _list_id(installation: Installation, share: str) -> str:
    """Give the name of a share as a mailing list: with the month in which it became one, for ever (RFC 2919, 3)."""
    setting = f"list-id {share}"
    found = installation.ledger.setting(setting)
    if not found:
        found = f"{share}.{installation.today:%m%Y}.localhost"
        installation.ledger.set_setting(setting, found)
    return found


def _purpose(message: Message, *, automatic: bool) -> Purpose:
    if isinstance(message, Invite):
        return Purpose.INVITATION
    if isinstance(message, _TO_OWNERS):
        return Purpose.REPLY
    return Purpose.ANSWER if automatic else Purpose.UPDATE


def _text(message: Message, sender: PublicIdentity) -> str:
    if isinstance(message, Invite):
        return invite_text(message, sender)
    return REPLY_TEXT if isinstance(message, _TO_OWNERS) else update_text(message.common.share)


def withdraw_mails(installation: Installation, subscriber: Subscriber) -> None:
    """Keep back what still waits for somebody who left or was stopped; inside the transaction that records it."""
    reason = f"It was kept back, because {subscriber.address} does not get the share any more."
    installation.ledger.mails.withdraw(subscriber.share_id, subscriber.address, reason)
