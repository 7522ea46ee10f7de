"""OSync's messages as bytes: each kind written as JSON and read back with every limit of the protocol (6, 10).

What is written was read back before by the same rules, so that nobody is sent what a receiver would refuse.
"""

import enum
import json
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from osync.errors import MessageTooLargeError, MessageTooNewError, OSyncError, SetMailAsideError
from osync.message.fields import MAX_SECONDS, Fields, Json, check_quotes, damaged, parse, write_base64
from osync.message.manifest import (
    MAX_APP_CHARACTERS,
    MAX_DEVICE_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_SUCCESSIONS,
    Accept,
    Common,
    End,
    EndReason,
    Invite,
    Leave,
    Message,
    Ping,
    Rekey,
    Request,
    RequestReason,
    Snapshot,
    Status,
    Succession,
    Update,
    kind_of,
)
from osync.message.revisions import (
    read_announcements,
    read_snapshot,
    read_update,
    write_announcements,
    write_snapshot,
    write_update,
)
from osync.model import Approval, Delivery, PrivacyLevel

VERSION = 1
"""The version of the protocol that this module speaks."""

MAX_DOCUMENT_BYTES = 16 << 20

_ID_DIGITS = 32
_NONCE_DIGITS = 32
_KEY_BYTES = 64
_SIGNATURE_BYTES = 64
_MAX_CRITICAL = 64
_MAX_KIND_BYTES = 40
_MIN_BLOB, _MAX_BLOB = 1_000, 2**31
_COUNTED = (Accept, Leave, Request, Status)
_SUCCESSION = ("old", "osig", "nsig")


class _Protection(enum.StrEnum):
    REQUIRED = "required"
    NONE = "none"


def encode(message: Message) -> bytes:
    """Write a message as JSON; the same message always gives the same bytes, zones are put in the order of their names.

    Raises MessageTooLargeError if it has to be cut, OSyncError for a value that every receiver would refuse.
    """
    if isinstance(message, Update | Snapshot):
        message = replace(message, zones=tuple(sorted(set(message.zones), key=lambda zone: zone.name)))
    document: dict[str, Json] = {"v": VERSION, "min": VERSION, "m": kind_of(message)}
    document |= _write_common(message.common) | _write_own(message)
    try:
        faithful = _read(Fields(document)) == message
    except MessageTooLargeError:
        raise
    except SetMailAsideError as error:
        raise OSyncError(
            f"OSync made a message that nobody could read. {error}", unharmed="It was not sent."
        ) from error
    if not faithful:
        raise OSyncError("OSync made a message that says something else than it should.", unharmed="It was not sent.")
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if len(content) > MAX_DOCUMENT_BYTES:
        raise MessageTooLargeError(f"The message has more than {MAX_DOCUMENT_BYTES:,} bytes.")
    check_quotes(content)
    return content


def decode(content: bytes) -> Message:
    """Read a message. Unknown fields are ignored, unless the sender says that they must be understood.

    Raises MessageTooNewError, MessageTooLargeError or MessageDamagedError, and nothing else for any bytes.
    """
    if len(content) > MAX_DOCUMENT_BYTES:
        raise MessageTooLargeError(f"The message has more than {MAX_DOCUMENT_BYTES:,} bytes.")
    return _read(parse(content))


def _read(fields: Fields) -> Message:
    fields.integer("v", low=1)
    if fields.integer("min", low=1) > VERSION:
        raise MessageTooNewError("The message needs a newer OSync.")
    reader = _READERS.get(fields.text("m", _MAX_KIND_BYTES))
    if reader is None:
        raise MessageTooNewError("The message is of a kind that this OSync does not know.")
    message = reader(fields, _read_common(fields))
    if isinstance(message, _COUNTED) and message.common.counter is None:
        raise damaged("it has no counter")
    if fields.has("crit") and fields.unknown(fields.words("crit", _MAX_CRITICAL)):
        raise MessageTooNewError("The message says something that only a newer OSync understands.")
    return message


def _write_own(message: Message) -> dict[str, Json]:
    """Give the fields that this kind of message has beside the common ones."""
    written: dict[str, Json] = {}
    match message:
        case Update():
            written = write_update(message)
        case Snapshot():
            written = write_snapshot(message)
        case Invite():
            written = _write_invite(message)
        case Accept():
            written = _write_accept(message)
        case Leave():
            written = {"all": message.all_devices}
        case End():
            written = {"e": message.epoch, "head": message.head, "what": message.what, "keep": message.keep}
        case Request():
            written = _write_request(message)
        case Rekey():
            written = _write_rekey(message)
        case Status():
            written = {"e": message.epoch, "w": message.covered, "ann": write_announcements(message.announcements)}
        case Ping():
            pass
        case _:
            assert_never(message)
    return written


def _write_common(common: Common) -> dict[str, Json]:
    written: dict[str, Json] = {"id": common.message_id, "ts": common.sent_at, "s": common.share}
    if common.to is not None:
        written["to"] = common.to
    if common.counter is not None:
        written["n"] = common.counter
    if common.answers is not None:
        written["re"] = common.answers
    if common.app:
        written["app"] = common.app
    return written


def _read_common(fields: Fields) -> Common:
    return Common(
        message_id=fields.hexadecimal("id", _ID_DIGITS),
        sent_at=fields.integer("ts", high=MAX_SECONDS * 1000),
        share=fields.key("s"),
        to=fields.hexadecimal("to", _ID_DIGITS) if fields.has("to") else None,
        counter=fields.integer("n") if fields.has("n") else None,
        answers=fields.hexadecimal("re", _ID_DIGITS) if fields.has("re") else None,
        app=fields.line("app", MAX_APP_CHARACTERS) if fields.has("app") else "",
    )


def _write_invite(invite: Invite) -> dict[str, Json]:
    written: dict[str, Json] = {
        "name": invite.share_name,
        "by": {"name": invite.owner_name, "addr": invite.owner_address},
        "sn": invite.share_nonce.hex(),
        "level": invite.level,
        "enc": _Protection.REQUIRED if invite.encrypted else _Protection.NONE,
        "mode": invite.mode,
        "approve": invite.approval,
        "count": invite.count,
    }
    if invite.token is not None:
        written["token"] = invite.token.hex()
    if invite.until is not None:
        written["until"] = invite.until
    if invite.list_address:
        written["list"] = invite.list_address
    if invite.successions:
        written["keys"] = [
            [write_base64(each.old_key), write_base64(each.old_signature), write_base64(each.new_signature)]
            for each in invite.successions
        ]
    return written


def _read_invite(fields: Fields, common: Common) -> Invite:
    owner = fields.inner("by")
    return Invite(
        common=common,
        share_name=fields.line("name", MAX_NAME_CHARACTERS),
        owner_name=owner.line("name", MAX_NAME_CHARACTERS),
        owner_address=owner.address("addr"),
        share_nonce=bytes.fromhex(fields.hexadecimal("sn", _NONCE_DIGITS)),
        level=fields.choice("level", PrivacyLevel),
        encrypted=fields.choice("enc", _Protection) is _Protection.REQUIRED,
        token=bytes.fromhex(fields.hexadecimal("token", _NONCE_DIGITS)) if fields.has("token") else None,
        until=fields.integer("until", high=MAX_SECONDS) if fields.has("until") else None,
        count=fields.integer("count"),
        mode=fields.choice("mode", Delivery),
        list_address=fields.address("list") if fields.has("list") else "",
        approval=fields.choice("approve", Approval),
        successions=_read_successions(fields) if fields.has("keys") else (),
    )


def _read_successions(fields: Fields) -> tuple[Succession, ...]:
    return tuple(
        Succession(
            row.base64("old", _KEY_BYTES), row.base64("osig", _SIGNATURE_BYTES), row.base64("nsig", _SIGNATURE_BYTES)
        )
        for row in fields.rows("keys", MAX_SUCCESSIONS, _SUCCESSION)
    )


def _write_accept(accept: Accept) -> dict[str, Json]:
    written: dict[str, Json] = {
        "sn": accept.share_nonce.hex(),
        "name": accept.name,
        "addr": accept.address,
        "dev": accept.device,
        "caps": {"max": accept.max_bytes, "carrier": ["attach", "text", "inline"], "suites": ["x25519"]},
    }
    if accept.token_mac is not None:
        written["tm"] = accept.token_mac
    if accept.voucher:
        written |= {"by": write_base64(accept.voucher), "byk": write_base64(accept.voucher_key)}
    return written


def _read_accept(fields: Fields, common: Common) -> Accept:
    return Accept(
        common=common,
        share_nonce=bytes.fromhex(fields.hexadecimal("sn", _NONCE_DIGITS)),
        token_mac=fields.hexadecimal("tm", _ID_DIGITS) if fields.has("tm") else None,
        name=fields.line("name", MAX_NAME_CHARACTERS),
        address=fields.address("addr"),
        device=fields.line("dev", MAX_DEVICE_CHARACTERS, least=0) if fields.has("dev") else "",
        max_bytes=fields.inner("caps").integer("max", _MIN_BLOB, _MAX_BLOB),
        voucher=fields.base64("by", _SIGNATURE_BYTES) if fields.has("by") else b"",
        voucher_key=fields.base64("byk", _KEY_BYTES) if fields.has("by") else b"",
    )


def _write_request(request: Request) -> dict[str, Json]:
    return {
        "e": request.epoch,
        "w": request.covered,
        "bad": request.damaged,
        "ann": write_announcements(request.announcements),
        "why": request.why,
    }


def _read_request(fields: Fields, common: Common) -> Request:
    return Request(
        common=common,
        epoch=fields.integer("e"),
        covered=fields.integer("w"),
        damaged=fields.flag("bad"),
        announcements=read_announcements(fields),
        why=fields.choice("why", RequestReason),
    )


def _read_leave(fields: Fields, common: Common) -> Leave:
    return Leave(common, fields.flag("all"))


def _read_end(fields: Fields, common: Common) -> End:
    return End(
        common=common,
        epoch=fields.integer("e"),
        head=fields.integer("head"),
        what=fields.choice("what", EndReason),
        keep=fields.flag("keep"),
    )


def _write_rekey(rekey: Rekey) -> dict[str, Json]:
    written: dict[str, Json] = {"new": write_base64(rekey.new_key), "sig": write_base64(rekey.signature)}
    if rekey.old_signature:
        written["osig"] = write_base64(rekey.old_signature)
    return written


def _read_rekey(fields: Fields, common: Common) -> Rekey:
    return Rekey(
        common,
        fields.base64("new", _KEY_BYTES),
        fields.base64("sig", _SIGNATURE_BYTES),
        fields.base64("osig", _SIGNATURE_BYTES) if fields.has("osig") else b"",
    )


def _read_ping(_fields: Fields, common: Common) -> Ping:
    return Ping(common)


def _read_status(fields: Fields, common: Common) -> Status:
    return Status(common, fields.integer("e"), fields.integer("w"), read_announcements(fields))


_READERS: dict[str, Callable[[Fields, Common], Message]] = {
    "update": read_update,
    "snapshot": read_snapshot,
    "invite": _read_invite,
    "accept": _read_accept,
    "leave": _read_leave,
    "end": _read_end,
    "request": _read_request,
    "rekey": _read_rekey,
    "ping": _read_ping,
    "status": _read_status,
}
