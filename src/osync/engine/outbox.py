"""Put messages into the outbox as finished mails, and send the outbox.

A mail goes into the outbox in the transaction that records why it is sent; it leaves later, and again if OSync is ended
before it could note that it left.
"""

from collections.abc import Sequence

from osync import __version__
from osync.engine.installation import Installation, Run
from osync.engine.report import Direction, Problem, Report, ReportedMail
from osync.errors import MessageTooLargeError, OSyncError
from osync.ledger.mails import WaitingMail
from osync.mailboxes.base import OutgoingMail
from osync.message.documents import encode
from osync.message.mail import Letter, Purpose, compose, new_message_id
from osync.message.manifest import Accept, Common, Invite, Leave, Message, kind_of
from osync.message.readable import REPLY_TEXT, invite_text, update_text
from osync.message.seal import seal, seal_for_anyone
from osync.model import PublicIdentity, Subscriber


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
    limit: int = 0,
) -> None:
    """Seal a message once and put one mail for each address into the outbox.

    With `keys` None it is signed without being encrypted.
    MessageTooLargeError if the envelope has more than `limit` bytes (0 = no limit); then nothing was put.
    """
    blob = _sealed(installation, message, keys)
    if limit and len(blob) > limit:
        raise MessageTooLargeError(f"The message has {len(blob):,} bytes, more than one mail carries.")
    kind = kind_of(message)
    for address in addresses:
        letter = _letter(installation, message, address, blob)
        waiting = WaitingMail(0, kind, message.common.share, address, letter.message_id, compose(letter))
        installation.ledger.mails.put_out(waiting, run.number, installation.now)
        report.mails.append(ReportedMail(Direction.OUT, kind, share, address))


def _sealed(installation: Installation, message: Message, keys: Sequence[PublicIdentity] | None) -> bytes:
    document, identity = encode(message), installation.identity()
    if keys is None:
        return seal_for_anyone(document, identity)
    return seal(document, identity, keys, installation.world.random_bytes)


def _letter(installation: Installation, message: Message, address: str, blob: bytes) -> Letter:
    return Letter(
        sender_name=installation.name,
        sender_address=installation.address,
        recipients=(address,),
        purpose=_purpose(message),
        share=message.common.share,
        text=_text(message, installation.identity().public),
        blob=blob,
        message_id=new_message_id(installation.address, installation.world.random_bytes),
        sent_at=installation.now,
    )


def _purpose(message: Message) -> Purpose:
    if isinstance(message, Invite):
        return Purpose.INVITATION
    return Purpose.REPLY if isinstance(message, Accept | Leave) else Purpose.UPDATE


def _text(message: Message, sender: PublicIdentity) -> str:
    if isinstance(message, Invite):
        return invite_text(message, sender)
    return REPLY_TEXT if isinstance(message, Accept | Leave) else update_text(message.common.share)


def withdraw_mails(installation: Installation, subscriber: Subscriber) -> None:
    """Keep back what still waits for somebody who left or was stopped; inside the transaction that records it."""
    reason = f"It was kept back, because {subscriber.address} does not get the share any more."
    installation.ledger.mails.withdraw(subscriber.share_id, subscriber.address, reason)


def send_outbox(installation: Installation, report: Report) -> None:
    """Send every mail that waits, oldest first, and mark each one that left.

    A recipient that the mailbox does not know is reported; a mailbox that does not answer too, and its mails wait.
    """
    mails = installation.ledger.mails
    numbers = mails.waiting_numbers()
    for done, number in enumerate(numbers):
        installation.progress("Sending mails", done, len(numbers))
        mail = mails.waiting(number)
        if mail is None:
            continue
        try:
            refusals = installation.mailbox.send(OutgoingMail(installation.address, (mail.recipient,), mail.content))
        except OSyncError as error:
            report.add_problem("mailbox", error)
            return
        with installation.ledger.transaction():
            if refusals:
                mails.mark_refused(number, refusals[0].reason)
            else:
                mails.mark_sent(number, installation.now)
        for refusal in refusals:
            sentence = f"The {mail.kind} mail did not reach {refusal.address}: {refusal.reason}"
            report.problems.append(Problem("mailbox", sentence, 2))
