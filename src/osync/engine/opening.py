"""Show what a file of OSync says: a mail, several mails, or a bare message. Nothing takes effect.

It works without an installation too; then it has no keys, and knows nobody.
"""

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from osync.engine.installation import Installation
from osync.errors import KeyUnavailableError, MessageTooLargeError, NoMessageError, NotForUsError, SetMailAsideError
from osync.ical.texts import clean_line, cut_text
from osync.message.bounce import find_bounce
from osync.message.compound import MAGIC
from osync.message.described import describe
from osync.message.documents import decode
from osync.message.failure import Failure
from osync.message.header import decoded_words, read_header
from osync.message.identity import Identity, safety_code
from osync.message.invitation_code import InvitationCode, is_code, read_code
from osync.message.mail import find_blobs
from osync.message.published_files import describe_published
from osync.message.readable import LEVELS
from osync.message.seal import Opened, Outside, inflate, is_blob, open_envelope, open_signed, outside_of
from osync.model import PublicIdentity, Trust

_CARRIED = re.compile(rb"-----BEGIN OSYNC ([A-Z]{3,20})-----")
_OWN_KEY = "key_id"
_MAX_MAILS = 1_000
_MAX_CODE_BYTES = 8_192
_HEADER_CHARACTERS = 200
_SHOWN_FIELDS = ("from", "to", "subject", "date")
_BETWEEN_MAILS = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]{1,200}\d\d:\d\d[^\r\n]{0,60}\r?\n")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: `identity` gives the own key (None: there is none), `name_of` a person by key, "" for a stranger."""

    now: datetime
    identity: Callable[[], Identity] | None = None
    name_of: Callable[[PublicIdentity], str] = lambda key: ""
    share_name: Callable[[str], str] = lambda share_id: ""


def open_file(content: bytes, reader: Reader) -> str:
    """Give the text for people of everything of OSync that a file holds.

    Raises subclasses of SetMailAsideError for a file that holds nothing of OSync, or nothing that is whole.
    """
    if is_blob(content):
        return "\n".join(["A message of OSync, without armour.", "", *_message(content, reader)])
    if len(content) <= _MAX_CODE_BYTES and is_code(content.decode("utf-8", "replace")):
        return "\n".join(_code(read_code(content.decode("utf-8", "replace"))))
    carried = _CARRIED.search(content[:_MAX_CODE_BYTES])
    if carried and carried[1] != b"MESSAGE":
        return f"A file of OSync with {carried[1].decode().lower()}, which people carry themselves; osync identity reads it."
    mails = _mails(content)
    if len(mails) == 1:
        return "\n".join(_mail(mails[0], reader))
    lines = [f"A mailbox of {len(mails):,} mails."]
    for number, mail in enumerate(mails, 1):
        lines += ["", f"Mail {number}", "=" * len(f"Mail {number}")]
        try:
            lines += _mail(mail, reader)
        except SetMailAsideError as error:
            lines += [*_heading(mail), str(error)]
    return "\n".join(lines)


def reader_of(installation: Installation) -> Reader:
    """Give the reader that an installation is."""
    return Reader(
        installation.world.now(),
        installation.identity,
        functools.partial(known_person, installation),
        functools.partial(_share_name, installation),
    )


def _share_name(installation: Installation, share_id: str) -> str:
    share = installation.ledger.shares.get(share_id)
    subscription = installation.ledger.subscriptions.get(share_id)
    return share.name if share else subscription.share_name if subscription else ""


def known_person(installation: Installation, key: PublicIdentity) -> str:
    """Say who has this key and how sure we are of that, "" if the ledger knows nobody with it."""
    ledger = installation.ledger
    if key.key_id == ledger.setting(_OWN_KEY):
        return "ourselves"
    for subscription in ledger.subscriptions.all():
        if subscription.owner_key == key.public_key:
            name, address = subscription.owner_name, subscription.owner_address
            return f"{name} <{address}>, owner of {subscription.share_name} ({_trust(subscription.trust)})"
    for share in ledger.shares.all():
        found = ledger.shares.subscriber_with_key(share.share_id, key.public_key)
        if found:
            return f"{found.name} <{found.address}>, subscriber of {share.name} ({_trust(found.trust)})"
    for invitation in ledger.subscriptions.invitations():
        if invitation.owner_key == key.public_key:
            return f"{invitation.owner_name} <{invitation.owner_address}>, who invites us (not accepted)"
    return ""


def _trust(trust: Trust) -> str:
    return "safety code compared" if trust is Trust.VERIFIED else "safety code not compared"


def _mails(content: bytes) -> list[bytes]:
    """Cut a mailbox file (mbox) into its mails; any other file is one."""
    marks = list(_BETWEEN_MAILS.finditer(content)) if content.startswith(b"From ") else []
    if not marks:
        return [content]
    if len(marks) > _MAX_MAILS:
        raise MessageTooLargeError(f"The file holds more than {_MAX_MAILS:,} mails.")
    starts = [mark.end() for mark in marks]
    ends = [mark.start() for mark in marks[1:]] + [len(content)]
    return [content[start:end] for start, end in zip(starts, ends, strict=True)]


def _mail(mail: bytes, reader: Reader) -> list[str]:
    """Tell everything about one mail. Raises SetMailAsideError if there is nothing of OSync in it to tell."""
    told: list[str] = []
    blobs: list[bytes] = []
    problem: SetMailAsideError | None = None
    try:
        blobs.extend(find_blobs(mail))
    except SetMailAsideError as error:
        problem = error
        told += ["", str(error)] if blobs else []
    for number, blob in enumerate(blobs, 1):
        told += ["", f"Message {number} of {len(blobs)}" if len(blobs) > 1 else "Message", *_message(blob, reader)]
    if not told and problem is None:
        told = describe_published(mail)
    told = [*_returned(mail), *told]
    if not told:
        raise problem or NoMessageError("The file holds no message of OSync.")
    return [*_heading(mail), *told]


def _returned(mail: bytes) -> list[str]:
    """Say whom a mail did not reach, if this is a report about that."""
    bounce = find_bounce(mail)
    failed = bounce.returned if bounce else ()
    return [f"Returned:   it did not reach {each.address}: {_reason(each.failure)}" for each in failed]


def _reason(failure: Failure) -> str:
    words = clean_line(failure.words) or "no reason is given"
    return f"{words} ({failure.status})" if failure.status else words


def _heading(mail: bytes) -> Iterator[str]:
    """Say what the mail says of itself."""
    if mail.startswith(MAGIC):
        yield "A mail that Outlook saved."
        return
    header = read_header(mail)
    for name in _SHOWN_FIELDS:
        value = cut_text(clean_line(decoded_words(header.first(name))), _HEADER_CHARACTERS)
        if value:
            yield f"{name.capitalize() + ':':<12}{value}"


def _message(blob: bytes, reader: Reader) -> list[str]:
    """Tell everything about one message that the keys at hand open; of any other one what can be seen from outside."""
    lines: list[str] = []
    try:
        outside = outside_of(blob)
        lines += _outside(outside)
        opened = _opened(blob, outside, reader)
        lines += _signer(opened, reader)
        message = decode(inflate(opened.body))
    except (SetMailAsideError, KeyUnavailableError) as error:
        return [*lines, f"Not opened: {error}"]
    name = clean_line(reader.share_name(message.common.share))
    described = describe(message, opened.signer, reader.now).rstrip("\n").split("\n")
    kind, share, *facts = described
    return [kind, f"{share} ({name})" if name else share, *lines, *facts]


def _opened(blob: bytes, outside: Outside, reader: Reader) -> Opened:
    if not outside.encrypted:
        return open_signed(blob)
    if reader.identity is None:
        raise NotForUsError("There is no installation here whose key could open it.")
    return open_envelope(blob, reader.identity())


def _outside(outside: Outside) -> Iterator[str]:
    if not outside.encrypted:
        yield f"Protected:  signed, not encrypted; {outside.blob_bytes:,} bytes"
        return
    keys = f"{outside.recipients:,} key{'' if outside.recipients == 1 else 's'}"
    yield f"Protected:  encrypted to {keys}; {outside.blob_bytes:,} bytes, {outside.content_bytes:,} of them content"
    yield f"Sealed as:  {outside.nonce.hex()}"


def _signer(opened: Opened, reader: Reader) -> Iterator[str]:
    yield f"Signed by:  {clean_line(reader.name_of(opened.signer)) or 'a key that is not known here'}"
    yield f"Key:        {safety_code(opened.signer)}; the signature is right"


def _code(code: InvitationCode) -> Iterator[str]:
    yield "An invitation code. Whoever has it can subscribe, so it is to be kept as secret as the calendar."
    yield ""
    yield f"Share:      {code.share_id} ({code.share_name})"
    yield f"Owner:      {code.owner_name} <{code.address}>"
    yield f"Key:        {safety_code(code.owner)}"
    if code.creator != code.owner:
        yield f"Old key:    {safety_code(code.creator)}"
    yield f"Shows:      {LEVELS[code.level]}"
    yield f"Mails:      {'encrypted' if code.encrypted else 'not encrypted'}"
    yield f"Nonce:      {code.nonce.hex()}"
