"""Take the pending mails: open each one, let it take effect in the ledger, then settle it (protocol 4.5, 7).

It never touches a calendar and never answers a mail.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from osync import __version__
from osync.engine.bounces import take_bounce
from osync.engine.epochs import compare_histories, own_keys
from osync.engine.from_owners import (
    count_stranger,
    take_end,
    take_invite,
    take_owners_new_key,
    take_ping,
    take_revisions,
)
from osync.engine.from_subscribers import take_accept, take_leave, take_new_key, take_request, take_status
from osync.engine.installation import Installation, Run
from osync.engine.progress import load_progress
from osync.engine.report import Direction, Report, ReportedMail
from osync.errors import (
    MessageTooLargeError,
    MessageTooNewError,
    NoMessageError,
    OSyncError,
    RetryLaterError,
    SetMailAsideError,
    SignerUnknownError,
    UserMustActError,
)
from osync.ledger.mails import ReceivedMail
from osync.mailboxes.base import CleansUp, IncomingMail
from osync.message.automatic import is_automatic_answer, why_automatic
from osync.message.documents import decode
from osync.message.mail import find_blobs, is_probe
from osync.message.manifest import (
    Accept,
    End,
    Invite,
    Leave,
    Message,
    Ping,
    Rekey,
    Request,
    Snapshot,
    Status,
    Update,
    kind_of,
)
from osync.message.plain_tokens import wish_in
from osync.message.seal import Opened, inflate, open_envelope
from osync.model import PublicIdentity, ShareState

_TRIES = 3
_UNKNOWN_SIGNER_BYTES = 64 * 1024
_TOO_NEW = "newer than "
# Messages that programs exchange; people may want to find the others again.
_PASSING = ("update", "snapshot", "request", "status", "ping")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one message did: its kind and share for the log, and one sentence. `waits` is for a newer OSync."""

    kind: str
    share_id: str
    signer: str
    sentence: str
    envelope: str = ""
    waits: bool = False


def take_mail(installation: Installation, run: Run, report: Report, mail: IncomingMail) -> None:
    """Take one pending mail. One that cannot be used is set aside with a sentence.

    A second time, a mail that was taken before changes nothing. Raises what the mailbox raises, and ledger errors.
    """
    ledger = installation.ledger
    waits_for = ledger.mails.kind_of(mail.handle)
    if waits_for == _TOO_NEW + __version__:
        return
    with ledger.transaction():
        if waits_for.startswith(_TOO_NEW):
            ledger.mails.reopen(mail.handle)
        tries = ledger.mails.begin(mail.handle, installation.now)
    usable = True
    if tries > _TRIES:
        sentence = (
            f"It was begun {_TRIES} times and ended OSync each time. It stays in the mailbox and is not opened again."
        )
        _finish(installation, run, report, mail, [Effect("", "", "", sentence)])
    elif tries:
        usable = _open(installation, run, report, mail)
    if usable:
        installation.mailbox.settle(mail.handle)


def _open(installation: Installation, run: Run, report: Report, mail: IncomingMail) -> bool:
    """Let a mail take effect; False if it has to wait in the mailbox for a newer OSync."""
    ledger = installation.ledger
    try:
        with ledger.transaction():
            effects = list(_effects(installation, mail))
            _record(installation, run, mail, effects)
    except SetMailAsideError as error:
        _finish(installation, run, report, mail, [Effect("", "", "", str(error))])
        return True
    except (UserMustActError, RetryLaterError):
        _forget_try(installation, mail)
        raise
    waiting = [each for each in effects if each.waits]
    mailbox = installation.mailbox
    if isinstance(mailbox, CleansUp) and effects and all(_is_covered(installation, each) for each in effects):
        mailbox.release(mail.handle)
    _tell(report, mail, [each for each in effects if not each.waits])
    for each in waiting[:1]:
        report.add_problem("mail", MessageTooNewError(each.sentence))
    return not waiting


def _forget_try(installation: Installation, mail: IncomingMail) -> None:
    """Count no try of a mail that a locked key or a full disk kept from being opened: the mail is not to blame."""
    with contextlib.suppress(OSyncError), installation.ledger.transaction():
        installation.ledger.mails.forget_try(mail.handle)


def _is_covered(installation: Installation, effect: Effect) -> bool:
    """Tell whether the ledger holds all that a message brought, and all that came before it (protocol 5.6)."""
    if not effect.envelope or effect.kind not in _PASSING:
        return False
    return effect.kind not in ("update", "snapshot") or load_progress(installation.ledger, effect.share_id).complete


def _finish(installation: Installation, run: Run, report: Report, mail: IncomingMail, effects: list[Effect]) -> None:
    with installation.ledger.transaction():
        _record(installation, run, mail, effects)
    _tell(report, mail, effects)


def _record(installation: Installation, run: Run, mail: IncomingMail, effects: list[Effect]) -> None:
    used = [each for each in effects if each.envelope] or effects
    for effect in used[:1]:
        sentence = " ".join(each.sentence for each in effects)
        kind = _TOO_NEW + __version__ if any(each.waits for each in effects) else effect.kind
        joined = Effect(kind, effect.share_id, effect.signer, sentence)
        envelopes = (each.envelope for each in used if each.envelope)
        installation.ledger.mails.finish(mail.handle, _received(run, joined), *envelopes)


def _received(run: Run, effect: Effect) -> ReceivedMail:
    return ReceivedMail(0, run.number, effect.kind, effect.share_id, effect.signer, effect.sentence, 0)


def _tell(report: Report, mail: IncomingMail, effects: list[Effect]) -> None:
    """Report what a mail did; a probe of the doctor that came late did nothing, and only the log has it."""
    if mail.content and is_probe(mail.content) and not any(each.kind for each in effects):
        return
    for effect in effects:
        report.mails.append(ReportedMail(Direction.IN, effect.kind, effect.share_id, effect.signer, effect.sentence))


def _effects(installation: Installation, mail: IncomingMail) -> Iterator[Effect]:
    if mail.content is None:
        raise MessageTooLargeError(
            f"The mail has {mail.size:,} bytes, more than OSync opens. It was left in the mailbox."
        )
    bounce = take_bounce(installation, mail.content)
    if bounce:
        yield Effect("bounce", bounce.share_id, "", bounce.sentence)
        return
    wish = wish_in(mail.content)
    if wish:
        # Late, because few mails come from people without OSync.
        from osync.engine.wishes import take_wish

        taken = take_wish(installation, mail.content, wish)
        yield Effect("wish", taken.share_id, "", taken.sentence)
        return
    found = False
    number = installation.ledger.mails.number_of(mail.handle)
    for blob in _blobs(mail.content):
        found = True
        envelope = hashlib.sha256(blob).hexdigest()
        if installation.ledger.mails.seen(envelope):
            yield Effect("copy", "", "", "The same message came before; nothing was done.")
        else:
            yield _effect_or_reason(installation, number, blob, envelope)
    if not found:
        reason = why_automatic(mail.content)
        unanswered = f", and {reason}: nobody answers it" if reason else ""
        raise NoMessageError(f"The mail carries no message of OSync{unanswered}. It was left in the mailbox.")


def _blobs(content: bytes) -> Iterator[bytes]:
    """Give the messages of a mail; an automatic answer that quotes our subject has lost none."""
    try:
        yield from find_blobs(content)
    except NoMessageError:
        if not is_automatic_answer(content):
            raise


def _effect_or_reason(installation: Installation, mail: int, blob: bytes, envelope: str) -> Effect:
    """Let one message take effect, or say why it cannot be used or has to wait; the others in its mail go on."""
    try:
        return _effect(installation, mail, blob, envelope)
    except MessageTooNewError as error:
        return Effect("", "", "", str(error), waits=True)
    except SetMailAsideError as error:
        return Effect("", "", "", str(error))


def _effect(installation: Installation, mail: int, blob: bytes, envelope: str) -> Effect:
    identity = installation.identity()
    opened = open_envelope(blob, identity)
    if opened.signer in own_keys(installation):
        return Effect("own", "", opened.signer.key_id, _take_own(installation, opened), envelope)
    message = _decoded(installation, opened)
    if message.common.to not in (None, *(key.public.key_id for key in (identity, *identity.former))):
        raise SignerUnknownError("The message is meant for another key. Nothing was done.")
    sentence = _act(installation, mail, message, opened)
    if identity.former:
        from osync.engine.identities import note_key_used

        note_key_used(installation, message.common.share, opened.signer.public_key, opened.key_id)
    return Effect(kind_of(message), message.common.share, opened.signer.key_id, sentence, envelope)


def _take_own(installation: Installation, opened: Opened) -> str:
    """Ignore what we sent ourselves, except as a proof that our ledger has lost it (protocol 5.2)."""
    nothing = "It is a message of our own; nothing was done."
    message = decode(inflate(opened.body))
    share = installation.ledger.shares.get(message.common.share)
    if share is None or share.state is not ShareState.OPEN or not isinstance(message, Update | Snapshot):
        return nothing
    return compare_histories(installation, share, [message.announcement]) or nothing


def _decoded(installation: Installation, opened: Opened) -> Message:
    """Read the message; of an unknown signer only a short one: an invitation, an answer to ours, or what proves itself."""
    if is_known(installation, opened.signer):
        return decode(inflate(opened.body))
    message = decode(inflate(opened.body, limit=_UNKNOWN_SIGNER_BYTES))
    proven_inside = isinstance(message, Rekey) and message.old_signature
    if not isinstance(message, Invite | Accept) and not proven_inside:
        count_stranger(installation, message.common.share)
        raise SignerUnknownError("The message is signed by a key that OSync does not know. Nothing was done.")
    return message


def is_known(installation: Installation, signer: PublicIdentity) -> bool:
    """Tell whether `signer` is a subscriber of ours or the owner of a subscription of ours."""
    ledger = installation.ledger
    return ledger.shares.is_subscriber(signer.public_key) or ledger.subscriptions.is_owner(signer.public_key)


def _act(installation: Installation, mail: int, message: Message, opened: Opened) -> str:
    """Let a message take effect in the ledger; give the sentence for the log."""
    signer = opened.signer
    match message:
        case Invite():
            return take_invite(installation, message, signer)
        case Accept():
            return take_accept(installation, message, signer)
        case Leave():
            return take_leave(installation, message, signer)
        case Update() | Snapshot():
            return take_revisions(installation, mail, message, signer, encrypted=opened.encrypted)
        case End():
            return take_end(installation, message, signer, encrypted=opened.encrypted)
        case Ping():
            return take_ping(installation, message, signer)
        case Request():
            return take_request(installation, message, signer)
        case Status():
            return take_status(installation, message, signer)
        case Rekey():
            if installation.ledger.shares.get(message.common.share):
                return take_new_key(installation, message, signer)
            return take_owners_new_key(installation, message, signer)
        case _:
            assert_never(message)
